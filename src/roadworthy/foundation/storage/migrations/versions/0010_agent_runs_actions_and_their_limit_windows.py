"""Agent runs, actions and their limit windows."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables here."""
    _action_contents()
    _action_windows()
    _agent_actions()
    _agent_runs()


def _action_contents() -> None:
    op.create_table(
        "action_contents",
        sa.Column("action", sa.String(length=36), nullable=False),
        sa.Column("direction", sa.String(length=10), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("action", "direction", name=op.f("pk_action_contents")),
    )


def _action_windows() -> None:
    op.create_table(
        "action_windows",
        sa.Column("id", sa.String(length=64), nullable=False, comment="Hash of limit, ceiling and whose it is."),
        sa.Column("starts", sa.BigInteger(), nullable=False, comment="Seconds since 1970."),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("limit", sa.String(length=120), nullable=False),
        sa.Column("counter", sa.String(length=120), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, comment="Whose it is, as JSON; a customer as a keyed hash."),
        sa.Column("most", sa.BigInteger(), nullable=False, comment="The ceiling when it was charged last."),
        sa.Column("unit", sa.String(length=10), nullable=False),
        sa.Column(
            "until", sa.BigInteger(), nullable=False, comment="From when on it counts no more, in seconds since 1970."
        ),
        sa.PrimaryKeyConstraint("id", "starts", name=op.f("pk_action_windows")),
    )
    with op.batch_alter_table("action_windows", schema=None) as batch_op:
        batch_op.create_index("ix_action_windows_limit", ["limit"], unique=False)
        batch_op.create_index("ix_action_windows_until", ["until"], unique=False)


def _agent_actions() -> None:
    op.create_table(
        "agent_actions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("run", sa.String(length=36), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=120), nullable=False),
        sa.Column("system", sa.String(length=120), nullable=False),
        sa.Column("effect", sa.String(length=20), nullable=False),
        sa.Column("tier", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("workload", sa.String(length=120), nullable=True),
        sa.Column("agent", sa.String(length=200), nullable=True),
        sa.Column("user", sa.String(length=80), nullable=True, comment="Pseudonym."),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("asked_at", sa.String(27), nullable=False),
        sa.Column("due_at", sa.String(27), nullable=False, comment="Its turn; while it runs, the end of the lease."),
        sa.Column("arguments", sa.String(length=80), nullable=False, comment="Digest of the canonical arguments."),
        sa.Column(
            "definition",
            sa.String(length=80),
            nullable=False,
            comment="Digest of the declared action it was decided by.",
        ),
        sa.Column("rule", sa.String(length=160), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("certificate", sa.String(length=60), nullable=True),
        sa.Column("enforcement", sa.String(length=12), nullable=False),
        sa.Column("charges", sa.Text(), nullable=False, comment="What it takes from which windows, as JSON."),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=36), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=24), nullable=True),
        sa.Column("error", sa.String(length=80), nullable=True),
        sa.Column("reference", sa.String(length=200), nullable=True),
        sa.Column("request", sa.String(length=36), nullable=True),
        sa.Column("compensates", sa.String(length=36), nullable=True),
        sa.Column("compensated_by", sa.String(length=36), nullable=True),
        sa.Column("ended_at", sa.String(27), nullable=True),
        sa.Column("seen_to_by", sa.String(length=120), nullable=True),
        sa.Column("seen_to_at", sa.String(27), nullable=True),
        sa.Column("replay_of", sa.String(length=36), nullable=True),
        sa.Column("tainted", sa.Boolean(), nullable=False),
        sa.Column(
            "repeated",
            sa.String(length=64),
            nullable=True,
            comment="Hash of who sent which idempotency key, where one was sent.",
        ),
        sa.Column("trace", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_actions")),
        sa.UniqueConstraint("compensates", name=op.f("uq_agent_actions_compensates")),
        sa.UniqueConstraint("repeated", name=op.f("uq_agent_actions_repeated")),
        sa.UniqueConstraint("run", "place", name=op.f("uq_agent_actions_run_place")),
    )
    with op.batch_alter_table("agent_actions", schema=None) as batch_op:
        batch_op.create_index("ix_agent_actions_due", ["state", "due_at"], unique=False)
        batch_op.create_index("ix_agent_actions_reference", ["system", "reference"], unique=False)
        batch_op.create_index("ix_agent_actions_request", ["request"], unique=False)
        batch_op.create_index("ix_agent_actions_system", ["system", "asked_at"], unique=False)
        batch_op.create_index("ix_agent_actions_use_case", ["use_case", "asked_at"], unique=False)


def _agent_runs() -> None:
    op.create_table(
        "agent_runs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False, comment="As the agent names it."),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=True),
        sa.Column("user", sa.String(length=80), nullable=True, comment="Pseudonym."),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("began_at", sa.String(27), nullable=False),
        sa.Column("ended_at", sa.String(27), nullable=True),
        sa.Column("tainted_by", sa.String(length=36), nullable=True),
        sa.Column("places", sa.Integer(), nullable=False, comment="Actions that were asked for so far."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_runs")),
        sa.UniqueConstraint("key", "user", "name", name=op.f("uq_agent_runs_key_user_name")),
    )
    with op.batch_alter_table("agent_runs", schema=None) as batch_op:
        batch_op.create_index("ix_agent_runs_state", ["state"], unique=False)
        batch_op.create_index("ix_agent_runs_use_case", ["use_case", "began_at"], unique=False)
