"""Taking agent runs back despite a stop."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables here."""
    _agent_runs()


def _agent_runs() -> None:
    with op.batch_alter_table("agent_runs", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "despite_stop",
                sa.Boolean(),
                nullable=True,
                comment="Whether a person said that stop switches do not keep its steps.",
            )
        )
