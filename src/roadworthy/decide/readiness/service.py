"""Operations of readiness: assess, look at one use case, look at all of them.

An assessment is derived from what is declared, reported and handed in. It is computed outside the store's writer from
one snapshot and saved with the revision it was computed from, so a change in between leaves it out of date instead of
wrong; whoever reads assessments brings those up to date first.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import cast

import sqlalchemy as sa

from roadworthy.decide.readiness import portfolio as pages
from roadworthy.decide.readiness import store as rows
from roadworthy.decide.readiness import waiver_store as waivers
from roadworthy.decide.readiness.assessment import Assessment, Tone
from roadworthy.decide.readiness.course import course_of
from roadworthy.decide.readiness.kinds import DEFAULT_NAME, RUBRIC, shipped
from roadworthy.decide.readiness.model import Rubric
from roadworthy.decide.readiness.query import PAGE, PortfolioPage, PortfolioQuery, RubricInForce, Tally
from roadworthy.decide.readiness.rules import Compiled, assess, compile_rubric
from roadworthy.decide.readiness.store import Kept
from roadworthy.evidence import store as evidence
from roadworthy.evidence.store import ByFact
from roadworthy.foundation.errors import InvalidInput, NotFound, closest
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Basis, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.statements import portions
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.model import Duty, Stage
from roadworthy.inventory.service import Inventory, Subject

CHUNK = 2_000
"""Use cases that are assessed and saved at a time, so that memory does not grow with the portfolio."""

_TRIES = 3
_ITSELF = Context(Actor(ActorKind.SYSTEM, "readiness"))


class Readiness:
    """What the rubric says of the use cases."""

    def __init__(
        self, store: Store, units: Units, resources: Resources, inventory: Inventory, runtime: Runtime
    ) -> None:
        self._store = store
        self._units = units
        self._resources = resources
        self._inventory = inventory
        self._runtime = runtime
        self._refreshing = runtime.lock()
        self._compiled: dict[tuple[str, int] | None, Compiled] = {}

    def rubric(self, connection: sa.Connection | None = None) -> RubricInForce:
        """The rubric in force: the declared one called `default`, else the one that ships."""
        with self._store.read() if connection is None else nullcontext(connection) as snapshot:
            return self._in_force(snapshot)[0]

    def gates(self, connection: sa.Connection) -> Mapping[str, frozenset[Duty]]:
        """By fact: the duties whose gate it opens under the rubric in force."""
        return self._in_force(connection)[1].gates

    def of(self, name: str, at: dt.datetime | None = None) -> Assessment:
        """What the rubric says of a use case at this instant or, if nobody does anything, at a later one.

        Raises:
            NotFound: there is no such use case.
            InvalidInput: the instant is past; what was known then is not what is known now.
        """
        when = self._when(at)
        subject = self._inventory.subject(name)
        with self._store.read() as connection:
            subject = self._with_waivers(connection, subject)
            claims = evidence.claims_by_name(connection, [name])
            return assess(subject, claims.get(name, {}), self._in_force(connection)[1], when)

    def without(self, name: str, item_id: str) -> Assessment:
        """What the rubric would say at this instant had one piece of evidence never been handed in.

        Raises:
            NotFound: there is no such use case.
        """
        subject = self._inventory.subject(name)
        with self._store.read() as connection:
            subject = self._with_waivers(connection, subject)
            claims = evidence.claims_by_name(connection, [name]).get(name, {})
            left = {fact: [claim for claim in said if claim.id != item_id] for fact, said in claims.items()}
            handed = {fact: said for fact, said in left.items() if said}
            return assess(subject, handed, self._in_force(connection)[1], self._when(None))

    def each(
        self,
        connection: sa.Connection,
        names: Sequence[str] | None = None,
        at: dt.datetime | None = None,
        stage: Stage | None = None,
    ) -> Iterator[tuple[Subject, ByFact, Assessment]]:
        """Every use case, or some, with the evidence about it and what the rubric says of it; nothing is stored.

        Args:
            connection: the snapshot to read from.
            names: which; None for all.
            at: the instant to judge at, now by default.
            stage: judged as if they were at it; by default each is judged at its own.

        Raises:
            InvalidInput: the instant is past.
        """
        yield from self._each(connection, names, self._in_force(connection)[1], self._when(at), stage)

    def assess(self, context: Context, names: Sequence[str] | None = None) -> Tally:
        """Assess some use cases, or all, whether or not what is stored still holds.

        Raises:
            NotFound: one of the names is not registered; nothing was assessed.
        """
        if names is not None:
            self._must_exist(names)
        with self._refreshing:
            return self._reassess(context, names)

    def refresh(self) -> int:
        """Bring every assessment up to date that does not hold any more; cheap where all of them do.

        Returns:
            How many were made anew.
        """
        with self._store.read() as connection:
            if not self._stale(connection):
                return 0
        with self._refreshing:
            advanced = self._advance()
            with self._store.read() as connection:
                names = self._stale(connection)
                everything = len(names) == rows.count(connection)
            return advanced + (self._reassess(_ITSELF, None if everything else names).assessed if names else 0)

    def portfolio(self, query: PortfolioQuery | None = None) -> PortfolioPage:
        """A page of the portfolio, read from one snapshot in which every assessment holds."""
        wanted = query or PortfolioQuery()
        for attempt in range(1, _TRIES + 1):
            with self._store.read() as connection:
                in_force, _ = self._in_force(connection)
                pending = len(rows.stale(connection, in_force.digest, self._runtime.clock.now()))
                if pending == 0 or attempt == _TRIES:
                    return self._page(connection, wanted, in_force, pending)
            self.refresh()
        message = "unreachable: the last try returns"
        raise AssertionError(message)

    # ------------------------------------------------------------ inside

    def _in_force(self, connection: sa.Connection) -> tuple[RubricInForce, Compiled]:
        stored = self._resources.find(RUBRIC, DEFAULT_NAME, connection)
        key = None if stored is None else (stored.uid, stored.generation)
        compiled = self._compiled.get(key)
        if compiled is None:
            compiled = compile_rubric(shipped() if stored is None else cast("Rubric", stored.spec))
            self._compiled = {key: compiled}
        generation = None if stored is None else stored.generation
        return RubricInForce(compiled.rubric, compiled.digest, generation), compiled

    def _stale(self, connection: sa.Connection) -> list[str]:
        return rows.stale(connection, self._in_force(connection)[0].digest, self._runtime.clock.now())

    @staticmethod
    def _page(connection: sa.Connection, query: PortfolioQuery, in_force: RubricInForce, pending: int) -> PortfolioPage:
        headline = pages.headline(connection, query)
        count = max(1, -(-headline.total // PAGE))
        number = min(max(1, query.page), count)
        return PortfolioPage(
            rows=pages.page(connection, query, number),
            page=number,
            pages=count,
            headline=headline,
            organisations=pages.organisations(connection),
            rubric=in_force,
            pending=pending,
        )

    def _must_exist(self, names: Sequence[str]) -> None:
        known = set(self._inventory.names())
        unknown = next((name for name in names if name not in known), None)
        if unknown is not None:
            near = closest(unknown, known)
            remedy = f"did you mean `{near}`?" if near else "list them with `roadworthy get use-cases`"
            raise NotFound("use-case-unknown", f"there is no use case `{unknown}`", remedy=remedy)

    def _reassess(self, context: Context, names: Sequence[str] | None) -> Tally:
        now = self._runtime.clock.now()
        assessed = changed = 0
        overall: Counter[Tone] = Counter()
        with self._store.read() as connection:
            in_force, compiled = self._in_force(connection)
            made = (
                rows.keepable(assessment, course_of(subject, handed, compiled, assessment), compiled)
                for subject, handed, assessment in self._each(connection, names, compiled, now)
            )
            while chunk := list(islice(made, CHUNK)):
                changed += self._keep(context, in_force, chunk, rows.save)
                assessed += len(chunk)
                overall.update(kept.tones[0] for kept in chunk)
        return Tally(assessed, changed, {tone: overall[tone] for tone in Tone}, in_force)

    def _each(
        self,
        connection: sa.Connection,
        names: Sequence[str] | None,
        rubric: Compiled,
        now: dt.datetime,
        stage: Stage | None = None,
    ) -> Iterator[tuple[Subject, ByFact, Assessment]]:
        claims = evidence.claims_by_name(connection, names)
        waived = waivers.standing(connection, names)
        for subject in self._inventory.subjects(connection, names):
            if subject.name in waived:
                subject = replace(subject, set_aside=waived[subject.name])  # noqa: PLW2901 - the same, made whole
            if stage is not None:
                spec = subject.spec.model_copy(update={"stage": stage})
                subject = replace(subject, spec=spec)  # noqa: PLW2901 - as above
            handed = claims.get(subject.name, {})
            yield subject, handed, assess(subject, handed, rubric, now)

    @staticmethod
    def _with_waivers(connection: sa.Connection, subject: Subject) -> Subject:
        waived = waivers.standing(connection, [subject.name]).get(subject.name)
        return subject if waived is None else replace(subject, set_aside=waived)

    def _when(self, at: dt.datetime | None) -> dt.datetime:
        now = self._runtime.clock.now()
        if at is not None and at < now:
            raise InvalidInput(
                "forecast-of-the-past",
                f"`{to_text(at)}` is past, and what was known then is not what is known now",
                remedy="ask for an instant to come; what was found at the time stands in the ledger",
            )
        return at or now

    def _advance(self) -> int:
        """Take those assessments forward that only time has overtaken, without reading what they were made from."""
        now = self._runtime.clock.now()
        with self._store.read() as connection:
            in_force, compiled = self._in_force(connection)
            made = [rows.later(each, compiled, now) for each in rows.elapsed(connection, in_force.digest, now)]
        for some in portions(made, CHUNK):
            self._keep(_ITSELF, in_force, some, partial(rows.advance, rubric=in_force.digest))
        return len(made)

    def _keep(
        self,
        context: Context,
        in_force: RubricInForce,
        made: Sequence[Kept],
        save: Callable[[sa.Connection, Sequence[Kept]], None],
    ) -> int:
        """Keep assessments; an entry says so where a tone changed, for that is what people act on."""

        def work(tx: Transaction) -> int:
            names = [each.use_case for each in made]
            still = rows.registered(tx.connection, names)
            kept = [each for each in made if each.use_case in still]
            before = rows.tones(tx.connection, names)
            save(tx.connection, kept)
            changed = [each for each in kept if before.get(each.use_case) != each.tones]
            if changed:
                tx.record(_entry(in_force, kept, changed))
            return len(changed)

        return self._units.run(context, work)


def _entry(in_force: RubricInForce, kept: Sequence[Kept], changed: Sequence[Kept]) -> Draft:
    became = Counter(each.tones[0] for each in changed)
    return Draft(
        "readiness.assessed",
        f"{RUBRIC}/{DEFAULT_NAME}",
        basis=Basis(policy=in_force.digest),
        facts={
            "assessed": len(kept),
            "changed": len(changed),
            "became": {tone.value: became[tone] for tone in Tone if became[tone]},
            "rubric": "shipped" if in_force.is_shipped else f"generation {in_force.generation}",
        },
    )
