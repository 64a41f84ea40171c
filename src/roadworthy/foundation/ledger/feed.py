"""The ledger as a stream: what comes at or after a position, in the order of the tree.

Positions are given out one after the other, in the transaction that moves the tree on and that only one process at a
time can commit. So when an entry is seen, everything before it can be seen as well, and whoever remembers a position
misses nothing. Ids and times promise no such thing: a transaction that began earlier may commit later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

import sqlalchemy as sa

from roadworthy.foundation.errors import NotFound
from roadworthy.foundation.ledger.entry import Entry, decode
from roadworthy.foundation.ledger.following import read
from roadworthy.foundation.ledger.store import load_frontier
from roadworthy.foundation.ledger.tables import entries, payloads
from roadworthy.foundation.storage.prepared import Prepared
from roadworthy.foundation.storage.statements import portions

WINDOW = 5_000
"""Positions that one look covers, wanted or not."""


@dataclass(frozen=True, slots=True)
class Portion:
    """Some of the entries that are wanted."""

    entries: tuple[Entry, ...]
    next: int
    """Where to look next; everything wanted before it is in `entries`."""


def size(connection: sa.Connection) -> int:
    """How many entries have a position, and so the position of the next one."""
    return load_frontier(connection).size


def portion(connection: sa.Connection, position: int, patterns: Sequence[str], most: int) -> Portion:
    """What is wanted of the next `WINDOW` positions.

    Args:
        connection: of a snapshot.
        position: where to begin.
        patterns: names of events: `use-case.` for all that begin so, `*.applied` with a star for anything; none for
            every entry.
        most: entries at most.
    """
    end = min(position + WINDOW, size(connection))
    globs = tuple(pattern if "*" in pattern else f"{pattern}*" for pattern in patterns)
    found = _wanted(globs).all(connection, {"first": position, "end": end, "most": most})
    matched = [row for row in found if not globs or any(fnmatchcase(row.what, glob) for glob in globs)]
    after = found[-1].position + 1 if len(found) == most else max(end, position)
    return Portion(tuple(read(bytes(row.bytes)) for row in matched), after)


@lru_cache(maxsize=256)
def _wanted(globs: tuple[str, ...]) -> Prepared:
    """Entries of some names between two positions; asked several times a second for every consumer."""
    of = entries.c
    wanted = (
        sa.select(of.position, of.what, of.bytes)
        .where(of.position >= sa.bindparam("first"), of.position < sa.bindparam("end"))
        .order_by(of.position)
        .limit(sa.bindparam("most", type_=sa.Integer))
    )
    if globs:
        wanted = wanted.where(sa.or_(*(of.what.like(_like(glob), escape="\\") for glob in globs)))
    return Prepared(wanted)


def entry(connection: sa.Connection, entry_id: str) -> Entry:
    """One entry.

    Raises:
        NotFound: it has no position.
    """
    found = connection.execute(sa.select(entries.c.bytes).where(entries.c.id == entry_id)).scalar_one_or_none()
    if found is None:
        raise _unknown(entry_id)
    return decode(bytes(found))


def texts(connection: sa.Connection, found: Sequence[Entry], names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """By entry: its texts of these names, in its order. What was erased, and what is no text, is not among them."""
    wanted = {payload.ref: entry.id for entry in found for payload in entry.payloads if payload.name in names}
    contents: dict[str, str] = {}
    for some in portions(list(wanted)):
        query = sa.select(payloads.c.ref, payloads.c.content).where(payloads.c.ref.in_(some))
        for ref, content in connection.execute(query.where(payloads.c.content.is_not(None))):
            contents[ref] = bytes(content).decode("utf-8", "replace")
    gathered: defaultdict[str, list[str]] = defaultdict(list)
    for ref, entry_id in wanted.items():
        if ref in contents:
            gathered[entry_id].append(contents[ref])
    return {entry_id: tuple(some) for entry_id, some in gathered.items()}


def _unknown(entry_id: str) -> NotFound:
    return NotFound(
        "entry-unknown", f"the ledger has no entry `{entry_id}`", remedy="take the id from `roadworthy get`"
    )


def _like(glob: str) -> str:
    escaped = glob.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("*", "%")
