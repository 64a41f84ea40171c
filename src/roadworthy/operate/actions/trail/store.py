"""SQL of the trail."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from roadworthy.foundation.digests import canonical_bytes
from roadworthy.foundation.storage.statements import portions, upsert
from roadworthy.operate.actions.model import State, Why
from roadworthy.operate.actions.tables import agent_actions
from roadworthy.operate.actions.trail.model import (
    Came,
    Differs,
    Does,
    Feed,
    ForeignEvent,
    Intent,
    Standing,
    Unreadable,
)
from roadworthy.operate.actions.trail.tables import (
    audit_events,
    audit_feeds,
    audit_unreadable,
    trail_findings,
)
from roadworthy.operate.telemetry.trace_context import trace_of

_BUILD: Final[dict[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_READ: Final = "read"


def alone(connection: sa.Connection, system: str) -> None:
    """Let nobody else take events of a system until this transaction ends; SQLite has one writer anyhow."""
    if connection.dialect.name != "sqlite":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"trail {system}"))))


# ---------------------------------------------------------------- feeds


def feed(connection: sa.Connection, system: str) -> Feed | None:
    """How far a log was read; None where nothing of it ever came."""
    row = connection.execute(sa.select(audit_feeds).where(audit_feeds.c.system == system)).first()
    return None if row is None else _feed(row)


def feeds(connection: sa.Connection) -> list[Feed]:
    """Every log of which something came, by the system's name."""
    return [_feed(row) for row in connection.execute(sa.select(audit_feeds).order_by(audit_feeds.c.system))]


def put_feed(connection: sa.Connection, kept: Feed) -> None:
    """Keep how far a log was read."""
    row = {
        "system": kept.system, "began_at": kept.began_at, "cursor": kept.cursor, "read_until": kept.read_until,
        "looked_at": kept.looked_at, "failures": kept.failures, "error": kept.error,
    }  # fmt: skip
    upsert(connection, audit_feeds, [row])


def _feed(row: Any) -> Feed:  # noqa: ANN401 - a row of either engine
    return Feed(row.system, row.began_at, row.cursor, row.read_until, row.looked_at, row.failures, row.error)


# ---------------------------------------------------------------- events


def insert_events(
    connection: sa.Connection, came: Sequence[Came], sealed: Sequence[bytes], now: dt.datetime
) -> set[str]:
    """Keep events; the keys of those that were not there."""
    rows = [{**_row(each.event), "taken_at": now, "raw": raw} for each, raw in zip(came, sealed, strict=True)]
    fresh: set[str] = set()
    statement = _BUILD[connection.dialect.name](audit_events).on_conflict_do_nothing().returning(audit_events.c.key)
    for row in rows:
        fresh |= set(connection.execute(statement, row).scalars())
    return fresh


def digests(connection: sa.Connection, keys: Iterable[str]) -> dict[str, str]:
    """By key of events that are kept, the digest under which each came first."""
    found: dict[str, str] = {}
    for some in portions(sorted(keys)):
        query = sa.select(audit_events.c.key, audit_events.c.digest).where(audit_events.c.key.in_(some))
        found |= {row.key: row.digest for row in connection.execute(query)}
    return found


def insert_unreadable(
    connection: sa.Connection, some: Sequence[tuple[Unreadable, bytes]], now: dt.datetime
) -> set[str]:
    """Keep what could not be read; the keys of what was not there."""
    fresh: set[str] = set()
    build = _BUILD[connection.dialect.name](audit_unreadable)
    statement = build.on_conflict_do_nothing().returning(audit_unreadable.c.key)
    for each, raw in some:
        row = {
            "key": each.key, "system": each.system, "taken_at": now, "raw": raw, "reason": each.reason,
            "place": canonical_bytes(each.place.to_dict()).decode(),
        }  # fmt: skip
        fresh |= set(connection.execute(statement, row).scalars())
    return fresh


def unreadable(connection: sa.Connection, system: str | None, limit: int) -> list[dict[str, Any]]:
    """What could not be read, the latest first: key, system, time, place and reason."""
    of = audit_unreadable.c
    query = sa.select(of.key, of.system, of.taken_at, of.place, of.reason).order_by(of.taken_at.desc(), of.key)
    query = query if system is None else query.where(of.system == system)
    return [
        {"key": row.key, "system": row.system, "taken_at": row.taken_at, "place": json.loads(row.place),
         "reason": row.reason}
        for row in connection.execute(query.limit(limit))
    ]  # fmt: skip


def event(connection: sa.Connection, key: str) -> tuple[ForeignEvent, str | None, bytes | None] | None:
    """An event, the action that it belongs to, and what it came as, sealed."""
    row = connection.execute(sa.select(audit_events).where(audit_events.c.key == key)).first()
    return None if row is None else (_event(row), row.intent, None if row.raw is None else bytes(row.raw))


def events_of(connection: sa.Connection, intent: str) -> list[ForeignEvent]:
    """Events that belong to an action, in order."""
    query = sa.select(audit_events).where(audit_events.c.intent == intent)
    return [_event(row) for row in connection.execute(query.order_by(audit_events.c.at, audit_events.c.key))]


def by_names(
    connection: sa.Connection, system: str, actions: set[str], references: set[str], traces: set[str]
) -> list[ForeignEvent]:
    """Events of a system that carry one of these."""
    of = audit_events.c
    found: dict[str, ForeignEvent] = {}
    for column, values in ((of.action, actions), (of.reference, references), (of.trace, traces)):
        for some in portions(sorted(values)):
            query = sa.select(audit_events).where(of.system == system, column.in_(some))
            found |= {row.key: _event(row) for row in connection.execute(query)}
    return list(found.values())


def link(connection: sa.Connection, keys: Iterable[str], links: dict[str, str]) -> None:
    """Keep which events belong to which actions."""
    of = audit_events.c
    for some in portions(sorted(keys)):
        present = {row.key: row.intent for row in connection.execute(
            sa.select(of.key, of.intent).where(of.key.in_(some)))}  # fmt: skip
        for key, intent in present.items():
            if links.get(key) != intent:
                change = audit_events.update().where(of.key == key).values(intent=links.get(key))
                connection.execute(change)


def linked_before(connection: sa.Connection, keys: Iterable[str]) -> dict[str, str]:
    """By key of events, the action that each belongs to by what is kept."""
    of = audit_events.c
    found: dict[str, str] = {}
    for some in portions(sorted(keys)):
        query = sa.select(of.key, of.intent).where(of.key.in_(some), of.intent.is_not(None))
        found |= {row.key: row.intent for row in connection.execute(query)}
    return found


# ---------------------------------------------------------------- our actions


def intents(
    connection: sa.Connection, system: str, ids: set[str], references: set[str], traces: set[str]
) -> list[Intent]:
    """Our actions in a system that are named by one of these; without prints."""
    of = agent_actions.c
    found: dict[str, Intent] = {}
    named = ids | {_as_id(each) for each in traces}
    for column, values in ((of.id, named), (of.reference, references), (of.trace, traces)):
        for some in portions(sorted(values)):
            query = sa.select(agent_actions).where(of.system == system, column.in_(some))
            found |= {row.id: _intent(row) for row in connection.execute(query)}
    return list(found.values())


def intents_of(connection: sa.Connection, ids: set[str]) -> dict[str, Intent]:
    """Our actions by their ids, whatever their system; without prints."""
    found: dict[str, Intent] = {}
    for some in portions(sorted(ids)):
        query = sa.select(agent_actions).where(agent_actions.c.id.in_(some))
        found |= {row.id: _intent(row) for row in connection.execute(query)}
    return found


def ended(connection: sa.Connection, system: str, since: dt.datetime, limit: int) -> list[Intent]:
    """Our actions in a system that ended at an instant or later, the earliest first."""
    of = agent_actions.c
    query = sa.select(agent_actions).where(of.system == system, of.ended_at >= since, of.effect != _READ)
    return [_intent(row) for row in connection.execute(query.order_by(of.ended_at, of.id).limit(limit))]


def unseen(connection: sa.Connection, system: str, since: dt.datetime, until: dt.datetime, limit: int) -> list[Intent]:
    """Actions that were done, asked for and ended in between, of which no event and no finding tells."""
    of = agent_actions.c
    told = sa.exists().where(audit_events.c.intent == of.id, audit_events.c.does == Does.EFFECT.value)
    known = sa.exists().where(
        trail_findings.c.intent == of.id, trail_findings.c.kind == Differs.INTENT_WITHOUT_EFFECT.value
    )
    query = (
        sa.select(agent_actions)
        .where(of.system == system, of.state == State.DONE.value, of.effect != _READ, of.asked_at >= since,
               of.ended_at <= until, ~told, ~known)
        .order_by(of.asked_at, of.id)
        .limit(limit)
    )  # fmt: skip
    return [_intent(row) for row in connection.execute(query)]


# ---------------------------------------------------------------- in time


def unveil(connection: sa.Connection, system: str, before: dt.datetime, most: int) -> int:
    """Let go what events came as, of those that were taken before an instant; how many went."""
    gone = 0
    for table in (audit_events, audit_unreadable):
        of = table.c
        query = sa.select(of.key).where(of.system == system, of.taken_at < before, of.raw.is_not(None)).limit(most)
        keys = list(connection.execute(query).scalars())
        for some in portions(keys):
            connection.execute(table.update().where(of.key.in_(some)).values(raw=None))
        gone += len(keys)
    return gone


def forget(connection: sa.Connection, before: dt.datetime, most: int) -> int:
    """Take away events that were taken before an instant, and what could not be read; how many went."""
    gone = 0
    standing = sa.exists().where(
        trail_findings.c.event == audit_events.c.key, trail_findings.c.state == Standing.OPEN.value
    )
    for table, spared in ((audit_events, standing), (audit_unreadable, sa.false())):
        of = table.c
        keys = list(connection.execute(sa.select(of.key).where(of.taken_at < before, ~spared).limit(most)).scalars())
        for some in portions(keys):
            connection.execute(table.delete().where(of.key.in_(some)))
        gone += len(keys)
    return gone


# ---------------------------------------------------------------- rows


def _row(event: ForeignEvent) -> dict[str, Any]:
    return {
        "key": event.key, "id": event.id, "system": event.system, "at": event.at, "operation": event.operation,
        "does": event.does.value, "digest": event.digest, "principal": event.principal, "action": event.action,
        "trace": event.trace, "reference": event.reference, "named": event.named, "watched": event.watched,
        "amount": event.amount, "currency": event.currency, "prints": canonical_bytes(dict(event.prints)).decode(),
    }  # fmt: skip


def _event(row: Any) -> ForeignEvent:  # noqa: ANN401 - a row of either engine
    return ForeignEvent(
        key=row.key, id=row.id, system=row.system, at=row.at, operation=row.operation, does=Does(row.does),
        digest=row.digest, principal=row.principal, action=row.action, trace=row.trace, reference=row.reference,
        named=row.named, watched=row.watched, amount=row.amount, currency=row.currency, prints=json.loads(row.prints),
    )  # fmt: skip


def _intent(row: Any) -> Intent:  # noqa: ANN401 - a row of either engine
    return Intent(
        id=row.id, system=row.system, action=row.action, use_case=row.use_case, state=State(row.state),
        asked_at=row.asked_at, ended_at=row.ended_at, effect=row.effect, tries=row.tries,
        why=Why(row.why) if row.why else None, reference=row.reference, trace=row.trace or trace_of(row.id),
        amount=row.amount, currency=row.currency,
    )  # fmt: skip


def _as_id(trace: str) -> str:
    """The id of an action that belongs to no trace, and so is sent on under one that is made of it."""
    return "-".join((trace[:8], trace[8:12], trace[12:16], trace[16:20], trace[20:]))
