"""Rows of the index, from records. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.ledger.segments.journal import Receipt
from roadworthy.operate.telemetry.codec import Record
from roadworthy.operate.telemetry.model import Enforcement, Intent, Outcome, Result, Ruling
from roadworthy.operate.telemetry.tables import calls

_LENGTHS = {each.key: each.type.length or 0 for each in calls.columns if isinstance(each.type, sa.String)}
_STOPPED = frozenset({Ruling.REFUSED, Ruling.HELD})


@dataclass(frozen=True, slots=True)
class Kept:
    """A record, and where it stands."""

    record: Record
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Rows:
    """What a batch of records makes of the index."""

    whole: list[dict[str, Any]]
    """Intent and result in one batch."""
    begun: list[dict[str, Any]]
    """Intents alone."""
    ended: list[dict[str, Any]]
    """Results of intents that came before."""


def stopped(intent: Intent) -> bool:
    """Whether the funnel ended the call: nothing more comes of it."""
    return intent.ruling in _STOPPED and intent.enforcement is not Enforcement.OBSERVED


def rows_of(kept: Iterable[Kept], writer: str) -> Rows:
    """Rows of a batch, of each call one at most in each list."""
    begun: dict[str, dict[str, Any]] = {}
    ended: dict[str, dict[str, Any]] = {}
    for each in kept:
        record = each.record
        if isinstance(record, Intent):
            begun[record.id] = _begun(record, each.receipt, writer)
        elif record.id not in ended or ended[record.id]["outcome"] == Outcome.UNKNOWN.value:
            ended[record.id] = _ended(record, each.receipt)
    both = begun.keys() & ended.keys()
    return Rows(
        whole=[{**begun.pop(each), **ended.pop(each)} for each in sorted(both)],
        begun=list(begun.values()),
        ended=list(ended.values()),
    )


def _begun(intent: Intent, receipt: Receipt, writer: str) -> dict[str, Any]:
    return {
        "id": intent.id,
        "at": intent.at,
        "writer": writer,
        "surface": intent.surface.value,
        "ruling": intent.ruling.value,
        "enforcement": intent.enforcement.value,
        "key": _fit("key", intent.key),
        "use_case": _fit("use_case", intent.use_case),
        "stage": _fit("stage", intent.stage),
        "endpoint": _fit("endpoint", intent.endpoint),
        "release": _fit("release", intent.release),
        "certificate": _fit("certificate", intent.certificate),
        "model": _fit("model", intent.model),
        "rule": _fit("rule", intent.rule),
        "trace": _fit("trace", intent.trace),
        "intent_segment": receipt.segment,
        "intent_index": receipt.index,
        "outcome": Outcome.REFUSED.value if stopped(intent) else None,
    }


def _ended(result: Result, receipt: Receipt) -> dict[str, Any]:
    last = result.attempts[-1] if result.attempts else None
    usage = result.usage
    return {
        "id": result.id,
        "outcome": result.outcome.value,
        "ended_at": result.at,
        "status": result.status or None,
        "error": _fit("error", result.error),
        "upstream": _fit("upstream", last.upstream if last else None),
        "attempts": len(result.attempts),
        "milliseconds": result.milliseconds,
        "first_token_milliseconds": result.first_token_milliseconds,
        "input_tokens": usage.input if usage else None,
        "output_tokens": usage.output if usage else None,
        "cost": result.cost,
        "currency": _fit("currency", result.currency),
        "result_segment": receipt.segment,
        "result_index": receipt.index,
    }


def _fit(name: str, text: str | None) -> str | None:
    """What a column takes: what a client said may be longer, and PostgreSQL refuses a zero in a text."""
    if text is None:
        return None
    return text[: _LENGTHS[name]].replace("\0", "?").encode("utf-8", "replace").decode("utf-8")
