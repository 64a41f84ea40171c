"""Tables of the evidence."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata
from roadworthy.inventory.tables import use_cases

evidence_items = sa.Table(
    "evidence_items",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("use_case", sa.String(120), sa.ForeignKey(use_cases.c.name, ondelete="CASCADE"), nullable=False),
    sa.Column("fact", sa.String(100), nullable=False),
    sa.Column("answer", sa.String(20), nullable=False),
    sa.Column("method", sa.String(20), nullable=False),
    sa.Column("statement", sa.Text, comment="Free text; the ledger holds only a salted commitment to it."),
    sa.Column("link", sa.Text),
    sa.Column("observed_from", sa.Date, nullable=False),
    sa.Column("observed_to", sa.Date, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("recorded_by", sa.String(120), nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("entry_id", sa.String(36), nullable=False),
    sa.Column("withdrawn_at", Instant),
    sa.Column("withdrawn_by", sa.String(120)),
    sa.Column("withdrawn_reason", sa.Text),
    sa.Index("ix_evidence_items_use_case_fact", "use_case", "fact"),
)
"""What was handed in. Rows are never edited apart from being withdrawn; they go with the use case they speak of."""
