"""Data path audits and probes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables here."""
    _fingerprints()
    _audit_runs()
    _fingerprint_parts()
    _gaps()
    _probe_runs()
    _audit_results()
    _gap_waivers()


def _fingerprints() -> None:
    op.create_table(
        "fingerprints",
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("content", sa.Text(), nullable=False, comment="The JSON as it is signed and exported."),
        sa.Column("measured_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_fingerprints")),
    )


def _audit_runs() -> None:
    op.create_table(
        "audit_runs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False, comment="running, finished, cancelled, failed."),
        sa.Column("requested_at", sa.String(27), nullable=False),
        sa.Column("requested_by", sa.String(length=120), nullable=False),
        sa.Column("finished_at", sa.String(27), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column(
            "progress", sa.Text(), nullable=True, comment="JSON: what is done, of how much, what is next, seconds left."
        ),
        sa.Column("fault", sa.Text(), nullable=True, comment="JSON of the error that ended it."),
        sa.Column("policy_digest", sa.String(length=71), nullable=True),
        sa.Column("evidence", sa.String(length=36), nullable=True, comment="Item that the run handed in."),
        sa.ForeignKeyConstraint(
            ["use_case"], ["use_cases.name"], name=op.f("fk_audit_runs_use_case"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_runs")),
    )
    with op.batch_alter_table("audit_runs", schema=None) as batch_op:
        batch_op.create_index("ix_audit_runs_use_case", ["use_case", "requested_at"], unique=False)


def _fingerprint_parts() -> None:
    op.create_table(
        "fingerprint_parts",
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("part", sa.String(length=300), nullable=False),
        sa.Column(
            "version",
            sa.String(length=120),
            nullable=False,
            comment="Time and size, or tag: another one is measured anew.",
        ),
        sa.Column("plan", sa.String(length=71), nullable=False, comment="Digest of what was asked of the part."),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["use_case"], ["use_cases.name"], name=op.f("fk_fingerprint_parts_use_case"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("use_case", "source", "side", "part", name=op.f("pk_fingerprint_parts")),
    )


def _gaps() -> None:
    op.create_table(
        "gaps",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("owner", sa.String(length=320), nullable=True),
        sa.Column("content", sa.Text(), nullable=False, comment="JSON of the gap as last seen."),
        sa.Column("first_seen", sa.String(27), nullable=False),
        sa.Column("last_seen", sa.String(27), nullable=False),
        sa.Column("last_run", sa.String(length=36), nullable=False),
        sa.Column("closed_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(["use_case"], ["use_cases.name"], name=op.f("fk_gaps_use_case"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gaps")),
    )
    with op.batch_alter_table("gaps", schema=None) as batch_op:
        batch_op.create_index("ix_gaps_use_case", ["use_case", "status"], unique=False)


def _probe_runs() -> None:
    op.create_table(
        "probe_runs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("system", sa.String(length=1000), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("started_at", sa.String(27), nullable=False),
        sa.Column("finished_at", sa.String(27), nullable=False),
        sa.Column("requested_by", sa.String(length=120), nullable=False),
        sa.Column("content", sa.Text(), nullable=False, comment="JSON of the probe: every trial with what came back."),
        sa.Column("evidence", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["use_case"], ["use_cases.name"], name=op.f("fk_probe_runs_use_case"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_probe_runs")),
    )
    with op.batch_alter_table("probe_runs", schema=None) as batch_op:
        batch_op.create_index("ix_probe_runs_use_case", ["use_case", "started_at"], unique=False)


def _audit_results() -> None:
    op.create_table(
        "audit_results",
        sa.Column("run", sa.String(length=36), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("pilot", sa.String(length=71), nullable=True, comment="Digest of the fingerprint."),
        sa.Column("production", sa.String(length=71), nullable=True),
        sa.Column("audit", sa.Text(), nullable=True, comment="JSON of the audit without the fingerprints."),
        sa.Column(
            "fault", sa.Text(), nullable=True, comment="JSON of the error that kept this source from being audited."
        ),
        sa.Column("finished_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["audit_runs.id"], name=op.f("fk_audit_results_run"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "source", name=op.f("pk_audit_results")),
    )


def _gap_waivers() -> None:
    op.create_table(
        "gap_waivers",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("gap", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("control", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.Column("ended_at", sa.String(27), nullable=True),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["gap"], ["gaps.id"], name=op.f("fk_gap_waivers_gap"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_waivers")),
    )
    with op.batch_alter_table("gap_waivers", schema=None) as batch_op:
        batch_op.create_index("ix_gap_waivers_gap", ["gap"], unique=False)
