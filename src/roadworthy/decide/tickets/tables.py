"""Tables of the tickets."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("system", sa.String(120), nullable=False),
    sa.Column("declared", sa.String(71), nullable=False, comment="Digest of the declared system, when it was queued."),
    sa.Column("use_case", sa.String(120), nullable=False, comment="No reference: a ticket outlives its use case."),
    sa.Column("criterion", sa.String(60), nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False, comment="Counts the tickets about one blocker."),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("dimension", sa.String(20), nullable=False),
    sa.Column("duty", sa.String(20), nullable=False),
    sa.Column("correlation", sa.String(40), nullable=False),
    sa.Column("content", sa.Text, nullable=False, comment="What leaves the house, as it was shown."),
    sa.Column("queued_at", Instant, nullable=False),
    sa.Column("queued_by", sa.String(120), nullable=False),
    sa.Column("entry_id", sa.String(36), nullable=False),
    sa.Column("ref", sa.String(100)),
    sa.Column("number", sa.String(100)),
    sa.Column("url", sa.String(1000)),
    sa.Column("state", sa.String(20)),
    sa.Column("word", sa.String(100)),
    sa.Column("sent_at", Instant),
    sa.Column("read_at", Instant),
    sa.Column("gone_at", Instant),
    sa.Column("met", sa.Boolean, nullable=False),
    sa.Column("verdict", sa.String(20)),
    sa.Column("told", sa.String(20)),
    sa.UniqueConstraint("correlation"),
    sa.Index("ix_tickets_use_case_criterion", "use_case", "criterion"),
    sa.Index("ix_tickets_system_ref", "system", "ref"),
)
"""Blockers handed to other systems."""

messages = sa.Table(
    "ticket_messages",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("ticket", sa.String(36), sa.ForeignKey(tickets.c.id, ondelete="CASCADE"), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("queued_at", Instant, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_at", Instant),
    sa.Column("sent_at", Instant),
    sa.Column("dead_at", Instant),
    sa.Column("error_code", sa.String(100)),
    sa.Column("error", sa.Text),
    sa.Index("ix_ticket_messages_ticket", "ticket"),
)
"""What is to be delivered: the intent, written in the unit that decided it and before anything is sent."""

notices = sa.Table(
    "ticket_notices",
    metadata,
    sa.Column("system", sa.String(120), primary_key=True),
    sa.Column("digest", sa.String(71), primary_key=True),
    sa.Column("signed_at", Instant, nullable=False),
    sa.Index("ix_ticket_notices_signed_at", "signed_at"),
)
"""Webhooks that were taken, so that none is taken twice. Older than the longest window they are forgotten."""

change_records = sa.Table(
    "change_records",
    metadata,
    sa.Column("system", sa.String(120), primary_key=True, comment="Name of the declared ticket system."),
    sa.Column("number", sa.String(100), primary_key=True),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("read_at", Instant, comment="When it was last read; empty before the first time."),
    sa.Column("state", sa.String(200), comment="In the words of the system."),
    sa.Column("approved", sa.Boolean, nullable=False),
    sa.Column("starts_at", Instant),
    sa.Column("ends_at", Instant),
    sa.Column("fault", sa.String(500), comment="Why it could not be read."),
)
"""Changes in other systems that decisions wait for, as they were last read."""
