"""Gaps over time: which stay, which come back, which are closed and by what proof. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from roadworthy.measure.data_audit.model import Audit, Check, Gap, GapStatus, Verdict, Waiver

SOURCE_RULES = frozenset({"source-missing", "source-unreachable"})
"""Rules that are put to a source before it can be measured; a measured source has closed them."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What an audit changes about the gaps of its source."""

    seen: tuple[Gap, ...]
    """Those that the audit found, with where they stand and since when."""
    closed: tuple[str, ...]
    """Ids of those that the audit found a match for, or that are part of another one now."""


def named(use_case: str, gap: Gap) -> Gap:
    """A gap under an id that is its own among all use cases: two may read one source."""
    text = f"{use_case}\n{gap.id}"
    return replace(gap, id=f"gap-{hashlib.sha256(text.encode()).hexdigest()[:16]}")


def stand(audit: Audit, before: Sequence[Gap], waivers: Mapping[str, Waiver], now: dt.datetime) -> Standing:
    """Lay what an audit found over what was known.

    Args:
        audit: of one source, its gaps under their own ids (`named`).
        before: every gap of that source that was ever seen.
        waivers: by id of gap, those that nobody ended.
        now: of the audit.
    """
    known = {gap.id: gap for gap in before}
    seen = []
    for gap in audit.gaps:
        former, waiver = known.get(gap.id), waivers.get(gap.id)
        accepted = waiver is not None and waiver.expires_at > now
        first = former.first_seen if former is not None and former.first_seen is not None else now
        seen.append(
            replace(
                gap,
                status=GapStatus.WAIVED if accepted else GapStatus.OPEN,
                waiver=waiver if accepted else None,
                first_seen=first,
                last_seen=now,
            )
        )
    present = {gap.id for gap in audit.gaps}
    closed = [
        gap.id
        for gap in before
        if gap.id not in present and gap.status is not GapStatus.CLOSED and _is_closed(gap, audit)
    ]
    return Standing(tuple(seen), tuple(closed))


def _is_closed(gap: Gap, audit: Audit) -> bool:
    """Whether an audit proves that a gap is gone.

    What it did not look at stays: an audit that broke off, or a rule that was not put to this place, proves nothing.
    What it found under another cause is not lost, for the other gap blocks in its place.
    """
    if audit.partial is not None:
        return False
    if gap.rule in SOURCE_RULES:
        return True
    standing = {_place(check) for each in audit.gaps for check in each.checks}
    if any(_place(check) in standing for check in gap.checks):
        return True
    matched = [check for check in audit.checks if check.verdict is Verdict.MATCH and check.rule == gap.rule]
    return all(_proved(check, matched) for check in gap.checks if check.rule == gap.rule)


def _place(check: Check) -> tuple[str, str | None, str]:
    return check.rule, check.column, check.scope


def _proved(check: Check, matched: Iterable[Check]) -> bool:
    """A match of the same rule at the same column, or one that speaks for the whole source."""
    return any(check.column is None or each.column in {None, check.column} for each in matched)
