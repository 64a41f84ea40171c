"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables here."""
    op.create_table(
        "import_mappings",
        sa.Column("signature", sa.String(length=71), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False, comment="JSON."),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("signature", name="pk_import_mappings"),
    )
    op.create_table(
        "import_runs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("file", sa.String(length=400), nullable=False),
        sa.Column("digest", sa.String(length=71), nullable=False, comment="Of the file's bytes."),
        sa.Column("form", sa.String(length=40), nullable=False),
        sa.Column("signature", sa.String(length=71), nullable=False, comment="Digest of the headers."),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column(
            "report", sa.Text(), nullable=False, comment="JSON: columns, notes, variants, what was created and changed."
        ),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_runs"),
    )
    op.create_index("ix_import_runs_at", "import_runs", ["at"], unique=False)
    op.create_index("ix_import_runs_digest", "import_runs", ["digest"], unique=False)
    op.create_table(
        "imported_specs",
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("import_id", sa.String(length=36), nullable=False),
        sa.Column("file", sa.String(length=400), nullable=False),
        sa.Column(
            "spec", sa.Text(), nullable=False, comment="JSON: the spec as it was imported last; the base of comparison."
        ),
        sa.PrimaryKeyConstraint("use_case", name="pk_imported_specs"),
    )
    op.create_table(
        "ledger_checkpoints",
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_ledger_checkpoints"),
    )
    op.create_table(
        "ledger_entries",
        sa.Column(
            "position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("actor_ref", sa.String(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_ledger_entries"),
        sa.UniqueConstraint("id", name="uq_ledger_entries_id"),
    )
    op.create_index("ix_ledger_entries_actor_ref", "ledger_entries", ["actor_ref", "position"], unique=False)
    op.create_index("ix_ledger_entries_resource", "ledger_entries", ["resource", "position"], unique=False)
    op.create_index("ix_ledger_entries_what", "ledger_entries", ["what", "position"], unique=False)
    op.create_table(
        "ledger_frontier",
        sa.Column("single", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=False),
        sa.Column("fence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("single", name="pk_ledger_frontier"),
        sa.CheckConstraint("single = 1", name="single_row"),
    )
    op.create_table(
        "ledger_inbox",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("actor_ref", sa.String(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_ledger_inbox"),
        sa.UniqueConstraint("id", name="uq_ledger_inbox_id"),
    )
    op.create_table(
        "ledger_lease",
        sa.Column("single", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=36), nullable=False),
        sa.Column("fence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("single", name="pk_ledger_lease"),
        sa.CheckConstraint("single = 1", name="single_row"),
    )
    op.create_table(
        "ledger_payloads",
        sa.Column("ref", sa.String(length=36), nullable=False),
        sa.Column("commitment", sa.String(length=71), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("retention", sa.String(length=32), nullable=False),
        sa.Column("erased_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("ref", name="pk_ledger_payloads"),
    )
    op.create_table(
        "ledger_tiles",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tile", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "tile", name="pk_ledger_tiles"),
    )
    op.create_table(
        "owner_acceptances",
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("duty", sa.String(length=20), nullable=False),
        sa.Column("named", sa.String(length=320), nullable=False),
        sa.Column("person_ref", sa.String(length=36), nullable=False),
        sa.Column("accepted_at", sa.String(27), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("use_case", "duty", name="pk_owner_acceptances"),
    )
    op.create_table(
        "people",
        sa.Column("ref", sa.String(length=36), nullable=False),
        sa.Column(
            "handle", sa.String(length=320), nullable=True, comment="Folded address or account name; null once erased."
        ),
        sa.Column("name", sa.String(length=320), nullable=True),
        sa.Column("issuer", sa.String(length=320), nullable=False),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("signed_in_at", sa.String(27), nullable=True),
        sa.Column("erased_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("ref", name="pk_people"),
        sa.UniqueConstraint("handle", name="uq_people_handle"),
    )
    op.create_table(
        "reported_answers",
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("fact", sa.String(length=80), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=False),
        sa.Column("import_id", sa.String(length=36), nullable=False),
        sa.Column("place", sa.String(length=400), nullable=False, comment="Sheet and cell that said so."),
        sa.Column("reported_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("use_case", "fact", name="pk_reported_answers"),
    )
    op.create_table(
        "resource_versions",
        sa.Column("kind", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=True),
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("via", sa.String(length=40), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", "generation", name="pk_resource_versions"),
    )
    op.create_table(
        "resources",
        sa.Column("kind", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name="pk_resources"),
    )
    op.create_table(
        "sign_in_tokens",
        sa.Column("token_digest", sa.String(length=71), nullable=False),
        sa.Column(
            "handle",
            sa.String(length=320),
            nullable=True,
            comment="Whom it is for; null where the person may say who they are.",
        ),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.Column("used_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("token_digest", name="pk_sign_in_tokens"),
    )
    op.create_table(
        "use_cases",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=1000), nullable=False),
        sa.Column("organisation", sa.String(length=1000), nullable=True),
        sa.Column("unit", sa.String(length=1000), nullable=True),
        sa.Column("sector", sa.String(length=40), nullable=True),
        sa.Column("class", sa.String(length=20), nullable=True),
        sa.Column("stage", sa.String(length=20), nullable=True),
        sa.Column("tier", sa.String(length=20), nullable=True),
        sa.Column(
            "search", sa.Text(), nullable=False, comment="Lower-case text that the portfolio's search box looks in."
        ),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column(
            "revision",
            sa.BigInteger(),
            nullable=False,
            comment="Counts every change of anything that an assessment reads: the spec, seats, answers, evidence.",
        ),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_use_cases"),
    )
    op.create_index("ix_use_cases_organisation", "use_cases", ["organisation"], unique=False)
    op.create_table(
        "assessments",
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False, comment="Of the use case, when it was assessed."),
        sa.Column("rubric", sa.String(length=71), nullable=False, comment="Digest of the rubric."),
        sa.Column(
            "next_change_at",
            sa.String(27),
            nullable=True,
            comment="When the result changes by itself; empty where nothing expires.",
        ),
        sa.Column("assessed_at", sa.String(27), nullable=False),
        sa.Column("tone_overall", sa.String(length=8), nullable=False),
        sa.Column("tone_data", sa.String(length=8), nullable=False),
        sa.Column("tone_governance", sa.String(length=8), nullable=False),
        sa.Column("tone_integration", sa.String(length=8), nullable=False),
        sa.Column("tone_ownership", sa.String(length=8), nullable=False),
        sa.Column("coverage_overall", sa.SmallInteger(), nullable=False),
        sa.Column("coverage_data", sa.SmallInteger(), nullable=False),
        sa.Column("coverage_governance", sa.SmallInteger(), nullable=False),
        sa.Column("coverage_integration", sa.SmallInteger(), nullable=False),
        sa.Column("coverage_ownership", sa.SmallInteger(), nullable=False),
        sa.Column("score_overall", sa.SmallInteger(), nullable=False),
        sa.Column("score_data", sa.SmallInteger(), nullable=False),
        sa.Column("score_governance", sa.SmallInteger(), nullable=False),
        sa.Column("score_integration", sa.SmallInteger(), nullable=False),
        sa.Column("score_ownership", sa.SmallInteger(), nullable=False),
        sa.Column("seat_product", sa.String(length=12), nullable=False),
        sa.Column("seat_platform", sa.String(length=12), nullable=False),
        sa.Column("seat_governance", sa.String(length=12), nullable=False),
        sa.Column("seat_business", sa.String(length=12), nullable=False),
        sa.Column("known_declared", sa.SmallInteger(), nullable=False),
        sa.Column("known_reported", sa.SmallInteger(), nullable=False),
        sa.Column("known_attested", sa.SmallInteger(), nullable=False),
        sa.Column("known_documented", sa.SmallInteger(), nullable=False),
        sa.Column("known_measured", sa.SmallInteger(), nullable=False),
        sa.Column("known_unknown", sa.SmallInteger(), nullable=False),
        sa.Column("blockers", sa.SmallInteger(), nullable=False),
        sa.Column(
            "first_blocker", sa.String(length=200), nullable=True, comment="Title of the blocker of least effort."
        ),
        sa.Column("first_step", sa.String(length=1000), nullable=True, comment="What turns it green."),
        sa.Column("first_duty", sa.String(length=12), nullable=True),
        sa.Column("first_person", sa.String(length=320), nullable=True),
        sa.ForeignKeyConstraint(["use_case"], ["use_cases.name"], name="fk_assessments_use_case", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("use_case", name="pk_assessments"),
    )
    op.create_index(
        "ix_assessments_freshness", "assessments", ["use_case", "revision", "rubric", "next_change_at"], unique=False
    )
    op.create_table(
        "evidence_items",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("fact", sa.String(length=100), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column(
            "statement", sa.Text(), nullable=True, comment="Free text; the ledger holds only a salted commitment to it."
        ),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("observed_from", sa.Date(), nullable=False),
        sa.Column("observed_to", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.String(27), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("withdrawn_at", sa.String(27), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=120), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["use_case"], ["use_cases.name"], name="fk_evidence_items_use_case", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_evidence_items"),
    )
    op.create_index("ix_evidence_items_use_case_fact", "evidence_items", ["use_case", "fact"], unique=False)
    op.create_table(
        "import_rows",
        sa.Column("import_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sheet", sa.String(length=255), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False, comment="As the spreadsheet shows it, from 1."),
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column(
            "cells",
            sa.Text(),
            nullable=False,
            comment="JSON: the source cells, word for word, in the order of the columns.",
        ),
        sa.Column("remarks", sa.Text(), nullable=False, comment="JSON: flags, and values that fill no field."),
        sa.ForeignKeyConstraint(["import_id"], ["import_runs.id"], name="fk_import_rows_import_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("import_id", "position", name="pk_import_rows"),
    )
    op.create_index("ix_import_rows_use_case", "import_rows", ["use_case"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("secret_digest", sa.String(length=71), nullable=False),
        sa.Column("person_ref", sa.String(length=36), nullable=False),
        sa.Column("authenticated", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["person_ref"], ["people.ref"], name="fk_sessions_person_ref"),
        sa.PrimaryKeyConstraint("secret_digest", name="pk_sessions"),
    )
