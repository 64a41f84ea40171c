"""Stops of agents and actions, and their self-test."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables here."""
    _stop_switches()
    _stop_self_tests()
    _stop_sightings()


def _stop_switches() -> None:
    with op.batch_alter_table("stop_switches", schema=None) as batch_op:
        batch_op.alter_column("scope", type_=sa.String(127), existing_type=sa.String(120), existing_nullable=False)


def _stop_self_tests() -> None:
    op.create_table(
        "stop_self_tests",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("began_at", sa.String(27), nullable=False, comment="By the clock that every process agrees about."),
        sa.Column(
            "expected", sa.Text(), nullable=False, comment="JSON: id of each process that was there to its name."
        ),
        sa.Column("ended_at", sa.String(27), nullable=True, comment="None while it is watched."),
        sa.Column("outcome", sa.String(length=8), nullable=True, comment="`proven`, `slow` or `missing`."),
        sa.Column("slowest", sa.Integer(), nullable=True, comment="Milliseconds."),
        sa.Column("missing", sa.Text(), nullable=True, comment="JSON: names of the processes that never saw it."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop_self_tests")),
    )
    with op.batch_alter_table("stop_self_tests", schema=None) as batch_op:
        batch_op.create_index("ix_stop_self_tests_began_at", ["began_at"], unique=False)


def _stop_sightings() -> None:
    op.create_table(
        "stop_sightings",
        sa.Column("test", sa.String(length=36), nullable=False),
        sa.Column("process", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False, comment="Host and number of the process."),
        sa.Column("milliseconds", sa.Integer(), nullable=False, comment="From the stop to when it would have refused."),
        sa.ForeignKeyConstraint(["test"], ["stop_self_tests.id"], name=op.f("fk_stop_sightings_test")),
        sa.PrimaryKeyConstraint("test", "process", name=op.f("pk_stop_sightings")),
    )
