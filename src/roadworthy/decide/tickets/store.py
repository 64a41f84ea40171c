"""SQL of the tickets."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from roadworthy.decide.readiness.assessment import Verdict
from roadworthy.decide.readiness.model import Dimension
from roadworthy.decide.tickets.model import Message, MessageKind, Remote, Ticket, TicketState
from roadworthy.decide.tickets.rules import content_from, content_values
from roadworthy.decide.tickets.tables import messages, notices, tickets
from roadworthy.foundation.digests import canonical_bytes
from roadworthy.foundation.storage.statements import portions
from roadworthy.inventory.model import Duty

# ---------------------------------------------------------------- tickets


def insert(connection: sa.Connection, ticket: Ticket) -> None:
    """Keep a new ticket, which nothing was sent of yet."""
    connection.execute(
        tickets.insert().values(
            id=ticket.id,
            system=ticket.system,
            declared=ticket.declared,
            use_case=ticket.use_case,
            criterion=ticket.criterion,
            sequence=ticket.sequence,
            title=ticket.title,
            dimension=ticket.dimension,
            duty=ticket.duty,
            correlation=ticket.correlation,
            content=canonical_bytes(content_values(ticket.content)).decode(),
            queued_at=ticket.queued_at,
            queued_by=ticket.queued_by,
            entry_id=ticket.entry_id,
            met=ticket.met,
            verdict=ticket.verdict,
        )
    )


def find(connection: sa.Connection, ticket_id: str) -> Ticket | None:
    """One ticket."""
    return next(iter(_read(connection, sa.select(tickets).where(tickets.c.id == ticket_id))), None)


def by_ref(connection: sa.Connection, system: str, ref: str) -> Ticket | None:
    """The ticket that a system calls by this reference."""
    wanted = sa.select(tickets).where(tickets.c.system == system, tickets.c.ref == ref).limit(1)
    return next(iter(_read(connection, wanted)), None)


def every(
    connection: sa.Connection, *, use_case: str | None = None, system: str | None = None, most: int | None = None
) -> list[Ticket]:
    """Tickets, the latest first."""
    wanted = sa.select(tickets).order_by(tickets.c.queued_at.desc(), tickets.c.id.desc())
    if use_case is not None:
        wanted = wanted.where(tickets.c.use_case == use_case)
    if system is not None:
        wanted = wanted.where(tickets.c.system == system)
    return _read(connection, wanted if most is None else wanted.limit(most))


def latest(connection: sa.Connection, use_cases: Sequence[str]) -> Mapping[tuple[str, str], Ticket]:
    """The latest ticket about each blocker of these use cases."""
    found: dict[tuple[str, str], Ticket] = {}
    for some in portions(use_cases):
        wanted = sa.select(tickets).where(tickets.c.use_case.in_(some)).order_by(tickets.c.sequence)
        found.update({(ticket.use_case, ticket.criterion): ticket for ticket in _read(connection, wanted)})
    return found


def shown(connection: sa.Connection) -> set[tuple[str, str]]:
    """Systems, as they were declared at the time, to which something was queued before."""
    return {
        (row.system, row.declared)
        for row in connection.execute(sa.select(tickets.c.system, tickets.c.declared).distinct())
    }


def keep_remote(connection: sa.Connection, ticket_id: str, remote: Remote, now: dt.datetime) -> None:
    """Keep what the system says of a ticket."""
    connection.execute(
        tickets.update()
        .where(tickets.c.id == ticket_id)
        .values(
            ref=remote.ref,
            number=remote.number[:100],
            url=remote.url[:1000],
            state=remote.state,
            word=remote.word[:100],
            read_at=now,
            gone_at=None,
            sent_at=sa.func.coalesce(tickets.c.sent_at, sa.literal(now, tickets.c.sent_at.type)),
        )
    )


def keep_gone(connection: sa.Connection, ticket_id: str, now: dt.datetime) -> None:
    """Keep that the system does not have it any more."""
    connection.execute(tickets.update().where(tickets.c.id == ticket_id).values(read_at=now, gone_at=now))


def keep_verdict(connection: sa.Connection, ticket_id: str, verdict: Verdict | None, *, met: bool) -> None:
    """Keep how the blocker stands on our side."""
    connection.execute(tickets.update().where(tickets.c.id == ticket_id).values(met=met, verdict=verdict))


def keep_told(connection: sa.Connection, ticket_id: str, kind: MessageKind) -> None:
    """Keep which comment was queued last."""
    connection.execute(tickets.update().where(tickets.c.id == ticket_id).values(told=kind))


# ---------------------------------------------------------------- messages


def queue(connection: sa.Connection, message: Message) -> None:
    """Keep what is to be delivered."""
    connection.execute(
        messages.insert().values(
            id=message.id,
            ticket=message.ticket,
            kind=message.kind,
            text=message.text,
            queued_at=message.queued_at,
            attempts=message.attempts,
            next_at=message.next_at,
        )
    )


def message(connection: sa.Connection, message_id: str) -> Message | None:
    """One message."""
    row = connection.execute(sa.select(messages).where(messages.c.id == message_id)).first()
    return None if row is None else _message(row)


def delivered(connection: sa.Connection, message_id: str, now: dt.datetime) -> bool:
    """Mark a message as delivered; False when it was before."""
    done = connection.execute(
        messages.update()
        .where(messages.c.id == message_id, messages.c.sent_at.is_(None))
        .values(sent_at=now, next_at=None, dead_at=None, error_code=None, error=None)
    )
    return done.rowcount == 1


def failed(
    connection: sa.Connection, message: Message, code: str, error: str, *, next_at: dt.datetime | None, now: dt.datetime
) -> None:
    """Keep why a message could not be delivered; without a next time it is given up."""
    connection.execute(
        messages.update()
        .where(messages.c.id == message.id)
        .values(
            attempts=message.attempts,
            error_code=code[:100],
            error=error,
            next_at=next_at,
            dead_at=None if next_at is not None else now,
        )
    )


def revive(connection: sa.Connection, message_id: str, now: dt.datetime) -> None:
    """Have a message that was given up delivered as if it had never failed."""
    connection.execute(
        messages.update()
        .where(messages.c.id == message_id)
        .values(attempts=0, dead_at=None, next_at=now, error_code=None, error=None)
    )


def undelivered(connection: sa.Connection, ticket_ids: Iterable[str]) -> Mapping[str, list[Message]]:
    """What was not delivered yet, given up or not, by ticket, the oldest first."""
    found: defaultdict[str, list[Message]] = defaultdict(list)
    for some in portions(list(ticket_ids)):
        wanted = (
            sa.select(messages)
            .where(messages.c.ticket.in_(some), messages.c.sent_at.is_(None))
            .order_by(messages.c.queued_at, messages.c.id)
        )
        for row in connection.execute(wanted):
            found[row.ticket].append(_message(row))
    return found


# ---------------------------------------------------------------- webhooks


def take_notice(connection: sa.Connection, system: str, digest: str, signed_at: dt.datetime) -> bool:
    """Keep a webhook; False when it was taken before."""
    known = sa.select(notices.c.digest).where(notices.c.system == system, notices.c.digest == digest)
    if connection.execute(known).first() is not None:
        return False
    connection.execute(notices.insert().values(system=system, digest=digest, signed_at=signed_at))
    return True


def forget_notices(connection: sa.Connection, before: dt.datetime) -> None:
    """Forget webhooks that are too old to be taken anyway."""
    connection.execute(notices.delete().where(notices.c.signed_at < before))


# ---------------------------------------------------------------- inside


def _read(connection: sa.Connection, wanted: sa.Select[Any]) -> list[Ticket]:
    rows = connection.execute(wanted).all()
    open_messages = undelivered(connection, [row.id for row in rows])
    return [_ticket(row, open_messages.get(row.id, [])) for row in rows]


def _ticket(row: sa.Row[Any], open_messages: Sequence[Message]) -> Ticket:
    dead = next((each for each in open_messages if each.dead_at is not None), None)
    return Ticket(
        id=row.id,
        system=row.system,
        declared=row.declared,
        use_case=row.use_case,
        criterion=row.criterion,
        sequence=row.sequence,
        title=row.title,
        dimension=Dimension(row.dimension),
        duty=Duty(row.duty),
        correlation=row.correlation,
        content=content_from(json.loads(row.content)),
        queued_at=row.queued_at,
        queued_by=row.queued_by,
        entry_id=row.entry_id,
        ref=row.ref,
        number=row.number,
        url=row.url,
        state=None if row.state is None else TicketState(row.state),
        word=row.word,
        sent_at=row.sent_at,
        read_at=row.read_at,
        gone_at=row.gone_at,
        met=row.met,
        verdict=None if row.verdict is None else Verdict(row.verdict),
        told=None if row.told is None else MessageKind(row.told),
        failed=None if dead is None else dead.error,
        failed_code=None if dead is None else dead.error_code,
        waiting=sum(each.dead_at is None for each in open_messages),
    )


def _message(row: sa.Row[Any]) -> Message:
    return Message(
        id=row.id,
        ticket=row.ticket,
        kind=MessageKind(row.kind),
        text=row.text,
        queued_at=row.queued_at,
        attempts=row.attempts,
        next_at=row.next_at,
        sent_at=row.sent_at,
        dead_at=row.dead_at,
        error_code=row.error_code,
        error=row.error,
    )
