"""Values shown exactly: every one of them, each with its type, in an order that is theirs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """A text as it is; `revealed` shows it with a mark for each character that cannot be seen."""

    start: str
    rest: str = ""
    """What follows, where the text is long: folded, and whole."""
    more: str = ""
    """How much is folded, in words."""
    hints: tuple[str, ...] = ()
    """What its looks do not tell."""
    in_order: str = ""
    """The whole text again where it turns direction, to be written in the order of its characters."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way to a value: a name, or the position in a list."""

    name: str = ""
    position: int = 0
    """Counts from 1; 0 where the step is a name."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value, and the way to it."""

    steps: tuple[Step, ...]
    """From the outside in; empty where the whole is this one value."""
    kind: str
    """`text`, `number`, `true or false`, `nothing`, `empty list`, `empty object`, `empty text`."""
    said: Said


@dataclass(frozen=True, slots=True)
class Exactly:
    """Everything that something holds."""

    values: tuple[Value, ...]
    folded: tuple[Value, ...] = ()
    """Those after the first many."""
    more: str = ""
    counted: str = ""
    """How many values there are, and how many characters."""
    digest: str = ""
