"""State machines as data: states, the events that move between them, and a version that each run is pinned to.

A run is a row. Nothing waits in memory, so a run that is parked for months costs a row, and a process that is killed
loses none. A run is moved inside the unit of work of whoever moves it, by comparing the state it was read at; two who
move it at once cannot both succeed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Data: TypeAlias = Mapping[str, Any]
"""Small canonical values without personal data."""
Migration: TypeAlias = Callable[[str, Data], tuple[str, Data]]
"""From a state and the data of one version to those of the next."""


@dataclass(frozen=True, slots=True)
class Transition:
    """From a state, by an event, to a state."""

    source: str
    event: str
    target: str


@dataclass(frozen=True)
class Machine:
    """A definition. What is released is never changed: a change is a new version with a migration from the last."""

    name: str
    version: int
    initial: str
    transitions: tuple[Transition, ...]
    ends: frozenset[str]
    migrations: Mapping[int, Migration] = field(default_factory=dict)
    """By the version that they lead from; every version below this one has one."""

    def target(self, state: str, event: str) -> str | None:
        """Where an event leads from a state; None where it leads nowhere."""
        return self._table.get((state, event))

    def __post_init__(self) -> None:
        """Raises ValueError where the table contradicts itself or a state has no way to an end."""
        table = {(each.source, each.event): each.target for each in self.transitions}
        if len(table) != len(self.transitions):
            message = f"{self.name}: an event leads to two states"
            raise ValueError(message)
        if any(source in self.ends for source, _ in table):
            message = f"{self.name}: an end goes on"
            raise ValueError(message)
        missing = [version for version in range(1, self.version) if version not in self.migrations]
        if missing:
            message = f"{self.name}: no migration from version {missing[0]}"
            raise ValueError(message)
        stuck = self._stuck(table)
        if stuck:
            message = f"{self.name}: no way leads from `{stuck[0]}` to an end"
            raise ValueError(message)
        object.__setattr__(self, "_table", table)
        object.__setattr__(self, "states", frozenset({self.initial, *self.ends, *(each for each, _ in table)}))

    def _stuck(self, table: Mapping[tuple[str, str], str]) -> list[str]:
        """States that are no end and from which none can be reached."""
        known = {self.initial, *(source for source, _ in table), *table.values()}
        ending = set(self.ends)
        while more := {source for (source, _), target in table.items() if target in ending} - ending:
            ending |= more
        return sorted(known - ending)

    states: frozenset[str] = field(init=False, repr=False, compare=False, default=frozenset())
    """Every state of this version."""
    _table: Mapping[tuple[str, str], str] = field(init=False, repr=False, compare=False, default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a machine, as it stands. A run of an older version is shown migrated to the present one."""

    id: str
    machine: str
    version: int
    state: str
    data: Data
    moves: int
    """How often it was moved; whoever moves it compares this."""
    created_at: dt.datetime
    moved_at: dt.datetime
    ended_at: dt.datetime | None

    @property
    def ended(self) -> bool:
        """True when it is at an end, which nothing leaves."""
        return self.ended_at is not None


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a run: what moved it, and where to."""

    number: int
    """Counts from 1."""
    event: str
    state: str
    signal: str | None
    at: dt.datetime
