"""Tables of the diagnosis: what was last known and found of each use case, so that frequency is one query."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata
from roadworthy.inventory.tables import use_cases

diagnoses = sa.Table(
    "diagnoses",
    metadata,
    sa.Column("use_case", sa.String(120), sa.ForeignKey(use_cases.c.name, ondelete="CASCADE"), primary_key=True),
    sa.Column("revision", sa.BigInteger, nullable=False, comment="Of the use case, when it was diagnosed."),
    sa.Column("rules", sa.String(71), nullable=False, comment="Digest of the rules in force."),
    sa.Column("next_change_at", Instant, comment="When it changes by itself; empty where nothing expires."),
    sa.Column("diagnosed_at", Instant, nullable=False),
    sa.Column("signs", sa.Text, comment="A letter per sign: t, f or - for not known. Empty for a retired use case."),
    sa.Column("findings", sa.Text, comment="Three letters per mode: status, severity, r where a report decides."),
    sa.Index("ix_diagnoses_freshness", "use_case", "revision", "rules", "next_change_at"),
)
"""Derived: it can be thrown away and comes back. The order of signs and modes is that of the rules whose digest the row
names, so rows are read together only while they name the same one. Like an assessment, a row counts only while its
`revision` and `rules` are the current ones and `next_change_at` has not passed."""
