"""A gap in words: what, where, how much, what it does to this class of model, and how it ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from roadworthy.documents.audit_report.model import Badge, GapShown, Sample, Side, Tone, WaiverShown
from roadworthy.documents.audit_report.pictures import charts_of
from roadworthy.documents.charts.model import Bars
from roadworthy.documents.marking import visible
from roadworthy.documents.words import day, many, measured, percent
from roadworthy.measure.data_audit.model import Audit, Check, Effort, Example, Gap, GapStatus, Verdict, Waiver

EFFORTS = {Effort.S: "small", Effort.M: "medium", Effort.L: "large"}
_RANKS = {1: Tone.STOP, 2: Tone.MIND, 3: Tone.ASIDE}
MOST_ALSO = 40
_RENAMED = "column-renamed"
"""Its findings are a table of their own."""
_SEGMENT = "="
"""Stands in a scope that is a part of the rows, such as `line=motor`; other scopes are words of the rules."""


def shown(audit: Audit, gaps: Sequence[Gap], first: int, anchor: str) -> tuple[GapShown, ...]:
    """Entries numbered from `first`; `anchor` begins the name of each on the page."""
    return tuple(_shown(audit, gap, number, anchor) for number, gap in enumerate(gaps, first))


def _shown(audit: Audit, gap: Gap, number: int, anchor: str) -> GapShown:
    charts = charts_of(audit, gap)
    pilot, production, together = _sides(gap, charted=any(isinstance(chart, Bars) for chart in charts))
    return GapShown(
        id=gap.id,
        anchor=f"{anchor}-{number}",
        number=number,
        rule=gap.rule,
        area=gap.area.value,
        unknown=gap.verdict is Verdict.UNKNOWN,
        badge=_badge(gap),
        rank=gap.rank,
        status=gap.status.value,
        title=visible(gap.title),
        where=_where(gap),
        finding=_finding(gap),
        pilot=pilot,
        production=production,
        together=together,
        affected=percent(gap.affected) if gap.affected else "",
        rows_a_day=f"{_rows(gap.rows_a_day)} a day" if gap.rows_a_day else "",
        needed=_needed(gap.checks),
        consequence=visible(gap.consequence),
        remediation=visible(gap.remediation),
        effort=EFFORTS[gap.effort],
        owner=person(gap.owner),
        proof=visible(gap.proof),
        query=visible((gap.query or "").strip()),
        also=_also(gap),
        charts=charts,
        waiver=_waiver(gap.waiver, audit.context.now) if gap.waiver else None,
        first_seen=day(gap.first_seen) if gap.first_seen else "",
        last_seen=day(gap.last_seen) if gap.last_seen else "",
    )


def _rows(count: float) -> str:
    return many(round(count), "row") if round(count) else "under 1 row"


def person(reference: str | None) -> str:
    """Somebody as people write them, without the kind of the reference."""
    return visible((reference or "").removeprefix("person:"))


def _badge(gap: Gap) -> Badge:
    if gap.status is GapStatus.CLOSED:
        return Badge(Tone.GO, "closed")
    if gap.status is GapStatus.WAIVED:
        return Badge(Tone.ASIDE, "waived")
    if gap.verdict is Verdict.UNKNOWN:
        return Badge(Tone.UNKNOWN, "unknown")
    return Badge(_RANKS.get(gap.rank, Tone.ASIDE), f"rank {gap.rank}")


def _where(gap: Gap) -> str:
    """What the title does not say already."""
    scope = gap.scope if _SEGMENT in gap.scope else ""
    return visible(": ".join(part for part in (gap.column, scope) if part and f"`{part}`" not in gap.title))


def _finding(gap: Gap) -> str:
    text = visible(gap.finding)
    renamed = gap.rule == _RENAMED and gap.verdict is Verdict.GAP and len(gap.checks) > 1
    return f"{text} Every name stands under “Names that differ”." if renamed else text


def _sides(gap: Gap, *, charted: bool) -> tuple[Side, Side, str]:
    """What was measured on each side with examples of it, and what only both together have."""
    check = gap.checks[0] if gap.checks else None
    pilot, production, together = "", "", ""
    if check is not None:
        pilot, production = measured(check.pilot), measured(check.production)
        if check.production and check.production.unit == "index":
            pilot, production, together = "", "", production
        elif check.sampled:
            pilot, production = (f"{each}, on a sample" if each else "" for each in (pilot, production))
    # A chart of values shows the same values, and how many rows have them.
    examples = () if charted else gap.examples
    return Side(pilot, _samples(examples, "pilot")), Side(production, _samples(examples, "production")), together


def _needed(checks: Sequence[Check]) -> str:
    needed = [check.needed for check in checks if check.needed]
    return f"{many(max(needed), 'row')} of the pilot" if needed else ""


def _samples(examples: Sequence[Example], side: str) -> tuple[Sample, ...]:
    return tuple(
        Sample(visible(each.text) or "(empty)", many(each.count, "row") if each.count is not None else "")
        for each in examples
        if each.side == side
    )


def _also(gap: Gap) -> tuple[str, ...]:
    """The other findings of the same cause, once each, but for what the sentence says already."""
    if gap.rule == _RENAMED and gap.verdict is Verdict.GAP:
        return ()
    said = gap.finding.casefold()
    told = list(
        dict.fromkeys(
            visible(check.finding) for check in gap.checks[1:] if check.finding and check.finding.casefold() not in said
        )
    )
    if len(told) > MOST_ALSO:
        return (*told[:MOST_ALSO], f"And {len(told) - MOST_ALSO:,} more.")
    return tuple(told)


def _waiver(waiver: Waiver, now: dt.datetime | None) -> WaiverShown:
    return WaiverShown(
        by=person(waiver.by),
        reason=visible(waiver.reason),
        control=visible(waiver.control),
        at=day(waiver.at),
        until=day(waiver.expires_at),
        expired=now is not None and waiver.expires_at <= now,
    )
