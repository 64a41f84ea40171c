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
        "assessment_reports",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="Counts from 1, as people name it."),
        sa.Column("made_at", sa.String(27), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False, comment="Reference of the person or the program."),
        sa.Column("digest", sa.String(length=71), nullable=False, comment="SHA-256 of the content."),
        sa.Column(
            "entry_id", sa.String(length=36), nullable=False, comment="The ledger entry that committed to the content."
        ),
        sa.Column("use_cases", sa.Integer(), nullable=False),
        sa.Column("ready", sa.Integer(), nullable=False),
        sa.Column("picks", sa.Text(), nullable=False, comment="Names of the picked use cases, a space between them."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_reports")),
        sa.UniqueConstraint("number", name=op.f("uq_assessment_reports_number")),
    )
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
        "discovery_decisions",
        sa.Column("proposal", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("use_case", sa.String(length=120), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("proposal", name=op.f("pk_discovery_decisions")),
    )
    op.create_table(
        "discovery_uploads",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column(
            "source", sa.String(length=400), nullable=False, comment="Name of the file, or address of the registry."
        ),
        sa.Column(
            "digest", sa.String(length=71), nullable=True, comment="Of the file's bytes; the same file is counted once."
        ),
        sa.Column("form", sa.String(length=80), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False, comment="JSON list."),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discovery_uploads")),
    )
    with op.batch_alter_table("discovery_uploads", schema=None) as batch_op:
        batch_op.create_index("ix_discovery_uploads_digest", ["digest"], unique=False)

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
        "program_tokens",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("secret_digest", sa.String(length=71), nullable=False),
        sa.Column("may", sa.Text(), nullable=False, comment="JSON list of scopes."),
        sa.Column("use_cases", sa.Text(), nullable=True, comment="JSON list of names; null for all."),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.Column("last_used_at", sa.String(27), nullable=True),
        sa.Column("revoked_at", sa.String(27), nullable=True),
        sa.Column("revoked_by", sa.String(length=120), nullable=True),
        sa.Column("revoked_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_tokens")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_program_tokens_secret_digest")),
    )
    with op.batch_alter_table("program_tokens", schema=None) as batch_op:
        batch_op.create_index("ix_program_tokens_name", ["name"], unique=False)

    op.create_table(
        "requests_once",
        sa.Column(
            "key", sa.String(length=71), nullable=False, comment="Digest of who sent it and of the key they chose."
        ),
        sa.Column("body", sa.String(length=71), nullable=False, comment="Digest of what was asked for."),
        sa.Column(
            "entries", sa.Text(), nullable=False, comment="JSON list of the ids of the entries that it recorded."
        ),
        sa.Column("at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_requests_once")),
    )
    with op.batch_alter_table("requests_once", schema=None) as batch_op:
        batch_op.create_index("ix_requests_once_at", ["at"], unique=False)

    op.create_table(
        "ticket_notices",
        sa.Column("system", sa.String(length=120), nullable=False),
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("signed_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("system", "digest", name=op.f("pk_ticket_notices")),
    )
    with op.batch_alter_table("ticket_notices", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_notices_signed_at", ["signed_at"], unique=False)

    op.create_table(
        "tickets",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("system", sa.String(length=120), nullable=False),
        sa.Column(
            "declared",
            sa.String(length=71),
            nullable=False,
            comment="Digest of the declared system, when it was queued.",
        ),
        sa.Column(
            "use_case", sa.String(length=120), nullable=False, comment="No reference: a ticket outlives its use case."
        ),
        sa.Column("criterion", sa.String(length=60), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False, comment="Counts the tickets about one blocker."),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("dimension", sa.String(length=20), nullable=False),
        sa.Column("duty", sa.String(length=20), nullable=False),
        sa.Column("correlation", sa.String(length=40), nullable=False),
        sa.Column("content", sa.Text(), nullable=False, comment="What leaves the house, as it was shown."),
        sa.Column("queued_at", sa.String(27), nullable=False),
        sa.Column("queued_by", sa.String(length=120), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("ref", sa.String(length=100), nullable=True),
        sa.Column("number", sa.String(length=100), nullable=True),
        sa.Column("url", sa.String(length=1000), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=True),
        sa.Column("word", sa.String(length=100), nullable=True),
        sa.Column("sent_at", sa.String(27), nullable=True),
        sa.Column("read_at", sa.String(27), nullable=True),
        sa.Column("gone_at", sa.String(27), nullable=True),
        sa.Column("met", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=True),
        sa.Column("told", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("correlation", name=op.f("uq_tickets_correlation")),
    )
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.create_index("ix_tickets_system_ref", ["system", "ref"], unique=False)
        batch_op.create_index("ix_tickets_use_case_criterion", ["use_case", "criterion"], unique=False)

    op.create_table(
        "timers",
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("due_at", sa.String(27), nullable=False),
        sa.Column("data", sa.Text(), nullable=False, comment="Canonical JSON."),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("dead_at", sa.String(27), nullable=True, comment="When it was given up."),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_timers")),
    )
    with op.batch_alter_table("timers", schema=None) as batch_op:
        batch_op.create_index("ix_timers_due_at", ["due_at"], unique=False)

    op.create_table(
        "diagnoses",
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False, comment="Of the use case, when it was diagnosed."),
        sa.Column("rules", sa.String(length=71), nullable=False, comment="Digest of the rules in force."),
        sa.Column(
            "next_change_at",
            sa.String(27),
            nullable=True,
            comment="When it changes by itself; empty where nothing expires.",
        ),
        sa.Column("diagnosed_at", sa.String(27), nullable=False),
        sa.Column(
            "signs",
            sa.Text(),
            nullable=True,
            comment="A letter per sign: t, f or - for not known. Empty for a retired use case.",
        ),
        sa.Column(
            "findings",
            sa.Text(),
            nullable=True,
            comment="Three letters per mode: status, severity, r where a report decides.",
        ),
        sa.ForeignKeyConstraint(
            ["use_case"], ["use_cases.name"], name=op.f("fk_diagnoses_use_case"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("use_case", name=op.f("pk_diagnoses")),
    )
    with op.batch_alter_table("diagnoses", schema=None) as batch_op:
        batch_op.create_index(
            "ix_diagnoses_freshness", ["use_case", "revision", "rules", "next_change_at"], unique=False
        )

    op.create_table(
        "discovery_sightings",
        sa.Column("upload", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("proposal", sa.String(length=32), nullable=False),
        sa.Column("vendor", sa.String(length=300), nullable=True),
        sa.Column("spellings", sa.Text(), nullable=False, comment="JSON: spelling to rows."),
        sa.Column("model", sa.String(length=300), nullable=True),
        sa.Column("host", sa.String(length=300), nullable=True),
        sa.Column("app", sa.String(length=300), nullable=True),
        sa.Column("team", sa.String(length=300), nullable=True),
        sa.Column("key", sa.String(length=300), nullable=True),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.Text(), nullable=False, comment="JSON: currency to amount as text."),
        sa.Column("people", sa.Integer(), nullable=False, comment="How many; who they are is never kept."),
        sa.Column("more_people", sa.Boolean(), nullable=False),
        sa.Column("first_seen", sa.String(27), nullable=True),
        sa.Column("last_seen", sa.String(27), nullable=True),
        sa.Column(
            "release", sa.Text(), nullable=True, comment="JSON: version, aliases, run and digest of a registered model."
        ),
        sa.ForeignKeyConstraint(
            ["upload"], ["discovery_uploads.id"], name=op.f("fk_discovery_sightings_upload"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("upload", "position", name=op.f("pk_discovery_sightings")),
    )
    with op.batch_alter_table("discovery_sightings", schema=None) as batch_op:
        batch_op.create_index("ix_discovery_sightings_proposal", ["proposal"], unique=False)

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
        "ticket_messages",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ticket", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("queued_at", sa.String(27), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.String(27), nullable=True),
        sa.Column("sent_at", sa.String(27), nullable=True),
        sa.Column("dead_at", sa.String(27), nullable=True),
        sa.Column("error_code", sa.String(length=100), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.id"], name=op.f("fk_ticket_messages_ticket"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_messages")),
    )
    with op.batch_alter_table("ticket_messages", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_messages_ticket", ["ticket"], unique=False)

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
    with op.batch_alter_table("assessments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("known_expired", sa.SmallInteger(), server_default="0", nullable=False))
        batch_op.add_column(
            sa.Column(
                "effort_low", sa.Integer(), server_default="0", nullable=False, comment="Days for all unmet musts."
            )
        )
        batch_op.add_column(sa.Column("effort_high", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(
            sa.Column(
                "unowned", sa.SmallInteger(), server_default="0", nullable=False, comment="Unmet musts of nobody's."
            )
        )
        batch_op.add_column(
            sa.Column(
                "course",
                sa.Text(),
                server_default="",
                nullable=False,
                comment="Each criterion's mark, and what it will become.",
            )
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
        batch_op.add_column(
            sa.Column(
                "statement_digest",
                sa.String(length=71),
                nullable=True,
                comment="Of the signed statement: the same one is taken once.",
            )
        )
        batch_op.add_column(sa.Column("superseded_by", sa.String(length=36), nullable=True))
        batch_op.add_column(
            sa.Column(
                "expired_at", sa.String(27), nullable=True, comment="When the schedule recorded that its time was over."
            )
        )
        batch_op.create_index("ix_evidence_items_expires_at", ["expires_at"], unique=False)
        batch_op.create_index("uq_evidence_items_statement_digest", ["statement_digest"], unique=True)
