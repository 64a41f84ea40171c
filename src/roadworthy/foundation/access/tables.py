"""Table of access: by which identity a declared workload is recognised."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import metadata

workloads = sa.Table(
    "workloads",
    metadata,
    sa.Column("name", sa.String(120), primary_key=True),
    sa.Column("issuer", sa.String(320), nullable=False),
    sa.Column("subject", sa.String(320), nullable=False),
    sa.UniqueConstraint("issuer", "subject", name="uq_workloads_issuer_subject"),
)
"""An index over the declared workloads, kept by the projection of their kind; one identity is one workload."""
