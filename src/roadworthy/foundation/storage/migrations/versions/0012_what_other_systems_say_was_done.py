"""What other systems say was done."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables here."""
    _audit_events()
    _audit_feeds()
    _audit_unreadable()
    _event_sinks()
    _trail_findings()


def _audit_events() -> None:
    op.create_table(
        "audit_events",
        sa.Column("key", sa.String(length=64), nullable=False, comment="Hash of system and the event's own id."),
        sa.Column("id", sa.String(length=300), nullable=False),
        sa.Column("system", sa.String(length=120), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("taken_at", sa.String(27), nullable=False),
        sa.Column("operation", sa.String(length=300), nullable=False),
        sa.Column("does", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.String(length=80), nullable=False, comment="Of the event as it came."),
        sa.Column("principal", sa.String(length=300), nullable=True),
        sa.Column("action", sa.String(length=36), nullable=True, comment="Id of ours that it carries."),
        sa.Column("trace", sa.String(length=32), nullable=True),
        sa.Column("reference", sa.String(length=300), nullable=True),
        sa.Column("named", sa.String(length=120), nullable=True, comment="The declared action that its operation is."),
        sa.Column("watched", sa.Boolean(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=300), nullable=True),
        sa.Column("prints", sa.Text(), nullable=False, comment="Keyed hashes of what was asked, by name, as JSON."),
        sa.Column("intent", sa.String(length=36), nullable=True, comment="Id of the action that it belongs to."),
        sa.Column(
            "raw", sa.LargeBinary(), nullable=True, comment="As it came, sealed; null once it was kept long enough."
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_audit_events")),
    )
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.create_index("ix_audit_events_action", ["action"], unique=False)
        batch_op.create_index("ix_audit_events_intent", ["intent"], unique=False)
        batch_op.create_index("ix_audit_events_reference", ["system", "reference"], unique=False)
        batch_op.create_index("ix_audit_events_system", ["system", "at"], unique=False)
        batch_op.create_index("ix_audit_events_taken_at", ["taken_at"], unique=False)
        batch_op.create_index("ix_audit_events_trace", ["trace"], unique=False)


def _audit_feeds() -> None:
    op.create_table(
        "audit_feeds",
        sa.Column("system", sa.String(length=120), nullable=False),
        sa.Column("began_at", sa.String(27), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True, comment="From where on it is fetched next."),
        sa.Column(
            "read_until",
            sa.String(27),
            nullable=True,
            comment="Up to then everything in the log was seen, by the log's clock.",
        ),
        sa.Column("looked_at", sa.String(27), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("system", name=op.f("pk_audit_feeds")),
    )


def _audit_unreadable() -> None:
    op.create_table(
        "audit_unreadable",
        sa.Column("key", sa.String(length=64), nullable=False, comment="Hash of system and content."),
        sa.Column("system", sa.String(length=120), nullable=False),
        sa.Column("taken_at", sa.String(27), nullable=False),
        sa.Column("place", sa.Text(), nullable=False, comment="Source, line and field, as JSON."),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "raw",
            sa.LargeBinary(),
            nullable=True,
            comment="The beginning of it, sealed; null once it was kept long enough.",
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_audit_unreadable")),
    )
    with op.batch_alter_table("audit_unreadable", schema=None) as batch_op:
        batch_op.create_index("ix_audit_unreadable_system", ["system", "taken_at"], unique=False)


def _event_sinks() -> None:
    op.create_table(
        "event_sinks",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="Of the ledger entry that is told of next."),
        sa.Column("told_at", sa.String(27), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_event_sinks")),
    )


def _trail_findings() -> None:
    op.create_table(
        "trail_findings",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("same", sa.String(length=64), nullable=False, comment="Hash of kind, system, action and event."),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("system", sa.String(length=120), nullable=False),
        sa.Column("use_case", sa.String(length=120), nullable=True),
        sa.Column("intent", sa.String(length=36), nullable=True, comment="Id of our action."),
        sa.Column("event", sa.String(length=64), nullable=True, comment="Key of the audit event."),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("found_at", sa.String(27), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("ended_at", sa.String(27), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_findings")),
        sa.UniqueConstraint("same", name=op.f("uq_trail_findings_same")),
    )
    with op.batch_alter_table("trail_findings", schema=None) as batch_op:
        batch_op.create_index("ix_trail_findings_event", ["event"], unique=False)
        batch_op.create_index("ix_trail_findings_intent", ["intent"], unique=False)
        batch_op.create_index("ix_trail_findings_state", ["state", "system"], unique=False)
