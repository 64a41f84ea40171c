"""Tables of the readiness: what the last assessment of each use case said, so that a portfolio is one query."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata
from roadworthy.inventory.tables import use_cases

DUTIES = ("product", "platform", "governance", "business")
DIMENSIONS = ("data", "governance", "integration", "ownership")
METHODS = ("declared", "reported", "attested", "documented", "measured", "unknown")

assessments = sa.Table(
    "assessments",
    metadata,
    sa.Column("use_case", sa.String(120), sa.ForeignKey(use_cases.c.name, ondelete="CASCADE"), primary_key=True),
    sa.Column("revision", sa.BigInteger, nullable=False, comment="Of the use case, when it was assessed."),
    sa.Column("rubric", sa.String(71), nullable=False, comment="Digest of the rubric."),
    sa.Column("next_change_at", Instant, comment="When the result changes by itself; empty where nothing expires."),
    sa.Column("assessed_at", Instant, nullable=False),
    *(sa.Column(f"tone_{part}", sa.String(8), nullable=False) for part in ("overall", *DIMENSIONS)),
    *(sa.Column(f"coverage_{part}", sa.SmallInteger, nullable=False) for part in ("overall", *DIMENSIONS)),
    *(sa.Column(f"score_{part}", sa.SmallInteger, nullable=False) for part in ("overall", *DIMENSIONS)),
    *(sa.Column(f"seat_{duty}", sa.String(12), nullable=False) for duty in DUTIES),
    *(sa.Column(f"known_{method}", sa.SmallInteger, nullable=False) for method in METHODS),
    sa.Column("blockers", sa.SmallInteger, nullable=False),
    sa.Column("known_expired", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("effort_low", sa.Integer, nullable=False, server_default="0", comment="Days for all unmet musts."),
    sa.Column("effort_high", sa.Integer, nullable=False, server_default="0"),
    sa.Column("unowned", sa.SmallInteger, nullable=False, server_default="0", comment="Unmet musts of nobody's."),
    sa.Column(
        "course", sa.Text, nullable=False, server_default="", comment="Each criterion's mark, and what it will become."
    ),
    sa.Column("first_blocker", sa.String(200), comment="Title of the blocker of least effort."),
    sa.Column("first_step", sa.String(1000), comment="What turns it green."),
    sa.Column("first_duty", sa.String(12)),
    sa.Column("first_person", sa.String(320)),
    sa.Index("ix_assessments_freshness", "use_case", "revision", "rubric", "next_change_at"),
)
"""Derived: it can be thrown away and comes back. A row counts only while `revision` and `rubric` are the current
ones and `next_change_at` has not passed; whoever reads it makes sure of that first."""

criterion_waivers = sa.Table(
    "criterion_waivers",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("use_case", sa.String(120), sa.ForeignKey(use_cases.c.name, ondelete="CASCADE"), nullable=False),
    sa.Column("criterion", sa.String(60), nullable=False),
    sa.Column("asked", sa.String(71), nullable=False, comment="Digest of what it asked when it was waived."),
    sa.Column("by", sa.String(120), nullable=False, comment="Reference of whoever carried it out."),
    sa.Column("at", Instant, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("control", sa.Text, nullable=False, comment="What makes up for it meanwhile."),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("entry_id", sa.String(36), nullable=False),
    sa.Index("ix_criterion_waivers_use_case", "use_case"),
)
"""Criteria that were accepted as missing for a time; a new one ends the former of its criterion. It counts only while
the rubric asks exactly what was waived."""
