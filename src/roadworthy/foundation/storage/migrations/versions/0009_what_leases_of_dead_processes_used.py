"""What leases of dead processes used."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables here."""
    _limit_leases()


def _limit_leases() -> None:
    with op.batch_alter_table("limit_leases", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "settled",
                sa.BigInteger(),
                nullable=True,
                comment="Calls that the process had counted when it said what it used.",
            )
        )
