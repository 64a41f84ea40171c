"""Tables of identity. Nothing here enters the ledger: entries carry `ref` only, and a row here can be erased."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

people = sa.Table(
    "people",
    metadata,
    sa.Column("ref", sa.String(36), primary_key=True),
    sa.Column("handle", sa.String(320), unique=True, comment="Folded address or account name; null once erased."),
    sa.Column("name", sa.String(320)),
    sa.Column("issuer", sa.String(320), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("signed_in_at", Instant),
    sa.Column("erased_at", Instant),
    sa.Column("employee", sa.String(200), comment="Key in the staff directory: records with one key are one human."),
    sa.Column("human", sa.String(36), comment="Same for all records of one human; null for one that stands alone."),
    sa.Column("source", sa.String(60), comment="What keeps the record: `scim`, `hr`; null for people named here."),
    sa.Column("left_at", Instant, comment="When the directory said that they are gone; null while they are here."),
    sa.Index("ix_people_employee", "employee"),
    sa.Index("ix_people_human", "human"),
    sa.Index("ix_people_left_at", "left_at"),
)

former_handles = sa.Table(
    "former_handles",
    metadata,
    sa.Column("handle", sa.String(320), primary_key=True, comment="Folded."),
    sa.Column("person_ref", sa.String(36), sa.ForeignKey("people.ref"), nullable=False, comment="Who had it last."),
    sa.Column("until", Instant, nullable=False),
    sa.Index("ix_former_handles_person_ref", "person_ref"),
)
"""Handles that nobody has now and somebody had: what rights and roles give to one does not go to the next holder."""

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("issuer", sa.String(320), primary_key=True),
    sa.Column("subject", sa.String(320), primary_key=True),
    sa.Column("person_ref", sa.String(36), sa.ForeignKey("people.ref"), nullable=False),
    sa.Column(
        "handle", sa.String(320), comment="Address that the issuer gives, folded; shown, never trusted as a key."
    ),
    sa.Column("bound_at", Instant, nullable=False),
    sa.Column("signed_in_at", Instant),
    sa.Column("ended_at", Instant, comment="When it was unbound."),
    sa.Index("ix_accounts_person_ref", "person_ref"),
)
"""By which accounts a person signs in: issuer and subject, never an address. Several accounts are one human."""

groups = sa.Table(
    "groups",
    metadata,
    sa.Column("ref", sa.String(36), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False, unique=True),
    sa.Column(
        "source", sa.String(330), nullable=False, comment="What keeps it: `scim`, `hr`, `oidc:PROVIDER`, `local`."
    ),
    sa.Column("folded", sa.String(400), nullable=False, unique=True, comment="The name without case: no two alike."),
    sa.Column("external_id", sa.String(320)),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Index("ix_groups_external_id", "external_id"),
)

directory_records = sa.Table(
    "directory_records",
    metadata,
    sa.Column("person_ref", sa.String(36), sa.ForeignKey("people.ref"), primary_key=True),
    sa.Column("external_id", sa.String(320), comment="The key under which the directory itself knows them."),
    sa.Column("unit", sa.String(320), comment="Department or team, as the directory calls it."),
    sa.Column("manager", sa.String(320), comment="Handle or employee key of the manager, as it was given."),
    sa.Column("document", sa.Text, nullable=False, comment="JSON of what else the directory sent (RFC 7643)."),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Index("ix_directory_records_external_id", "external_id"),
)
"""What a staff directory says about a person beyond the person's own row; erased with the person."""

break_glass = sa.Table(
    "break_glass",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("person_ref", sa.String(36), sa.ForeignKey("people.ref"), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("hours", sa.Integer, nullable=False),
    sa.Column("opened_by", sa.String(36), nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("confirm_before", Instant, nullable=False),
    sa.Column("confirmed_by", sa.String(36)),
    sa.Column("confirmed_at", Instant),
    sa.Column("sign_in_digest", sa.String(71), unique=True, comment="Of the link that signs the person in, once."),
    sa.Column("expires_at", Instant, comment="From when it opens nothing; null until it was confirmed."),
    sa.Column("used_at", Instant),
    sa.Column("ended_at", Instant),
    sa.Column("ended_by", sa.String(36)),
)
"""Emergency access for a few hours, opened by one person and confirmed by another, while the provider is down."""

break_glass_codes = sa.Table(
    "break_glass_codes",
    metadata,
    sa.Column("person_ref", sa.String(36), sa.ForeignKey("people.ref"), primary_key=True),
    sa.Column("code_digest", sa.String(71), nullable=False, unique=True),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
)
"""Sealed codes, one for each person who may confirm emergency access without signing in; used up by confirming."""

group_members = sa.Table(
    "group_members",
    metadata,
    sa.Column("group_ref", sa.String(36), sa.ForeignKey("groups.ref", ondelete="CASCADE"), primary_key=True),
    sa.Column("kind", sa.String(10), primary_key=True, comment="`person` or `group`."),
    sa.Column("member_ref", sa.String(36), primary_key=True),
    sa.Column("since", Instant, nullable=False),
    sa.Index("ix_group_members_member_ref", "member_ref"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("secret_digest", sa.String(71), primary_key=True),
    sa.Column("person_ref", sa.String(36), sa.ForeignKey("people.ref"), nullable=False),
    sa.Column("authenticated", sa.String(40), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("issuer", sa.String(320), comment="Whose sign-in it rests on; null for a one-time link."),
    sa.Column("subject", sa.String(320)),
    sa.Column("sid", sa.String(320), comment="The issuer's own session, for back-channel logout."),
    sa.Column("auth_time", Instant, comment="When the person last proved who they are."),
    sa.Column("acr", sa.String(200)),
    sa.Column("amr", sa.Text, comment="JSON list."),
    sa.Column("seen_at", Instant, comment="Last use, to the minute; from here the idle time counts."),
    sa.Column("kind", sa.String(10), comment="`browser` or `cli`; null for a browser before this was kept."),
    sa.Index("ix_sessions_person_ref", "person_ref"),
    sa.Index("ix_sessions_issuer_sid", "issuer", "sid"),
)

sign_ins = sa.Table(
    "sign_ins",
    metadata,
    sa.Column("state_digest", sa.String(71), primary_key=True),
    sa.Column("issuer", sa.String(320), nullable=False),
    sa.Column("nonce", sa.String(100), nullable=False),
    sa.Column("verifier", sa.String(130), nullable=False, comment="PKCE code verifier (RFC 7636)."),
    sa.Column("browser_digest", sa.String(71), nullable=False, comment="Cookie of the browser that began it."),
    sa.Column("go_to", sa.String(500), nullable=False),
    sa.Column("asked_acr", sa.String(200)),
    sa.Column("fresh", sa.Boolean, nullable=False, comment="Whether a new proof was asked for."),
    sa.Column("former_digest", sa.String(71), comment="The session from which it began; it ends with the sign-in."),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("used_at", Instant),
)
"""Sign-ins on their way to an identity provider and back; each comes back once."""

logout_tokens = sa.Table(
    "logout_tokens",
    metadata,
    sa.Column("issuer", sa.String(320), primary_key=True),
    sa.Column("jti", sa.String(320), primary_key=True),
    sa.Column("expires_at", Instant, nullable=False),
)
"""Back-channel logout tokens that were taken, so that none is taken twice."""

device_logins = sa.Table(
    "device_logins",
    metadata,
    sa.Column("device_digest", sa.String(71), primary_key=True),
    sa.Column("user_code", sa.String(20), nullable=False, unique=True),
    sa.Column("client", sa.String(200), nullable=False, comment="What asks, as it calls itself; shown to the person."),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("polled_at", Instant),
    sa.Column("confirmed_at", Instant),
    sa.Column("refused_at", Instant),
    sa.Column("person_ref", sa.String(36)),
    sa.Column("session", sa.Text, comment="JSON of the proof that the confirmation gives on."),
    sa.Column("used_at", Instant),
)
"""Command lines that wait for a person to confirm them in a browser (after RFC 8628)."""

sign_in_tokens = sa.Table(
    "sign_in_tokens",
    metadata,
    sa.Column("token_digest", sa.String(71), primary_key=True),
    sa.Column("handle", sa.String(320), comment="Whom it is for; null where the person may say who they are."),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("used_at", Instant),
)

program_tokens = sa.Table(
    "program_tokens",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("secret_digest", sa.String(71), nullable=False, unique=True),
    sa.Column("may", sa.Text, nullable=False, comment="JSON list of scopes."),
    sa.Column("use_cases", sa.Text, comment="JSON list of names; null for all."),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", sa.String(120), nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("last_used_at", Instant),
    sa.Column("revoked_at", Instant),
    sa.Column("revoked_by", sa.String(120)),
    sa.Column("revoked_reason", sa.Text),
    sa.Column("owner_ref", sa.String(36), comment="The person who answers for it; null for whoever made it."),
    sa.Column("owners_before", sa.Text, comment="JSON list of references of those who answered for it before."),
    sa.Index("ix_program_tokens_name", "name"),
)
"""What programs may do; a revoked one stays, because entries name it."""
