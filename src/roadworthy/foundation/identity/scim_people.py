"""The address `/scim/v2/Users` as operations on the directory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import sqlalchemy as sa

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.identity.directory import PERSON as MEMBER_PERSON
from roadworthy.foundation.identity.groups import SCIM
from roadworthy.foundation.identity.model import fold
from roadworthy.foundation.identity.provisioning import SHOWN, Provisioning, Record, Wanted, find, record_of, selecting
from roadworthy.foundation.identity.scim.attributes import ENTERPRISE, PERSON, USER
from roadworthy.foundation.identity.scim.documents import Document
from roadworthy.foundation.identity.scim.faults import unfit_value
from roadworthy.foundation.identity.scim.patch import Operation, apply
from roadworthy.foundation.identity.scim.projection import Projection
from roadworthy.foundation.identity.scim_resources import Keys, ScimResources, version_of
from roadworthy.foundation.identity.tables import directory_records, group_members, groups, people
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.storage.statements import portions
from roadworthy.foundation.storage.store import Store


def _handle_is(value: str) -> sa.ColumnElement[bool]:
    try:
        return people.c.handle == fold(value)
    except RoadworthyError:
        return sa.false()  # what cannot be a handle is nobody's


class ScimPeople(ScimResources[Record]):
    """Users of SCIM.

    A person who is deleted is gone from the directory; the record stays for the ledger's sake.

    Args:
        store: where to read.
        units: runs what changes.
        provisioning: writes people.
    """

    of = PERSON
    table = people
    keys: ClassVar[Keys] = {
        "id": lambda value: people.c.ref == value,
        "username": _handle_is,
        "externalid": lambda value: directory_records.c.external_id == value,
    }

    def __init__(self, store: Store, units: Units, provisioning: Provisioning) -> None:
        super().__init__(store, units)
        self._provisioning = provisioning

    def _find(self, connection: sa.Connection, ref: str) -> Record:
        return find(connection, ref)

    def _counted(self) -> sa.Select[int]:
        return selecting(sa.func.count()).where(SHOWN)

    def _ordered(self) -> sa.Select[Any]:
        return selecting().where(SHOWN).order_by(people.c.created_at, people.c.ref)

    def _kept(self, row: sa.Row[Any]) -> Record:
        return record_of(row)

    def _shown(
        self, connection: sa.Connection, some: Sequence[Record], base: str, projection: Projection
    ) -> Sequence[Document]:
        within = _groups(connection, [each.ref for each in some], base) if projection.shows("groups") else {}
        return [_resource(each, within.get(each.ref, []), base) for each in some]

    def _make(self, tx: Transaction, document: Document) -> str:
        return self._provisioning.create(tx, _wanted(document, None), SCIM)

    def _put(self, tx: Transaction, known: Record, document: Document) -> None:
        self._provisioning.write(tx, known, _wanted(document, known), SCIM)

    def _patch(self, tx: Transaction, known: Record, operations: Sequence[Operation]) -> None:
        self._put(tx, known, apply(_document(known), operations, PERSON))

    def _remove(self, tx: Transaction, known: Record) -> None:
        self._provisioning.forget(tx, known, SCIM)


def _groups(connection: sa.Connection, refs: Sequence[str], base: str) -> dict[str, list[Document]]:
    found: dict[str, list[Document]] = {}
    for some in portions(refs):
        query = (
            sa.select(group_members.c.member_ref, groups.c.ref, groups.c.name)
            .join(groups, groups.c.ref == group_members.c.group_ref)
            .where(group_members.c.kind == MEMBER_PERSON, group_members.c.member_ref.in_(some))
            .order_by(groups.c.name)
        )
        for person, ref, name in connection.execute(query):
            shown = {"value": ref, "$ref": f"{base}/Groups/{ref}", "display": name, "type": "direct"}
            found.setdefault(person, []).append(shown)
    return found


def _document(record: Record) -> Document:
    """A record as the document that a directory would send of it."""
    document: Document = dict(record.document)
    if not _same_handle(document.get("userName"), record.handle):
        document["userName"] = record.handle or record.ref
    if not record.kept and record.name is not None:
        document["displayName"] = record.name
    document["active"] = record.left_at is None
    if record.external_id is not None:
        document["externalId"] = record.external_id
    extension = dict(document.pop(ENTERPRISE, {}))
    kept = {
        "employeeNumber": record.employee,
        "department": record.unit,
        "manager": None if record.manager is None else {"value": record.manager},
    }
    extension.update({name: value for name, value in kept.items() if value is not None})
    if extension:
        document[ENTERPRISE] = extension
    return document


def _same_handle(user_name: object, handle: str | None) -> bool:
    return isinstance(user_name, str) and user_name.strip().casefold() == handle


def _resource(record: Record, within: Sequence[Document], base: str) -> Document:
    document = _document(record)
    schemas = [USER, ENTERPRISE] if ENTERPRISE in document else [USER]
    resource: Document = {"schemas": schemas, "id": record.ref, **document}
    if within:
        resource["groups"] = list(within)
    resource["meta"] = {
        "resourceType": "User",
        "created": to_text(record.created_at) if record.created_at else None,
        "lastModified": to_text(record.changed_at) if record.changed_at else None,
        "location": f"{base}/Users/{record.ref}",
        "version": version_of(record.version),
    }
    return resource


def _wanted(document: Mapping[str, Any], known: Record | None) -> Wanted:
    """What a document says of a person.

    Raises:
        UsageError: it has no userName.
    """
    user_name = document.get("userName")
    if not isinstance(user_name, str):
        raise unfit_value("userName", "a user needs a userName")
    extension = dict(document.get(ENTERPRISE, {}))
    manager = extension.pop("manager", {})
    wanted = Wanted(
        handle=user_name,
        name=_name(document, known),
        employee=extension.pop("employeeNumber", None),
        external_id=document.get("externalId"),
        unit=extension.pop("department", None),
        manager=manager.get("value"),
        active=document.get("active", True) is not False,
    )
    rest = {name: value for name, value in document.items() if name not in {"active", "externalId", ENTERPRISE}}
    return replace(wanted, document={**rest, ENTERPRISE: extension} if extension else rest)


def _name(document: Mapping[str, Any], known: Record | None) -> str | None:
    parts = document.get("name", {})
    whole = " ".join(parts[each] for each in ("givenName", "familyName") if each in parts)
    shown: str | None = document.get("displayName") or parts.get("formatted") or whole or None
    if shown is None and known is not None and not known.kept:
        return known.name  # the first word of a directory takes away nothing that it does not speak of
    return shown
