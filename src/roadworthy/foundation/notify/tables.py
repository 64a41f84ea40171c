"""Tables of messages, their deliveries, and how people want to be told."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

messages = sa.Table(
    "notification_messages",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("topic", sa.String(60), nullable=False),
    sa.Column("subject", sa.String(1000), nullable=False),
    sa.Column("lines", sa.Text, nullable=False, comment="JSON list of sentences."),
    sa.Column("path", sa.String(500), nullable=False),
    sa.Column("facts", sa.Text, nullable=False, comment="Canonical JSON, for programs."),
    sa.Column("urgent", sa.Boolean, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
)

deliveries = sa.Table(
    "notification_deliveries",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("message_id", sa.String(36), sa.ForeignKey("notification_messages.id"), nullable=False),
    sa.Column("channel", sa.String(120), nullable=False, comment="Empty where no channel leads to the person."),
    sa.Column("person_ref", sa.String(36), comment="Null for a room or a program."),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_error", sa.String(500)),
    sa.Column("sent_at", Instant),
    sa.Index("ix_notification_deliveries_person_ref_id", "person_ref", "id"),
    sa.Index("ix_notification_deliveries_state_id", "state", "id"),
    sa.Index("ix_notification_deliveries_message_id", "message_id"),
)
"""The delivery log: one row for each message and way."""

preferences = sa.Table(
    "notification_preferences",
    metadata,
    sa.Column("person_ref", sa.String(36), primary_key=True),
    sa.Column("chosen", sa.Text, nullable=False, comment="JSON of what the person entered."),
    sa.Column("changed_at", Instant, nullable=False),
)
