"""SQL of the releases."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from roadworthy.foundation.storage.statements import portions, upsert
from roadworthy.operate.releases.model import (
    Doing,
    Known,
    Look,
    Move,
    Observation,
    Part,
    PartKind,
    Recorded,
    Release,
    Sighting,
)
from roadworthy.operate.releases.rules import sorted_parts
from roadworthy.operate.releases.tables import (
    release_looks,
    release_moves,
    release_observations,
    release_parts,
    releases,
    running_releases,
)

MOST_OBSERVATIONS = 2_000
"""Sources of one release that are kept; whoever names each replica anew cannot fill the table."""

# ---------------------------------------------------------------- releases


def insert(connection: sa.Connection, recorded: Recorded) -> None:
    """Keep a release with its parts."""
    release = recorded.release
    connection.execute(
        releases.insert().values(
            digest=recorded.digest,
            use_case=release.use_case,
            name=release.name,
            number=_next(connection, releases, release.use_case),
            recorded_at=recorded.at,
            recorded_by=recorded.by,
            entry_id=recorded.entry_id,
        )
    )
    connection.execute(release_parts.insert(), [_part_row(recorded.digest, part) for part in release.parts])


def renew_parts(connection: sa.Connection, digest: str, parts: Sequence[Part]) -> None:
    """Keep that parts are known better."""
    upsert(connection, release_parts, [_part_row(digest, part) for part in parts])


def _part_row(digest: str, part: Part) -> dict[str, object]:
    return {
        "release": digest,
        "kind": part.kind.value,
        "name": part.name,
        "digest": part.digest,
        "known": part.known.value,
        "how": part.how,
        "version": part.version,
        "seen_at": part.at,
    }


def find(connection: sa.Connection, digest: str, *, hold: bool = False) -> Recorded | None:
    """A release by its digest.

    Args:
        connection: the caller's snapshot or unit.
        digest: of the release.
        hold: keep other units from changing what is known of it until this one ends.
    """
    query = sa.select(releases).where(releases.c.digest == digest)
    found = _read(connection, query.with_for_update() if hold else query)
    return found[0] if found else None


def named(connection: sa.Connection, use_case: str, name: str) -> Recorded | None:
    """A release by what people call it."""
    found = _read(connection, sa.select(releases).where(releases.c.use_case == use_case, releases.c.name == name))
    return found[0] if found else None


def beginning(connection: sa.Connection, use_case: str, hexadecimal: str) -> list[str]:
    """Digests of releases of a use case that begin so; at most two."""
    query = sa.select(releases.c.digest).where(
        releases.c.use_case == use_case, releases.c.digest.startswith(f"sha256:{hexadecimal}", autoescape=True)
    )
    return list(connection.execute(query.limit(2)).scalars())


def all_of(connection: sa.Connection, use_case: str, limit: int | None = None) -> list[Recorded]:
    """Releases of a use case, the newest first."""
    query = sa.select(releases).where(releases.c.use_case == use_case)
    return _read(connection, query.order_by(releases.c.number.desc()).limit(limit))


def names(connection: sa.Connection, digests: Iterable[str]) -> dict[str, str]:
    """Digest to what people call the release."""
    query = sa.select(releases.c.digest, releases.c.name)
    return {
        row.digest: row.name
        for some in portions(sorted(digests))
        for row in connection.execute(query.where(releases.c.digest.in_(some)))
    }


def newest(connection: sa.Connection, use_case: str) -> str | None:
    """Digest of the release that was recorded last."""
    query = sa.select(releases.c.digest).where(releases.c.use_case == use_case)
    return connection.execute(query.order_by(releases.c.number.desc()).limit(1)).scalar()


def _read(connection: sa.Connection, query: sa.Select[tuple[object, ...]]) -> list[Recorded]:
    rows = connection.execute(query).all()
    digests = [row.digest for row in rows]
    parts: defaultdict[str, list[Part]] = defaultdict(list)
    seen: defaultdict[str, list[Observation]] = defaultdict(list)
    for some in portions(digests):
        for each in connection.execute(sa.select(release_parts).where(release_parts.c.release.in_(some))):
            parts[each.release].append(_part(each))
        for each in connection.execute(_observed(some)):
            seen[each.release].append(_observation(each))
    return [
        Recorded(
            Release(row.use_case, row.name, sorted_parts(parts[row.digest])),
            row.recorded_at,
            row.recorded_by,
            row.entry_id,
            tuple(seen[row.digest]),
        )
        for row in rows
    ]


def _part(row: sa.Row[tuple[object, ...]]) -> Part:
    return Part(PartKind(row.kind), row.name, row.digest, Known(row.known), row.how, row.version, row.seen_at)


def _next(connection: sa.Connection, table: sa.Table, use_case: str) -> int:
    """The next number of a use case's rows; its row of the inventory is held, so nobody else takes it."""
    query = sa.select(sa.func.coalesce(sa.func.max(table.c.number), 0) + 1).where(table.c.use_case == use_case)
    return int(connection.execute(query).scalar_one())


# ---------------------------------------------------------------- what was seen


def _observed(digests: Sequence[str]) -> sa.Select[tuple[object, ...]]:
    table = release_observations
    order = table.c.release, table.c.kind, table.c.name, table.c.how, table.c.source
    return sa.select(table).where(table.c.release.in_(digests)).order_by(*order)


def _observation(row: sa.Row[tuple[object, ...]]) -> Observation:
    seen = Sighting(PartKind(row.kind), row.name, row.digest, row.how, row.source, row.version)
    return Observation(row.release, seen, row.matches, row.since, row.at, row.by, row.entry_id)


def keep_observation(connection: sa.Connection, observation: Observation) -> None:
    """Keep what a source says now, in the place of what it said before."""
    seen = observation.seen
    row = {
        "release": observation.release,
        "kind": seen.kind.value,
        "name": seen.name,
        "how": seen.how,
        "source": seen.source,
        "digest": seen.digest,
        "version": seen.version,
        "matches": observation.matches,
        "since": observation.since,
        "at": observation.at,
        "by": observation.by,
        "entry_id": observation.entry_id,
    }
    upsert(connection, release_observations, [row])


def keep_look(connection: sa.Connection, look: Look) -> None:
    """Keep the last look of an observer."""
    upsert(connection, release_looks, [{column.name: getattr(look, column.name) for column in release_looks.columns}])


def looks(connection: sa.Connection, use_case: str) -> list[Look]:
    """The last look of each observer of a use case, by name."""
    query = sa.select(release_looks).where(release_looks.c.use_case == use_case).order_by(release_looks.c.observer)
    return [Look(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - its public name


# ---------------------------------------------------------------- what runs


def running(connection: sa.Connection, use_case: str, stage: str) -> str | None:
    """Digest of what is to run at a stage."""
    table = running_releases
    query = sa.select(table.c.release).where(table.c.use_case == use_case, table.c.stage == stage)
    return connection.execute(query).scalar()


def stages(connection: sa.Connection, use_case: str) -> dict[str, str]:
    """Stage to the digest of what is to run there."""
    table = running_releases
    query = sa.select(table.c.stage, table.c.release).where(table.c.use_case == use_case)
    return {row.stage: row.release for row in connection.execute(query)}


def keep_move(connection: sa.Connection, move: Move) -> None:
    """Keep what was done, and what runs from now on."""
    row = {column.name: getattr(move, column.name) for column in release_moves.columns if column.name != "number"}
    number = _next(connection, release_moves, move.use_case)
    connection.execute(release_moves.insert().values(row | {"what": move.what.value, "number": number}))
    if move.what is not Doing.RETRAIN and move.release is not None:
        now_running = {
            "use_case": move.use_case,
            "stage": move.stage,
            "release": move.release,
            "since": move.at,
        }
        upsert(connection, running_releases, [now_running])


def moves(connection: sa.Connection, use_case: str, stage: str | None = None, limit: int = 200) -> list[Move]:
    """What was done, the latest first."""
    query = sa.select(release_moves).where(release_moves.c.use_case == use_case)
    if stage is not None:
        query = query.where(release_moves.c.stage == stage)
    return [_move(row) for row in connection.execute(query.order_by(release_moves.c.number.desc()).limit(limit))]


def move_of_request(connection: sa.Connection, request: str) -> Move | None:
    """What was done on a decision."""
    query = sa.select(release_moves).where(release_moves.c.request == request)
    row = connection.execute(query).one_or_none()
    return None if row is None else _move(row)


def since(connection: sa.Connection, use_case: str, stage: str) -> dt.datetime | None:
    """Since when what is to run at a stage is to run there."""
    table = running_releases
    query = sa.select(table.c.since).where(table.c.use_case == use_case, table.c.stage == stage)
    return connection.execute(query).scalar()


def _move(row: sa.Row[tuple[object, ...]]) -> Move:
    values = {name: value for name, value in row._mapping.items() if name != "number"}  # noqa: SLF001 - its public name
    return Move(**values | {"what": Doing(row.what)})
