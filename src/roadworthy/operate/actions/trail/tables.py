"""Tables of the trail."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

audit_feeds = sa.Table(
    "audit_feeds",
    metadata,
    sa.Column("system", sa.String(120), primary_key=True),
    sa.Column("began_at", Instant, nullable=False),
    sa.Column("cursor", sa.Text, comment="From where on it is fetched next."),
    sa.Column("read_until", Instant, comment="Up to then everything in the log was seen, by the log's clock."),
    sa.Column("looked_at", Instant),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("error", sa.Text),
)
"""How far each system's audit log was read."""

audit_events = sa.Table(
    "audit_events",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True, comment="Hash of system and the event's own id."),
    sa.Column("id", sa.String(300), nullable=False),
    sa.Column("system", sa.String(120), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("taken_at", Instant, nullable=False),
    sa.Column("operation", sa.String(300), nullable=False),
    sa.Column("does", sa.String(10), nullable=False),
    sa.Column("digest", sa.String(80), nullable=False, comment="Of the event as it came."),
    sa.Column("principal", sa.String(300)),
    sa.Column("action", sa.String(36), comment="Id of ours that it carries."),
    sa.Column("trace", sa.String(32)),
    sa.Column("reference", sa.String(300)),
    sa.Column("named", sa.String(120), comment="The declared action that its operation is."),
    sa.Column("watched", sa.Boolean, nullable=False),
    sa.Column("amount", sa.BigInteger),
    sa.Column("currency", sa.String(300)),
    sa.Column("prints", sa.Text, nullable=False, comment="Keyed hashes of what was asked, by name, as JSON."),
    sa.Column("intent", sa.String(36), comment="Id of the action that it belongs to."),
    sa.Column("raw", sa.LargeBinary, comment="As it came, sealed; null once it was kept long enough."),
    sa.Index("ix_audit_events_system", "system", "at"),
    sa.Index("ix_audit_events_action", "action"),
    sa.Index("ix_audit_events_reference", "system", "reference"),
    sa.Index("ix_audit_events_trace", "trace"),
    sa.Index("ix_audit_events_intent", "intent"),
    sa.Index("ix_audit_events_taken_at", "taken_at"),
)
"""Events of other systems' audit logs."""

audit_unreadable = sa.Table(
    "audit_unreadable",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True, comment="Hash of system and content."),
    sa.Column("system", sa.String(120), nullable=False),
    sa.Column("taken_at", Instant, nullable=False),
    sa.Column("place", sa.Text, nullable=False, comment="Source, line and field, as JSON."),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("raw", sa.LargeBinary, comment="The beginning of it, sealed; null once it was kept long enough."),
    sa.Index("ix_audit_unreadable_system", "system", "taken_at"),
)
"""What stood in a log and could not be read."""

trail_findings = sa.Table(
    "trail_findings",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("same", sa.String(64), nullable=False, comment="Hash of kind, system, action and event."),
    sa.Column("kind", sa.String(30), nullable=False),
    sa.Column("system", sa.String(120), nullable=False),
    sa.Column("use_case", sa.String(120)),
    sa.Column("intent", sa.String(36), comment="Id of our action."),
    sa.Column("event", sa.String(64), comment="Key of the audit event."),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("found_at", Instant, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("by", sa.String(120)),
    sa.UniqueConstraint("same"),
    sa.Index("ix_trail_findings_state", "state", "system"),
    sa.Index("ix_trail_findings_intent", "intent"),
    sa.Index("ix_trail_findings_event", "event"),
)
"""Where a system's log and ours differ."""

event_sinks = sa.Table(
    "event_sinks",
    metadata,
    sa.Column("name", sa.String(120), primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False, comment="Of the ledger entry that is told of next."),
    sa.Column("told_at", Instant),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("error", sa.Text),
)
"""How far each declared sink was told."""
