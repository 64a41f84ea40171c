"""Tables of discovery: what was looked at, what was seen in it, and what people decided about it."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

discovery_uploads = sa.Table(
    "discovery_uploads",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("source", sa.String(400), nullable=False, comment="Name of the file, or address of the registry."),
    sa.Column("digest", sa.String(71), comment="Of the file's bytes; the same file is counted once."),
    sa.Column("form", sa.String(80), nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("counted", sa.BigInteger, nullable=False),
    sa.Column("notes", sa.Text, nullable=False, comment="JSON list."),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
    sa.Column("entry_id", sa.String(36), nullable=False),
    sa.Index("ix_discovery_uploads_digest", "digest"),
)
"""Files and registries. Their content is not kept, only what was added up from it."""

discovery_sightings = sa.Table(
    "discovery_sightings",
    metadata,
    sa.Column("upload", sa.String(36), sa.ForeignKey(discovery_uploads.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("proposal", sa.String(32), nullable=False),
    sa.Column("vendor", sa.String(300)),
    sa.Column("spellings", sa.Text, nullable=False, comment="JSON: spelling to rows."),
    sa.Column("model", sa.String(300)),
    sa.Column("host", sa.String(300)),
    sa.Column("app", sa.String(300)),
    sa.Column("team", sa.String(300)),
    sa.Column("key", sa.String(300)),
    sa.Column("calls", sa.BigInteger, nullable=False),
    sa.Column("input_tokens", sa.BigInteger, nullable=False),
    sa.Column("output_tokens", sa.BigInteger, nullable=False),
    sa.Column("cost", sa.Text, nullable=False, comment="JSON: currency to amount as text."),
    sa.Column("people", sa.Integer, nullable=False, comment="How many; who they are is never kept."),
    sa.Column("more_people", sa.Boolean, nullable=False),
    sa.Column("first_seen", Instant),
    sa.Column("last_seen", Instant),
    sa.Column("release", sa.Text, comment="JSON: version, aliases, run and digest of a registered model."),
    sa.Index("ix_discovery_sightings_proposal", "proposal"),
)
"""Sums per vendor, model, host and caller, one row each and upload."""

discovery_decisions = sa.Table(
    "discovery_decisions",
    metadata,
    sa.Column("proposal", sa.String(32), primary_key=True),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("use_case", sa.String(120)),
    sa.Column("reason", sa.Text),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
    sa.Column("entry_id", sa.String(36), nullable=False),
)
"""What was decided, by what the proposal is recognised by; so the next upload of the same remembers."""
