"""Tables of the integration probes."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata
from roadworthy.inventory.tables import use_cases

probe_runs = sa.Table(
    "probe_runs",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("use_case", sa.String(120), sa.ForeignKey(use_cases.c.name, ondelete="CASCADE"), nullable=False),
    sa.Column("system", sa.String(1000), nullable=False),
    sa.Column("verdict", sa.String(10), nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("finished_at", Instant, nullable=False),
    sa.Column("requested_by", sa.String(120), nullable=False),
    sa.Column("content", sa.Text, nullable=False, comment="JSON of the probe: every trial with what came back."),
    sa.Column("evidence", sa.String(36)),
    sa.Index("ix_probe_runs_use_case", "use_case", "started_at"),
)
