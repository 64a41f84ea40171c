"""Reviews, certificates, releases and proof for outsiders."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables here."""
    _certificates()
    _deployment_processes()
    _ledger_alarms()
    _ledger_mentions()
    _ledger_segments()
    _ledger_signing()
    _ledger_witness_standing()
    _ledger_witnessed()
    _legal_holds()
    _readiness_reviews()
    _release_looks()
    _release_moves()
    _releases()
    _running_releases()
    _status_head()
    _status_revoked_keys()
    _stop_switches()
    _certificate_conditions()
    _certificate_evidence()
    _certificate_troubles()
    _certificate_versions()
    _release_observations()
    _release_parts()
    _ledger_payloads()


def _certificates() -> None:
    op.create_table(
        "certificates",
        sa.Column(
            "serial", sa.String(length=39), nullable=False, comment="`oc-` and a UUIDv7; the rest is the machine's run."
        ),
        sa.Column("version", sa.Integer(), nullable=False, comment="The newest."),
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("release", sa.String(length=71), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False, comment="As the machine's run has it."),
        sa.Column("review", sa.String(length=36), nullable=False),
        sa.Column("request", sa.String(length=36), nullable=True),
        sa.Column("deciders", sa.Text(), nullable=False, comment="JSON list of references."),
        sa.Column("evidence", sa.Text(), nullable=False, comment="JSON list of the digests that were frozen."),
        sa.Column(
            "baseline", sa.Text(), nullable=False, comment="JSON: what was so when it was issued; troubles differ."
        ),
        sa.Column("issued_at", sa.String(27), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.Column("state_at", sa.String(27), nullable=False, comment="Since when it stands so."),
        sa.Column("cause", sa.String(length=40), nullable=True, comment="What brought it where it stands."),
        sa.Column("supersedes", sa.String(length=39), nullable=True),
        sa.Column("digest", sa.String(length=71), nullable=False, comment="Of the newest version's statement."),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_certificates")),
    )
    with op.batch_alter_table("certificates", schema=None) as batch_op:
        batch_op.create_index("ix_certificates_state", ["state", "expires_at"], unique=False)
        batch_op.create_index("ix_certificates_use_case", ["use_case", "issued_at"], unique=False)
        batch_op.create_index(
            "uq_certificates_live",
            ["use_case", "stage"],
            unique=True,
            sqlite_where=sa.text("state IN ('valid', 'narrowed', 'suspended')"),
            postgresql_where=sa.text("state IN ('valid', 'narrowed', 'suspended')"),
        )


def _deployment_processes() -> None:
    op.create_table(
        "deployment_processes",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("roles", sa.String(length=100), nullable=False, comment="With commas between."),
        sa.Column("version", sa.String(length=60), nullable=False),
        sa.Column("revision", sa.String(length=10), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.String(27), nullable=False),
        sa.Column("seen_at", sa.String(27), nullable=False, comment="By the database's clock."),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column(
            "keys", sa.Text(), nullable=False, comment="JSON: purpose to digest of the public key that it signs with."
        ),
        sa.Column("faults", sa.Text(), nullable=False, comment="JSON list."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment_processes")),
    )


def _ledger_alarms() -> None:
    op.create_table(
        "ledger_alarms",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("told_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_ledger_alarms")),
    )


def _ledger_mentions() -> None:
    op.create_table(
        "ledger_mentions",
        sa.Column(
            "subject", sa.String(length=200), nullable=False, comment="`person/REF`, `use-case/NAME`, `inputs/DIGEST`."
        ),
        sa.Column(
            "position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.PrimaryKeyConstraint("subject", "position", name=op.f("pk_ledger_mentions")),
    )


def _ledger_segments() -> None:
    op.create_table(
        "ledger_segments",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("stream", sa.String(length=60), nullable=False),
        sa.Column("entry", sa.String(length=36), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("retention", sa.String(length=32), nullable=False),
        sa.Column("sealed_at", sa.String(27), nullable=False),
        sa.Column("dropped_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_segments")),
    )
    with op.batch_alter_table("ledger_segments", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_segments_retention", ["retention", "sealed_at"], unique=False)


def _ledger_signing() -> None:
    op.create_table(
        "ledger_signing",
        sa.Column("single", sa.Integer(), nullable=False, comment="1: there is one row."),
        sa.Column(
            "wanted",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="Over how many entries somebody needs a checkpoint.",
        ),
        sa.PrimaryKeyConstraint("single", name=op.f("pk_ledger_signing")),
    )


def _ledger_witness_standing() -> None:
    op.create_table(
        "ledger_witness_standing",
        sa.Column("witness", sa.String(length=100), nullable=False),
        sa.Column(
            "size",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="Of the newest checkpoint that it took; 0 for none.",
        ),
        sa.Column("tried_at", sa.String(27), nullable=False),
        sa.Column("failing_since", sa.String(27), nullable=True),
        sa.Column("code", sa.String(length=100), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("remedy", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("witness", name=op.f("pk_ledger_witness_standing")),
    )


def _ledger_witnessed() -> None:
    op.create_table(
        "ledger_witnessed",
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("witness", sa.String(length=100), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column(
            "line",
            sa.Text(),
            nullable=True,
            comment="Signature line of a cosignature, to be put behind the checkpoint.",
        ),
        sa.Column(
            "reference",
            sa.Text(),
            nullable=True,
            comment="Where the checkpoint was left: a file, a commit, an address.",
        ),
        sa.Column(
            "stamp", sa.LargeBinary(), nullable=True, comment="A time stamp as the authority gave it (RFC 3161)."
        ),
        sa.PrimaryKeyConstraint("size", "witness", name=op.f("pk_ledger_witnessed")),
    )
    with op.batch_alter_table("ledger_witnessed", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_witnessed_witness", ["witness", "size"], unique=False)


def _legal_holds() -> None:
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column(
            "scope", sa.String(length=20), nullable=False, comment="`everything`, `use-case`, `resource`, `person`."
        ),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.String(27), nullable=False),
        sa.Column("placed_by", sa.String(length=120), nullable=False),
        sa.Column("lifted_at", sa.String(27), nullable=True),
        sa.Column("lifted_by", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
    )


def _readiness_reviews() -> None:
    op.create_table(
        "readiness_reviews",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("stage_to", sa.String(length=20), nullable=False),
        sa.Column("release", sa.String(length=80), nullable=True, comment="Digest of the release that it is about."),
        sa.Column("opening", sa.String(length=20), nullable=False),
        sa.Column("trigger", sa.String(length=40), nullable=True, comment="Which trigger of the policy opened it."),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.String(length=120), nullable=False),
        sa.Column("opened_at", sa.String(27), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column(
            "request",
            sa.String(length=36),
            nullable=True,
            comment="The decision request that waits, or by which it was decided.",
        ),
        sa.Column("verdict", sa.String(length=20), nullable=True),
        sa.Column("decided_at", sa.String(27), nullable=True, comment="When it was decided or closed."),
        sa.Column("deciders", sa.Text(), nullable=False, comment="JSON list of references of people."),
        sa.Column("content", sa.Text(), nullable=True, comment="Canonical JSON of exactly what was decided."),
        sa.Column("certificate", sa.String(length=80), nullable=True),
        sa.Column("notified", sa.Integer(), nullable=False, comment="People to whom the notice of a stop was sent."),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_reviews")),
    )
    with op.batch_alter_table("readiness_reviews", schema=None) as batch_op:
        batch_op.create_index("ix_readiness_reviews_state", ["state", "id"], unique=False)
        batch_op.create_index("ix_readiness_reviews_use_case", ["use_case", "id"], unique=False)
        batch_op.create_index(
            "uq_readiness_reviews_going",
            ["use_case", "stage_to"],
            unique=True,
            sqlite_where=sa.text("state IN ('open', 'proposed')"),
            postgresql_where=sa.text("state IN ('open', 'proposed')"),
        )


def _release_looks() -> None:
    op.create_table(
        "release_looks",
        sa.Column("observer", sa.String(length=200), nullable=False),
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("failed", sa.Text(), nullable=True, comment="Why nothing was seen."),
        sa.Column("failed_code", sa.String(length=80), nullable=True),
        sa.Column("release", sa.String(length=71), nullable=True, comment="What it was held against."),
        sa.PrimaryKeyConstraint("observer", name=op.f("pk_release_looks")),
    )
    with op.batch_alter_table("release_looks", schema=None) as batch_op:
        batch_op.create_index("ix_release_looks_use_case", ["use_case"], unique=False)


def _release_moves() -> None:
    op.create_table(
        "release_moves",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="Counts the moves of the use case."),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("release", sa.String(length=71), nullable=True),
        sa.Column("before", sa.String(length=71), nullable=True),
        sa.Column("certificate", sa.String(length=40), nullable=True),
        sa.Column("about", sa.Text(), nullable=False, comment="Why; the ledger holds only a salted commitment to it."),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("request", sa.String(length=36), nullable=True),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_moves")),
    )
    with op.batch_alter_table("release_moves", schema=None) as batch_op:
        batch_op.create_index("uq_release_moves_request", ["request"], unique=True)
        batch_op.create_index("uq_release_moves_use_case_number", ["use_case", "number"], unique=True)


def _releases() -> None:
    op.create_table(
        "releases",
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="Counts the releases of the use case."),
        sa.Column("recorded_at", sa.String(27), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_releases")),
    )
    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.create_index("uq_releases_use_case_name", ["use_case", "name"], unique=True)
        batch_op.create_index("uq_releases_use_case_number", ["use_case", "number"], unique=True)


def _running_releases() -> None:
    op.create_table(
        "running_releases",
        sa.Column("use_case", sa.String(length=120), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("release", sa.String(length=71), nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("use_case", "stage", name=op.f("pk_running_releases")),
    )


def _status_head() -> None:
    op.create_table(
        "status_head",
        sa.Column("single", sa.Integer(), nullable=False, comment="1: there is one row, held while it is made anew."),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.String(27), nullable=False),
        sa.Column("max_age", sa.Integer(), nullable=False, comment="Seconds."),
        sa.Column("envelope", sa.LargeBinary(), nullable=False, comment="DSSE, signed with the key for `status`."),
        sa.PrimaryKeyConstraint("single", name=op.f("pk_status_head")),
    )


def _status_revoked_keys() -> None:
    op.create_table(
        "status_revoked_keys",
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("revoked_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_status_revoked_keys")),
    )


def _stop_switches() -> None:
    op.create_table(
        "stop_switches",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("scope", sa.String(length=120), nullable=False, comment="`all`, or the name of a use case."),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_at", sa.String(27), nullable=False),
        sa.Column("set_by", sa.String(length=120), nullable=False),
        sa.Column("lifted_at", sa.String(27), nullable=True),
        sa.Column("lifted_by", sa.String(length=120), nullable=True),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop_switches")),
    )
    with op.batch_alter_table("stop_switches", schema=None) as batch_op:
        batch_op.create_index(
            "uq_stop_switches_set",
            ["scope"],
            unique=True,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )


def _certificate_conditions() -> None:
    op.create_table(
        "certificate_conditions",
        sa.Column("serial", sa.String(length=39), nullable=False),
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column(
            "commitment", sa.String(length=71), nullable=False, comment="Of the text, as it stands in the statement."
        ),
        sa.Column("salt", sa.String(length=64), nullable=True, comment="Of the commitment; destroyed with the text."),
        sa.Column("owner", sa.String(length=120), nullable=False, comment="Reference of a person."),
        sa.Column("due", sa.String(27), nullable=False),
        sa.Column("met_at", sa.String(27), nullable=True),
        sa.Column("met_by", sa.String(length=120), nullable=True, comment="Reference of whoever said so."),
        sa.Column("evidence", sa.String(length=36), nullable=True, comment="Id of the evidence that showed it."),
        sa.ForeignKeyConstraint(["serial"], ["certificates.serial"], name=op.f("fk_certificate_conditions_serial")),
        sa.PrimaryKeyConstraint("serial", "id", name=op.f("pk_certificate_conditions")),
    )
    with op.batch_alter_table("certificate_conditions", schema=None) as batch_op:
        batch_op.create_index("ix_certificate_conditions_owner", ["owner"], unique=False)


def _certificate_evidence() -> None:
    op.create_table(
        "certificate_evidence",
        sa.Column("serial", sa.String(length=39), nullable=False),
        sa.Column("evidence", sa.String(length=36), nullable=False, comment="Id of the item."),
        sa.Column("digest", sa.String(length=71), nullable=False, comment="As it was frozen."),
        sa.ForeignKeyConstraint(["serial"], ["certificates.serial"], name=op.f("fk_certificate_evidence_serial")),
        sa.PrimaryKeyConstraint("serial", "evidence", name=op.f("pk_certificate_evidence")),
    )
    with op.batch_alter_table("certificate_evidence", schema=None) as batch_op:
        batch_op.create_index("ix_certificate_evidence_evidence", ["evidence"], unique=False)


def _certificate_troubles() -> None:
    op.create_table(
        "certificate_troubles",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("serial", sa.String(length=39), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=250), nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("told_at", sa.String(27), nullable=True),
        sa.Column("narrows_at", sa.String(27), nullable=True),
        sa.Column("suspends_at", sa.String(27), nullable=True),
        sa.Column(
            "narrowed_at", sa.String(27), nullable=True, comment="When it narrowed the certificate, or would have."
        ),
        sa.Column("suspended_at", sa.String(27), nullable=True),
        sa.Column(
            "accepted_by",
            sa.String(length=36),
            nullable=True,
            comment="Entry of the decision that named it and went on.",
        ),
        sa.Column("ended_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(["serial"], ["certificates.serial"], name=op.f("fk_certificate_troubles_serial")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_troubles")),
    )
    with op.batch_alter_table("certificate_troubles", schema=None) as batch_op:
        batch_op.create_index("ix_certificate_troubles_serial", ["serial", "since"], unique=False)
        batch_op.create_index(
            "uq_certificate_troubles_open",
            ["serial", "cause", "about"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )


def _certificate_versions() -> None:
    op.create_table(
        "certificate_versions",
        sa.Column("serial", sa.String(length=39), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False, comment="Canonical JSON."),
        sa.Column("statement", sa.Text(), nullable=False, comment="The signed DSSE envelope, which is ASCII."),
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=True, comment="Of a version after the first."),
        sa.Column("made_at", sa.String(27), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["serial"], ["certificates.serial"], name=op.f("fk_certificate_versions_serial")),
        sa.PrimaryKeyConstraint("serial", "version", name=op.f("pk_certificate_versions")),
    )
    with op.batch_alter_table("certificate_versions", schema=None) as batch_op:
        batch_op.create_index("uq_certificate_versions_digest", ["digest"], unique=True)


def _release_observations() -> None:
    op.create_table(
        "release_observations",
        sa.Column("release", sa.String(length=71), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("version", sa.String(length=120), nullable=True),
        sa.Column("matches", sa.Boolean(), nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["release"], ["releases.digest"], name=op.f("fk_release_observations_release")),
        sa.PrimaryKeyConstraint("release", "kind", "name", "how", "source", name=op.f("pk_release_observations")),
    )


def _release_parts() -> None:
    op.create_table(
        "release_parts",
        sa.Column("release", sa.String(length=71), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("known", sa.String(length=10), nullable=False),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.Column("version", sa.String(length=120), nullable=True),
        sa.Column("seen_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(["release"], ["releases.digest"], name=op.f("fk_release_parts_release")),
        sa.PrimaryKeyConstraint("release", "kind", "name", name=op.f("pk_release_parts")),
    )


def _ledger_payloads() -> None:
    with op.batch_alter_table("ledger_payloads", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "entry",
                sa.String(length=36),
                nullable=True,
                comment="Id of the entry that commits to it; filled in later for older ones.",
            )
        )
        batch_op.create_index("ix_ledger_payloads_entry", ["entry"], unique=False)
