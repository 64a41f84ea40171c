"""Tables of the releases."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

releases = sa.Table(
    "releases",
    metadata,
    sa.Column("digest", sa.String(71), primary_key=True),
    sa.Column("use_case", sa.String(120), nullable=False),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("number", sa.Integer, nullable=False, comment="Counts the releases of the use case."),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("recorded_by", sa.String(120), nullable=False),
    sa.Column("entry_id", sa.String(36), nullable=False),
    sa.Index("uq_releases_use_case_name", "use_case", "name", unique=True),
    sa.Index("uq_releases_use_case_number", "use_case", "number", unique=True),
)
"""What can go live together. No row goes when its use case does: what ran stays known."""

release_parts = sa.Table(
    "release_parts",
    metadata,
    sa.Column("release", sa.String(71), sa.ForeignKey(releases.c.digest), primary_key=True),
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("name", sa.String(120), primary_key=True),
    sa.Column("digest", sa.String(71), nullable=False),
    sa.Column("known", sa.String(10), nullable=False),
    sa.Column("how", sa.String(20), nullable=False),
    sa.Column("version", sa.String(120)),
    sa.Column("seen_at", Instant),
)

release_observations = sa.Table(
    "release_observations",
    metadata,
    sa.Column("release", sa.String(71), sa.ForeignKey(releases.c.digest), primary_key=True),
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("name", sa.String(120), primary_key=True),
    sa.Column("how", sa.String(20), primary_key=True),
    sa.Column("source", sa.String(300), primary_key=True),
    sa.Column("digest", sa.String(71), nullable=False),
    sa.Column("version", sa.String(120)),
    sa.Column("matches", sa.Boolean, nullable=False),
    sa.Column("since", Instant, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
    sa.Column("entry_id", sa.String(36), nullable=False),
)
"""The last that each source said of each part; what was said before is in the ledger."""

release_looks = sa.Table(
    "release_looks",
    metadata,
    sa.Column("observer", sa.String(200), primary_key=True),
    sa.Column("use_case", sa.String(120), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("failed", sa.Text, comment="Why nothing was seen."),
    sa.Column("failed_code", sa.String(80)),
    sa.Column("release", sa.String(71), comment="What it was held against."),
    sa.Index("ix_release_looks_use_case", "use_case"),
)
"""The last look of each declared observer."""

release_moves = sa.Table(
    "release_moves",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("use_case", sa.String(120), nullable=False),
    sa.Column("number", sa.Integer, nullable=False, comment="Counts the moves of the use case."),
    sa.Column("stage", sa.String(20), nullable=False),
    sa.Column("what", sa.String(20), nullable=False),
    sa.Column("release", sa.String(71)),
    sa.Column("before", sa.String(71)),
    sa.Column("certificate", sa.String(40)),
    sa.Column("about", sa.Text, nullable=False, comment="Why; the ledger holds only a salted commitment to it."),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
    sa.Column("request", sa.String(36)),
    sa.Column("entry_id", sa.String(36), nullable=False),
    sa.Index("uq_release_moves_use_case_number", "use_case", "number", unique=True),
    sa.Index("uq_release_moves_request", "request", unique=True),
)

running_releases = sa.Table(
    "running_releases",
    metadata,
    sa.Column("use_case", sa.String(120), primary_key=True),
    sa.Column("stage", sa.String(20), primary_key=True),
    sa.Column("release", sa.String(71), nullable=False),
    sa.Column("since", Instant, nullable=False),
)
"""What is to run at each stage."""
