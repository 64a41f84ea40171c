"""Sealed segments of records."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

segments = sa.Table(
    "ledger_segments",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("stream", sa.String(60), nullable=False),
    sa.Column("entry", sa.String(36), nullable=False),
    sa.Column("records", sa.Integer, nullable=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("retention", sa.String(32), nullable=False),
    sa.Column("sealed_at", Instant, nullable=False),
    sa.Column("dropped_at", Instant),
    sa.Index("ix_ledger_segments_retention", "retention", "sealed_at"),
)
"""Segments of which the root is an entry; what they hold lies in files."""
