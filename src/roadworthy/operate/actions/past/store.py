"""SQL of a replay: events of actions in the order of the ledger, with what was kept of the actions."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from roadworthy.foundation.instants import from_text
from roadworthy.foundation.ledger.feed import size
from roadworthy.foundation.ledger.tables import entries
from roadworthy.foundation.storage.statements import portions
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.actions.model import Why
from roadworthy.operate.actions.past.model import EVENTS, SAYS, Moment, Then
from roadworthy.operate.actions.recording import ACTION
from roadworthy.operate.actions.store import ARGUMENTS
from roadworthy.operate.actions.tables import action_contents, agent_actions

AT_ONCE: Final = 2_000
"""Events of a portion, which is read in a snapshot of its own: a long replay keeps nothing from being cleaned."""
_EVENTS: Final = sorted(EVENTS)


def moments(
    store: Store, since: dt.datetime, until: dt.datetime, opened: Callable[[bytes, str], bytes]
) -> Iterator[list[tuple[Moment, Then]]]:
    """Events of actions from an instant up to another, in portions.

    Args:
        store: the database.
        since: the first instant.
        until: the first instant that is not wanted any more.
        opened: opens sealed arguments of an action of this id.

    Raises:
        IntegrityBroken: arguments cannot be opened here.
    """
    with store.read() as connection:
        end = size(connection)
    position = -1
    while True:
        with store.read() as connection:
            found = _events(connection, position, end, since, until)
            told = _told(connection, [each for each in found if each.what in SAYS], opened)
            late = [each.action for each in found if each.action not in told]
            told |= _rows(connection, late, {})
        if not found:
            return
        yield [(each, told[each.action]) for each in found if each.action in told]
        position = found[-1].position


def _events(connection: sa.Connection, after: int, end: int, since: dt.datetime, until: dt.datetime) -> list[Moment]:
    of = entries.c
    wanted = (
        sa.select(of.position, of.what, of.resource, of.bytes)
        .where(of.what.in_(_EVENTS), of.position > after, of.position < end, of.at >= since, of.at < until)
        .order_by(of.position)
        .limit(AT_ONCE)
    )
    return [_moment(row) for row in connection.execute(wanted)]


def _moment(row: Any) -> Moment:  # noqa: ANN401 - a row of the ledger
    said = json.loads(row.bytes)
    basis, facts = said["basis"], said["facts"]
    id_ = row.resource.removeprefix(f"{ACTION}/")
    return Moment(
        position=row.position, what=row.what, at=from_text(said["at"]), action=id_, rules=tuple(basis["rules"]),
        definition=basis["policy"] or "", approved=bool(said["oversight"]["required"]), state=facts.get("state"),
        same=facts.get("as") == id_,
    )  # fmt: skip


def _told(connection: sa.Connection, found: Sequence[Moment], opened: Callable[[bytes, str], bytes]) -> dict[str, Then]:
    ids = list(dict.fromkeys(each.action for each in found))
    sealed: dict[str, bytes] = {}
    of = action_contents.c
    for some in portions(ids):
        query = sa.select(of.action, of.content).where(of.action.in_(some), of.direction == ARGUMENTS)
        sealed |= {row.action: bytes(row.content) for row in connection.execute(query)}
    return _rows(connection, ids, {id_: opened(content, id_) for id_, content in sealed.items()})


def _rows(connection: sa.Connection, ids: Sequence[str], arguments: Mapping[str, bytes]) -> dict[str, Then]:
    of = agent_actions.c
    columns = (
        of.id, of.use_case, of.stage, of.run, of.action, of.key, of.workload, of.user, of.asked_at, of.rule, of.about,
        of.amount, of.currency, of.certificate, of.charges, of.compensates, of.replay_of, of.tainted,
        of.why,
    )  # fmt: skip
    found = {}
    for some in portions(ids):
        for row in connection.execute(sa.select(*columns).where(of.id.in_(some))):
            found[row.id] = Then(
                id=row.id, use_case=row.use_case, stage=row.stage, run=row.run, action=row.action, key=row.key,
                workload=row.workload, user=row.user or None, asked_at=row.asked_at, rule=row.rule, about=row.about,
                amount=row.amount, currency=row.currency, certificate=row.certificate,
                charges=tuple(json.loads(row.charges)), takes_back=row.compensates is not None,
                replays=row.replay_of is not None, tainted=row.tainted,
                in_doubt=row.why == Why.IN_DOUBT.value, arguments=arguments.get(row.id),
            )  # fmt: skip
    return found


def serials(connection: sa.Connection) -> list[str]:
    """Certificates under which anything was ever asked for."""
    of = agent_actions.c.certificate
    return list(connection.execute(sa.select(of).where(of.is_not(None)).distinct().order_by(of)).scalars())
