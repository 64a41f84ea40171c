"""The report in words, as blocks: Markdown and HTML are made of the same ones, so they say the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from roadworthy.documents.assessment_report.model import (
    Block,
    Bullets,
    DimensionState,
    Heading,
    Paragraph,
    Report,
    Table,
)

WHY_NOT: Mapping[str, str] = {
    "stage-not-ranked": "are at a stage that is not ranked: in production, retired, proposed, or not known",
    "value-missing": "have no annual value",
    "value-not-positive": "have an annual value of nothing or less",
    "rate-missing": "have a value in a currency for which no rate is declared",
    "commitment-missing": "have nobody who stands behind the number",
    "effort-unknown": "have open work of unknown size",
}
_TONES = (("green", "ready"), ("amber", "open"), ("red", "blocked"), ("unknown", "unknown"))
MOST_LISTED = 40
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def written(report: Report) -> tuple[Block, ...]:
    """The whole report."""
    head = (
        Heading(1, title_of(report)),
        Paragraph(f"As of {day(report.made_at.date())}. Made by {report.made_by}."),
    )
    if not report.total:
        return (*head, *_empty(), *_made_of(report))
    return (
        *head,
        *_summary(report),
        *_three(report),
        *_steps(report),
        *_portfolio(report),
        *_gaps(report),
        *_modes(report),
        *_owners(report),
        *_ending(report),
        *_made_of(report),
    )


def title_of(report: Report) -> str:
    """What the report is called."""
    return f"AI assessment report {report.number}{f': {report.organisation}' if report.organisation else ''}"


def day(date: dt.date) -> str:
    """`3 March 2026`."""
    return f"{date.day} {date:%B %Y}"


def many(count: int, one: str, more: str | None = None) -> str:
    """`1 use case`, `2 use cases`."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def listed(items: Sequence[str]) -> str:
    """`a, b and c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else "none"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _empty() -> Iterator[Block]:
    yield Heading(2, "There is nothing to report on yet")
    yield Paragraph(
        "No use case is registered. Bring in the list that the organisation already keeps, however incomplete: "
        "`roadworthy import inventory.xlsx`. What is in it is kept word for word, what is missing shows as unknown, "
        "and the next report says where it stands."
    )


def _summary(report: Report) -> Iterator[Block]:
    owners = report.owners
    yield Heading(2, "In short")
    blocked, open_ = report.tones.get("red", 0), report.tones.get("unknown", 0)
    stands = (
        f"{many(report.total, 'use case')} {_is(report.total)} registered; {report.ready:,} {_is(report.ready)} ready, "
        f"{blocked:,} {_is(blocked)} blocked by something known, and of {open_:,} the decisive facts are not known."
    )
    items = [stands, _push(report)]
    if owners.lacking:
        rest = f", {owners.without:,} of them every owner" if owners.without else ""
        items.append(f"{many(owners.lacking, 'use case lacks', 'use cases lack')} at least one owner{rest}.")
    else:
        items.append("Somebody is named for every duty of every use case.")
    gaps = sorted((gap for each in report.dimensions for gap in each.gaps), key=lambda gap: -gap.unmet)
    if gaps:
        items.append(
            f"What is missing most often: “{gaps[0].title}”, not met by {gaps[0].unmet:,} of {report.total:,}."
        )
    present = [mode for mode in report.modes if mode.present]
    if present:
        items.append(f"The most frequent way to fail: “{present[0].title}”, found in {present[0].present:,}.")
    if report.ending_count:
        items.append(f"{many(report.ending_count, 'piece')} of evidence run out within thirty days.")
    yield Bullets(tuple(items))


def _push(report: Report) -> str:
    if not report.three:
        return f"None of the {report.total:,} can be ranked yet, so there is no pilot to push for reasons that hold."
    count = _NUMBERS[len(report.three)] if len(report.three) < len(_NUMBERS) else str(len(report.three))
    short = "" if len(report.three) >= report.wanted else "; no other can be ranked yet"
    return f"Push {count} next: {listed([each.title for each in report.three])}{short}."


def _three(report: Report) -> Iterator[Block]:
    yield Heading(2, "The pilots to push next", breaks=True)
    if not report.three:
        yield Paragraph(
            "A pilot is ranked once somebody has said what it is worth in a year, somebody stands behind the number, "
            "and its stage is known. What is missing where is counted below."
        )
    for number, each in enumerate(report.three, start=1):
        yield Heading(3, f"{number}. {each.title}")
        firm = f"It stays among the picks in {each.stays:,} of {each.of:,} scenarios of value, confidence and effort."
        yield Bullets((*each.reasons, firm))
        if each.out:
            yield Paragraph(f"It would leave the picks with any one of these: {listed(each.out)}.")
    if report.chances:
        yield Heading(3, "What would bring another one in")
        yield Table(
            "Changes that would bring a use case among the picks",
            ("Use case", "What", "Who"),
            tuple((each.title, each.words, each.person or "nobody is named") for each in report.chances),
        )
    reasons = [(name, count) for name, count in report.not_rankable.items() if count]
    if reasons:
        left = report.total - report.rankable
        yield Paragraph(f"{many(left, 'use case')} cannot be ranked; a use case can count under several reasons:")
        yield Bullets(tuple(f"{count:,} {WHY_NOT.get(name, name)}" for name, count in reasons))


def _steps(report: Report) -> Iterator[Block]:
    yield Heading(2, "The next thirty days", breaks=True)
    if not report.steps:
        yield Paragraph("Nothing is open for the picked pilots.")
    else:
        yield Paragraph(
            "Days are working days from the date of this report; efforts carry the usual underestimate. Where nobody "
            "is named, naming somebody is the step."
        )
        rows = tuple(
            (
                day(step.day) if step.ends else f"under way by {day(step.day)}",
                step.who or "nobody is named",
                step.title or "the portfolio",
                step.what,
            )
            for step in report.steps
        )
        yield Table("Next steps", ("By", "Who", "Use case", "What"), rows)
    if report.followed:
        done = sum(each.done for each in report.followed)
        yield Paragraph(f"Of {many(len(report.followed), 'step')} of the report before, {done:,} {_is(done)} done.")
        still = [each.step for each in report.followed if not each.done]
        if still:
            yield Table(
                "Steps of the report before that are still open",
                ("Was due", "Who", "Use case", "What"),
                tuple(
                    (day(step.day), step.who or "nobody is named", step.title or "", step.what)
                    for step in still[:MOST_LISTED]
                ),
            )


def _portfolio(report: Report) -> Iterator[Block]:
    yield Heading(2, "The portfolio", breaks=True)
    yield Table(
        "Use cases by stage",
        ("Stage", "Use cases"),
        tuple((stage, f"{count:,}") for stage, count in report.stages.items() if count),
        frozenset({1}),
    )
    yield Table(
        "Where it stands, by dimension",
        ("Dimension", *(word for _, word in _TONES)),
        (
            *(_tones(each.name, each.tones) for each in report.dimensions),
            _tones("all four together", report.tones),
        ),
        frozenset({1, 2, 3, 4, 5}),
    )
    known = [f"{count:,} {method}" for method, count in report.known_by.items() if method != "unknown" and count]
    yield Paragraph(
        f"What this rests on: {listed(known)} answers; {report.known_by.get('unknown', 0):,} questions that apply have "
        "no answer. Unknown is not counted as good."
    )


def _tones(name: str, tones: Mapping[str, int]) -> tuple[str, ...]:
    return (name, *(f"{tones.get(tone, 0):,}" for tone, _ in _TONES))


def _gaps(report: Report) -> Iterator[Block]:
    yield Heading(2, "What is missing, by dimension", breaks=True)
    for dimension in report.dimensions:
        yield Heading(3, dimension.name.capitalize())
        if not dimension.gaps:
            yield Paragraph("Every must is met everywhere.")
            continue
        yield _gap_table(dimension)


def _gap_table(dimension: DimensionState) -> Table:
    return Table(
        f"Musts of {dimension.name} that are not met",
        ("Must", "Not met by", "known to fail", "unknown", "run out", "waived", "Days each", "Whose"),
        tuple(
            (
                gap.title,
                f"{gap.unmet:,}",
                f"{gap.failed:,}",
                f"{gap.unknown:,}",
                f"{gap.expired:,}",
                f"{gap.waived:,}",
                str(gap.low) if gap.low == gap.high else f"{gap.low} to {gap.high}",
                gap.duty,
            )
            for gap in dimension.gaps
        ),
        frozenset({1, 2, 3, 4}),
    )


def _modes(report: Report) -> Iterator[Block]:
    yield Heading(2, "Ways to fail, by frequency", breaks=True)
    if not report.modes:
        yield Paragraph("No failure mode was looked for.")
        return
    present = [mode for mode in report.modes if mode.present]
    if not present:
        yield Paragraph(
            f"Of {many(report.diagnosed, 'use case')} none shows a failure mode for certain; where it cannot be told, "
            "the questions below would tell."
        )
    yield Table(
        "Failure modes and patterns",
        ("What", "Found in", "Cannot tell", "Ruled out in"),
        tuple((mode.title, f"{mode.present:,}", f"{mode.cannot_tell:,}", f"{mode.absent:,}") for mode in report.modes),
        frozenset({1, 2, 3}),
    )
    yield Bullets(tuple(f"{mode.title}: {mode.goes_wrong}" for mode in present[:3]))
    if report.asks:
        yield Paragraph("What would tell most, in this order:")
        yield Bullets(
            tuple(f"{ask.asks} (the {ask.duty} owner; not known of {ask.open:,})" for ask in report.asks), numbered=True
        )


def _owners(report: Report) -> Iterator[Block]:
    owners = report.owners
    yield Heading(2, "Owners", breaks=True)
    yield Table(
        "Duties that nobody is named for",
        ("Duty", "Use cases"),
        tuple((duty, f"{count:,}") for duty, count in owners.unassigned.items()),
        frozenset({1}),
    )
    if owners.missing:
        yield Table(
            "Use cases that lack owners",
            ("Use case", "Nobody is named for"),
            tuple((each.title, listed(each.duties)) for each in owners.missing),
        )
        if owners.lacking > len(owners.missing):
            yield Paragraph(f"And {owners.lacking - len(owners.missing):,} more.")
    if owners.waiting:
        yield Table(
            "People who are named and have not accepted",
            ("Person", "Duties", "Use cases"),
            tuple((each.person, f"{each.seats:,}", ", ".join(each.use_cases)) for each in owners.waiting),
            frozenset({1}),
        )


def _ending(report: Report) -> Iterator[Block]:
    if report.ending:
        yield Heading(2, "Evidence that runs out within thirty days")
        yield Table(
            "Evidence that runs out, the soonest first",
            ("Day", "Use case", "Fact", "Known by"),
            tuple((day(each.day), each.use_case, each.fact, each.method) for each in report.ending),
        )
        if report.ending_count > len(report.ending):
            yield Paragraph(f"And {report.ending_count - len(report.ending):,} more.")


def _made_of(report: Report) -> Iterator[Block]:
    yield Heading(2, "What this report rests on")
    yield Bullets(
        (
            _basis("Rubric", report.rubric.title, report.rubric.digest, shipped=report.rubric.shipped),
            _basis("Ranking policy", report.policy.title, report.policy.digest, shipped=report.policy.shipped),
            f"Ledger: {report.ledger.size:,} entries, root `{report.ledger.root}`.",
        )
    )
    yield Paragraph(
        "The ledger's entry about this report commits to its content, so that it can be checked against what was made. "
        "Judgements follow the rubric and the evidence of that day; they do not say what nobody has said."
    )


def _basis(what: str, title: str, digest: str, *, shipped: bool) -> str:
    return f"{what}: {title}{', as shipped' if shipped else ''}, `{digest}`."
