"""The table of reviews."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

_GOING = "state IN ('open', 'proposed')"

reviews = sa.Table(
    "readiness_reviews",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("use_case", sa.String(120), nullable=False),
    sa.Column("stage_to", sa.String(20), nullable=False),
    sa.Column("release", sa.String(80), comment="Digest of the release that it is about."),
    sa.Column("opening", sa.String(20), nullable=False),
    sa.Column("trigger", sa.String(40), comment="Which trigger of the policy opened it."),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("opened_by", sa.String(120), nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("request", sa.String(36), comment="The decision request that waits, or by which it was decided."),
    sa.Column("verdict", sa.String(20)),
    sa.Column("decided_at", Instant, comment="When it was decided or closed."),
    sa.Column("deciders", sa.Text, nullable=False, comment="JSON list of references of people."),
    sa.Column("content", sa.Text, comment="Canonical JSON of exactly what was decided."),
    sa.Column("certificate", sa.String(80)),
    sa.Column("notified", sa.Integer, nullable=False, comment="People to whom the notice of a stop was sent."),
    sa.Column("entry_id", sa.String(36), nullable=False),
    sa.Index("ix_readiness_reviews_use_case", "use_case", "id"),
    sa.Index("ix_readiness_reviews_state", "state", "id"),
    sa.Index(
        "uq_readiness_reviews_going",
        "use_case",
        "stage_to",
        unique=True,
        sqlite_where=sa.text(_GOING),
        postgresql_where=sa.text(_GOING),
    ),
)
"""Of a use case and a stage, one review at a time is going on; the index sees to it, whoever opens one."""
