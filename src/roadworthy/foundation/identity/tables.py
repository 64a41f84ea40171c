"""Tables of identity. Nothing here enters the ledger: entries carry `ref` only, and a row here can be erased."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

people = sa.Table(
    "people",
    metadata,
    sa.Column("ref", sa.String(36), primary_key=True),
    sa.Column("handle", sa.String(320), unique=True, comment="Folded address or account name; null once erased."),
    sa.Column("name", sa.String(320)),
    sa.Column("issuer", sa.String(320), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("signed_in_at", Instant),
    sa.Column("erased_at", Instant),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("secret_digest", sa.String(71), primary_key=True),
    sa.Column("person_ref", sa.String(36), sa.ForeignKey("people.ref"), nullable=False),
    sa.Column("authenticated", sa.String(40), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
)

sign_in_tokens = sa.Table(
    "sign_in_tokens",
    metadata,
    sa.Column("token_digest", sa.String(71), primary_key=True),
    sa.Column("handle", sa.String(320), comment="Whom it is for; null where the person may say who they are."),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("used_at", Instant),
)

program_tokens = sa.Table(
    "program_tokens",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("secret_digest", sa.String(71), nullable=False, unique=True),
    sa.Column("may", sa.Text, nullable=False, comment="JSON list of scopes."),
    sa.Column("use_cases", sa.Text, comment="JSON list of names; null for all."),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", sa.String(120), nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("last_used_at", Instant),
    sa.Column("revoked_at", Instant),
    sa.Column("revoked_by", sa.String(120)),
    sa.Column("revoked_reason", sa.Text),
    sa.Index("ix_program_tokens_name", "name"),
)
"""What programs may do; a revoked one stays, because entries name it."""
