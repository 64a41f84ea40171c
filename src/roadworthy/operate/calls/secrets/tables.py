"""Tables of stored secrets."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

upstream_secrets = sa.Table(
    "upstream_secrets",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True, comment="Of the version; sealed together with it."),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("host", sa.String(255), nullable=False),
    sa.Column("port", sa.Integer, comment="Null for every port of the host."),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("until", Instant, comment="To when a former one is kept."),
    sa.Column("ciphertext", sa.LargeBinary, nullable=False, comment="Nonce, then AES-256-GCM under the data key."),
    sa.Column("wrapped", sa.LargeBinary, nullable=False, comment="The data key, wrapped."),
    sa.Column("wrapping_key", sa.String(400), nullable=False, comment="Which key wraps it; it lies elsewhere."),
    sa.Column("fingerprint", sa.String(20), nullable=False, comment="Keyed hash; its key lies elsewhere."),
    sa.Column("set_at", Instant, nullable=False),
    sa.Column("set_by", sa.String(120), nullable=False),
    sa.Column("last_used_at", Instant, comment="To the minute; written beside the calls."),
    sa.Index("ix_upstream_secrets_name", "name"),
)
"""Versions of stored secrets, none of which can be read with what stands here."""
