"""Operations of the diagnosis: one use case, all of them, and how often which failure mode occurs.

Like an assessment a diagnosis is derived. It is worked out from one snapshot, stored with the revision it was worked
out from, and renewed by whoever reads it first after something changed.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import cast

import sqlalchemy as sa

from roadworthy.decide.diagnosis import store as rows
from roadworthy.decide.diagnosis.counting import chances_of, frequency_of, tally
from roadworthy.decide.diagnosis.finding import Diagnosed, Frequency, InForce, Struck
from roadworthy.decide.diagnosis.kinds import FAILURE_MODE, in_force
from roadworthy.decide.diagnosis.model import FailureMode, Severity, Status
from roadworthy.decide.diagnosis.rules import (
    STATUS_LETTERS,
    WIDTH,
    Rules,
    Short,
    compile_rules,
    diagnose,
    shorten,
)
from roadworthy.decide.diagnosis.view import View, view_of
from roadworthy.decide.readiness.store import count, registered
from roadworthy.evidence import store as evidence
from roadworthy.foundation.errors import NotFound, did_you_mean
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Basis, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.service import Inventory

CHUNK = 2_000
"""Use cases that are diagnosed and saved at a time, so that memory does not grow with the portfolio."""

PAGE = 100
"""Use cases on a page of those that have a failure mode."""

_ITSELF = Context(Actor(ActorKind.SYSTEM, "diagnosis"))


@dataclass(frozen=True, slots=True)
class StruckPage:
    """A page of the use cases that have a status in one failure mode."""

    rule: InForce
    status: Status
    rows: tuple[Struck, ...]
    total: int
    page: int
    pages: int


class Diagnosis:
    """Which failure modes the use cases have."""

    def __init__(
        self, store: Store, units: Units, resources: Resources, inventory: Inventory, runtime: Runtime
    ) -> None:
        self._store = store
        self._units = units
        self._resources = resources
        self._inventory = inventory
        self._runtime = runtime
        self._refreshing = runtime.lock()
        self._compiled: dict[tuple[tuple[str, int], ...], Rules] = {}

    def rules(self) -> Rules:
        """The rules in force: those that ship, and those declared in their place or beside them."""
        with self._store.read() as connection:
            return self._in_force(connection)

    def of(self, name: str, at: dt.datetime | None = None) -> Diagnosed:
        """Which failure modes a use case has, and what to ask where that cannot be told.

        Args:
            name: of the use case.
            at: the instant to ask for, now by default. The record is read as it is today; of the evidence counts what
                speaks of days up to then and has not expired by then.

        Raises:
            NotFound: there is no such use case.
        """
        subject = self._inventory.subject(name)
        with self._store.read() as connection:
            rules = self._in_force(connection)
            claims = evidence.claims_by_name(connection, [name])
            earlier = rows.superseded(connection, [name])
            chances = chances_of(rules, rows.patterns(connection, rules.digest))
        now = self._runtime.clock.now() if at is None else at
        view = view_of(subject, claims.get(name, {}), rules.facts, now, earlier.get(name, {}), as_of=at is not None)
        return diagnose(view, rules, chances)

    def refresh(self) -> int:
        """Bring every diagnosis up to date that does not hold any more; cheap where all of them do.

        Returns:
            How many were made anew.
        """
        with self._store.read() as connection:
            if not self._stale(connection):
                return 0
        with self._refreshing:
            with self._store.read() as connection:
                names = self._stale(connection)
                everything = len(names) == count(connection)
            return self._renew(None if everything else names) if names else 0

    def frequency(self) -> Frequency:
        """How often each failure mode occurs, and what to ask first."""
        self.refresh()
        with self._store.read() as connection:
            rules = self._in_force(connection)
            found = rows.patterns(connection, rules.digest)
        return frequency_of(rules, found, self._runtime.clock.now())

    def struck(self, mode: str, status: Status = Status.PRESENT, page: int = 1) -> StruckPage:
        """The use cases that have a status in one failure mode, the most severe first.

        Raises:
            NotFound: no such rule is in force.
        """
        self.refresh()
        with self._store.read() as connection:
            rules = self._in_force(connection)
            names = [each.rule.name for each in rules.modes]
            if mode not in names:
                message = f"there is no failure mode `{mode}` in force"
                raise NotFound("failure-mode-not-in-force", message, remedy=did_you_mean(mode, names))
            place = names.index(mode)
            window = (PAGE * (max(1, page) - 1), PAGE)
            total, found = rows.struck(connection, rules.digest, WIDTH * place, STATUS_LETTERS[status], window)
        severities = tuple(Severity)
        return StruckPage(
            rule=rules.modes[place].rule,
            status=status,
            rows=tuple(
                Struck(
                    row.name,
                    row.title,
                    row.organisation,
                    row.stage,
                    status,
                    severities[int(row.letters[1])],
                    as_reported=row.letters[2] == "r",
                )
                for row in found
            ),
            total=total,
            page=max(1, page),
            pages=max(1, -(-total // PAGE)),
        )

    # ------------------------------------------------------------ inside

    def _in_force(self, connection: sa.Connection) -> Rules:
        stored = list(self._resources.all(connection, FAILURE_MODE))
        key = tuple((each.uid, each.generation) for each in stored)
        compiled = self._compiled.get(key)
        if compiled is None:
            declared = [InForce(each.name, cast("FailureMode", each.spec), each.generation) for each in stored]
            compiled = compile_rules(in_force(declared))
            self._compiled = {key: compiled}
        return compiled

    def _stale(self, connection: sa.Connection) -> list[str]:
        return rows.stale(connection, self._in_force(connection).digest, self._runtime.clock.now())

    def _renew(self, names: Sequence[str] | None) -> int:
        now = self._runtime.clock.now()
        renewed = 0
        with self._store.read() as connection:
            rules = self._in_force(connection)
            made = (shorten(view, rules) for view in self._views(connection, names, rules, now))
            while chunk := list(islice(made, CHUNK)):
                self._save(rules, chunk, now)
                renewed += len(chunk)
        return renewed

    def _views(
        self, connection: sa.Connection, names: Sequence[str] | None, rules: Rules, now: dt.datetime
    ) -> Iterator[View]:
        claims = evidence.claims_by_name(connection, names)
        earlier = rows.superseded(connection, names)
        nothing: dict[str, dt.date] = {}
        for subject in self._inventory.subjects(connection, names):
            name = subject.name
            yield view_of(subject, claims.get(name, {}), rules.facts, now, earlier.get(name, nothing))

    def _save(self, rules: Rules, made: Sequence[Short], now: dt.datetime) -> None:
        """Keep diagnoses; an entry says so where a finding changed, for that is what people act on."""

        def work(tx: Transaction) -> None:
            names = [each.use_case for each in made]
            still = registered(tx.connection, names)
            kept = [each for each in made if each.use_case in still]
            before = rows.found_before(tx.connection, rules.digest, names)
            rows.save(tx.connection, rules.digest, kept, now)
            changed = [each for each in kept if before.get(each.use_case, "") != each.findings]
            if changed:
                tx.record(_entry(rules, kept, changed))

        self._units.run(_ITSELF, work)


def _entry(rules: Rules, kept: Sequence[Short], changed: Sequence[Short]) -> Draft:
    present: Counter[str] = Counter()
    for each in tally(rules, [(short.findings, 1) for short in changed]):
        present[each.rule.name] += each.statuses[Status.PRESENT]
    return Draft(
        "diagnosis.made",
        f"{FAILURE_MODE}/all",
        basis=Basis(policy=rules.digest),
        facts={
            "diagnosed": len(kept),
            "changed": len(changed),
            "present": {name: many for name, many in sorted(present.items()) if many},
        },
    )
