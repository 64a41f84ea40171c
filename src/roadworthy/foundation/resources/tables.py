"""Two tables: what is declared now, and every version there ever was."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

resources = sa.Table(
    "resources",
    metadata,
    sa.Column("kind", sa.String(120), primary_key=True),
    sa.Column("name", sa.String(120), primary_key=True),
    sa.Column("uid", sa.String(36), nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("labels", sa.Text, nullable=False),
    sa.Column("spec", sa.Text, nullable=False),
    sa.Column("digest", sa.String(71), nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.Column("entry_id", sa.String(36), nullable=False),
)
"""The current state. `labels` and `spec` are canonical JSON."""

resource_versions = sa.Table(
    "resource_versions",
    metadata,
    sa.Column("kind", sa.String(120), primary_key=True),
    sa.Column("name", sa.String(120), primary_key=True),
    sa.Column("generation", sa.Integer, primary_key=True),
    sa.Column("uid", sa.String(36), nullable=False),
    sa.Column("action", sa.String(16), nullable=False),
    sa.Column("labels", sa.Text, nullable=False),
    sa.Column("spec", sa.Text, nullable=True),
    sa.Column("digest", sa.String(71), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("via", sa.String(40), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("entry_id", sa.String(36), nullable=False),
)
"""Every version. A removal is a version without a spec; a resource made again under the same name goes on
counting, so a generation never means two things."""
