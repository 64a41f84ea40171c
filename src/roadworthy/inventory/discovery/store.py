"""SQL of discovery."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.storage.statements import portions, upsert
from roadworthy.inventory.discovery.model import Decision, ProposalState, Release, Sighting, Upload, Usage
from roadworthy.inventory.discovery.tables import discovery_decisions, discovery_sightings, discovery_uploads

_BATCH = 2_000


def upload_of(connection: sa.Connection, digest: str) -> str | None:
    """The upload that brought exactly these bytes before."""
    table = discovery_uploads
    found: str | None = connection.execute(sa.select(table.c.id).where(table.c.digest == digest)).scalars().first()
    return found


def add_upload(
    connection: sa.Connection, upload: Upload, entry_id: str, sightings: Sequence[tuple[str, Sighting]]
) -> None:
    """Keep an upload with what was seen in it: (proposal, sighting) each."""
    connection.execute(
        discovery_uploads.insert().values(
            id=upload.id, source=upload.source, digest=upload.digest, form=upload.form, rows=upload.rows,
            counted=upload.counted, notes=json.dumps(upload.notes), at=upload.at, by=upload.by, entry_id=entry_id,
        )
    )  # fmt: skip
    rows = [_row(upload.id, position, proposal, seen) for position, (proposal, seen) in enumerate(sightings)]
    for some in portions(rows, _BATCH):
        connection.execute(discovery_sightings.insert(), list(some))


def forget_upload(connection: sa.Connection, source: str, form: str) -> None:
    """Take back what an earlier look at the same registry saw; its next look replaces it."""
    table = discovery_uploads
    ids = (
        connection.execute(sa.select(table.c.id).where(table.c.source == source, table.c.form == form)).scalars().all()
    )
    for some in portions(ids):
        connection.execute(discovery_sightings.delete().where(discovery_sightings.c.upload.in_(some)))
        connection.execute(table.delete().where(table.c.id.in_(some)))


def uploads(connection: sa.Connection, limit: int) -> list[Upload]:
    """What was looked at, the newest first."""
    table = discovery_uploads
    found = connection.execute(sa.select(table).order_by(table.c.at.desc(), table.c.id.desc()).limit(limit))
    return [
        Upload(
            row.id, row.source, row.digest, row.form, row.rows, row.counted, tuple(json.loads(row.notes)), row.at,
            row.by,
        )
        for row in found
    ]  # fmt: skip


def sightings(
    connection: sa.Connection, proposals: Sequence[str] | None = None
) -> Mapping[str, list[tuple[str, Sighting]]]:
    """Proposal to what was seen of it: (upload, sighting) each."""
    table = discovery_sightings
    found: defaultdict[str, list[tuple[str, Sighting]]] = defaultdict(list)
    for row in _selected(connection, table, table.c.proposal, proposals):
        found[row.proposal].append((row.upload, _sighting(row)))
    return found


def known(connection: sa.Connection, proposals: Sequence[str]) -> set[str]:
    """Those of the proposals that some upload saw before."""
    table = discovery_sightings
    found: set[str] = set()
    for some in portions(proposals):
        found |= set(
            connection.execute(sa.select(table.c.proposal).where(table.c.proposal.in_(some)).distinct()).scalars()
        )
    return found


def decisions(connection: sa.Connection, proposals: Sequence[str] | None = None) -> Mapping[str, Decision]:
    """Proposal to what was decided about it."""
    table = discovery_decisions
    return {
        row.proposal: Decision(ProposalState(row.state), row.use_case, row.reason, row.at, row.by)
        for row in _selected(connection, table, table.c.proposal, proposals)
    }


def decide(connection: sa.Connection, proposal: str, decision: Decision, entry_id: str) -> None:
    """Keep a decision."""
    row = {
        "proposal": proposal, "state": decision.state.value, "use_case": decision.use_case, "reason": decision.reason,
        "at": decision.at, "by": decision.by, "entry_id": entry_id,
    }  # fmt: skip
    upsert(connection, discovery_decisions, [row])


def undecide(connection: sa.Connection, proposal: str) -> None:
    """Take a decision back."""
    connection.execute(discovery_decisions.delete().where(discovery_decisions.c.proposal == proposal))


def _selected(
    connection: sa.Connection, table: sa.Table, column: sa.Column[Any], names: Sequence[str] | None
) -> Iterator[sa.Row[*tuple[Any, ...]]]:
    if names is None:
        yield from connection.execute(sa.select(table)).all()
        return
    for some in portions(names):
        yield from connection.execute(sa.select(table).where(column.in_(some))).all()


def _row(upload: str, position: int, proposal: str, seen: Sighting) -> dict[str, Any]:
    usage = seen.usage
    return {
        "upload": upload, "position": position, "proposal": proposal, "vendor": seen.vendor,
        "spellings": json.dumps(seen.spellings), "model": seen.model, "host": seen.host, "app": seen.app,
        "team": seen.team, "key": seen.key, "calls": usage.calls, "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost": json.dumps({unit: str(amount) for unit, amount in usage.cost.items()}), "people": usage.people,
        "more_people": usage.more_people, "first_seen": usage.first_seen, "last_seen": usage.last_seen,
        "release": None if seen.release is None else json.dumps(asdict(seen.release), default=str),
    }  # fmt: skip


def _sighting(row: Any) -> Sighting:  # noqa: ANN401 - a row has no type of its own
    usage = Usage(
        row.calls, row.input_tokens, row.output_tokens,
        {unit: Decimal(amount) for unit, amount in json.loads(row.cost).items()}, row.people, row.more_people,
        row.first_seen, row.last_seen,
    )  # fmt: skip
    release = None
    if row.release is not None:
        kept = json.loads(row.release)
        created = datetime.fromisoformat(kept["created"]) if kept["created"] else None
        release = Release(**{**kept, "aliases": tuple(kept["aliases"]), "created": created})
    return Sighting(
        row.vendor, json.loads(row.spellings), row.model, row.host, row.app, row.team, row.key, usage, release
    )
