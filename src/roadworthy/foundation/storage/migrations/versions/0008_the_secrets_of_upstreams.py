"""The secrets of upstreams."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables here."""
    _upstream_secrets()


def _upstream_secrets() -> None:
    op.create_table(
        "upstream_secrets",
        sa.Column("id", sa.String(length=36), nullable=False, comment="Of the version; sealed together with it."),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("port", sa.Integer(), nullable=True, comment="Null for every port of the host."),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("until", sa.String(27), nullable=True, comment="To when a former one is kept."),
        sa.Column(
            "ciphertext", sa.LargeBinary(), nullable=False, comment="Nonce, then AES-256-GCM under the data key."
        ),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False, comment="The data key, wrapped."),
        sa.Column(
            "wrapping_key", sa.String(length=400), nullable=False, comment="Which key wraps it; it lies elsewhere."
        ),
        sa.Column("fingerprint", sa.String(length=20), nullable=False, comment="Keyed hash; its key lies elsewhere."),
        sa.Column("set_at", sa.String(27), nullable=False),
        sa.Column("set_by", sa.String(length=120), nullable=False),
        sa.Column("last_used_at", sa.String(27), nullable=True, comment="To the minute; written beside the calls."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upstream_secrets")),
    )
    with op.batch_alter_table("upstream_secrets", schema=None) as batch_op:
        batch_op.create_index("ix_upstream_secrets_name", ["name"], unique=False)
