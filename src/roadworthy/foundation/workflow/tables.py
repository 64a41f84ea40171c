"""Table of the timers."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

timers = sa.Table(
    "timers",
    metadata,
    sa.Column("kind", sa.String(60), primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("data", sa.Text, nullable=False, comment="Canonical JSON."),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_error", sa.String(500)),
    sa.Column("dead_at", Instant, comment="When it was given up."),
    sa.Index("ix_timers_due_at", "due_at"),
)
"""What has to happen later. A row goes away in the transaction that does what it asks for."""

machine_runs = sa.Table(
    "machine_runs",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("machine", sa.String(60), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", sa.String(40), nullable=False),
    sa.Column("data", sa.Text, nullable=False, comment="Canonical JSON."),
    sa.Column("moves", sa.Integer, nullable=False, comment="How often it was moved: what a mover compares."),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("moved_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Index("ix_machine_runs_machine_version", "machine", "version"),
)
"""Runs of state machines. A run that is parked is this row and nothing else."""

machine_moves = sa.Table(
    "machine_moves",
    metadata,
    sa.Column("run_id", sa.String(36), sa.ForeignKey("machine_runs.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("event", sa.String(40), nullable=False),
    sa.Column("state", sa.String(40), nullable=False, comment="Where it led."),
    sa.Column("signal", sa.String(200), comment="Key of the signal that moved it, taken once."),
    sa.Column("at", Instant, nullable=False),
    sa.UniqueConstraint("run_id", "signal", name="uq_machine_moves_signal"),
)
