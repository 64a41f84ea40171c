"""The address `/scim/v2/Users` as operations on the directory: documents in, documents out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.identity.directory import PERSON as MEMBER_PERSON
from roadworthy.foundation.identity.groups import SCIM
from roadworthy.foundation.identity.model import fold
from roadworthy.foundation.identity.provisioning import SHOWN, Provisioning, Record, Wanted, find, record_of, selecting
from roadworthy.foundation.identity.scim.attributes import ENTERPRISE, PERSON, USER
from roadworthy.foundation.identity.scim.documents import Document, read_document
from roadworthy.foundation.identity.scim.faults import ScimPreconditionFailed, unfit_value
from roadworthy.foundation.identity.scim.filters import And, Compare, Filter, read_filter
from roadworthy.foundation.identity.scim.matching import matches
from roadworthy.foundation.identity.scim.patch import apply, read_operations
from roadworthy.foundation.identity.scim.projection import Projection
from roadworthy.foundation.identity.scim.schemas import MOST_RESULTS, USUAL_RESULTS, listed
from roadworthy.foundation.identity.tables import directory_records, group_members, groups, people
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.storage.statements import portions
from roadworthy.foundation.storage.store import Store


@dataclass(frozen=True, slots=True)
class Query:
    """What a list is asked for."""

    filter: str | None = None
    start: int = 1
    """Counts from 1."""
    count: int = USUAL_RESULTS
    projection: Projection = field(default_factory=Projection)

    @property
    def first(self) -> int:
        """Where the page begins; what is below 1 is 1 (RFC 7644, section 3.4.2.4)."""
        return max(self.start, 1)

    @property
    def most(self) -> int:
        """How many it has at most."""
        return min(max(self.count, 0), MOST_RESULTS)


class ScimPeople:
    """Users of SCIM.

    Args:
        store: where to read.
        units: runs what changes.
        provisioning: writes people.
    """

    def __init__(self, store: Store, units: Units, provisioning: Provisioning) -> None:
        self._store = store
        self._units = units
        self._provisioning = provisioning

    def get(self, ref: str, base: str) -> Document:
        """One person.

        Raises:
            NotFound: there is none of this reference.
        """
        with self._store.read() as connection:
            return _shown(connection, [find(connection, ref)], base)[0]

    def list(self, query: Query, base: str) -> Document:
        """People that meet a filter, in the order in which they became known.

        Raises:
            UsageError: the filter cannot be read.
        """
        node = None if query.filter is None else read_filter(query.filter)
        start, most = query.first, query.most
        with self._store.read() as connection:
            if node is None:
                total = connection.execute(selecting(sa.func.count()).where(SHOWN)).scalar_one()
                rows = connection.execute(_ordered().limit(most).offset(start - 1)).all() if most else []
                found = _shown(connection, [record_of(row) for row in rows], base)
            else:
                every = _matching(connection, node, base)
                total, found = len(every), every[start - 1 : start - 1 + most]
        return listed([query.projection.of(each, PERSON) for each in found], total, start)

    def create(self, context: Context, body: object, base: str) -> Document:
        """A new person.

        Raises:
            UsageError: the body is no user.
            Conflict: the name or the key is somebody else's.
        """
        wanted = _wanted(read_document(body, PERSON), None)

        def work(tx: Transaction) -> Document:
            ref = self._provisioning.create(tx, wanted, SCIM)
            return _shown(tx.connection, [find(tx.connection, ref)], base)[0]

        return self._units.run(context, work)

    def replace(self, context: Context, ref: str, body: object, base: str, if_match: str | None = None) -> Document:
        """A person as they shall be; what the body leaves out is gone.

        Raises:
            NotFound: there is none of this reference.
            UsageError: the body is no user, or the version is another.
            Conflict: the name or the key is somebody else's.
        """
        document = read_document(body, PERSON)
        return self._changed(context, ref, base, if_match, lambda known: _wanted(document, known))

    def patch(self, context: Context, ref: str, body: object, base: str, if_match: str | None = None) -> Document:
        """A person with some things changed.

        Raises:
            NotFound: there is none of this reference.
            UsageError: the body is no PATCH, or the version is another.
            Conflict: the name or the key is somebody else's.
        """
        operations = read_operations(body)
        return self._changed(
            context, ref, base, if_match, lambda known: _wanted(apply(_document(known), operations, PERSON), known)
        )

    def delete(self, context: Context, ref: str, if_match: str | None = None) -> None:
        """A person who is gone. The record stays for the ledger's sake; the directory shows it no more.

        Raises:
            NotFound: there is none of this reference.
            UsageError: the version is another.
        """

        def work(tx: Transaction) -> None:
            known = find(tx.connection, ref)
            refuse_stale(if_match, version_of(known.version))
            self._provisioning.forget(tx, known, SCIM)

        self._units.run(context, work)

    def _changed(
        self, context: Context, ref: str, base: str, if_match: str | None, wanted: Callable[[Record], Wanted]
    ) -> Document:
        def work(tx: Transaction) -> Document:
            known = find(tx.connection, ref)
            refuse_stale(if_match, version_of(known.version))
            self._provisioning.write(tx, known, wanted(known), SCIM)
            return _shown(tx.connection, [find(tx.connection, ref)], base)[0]

        return self._units.run(context, work)


def version_of(version: int) -> str:
    """A version as it stands in the header ETag."""
    return f'W/"{version}"'


def refuse_stale(if_match: str | None, version: str) -> None:
    """Refuse a change that was made against another version.

    Raises:
        ScimPreconditionFailed: the version is another one.
    """
    if if_match is None:
        return
    named = {each.strip() for each in if_match.split(",")}
    if "*" not in named and version not in named and version.removeprefix("W/") not in named:
        raise ScimPreconditionFailed(
            "scim-version-stale",
            f"the resource is at version {version} now",
            remedy="read it again and send the change anew",
        )


def _ordered() -> sa.Select[Any]:
    return selecting().where(SHOWN).order_by(people.c.created_at, people.c.ref)


def _matching(connection: sa.Connection, node: Filter, base: str) -> list[Document]:
    """Those that meet the filter: narrowed by an index where it names a key, then looked at one by one."""
    narrowed = narrowing(node, _KEYS)
    query = _ordered() if narrowed is None else _ordered().where(narrowed)
    records = [record_of(row) for row in connection.execute(query)]
    found: list[Document] = []
    for some in portions(records):
        found += [each for each in _shown(connection, some, base) if matches(node, each, PERSON)]
    return found


def narrowing(
    node: Filter, keys: Mapping[str, Callable[[str], sa.ColumnElement[bool] | None]]
) -> sa.ColumnElement[bool] | None:
    """A condition that all matches meet, where the filter as a whole asks for one key; None where it asks for none."""
    parts = node.parts if isinstance(node, And) else (node,)
    for each in parts:
        if isinstance(each, Compare) and each.operator == "eq" and isinstance(each.value, str):
            name = each.path.name if each.path.sub is None else f"{each.path.name}.{each.path.sub}"
            condition = keys.get(name.casefold())
            if condition is not None:
                return condition(each.value)
    return None


def _handle_is(value: str) -> sa.ColumnElement[bool]:
    try:
        return people.c.handle == fold(value)
    except RoadworthyError:
        return sa.false()  # what cannot be a handle is nobody's


_KEYS: Mapping[str, Callable[[str], sa.ColumnElement[bool] | None]] = {
    "id": lambda value: people.c.ref == value,
    "username": _handle_is,
    "externalid": lambda value: directory_records.c.external_id == value,
}
"""Filters by which directories look for one person; what compares without case is not narrowed by exact equality."""


def _shown(connection: sa.Connection, records: Sequence[Record], base: str) -> list[Document]:
    """Users as they are answered."""
    within = _groups(connection, [record.ref for record in records], base)
    return [_resource(record, within.get(record.ref, []), base) for record in records]


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
