"""Tables of imports: the runs, every source cell, what was imported last, and the mappings that people decided."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

import_runs = sa.Table(
    "import_runs",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("file", sa.String(400), nullable=False),
    sa.Column("digest", sa.String(71), nullable=False, comment="Of the file's bytes."),
    sa.Column("form", sa.String(40), nullable=False),
    sa.Column("signature", sa.String(71), nullable=False, comment="Digest of the headers."),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column(
        "report", sa.Text, nullable=False, comment="JSON: columns, notes, variants, what was created and changed."
    ),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(36), nullable=False),
    sa.Column("entry_id", sa.String(36), nullable=False),
    sa.Index("ix_import_runs_at", "at"),
    sa.Index("ix_import_runs_digest", "digest"),
)
"""One row for each import that changed anything."""

import_rows = sa.Table(
    "import_rows",
    metadata,
    sa.Column("import_id", sa.String(36), sa.ForeignKey("import_runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sheet", sa.String(255), nullable=False),
    sa.Column("row", sa.Integer, nullable=False, comment="As the spreadsheet shows it, from 1."),
    sa.Column("use_case", sa.String(120), nullable=False),
    sa.Column(
        "cells", sa.Text, nullable=False, comment="JSON: the source cells, word for word, in the order of the columns."
    ),
    sa.Column("remarks", sa.Text, nullable=False, comment="JSON: flags, and values that fill no field."),
    sa.Index("ix_import_rows_use_case", "use_case"),
)
"""Every source cell of every import."""

imported_specs = sa.Table(
    "imported_specs",
    metadata,
    sa.Column("use_case", sa.String(120), primary_key=True),
    sa.Column("import_id", sa.String(36), nullable=False),
    sa.Column("file", sa.String(400), nullable=False),
    sa.Column(
        "spec", sa.Text, nullable=False, comment="JSON: the spec as it was imported last; the base of comparison."
    ),
)
"""What the last import said about each use case, whatever people changed since."""

import_mappings = sa.Table(
    "import_mappings",
    metadata,
    sa.Column("signature", sa.String(71), primary_key=True),
    sa.Column("mapping", sa.Text, nullable=False, comment="JSON."),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(36), nullable=False),
)
"""Mappings that people decided, by the headers they were decided for."""
