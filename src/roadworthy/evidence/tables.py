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
    sa.Column("kind", sa.String(60), nullable=False, server_default="statement"),
    sa.Column("answer", sa.String(20), nullable=False),
    sa.Column("method", sa.String(20), nullable=False),
    sa.Column("statement", sa.Text, comment="Free text; the ledger holds only a salted commitment to it."),
    sa.Column("link", sa.Text),
    sa.Column("observed_from", sa.Date, nullable=False),
    sa.Column("observed_to", sa.Date, nullable=False),
    sa.Column("window_from", Instant, comment="The exact begin, where more than the day is known."),
    sa.Column("window_to", Instant),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("recorded_by", sa.String(120), nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("entry_id", sa.String(36), nullable=False),
    sa.Column("collector", sa.String(120)),
    sa.Column("key_id", sa.String(64)),
    sa.Column("subject_name", sa.String(1000)),
    sa.Column("subject_digest", sa.String(71)),
    sa.Column("sample_size", sa.BigInteger),
    sa.Column("sample_wanted", sa.BigInteger),
    sa.Column("result", sa.Text, comment="Canonical JSON."),
    sa.Column("doubt", sa.String(20), comment="Kept with the contests, so that an assessment reads one table."),
    sa.Column("statement_digest", sa.String(71), comment="Of the signed statement: the same one is taken once."),
    sa.Column("superseded_by", sa.String(36)),
    sa.Column("expired_at", Instant, comment="When the schedule recorded that its time was over."),
    sa.Column("withdrawn_at", Instant),
    sa.Column("withdrawn_by", sa.String(120)),
    sa.Column("withdrawn_reason", sa.Text),
    sa.Index("ix_evidence_items_use_case_fact", "use_case", "fact"),
    sa.Index("ix_evidence_items_expires_at", "expires_at"),
    sa.Index("uq_evidence_items_statement_digest", "statement_digest", unique=True),
)
"""What was handed in. What an item says is never edited; it is taken back, disputed, or followed by a newer one."""

contests = sa.Table(
    "evidence_contests",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("item", sa.String(36), sa.ForeignKey(evidence_items.c.id, ondelete="CASCADE"), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("settled_at", Instant),
    sa.Column("settled_by", sa.String(120)),
    sa.Column("upheld", sa.Boolean),
    sa.Column("settlement", sa.Text),
    sa.Index("ix_evidence_contests_item", "item"),
)
"""Disputes about items."""

attachments = sa.Table(
    "evidence_attachments",
    metadata,
    sa.Column("digest", sa.String(71), primary_key=True),
    sa.Column("name", sa.String(400), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("media_type", sa.String(120), nullable=False),
    sa.Column("attached_at", Instant, nullable=False),
    sa.Column("attached_by", sa.String(120), nullable=False),
    sa.Column("erased_at", Instant),
    sa.Column("erased_reason", sa.Text),
)
"""Files by their digest; the same bytes are kept once. Digest, size and type outlive the content."""

attachment_chunks = sa.Table(
    "evidence_attachment_chunks",
    metadata,
    sa.Column("digest", sa.String(71), sa.ForeignKey(attachments.c.digest, ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
"""The bytes, in portions small enough to be written and read without holding the file in memory."""

item_attachments = sa.Table(
    "evidence_item_attachments",
    metadata,
    sa.Column("item", sa.String(36), sa.ForeignKey(evidence_items.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("digest", sa.String(71), sa.ForeignKey(attachments.c.digest), primary_key=True),
)
"""Which file belongs to which item."""

collectors = sa.Table(
    "collectors",
    metadata,
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("key_id", sa.String(64), primary_key=True),
    sa.Column("public_key", sa.Text, nullable=False, comment="PEM."),
    sa.Column("kinds", sa.Text, nullable=False, comment="JSON list of evidence kinds."),
    sa.Column("owner", sa.String(320), nullable=False),
    sa.Column("registered_at", Instant, nullable=False),
    sa.Column("registered_by", sa.String(120), nullable=False),
    sa.Column("last_seen_at", Instant),
    sa.Column("revoked_at", Instant),
    sa.Column("revoked_by", sa.String(120)),
    sa.Column("revoked_reason", sa.Text),
    sa.Index("ix_collectors_name", "name"),
)
"""One row per key: a collector that rotates its key has several, of which the former ones are revoked."""
