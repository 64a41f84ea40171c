"""What others said about the ledger's checkpoints, and how it stands with each of them."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

_Size = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

witnessed = sa.Table(
    "ledger_witnessed",
    metadata,
    sa.Column("size", _Size, primary_key=True, autoincrement=False),
    sa.Column("witness", sa.String(100), primary_key=True),
    sa.Column("type", sa.String(16), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("line", sa.Text, comment="Signature line of a cosignature, to be put behind the checkpoint."),
    sa.Column("reference", sa.Text, comment="Where the checkpoint was left: a file, a commit, an address."),
    sa.Column("stamp", sa.LargeBinary, comment="A time stamp as the authority gave it (RFC 3161)."),
    sa.Index("ix_ledger_witnessed_witness", "witness", "size"),
)
"""Checkpoints that somebody outside has."""

standing = sa.Table(
    "ledger_witness_standing",
    metadata,
    sa.Column("witness", sa.String(100), primary_key=True),
    sa.Column("size", _Size, nullable=False, comment="Of the newest checkpoint that it took; 0 for none."),
    sa.Column("tried_at", Instant, nullable=False),
    sa.Column("failing_since", Instant),
    sa.Column("code", sa.String(100)),
    sa.Column("message", sa.Text),
    sa.Column("remedy", sa.Text),
)
"""How it stands with each witness; whoever moves `tried_at` on has the turn."""

alarms = sa.Table(
    "ledger_alarms",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("since", Instant, nullable=False),
    sa.Column("told_at", Instant),
)
"""What has not been as it should be since when, and when people were told."""
