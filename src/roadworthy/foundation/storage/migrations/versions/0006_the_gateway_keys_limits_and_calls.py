"""The gateway: keys, limits and calls."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables here."""
    _call_contents()
    _call_replicas()
    _call_segments()
    _call_windows()
    _calls()
    _gateway_generations()
    _gateway_keys()
    _gateway_passes()
    _limit_leases()
    _limit_subjects()
    _limit_windows()
    _status_parts()


def _call_contents() -> None:
    op.create_table(
        "call_contents",
        sa.Column("call", sa.String(length=36), nullable=False),
        sa.Column("direction", sa.String(length=10), nullable=False),
        sa.Column("use_case", sa.String(length=120), nullable=True),
        sa.Column("commitment", sa.String(length=71), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("kept_at", sa.String(27), nullable=False),
        sa.Column(
            "keep_until",
            sa.String(27),
            nullable=True,
            comment="Where the endpoint says so; else the retention policy does.",
        ),
        sa.Column("erased_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("call", "direction", name=op.f("pk_call_contents")),
    )
    with op.batch_alter_table("call_contents", schema=None) as batch_op:
        batch_op.create_index("ix_call_contents_keep_until", ["erased_at", "keep_until"], unique=False)
        batch_op.create_index("ix_call_contents_kept_at", ["erased_at", "kept_at"], unique=False)


def _call_replicas() -> None:
    op.create_table(
        "call_replicas",
        sa.Column("writer", sa.String(length=36), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.String(27), nullable=False),
        sa.Column("seen_at", sa.String(27), nullable=False),
        sa.Column("left_at", sa.String(27), nullable=True, comment="Gone; its open calls were looked after."),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("writer", name=op.f("pk_call_replicas")),
    )


def _call_segments() -> None:
    op.create_table(
        "call_segments",
        sa.Column("segment", sa.String(length=36), nullable=False),
        sa.Column("writer", sa.String(length=36), nullable=False),
        sa.Column("indexed_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("segment", name=op.f("pk_call_segments")),
    )


def _call_windows() -> None:
    op.create_table(
        "call_windows",
        sa.Column("writer", sa.String(length=36), nullable=False),
        sa.Column("at", sa.String(27), nullable=False, comment="Begin of ten seconds."),
        sa.Column("counted", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("writer", "at", name=op.f("pk_call_windows")),
    )
    with op.batch_alter_table("call_windows", schema=None) as batch_op:
        batch_op.create_index("ix_call_windows_at", ["at"], unique=False)


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("writer", sa.String(length=36), nullable=False, comment="The replica that recorded it."),
        sa.Column("surface", sa.String(length=20), nullable=False),
        sa.Column("ruling", sa.String(length=10), nullable=False),
        sa.Column("enforcement", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=True),
        sa.Column("use_case", sa.String(length=120), nullable=True),
        sa.Column("stage", sa.String(length=20), nullable=True),
        sa.Column("endpoint", sa.String(length=120), nullable=True),
        sa.Column("release", sa.String(length=71), nullable=True),
        sa.Column("certificate", sa.String(length=40), nullable=True),
        sa.Column("model", sa.String(length=120), nullable=False),
        sa.Column("rule", sa.String(length=160), nullable=True),
        sa.Column("trace", sa.String(length=32), nullable=True),
        sa.Column("intent_segment", sa.String(length=36), nullable=False),
        sa.Column("intent_index", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("ended_at", sa.String(27), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(length=80), nullable=True),
        sa.Column("upstream", sa.String(length=120), nullable=True, comment="The last that was tried."),
        sa.Column("attempts", sa.Integer(), nullable=True),
        sa.Column("milliseconds", sa.BigInteger(), nullable=True),
        sa.Column("first_token_milliseconds", sa.BigInteger(), nullable=True),
        sa.Column("input_tokens", sa.BigInteger(), nullable=True),
        sa.Column("output_tokens", sa.BigInteger(), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=True, comment="In millionths of the currency's unit."),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("result_segment", sa.String(length=36), nullable=True),
        sa.Column("result_index", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
    )
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.create_index("ix_calls_intent_segment", ["intent_segment"], unique=False)
        batch_op.create_index("ix_calls_outcome", ["outcome", "id"], unique=False)
        batch_op.create_index("ix_calls_result_segment", ["result_segment"], unique=False)
        batch_op.create_index("ix_calls_rule", ["rule", "id"], unique=False)
        batch_op.create_index("ix_calls_trace", ["trace"], unique=False)
        batch_op.create_index("ix_calls_use_case", ["use_case", "id"], unique=False)


def _gateway_generations() -> None:
    op.create_table(
        "gateway_generations",
        sa.Column("single", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "generation", sa.Integer(), nullable=False, comment="Counts every change of what the gateway goes by."
        ),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("single", name=op.f("pk_gateway_generations")),
    )


def _gateway_keys() -> None:
    op.create_table(
        "gateway_keys",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("secret_digest", sa.String(length=71), nullable=False),
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column(
            "workload",
            sa.String(length=120),
            nullable=True,
            comment="Declared workload whose access tokens are taken for this key.",
        ),
        sa.Column("endpoints", sa.Text(), nullable=True, comment="JSON list of names; null for all of the use case."),
        sa.Column("follows", sa.String(length=36), nullable=True, comment="Id of the key in whose place it was made."),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.Column("last_used_at", sa.String(27), nullable=True, comment="To the minute; written beside the calls."),
        sa.Column("revoked_at", sa.String(27), nullable=True),
        sa.Column("revoked_by", sa.String(length=120), nullable=True),
        sa.Column("revoked_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_keys")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_gateway_keys_secret_digest")),
    )
    with op.batch_alter_table("gateway_keys", schema=None) as batch_op:
        batch_op.create_index("ix_gateway_keys_name", ["name"], unique=False)
        batch_op.create_index("ix_gateway_keys_use_case", ["use_case"], unique=False)


def _gateway_passes() -> None:
    op.create_table(
        "gateway_passes",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("endpoint", sa.String(length=120), nullable=False),
        sa.Column("certificate", sa.String(length=40), nullable=False, comment="Serial; with it the pass ends."),
        sa.Column("rule", sa.String(length=60), nullable=False, comment="`envelope:TERM`."),
        sa.Column("about", sa.String(length=300), nullable=False, comment="What exactly of the term."),
        sa.Column("until", sa.String(27), nullable=False),
        sa.Column("opened_at", sa.String(27), nullable=False),
        sa.Column("request", sa.String(length=36), nullable=True, comment="Decision by which it was opened."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_passes")),
    )
    with op.batch_alter_table("gateway_passes", schema=None) as batch_op:
        batch_op.create_index("ix_gateway_passes_until", ["until"], unique=False)


def _limit_leases() -> None:
    op.create_table(
        "limit_leases",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("starts", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("replica", sa.String(length=36), nullable=False, comment="Of one run of a process."),
        sa.Column("fence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False, comment="As the process said last."),
        sa.Column("granted_at", sa.String(27), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False, comment="By the store's clock."),
        sa.Column(
            "lapsed_at",
            sa.String(27),
            nullable=True,
            comment="When its process was given up; all of it counts until reconciled.",
        ),
        sa.PrimaryKeyConstraint("id", "starts", "replica", "fence", name=op.f("pk_limit_leases")),
    )
    with op.batch_alter_table("limit_leases", schema=None) as batch_op:
        batch_op.create_index("ix_limit_leases_expires_at", ["expires_at"], unique=False)


def _limit_subjects() -> None:
    op.create_table(
        "limit_subjects",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column(
            "name", sa.String(length=240), nullable=False, comment="Of a budget, a use case and stage, or an endpoint."
        ),
        sa.Column("rule", sa.String(length=160), nullable=False),
        sa.Column("counter", sa.String(length=80), nullable=False, comment="In words: calls per day."),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, comment="JSON: dimension to value; users as pseudonyms."),
        sa.Column("use_case", sa.String(length=120), nullable=True),
        sa.Column(
            "short_at",
            sa.String(27),
            nullable=True,
            comment="When a process last found no room; others give back what lies idle.",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limit_subjects")),
    )
    with op.batch_alter_table("limit_subjects", schema=None) as batch_op:
        batch_op.create_index("ix_limit_subjects_name", ["name"], unique=False)


def _limit_windows() -> None:
    op.create_table(
        "limit_windows",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("starts", sa.BigInteger(), autoincrement=False, nullable=False, comment="Seconds since 1970."),
        sa.Column("ends", sa.BigInteger(), nullable=True, comment="Null for what has no end."),
        sa.Column("spent", sa.BigInteger(), nullable=False, comment="Used, in leases that are closed."),
        sa.Column("leased", sa.BigInteger(), nullable=False, comment="In leases that are open."),
        sa.Column("told", sa.Integer(), nullable=False, comment="The highest percentage that owners were told."),
        sa.PrimaryKeyConstraint("id", "starts", name=op.f("pk_limit_windows")),
    )
    with op.batch_alter_table("limit_windows", schema=None) as batch_op:
        batch_op.create_index("ix_limit_windows_ends", ["ends"], unique=False)


def _status_parts() -> None:
    op.create_table(
        "status_parts",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="JSON, whose SHA-256 the head names."),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_status_parts")),
    )
