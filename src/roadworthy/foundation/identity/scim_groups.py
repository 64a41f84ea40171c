"""The address `/scim/v2/Groups` as operations on the directory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.errors import NotFound
from roadworthy.foundation.identity.directory import GROUP as MEMBER_GROUP
from roadworthy.foundation.identity.groups import (
    CLAIMED,
    SCIM,
    Group,
    Member,
    add_and_remove,
    change,
    create,
    group_of,
    members_of,
    refuse_unknown,
    remove,
)
from roadworthy.foundation.identity.scim.attributes import GROUP, MANY
from roadworthy.foundation.identity.scim.documents import Document, read_document
from roadworthy.foundation.identity.scim.faults import unfit_value
from roadworthy.foundation.identity.scim.filters import Compare, Filter, Within, read_filter
from roadworthy.foundation.identity.scim.matching import matches
from roadworthy.foundation.identity.scim.members import Membership, separate
from roadworthy.foundation.identity.scim.patch import apply, read_operations
from roadworthy.foundation.identity.scim.schemas import listed
from roadworthy.foundation.identity.scim_people import Query, narrowing, refuse_stale, version_of
from roadworthy.foundation.identity.tables import group_members, groups
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.storage.statements import portions
from roadworthy.foundation.storage.store import Store

_SHOWN = sa.not_(groups.c.source.startswith(CLAIMED, autoescape=True))
"""Groups that an identity provider names at sign-ins are its own; a directory neither sees nor fills them."""


class ScimGroups:
    """Groups of SCIM.

    Args:
        store: where to read.
        units: runs what changes.
    """

    def __init__(self, store: Store, units: Units) -> None:
        self._store = store
        self._units = units

    def get(self, ref: str, base: str) -> Document:
        """One group with its members.

        Raises:
            NotFound: there is none of this reference.
        """
        with self._store.read() as connection:
            return _shown(connection, [_find(connection, ref)], base, members=True)[0]

    def list(self, query: Query, base: str) -> Document:
        """Groups that meet a filter, in the order in which they were made.

        Raises:
            UsageError: the filter cannot be read.
        """
        node = None if query.filter is None else read_filter(query.filter)
        start, most = query.first, query.most
        members = query.projection.shows("members")
        with self._store.read() as connection:
            if node is None:
                total = connection.execute(sa.select(sa.func.count()).select_from(groups).where(_SHOWN)).scalar_one()
                rows = connection.execute(_ordered().limit(most).offset(start - 1)).all() if most else []
                found = _shown(connection, [group_of(row) for row in rows], base, members=members)
            else:
                every = _matching(connection, node, base)
                total, found = len(every), every[start - 1 : start - 1 + most]
        return listed([query.projection.of(each, MANY) for each in found], total, start)

    def create(self, context: Context, body: object, base: str) -> Document:
        """A new group.

        Raises:
            UsageError: the body is no group, or a member is nobody.
            Conflict: the name is taken.
        """
        document = read_document(body, MANY)
        name, refs = _name(document), _refs(document)

        def work(tx: Transaction) -> Document:
            _take_over(tx, name)
            members = refuse_unknown(tx.connection, refs)
            group = create(tx, name, SCIM, document.get("externalId"))
            if members:
                add_and_remove(tx, group, members.values(), ())
            return _shown(tx.connection, [_find(tx.connection, group.ref)], base, members=True)[0]

        return self._units.run(context, work)

    def replace(self, context: Context, ref: str, body: object, base: str, if_match: str | None = None) -> Document:
        """A group as it shall be.

        Raises:
            NotFound: there is none of this reference.
            UsageError: the body is no group, a member is nobody, or the version is another.
            Conflict: the name is taken.
        """
        document = read_document(body, MANY)
        refs = _refs(document)

        def carry_out(tx: Transaction, group: Group) -> None:
            members = refuse_unknown(tx.connection, refs).values()
            external = document.get("externalId")
            change(tx, group, name=_name(document), source=SCIM, external_id=external, members=members)

        return self._changed(context, ref, base, if_match, carry_out)

    def patch(self, context: Context, ref: str, body: object, base: str, if_match: str | None = None) -> Document:
        """A group with some things changed.

        Raises:
            NotFound: there is none of this reference.
            UsageError: the body is no PATCH, a member is nobody, or the version is another.
            Conflict: the name is taken.
        """
        operations = read_operations(body)

        def carry_out(tx: Transaction, group: Group) -> None:
            others, membership = separate(operations, lambda: _kinds(tx.connection, group.ref))
            before: Document = {"displayName": group.name}
            if group.external_id is not None:
                before["externalId"] = group.external_id
            after = apply(before, others, MANY)
            change(tx, group, name=_name(after), source=SCIM, external_id=after.get("externalId"))
            if membership is not None:
                _carry_out(tx, group, membership)

        return self._changed(context, ref, base, if_match, carry_out)

    def delete(self, context: Context, ref: str, if_match: str | None = None) -> None:
        """Take a group away. Whoever had a role or a right through it has it no more.

        Raises:
            NotFound: there is none of this reference.
            UsageError: the version is another.
        """

        def work(tx: Transaction) -> None:
            group = _find(tx.connection, ref)
            refuse_stale(if_match, version_of(group.version))
            remove(tx, group)

        self._units.run(context, work)

    def _changed(
        self,
        context: Context,
        ref: str,
        base: str,
        if_match: str | None,
        carry_out: Callable[[Transaction, Group], None],
    ) -> Document:
        def work(tx: Transaction) -> Document:
            group = _find(tx.connection, ref)
            refuse_stale(if_match, version_of(group.version))
            carry_out(tx, group)
            return _shown(tx.connection, [_find(tx.connection, ref)], base, members=True)[0]

        return self._units.run(context, work)


def _find(connection: sa.Connection, ref: str) -> Group:
    row = connection.execute(sa.select(groups).where(groups.c.ref == ref, _SHOWN)).one_or_none()
    if row is None:
        raise NotFound(
            "group-unknown",
            f"there is no group `{ref[:100]}`",
            remedy="look for it with a filter on displayName",
        )
    return group_of(row)


def _take_over(tx: Transaction, name: str) -> None:
    """A directory's group takes the place of one that only sign-ins named; whoever was in that one is not in this."""
    row = tx.connection.execute(
        sa.select(groups).where(groups.c.folded == name.strip().casefold(), sa.not_(_SHOWN))
    ).one_or_none()
    if row is not None:
        remove(tx, group_of(row))


def _carry_out(tx: Transaction, group: Group, membership: Membership) -> None:
    added = refuse_unknown(tx.connection, list(membership.added))
    if membership.whole:
        change(tx, group, members=added.values())
        return
    gone = [Member(kind, ref) for ref in membership.removed for kind in ("person", "group")]
    add_and_remove(tx, group, added.values(), gone)


def _name(document: Mapping[str, Any]) -> str:
    name = document.get("displayName")
    if not isinstance(name, str):
        raise unfit_value("displayName", "a group needs a displayName")
    return name


def _refs(document: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(each["value"] for each in document.get("members", ()) if each.get("value")))


def _ordered() -> sa.Select[Any]:
    return sa.select(groups).where(_SHOWN).order_by(groups.c.created_at, groups.c.ref)


def _kinds(connection: sa.Connection, ref: str) -> list[tuple[str, str]]:
    return [(each.ref, _word(each.kind)) for each in members_of(connection, ref)]


def _word(kind: str) -> str:
    return "Group" if kind == MEMBER_GROUP else "User"


def _holds(ref: str) -> sa.ColumnElement[bool]:
    within = sa.select(group_members.c.group_ref).where(group_members.c.member_ref == ref)
    return groups.c.ref.in_(within)


_KEYS: Mapping[str, Callable[[str], sa.ColumnElement[bool] | None]] = {
    "id": lambda value: groups.c.ref == value,
    "displayname": lambda value: groups.c.folded == value.casefold(),
    "externalid": lambda value: groups.c.external_id == value,
    "members": _holds,
    "members.value": _holds,
}


def _matching(connection: sa.Connection, node: Filter, base: str) -> list[Document]:
    narrowed = narrowing(node, _KEYS)
    if isinstance(node, Within) and node.path.name.casefold() == "members" and isinstance(node.inner, Compare):
        narrowed = narrowing(node.inner, {"value": _holds})
    query = _ordered() if narrowed is None else _ordered().where(narrowed)
    found: list[Document] = []
    for some in portions([group_of(row) for row in connection.execute(query)]):
        found += [each for each in _shown(connection, some, base, members=True) if matches(node, each, MANY)]
    return found


def _shown(connection: sa.Connection, some: Sequence[Group], base: str, *, members: bool) -> list[Document]:
    within: dict[str, list[Document]] = {}
    if members:
        query = sa.select(group_members.c.group_ref, group_members.c.kind, group_members.c.member_ref).order_by(
            group_members.c.group_ref, group_members.c.since, group_members.c.member_ref
        )
        for each in portions([group.ref for group in some]):
            for group_ref, kind, ref in connection.execute(query.where(group_members.c.group_ref.in_(each))):
                word = _word(kind)
                member = {"value": ref, "$ref": f"{base}/{word}s/{ref}", "type": word}
                within.setdefault(group_ref, []).append(member)
    return [_resource(group, within.get(group.ref, []), base) for group in some]


def _resource(group: Group, members: Sequence[Document], base: str) -> Document:
    resource: Document = {"schemas": [GROUP], "id": group.ref, "displayName": group.name}
    if group.external_id is not None:
        resource["externalId"] = group.external_id
    if members:
        resource["members"] = list(members)
    resource["meta"] = {
        "resourceType": "Group",
        "created": to_text(group.created_at),
        "lastModified": to_text(group.changed_at),
        "location": f"{base}/Groups/{group.ref}",
        "version": version_of(group.version),
    }
    return resource
