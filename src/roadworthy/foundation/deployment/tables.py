"""Table of the processes that run."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

processes = sa.Table(
    "deployment_processes",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("roles", sa.String(100), nullable=False, comment="With commas between."),
    sa.Column("version", sa.String(60), nullable=False),
    sa.Column("revision", sa.String(10), nullable=False),
    sa.Column("host", sa.String(255), nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False, comment="By the database's clock."),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("keys", sa.Text, nullable=False, comment="JSON: purpose to digest of the public key that it signs with."),
    sa.Column("faults", sa.Text, nullable=False, comment="JSON list."),
)
"""PostgreSQL only: which processes run and what each says of itself; a row goes when its process ends in order."""
