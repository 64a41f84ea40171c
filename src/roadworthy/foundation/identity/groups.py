"""Groups: made, renamed, filled and removed, each change with its entry. They grant nothing by themselves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Place, did_you_mean
from roadworthy.foundation.identity.directory import GROUP, PERSON
from roadworthy.foundation.identity.tables import group_members, groups, people
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.retention import Retention
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.storage.statements import portions

MOST_NAME = 200
LOCAL = "local"
SCIM = "scim"
HR = "hr"
CLAIMED = "oidc:"
"""Before the issuer: groups that an identity provider names at a sign-in."""
_MOST_FACTS = 50
"""References of members in the clear part of an entry; all of them stand in its text."""


@dataclass(frozen=True, slots=True)
class Member:
    """A person or a group in a group."""

    kind: str
    """`person` or `group`."""
    ref: str


@dataclass(frozen=True, slots=True)
class Group:
    """A group without its members."""

    ref: str
    name: str
    source: str
    external_id: str | None
    version: int
    created_at: datetime
    changed_at: datetime


def group_of(row: sa.Row[Any]) -> Group:
    """A group out of its row."""
    return Group(row.ref, row.name, row.source, row.external_id, row.version, row.created_at, row.changed_at)


def named(connection: sa.Connection, name: str) -> Group:
    """The group of this name, whatever its case.

    Raises:
        NotFound: there is none; the remedy names the nearest.
    """
    row = connection.execute(sa.select(groups).where(groups.c.folded == name.strip().casefold())).one_or_none()
    if row is None:
        names = list(connection.execute(sa.select(groups.c.name).limit(2_000)).scalars())
        remedy = did_you_mean(name, names) if names else "no directory has brought any group yet"
        raise NotFound("group-unknown", f"there is no group `{name[:MOST_NAME]}`", remedy=remedy)
    return group_of(row)


def members_of(connection: sa.Connection, ref: str) -> list[Member]:
    """Who is in a group directly, in the order in which they came."""
    rows = connection.execute(
        sa.select(group_members.c.kind, group_members.c.member_ref)
        .where(group_members.c.group_ref == ref)
        .order_by(group_members.c.since, group_members.c.member_ref)
    )
    return [Member(kind, member) for kind, member in rows]


def checked_name(name: str) -> str:
    """A name without outer space.

    Raises:
        InvalidInput: it cannot be a group's.
    """
    said = name.strip()
    if not said or len(said) > MOST_NAME or not said.isprintable():
        raise InvalidInput(
            "group-name-unfit",
            f"a group's name is 1 to {MOST_NAME} printable characters",
            place=Place(field="displayName"),
            remedy="name it as the role map and the decision rights will",
        )
    return said


def create(tx: Transaction, name: str, source: str, external_id: str | None = None) -> Group:
    """Make a group. Nobody is in it.

    Raises:
        InvalidInput: the name cannot be a group's.
        Conflict: there is one of this name, whatever its case.
    """
    said = checked_name(name)
    refuse_taken(tx.connection, said)
    group = Group(tx.new_id(), said, source, external_id, 1, tx.now, tx.now)
    row = {
        "ref": group.ref,
        "name": said,
        "folded": said.casefold(),
        "source": source,
        "external_id": external_id,
        "version": 1,
        "created_at": tx.now,
        "changed_at": tx.now,
    }
    tx.connection.execute(groups.insert(), row)
    tx.record(
        Draft(
            "group.created",
            f"Group/{group.ref}",
            facts={"source": source},
            texts={"name": said.encode()},
            retention=Retention.PERSONAL,
        )
    )
    return group


def refuse_taken(connection: sa.Connection, name: str, apart_from: str | None = None) -> None:
    """Refuse a name that another group has.

    Raises:
        Conflict: it is taken.
    """
    taken = connection.execute(sa.select(groups.c.ref).where(groups.c.folded == name.casefold())).scalar()
    if taken is not None and taken != apart_from:
        raise Conflict(
            "group-name-taken",
            f"there is a group `{name}` already",
            place=Place(field="displayName"),
            remedy="choose another name; two that differ in case only would be mistaken for each other",
        )


def change(
    tx: Transaction,
    group: Group,
    *,
    name: str | None = None,
    source: str | None = None,
    external_id: str | None = None,
    members: Iterable[Member] | None = None,
) -> bool:
    """Bring a group to what it shall be; what is left out stays. Writes and records only differences.

    Args:
        tx: the unit.
        group: as it was read in this unit.
        name: its new name.
        source: what keeps it from now on.
        external_id: the directory's own key for it.
        members: all who shall be in it directly.

    Returns:
        Whether anything changed.

    Raises:
        Conflict: another group has the name.
        InvalidInput: the name cannot be a group's, or a member is nobody.
    """
    wanted = {"name": name, "source": source, "external_id": external_id}
    changed: dict[str, Any] = {
        field: value for field, value in wanted.items() if value is not None and value != getattr(group, field)
    }
    if "name" in changed:
        changed["name"] = checked_name(changed["name"])
        refuse_taken(tx.connection, changed["name"], group.ref)
        changed["folded"] = changed["name"].casefold()
    if members is None:
        return _write(tx, group, changed, (), ())
    before, after = set(members_of(tx.connection, group.ref)), set(members)
    return _write(tx, group, changed, after - before, before - after)


def add_and_remove(tx: Transaction, group: Group, added: Iterable[Member], removed: Iterable[Member]) -> bool:
    """Put members in and take members out without reading the others.

    Returns:
        Whether anything changed.
    """
    wanted, unwanted = set(added), set(removed)
    present: set[Member] = set()
    for some in portions(sorted({each.ref for each in wanted | unwanted})):
        of = group_members.c.group_ref == group.ref, group_members.c.member_ref.in_(some)
        rows = tx.connection.execute(sa.select(group_members.c.kind, group_members.c.member_ref).where(*of))
        present.update(Member(kind, ref) for kind, ref in rows)
    return _write(tx, group, {}, wanted - present, (unwanted & present) - wanted)


def remove(tx: Transaction, group: Group) -> None:
    """Take a group away, with its place in other groups."""
    within = group_members.c.kind == GROUP, group_members.c.member_ref == group.ref
    tx.connection.execute(group_members.delete().where(*within))
    tx.connection.execute(group_members.delete().where(group_members.c.group_ref == group.ref))
    tx.connection.execute(groups.delete().where(groups.c.ref == group.ref))
    tx.record(
        Draft(
            "group.removed",
            f"Group/{group.ref}",
            facts={"source": group.source},
            texts={"name": group.name.encode()},
            retention=Retention.PERSONAL,
        )
    )


def keep_claimed(tx: Transaction, issuer: str, person_ref: str, names: Iterable[str]) -> None:
    """Bring a person into exactly those groups that their identity provider names at a sign-in.

    A group that a directory or somebody here keeps is not touched by what a provider claims: it would let the provider
    fill groups that others answer for.

    Args:
        tx: the unit of the sign-in.
        issuer: the provider.
        person_ref: who signs in.
        names: what the provider calls their groups; what cannot be a name is left out.
    """
    source = f"{CLAIMED}{issuer}"
    wanted = {said.casefold(): said for name in names if _fits(said := name.strip())}
    mine = Member(PERSON, person_ref)
    of_issuer = sa.select(groups).where(groups.c.source == source)
    in_now = of_issuer.join(group_members, group_members.c.group_ref == groups.c.ref).where(
        group_members.c.kind == PERSON, group_members.c.member_ref == person_ref
    )
    for row in tx.connection.execute(in_now.order_by(groups.c.ref)).all():
        if row.folded not in wanted:
            add_and_remove(tx, group_of(row), (), (mine,))
    known: dict[str, Group] = {}
    for some in portions(sorted(wanted)):
        rows = tx.connection.execute(sa.select(groups).where(groups.c.folded.in_(some)))
        known.update((row.folded, group_of(row)) for row in rows)
    for folded, said in sorted(wanted.items()):
        group = known.get(folded) or create(tx, said, source)
        if group.source == source:
            add_and_remove(tx, group, (mine,), ())


def leave_groups(tx: Transaction, person_ref: str) -> int:
    """Take somebody out of every group that they are in directly, as when their directory forgets them.

    Returns:
        Of how many.
    """
    of = group_members.c.kind == PERSON, group_members.c.member_ref == person_ref
    within = sa.select(groups).join(group_members, group_members.c.group_ref == groups.c.ref).where(*of)
    found = [group_of(row) for row in tx.connection.execute(within.order_by(groups.c.ref))]
    for group in found:
        add_and_remove(tx, group, (), (Member(PERSON, person_ref),))
    return len(found)


def refuse_unknown(connection: sa.Connection, refs: Sequence[str]) -> dict[str, Member]:
    """Members by reference; each is a person who is not erased, or a group.

    Raises:
        InvalidInput: one is neither; names the first few.
    """
    found: dict[str, Member] = {}
    for some in portions(sorted(set(refs))):
        known = sa.select(people.c.ref).where(people.c.ref.in_(some), people.c.erased_at.is_(None))
        found.update((ref, Member(PERSON, ref)) for ref in connection.execute(known).scalars())
        of_groups = sa.select(groups.c.ref).where(groups.c.ref.in_(some))
        found.update((ref, Member(GROUP, ref)) for ref in connection.execute(of_groups).scalars())
    missing = [ref for ref in dict.fromkeys(refs) if ref not in found]
    if missing:
        shown = ", ".join(f"`{ref[:60]}`" for ref in missing[:3])
        raise InvalidInput(
            "group-member-unknown",
            f"{len(missing)} of the members are neither a person nor a group here: {shown}",
            place=Place(field="members"),
            remedy="bring the people in first, then the groups that hold them",
        )
    return found


def _fits(name: str) -> bool:
    return 0 < len(name) <= MOST_NAME and name.isprintable()


def _order(member: Member) -> str:
    return f"{member.kind}/{member.ref}"


def _write(
    tx: Transaction, group: Group, changed: Mapping[str, Any], added: Iterable[Member], removed: Iterable[Member]
) -> bool:
    coming, going = sorted(added, key=_order), sorted(removed, key=_order)
    if not changed and not coming and not going:
        return False
    if coming:
        rows = [{"group_ref": group.ref, "kind": each.kind, "member_ref": each.ref, "since": tx.now} for each in coming]
        tx.connection.execute(group_members.insert(), rows)
    for some in portions([each.ref for each in going]):
        gone = group_members.c.group_ref == group.ref, group_members.c.member_ref.in_(some)
        tx.connection.execute(group_members.delete().where(*gone))
    values = {**changed, "version": groups.c.version + 1, "changed_at": tx.now}
    tx.connection.execute(groups.update().where(groups.c.ref == group.ref).values(**values))
    _record(tx, group.ref, sorted(changed.keys() - {"folded"}), coming, going)
    return True


def _record(
    tx: Transaction, ref: str, fields: Sequence[str], added: Sequence[Member], removed: Sequence[Member]
) -> None:
    facts: dict[str, Any] = {"fields": list(fields), "added": len(added), "removed": len(removed)}
    texts: dict[str, bytes] = {}
    if added or removed:
        lists = {"added": [_order(each) for each in added], "removed": [_order(each) for each in removed]}
        texts["members"] = json.dumps(lists).encode()
        if len(added) + len(removed) <= _MOST_FACTS:
            facts["members"] = {name: list(each) for name, each in lists.items()}
    tx.record(Draft("group.changed", f"Group/{ref}", facts=facts, texts=texts, retention=Retention.PERSONAL))
