"""An audit as a report: the finding first, then the list, then what it rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from roadworthy.documents.audit_report.entries import shown
from roadworthy.documents.audit_report.method import method_of
from roadworthy.documents.audit_report.model import (
    Badge,
    Figure,
    Matched,
    Report,
    SourceReport,
    Term,
    Tone,
)
from roadworthy.documents.audit_report.pictures import attrition_of, coverage_of, lateness_of
from roadworthy.documents.audit_report.sides import columns_of, is_compared, sides_of
from roadworthy.documents.charts.model import Table
from roadworthy.documents.words import interval, listed, many, minute, percent
from roadworthy.measure.data_audit.model import Audit, Check, GapStatus, Headline, Unproven, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.fingerprint.model import Fingerprint

MOST_REASONS = 12


def written(audits: Sequence[Audit]) -> Report:
    """The whole report, a source after the other. There is at least one."""
    sources = tuple(_source(audit, number, alone=len(audits) == 1) for number, audit in enumerate(audits, 1))
    first = audits[0]
    made = max(audit.context.now or audit.production.measured_at for audit in audits)
    if len(audits) == 1:
        title = sources[0].finding
        subtitle = f"Data path audit of {first.source}: {_told(first.pilot)} against {_told(first.production)}."
    else:
        blocked = sum(audit.blocked for audit in audits)
        title = (
            f"{blocked:,} of {many(len(audits), 'data source')} {'blocks' if blocked == 1 else 'block'} a launch"
            if blocked
            else f"None of {many(len(audits), 'data source')} blocks a launch"
        )
        subtitle = "Data path audit of " + listed([audit.source for audit in audits], 6) + "."
    return Report(title=title, subtitle=subtitle, sources=sources, made=minute(made))


def _source(audit: Audit, number: int, *, alone: bool) -> SourceReport:
    anchor = "" if alone else f"source-{number}-"
    standing = [gap for gap in audit.gaps if gap.status is GapStatus.OPEN]
    gaps = [gap for gap in standing if gap.verdict is Verdict.GAP]
    unknowns = [gap for gap in standing if gap.verdict is Verdict.UNKNOWN]
    waived = [gap for gap in audit.gaps if gap.status is GapStatus.WAIVED]
    compared = is_compared(audit)
    return SourceReport(
        source=audit.source,
        anchor=f"source-{number}",
        finding=finding_of(audit.headline) if compared else "Nothing was compared",
        badge=_badge(audit),
        standing=_standing(audit, len(gaps), len(unknowns), len(waived)),
        warnings=tuple(_warnings(audit)),
        figures=tuple(_figures(audit, len(gaps))) if compared else (),
        sides=sides_of(audit),
        columns=columns_of(audit),
        gaps=shown(audit, gaps, 1, f"{anchor}gap"),
        unknowns=shown(audit, unknowns, 1 + len(gaps), f"{anchor}gap"),
        waived=shown(audit, waived, 1 + len(gaps) + len(unknowns), f"{anchor}gap"),
        coverage=coverage_of(audit),
        unproven=_reasons(audit.headline.unproven) if compared else (),
        registered=audit.context.registered,
        lateness=lateness_of(audit),
        attrition=attrition_of(audit),
        matched=_matched(audit.checks) if compared else (),
        pairings=_pairings(audit),
        method=method_of(audit) if compared else (),
        notes=audit.notes,
    )


def _told(side: Fingerprint) -> str:
    """A side by the last part of where it lies."""
    return side.location.rstrip("/").rsplit("/", 1)[-1] or side.name


def finding_of(headline: Headline) -> str:
    """`31% of production lies outside what the pilot proved; 58% of the data work was never done`."""
    return f"{_unproven(headline.unproven)}; {_never_done(headline)}"


def _unproven(found: Unproven) -> str:
    if found.value is not None:
        if found.value <= 0:
            return "No row of production has a value that the pilot did not prove"
        return f"{percent(found.value)} of production lies outside what the pilot proved"
    return _bounds(found.low, found.high)


def _bounds(low: float, high: float) -> str:
    if low <= 0 and high >= 1:
        return "How much of production lies outside what the pilot proved cannot be told"
    if high <= 0:
        return "Nothing of production is seen to lie outside what the pilot proved"
    if low <= 0:
        return f"At most {percent(high)} of production lies outside what the pilot proved"
    if percent(low) == percent(high):
        return f"{percent(low)} of production lies outside what the pilot proved"
    return f"Between {percent(low)} and {percent(high)} of production lies outside what the pilot proved"


def _never_done(headline: Headline) -> str:
    value = headline.never_done.value
    if value is None:
        return "no piece of data work could be judged"
    if value == 0:
        return "all of the data work that applies was done"
    return f"{percent(value)} of the data work was never done"


def _badge(audit: Audit) -> Badge:
    if audit.blocked:
        return Badge(Tone.STOP, "blocked")
    if audit.partial:
        return Badge(Tone.UNKNOWN, "in part")
    if any(gap.status is GapStatus.WAIVED for gap in audit.gaps):
        return Badge(Tone.MIND, "waived")
    return Badge(Tone.GO, "no gap")


def _standing(audit: Audit, gaps: int, unknowns: int, waived: int) -> str:
    parts = []
    if gaps:
        parts.append(many(gaps, "gap"))
    if unknowns:
        parts.append(many(unknowns, "unknown"))
    aside = f" {many(waived, 'gap')} {'is' if waived == 1 else 'are'} waived for a time." if waived else ""
    if parts:
        one = gaps + unknowns == 1
        return f"{listed(parts)} {'stands' if one else 'stand'} in the way of a launch.{aside}"
    return f"Nothing stands in the way: {many(audit.headline.matches, 'check')} of both sides came out the same.{aside}"


def _warnings(audit: Audit) -> Iterator[str]:
    if not is_compared(audit):
        if audit.partial:
            yield f"{audit.partial.rstrip('.')}."
        return
    if audit.partial:
        yield f"This is not the whole audit: {audit.partial.rstrip('.')}."
    for the, print_ in (("the pilot", audit.pilot), ("production", audit.production)):
        if print_.partial and print_.partial != audit.partial:
            yield f"{the.capitalize()} was measured in part: {print_.partial}."
        if print_.faults:
            names = [f"`{part.name}` ({part.fault})" for part in print_.faults]
            are = "is" if len(names) == 1 else "are"
            yield (
                f"{many(len(names), 'part')} of {the} could not be read, and {are} in none of the numbers: "
                f"{listed(names, 5)}."
            )
    if audit.live.identical:
        yield "Both sides hold the same data, so that this audit proves nothing about production."


def _figures(audit: Audit, gaps: int) -> Iterator[Figure]:
    head, found = audit.headline, audit.headline.unproven
    if found.value is not None:
        exact = found.low == found.high
        rows = f"{'' if exact else 'of '}{found.n:,} rows looked at" if found.n else ""
        note = rows if exact else ", ".join(filter(None, (interval(found.low, found.high), rows)))
        yield Figure(percent(found.value), "of production is unproven", note)
    else:
        yield Figure(interval(found.low, found.high), "of production is unproven", "bounds, from fingerprints alone")
    done = head.never_done.value
    yield Figure(
        percent(done) if done is not None else "not known",
        "of the data work never done",
        f"{head.pieces_never_done:,} of {many(head.pieces, 'piece')}, weighted by effort",
    )
    ranks = Counter(gap.rank for gap in audit.gaps if gap.verdict is Verdict.GAP and gap.status is GapStatus.OPEN)
    yield Figure(
        f"{gaps:,}", "gap" if gaps == 1 else "gaps", listed([f"{ranks[r]:,} of rank {r}" for r in sorted(ranks)])
    )
    yield Figure(f"{head.unknown:,}", "unknown", "each blocks like a gap of rank 2")
    yield Figure(f"{head.matches:,}", "checks matched", f"of {len(audit.checks):,} put to both sides")


def _reasons(found: Unproven) -> tuple[Term, ...]:
    reasons = sorted(found.reasons.items(), key=lambda each: -each[1])
    terms = [Term(name, percent(value)) for name, value in reasons[:MOST_REASONS]]
    if len(reasons) > MOST_REASONS:
        most = percent(reasons[MOST_REASONS][1])
        terms.append(Term(many(len(reasons) - MOST_REASONS, "more reason"), f"{most} or less"))
    if found.thin:
        terms.append(Term("in cells of which the pilot has fewer than 30 rows", percent(found.thin)))
    return tuple(terms)


def _matched(checks: Sequence[Check]) -> tuple[Matched, ...]:
    rules_in_words = Policy.shipped().rules
    rules: dict[str, list[Check]] = {}
    for check in checks:
        rules.setdefault(check.rule, []).append(check)
    found = []
    for rule, group in rules.items():
        same = [check for check in group if check.verdict is Verdict.MATCH]
        if same:
            names = tuple(dict.fromkeys(check.column for check in same if check.column))
            found.append(
                Matched(rules_in_words[rule].title if rule in rules_in_words else rule, len(same), len(group), names)
            )
    return tuple(sorted(found, key=lambda each: (each.count < each.of, each.rule)))


def _pairings(audit: Audit) -> Table | None:
    renamed = [pair for pair in audit.matching.pairs if pair.pilot != pair.production]
    if not renamed:
        return None
    rows = tuple((pair.pilot, pair.production, percent(pair.score), "; ".join(pair.why)) for pair in renamed)
    return Table(
        "Columns that go by another name in production",
        ("In the pilot", "In production", "Likeness", "Why"),
        rows,
        frozenset({2}),
    )
