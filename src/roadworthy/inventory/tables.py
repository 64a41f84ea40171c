"""Tables of the inventory. What people declare lives in `resources`; here is what is known beside it."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

use_cases = sa.Table(
    "use_cases",
    metadata,
    sa.Column("name", sa.String(120), primary_key=True),
    sa.Column("title", sa.String(1000), nullable=False),
    sa.Column("organisation", sa.String(1000)),
    sa.Column("unit", sa.String(1000)),
    sa.Column("sector", sa.String(40)),
    sa.Column("class", sa.String(20), key="class_"),
    sa.Column("stage", sa.String(20)),
    sa.Column("tier", sa.String(20)),
    sa.Column("search", sa.Text, nullable=False, comment="Lower-case text that the portfolio's search box looks in."),
    sa.Column("generation", sa.BigInteger, nullable=False),
    sa.Column(
        "revision",
        sa.BigInteger,
        nullable=False,
        comment="Counts every change of anything that an assessment reads: the spec, seats, answers, evidence.",
    ),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Index("ix_use_cases_organisation", "organisation"),
)
"""An index over the declared use cases, rebuilt from them by the projection of their kind."""

acceptances = sa.Table(
    "owner_acceptances",
    metadata,
    sa.Column("use_case", sa.String(120), primary_key=True),
    sa.Column("duty", sa.String(20), primary_key=True),
    sa.Column("named", sa.String(320), nullable=False),
    sa.Column("person_ref", sa.String(36), nullable=False),
    sa.Column("accepted_at", Instant, nullable=False),
    sa.Column("entry_id", sa.String(36), nullable=False),
    sa.Index("ix_owner_acceptances_person_ref", "person_ref"),
)
"""Who accepted which duty, and under which name they were asked."""

reported_answers = sa.Table(
    "reported_answers",
    metadata,
    sa.Column("use_case", sa.String(120), primary_key=True),
    sa.Column("fact", sa.String(80), primary_key=True),
    sa.Column("answer", sa.String(20), nullable=False),
    sa.Column("import_id", sa.String(36), nullable=False),
    sa.Column("place", sa.String(400), nullable=False, comment="Sheet and cell that said so."),
    sa.Column("reported_at", Instant, nullable=False),
)
"""What a spreadsheet said about a fact: the weakest kind of evidence, and shown as such."""
