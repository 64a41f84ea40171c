"""What an engine can select from, and what an engine can do: the narrow waist between sources and metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from roadworthy.measure.fingerprint.model import Form, PartState


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a relation, ready to be measured."""

    name: str
    """As people know it; a path such as `patient.address.zip` inside a nested one."""
    expression: str
    """SQL of the engine that gives the value in its form, NULL where it does not read as that."""
    physical: str
    form: Form
    raw: str | None = None
    """SQL that gives the text before it was read; None where the store is typed. `unread` is the difference."""
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows that the engine can reach."""

    source: str
    """What stands after FROM: a quoted name or a parenthesised query of the engine."""
    fields: tuple[Field, ...]
    row_number: str | None = None
    """SQL of a steady whole number per row, from which a sample is drawn that is the same every time."""
    part: str | None = None
    """SQL that gives the name of the row's part (its file), where there are several."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A source that was opened: readable parts in one relation, unreadable ones named with the reason."""

    name: str
    location: str
    """Without credentials."""
    relation: Relation
    parts: tuple[PartState, ...] = ()
    size: int | None = None
    notes: tuple[str, ...] = ()
    """What the reader had to assume: encoding, delimiter, header; shown with the audit."""
    close: Callable[[], None] = field(default=lambda: None, compare=False)
    still_same: Callable[[], Sequence[str]] = field(default=lambda: (), compare=False)
    """Names of the parts that changed or went away since they were opened."""
    sound: Callable[[], Opened | None] | None = field(default=None, compare=False)
    """Looks at every byte of every part, and leaves out what cannot be read: the source as it is then, or None where
    that changes nothing. Called when measuring met what its descriptions did not promise; None of what was copied."""
    narrow: Callable[[Sequence[str]], Relation | None] = field(default=lambda _names: None, compare=False)
    """The same columns over some of the parts, where they can be read without a look at the others."""


Row = tuple[Any, ...]


class Engine(Protocol):
    """Runs SQL of its own dialect and returns aggregates. At most seven methods, so that another is soon written."""

    name: str
    """Such as `duckdb 2.0.0`."""
    dialect: str
    """Which emitter writes for it: `duckdb` or `spark`."""

    def rows(self, sql: str) -> list[Row]:
        """All rows of a query.

        Raises:
            InvalidInput: the data made the query fail; the message names what the engine named.
            Unavailable: the store behind it did not answer in time.
        """

    def keep(self, name: str, sql: str) -> str:
        """Materialise a query (the sample) for the queries that follow; returns what to put after FROM."""

    def describe(self, source: str) -> Mapping[str, str]:
        """Column to physical type."""

    def interrupt(self) -> None:
        """Called from another thread: end what runs, and begin nothing else; `Cancelled` is raised there."""

    def close(self) -> None:
        """Let go of temporary files and of the session, if it is ours."""
