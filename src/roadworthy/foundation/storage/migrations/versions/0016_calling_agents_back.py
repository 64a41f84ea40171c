"""Calling agents back."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables here."""
    _agent_actions()


def _agent_actions() -> None:
    with op.batch_alter_table("agent_actions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "callback", sa.Boolean(), nullable=True, comment="Whether the agent wants to be called when it is over."
            )
        )
