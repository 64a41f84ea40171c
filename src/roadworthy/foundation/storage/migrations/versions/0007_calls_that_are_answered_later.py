"""Calls that are answered later."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables here."""
    _later_calls()
    _later_payloads()


def _later_calls() -> None:
    op.create_table(
        "later_calls",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("endpoint", sa.String(length=120), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("surface", sa.String(length=20), nullable=False),
        sa.Column("model", sa.String(length=120), nullable=False),
        sa.Column("effects", sa.Boolean(), nullable=False),
        sa.Column("queued_at", sa.String(27), nullable=False),
        sa.Column("ends_at", sa.String(27), nullable=False),
        sa.Column(
            "terms", sa.Text(), nullable=False, comment="What the endpoint declared when it was queued, as JSON."
        ),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("due_at", sa.String(27), nullable=False, comment="Its turn; while it runs, the end of the lease."),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=36), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("runs", sa.Text(), nullable=False, comment="The last runs, as JSON."),
        sa.Column("why", sa.String(length=20), nullable=True),
        sa.Column("rule", sa.String(length=160), nullable=True),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("error", sa.String(length=80), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.String(27), nullable=True),
        sa.Column("keep_until", sa.String(27), nullable=True),
        sa.Column("erased_at", sa.String(27), nullable=True),
        sa.Column("replay_of", sa.String(length=36), nullable=True),
        sa.Column("replayed_as", sa.String(length=36), nullable=True),
        sa.Column("seen_to_by", sa.String(length=120), nullable=True),
        sa.Column("seen_to_at", sa.String(27), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "repeated",
            sa.String(length=64),
            nullable=True,
            comment="Hash of who sent which `Idempotency-Key`, where one was sent.",
        ),
        sa.Column("body", sa.String(length=64), nullable=True, comment="SHA-256 of the body under that key."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_later_calls")),
        sa.UniqueConstraint("repeated", name=op.f("uq_later_calls_repeated")),
    )
    with op.batch_alter_table("later_calls", schema=None) as batch_op:
        batch_op.create_index("ix_later_calls_due", ["state", "due_at"], unique=False)
        batch_op.create_index("ix_later_calls_endpoint", ["use_case", "endpoint", "state"], unique=False)
        batch_op.create_index("ix_later_calls_keep_until", ["erased_at", "keep_until"], unique=False)


def _later_payloads() -> None:
    op.create_table(
        "later_payloads",
        sa.Column("call", sa.String(length=36), nullable=False),
        sa.Column("direction", sa.String(length=10), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("call", "direction", name=op.f("pk_later_payloads")),
    )
