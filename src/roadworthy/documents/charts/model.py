"""A chart as marks on a plane and the table that says the same. Looks are names of styles, never colours."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Look(StrEnum):
    """What a mark stands for; each differs by shape or stroke as well as by colour."""

    PILOT = "pilot"
    PRODUCTION = "production"
    OUTSIDE = "outside"
    """Of production, and outside what the pilot showed."""
    AXIS = "axis"
    RULE = "rule"
    MARK = "mark"
    """A line that a reader must see, such as the moment of the decision."""


@dataclass(frozen=True, slots=True)
class Rect:
    """A box; distances from the upper left corner."""

    x: float
    y: float
    width: float
    height: float
    look: Look


@dataclass(frozen=True, slots=True)
class Line:
    """From one point to another."""

    x1: float
    y1: float
    x2: float
    y2: float
    look: Look


@dataclass(frozen=True, slots=True)
class Path:
    """Points joined by lines, as the `points` of an SVG polyline."""

    points: str
    look: Look


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a place; `anchor` is `start`, `middle` or `end`."""

    x: float
    y: float
    text: str
    anchor: str = "middle"
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The same in numbers. `numeric` columns are set to the right."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart with axes."""

    title: str
    summary: str
    """One sentence that says what is to be seen; it stands for the picture where nothing can be seen."""
    width: int
    height: int
    table: Table
    rects: tuple[Rect, ...] = ()
    lines: tuple[Line, ...] = ()
    paths: tuple[Path, ...] = ()
    labels: tuple[Label, ...] = ()
    key: tuple[tuple[Look, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """A share of the widest bar, 0 to 100, and its words."""

    width: float
    text: str
    look: Look


@dataclass(frozen=True, slots=True)
class BarRow:
    """A name with its bars, and a remark such as `not in the pilot`."""

    name: str
    bars: tuple[Bar, ...]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """A table whose cells carry bars; it is its own alternative in words."""

    title: str
    summary: str
    head: tuple[str, ...]
    """Over the names and over each bar."""
    rows: tuple[BarRow, ...]
    more: str = ""
    """What was left out, such as `and 212 more values`."""
