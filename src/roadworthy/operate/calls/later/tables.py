"""Tables of the calls that are answered later."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

later_calls = sa.Table(
    "later_calls",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("use_case", sa.String(120), nullable=False),
    sa.Column("stage", sa.String(20), nullable=False),
    sa.Column("endpoint", sa.String(120), nullable=False),
    sa.Column("key", sa.String(120), nullable=False),
    sa.Column("surface", sa.String(20), nullable=False),
    sa.Column("model", sa.String(120), nullable=False),
    sa.Column("effects", sa.Boolean, nullable=False),
    sa.Column("queued_at", Instant, nullable=False),
    sa.Column("ends_at", Instant, nullable=False),
    sa.Column("terms", sa.Text, nullable=False, comment="What the endpoint declared when it was queued, as JSON."),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("due_at", Instant, nullable=False, comment="Its turn; while it runs, the end of the lease."),
    sa.Column("fence", sa.Integer, nullable=False),
    sa.Column("holder", sa.String(36)),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("runs", sa.Text, nullable=False, comment="The last runs, as JSON."),
    sa.Column("why", sa.String(20)),
    sa.Column("rule", sa.String(160)),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("error", sa.String(80)),
    sa.Column("status", sa.Integer),
    sa.Column("ended_at", Instant),
    sa.Column("keep_until", Instant),
    sa.Column("erased_at", Instant),
    sa.Column("replay_of", sa.String(36)),
    sa.Column("replayed_as", sa.String(36)),
    sa.Column("seen_to_by", sa.String(120)),
    sa.Column("seen_to_at", Instant),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("repeated", sa.String(64), comment="Hash of who sent which `Idempotency-Key`, where one was sent."),
    sa.Column("body", sa.String(64), comment="SHA-256 of the body under that key."),
    sa.UniqueConstraint("repeated"),
    sa.Index("ix_later_calls_due", "state", "due_at"),
    sa.Index("ix_later_calls_endpoint", "use_case", "endpoint", "state"),
    sa.Index("ix_later_calls_keep_until", "erased_at", "keep_until"),
)
"""One row for each call that is answered later, whatever became of it."""

later_payloads = sa.Table(
    "later_payloads",
    metadata,
    sa.Column("call", sa.String(36), primary_key=True),
    sa.Column("direction", sa.String(10), primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
"""Requests until they were answered, and answers while they are kept. Apart, so that they can go."""
