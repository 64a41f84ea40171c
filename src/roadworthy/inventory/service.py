"""Operations of the inventory: everything that is known about use cases, read together and changed one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import sqlalchemy as sa
from rapidfuzz import fuzz, process

from roadworthy.foundation.errors import Conflict
from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.resources.model import Stored
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory import store as rows
from roadworthy.inventory.accepting import Accepting
from roadworthy.inventory.kinds import PLATFORM_PROFILE, PROFILE_NAME, USE_CASE
from roadworthy.inventory.model import Duty, PlatformProfile, UseCase
from roadworthy.inventory.rules import (
    Mismatch,
    Seat,
    SetAside,
    TierVerdict,
    mismatches,
    seats_of,
    tier_of,
)
from roadworthy.inventory.store import ReportedAnswer
from roadworthy.inventory.tables import use_cases

ALIKE = 88.0
"""Score of rapidfuzz's token-set ratio from which two titles are shown as possible duplicates.

Chosen on the US federal inventories of 2023 and 2024: below it, pairs that share only generic words show up.
"""

FEW = 50
"""Up to so many names are looked up one by one; for more, one pass over all is cheaper."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Everything the inventory knows about a use case, as readiness reads it."""

    name: str
    revision: int
    generation: int
    spec: UseCase
    tier: TierVerdict
    seats: Mapping[Duty, Seat]
    answers: Mapping[str, ReportedAnswer]
    mismatches: tuple[Mismatch, ...]
    set_aside: Mapping[str, SetAside] = field(default_factory=dict)
    """What readiness accepts as missing for a time, by criterion; filled in there, empty here."""


@dataclass(frozen=True, slots=True)
class Alike:
    """A registered use case that looks like another one."""

    name: str
    title: str
    organisation: str | None
    score: float


class Inventory:
    """The register of use cases."""

    def __init__(self, store: Store, units: Units, resources: Resources) -> None:
        self._store = store
        self._units = units
        self._resources = resources
        self.accepting = Accepting(resources)

    def subject(self, name: str) -> Subject:
        """Everything about one use case.

        Raises:
            NotFound: there is none of this name.
        """
        with self._store.read() as connection:
            self._resources.get(USE_CASE, name, connection)  # names the nearest one where there is none
            return next(self.subjects(connection, [name]))

    def subjects(self, connection: sa.Connection, names: Sequence[str] | None = None) -> Iterator[Subject]:
        """Everything about all or some use cases, read from one snapshot."""
        revisions = rows.revisions(connection, names)
        acceptances = rows.acceptances_by_name(connection, names)
        answers = rows.answers_by_name(connection, names)
        profile = self.profile(connection)
        found = self._stored(connection, names)
        if _is_few(names):
            found = iter(chosen := list(found))
            known = rows.people_named(connection, [cast("UseCase", each.spec).owners for each in chosen])
        else:
            known = rows.people_named(connection, None)
        gone = rows.people_gone(connection)
        for stored in found:
            if stored.name not in revisions:
                continue
            spec = cast("UseCase", stored.spec)
            yield Subject(
                name=stored.name,
                revision=revisions[stored.name],
                generation=stored.generation,
                spec=spec,
                tier=tier_of(spec.risk, spec.class_),
                seats=seats_of(spec.owners, acceptances.get(stored.name, ()), known, gone),
                answers=answers.get(stored.name, {}),
                mismatches=mismatches(spec, profile),
            )

    def profile(self, connection: sa.Connection) -> PlatformProfile | None:
        """The platform profile in force, or None while nobody declared one."""
        stored = self._resources.find(PLATFORM_PROFILE, PROFILE_NAME, connection)
        return None if stored is None else cast("PlatformProfile", stored.spec)

    def names(self) -> list[str]:
        """Names of all registered use cases, in order."""
        with self._store.read() as connection:
            return list(connection.execute(sa.select(use_cases.c.name).order_by(use_cases.c.name)).scalars())

    def alike(self, title: str, *, apart_from: str = "", most: int = 5) -> list[Alike]:
        """Registered use cases whose titles look like `title`, best first, so a duplicate shows at intake."""
        columns = (use_cases.c.name, use_cases.c.title, use_cases.c.organisation)
        with self._store.read() as connection:
            known = connection.execute(sa.select(*columns).where(use_cases.c.name != apart_from)).all()
        found = process.extract(
            title.casefold(),
            [row.title.casefold() for row in known],
            scorer=fuzz.token_sort_ratio,
            score_cutoff=ALIKE,
            limit=most,
        )
        return [Alike(known[at].name, known[at].title, known[at].organisation, score) for _, score, at in found]

    def accept(self, context: Context, person: Person, name: str, duty: Duty) -> Seat:
        """Accept a duty. Only the person who is named for it can.

        Raises:
            Refused: the duty is unassigned, names somebody else, or decision rights ask for another's word.
        """

        def work(tx: Transaction) -> Seat:
            return self.accepting.carry_out(tx, self.accepting.wanted(tx.connection, name, duty, person.ref))

        return self._units.run(context, work)

    def release(self, context: Context, person: Person, name: str, duty: Duty, reason: str) -> None:
        """Take an acceptance back, with the reason; the duty is unconfirmed again.

        Raises:
            Conflict: there is no acceptance of this person to take back.
        """

        def work(tx: Transaction) -> None:
            held = rows.acceptances_by_name(tx.connection, [name]).get(name, ())
            if not any(yes.duty is duty and yes.person_ref == person.ref for yes in held):
                raise Conflict(
                    "owner-not-accepted",
                    f"you have not accepted the {duty} duty of `{name}`",
                    remedy="look at the owners of the use case",
                )
            rows.release(tx.connection, name, duty)
            rows.touch(tx.connection, [name])
            tx.record(
                Draft(
                    "owner.released",
                    f"{USE_CASE}/{name}",
                    decision="released",
                    facts={"duty": duty.value},
                    texts={"reason": reason.encode()},
                )
            )

        self._units.run(context, work)

    def _stored(self, connection: sa.Connection, names: Sequence[str] | None) -> Iterator[Stored]:
        if names is None or not _is_few(names):
            wanted = None if names is None else set(names)
            for stored in self._resources.all(connection, USE_CASE):
                if wanted is None or stored.name in wanted:
                    yield stored
            return
        for name in names:
            found = self._resources.find(USE_CASE, name, connection)
            if found is not None:
                yield found


def _is_few(names: Sequence[str] | None) -> bool:
    return names is not None and len(names) <= FEW
