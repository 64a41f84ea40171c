"""The audit as JSON of a stable shape, for other programs; docs/data-audit.md describes it."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from typing import Any

from roadworthy.documents.audit_report.writing import finding_of
from roadworthy.measure.data_audit.model import Audit, Check, Gap, Headline, Measure, Waiver
from roadworthy.measure.fingerprint.codec import digest_of
from roadworthy.measure.fingerprint.model import Fingerprint

FORMAT = "roadworthy.dev/data-audit/v1"
"""What the file says of itself. Fields are added under this name and never change their meaning."""
_SURROGATES = re.compile("[\ud800-\udfff]")
"""Halves of characters, which a file in UTF-8 can carry only by their numbers."""


def machine(audits: Sequence[Audit]) -> str:
    """The file; numbers that are not finite and texts that are not Unicode cannot get in."""
    found = {"format": FORMAT, "blocked": any(audit.blocked for audit in audits), "audits": [_audit(a) for a in audits]}
    written = json.dumps(found, ensure_ascii=False, indent=2, allow_nan=False, default=_other)
    return _SURROGATES.sub(lambda half: f"\\u{ord(half[0]):04x}", written) + "\n"


def _other(value: object) -> object:
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    return str(value)


def _audit(audit: Audit) -> dict[str, Any]:
    return {
        "source": audit.source,
        "finding": finding_of(audit.headline),
        "blocked": audit.blocked,
        "partial": audit.partial,
        "headline": _headline(audit.headline),
        "pilot": _side(audit.pilot),
        "production": _side(audit.production),
        "columns": {
            "paired": [
                {"pilot": pair.pilot, "production": pair.production, "score": pair.score, "why": list(pair.why)}
                for pair in audit.matching.pairs
            ],
            "lost": list(audit.matching.lost),
            "new": list(audit.matching.new),
        },
        "gaps": [_gap(gap) for gap in audit.gaps],
        "checks": [_check(check) for check in audit.checks],
        "policyDigest": audit.policy_digest,
        "notes": list(audit.notes),
        "judgedAt": audit.context.now.isoformat() if audit.context.now else None,
        "useCaseClass": audit.context.use_case_class,
    }


def _headline(headline: Headline) -> dict[str, Any]:
    found = headline.unproven
    return {
        "unproven": {
            "value": found.value,
            "low": found.low,
            "high": found.high,
            "n": found.n,
            "reasons": dict(found.reasons),
            "thin": found.thin,
        },
        "neverDone": {
            "share": headline.never_done.value,
            "weight": headline.never_done.count,
            "ofWeight": headline.never_done.of,
            "pieces": headline.pieces_never_done,
            "ofPieces": headline.pieces,
        },
        "gaps": headline.gaps,
        "unknown": headline.unknown,
        "matches": headline.matches,
    }


def _side(side: Fingerprint) -> dict[str, Any]:
    return {
        "name": side.name,
        "location": side.location,
        "engine": side.engine,
        "measuredAt": side.measured_at.isoformat(),
        "rows": side.rows,
        "columns": len(side.columns),
        "bytes": side.size,
        "parts": len(side.parts),
        "unread": [{"part": part.name, "fault": part.fault} for part in side.faults],
        "partial": side.partial,
        "fingerprint": digest_of(side),
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "id": gap.id,
        "rule": gap.rule,
        "area": gap.area.value,
        "verdict": gap.verdict.value,
        "rank": gap.rank,
        "status": gap.status.value,
        "title": gap.title,
        "finding": gap.finding,
        "column": gap.column,
        "scope": gap.scope,
        "affected": gap.affected,
        "rowsADay": gap.rows_a_day,
        "needed": max((check.needed for check in gap.checks if check.needed), default=None),
        "consequence": gap.consequence,
        "remediation": gap.remediation,
        "effort": gap.effort.value,
        "owner": gap.owner,
        "proof": gap.proof,
        "query": gap.query,
        "examples": [{"side": each.side, "text": each.text, "count": each.count} for each in gap.examples],
        "checks": [_check(check) for check in gap.checks],
        "firstSeen": gap.first_seen.isoformat() if gap.first_seen else None,
        "lastSeen": gap.last_seen.isoformat() if gap.last_seen else None,
        "waiver": _waiver(gap.waiver) if gap.waiver else None,
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "rule": check.rule,
        "verdict": check.verdict.value,
        "column": check.column,
        "scope": check.scope,
        "finding": check.finding,
        "pilot": _measure(check.pilot),
        "production": _measure(check.production),
        "affected": check.affected,
        "needed": check.needed,
        "sampled": check.sampled,
        "detail": dict(check.detail),
    }


def _measure(measure: Measure | None) -> dict[str, Any] | None:
    if measure is None:
        return None
    return {
        "value": measure.value,
        "unit": measure.unit,
        "n": measure.n,
        "low": measure.low,
        "high": measure.high,
    }


def _waiver(waiver: Waiver) -> dict[str, Any]:
    return {
        "by": waiver.by,
        "at": waiver.at.isoformat(),
        "reason": waiver.reason,
        "control": waiver.control,
        "expiresAt": waiver.expires_at.isoformat(),
    }
