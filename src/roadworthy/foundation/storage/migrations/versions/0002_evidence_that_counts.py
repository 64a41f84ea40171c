"""Evidence that counts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables here."""
    op.create_table(
        "collectors",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False, comment="PEM."),
        sa.Column("kinds", sa.Text(), nullable=False, comment="JSON list of evidence kinds."),
        sa.Column("owner", sa.String(length=320), nullable=False),
        sa.Column("registered_at", sa.String(27), nullable=False),
        sa.Column("registered_by", sa.String(length=120), nullable=False),
        sa.Column("last_seen_at", sa.String(27), nullable=True),
        sa.Column("revoked_at", sa.String(27), nullable=True),
        sa.Column("revoked_by", sa.String(length=120), nullable=True),
        sa.Column("revoked_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_collectors")),
    )
    with op.batch_alter_table("collectors", schema=None) as batch_op:
        batch_op.create_index("ix_collectors_name", ["name"], unique=False)

    op.create_table(
        "evidence_attachments",
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=120), nullable=False),
        sa.Column("attached_at", sa.String(27), nullable=False),
        sa.Column("attached_by", sa.String(length=120), nullable=False),
        sa.Column("erased_at", sa.String(27), nullable=True),
        sa.Column("erased_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_evidence_attachments")),
    )
    op.create_table(
        "evidence_attachment_chunks",
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["digest"],
            ["evidence_attachments.digest"],
            name=op.f("fk_evidence_attachment_chunks_digest"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", "position", name=op.f("pk_evidence_attachment_chunks")),
    )
    op.create_table(
        "evidence_contests",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("item", sa.String(length=36), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.String(27), nullable=True),
        sa.Column("settled_by", sa.String(length=120), nullable=True),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.Column("settlement", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["item"], ["evidence_items.id"], name=op.f("fk_evidence_contests_item"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_contests")),
    )
    with op.batch_alter_table("evidence_contests", schema=None) as batch_op:
        batch_op.create_index("ix_evidence_contests_item", ["item"], unique=False)

    op.create_table(
        "evidence_item_attachments",
        sa.Column("item", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.ForeignKeyConstraint(
            ["digest"], ["evidence_attachments.digest"], name=op.f("fk_evidence_item_attachments_digest")
        ),
        sa.ForeignKeyConstraint(
            ["item"], ["evidence_items.id"], name=op.f("fk_evidence_item_attachments_item"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item", "digest", name=op.f("pk_evidence_item_attachments")),
    )
    with op.batch_alter_table("evidence_items", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=60), server_default="statement", nullable=False))
        batch_op.add_column(
            sa.Column(
                "window_from",
                sa.String(27),
                nullable=True,
                comment="The exact begin, where more than the day is known.",
            )
        )
        batch_op.add_column(sa.Column("window_to", sa.String(27), nullable=True))
        batch_op.add_column(sa.Column("collector", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("key_id", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("subject_name", sa.String(length=1000), nullable=True))
        batch_op.add_column(sa.Column("subject_digest", sa.String(length=71), nullable=True))
        batch_op.add_column(sa.Column("sample_size", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("sample_wanted", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("result", sa.Text(), nullable=True, comment="Canonical JSON."))
        batch_op.add_column(
            sa.Column(
                "doubt",
                sa.String(length=20),
                nullable=True,
                comment="Kept with the contests, so that an assessment reads one table.",
            )
        )
        batch_op.add_column(sa.Column("superseded_by", sa.String(length=36), nullable=True))
        batch_op.add_column(
            sa.Column(
                "expired_at", sa.String(27), nullable=True, comment="When the schedule recorded that its time was over."
            )
        )
        batch_op.create_index("ix_evidence_items_expires_at", ["expires_at"], unique=False)
