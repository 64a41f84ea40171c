"""Tables of the data-path audits."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata
from roadworthy.inventory.tables import use_cases

audit_runs = sa.Table(
    "audit_runs",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("use_case", sa.String(120), sa.ForeignKey(use_cases.c.name, ondelete="CASCADE"), nullable=False),
    sa.Column("status", sa.String(20), nullable=False, comment="running, finished, cancelled, failed."),
    sa.Column("requested_at", Instant, nullable=False),
    sa.Column("requested_by", sa.String(120), nullable=False),
    sa.Column("finished_at", Instant),
    sa.Column("cancel_requested", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("progress", sa.Text, comment="JSON: what is done, of how much, what is next, seconds left."),
    sa.Column("fault", sa.Text, comment="JSON of the error that ended it."),
    sa.Column("policy_digest", sa.String(71)),
    sa.Column("evidence", sa.String(36), comment="Item that the run handed in."),
    sa.Index("ix_audit_runs_use_case", "use_case", "requested_at"),
)
"""Audit runs, one per request; what each source came to stands in `audit_results`."""

audit_results = sa.Table(
    "audit_results",
    metadata,
    sa.Column("run", sa.String(36), sa.ForeignKey(audit_runs.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("source", sa.String(200), primary_key=True),
    sa.Column("use_case", sa.String(120), nullable=False),
    sa.Column("pilot", sa.String(71), comment="Digest of the fingerprint."),
    sa.Column("production", sa.String(71)),
    sa.Column("audit", sa.Text, comment="JSON of the audit without the fingerprints."),
    sa.Column("fault", sa.Text, comment="JSON of the error that kept this source from being audited."),
    sa.Column("finished_at", Instant, nullable=False),
)

fingerprints = sa.Table(
    "fingerprints",
    metadata,
    sa.Column("digest", sa.String(71), primary_key=True),
    sa.Column("content", sa.Text, nullable=False, comment="The JSON as it is signed and exported."),
    sa.Column("measured_at", Instant, nullable=False),
)
"""By digest, so that a pilot that does not change is kept once."""

fingerprint_parts = sa.Table(
    "fingerprint_parts",
    metadata,
    sa.Column("use_case", sa.String(120), sa.ForeignKey(use_cases.c.name, ondelete="CASCADE"), primary_key=True),
    sa.Column("source", sa.String(200), primary_key=True),
    sa.Column("side", sa.String(10), primary_key=True),
    sa.Column("part", sa.String(300), primary_key=True),
    sa.Column("version", sa.String(120), nullable=False, comment="Time and size, or tag; another is measured anew."),
    sa.Column("plan", sa.String(71), nullable=False, comment="Digest of what was asked of the part."),
    sa.Column("content", sa.Text, nullable=False),
)
"""Parts that were measured already: what makes a new day cost a day, and a broken run go on where it was."""

gaps = sa.Table(
    "gaps",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("use_case", sa.String(120), sa.ForeignKey(use_cases.c.name, ondelete="CASCADE"), nullable=False),
    sa.Column("source", sa.String(200), nullable=False),
    sa.Column("rule", sa.String(60), nullable=False),
    sa.Column("verdict", sa.String(10), nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("owner", sa.String(320)),
    sa.Column("content", sa.Text, nullable=False, comment="JSON of the gap as last seen."),
    sa.Column("first_seen", Instant, nullable=False),
    sa.Column("last_seen", Instant, nullable=False),
    sa.Column("last_run", sa.String(36), nullable=False),
    sa.Column("closed_at", Instant),
    sa.Index("ix_gaps_use_case", "use_case", "status"),
)
"""Gaps over time, by their stable id."""

waivers = sa.Table(
    "gap_waivers",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("gap", sa.String(40), sa.ForeignKey(gaps.c.id, ondelete="CASCADE"), nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("control", sa.Text, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("entry_id", sa.String(36), nullable=False),
    sa.Index("ix_gap_waivers_gap", "gap"),
)
