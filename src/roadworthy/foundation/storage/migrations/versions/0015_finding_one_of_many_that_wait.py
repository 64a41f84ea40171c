"""Finding one of many that wait."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables here."""
    _agent_actions()
    _decision_requests()


def _agent_actions() -> None:
    with op.batch_alter_table("agent_actions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agent_actions_due"))
        batch_op.create_index("ix_agent_actions_state", ["state", "id"], unique=False)


def _decision_requests() -> None:
    with op.batch_alter_table("decision_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_requests_proposer_ref"))
        batch_op.create_index(
            "ix_decision_requests_proposer_ref_content_digest", ["proposer_ref", "content_digest"], unique=False
        )
