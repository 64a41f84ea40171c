"""The table of the reports. Their content lies among the ledger's erasable payloads."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

assessment_reports = sa.Table(
    "assessment_reports",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False, unique=True, comment="Counts from 1, as people name it."),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("made_by", sa.String(120), nullable=False, comment="Reference of the person or the program."),
    sa.Column("digest", sa.String(71), nullable=False, comment="SHA-256 of the content."),
    sa.Column("entry_id", sa.String(36), nullable=False, comment="The ledger entry that committed to the content."),
    sa.Column("use_cases", sa.Integer, nullable=False),
    sa.Column("ready", sa.Integer, nullable=False),
    sa.Column("picks", sa.Text, nullable=False, comment="Names of the picked use cases, a space between them."),
)
"""Never changed after it was written."""
