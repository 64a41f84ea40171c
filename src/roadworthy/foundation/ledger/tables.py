"""Tables of the ledger. The bytes are the truth; every other column is an index made from them."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

_Position = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite's row id is called INTEGER

entries = sa.Table(
    "ledger_entries",
    metadata,
    sa.Column("position", _Position, primary_key=True, autoincrement=False),
    sa.Column("id", sa.String(36), nullable=False, unique=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("what", sa.String, nullable=False),
    sa.Column("resource", sa.String, nullable=False),
    sa.Column("actor_ref", sa.String, nullable=False),
    sa.Column("bytes", sa.LargeBinary, nullable=False),
    sa.Index("ix_ledger_entries_resource", "resource", "position"),
    sa.Index("ix_ledger_entries_what", "what", "position"),
    sa.Index("ix_ledger_entries_actor_ref", "actor_ref", "position"),
)
"""What was recorded, at its place in the tree."""

tiles = sa.Table(
    "ledger_tiles",
    metadata,
    sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("tile", _Position, primary_key=True, autoincrement=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("hashes", sa.LargeBinary, nullable=False),
)
"""The tree in pieces of up to 256 hashes (C2SP tlog-tiles)."""

frontier = sa.Table(
    "ledger_frontier",
    metadata,
    sa.Column("single", sa.Integer, sa.CheckConstraint("single = 1", name="single_row"), primary_key=True),
    sa.Column("size", _Position, nullable=False),
    sa.Column("peaks", sa.LargeBinary, nullable=False),
    sa.Column("fence", _Position, nullable=False),
)
"""One row: how far the tree is, and by which sequencer's number it may be moved on."""

checkpoints = sa.Table(
    "ledger_checkpoints",
    metadata,
    sa.Column("size", _Position, primary_key=True, autoincrement=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)
"""Signed states of the tree, as issued."""

inbox = sa.Table(
    "ledger_inbox",
    metadata,
    sa.Column("number", _Position, sa.Identity(), primary_key=True),
    sa.Column("id", sa.String(36), nullable=False, unique=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("what", sa.String, nullable=False),
    sa.Column("resource", sa.String, nullable=False),
    sa.Column("actor_ref", sa.String, nullable=False),
    sa.Column("bytes", sa.LargeBinary, nullable=False),
)
"""PostgreSQL only: entries that are durable and wait for their place in the tree."""

lease = sa.Table(
    "ledger_lease",
    metadata,
    sa.Column("single", sa.Integer, sa.CheckConstraint("single = 1", name="single_row"), primary_key=True),
    sa.Column("holder", sa.String(36), nullable=False),
    sa.Column("fence", _Position, nullable=False),
    sa.Column("until", sa.DateTime(timezone=True), nullable=False),
)
"""PostgreSQL only: who gives out places, by the database's own clock; `fence` grows with every change of hands."""

signing = sa.Table(
    "ledger_signing",
    metadata,
    sa.Column("single", sa.Integer, primary_key=True, comment="1: there is one row."),
    sa.Column("wanted", _Position, nullable=False, comment="Over how many entries somebody needs a checkpoint."),
)
"""PostgreSQL only: how processes without the ledger's key ask the one that has it."""

payloads = sa.Table(
    "ledger_payloads",
    metadata,
    sa.Column("ref", sa.String(36), primary_key=True),
    sa.Column("commitment", sa.String(71), nullable=False),
    sa.Column("salt", sa.LargeBinary),
    sa.Column("content", sa.LargeBinary),
    sa.Column("retention", sa.String(32), nullable=False),
    sa.Column("erased_at", Instant),
    sa.Column("entry", sa.String(36), comment="Id of the entry that commits to it; filled in later for older ones."),
    sa.Index("ix_ledger_payloads_entry", "entry"),
)
"""Content that entries commit to. Erasing takes content and salt away; the commitment and the proof remain."""

requests_once = sa.Table(
    "requests_once",
    metadata,
    sa.Column("key", sa.String(71), primary_key=True, comment="Digest of who sent it and of the key they chose."),
    sa.Column("body", sa.String(71), nullable=False, comment="Digest of what was asked for."),
    sa.Column("entries", sa.Text, nullable=False, comment="JSON list of the ids of the entries that it recorded."),
    sa.Column("at", Instant, nullable=False),
    sa.Index("ix_requests_once_at", "at"),
)
"""Requests that their sender may repeat, for a month."""

legal_holds = sa.Table(
    "legal_holds",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("scope", sa.String(20), nullable=False, comment="`everything`, `use-case`, `resource`, `person`."),
    sa.Column("name", sa.String(250), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("placed_at", Instant, nullable=False),
    sa.Column("placed_by", sa.String(120), nullable=False),
    sa.Column("lifted_at", Instant),
    sa.Column("lifted_by", sa.String(120)),
)
"""What nobody erases until the hold is lifted."""
