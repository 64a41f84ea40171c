"""Tables of the calls: an index of what stands in segments, what was kept of contents, and how each replica fares."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

calls = sa.Table(
    "calls",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("writer", sa.String(36), nullable=False, comment="The replica that recorded it."),
    sa.Column("surface", sa.String(20), nullable=False),
    sa.Column("ruling", sa.String(10), nullable=False),
    sa.Column("enforcement", sa.String(10), nullable=False),
    sa.Column("key", sa.String(120)),
    sa.Column("use_case", sa.String(120)),
    sa.Column("stage", sa.String(20)),
    sa.Column("endpoint", sa.String(120)),
    sa.Column("release", sa.String(71)),
    sa.Column("certificate", sa.String(40)),
    sa.Column("model", sa.String(120), nullable=False),
    sa.Column("rule", sa.String(160)),
    sa.Column("trace", sa.String(32)),
    sa.Column("intent_segment", sa.String(36), nullable=False),
    sa.Column("intent_index", sa.Integer, nullable=False),
    sa.Column("outcome", sa.String(10)),
    sa.Column("ended_at", Instant),
    sa.Column("status", sa.Integer),
    sa.Column("error", sa.String(80)),
    sa.Column("upstream", sa.String(120), comment="The last that was tried."),
    sa.Column("attempts", sa.Integer),
    sa.Column("milliseconds", sa.BigInteger),
    sa.Column("first_token_milliseconds", sa.BigInteger),
    sa.Column("input_tokens", sa.BigInteger),
    sa.Column("output_tokens", sa.BigInteger),
    sa.Column("cost", sa.BigInteger, comment="In millionths of the currency's unit."),
    sa.Column("currency", sa.String(3)),
    sa.Column("result_segment", sa.String(36)),
    sa.Column("result_index", sa.Integer),
    sa.Index("ix_calls_use_case", "use_case", "id"),
    sa.Index("ix_calls_outcome", "outcome", "id"),
    sa.Index("ix_calls_rule", "rule", "id"),
    sa.Index("ix_calls_trace", "trace"),
    sa.Index("ix_calls_intent_segment", "intent_segment"),
    sa.Index("ix_calls_result_segment", "result_segment"),
)
"""An index: written behind the records, and made again from them where it is lost."""

call_segments = sa.Table(
    "call_segments",
    metadata,
    sa.Column("segment", sa.String(36), primary_key=True),
    sa.Column("writer", sa.String(36), nullable=False),
    sa.Column("indexed_at", Instant, nullable=False),
)
"""Segments of which every record stands in the index."""

call_contents = sa.Table(
    "call_contents",
    metadata,
    sa.Column("call", sa.String(36), primary_key=True),
    sa.Column("direction", sa.String(10), primary_key=True),
    sa.Column("use_case", sa.String(120)),
    sa.Column("commitment", sa.String(71), nullable=False),
    sa.Column("salt", sa.LargeBinary),
    sa.Column("content", sa.LargeBinary),
    sa.Column("bytes", sa.Integer, nullable=False),
    sa.Column("kept_at", Instant, nullable=False),
    sa.Column("keep_until", Instant, comment="Where the endpoint says so; else the retention policy does."),
    sa.Column("erased_at", Instant),
    sa.Index("ix_call_contents_keep_until", "erased_at", "keep_until"),
    sa.Index("ix_call_contents_kept_at", "erased_at", "kept_at"),
)
"""What went into models and came out, where an endpoint keeps it. The records hold salted commitments only."""

call_replicas = sa.Table(
    "call_replicas",
    metadata,
    sa.Column("writer", sa.String(36), primary_key=True),
    sa.Column("host", sa.String(255), nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("left_at", Instant, comment="Gone; its open calls were looked after."),
    sa.Column("fault", sa.Text),
)
"""Replicas that record calls, and when each last said that it lives."""

call_windows = sa.Table(
    "call_windows",
    metadata,
    sa.Column("writer", sa.String(36), primary_key=True),
    sa.Column("at", Instant, primary_key=True, comment="Begin of ten seconds."),
    sa.Column("counted", sa.LargeBinary, nullable=False),
    sa.Index("ix_call_windows_at", "at"),
)
"""What each replica counted in ten seconds; for the live page, and gone after an hour."""
