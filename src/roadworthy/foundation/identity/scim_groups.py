"""The address `/scim/v2/Groups` as operations on the directory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

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
from roadworthy.foundation.identity.scim.documents import Document
from roadworthy.foundation.identity.scim.faults import unfit_value
from roadworthy.foundation.identity.scim.members import Membership, separate
from roadworthy.foundation.identity.scim.patch import Operation, apply
from roadworthy.foundation.identity.scim.projection import Projection
from roadworthy.foundation.identity.scim_resources import Keys, ScimResources, version_of
from roadworthy.foundation.identity.tables import group_members, groups
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.storage.statements import portions

_SHOWN = sa.not_(groups.c.source.startswith(CLAIMED, autoescape=True))
"""Groups that an identity provider names at sign-ins are its own; a directory neither sees nor fills them."""


def _holds(ref: str) -> sa.ColumnElement[bool]:
    within = sa.select(group_members.c.group_ref).where(group_members.c.member_ref == ref)
    return groups.c.ref.in_(within)


class ScimGroups(ScimResources[Group]):
    """Groups of SCIM. Whoever had a role or a right through one that is deleted has it no more."""

    of = MANY
    table = groups
    keys: ClassVar[Keys] = {
        "id": lambda value: groups.c.ref == value,
        "displayname": lambda value: groups.c.folded == value.casefold(),
        "externalid": lambda value: groups.c.external_id == value,
        "members": _holds,
        "members.value": _holds,
    }

    def _find(self, connection: sa.Connection, ref: str) -> Group:
        row = connection.execute(sa.select(groups).where(groups.c.ref == ref, _SHOWN)).one_or_none()
        if row is None:
            raise NotFound(
                "group-unknown",
                f"there is no group `{ref[:100]}`",
                remedy="look for it with a filter on displayName",
            )
        return group_of(row)

    def _counted(self) -> sa.Select[int]:
        return sa.select(sa.func.count()).select_from(groups).where(_SHOWN)

    def _ordered(self) -> sa.Select[Any]:
        return sa.select(groups).where(_SHOWN).order_by(groups.c.created_at, groups.c.ref)

    def _kept(self, row: sa.Row[Any]) -> Group:
        return group_of(row)

    def _shown(
        self, connection: sa.Connection, some: Sequence[Group], base: str, projection: Projection
    ) -> Sequence[Document]:
        within = _members(connection, [each.ref for each in some], base) if projection.shows("members") else {}
        return [_resource(each, within.get(each.ref, []), base) for each in some]

    def _make(self, tx: Transaction, document: Document) -> str:
        name = _name(document)
        _take_over(tx, name)
        members = refuse_unknown(tx.connection, _refs(document))
        group = create(tx, name, SCIM, document.get("externalId"))
        if members:
            add_and_remove(tx, group, members.values(), ())
        return group.ref

    def _put(self, tx: Transaction, known: Group, document: Document) -> None:
        members = refuse_unknown(tx.connection, _refs(document)).values()
        external = document.get("externalId")
        change(tx, known, name=_name(document), source=SCIM, external_id=external, members=members)

    def _patch(self, tx: Transaction, known: Group, operations: Sequence[Operation]) -> None:
        others, membership = separate(operations, lambda: _kinds(tx.connection, known.ref))
        before: Document = {"displayName": known.name}
        if known.external_id is not None:
            before["externalId"] = known.external_id
        after = apply(before, others, MANY)
        change(tx, known, name=_name(after), source=SCIM, external_id=after.get("externalId"))
        if membership is not None:
            _carry_out(tx, known, membership)

    def _remove(self, tx: Transaction, known: Group) -> None:
        remove(tx, known)


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


def _kinds(connection: sa.Connection, ref: str) -> list[tuple[str, str]]:
    return [(each.ref, _word(each.kind)) for each in members_of(connection, ref)]


def _word(kind: str) -> str:
    return "Group" if kind == MEMBER_GROUP else "User"


def _members(connection: sa.Connection, refs: Sequence[str], base: str) -> dict[str, list[Document]]:
    found: dict[str, list[Document]] = {}
    query = sa.select(group_members.c.group_ref, group_members.c.kind, group_members.c.member_ref).order_by(
        group_members.c.group_ref, group_members.c.since, group_members.c.member_ref
    )
    for some in portions(refs):
        for group_ref, kind, ref in connection.execute(query.where(group_members.c.group_ref.in_(some))):
            word = _word(kind)
            found.setdefault(group_ref, []).append({"value": ref, "$ref": f"{base}/{word}s/{ref}", "type": word})
    return found


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
