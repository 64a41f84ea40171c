"""People and groups as administrators see them, and what they may say of people by their own word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.errors import Conflict, InvalidInput, Place, RoadworthyError
from roadworthy.foundation.identity import binding, erasing, humans
from roadworthy.foundation.identity.groups import Group, Member, group_of, members_of, named
from roadworthy.foundation.identity.leaving import Holding, Leavers
from roadworthy.foundation.identity.model import fold, unknown_person
from roadworthy.foundation.identity.people import by_refs
from roadworthy.foundation.identity.provisioning import Record, record_of, selecting
from roadworthy.foundation.identity.tables import accounts, group_members, groups, people
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.storage.store import Store

ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Account:
    """By which account a person signs in."""

    issuer: str
    subject: str
    handle: str | None
    bound_at: datetime
    signed_in_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything about one person."""

    record: Record
    signed_in_at: datetime | None
    erased_at: datetime | None
    accounts: tuple[Account, ...]
    groups: tuple[str, ...]
    """Names of those that they are in directly."""
    same: tuple[Record, ...]
    """The other records of the same human."""
    holds: tuple[Holding, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Which people a list has."""

    after: str | None = None
    """Reference of the last one of the page before."""
    limit: int = 100
    search: str | None = None
    left: bool | None = None
    """Only those who left, or only those who are here."""


class Roster:
    """Reads people and groups, and changes people on an administrator's word.

    Args:
        store: where to read.
        units: runs what changes.
        leavers: ends what opens for those who leave.
    """

    def __init__(self, store: Store, units: Units, leavers: Leavers) -> None:
        self._store = store
        self._units = units
        self._leavers = leavers

    def list(self, page: Page) -> list[Record]:
        """People in the order in which they became known, without those who were erased."""
        query = selecting().where(people.c.erased_at.is_(None)).order_by(people.c.ref).limit(page.limit)
        if page.after is not None:
            query = query.where(people.c.ref > page.after)
        if page.left is not None:
            query = query.where(people.c.left_at.is_not(None) if page.left else people.c.left_at.is_(None))
        if page.search:
            text = page.search.strip().casefold()
            query = query.where(
                sa.or_(
                    people.c.handle.contains(text, autoescape=True),
                    sa.func.lower(people.c.name).contains(text, autoescape=True),
                    people.c.employee == page.search.strip(),
                )
            )
        with self._store.read() as connection:
            return [record_of(row) for row in connection.execute(query)]

    def find(self, who: str) -> str:
        """Reference of the person with this reference or handle.

        Raises:
            NotFound: there is none.
        """
        with self._store.read() as connection:
            return _find(connection, who)

    def profile(self, who: str) -> Profile:
        """Everything about one person, by reference or handle.

        Raises:
            NotFound: there is none.
        """
        with self._store.read() as connection:
            ref = _find(connection, who)
            row = connection.execute(selecting().where(people.c.ref == ref)).one()
            of = connection.execute(sa.select(people).where(people.c.ref == ref)).one()
            bound = connection.execute(sa.select(accounts).where(accounts.c.person_ref == ref))
            same: Sequence[sa.Row[Any]] = ()
            if of.human is not None:
                others = selecting().where(people.c.human == of.human, people.c.ref != ref)
                same = connection.execute(others.order_by(people.c.ref)).all()
            within = sa.select(groups.c.name).join(group_members, group_members.c.group_ref == groups.c.ref)
            mine = within.where(group_members.c.kind == "person", group_members.c.member_ref == ref)
            return Profile(
                record=record_of(row),
                signed_in_at=of.signed_in_at,
                erased_at=of.erased_at,
                accounts=tuple(
                    Account(a.issuer, a.subject, a.handle, a.bound_at, a.signed_in_at, a.ended_at) for a in bound
                ),
                groups=tuple(connection.execute(mine.order_by(groups.c.name)).scalars()),
                same=tuple(record_of(each) for each in same),
                holds=tuple(self._leavers.held_by(connection, ref)),
            )

    def groups(self) -> Sequence[tuple[Group, int]]:
        """Every group by name, with the number of its direct members."""
        counted = (
            sa.select(group_members.c.group_ref, sa.func.count().label("members"))
            .group_by(group_members.c.group_ref)
            .subquery()
        )
        query = (
            sa.select(groups, counted.c.members)
            .outerjoin(counted, counted.c.group_ref == groups.c.ref)
            .order_by(groups.c.folded)
        )
        with self._store.read() as connection:
            return [(group_of(row), row.members or 0) for row in connection.execute(query)]

    def group(self, name: str) -> tuple[Group, Sequence[Member], Mapping[str, str]]:
        """A group, its direct members, and what to call each of them.

        Raises:
            NotFound: there is none of this name.
        """
        with self._store.read() as connection:
            group = named(connection, name)
            members = members_of(connection, group.ref)
            called = {ref: person.shown for ref, person in by_refs(connection, [m.ref for m in members]).items()}
            inner = [member.ref for member in members if member.ref not in called]
            if inner:
                names = connection.execute(sa.select(groups.c.ref, groups.c.name).where(groups.c.ref.in_(inner)))
                called.update((ref, each) for ref, each in names)
        return group, members, called

    def leave(self, context: Context, who: str, reason: str) -> str:
        """Say that somebody has left.

        Returns:
            Their reference.

        Raises:
            NotFound: there is no such person.
            Conflict: they left before.
            InvalidInput: no reason is given.
        """
        return self._move(context, who, reason, gone=True)

    def come_back(self, context: Context, who: str, reason: str) -> str:
        """Say that somebody is here again.

        Returns:
            Their reference.

        Raises:
            NotFound: there is no such person.
            Conflict: they did not leave.
            InvalidInput: no reason is given.
        """
        return self._move(context, who, reason, gone=False)

    def bind(self, context: Context, who: str, issuer: str, subject: str) -> str:
        """Bind an account to a person, see `binding.bind_to`."""

        def work(tx: Transaction) -> str:
            ref = _find(tx.connection, who)
            binding.bind_to(tx, issuer, subject, ref)
            return ref

        return self._units.run(context, work)

    def unbind(self, context: Context, issuer: str, subject: str, reason: str) -> str:
        """Take an account from its person and end the sessions that rest on it, see `binding.unbind`."""
        said = explained(reason)
        return self._units.run(context, lambda tx: binding.unbind(tx, issuer, subject, said))

    def same(self, context: Context, who: str, other: str, reason: str) -> bool:
        """Say that two records are one human.

        Returns:
            False where that was known.

        Raises:
            NotFound: one of them does not exist.
            InvalidInput: no reason is given, or both are one record.
        """
        said = explained(reason)

        def work(tx: Transaction) -> bool:
            refs = [_find(tx.connection, who), _find(tx.connection, other)]
            if refs[0] == refs[1]:
                raise InvalidInput(
                    "person-twice",
                    "both name one record",
                    remedy="name two records; `roadworthy people list` shows them",
                )
            return humans.join(tx, refs, humans.ADMINISTRATOR, said)

        return self._units.run(context, work)

    def different(self, context: Context, who: str, reason: str) -> str:
        """Say that a record is another human than those it was joined with, see `humans.part`."""
        said = explained(reason)

        def work(tx: Transaction) -> str:
            ref = _find(tx.connection, who)
            humans.part(tx, ref, said)
            return ref

        return self._units.run(context, work)

    def erase(self, context: Context, who: str, reason: str) -> str:
        """Empty a person's record, see `erasing.erase`."""
        said = explained(reason)

        def work(tx: Transaction) -> str:
            ref = _find(tx.connection, who)
            erasing.erase(tx, ref, said, self._leavers)
            return ref

        return self._units.run(context, work)

    def _move(self, context: Context, who: str, reason: str, *, gone: bool) -> str:
        said = explained(reason)

        def work(tx: Transaction) -> str:
            ref = _find(tx.connection, who)
            move = self._leavers.leave if gone else self._leavers.come_back
            if not move(tx, [ref], ADMINISTRATOR, said):
                raise Conflict(
                    "person-gone-already" if gone else "person-here-already",
                    "this person left before" if gone else "this person did not leave",
                    remedy="`roadworthy people show` says since when",
                )
            return ref

        return self._units.run(context, work)


def explained(reason: str) -> str:
    """A reason without outer space.

    Raises:
        InvalidInput: there is none.
    """
    said = reason.strip()
    if not said:
        raise InvalidInput(
            "people-change-unexplained",
            "what is said of a person needs a reason",
            place=Place(field="reason"),
            remedy="say in a sentence why; it is kept with the record",
        )
    return said


def _find(connection: sa.Connection, who: str) -> str:
    try:
        either = sa.or_(people.c.ref == who, people.c.handle == fold(who))
    except RoadworthyError:
        either = people.c.ref == who
    ref: str | None = connection.execute(sa.select(people.c.ref).where(either)).scalar()
    if ref is None:
        raise unknown_person(who)
    return ref
