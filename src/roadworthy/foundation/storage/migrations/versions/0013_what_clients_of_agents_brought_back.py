"""What clients of agents brought back."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables here."""
    _action_states_spent()


def _action_states_spent() -> None:
    op.create_table(
        "action_states_spent",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column(
            "until", sa.BigInteger(), nullable=False, comment="When it is over by itself, in seconds since 1970."
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_states_spent")),
    )
    with op.batch_alter_table("action_states_spent", schema=None) as batch_op:
        batch_op.create_index("ix_action_states_spent_until", ["until"], unique=False)
