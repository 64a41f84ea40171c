"""Tables of agent actions."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

agent_runs = sa.Table(
    "agent_runs",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("use_case", sa.String(120), nullable=False),
    sa.Column("stage", sa.String(20), nullable=False),
    sa.Column("name", sa.String(200), nullable=False, comment="As the agent names it."),
    sa.Column("key", sa.String(120), nullable=False),
    sa.Column("agent", sa.String(200)),
    sa.Column("user", sa.String(80), comment="Pseudonym."),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("began_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("tainted_by", sa.String(36)),
    sa.Column("places", sa.Integer, nullable=False, comment="Actions that were asked for so far."),
    sa.Column("despite_stop", sa.Boolean, comment="Whether a person said that stop switches do not keep its steps."),
    sa.UniqueConstraint("key", "user", "name"),
    sa.Index("ix_agent_runs_use_case", "use_case", "began_at"),
    sa.Index("ix_agent_runs_state", "state"),
)
"""One row for each errand of an agent."""

agent_actions = sa.Table(
    "agent_actions",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("use_case", sa.String(120), nullable=False),
    sa.Column("stage", sa.String(20), nullable=False),
    sa.Column("run", sa.String(36), nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("action", sa.String(120), nullable=False),
    sa.Column("system", sa.String(120), nullable=False),
    sa.Column("effect", sa.String(20), nullable=False),
    sa.Column("tier", sa.String(10), nullable=False),
    sa.Column("key", sa.String(120), nullable=False),
    sa.Column("workload", sa.String(120)),
    sa.Column("agent", sa.String(200)),
    sa.Column("user", sa.String(80), comment="Pseudonym."),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("due_at", Instant, nullable=False, comment="Its turn; while it runs, the end of the lease."),
    sa.Column("arguments", sa.String(80), nullable=False, comment="Digest of the canonical arguments."),
    sa.Column("definition", sa.String(80), nullable=False, comment="Digest of the declared action it was decided by."),
    sa.Column("rule", sa.String(160), nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("amount", sa.BigInteger),
    sa.Column("currency", sa.String(3)),
    sa.Column("certificate", sa.String(60)),
    sa.Column("enforcement", sa.String(12), nullable=False),
    sa.Column("charges", sa.Text, nullable=False, comment="What it takes from which windows, as JSON."),
    sa.Column("fence", sa.Integer, nullable=False),
    sa.Column("holder", sa.String(36)),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("why", sa.String(24)),
    sa.Column("error", sa.String(80)),
    sa.Column("reference", sa.String(200)),
    sa.Column("request", sa.String(36)),
    sa.Column("compensates", sa.String(36)),
    sa.Column("compensated_by", sa.String(36)),
    sa.Column("ended_at", Instant),
    sa.Column("seen_to_by", sa.String(120)),
    sa.Column("seen_to_at", Instant),
    sa.Column("replay_of", sa.String(36)),
    sa.Column("tainted", sa.Boolean, nullable=False),
    sa.Column("repeated", sa.String(64), comment="Hash of who sent which idempotency key, where one was sent."),
    sa.Column("trace", sa.String(40)),
    sa.Column("callback", sa.Boolean, comment="Whether the agent wants to be called when it is over."),
    sa.UniqueConstraint("repeated"),
    sa.UniqueConstraint("compensates"),
    sa.UniqueConstraint("run", "place"),
    sa.Index("ix_agent_actions_state", "state", "id"),
    sa.Index("ix_agent_actions_use_case", "use_case", "asked_at"),
    sa.Index("ix_agent_actions_system", "system", "asked_at"),
    sa.Index("ix_agent_actions_reference", "system", "reference"),
    sa.Index("ix_agent_actions_request", "request"),
)
"""One row for each action that was asked for, whatever became of it."""

action_contents = sa.Table(
    "action_contents",
    metadata,
    sa.Column("action", sa.String(36), primary_key=True),
    sa.Column("direction", sa.String(10), primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
"""Arguments and results, sealed. Apart, so that they can go."""

action_windows = sa.Table(
    "action_windows",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True, comment="Hash of limit, ceiling and whose it is."),
    sa.Column("starts", sa.BigInteger, primary_key=True, comment="Seconds since 1970."),
    sa.Column("used", sa.BigInteger, nullable=False),
    sa.Column("limit", sa.String(120), nullable=False),
    sa.Column("counter", sa.String(120), nullable=False),
    sa.Column("subject", sa.Text, nullable=False, comment="Whose it is, as JSON; a customer as a keyed hash."),
    sa.Column("most", sa.BigInteger, nullable=False, comment="The ceiling when it was charged last."),
    sa.Column("unit", sa.String(10), nullable=False),
    sa.Column("until", sa.BigInteger, nullable=False, comment="From when on it counts no more, in seconds since 1970."),
    sa.Index("ix_action_windows_until", "until"),
    sa.Index("ix_action_windows_limit", "limit"),
)
"""What was used of each limit window."""

action_states_spent = sa.Table(
    "action_states_spent",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("until", sa.BigInteger, nullable=False, comment="When it is over by itself, in seconds since 1970."),
    sa.Index("ix_action_states_spent_until", "until"),
)
"""What a client carried for the gateway and brought back: each is taken once."""
