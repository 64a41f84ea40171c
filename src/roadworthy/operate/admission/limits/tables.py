"""Tables of limits: whose windows there are, how full they are, and which process holds how much of them."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

limit_subjects = sa.Table(
    "limit_subjects",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("name", sa.String(240), nullable=False, comment="Of a budget, a use case and stage, or an endpoint."),
    sa.Column("rule", sa.String(160), nullable=False),
    sa.Column("counter", sa.String(80), nullable=False, comment="In words: calls per day."),
    sa.Column("unit", sa.String(20), nullable=False),
    sa.Column("most", sa.BigInteger, nullable=False),
    sa.Column("subject", sa.Text, nullable=False, comment="JSON: dimension to value; users as pseudonyms."),
    sa.Column("use_case", sa.String(120)),
    sa.Column("short_at", Instant, comment="When a process last found no room; others give back what lies idle."),
    sa.Index("ix_limit_subjects_name", "name"),
)
"""Held (FOR UPDATE) while any of its windows is leased from."""

limit_windows = sa.Table(
    "limit_windows",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("starts", sa.BigInteger, primary_key=True, autoincrement=False, comment="Seconds since 1970."),
    sa.Column("ends", sa.BigInteger, comment="Null for what has no end."),
    sa.Column("spent", sa.BigInteger, nullable=False, comment="Used, in leases that are closed."),
    sa.Column("leased", sa.BigInteger, nullable=False, comment="In leases that are open."),
    sa.Column("told", sa.Integer, nullable=False, comment="The highest percentage that owners were told."),
    sa.Index("ix_limit_windows_ends", "ends"),
)
"""`spent` and `leased` together never come to more than the ceiling, over all windows that count together."""

limit_leases = sa.Table(
    "limit_leases",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("starts", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("replica", sa.String(36), primary_key=True, comment="Of one run of a process."),
    sa.Column("fence", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("used", sa.BigInteger, nullable=False, comment="As the process said last."),
    sa.Column("granted_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False, comment="By the store's clock."),
    sa.Column("lapsed_at", Instant, comment="When its process was given up; all of it counts until reconciled."),
    sa.Column("settled", sa.BigInteger, comment="Calls that the process had counted when it said what it used."),
    sa.Index("ix_limit_leases_expires_at", "expires_at"),
)
"""What a process may use without asking. What a dead one used is not known, so it counts as used until it is."""
