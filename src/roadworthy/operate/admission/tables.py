"""Tables of admission: who may call, and by which generation of what is declared."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

gateway_keys = sa.Table(
    "gateway_keys",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("secret_digest", sa.String(71), nullable=False, unique=True),
    sa.Column("use_case", sa.String(120), nullable=False),
    sa.Column("stage", sa.String(20), nullable=False),
    sa.Column("workload", sa.String(120), comment="Declared workload whose access tokens are taken for this key."),
    sa.Column("endpoints", sa.Text, comment="JSON list of names; null for all of the use case."),
    sa.Column("follows", sa.String(36), comment="Id of the key in whose place it was made."),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", sa.String(120), nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("last_used_at", Instant, comment="To the minute; written beside the calls."),
    sa.Column("revoked_at", Instant),
    sa.Column("revoked_by", sa.String(120)),
    sa.Column("revoked_reason", sa.Text),
    sa.Index("ix_gateway_keys_name", "name"),
    sa.Index("ix_gateway_keys_use_case", "use_case"),
)
"""Secrets by which applications reach the gateway; a revoked one stays, because records name it."""

gateway_generations = sa.Table(
    "gateway_generations",
    metadata,
    sa.Column("single", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("generation", sa.Integer, nullable=False, comment="Counts every change of what the gateway goes by."),
    sa.Column("changed_at", Instant, nullable=False),
)
"""One row: whoever reads another number than before reads everything anew."""

gateway_passes = sa.Table(
    "gateway_passes",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("use_case", sa.String(120), nullable=False),
    sa.Column("stage", sa.String(20), nullable=False),
    sa.Column("endpoint", sa.String(120), nullable=False),
    sa.Column("certificate", sa.String(40), nullable=False, comment="Serial; with it the pass ends."),
    sa.Column("rule", sa.String(60), nullable=False, comment="`envelope:TERM`."),
    sa.Column("about", sa.String(300), nullable=False, comment="What exactly of the term."),
    sa.Column("until", Instant, nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("request", sa.String(36), comment="Decision by which it was opened."),
    sa.Index("ix_gateway_passes_until", "until"),
)
"""What people let pass outside of an envelope, each for a day."""
