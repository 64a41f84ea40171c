"""The audit of a source that has only one side, or that nobody can reach: one gap instead of a comparison. Pure."""

from __future__ import annotations

import datetime as dt

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.measure.data_audit.gaps import gaps
from roadworthy.measure.data_audit.headline import headline
from roadworthy.measure.data_audit.model import (
    Audit,
    Check,
    Context,
    Live,
    Matching,
    Pair,
    Unproven,
    Verdict,
)
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules import sources
from roadworthy.measure.fingerprint.model import Fingerprint

MISSING = "source-missing"
UNREACHABLE = "source-unreachable"
UNREADABLE = "source-unreadable"
_BROKEN = frozenset({"engine-refused-data", "source-empty"})
"""Codes that say the source is there and cannot be read."""


def one_sided(*, pilot: str | None, production: str | None) -> Check:
    """The check of a source that has not both sides.

    Args:
        pilot: its declared location.
        production: its declared location.
    """
    if production is None and pilot is None:
        return _missing("", "Neither where the pilot's data is nor where production's is has been declared")
    if production is None:
        return _missing("production", "The pilot used it, and no production source is declared")
    return _missing(
        "pilot", "Production has it, and nobody has said what the pilot used in its place", verdict=Verdict.UNKNOWN
    )


def out_of_reach(context: Context, side: str, error: RoadworthyError) -> Check:
    """The check of a source of which one side could not be opened or measured."""
    rule = UNREADABLE if error.code in _BROKEN or error.status == _INVALID else UNREACHABLE
    told = "could not be read" if rule == UNREADABLE else "could not be reached"
    return Check(
        rule=rule,
        verdict=Verdict.GAP,
        scope=side,
        finding=f"The {side} side of `{context.source}` {told}: {error.message}",
        affected=1.0 if side == "production" else None,
        detail={"side": side, "code": error.code, "place": str(error.place), "remedy": error.remedy},
    )


def unaudited(check: Check, context: Context, policy: Policy, now: dt.datetime) -> Audit:
    """An audit of one check and of what the register says; it tells that it is not the whole."""
    empty = nothing(context.source, now)
    pair = Pair(empty, empty, Matching(()), Live(), context)
    checks = (check, *sources.registered(pair)) if context.registered else (check,)
    found = gaps(checks, pair, policy)
    return Audit(
        source=context.source,
        pilot=empty,
        production=empty,
        matching=Matching(()),
        checks=checks,
        gaps=found,
        headline=headline(checks, found, Unproven(0.0, None, 1.0), policy),
        live=Live(),
        context=context,
        policy_digest=policy.digest,
        partial=check.finding,
    )


def nothing(source: str, now: dt.datetime) -> Fingerprint:
    """The fingerprint of a side that was not measured."""
    return Fingerprint(
        name=source,
        location="",
        engine="none",
        measured_at=now,
        rows=0,
        columns=(),
        partial="nothing was measured",
    )


_INVALID = 422


def _missing(scope: str, finding: str, verdict: Verdict = Verdict.GAP) -> Check:
    return Check(rule=MISSING, verdict=verdict, scope=scope, finding=finding, affected=1.0)
