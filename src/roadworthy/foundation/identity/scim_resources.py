"""What SCIM does with a type of resource, whichever it is: documents in, documents out (RFC 7644, section 3)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import sqlalchemy as sa

from roadworthy.foundation.identity.scim.attributes import Resource
from roadworthy.foundation.identity.scim.documents import Document, read_document
from roadworthy.foundation.identity.scim.faults import ScimPreconditionFailed
from roadworthy.foundation.identity.scim.filters import And, Compare, Filter, Within, read_filter
from roadworthy.foundation.identity.scim.matching import matches
from roadworthy.foundation.identity.scim.patch import Operation, read_operations
from roadworthy.foundation.identity.scim.projection import Projection
from roadworthy.foundation.identity.scim.schemas import MOST_RESULTS, USUAL_RESULTS, listed
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.storage.statements import portions
from roadworthy.foundation.storage.store import Store

Keys = Mapping[str, Callable[[str], sa.ColumnElement[bool]]]
"""Name of an attribute, folded, to the condition that it has a value."""


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


class _Versioned(Protocol):
    @property
    def version(self) -> int:
        """Counts its changes."""


R = TypeVar("R", bound=_Versioned)
"""A resource as it is kept."""


class ScimResources(ABC, Generic[R]):
    """A type of resource.

    Args:
        store: where to read.
        units: runs what changes.
    """

    of: ClassVar[Resource]
    """What the type has."""
    table: ClassVar[sa.Table]
    """Whose rows they are, by `ref`."""
    keys: ClassVar[Keys]
    """Attributes by which directories look for one, where an index can tell; what compares without case is not
    narrowed by exact equality."""

    def __init__(self, store: Store, units: Units) -> None:
        self._store = store
        self._units = units

    def get(self, ref: str, base: str) -> Document:
        """One of them.

        Raises:
            NotFound: there is none of this reference.
        """
        with self._store.read() as connection:
            return self._one(connection, ref, base)

    def list(self, query: Query, base: str) -> Document:
        """Those that meet a filter, in the order in which they became known.

        Raises:
            UsageError: the filter cannot be read.
        """
        node = None if query.filter is None else read_filter(query.filter)
        start, most = query.first, query.most
        with self._store.read() as connection:
            if node is None:
                total = connection.execute(self._counted()).scalar_one()
                rows = connection.execute(self._ordered().limit(most).offset(start - 1)).all() if most else []
                found = self._shown(connection, [self._kept(row) for row in rows], base, query.projection)
            else:
                every = self._matching(connection, node, base)
                total, found = len(every), every[start - 1 : start - 1 + most]
        return listed([query.projection.of(each, self.of) for each in found], total, start)

    def create(self, context: Context, body: object, base: str) -> Document:
        """A new one.

        Raises:
            UsageError: the body is no such resource, or names nobody.
            Conflict: what distinguishes it is another's.
        """
        document = read_document(body, self.of)
        return self._units.run(context, lambda tx: self._one(tx.connection, self._make(tx, document), base))

    def replace(self, context: Context, ref: str, body: object, base: str, if_match: str | None = None) -> Document:
        """One of them as it shall be; what the body leaves out is gone.

        Raises:
            NotFound: there is none of this reference.
            UsageError: the body is no such resource, names nobody, or the version is another.
            Conflict: what distinguishes it is another's.
        """
        document = read_document(body, self.of)
        return self._changed(context, ref, base, if_match, lambda tx, known: self._put(tx, known, document))

    def patch(self, context: Context, ref: str, body: object, base: str, if_match: str | None = None) -> Document:
        """One of them with some things changed.

        Raises:
            NotFound: there is none of this reference.
            UsageError: the body is no PATCH, names nobody, or the version is another.
            Conflict: what distinguishes it is another's.
        """
        operations = read_operations(body)
        return self._changed(context, ref, base, if_match, lambda tx, known: self._patch(tx, known, operations))

    def delete(self, context: Context, ref: str, if_match: str | None = None) -> None:
        """Take one away.

        Raises:
            NotFound: there is none of this reference.
            UsageError: the version is another.
        """
        self._units.run(context, lambda tx: self._remove(tx, self._held(tx, ref, if_match)))

    # ------------------------------------------------------------ what a type says of itself

    @abstractmethod
    def _find(self, connection: sa.Connection, ref: str) -> R:
        """One of them.

        Raises:
            NotFound: there is none of this reference.
        """

    @abstractmethod
    def _counted(self) -> sa.Select[int]:
        """How many there are."""

    @abstractmethod
    def _ordered(self) -> sa.Select[Any]:
        """All of them, in the order in which they became known."""

    @abstractmethod
    def _kept(self, row: sa.Row[Any]) -> R:
        """One out of its row."""

    @abstractmethod
    def _shown(
        self, connection: sa.Connection, some: Sequence[R], base: str, projection: Projection
    ) -> Sequence[Document]:
        """Some of them as they are answered; what the projection leaves out need not be looked up."""

    @abstractmethod
    def _make(self, tx: Transaction, document: Document) -> str:
        """Make one; its reference."""

    @abstractmethod
    def _put(self, tx: Transaction, known: R, document: Document) -> None:
        """Make one what a document says."""

    @abstractmethod
    def _patch(self, tx: Transaction, known: R, operations: Sequence[Operation]) -> None:
        """Carry operations out on one."""

    @abstractmethod
    def _remove(self, tx: Transaction, known: R) -> None:
        """Take one away."""

    # ------------------------------------------------------------ inside

    def _one(self, connection: sa.Connection, ref: str, base: str) -> Document:
        return self._shown(connection, [self._find(connection, ref)], base, Projection())[0]

    def _held(self, tx: Transaction, ref: str, if_match: str | None) -> R:
        """One of them that nobody else changes until the unit ends: what is read here is written back whole."""
        tx.connection.execute(sa.select(self.table.c.ref).where(self.table.c.ref == ref).with_for_update())
        known = self._find(tx.connection, ref)
        refuse_stale(if_match, version_of(known.version))
        return known

    def _changed(
        self, context: Context, ref: str, base: str, if_match: str | None, change: Callable[[Transaction, R], None]
    ) -> Document:
        def work(tx: Transaction) -> Document:
            change(tx, self._held(tx, ref, if_match))
            return self._one(tx.connection, ref, base)

        return self._units.run(context, work)

    def _matching(self, connection: sa.Connection, node: Filter, base: str) -> Sequence[Document]:
        """Those that meet the filter: narrowed by an index where it names a key, then looked at one by one."""
        narrowed = narrowing(node, self.keys)
        query = self._ordered() if narrowed is None else self._ordered().where(narrowed)
        found: list[Document] = []
        for some in portions([self._kept(row) for row in connection.execute(query)]):
            shown = self._shown(connection, some, base, Projection())
            found += [each for each in shown if matches(node, each, self.of)]
        return found


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


def narrowing(node: Filter, keys: Keys) -> sa.ColumnElement[bool] | None:
    """A condition that all matches meet, where the filter as a whole asks for one key; None where it asks for none."""
    for each in node.parts if isinstance(node, And) else (node,):
        name, asked = _asked(each)
        if asked is not None and asked.operator == "eq" and isinstance(asked.value, str) and name in keys:
            return keys[name](asked.value)
    return None


def _asked(part: Filter) -> tuple[str, Compare | None]:
    """The attribute that a part of a filter compares, folded; `members[value eq "…"]` is `members.value`."""
    above = ""
    if isinstance(part, Within):
        above, part = f"{part.path.name}.", part.inner
    if not isinstance(part, Compare):
        return "", None
    name = part.path.name if part.path.sub is None else f"{part.path.name}.{part.path.sub}"
    return f"{above}{name}".casefold(), part
