"""Table of the timers."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

timers = sa.Table(
    "timers",
    metadata,
    sa.Column("kind", sa.String(60), primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("data", sa.Text, nullable=False, comment="Canonical JSON."),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_error", sa.String(500)),
    sa.Column("dead_at", Instant, comment="When it was given up."),
    sa.Index("ix_timers_due_at", "due_at"),
)
"""What has to happen later. A row goes away in the transaction that does what it asks for."""
