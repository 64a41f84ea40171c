"""Looking at actions and runs from all sides, for whoever wants to know what agents did: rows only, no contents."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from roadworthy.foundation.storage.statements import portions
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.actions import store as rows
from roadworthy.operate.actions.catalogue.compiled import Catalogue, Ceiling
from roadworthy.operate.actions.deciding import charging
from roadworthy.operate.actions.deciding.windows import LONG_AFTER
from roadworthy.operate.actions.model import AgentAction, AgentRun, State
from roadworthy.operate.actions.people.letters import unknown
from roadworthy.operate.actions.runs.rollback import Step, steps, unknown_run
from roadworthy.operate.actions.store import Kept
from roadworthy.operate.actions.tables import action_windows, agent_actions

CUSTOMER: Final = "customer"


@dataclass(frozen=True, slots=True)
class WindowSeen:
    """A limit window that actions of a run took from."""

    limit: str
    counter: str
    """In words: `450 EUR per day for each customer`."""
    unit: str
    """`count`, or a currency, of which the minor unit counts."""
    used: int
    """By everybody."""
    most: int
    by_run: int
    """Of it, what actions of the run took and nobody gave back."""
    customer: str
    """Keyed hash of the customer whose window it is; empty where it is not a customer's."""


@dataclass(frozen=True, slots=True)
class RunSeen:
    """An agent run with everything that belongs to it."""

    run: AgentRun
    steps: tuple[Step, ...]
    """In the order in which a rollback goes: the last action first; without what takes back."""
    actions: tuple[AgentAction, ...]
    """All of them, in the order in which they were asked for, with what takes back."""
    windows: tuple[WindowSeen, ...]
    by_effect: Mapping[str, str]
    """By name of a declared action that takes one back, its own effect."""


@dataclass(frozen=True, slots=True)
class WindowNow:
    """A limit window that counts now."""

    limit: str
    counter: str
    unit: str
    """`count`, or a currency, of which the minor unit counts."""
    used: int
    most: int
    subject: Mapping[str, str]
    """Whose it is; a customer as a keyed hash."""
    begins: int
    """Seconds since 1970."""
    ends: int
    """When it counts no more; of one that slides, when what was used first leaves it."""
    slides: bool


@dataclass(frozen=True, slots=True)
class Unused:
    """A declared ceiling in which nothing counts now."""

    limit: str
    counter: str


@dataclass(frozen=True, slots=True)
class SystemSeen:
    """How actions in a system went lately, over all processes."""

    states: Mapping[str, int]
    errors: Mapping[str, int]
    """By class of the failure, how many."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of the actions of a run, for a list of runs."""

    states: Mapping[str, int]
    """How many are in which state; without what takes others back."""
    amounts: Mapping[str, int]
    """By currency, in minor units, what was done and not taken back."""


@dataclass(frozen=True, slots=True)
class ActionSeen:
    """An action with those that belong to it."""

    action: AgentAction
    definition: str
    """Digest of the declared action by which it was decided."""
    trace: str | None
    run: AgentRun
    is_current: bool
    """Whether the action is declared now as it was when this one was decided."""


class Seeing:
    """Looks.

    Args:
        store: where actions are kept.
        catalogue: what is declared now.
    """

    def __init__(self, store: Store, catalogue: Callable[[], Catalogue]) -> None:
        self._store = store
        self._catalogue = catalogue

    def run(self, id_: str) -> RunSeen:
        """A run.

        Raises:
            NotFound: there is none of this id.
        """
        with self._store.read() as connection:
            run = rows.find_run(connection, id_)
            if run is None:
                raise unknown_run(id_)
            kept = rows.of_run(connection, id_)
            windows = _windows(connection, kept)
        catalogue = self._catalogue()
        effects = {name: each.spec.effect.value for name, each in catalogue.actions.items()}
        actions = tuple(each.action for each in kept)
        return RunSeen(run, tuple(steps(kept, catalogue)), actions, tuple(windows), effects)

    def tallies(self, runs: Iterable[str]) -> Mapping[str, Tally]:
        """What came of the actions of some runs, by the run's id."""
        of, found = agent_actions.c, {}
        back = agent_actions.alias()
        undone = sa.exists().where(back.c.compensates == of.id, back.c.state == State.DONE.value)
        states: dict[str, dict[str, int]] = {}
        amounts: dict[str, dict[str, int]] = {}
        with self._store.read() as connection:
            for some in portions(sorted(runs)):
                query = (
                    sa.select(of.run, of.state, of.currency, undone, sa.func.count(), sa.func.sum(of.amount))
                    .where(of.run.in_(some), of.compensates.is_(None))
                    .group_by(of.run, of.state, of.currency, undone)
                )
                for run, state, currency, gone, count, amount in connection.execute(query):
                    by_state = states.setdefault(run, {})
                    by_state[state] = by_state.get(state, 0) + int(count)
                    if state == State.DONE.value and currency is not None and not gone:
                        amounts.setdefault(run, {})[currency] = int(amount)
        for run, by_state in states.items():
            found[run] = Tally(by_state, amounts.get(run, {}))
        return found

    def systems(self, since: dt.datetime) -> Mapping[str, SystemSeen]:
        """How actions went in each system since an instant, by the system's name."""
        of = agent_actions.c
        states: dict[str, dict[str, int]] = {}
        errors: dict[str, dict[str, int]] = {}
        query = (
            sa.select(of.system, of.state, of.error, sa.func.count())
            .where(of.asked_at >= since)
            .group_by(of.system, of.state, of.error)
        )
        with self._store.read() as connection:
            for system, state, error, count in connection.execute(query):
                by_state = states.setdefault(system, {})
                by_state[state] = by_state.get(state, 0) + int(count)
                if error is not None:
                    by_error = errors.setdefault(system, {})
                    by_error[error] = by_error.get(error, 0) + int(count)
        return {name: SystemSeen(by_state, errors.get(name, {})) for name, by_state in states.items()}

    def windows(self, now: dt.datetime, customer: str | None = None) -> tuple[list[WindowNow], list[Unused]]:
        """Windows that count now, the fullest first, and ceilings that are declared and have none.

        Args:
            now: the present.
            customer: keyed hash of the only customer whose windows are wanted.
        """
        at = int(now.timestamp())
        with self._store.read() as connection:
            found = charging.standing(connection, at)
        actions = self._catalogue().actions.values()
        ceilings = {(each.limit, each.counter): each for one in actions for each in one.ceilings}
        pieces: dict[str, list[Any]] = {}
        for row in found:
            if row.until - LONG_AFTER > at:
                pieces.setdefault(row.id, []).append(row)
        made = [_now(some, ceilings) for some in pieces.values()]
        used = {(each.limit, each.counter) for each in made}
        unused = [Unused(*key) for key in sorted(set(ceilings) - used)]
        wanted = [each for each in made if customer is None or each.subject.get(CUSTOMER) == customer]
        return sorted(wanted, key=lambda one: (-one.used / max(1, one.most), one.limit)), unused

    def action(self, id_: str) -> ActionSeen:
        """An action.

        Raises:
            NotFound: there is none of this id.
        """
        with self._store.read() as connection:
            kept = rows.find(connection, id_)
            if kept is None:
                raise unknown(id_)
            run = rows.find_run(connection, kept.action.run)
        assert run is not None  # noqa: S101 - an action has a run
        declared = self._catalogue().actions.get(kept.action.action)
        current = declared is not None and declared.digest == kept.definition
        return ActionSeen(kept.action, kept.definition, kept.trace, run, current)


def _now(pieces: Sequence[Any], ceilings: Mapping[tuple[str, str], Ceiling]) -> WindowNow:
    """One window of its pieces; one that slides has several."""
    first = min(pieces, key=lambda one: one.starts)
    last = max(pieces, key=lambda one: one.starts)
    ceiling = ceilings.get((last.limit, last.counter))
    return WindowNow(
        last.limit, last.counter, last.unit, sum(each.used for each in pieces), last.most,
        json.loads(last.subject), first.starts, first.until - LONG_AFTER,
        slides=ceiling is not None and ceiling.window.back > 0,
    )  # fmt: skip


def _windows(connection: sa.Connection, kept: Iterable[Kept]) -> list[WindowSeen]:
    """Windows that these actions took from, in the order of their limits."""
    taken: dict[tuple[str, int], int] = {}
    for each in kept:
        for charge in each.charges:
            key = (str(charge["window"]), int(charge["starts"]))
            taken[key] = taken.get(key, 0) + int(charge["amount"])
    of, found = action_windows.c, []
    for some in portions(sorted({window for window, _ in taken})):
        query = sa.select(action_windows).where(of.id.in_(some)).order_by(of.limit, of.counter, of.id)
        for row in connection.execute(query):
            by_run = taken.get((row.id, row.starts))
            if by_run is not None:
                whose = json.loads(row.subject).get(CUSTOMER, "")
                found.append(WindowSeen(row.limit, row.counter, row.unit, row.used, row.most, by_run, whose))
    return found


def customers(windows: Sequence[WindowSeen]) -> int:
    """How many customers are concerned, as far as limits tell them apart."""
    return len({each.customer for each in windows if each.customer})
