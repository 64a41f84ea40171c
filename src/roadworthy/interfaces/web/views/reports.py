"""The assessment reports as their pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from roadworthy.interfaces.web.views.parts import Empty, Field, Link, Moment


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A report in the list."""

    report: Link
    at: Moment
    who: str
    figures: str
    picks: tuple[Link, ...]
    comparison: Link | None


@dataclass(frozen=True, slots=True)
class ReportsView:
    """The list."""

    finding: str
    basis: str
    form: tuple[Field, ...]
    reports: tuple[ReportLine, ...]
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table."""

    text: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class BlockView:
    """A block of a report: which of the others is set follows from `kind`."""

    kind: Literal["title", "section", "part", "text", "bullets", "numbers", "table"]
    text: str = ""
    breaks: bool = False
    items: tuple[str, ...] = ()
    head: tuple[Cell, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report, or what changed between two."""

    back: tuple[Link, ...]
    actions: tuple[Link, ...]
    blocks: tuple[BlockView, ...]
    foot: str
