"""Tables of requests, votes, uses and delegations."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

requests = sa.Table(
    "decision_requests",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("subject", sa.String(40), nullable=False, comment="Which executor carries it out: `plan`, `waive-gap`."),
    sa.Column("title", sa.String(1000), nullable=False),
    sa.Column("use_case", sa.String(120)),
    sa.Column("classes", sa.Text, nullable=False, comment="JSON list."),
    sa.Column("content", sa.Text, nullable=False, comment="Canonical JSON of exactly what is decided and carried out."),
    sa.Column("content_digest", sa.String(71), nullable=False),
    sa.Column("acts", sa.Text, nullable=False, comment="JSON: the acts that it covers, with facts and digests."),
    sa.Column("base", sa.Text, nullable=False, comment="JSON: resource to digest of the state it was made against."),
    sa.Column("rights_digest", sa.String(71), nullable=False),
    sa.Column("terms", sa.Text, nullable=False, comment="JSON: the rules that ask, as they stood."),
    sa.Column("approved_by", sa.Text, nullable=False, comment="JSON list of rules that approved beforehand."),
    sa.Column("digest", sa.String(71), nullable=False, comment="Over content, acts, base, rights: what a vote names."),
    sa.Column("salt", sa.String(64), nullable=False, comment="Part of the digest: it cannot be found by guessing."),
    sa.Column("proposer_kind", sa.String(10), nullable=False),
    sa.Column("proposer_ref", sa.String(120), nullable=False),
    sa.Column("on_behalf_of", sa.String(120)),
    sa.Column("excluded", sa.Text, nullable=False, comment="JSON: people whose yes cannot count."),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("change_number", sa.String(100), comment="Of the change record in another system."),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("level", sa.Integer, nullable=False, comment="Escalations so far."),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("deadline_at", Instant, nullable=False),
    sa.Column("valid_until", Instant, comment="Until when an approval can be used."),
    sa.Column("ended_at", Instant),
    sa.Column("why_ended", sa.Text),
    sa.Column("entry_id", sa.String(36), nullable=False),
    sa.Index("ix_decision_requests_use_case", "use_case"),
    sa.Index("ix_decision_requests_state_deadline_at", "state", "deadline_at"),
    sa.Index("ix_decision_requests_proposer_ref_content_digest", "proposer_ref", "content_digest"),
)

request_base = sa.Table(
    "decision_request_base",
    metadata,
    sa.Column("resource", sa.String(250), primary_key=True, comment="`Kind/name`."),
    sa.Column("request_id", sa.String(36), sa.ForeignKey("decision_requests.id"), primary_key=True),
    sa.Index("ix_decision_request_base_request_id", "request_id"),
)
"""Which open requests rest on a resource; a row goes when its request ends."""

selectors = sa.Table(
    "decision_selectors",
    metadata,
    sa.Column(
        "selector", sa.String(300), primary_key=True, comment="`group:risk`, `owner:NAME:product`, `person:REF`."
    ),
    sa.Column("request_id", sa.String(36), sa.ForeignKey("decision_requests.id"), primary_key=True),
    sa.Column("deadline_at", Instant, nullable=False),
    sa.Index("ix_decision_selectors_selector_deadline_at", "selector", "deadline_at", "request_id"),
    sa.Index("ix_decision_selectors_request_id", "request_id"),
)
"""Whose inbox an open request is in; a row goes when its request ends."""

votes = sa.Table(
    "decision_votes",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("request_id", sa.String(36), sa.ForeignKey("decision_requests.id"), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False, comment="approve, decline, ask, answer, delegate."),
    sa.Column("person_ref", sa.String(36), nullable=False),
    sa.Column("delegate_of", sa.String(36), comment="In whose place."),
    sa.Column("to_ref", sa.String(36), comment="To whom a say was given."),
    sa.Column("until", Instant),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("digest", sa.String(71), nullable=False, comment="What was before the voter's eyes."),
    sa.Column("issuer", sa.String(320)),
    sa.Column("auth_time", Instant),
    sa.Column("acr", sa.String(200)),
    sa.Column("dwell_ms", sa.Integer, comment="From first opening the page to the vote."),
    sa.Column("at", Instant, nullable=False),
    sa.Column("entry_id", sa.String(36), nullable=False),
    sa.Index("ix_decision_votes_request_id", "request_id"),
    sa.Index(
        "uq_decision_votes_once",
        "request_id",
        "person_ref",
        unique=True,
        sqlite_where=sa.text("kind IN ('approve', 'decline')"),
        postgresql_where=sa.text("kind IN ('approve', 'decline')"),
    ),
    sa.Index("ix_decision_votes_person_ref_at", "person_ref", "at"),
)

uses = sa.Table(
    "decision_uses",
    metadata,
    sa.Column("request_id", sa.String(36), sa.ForeignKey("decision_requests.id"), primary_key=True),
    sa.Column("used_at", Instant, nullable=False),
    sa.Column("used_by", sa.String(120), nullable=False),
    sa.Column("via", sa.String(20), nullable=False),
    sa.Column("entry_id", sa.String(36), nullable=False),
)
"""One row for each approval that is spent: the primary key is what makes it single-use."""

openings = sa.Table(
    "decision_openings",
    metadata,
    sa.Column("request_id", sa.String(36), sa.ForeignKey("decision_requests.id"), primary_key=True),
    sa.Column("person_ref", sa.String(36), primary_key=True),
    sa.Column("opened_at", Instant, nullable=False),
)
"""When somebody first had a request before their eyes."""

delegations = sa.Table(
    "decision_delegations",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("by_ref", sa.String(36), nullable=False),
    sa.Column("to_ref", sa.String(36), nullable=False),
    sa.Column("decides", sa.String(40), comment="Only this class; null for all."),
    sa.Column("use_case", sa.String(120), comment="Only this use case; null for all."),
    sa.Column("starts_at", Instant, nullable=False),
    sa.Column("ends_at", Instant, nullable=False),
    sa.Column("ended_at", Instant, comment="Taken back before its time."),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("entry_id", sa.String(36), nullable=False),
    sa.Index("ix_decision_delegations_to_ref", "to_ref"),
    sa.Index("ix_decision_delegations_by_ref", "by_ref"),
)
"""A say that was given to somebody for a time, for requests to come."""
