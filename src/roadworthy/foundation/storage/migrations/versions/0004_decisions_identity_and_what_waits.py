"""Decisions, identity and what waits."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables here."""
    _change_records()
    _dead_letters()
    _decision_delegations()
    _decision_requests()
    _device_logins()
    _groups()
    _ledger_consumers()
    _logout_tokens()
    _machine_runs()
    _notification_messages()
    _notification_preferences()
    _schedule_fires()
    _schedules()
    _sign_ins()
    _workloads()
    _accounts()
    _break_glass()
    _break_glass_codes()
    _criterion_waivers()
    _decision_openings()
    _decision_request_base()
    _decision_selectors()
    _decision_uses()
    _decision_votes()
    _directory_records()
    _former_handles()
    _group_members()
    _machine_moves()
    _notification_deliveries()
    _owner_acceptances()
    _people()
    _program_tokens()
    _sessions()
    _timers()


def _change_records() -> None:
    op.create_table(
        "change_records",
        sa.Column("system", sa.String(length=120), nullable=False, comment="Name of the declared ticket system."),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("asked_at", sa.String(27), nullable=False),
        sa.Column(
            "read_at", sa.String(27), nullable=True, comment="When it was last read; empty before the first time."
        ),
        sa.Column("state", sa.String(length=200), nullable=True, comment="In the words of the system."),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("starts_at", sa.String(27), nullable=True),
        sa.Column("ends_at", sa.String(27), nullable=True),
        sa.Column("fault", sa.String(length=500), nullable=True, comment="Why it could not be read."),
        sa.PrimaryKeyConstraint("system", "number", name=op.f("pk_change_records")),
    )


def _dead_letters() -> None:
    op.create_table(
        "dead_letters",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=260), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False, comment="Reference of a person, or a role."),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False, comment="Canonical JSON: what it takes to try again."),
        sa.Column("again_at", sa.String(27), nullable=True, comment="When somebody asked to have it tried again."),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_dead_letters")),
    )
    with op.batch_alter_table("dead_letters", schema=None) as batch_op:
        batch_op.create_index("ix_dead_letters_since", ["since"], unique=False)


def _decision_delegations() -> None:
    op.create_table(
        "decision_delegations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("by_ref", sa.String(length=36), nullable=False),
        sa.Column("to_ref", sa.String(length=36), nullable=False),
        sa.Column("decides", sa.String(length=40), nullable=True, comment="Only this class; null for all."),
        sa.Column("use_case", sa.String(length=120), nullable=True, comment="Only this use case; null for all."),
        sa.Column("starts_at", sa.String(27), nullable=False),
        sa.Column("ends_at", sa.String(27), nullable=False),
        sa.Column("ended_at", sa.String(27), nullable=True, comment="Taken back before its time."),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_delegations")),
    )
    with op.batch_alter_table("decision_delegations", schema=None) as batch_op:
        batch_op.create_index("ix_decision_delegations_by_ref", ["by_ref"], unique=False)
        batch_op.create_index("ix_decision_delegations_to_ref", ["to_ref"], unique=False)


def _decision_requests() -> None:
    op.create_table(
        "decision_requests",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column(
            "subject",
            sa.String(length=40),
            nullable=False,
            comment="Which executor carries it out: `plan`, `waive-gap`.",
        ),
        sa.Column("title", sa.String(length=1000), nullable=False),
        sa.Column("use_case", sa.String(length=120), nullable=True),
        sa.Column("classes", sa.Text(), nullable=False, comment="JSON list."),
        sa.Column(
            "content", sa.Text(), nullable=False, comment="Canonical JSON of exactly what is decided and carried out."
        ),
        sa.Column("content_digest", sa.String(length=71), nullable=False),
        sa.Column("acts", sa.Text(), nullable=False, comment="JSON: the acts that it covers, with facts and digests."),
        sa.Column(
            "base", sa.Text(), nullable=False, comment="JSON: resource to digest of the state it was made against."
        ),
        sa.Column("rights_digest", sa.String(length=71), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False, comment="JSON: the rules that ask, as they stood."),
        sa.Column("approved_by", sa.Text(), nullable=False, comment="JSON list of rules that approved beforehand."),
        sa.Column(
            "digest",
            sa.String(length=71),
            nullable=False,
            comment="Over content, acts, base, rights: what a vote names.",
        ),
        sa.Column(
            "salt", sa.String(length=64), nullable=False, comment="Part of the digest: it cannot be found by guessing."
        ),
        sa.Column("proposer_kind", sa.String(length=10), nullable=False),
        sa.Column("proposer_ref", sa.String(length=120), nullable=False),
        sa.Column("on_behalf_of", sa.String(length=120), nullable=True),
        sa.Column("excluded", sa.Text(), nullable=False, comment="JSON: people whose yes cannot count."),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "change_number", sa.String(length=100), nullable=True, comment="Of the change record in another system."
        ),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False, comment="Escalations so far."),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("deadline_at", sa.String(27), nullable=False),
        sa.Column("valid_until", sa.String(27), nullable=True, comment="Until when an approval can be used."),
        sa.Column("ended_at", sa.String(27), nullable=True),
        sa.Column("why_ended", sa.Text(), nullable=True),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_requests")),
    )
    with op.batch_alter_table("decision_requests", schema=None) as batch_op:
        batch_op.create_index("ix_decision_requests_proposer_ref", ["proposer_ref"], unique=False)
        batch_op.create_index("ix_decision_requests_state_deadline_at", ["state", "deadline_at"], unique=False)
        batch_op.create_index("ix_decision_requests_use_case", ["use_case"], unique=False)


def _device_logins() -> None:
    op.create_table(
        "device_logins",
        sa.Column("device_digest", sa.String(length=71), nullable=False),
        sa.Column("user_code", sa.String(length=20), nullable=False),
        sa.Column(
            "client",
            sa.String(length=200),
            nullable=False,
            comment="What asks, as it calls itself; shown to the person.",
        ),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.Column("polled_at", sa.String(27), nullable=True),
        sa.Column("confirmed_at", sa.String(27), nullable=True),
        sa.Column("refused_at", sa.String(27), nullable=True),
        sa.Column("person_ref", sa.String(length=36), nullable=True),
        sa.Column("session", sa.Text(), nullable=True, comment="JSON of the proof that the confirmation gives on."),
        sa.Column("used_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("device_digest", name=op.f("pk_device_logins")),
        sa.UniqueConstraint("user_code", name=op.f("uq_device_logins_user_code")),
    )


def _groups() -> None:
    op.create_table(
        "groups",
        sa.Column("ref", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "source",
            sa.String(length=330),
            nullable=False,
            comment="What keeps it: `scim`, `hr`, `oidc:PROVIDER`, `local`.",
        ),
        sa.Column("folded", sa.String(length=400), nullable=False, comment="The name without case: no two alike."),
        sa.Column("external_id", sa.String(length=320), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_groups")),
        sa.UniqueConstraint("folded", name=op.f("uq_groups_folded")),
        sa.UniqueConstraint("name", name=op.f("uq_groups_name")),
    )
    with op.batch_alter_table("groups", schema=None) as batch_op:
        batch_op.create_index("ix_groups_external_id", ["external_id"], unique=False)


def _ledger_consumers() -> None:
    op.create_table(
        "ledger_consumers",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="Of the ledger's entry that is next.",
        ),
        sa.Column(
            "fence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="Grows with every change of hands.",
        ),
        sa.Column("holder", sa.String(length=36), nullable=True, comment="The process that works for it."),
        sa.Column("leased_until", sa.String(27), nullable=True, comment="By the database's clock."),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="At the entry that is next."),
        sa.Column("retry_at", sa.String(27), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("moved_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_ledger_consumers")),
    )


def _logout_tokens() -> None:
    op.create_table(
        "logout_tokens",
        sa.Column("issuer", sa.String(length=320), nullable=False),
        sa.Column("jti", sa.String(length=320), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "jti", name=op.f("pk_logout_tokens")),
    )


def _machine_runs() -> None:
    op.create_table(
        "machine_runs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("machine", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("data", sa.Text(), nullable=False, comment="Canonical JSON."),
        sa.Column("moves", sa.Integer(), nullable=False, comment="How often it was moved: what a mover compares."),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("moved_at", sa.String(27), nullable=False),
        sa.Column("ended_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine_runs")),
    )
    with op.batch_alter_table("machine_runs", schema=None) as batch_op:
        batch_op.create_index("ix_machine_runs_machine_version", ["machine", "version"], unique=False)


def _notification_messages() -> None:
    op.create_table(
        "notification_messages",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("topic", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=1000), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False, comment="JSON list of sentences."),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False, comment="Canonical JSON, for programs."),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_messages")),
    )


def _notification_preferences() -> None:
    op.create_table(
        "notification_preferences",
        sa.Column("person_ref", sa.String(length=36), nullable=False),
        sa.Column("chosen", sa.Text(), nullable=False, comment="JSON of what the person entered."),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("person_ref", name=op.f("pk_notification_preferences")),
    )


def _schedule_fires() -> None:
    op.create_table(
        "schedule_fires",
        sa.Column("schedule", sa.String(length=60), nullable=False),
        sa.Column("fire_at", sa.String(27), nullable=False),
        sa.Column("fired_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("schedule", "fire_at", name=op.f("pk_schedule_fires")),
    )


def _schedules() -> None:
    op.create_table(
        "schedules",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("cadence", sa.String(length=120), nullable=False),
        sa.Column("next_at", sa.String(27), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="At the fire that is next."),
        sa.Column("retry_at", sa.String(27), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_schedules")),
    )


def _sign_ins() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("state_digest", sa.String(length=71), nullable=False),
        sa.Column("issuer", sa.String(length=320), nullable=False),
        sa.Column("nonce", sa.String(length=100), nullable=False),
        sa.Column("verifier", sa.String(length=130), nullable=False, comment="PKCE code verifier (RFC 7636)."),
        sa.Column(
            "browser_digest", sa.String(length=71), nullable=False, comment="Cookie of the browser that began it."
        ),
        sa.Column("go_to", sa.String(length=500), nullable=False),
        sa.Column("asked_acr", sa.String(length=200), nullable=True),
        sa.Column("fresh", sa.Boolean(), nullable=False, comment="Whether a new proof was asked for."),
        sa.Column(
            "former_digest",
            sa.String(length=71),
            nullable=True,
            comment="The session from which it began; it ends with the sign-in.",
        ),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.Column("used_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("state_digest", name=op.f("pk_sign_ins")),
    )


def _workloads() -> None:
    op.create_table(
        "workloads",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("issuer", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.String(length=320), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_workloads")),
        sa.UniqueConstraint("issuer", "subject", name="uq_workloads_issuer_subject"),
    )


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("issuer", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.String(length=320), nullable=False),
        sa.Column("person_ref", sa.String(length=36), nullable=False),
        sa.Column(
            "handle",
            sa.String(length=320),
            nullable=True,
            comment="Address that the issuer gives, folded; shown, never trusted as a key.",
        ),
        sa.Column("bound_at", sa.String(27), nullable=False),
        sa.Column("signed_in_at", sa.String(27), nullable=True),
        sa.Column("ended_at", sa.String(27), nullable=True, comment="When it was unbound."),
        sa.ForeignKeyConstraint(["person_ref"], ["people.ref"], name=op.f("fk_accounts_person_ref")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_accounts")),
    )
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.create_index("ix_accounts_person_ref", ["person_ref"], unique=False)


def _break_glass() -> None:
    op.create_table(
        "break_glass",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_ref", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("opened_by", sa.String(length=36), nullable=False),
        sa.Column("opened_at", sa.String(27), nullable=False),
        sa.Column("confirm_before", sa.String(27), nullable=False),
        sa.Column("confirmed_by", sa.String(length=36), nullable=True),
        sa.Column("confirmed_at", sa.String(27), nullable=True),
        sa.Column(
            "sign_in_digest", sa.String(length=71), nullable=True, comment="Of the link that signs the person in, once."
        ),
        sa.Column(
            "expires_at",
            sa.String(27),
            nullable=True,
            comment="From when it opens nothing; null until it was confirmed.",
        ),
        sa.Column("used_at", sa.String(27), nullable=True),
        sa.Column("ended_at", sa.String(27), nullable=True),
        sa.Column("ended_by", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["person_ref"], ["people.ref"], name=op.f("fk_break_glass_person_ref")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_break_glass")),
        sa.UniqueConstraint("sign_in_digest", name=op.f("uq_break_glass_sign_in_digest")),
    )


def _break_glass_codes() -> None:
    op.create_table(
        "break_glass_codes",
        sa.Column("person_ref", sa.String(length=36), nullable=False),
        sa.Column("code_digest", sa.String(length=71), nullable=False),
        sa.Column("made_at", sa.String(27), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["person_ref"], ["people.ref"], name=op.f("fk_break_glass_codes_person_ref")),
        sa.PrimaryKeyConstraint("person_ref", name=op.f("pk_break_glass_codes")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_break_glass_codes_code_digest")),
    )


def _criterion_waivers() -> None:
    op.create_table(
        "criterion_waivers",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("criterion", sa.String(length=60), nullable=False),
        sa.Column("asked", sa.String(length=71), nullable=False, comment="Digest of what it asked when it was waived."),
        sa.Column("by", sa.String(length=120), nullable=False, comment="Reference of whoever carried it out."),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("control", sa.Text(), nullable=False, comment="What makes up for it meanwhile."),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.Column("ended_at", sa.String(27), nullable=True),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["use_case"], ["use_cases.name"], name=op.f("fk_criterion_waivers_use_case"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criterion_waivers")),
    )
    with op.batch_alter_table("criterion_waivers", schema=None) as batch_op:
        batch_op.create_index("ix_criterion_waivers_use_case", ["use_case"], unique=False)


def _decision_openings() -> None:
    op.create_table(
        "decision_openings",
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("person_ref", sa.String(length=36), nullable=False),
        sa.Column("opened_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["decision_requests.id"], name=op.f("fk_decision_openings_request_id")),
        sa.PrimaryKeyConstraint("request_id", "person_ref", name=op.f("pk_decision_openings")),
    )


def _decision_request_base() -> None:
    op.create_table(
        "decision_request_base",
        sa.Column("resource", sa.String(length=250), nullable=False, comment="`Kind/name`."),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["decision_requests.id"], name=op.f("fk_decision_request_base_request_id")
        ),
        sa.PrimaryKeyConstraint("resource", "request_id", name=op.f("pk_decision_request_base")),
    )
    with op.batch_alter_table("decision_request_base", schema=None) as batch_op:
        batch_op.create_index("ix_decision_request_base_request_id", ["request_id"], unique=False)


def _decision_selectors() -> None:
    op.create_table(
        "decision_selectors",
        sa.Column(
            "selector",
            sa.String(length=300),
            nullable=False,
            comment="`group:risk`, `owner:NAME:product`, `person:REF`.",
        ),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("deadline_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["decision_requests.id"], name=op.f("fk_decision_selectors_request_id")
        ),
        sa.PrimaryKeyConstraint("selector", "request_id", name=op.f("pk_decision_selectors")),
    )
    with op.batch_alter_table("decision_selectors", schema=None) as batch_op:
        batch_op.create_index("ix_decision_selectors_request_id", ["request_id"], unique=False)
        batch_op.create_index(
            "ix_decision_selectors_selector_deadline_at", ["selector", "deadline_at", "request_id"], unique=False
        )


def _decision_uses() -> None:
    op.create_table(
        "decision_uses",
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("used_at", sa.String(27), nullable=False),
        sa.Column("used_by", sa.String(length=120), nullable=False),
        sa.Column("via", sa.String(length=20), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["decision_requests.id"], name=op.f("fk_decision_uses_request_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_decision_uses")),
    )


def _decision_votes() -> None:
    op.create_table(
        "decision_votes",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False, comment="approve, decline, ask, answer, delegate."),
        sa.Column("person_ref", sa.String(length=36), nullable=False),
        sa.Column("delegate_of", sa.String(length=36), nullable=True, comment="In whose place."),
        sa.Column("to_ref", sa.String(length=36), nullable=True, comment="To whom a say was given."),
        sa.Column("until", sa.String(27), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=71), nullable=False, comment="What was before the voter's eyes."),
        sa.Column("issuer", sa.String(length=320), nullable=True),
        sa.Column("auth_time", sa.String(27), nullable=True),
        sa.Column("acr", sa.String(length=200), nullable=True),
        sa.Column("dwell_ms", sa.Integer(), nullable=True, comment="From first opening the page to the vote."),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["decision_requests.id"], name=op.f("fk_decision_votes_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_votes")),
    )
    with op.batch_alter_table("decision_votes", schema=None) as batch_op:
        batch_op.create_index("ix_decision_votes_person_ref_at", ["person_ref", "at"], unique=False)
        batch_op.create_index("ix_decision_votes_request_id", ["request_id"], unique=False)
        batch_op.create_index(
            "uq_decision_votes_once",
            ["request_id", "person_ref"],
            unique=True,
            sqlite_where=sa.text("kind IN ('approve', 'decline')"),
            postgresql_where=sa.text("kind IN ('approve', 'decline')"),
        )


def _directory_records() -> None:
    op.create_table(
        "directory_records",
        sa.Column("person_ref", sa.String(length=36), nullable=False),
        sa.Column(
            "external_id",
            sa.String(length=320),
            nullable=True,
            comment="The key under which the directory itself knows them.",
        ),
        sa.Column(
            "unit", sa.String(length=320), nullable=True, comment="Department or team, as the directory calls it."
        ),
        sa.Column(
            "manager",
            sa.String(length=320),
            nullable=True,
            comment="Handle or employee key of the manager, as it was given.",
        ),
        sa.Column("document", sa.Text(), nullable=False, comment="JSON of what else the directory sent (RFC 7643)."),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["person_ref"], ["people.ref"], name=op.f("fk_directory_records_person_ref")),
        sa.PrimaryKeyConstraint("person_ref", name=op.f("pk_directory_records")),
    )
    with op.batch_alter_table("directory_records", schema=None) as batch_op:
        batch_op.create_index("ix_directory_records_external_id", ["external_id"], unique=False)


def _former_handles() -> None:
    op.create_table(
        "former_handles",
        sa.Column("handle", sa.String(length=320), nullable=False, comment="Folded."),
        sa.Column("person_ref", sa.String(length=36), nullable=False, comment="Who had it last."),
        sa.Column("until", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["person_ref"], ["people.ref"], name=op.f("fk_former_handles_person_ref")),
        sa.PrimaryKeyConstraint("handle", name=op.f("pk_former_handles")),
    )
    with op.batch_alter_table("former_handles", schema=None) as batch_op:
        batch_op.create_index("ix_former_handles_person_ref", ["person_ref"], unique=False)


def _group_members() -> None:
    op.create_table(
        "group_members",
        sa.Column("group_ref", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False, comment="`person` or `group`."),
        sa.Column("member_ref", sa.String(length=36), nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_ref"], ["groups.ref"], name=op.f("fk_group_members_group_ref"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_ref", "kind", "member_ref", name=op.f("pk_group_members")),
    )
    with op.batch_alter_table("group_members", schema=None) as batch_op:
        batch_op.create_index("ix_group_members_member_ref", ["member_ref"], unique=False)


def _machine_moves() -> None:
    op.create_table(
        "machine_moves",
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False, comment="Where it led."),
        sa.Column(
            "signal", sa.String(length=200), nullable=True, comment="Key of the signal that moved it, taken once."
        ),
        sa.Column("at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["machine_runs.id"], name=op.f("fk_machine_moves_run_id")),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_machine_moves")),
        sa.UniqueConstraint("run_id", "signal", name="uq_machine_moves_signal"),
    )


def _notification_deliveries() -> None:
    op.create_table(
        "notification_deliveries",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("message_id", sa.String(length=36), nullable=False),
        sa.Column(
            "channel", sa.String(length=120), nullable=False, comment="Empty where no channel leads to the person."
        ),
        sa.Column("person_ref", sa.String(length=36), nullable=True, comment="Null for a room or a program."),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("due_at", sa.String(27), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("sent_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["notification_messages.id"], name=op.f("fk_notification_deliveries_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_deliveries")),
    )
    with op.batch_alter_table("notification_deliveries", schema=None) as batch_op:
        batch_op.create_index("ix_notification_deliveries_message_id", ["message_id"], unique=False)
        batch_op.create_index("ix_notification_deliveries_person_ref_id", ["person_ref", "id"], unique=False)
        batch_op.create_index("ix_notification_deliveries_state_id", ["state", "id"], unique=False)


def _owner_acceptances() -> None:
    with op.batch_alter_table("owner_acceptances", schema=None) as batch_op:
        batch_op.create_index("ix_owner_acceptances_person_ref", ["person_ref"], unique=False)


def _people() -> None:
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "employee",
                sa.String(length=200),
                nullable=True,
                comment="Key in the staff directory: records with one key are one human.",
            )
        )
        batch_op.add_column(
            sa.Column(
                "human",
                sa.String(length=36),
                nullable=True,
                comment="Same for all records of one human; null for one that stands alone.",
            )
        )
        batch_op.add_column(
            sa.Column(
                "source",
                sa.String(length=60),
                nullable=True,
                comment="What keeps the record: `scim`, `hr`; null for people named here.",
            )
        )
        batch_op.add_column(
            sa.Column(
                "left_at",
                sa.String(27),
                nullable=True,
                comment="When the directory said that they are gone; null while they are here.",
            )
        )
        batch_op.create_index("ix_people_employee", ["employee"], unique=False)
        batch_op.create_index("ix_people_human", ["human"], unique=False)
        batch_op.create_index("ix_people_left_at", ["left_at"], unique=False)


def _program_tokens() -> None:
    with op.batch_alter_table("program_tokens", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "owner_ref",
                sa.String(length=36),
                nullable=True,
                comment="The person who answers for it; null for whoever made it.",
            )
        )
        batch_op.add_column(
            sa.Column(
                "owners_before",
                sa.Text(),
                nullable=True,
                comment="JSON list of references of those who answered for it before.",
            )
        )


def _sessions() -> None:
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "issuer",
                sa.String(length=320),
                nullable=True,
                comment="Whose sign-in it rests on; null for a one-time link.",
            )
        )
        batch_op.add_column(sa.Column("subject", sa.String(length=320), nullable=True))
        batch_op.add_column(
            sa.Column(
                "sid",
                sa.String(length=320),
                nullable=True,
                comment="The issuer's own session, for back-channel logout.",
            )
        )
        batch_op.add_column(
            sa.Column("auth_time", sa.String(27), nullable=True, comment="When the person last proved who they are.")
        )
        batch_op.add_column(sa.Column("acr", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("amr", sa.Text(), nullable=True, comment="JSON list."))
        batch_op.add_column(
            sa.Column(
                "seen_at",
                sa.String(27),
                nullable=True,
                comment="Last use, to the minute; from here the idle time counts.",
            )
        )
        batch_op.add_column(
            sa.Column(
                "kind",
                sa.String(length=10),
                nullable=True,
                comment="`browser` or `cli`; null for a browser before this was kept.",
            )
        )
        batch_op.create_index("ix_sessions_issuer_sid", ["issuer", "sid"], unique=False)
        batch_op.create_index("ix_sessions_person_ref", ["person_ref"], unique=False)


def _timers() -> None:
    with op.batch_alter_table("timers", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "holder",
                sa.String(length=36),
                nullable=True,
                comment="The attempt that is being made outside of any transaction.",
            )
        )
        batch_op.add_column(
            sa.Column(
                "leased_until",
                sa.String(27),
                nullable=True,
                comment="Until when nobody else makes one; by the database's clock.",
            )
        )
        batch_op.create_index(
            "ix_timers_dead_at",
            ["dead_at"],
            unique=False,
            sqlite_where=sa.text("dead_at IS NOT NULL"),
            postgresql_where=sa.text("dead_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_timers_failed_due_at",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("attempts > 0"),
            postgresql_where=sa.text("attempts > 0"),
        )
        batch_op.create_index("ix_timers_kind_due_at", ["kind", "due_at"], unique=False)
