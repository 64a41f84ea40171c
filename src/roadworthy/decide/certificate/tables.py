"""Tables of certificates, their versions, conditions and troubles, and of the stop switches."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

_LIVE = sa.text("state IN ('valid', 'narrowed', 'suspended')")
_STANDS = sa.text("ended_at IS NULL")
_SET = sa.text("lifted_at IS NULL")

certificates = sa.Table(
    "certificates",
    metadata,
    sa.Column("serial", sa.String(39), primary_key=True, comment="`oc-` and a UUIDv7; the rest is the machine's run."),
    sa.Column("version", sa.Integer, nullable=False, comment="The newest."),
    sa.Column("use_case", sa.String(120), nullable=False),
    sa.Column("stage", sa.String(20), nullable=False),
    sa.Column("release", sa.String(71), nullable=False),
    sa.Column("state", sa.String(12), nullable=False, comment="As the machine's run has it."),
    sa.Column("review", sa.String(36), nullable=False),
    sa.Column("request", sa.String(36)),
    sa.Column("deciders", sa.Text, nullable=False, comment="JSON list of references."),
    sa.Column("evidence", sa.Text, nullable=False, comment="JSON list of the digests that were frozen."),
    sa.Column("baseline", sa.Text, nullable=False, comment="JSON: what was so when it was issued; troubles differ."),
    sa.Column("issued_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("state_at", Instant, nullable=False, comment="Since when it stands so."),
    sa.Column("cause", sa.String(40), comment="What brought it where it stands."),
    sa.Column("supersedes", sa.String(39)),
    sa.Column("digest", sa.String(71), nullable=False, comment="Of the newest version's statement."),
    sa.Column("entry_id", sa.String(36), nullable=False),
    sa.Index("uq_certificates_live", "use_case", "stage", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
    sa.Index("ix_certificates_use_case", "use_case", "issued_at"),
    sa.Index("ix_certificates_state", "state", "expires_at"),
)
"""One row for each certificate that was ever issued; at most one of a use case and stage has not ended."""

versions = sa.Table(
    "certificate_versions",
    metadata,
    sa.Column("serial", sa.String(39), sa.ForeignKey("certificates.serial"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("envelope", sa.Text, nullable=False, comment="Canonical JSON."),
    sa.Column("statement", sa.Text, nullable=False, comment="The signed DSSE envelope, which is ASCII."),
    sa.Column("digest", sa.String(71), nullable=False),
    sa.Column("cause", sa.String(40), comment="Of a version after the first."),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("entry_id", sa.String(36), nullable=False),
    sa.Index("uq_certificate_versions_digest", "digest", unique=True),
)

conditions = sa.Table(
    "certificate_conditions",
    metadata,
    sa.Column("serial", sa.String(39), sa.ForeignKey("certificates.serial"), primary_key=True),
    sa.Column("id", sa.String(60), primary_key=True),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("commitment", sa.String(71), nullable=False, comment="Of the text, as it stands in the statement."),
    sa.Column("salt", sa.String(64), comment="Of the commitment; destroyed with the text."),
    sa.Column("owner", sa.String(120), nullable=False, comment="Reference of a person."),
    sa.Column("due", Instant, nullable=False),
    sa.Column("met_at", Instant),
    sa.Column("met_by", sa.String(120), comment="Reference of whoever said so."),
    sa.Column("evidence", sa.String(36), comment="Id of the evidence that showed it."),
    sa.Index("ix_certificate_conditions_owner", "owner"),
)

items = sa.Table(
    "certificate_evidence",
    metadata,
    sa.Column("serial", sa.String(39), sa.ForeignKey("certificates.serial"), primary_key=True),
    sa.Column("evidence", sa.String(36), primary_key=True, comment="Id of the item."),
    sa.Column("digest", sa.String(71), nullable=False, comment="As it was frozen."),
    sa.Index("ix_certificate_evidence_evidence", "evidence"),
)
"""Which items of evidence a certificate rests on."""

troubles = sa.Table(
    "certificate_troubles",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("serial", sa.String(39), sa.ForeignKey("certificates.serial"), nullable=False),
    sa.Column("cause", sa.String(40), nullable=False),
    sa.Column("about", sa.String(250), nullable=False),
    sa.Column("since", Instant, nullable=False),
    sa.Column("told_at", Instant),
    sa.Column("narrows_at", Instant),
    sa.Column("suspends_at", Instant),
    sa.Column("narrowed_at", Instant, comment="When it narrowed the certificate, or would have."),
    sa.Column("suspended_at", Instant),
    sa.Column("accepted_by", sa.String(36), comment="Entry of the decision that named it and went on."),
    sa.Column("ended_at", Instant),
    sa.Index(
        "uq_certificate_troubles_open",
        "serial", "cause", "about",
        unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS,
    ),
    sa.Index("ix_certificate_troubles_serial", "serial", "since"),
)  # fmt: skip

stops = sa.Table(
    "stop_switches",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("scope", sa.String(127), nullable=False, comment="`all`, `USE-CASE`, `agent:NAME` or `action:NAME`."),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("set_at", Instant, nullable=False),
    sa.Column("set_by", sa.String(120), nullable=False),
    sa.Column("lifted_at", Instant),
    sa.Column("lifted_by", sa.String(120)),
    sa.Column("entry_id", sa.String(36), nullable=False),
    sa.Index("uq_stop_switches_set", "scope", unique=True, sqlite_where=_SET, postgresql_where=_SET),
)
"""A scope is stopped while a row of it is not lifted. To stop a use case that is called `all` stops all of them."""

stop_tests = sa.Table(
    "stop_self_tests",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("began_at", Instant, nullable=False, comment="By the clock that every process agrees about."),
    sa.Column("expected", sa.Text, nullable=False, comment="JSON: id of each process that was there to its name."),
    sa.Column("ended_at", Instant, comment="None while it is watched."),
    sa.Column("outcome", sa.String(8), comment="`proven`, `slow` or `missing`."),
    sa.Column("slowest", sa.Integer, comment="Milliseconds."),
    sa.Column("missing", sa.Text, comment="JSON: names of the processes that never saw it."),
    sa.Index("ix_stop_self_tests_began_at", "began_at"),
)
"""Each time a stop was set to see how soon every process knows."""

stop_sightings = sa.Table(
    "stop_sightings",
    metadata,
    sa.Column("test", sa.String(36), sa.ForeignKey("stop_self_tests.id"), primary_key=True),
    sa.Column("process", sa.String(36), primary_key=True),
    sa.Column("name", sa.String(300), nullable=False, comment="Host and number of the process."),
    sa.Column("milliseconds", sa.Integer, nullable=False, comment="From the stop to when it would have refused."),
)
"""When each process would have refused what a self-test stopped."""
