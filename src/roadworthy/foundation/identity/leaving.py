"""People who leave: everything that opens for them ends in the same unit, and what they leave behind is found at once.

What somebody can hold is known by the layers above: seats of use cases, rights that name them, roles, groups of which
they were the last. Each says it through `Holdings`, and `app` hands them in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.identity.tables import (
    device_logins,
    directory_records,
    people,
    program_tokens,
    sessions,
    sign_in_tokens,
)
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.retention import Retention
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.statements import portions
from roadworthy.foundation.storage.store import Store

_MOST_NAMED = 20
"""Resources that an entry names; the findings have all."""


NAMING = frozenset({"right", "role", "workload"})
"""Kinds of holdings that a declaration gives to a handle, and so to whoever has it."""


@dataclass(frozen=True, slots=True)
class Holding:
    """Something that somebody holds and that stands open once they are gone."""

    what: str
    """What kind of thing: `seat`, `token`, `right`, `role`, `group`, `delegation`, `vote`, `request`, `workload`."""
    resource: str
    """`Kind/name` of what it is about."""
    person: str
    """Reference of whoever holds it."""
    message: str
    """What it is, as it follows the person's name: `is product owner of ...`."""
    remedy: str


@dataclass(frozen=True, slots=True)
class Leftover:
    """A holding of somebody who left."""

    holding: Holding
    left_at: datetime


class Holdings(Protocol):
    """A layer that knows what people hold."""

    def held(self, connection: sa.Connection, handles: Mapping[str, str | None]) -> Iterable[Holding]:
        """What these people hold, by reference and handle (folded; None for one who has none)."""

    def touched(self, tx: Transaction, refs: Sequence[str]) -> None:
        """These people left or came back in this unit; whatever is derived from that is out of date."""


class HeldTokens:
    """Tokens of programs that somebody owns, or made where nobody owns them. They rest while that person is gone."""

    def held(self, connection: sa.Connection, handles: Mapping[str, str | None]) -> Iterable[Holding]:
        """Tokens that are not revoked."""
        owner = sa.func.coalesce(program_tokens.c.owner_ref, program_tokens.c.created_by)
        for some in portions(sorted(handles)):
            query = (
                sa.select(program_tokens.c.name, program_tokens.c.id, owner.label("owner"))
                .where(owner.in_(some), program_tokens.c.revoked_at.is_(None))
                .order_by(program_tokens.c.name)
            )
            for row in connection.execute(query):
                yield Holding(
                    "token",
                    f"Token/{row.id}",
                    row.owner,
                    f"answers for the token `{row.name}`, which opens nothing until somebody else does",
                    f"`roadworthy token own {row.name}` takes it over, `roadworthy token revoke {row.name}` ends it",
                )

    def touched(self, tx: Transaction, refs: Sequence[str]) -> None:
        """Nothing is derived: a token looks at its owner whenever it is shown."""


class Leavers:
    """Ends what opens for people who left, and says what they leave behind.

    Args:
        store: where to read.
        runtime: the clock.
        holdings: whoever knows what people hold; more can be added while `app` is put together.
    """

    def __init__(self, store: Store, runtime: Runtime, holdings: Iterable[Holdings] = ()) -> None:
        self._store = store
        self._runtime = runtime
        self._holdings: list[Holdings] = [HeldTokens(), *holdings]

    def add(self, holdings: Holdings) -> None:
        """Ask this layer too."""
        self._holdings.append(holdings)

    def leave(self, tx: Transaction, refs: Sequence[str], source: str, reason: str = "") -> list[str]:
        """Say that people are gone. Sessions end, links and logins that wait are void, in this very unit.

        Args:
            tx: the unit.
            refs: who; those who are gone already are left alone.
            source: on whose word: `scim`, `hr`, `administrator`.
            reason: why, where somebody says so.

        Returns:
            Those who were here until now.
        """
        here = _handles(tx.connection, refs, left=False)
        if not here:
            return []
        gone = sorted(here)
        held: dict[str, list[Holding]] = {}
        for holding in self._held(tx.connection, here):
            held.setdefault(holding.person, []).append(holding)
        ended = _end_ways_in(tx, here)
        _mark(tx, gone, tx.now)
        texts = {"reason": reason.encode()} if reason else {}
        for ref in gone:
            named = [f"{each.what}: {each.resource}" for each in held.get(ref, ())]
            facts: dict[str, Canonical] = {
                "source": source,
                "sessions": ended.get(ref, 0),
                "holds": len(named),
                "held": list(dict.fromkeys(named))[:_MOST_NAMED],
            }
            tx.record(Draft("person.left", f"Person/{ref}", facts=facts, texts=texts, retention=Retention.PERSONAL))
        for each in self._holdings:
            each.touched(tx, gone)
        return gone

    def come_back(self, tx: Transaction, refs: Sequence[str], source: str, reason: str = "") -> list[str]:
        """Say that people are here again. Their accounts open for them as before; what ended stays ended.

        Returns:
            Those who were gone until now.
        """
        back = sorted(_handles(tx.connection, refs, left=True))
        if not back:
            return []
        _mark(tx, back, None)
        texts = {"reason": reason.encode()} if reason else {}
        facts = {"source": source}
        for ref in back:
            tx.record(Draft("person.returned", f"Person/{ref}", facts=facts, texts=texts, retention=Retention.PERSONAL))
        for each in self._holdings:
            each.touched(tx, back)
        return back

    def held_by(self, connection: sa.Connection, ref: str) -> list[Holding]:
        """What one person holds, whether they are here or not."""
        row = connection.execute(sa.select(people.c.handle).where(people.c.ref == ref)).one_or_none()
        return [] if row is None else list(self._held(connection, {ref: row.handle}))

    def named(self, connection: sa.Connection, ref: str, handle: str) -> list[Holding]:
        """What declarations give to a handle, whoever has it; it is told of the person of this reference."""
        return [each for each in self._held(connection, {ref: handle}) if each.what in NAMING]

    def findings(self) -> list[Leftover]:
        """Everything that people who left still hold, the longest gone first."""
        with self._store.read() as connection:
            rows = connection.execute(
                sa.select(people.c.ref, people.c.handle, people.c.left_at).where(people.c.left_at.is_not(None))
            ).all()
            if not rows:
                return []
            since = {row.ref: row.left_at for row in rows}
            held = list(self._held(connection, {row.ref: row.handle for row in rows}))
        found = [Leftover(each, since[each.person]) for each in held if each.person in since]
        return sorted(found, key=lambda each: (each.left_at, each.holding.person, each.holding.resource))

    def _held(self, connection: sa.Connection, handles: Mapping[str, str | None]) -> Iterable[Holding]:
        for each in self._holdings:
            yield from each.held(connection, handles)


def _handles(connection: sa.Connection, refs: Sequence[str], *, left: bool) -> dict[str, str | None]:
    """Handles of those who are gone, or of those who are here; an erased person is neither."""
    found: dict[str, str | None] = {}
    for some in portions(sorted(set(refs))):
        columns = sa.select(people.c.ref, people.c.handle).where(people.c.ref.in_(some), people.c.erased_at.is_(None))
        gone = people.c.left_at.is_not(None) if left else people.c.left_at.is_(None)
        found.update((row.ref, row.handle) for row in connection.execute(columns.where(gone)))
    return found


def _mark(tx: Transaction, refs: Sequence[str], left_at: datetime | None) -> None:
    """Write when they left, and that what a directory client knows of them is out of date."""
    for some in portions(refs):
        tx.connection.execute(people.update().where(people.c.ref.in_(some)).values(left_at=left_at))
        kept = directory_records.update().where(directory_records.c.person_ref.in_(some))
        tx.connection.execute(kept.values(version=directory_records.c.version + 1, changed_at=tx.now))


def _end_ways_in(tx: Transaction, here: Mapping[str, str | None]) -> dict[str, int]:
    """End sessions and whatever could open one; counts of sessions by person."""
    counts: dict[str, int] = {}
    for some in portions(sorted(here)):
        of = sessions.c.person_ref.in_(some)
        counted = sa.select(sessions.c.person_ref, sa.func.count()).where(of).group_by(sessions.c.person_ref)
        counts.update((ref, number) for ref, number in tx.connection.execute(counted))
        tx.connection.execute(sessions.delete().where(of))
        waiting = device_logins.c.used_at.is_(None) & device_logins.c.person_ref.in_(some)
        tx.connection.execute(device_logins.update().where(waiting).values(refused_at=tx.now))
    for links in portions(sorted(handle for handle in here.values() if handle is not None)):
        unused = sign_in_tokens.c.used_at.is_(None) & sign_in_tokens.c.handle.in_(links)
        tx.connection.execute(sign_in_tokens.update().where(unused).values(used_at=tx.now))
    return counts
