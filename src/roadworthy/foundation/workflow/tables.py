"""Tables of what waits: timers, runs of state machines, consumers, schedules, dead letters."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

_Position = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

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
    sa.Column("holder", sa.String(36), comment="The attempt that is being made outside of any transaction."),
    sa.Column("leased_until", Instant, comment="Until when nobody else makes one; by the database's clock."),
    sa.Index("ix_timers_due_at", "due_at"),
    sa.Index("ix_timers_kind_due_at", "kind", "due_at"),
)
"""What has to happen later. A row goes away in the transaction that does what it asks for."""

sa.Index(
    "ix_timers_failed_due_at",
    timers.c.due_at,
    sqlite_where=timers.c.attempts > 0,
    postgresql_where=timers.c.attempts > 0,
)
"""Those that were put off, which are few: found at every turn, however many others are parked."""

sa.Index(
    "ix_timers_dead_at",
    timers.c.dead_at,
    sqlite_where=timers.c.dead_at.is_not(None),
    postgresql_where=timers.c.dead_at.is_not(None),
)
"""Those that were given up."""

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
"""Every step of every run; the signal's uniqueness is what makes a message count once."""

consumers = sa.Table(
    "ledger_consumers",
    metadata,
    sa.Column("name", sa.String(60), primary_key=True),
    sa.Column("position", _Position, nullable=False, comment="Of the ledger's entry that is next."),
    sa.Column("fence", _Position, nullable=False, comment="Grows with every change of hands."),
    sa.Column("holder", sa.String(36), comment="The process that works for it."),
    sa.Column("leased_until", Instant, comment="By the database's clock."),
    sa.Column("attempts", sa.Integer, nullable=False, comment="At the entry that is next."),
    sa.Column("retry_at", Instant),
    sa.Column("last_error", sa.String(500)),
    sa.Column("moved_at", Instant, nullable=False),
)
"""How far each consumer of the ledger is. Moved in the transaction that holds what the entries led to."""

schedules = sa.Table(
    "schedules",
    metadata,
    sa.Column("name", sa.String(60), primary_key=True),
    sa.Column("cadence", sa.String(120), nullable=False),
    sa.Column("next_at", Instant, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, comment="At the fire that is next."),
    sa.Column("retry_at", Instant),
    sa.Column("last_error", sa.String(500)),
)
"""What happens again and again, and when next."""

schedule_fires = sa.Table(
    "schedule_fires",
    metadata,
    sa.Column("schedule", sa.String(60), primary_key=True),
    sa.Column("fire_at", Instant, primary_key=True),
    sa.Column("fired_at", Instant, nullable=False),
)
"""One row for each fire: the primary key is what makes it happen once, whatever the clocks of the replicas say."""

dead_letters = sa.Table(
    "dead_letters",
    metadata,
    sa.Column("kind", sa.String(40), primary_key=True),
    sa.Column("key", sa.String(260), primary_key=True),
    sa.Column("owner", sa.String(120), nullable=False, comment="Reference of a person, or a role."),
    sa.Column("since", Instant, nullable=False),
    sa.Column("reason", sa.String(500), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("data", sa.Text, nullable=False, comment="Canonical JSON: what it takes to try again."),
    sa.Column("again_at", Instant, comment="When somebody asked to have it tried again."),
    sa.Index("ix_dead_letters_since", "since"),
)
"""What was given up and has no row of its own elsewhere. Timers that were given up keep theirs."""
