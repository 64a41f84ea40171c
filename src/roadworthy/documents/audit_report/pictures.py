"""Which charts an audit's numbers make: beside a gap what it is about, and what covers, comes late and was left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from roadworthy.documents.charts.bars import coverage, paired, waterfall
from roadworthy.documents.charts.drawing import Said, completeness, histogram, hours
from roadworthy.documents.charts.model import Bars, Picture
from roadworthy.documents.words import counted, many, percent
from roadworthy.foundation import spans
from roadworthy.measure.data_audit.examples import personal
from roadworthy.measure.data_audit.model import Audit, Gap, Verdict
from roadworthy.measure.data_audit.rules.documents import FORMS
from roadworthy.measure.fingerprint.histogram import counts_on, quantile
from roadworthy.measure.fingerprint.model import Column, LogHistogram

MOST_CHARTS = 3
"""Charts beside one gap; a cause that touches a hundred columns shows the first few."""
MOST_PAIRS = 2
CELL = 30
"""Rows of the pilot below which a value counts as hardly covered."""

Chart = Picture | Bars
_Draw = Callable[[Column, Column], Chart | None]


def charts_of(audit: Audit, gap: Gap) -> tuple[Chart, ...]:
    """What there is to be seen of a gap; nothing for a gap of which no distribution was measured on both sides."""
    draw = _DRAWN.get(gap.rule)
    most = MOST_CHARTS if gap.verdict is Verdict.GAP else 1
    if draw is None:
        return _of_corpus(audit, gap)
    names = dict.fromkeys(check.column for check in gap.checks if check.column)
    found = (draw(*both) for name in names if (both := _both(audit, name)))
    return tuple(chart for chart, _ in zip((each for each in found if each), range(most), strict=False))


def _both(audit: Audit, name: str) -> tuple[Column, Column] | None:
    """A column on both sides by the pilot's name for it."""
    other = next((pair.production for pair in audit.matching.pairs if pair.pilot == name), name)
    pilot, production = audit.pilot.column(name), audit.production.column(other)
    return (pilot, production) if pilot and production else None


def _distribution(pilot: Column, production: Column) -> Chart | None:
    """Whichever kind of distribution both sides have."""
    return _numbers(pilot, production) or _values(pilot, production) or _lengths(pilot, production)


def _numbers(pilot: Column, production: Column) -> Chart | None:
    if pilot.numbers is None or production.numbers is None:
        return None
    middle = [_short(quantile(each.histogram, 0.5)) for each in (pilot.numbers, production.numbers)]
    whole = all(each.whole == each.histogram.count for each in (pilot.numbers, production.numbers))
    said = Said(
        f"Values of {pilot.name}", f"The middle value is {middle[0]} in the pilot and {middle[1]} in production."
    )
    return histogram(said, pilot.numbers.histogram, production.numbers.histogram, whole=whole)


def _short(value: float) -> str:
    return counted(value) if abs(value) >= 1 or value == 0 else f"{value:.3g}"


def _values(pilot: Column, production: Column) -> Chart | None:
    before, after = _counts(pilot, production)
    if not before or not after:
        return None
    said = Said(f"Values of {pilot.name}", "Rows with each value, and their share of the side; the commonest first.")
    return paired(said, before, after, (pilot.rows, production.rows))


def _unseen(pilot: Column, production: Column) -> Chart | None:
    before, after = _counts(pilot, production)
    if not before or not after:
        return None
    said = Said(f"Values of {pilot.name}", "Rows with each value; what the pilot never saw first, then the commonest.")
    return paired(said, before, after, (pilot.rows, production.rows), new_first=True)


def _counts(pilot: Column, production: Column) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Rows by value on both sides; none of a column with personal data, whose values no document may show."""
    if personal(pilot) or personal(production):
        return {}, {}
    before, after = (each.vocabulary.counts if each.vocabulary else {} for each in (pilot, production))
    return before, after


def _lengths(pilot: Column, production: Column) -> Chart | None:
    if pilot.texts is None or production.texts is None:
        return None
    middle = [quantile(each.lengths, 0.5) for each in (pilot.texts, production.texts)]
    before, after = (counted(round(each)) for each in middle)
    summary = f"In the middle the pilot's have {before} characters, production's {after}."
    return histogram(Said(f"Length of {pilot.name}", summary), pilot.texts.lengths, production.texts.lengths)


def _masks(pilot: Column, production: Column) -> Chart | None:
    if pilot.looks is None or production.looks is None or not (pilot.looks.masks and production.looks.masks):
        return None
    return paired(
        Said(f"What values of {pilot.name} look like", "9 stands for digits, A and a for letters; + for several."),
        pilot.looks.masks,
        production.looks.masks,
        (pilot.looks.of, production.looks.of),
    )


def _hours(pilot: Column, production: Column) -> Chart | None:
    if pilot.moments is None or production.moments is None:
        return None
    said = Said(f"Hours of {pilot.name}", "Rows per hour of the day, as each side writes it.")
    return hours(said, pilot.moments.hours, production.moments.hours)


_DRAWN: Mapping[str, _Draw] = {
    "unit-changed": _numbers,
    "out-of-range": _numbers,
    "distribution-shifted": _distribution,
    "meaning-changed": _distribution,
    "label-shifted": _distribution,
    "column-retyped": _masks,
    "vocabulary-unseen": _unseen,
    "format-changed": _masks,
    "clock-shifted": _hours,
}


def _of_corpus(audit: Audit, gap: Gap) -> tuple[Chart, ...]:
    """Documents are drawn from what was measured of the corpus, not of a column."""
    pilot, production = audit.pilot.corpus, audit.production.corpus
    if pilot is None or production is None or not pilot.of or not production.of:
        return ()
    chart: Chart | None = None
    if gap.rule == "text-length-changed":
        said = Said("Length of the documents", "Characters in each document.")
        chart = histogram(said, pilot.lengths, production.lengths)
    if gap.rule == "language-unseen":
        said = Said("Languages", "Documents in each language.")
        chart = paired(said, pilot.languages, production.languages, (pilot.of, production.of))
    if gap.rule == "text-noisy":
        said = Said("What the texts show", "Documents that show each of these marks of careless or faulty writing.")
        before, after = ({_mark(name): n for name, n in side.features.items()} for side in (pilot, production))
        chart = paired(said, before, after, (pilot.of, production.of))
    return (chart,) if chart else ()


def _mark(name: str) -> str:
    """What a document shows, in words."""
    return FORMS.get(name) or name.removeprefix("trace:").replace("-", " ")


# ---------------------------------------------------------------- the whole source


def coverage_of(audit: Audit) -> tuple[Bars, ...]:
    """For each governed list, and for pairs of them, what stands behind it in the pilot."""
    return tuple(chart for chart in (*_covered(audit), *_covered_pairs(audit)) if chart)


def _covered(audit: Audit) -> Iterator[Bars | None]:
    for name in audit.pilot.declared.taxonomy:
        both = _both(audit, name)
        before, after = _counts(*both) if both else ({}, {})
        if both and after:
            cells = [(value, before.get(value, 0), count) for value, count in after.items()]
            yield coverage(_told(name, cells, both[1].rows), cells, both[1].rows, CELL)


def _told(name: str, cells: list[tuple[str, int, int]], rows: int) -> Said:
    new = [after for _, before, after in cells if not before]
    few = [after for _, before, after in cells if 0 < before < CELL]
    parts = [
        f"{many(len(group), 'value')} ({percent(sum(group) / rows)} of production) {words}"
        for group, words in ((new, "not in the pilot"), (few, f"with fewer than {CELL} rows of it"))
        if group and rows
    ]
    summary = "; ".join(parts) if parts else f"Every value has at least {CELL} rows of the pilot"
    return Said(f"Coverage of {name}", f"{summary}. The least covered come first.")


def _covered_pairs(audit: Audit) -> Iterator[Bars | None]:
    names = {pair.pilot: pair.production for pair in audit.matching.pairs}
    for pilot in audit.pilot.pairs[:MOST_PAIRS]:
        wanted = tuple(names.get(name, name) for name in pilot.columns)
        after = next((each.counts for each in audit.production.pairs if each.columns == wanted), None)
        masked = [any(map(personal, both)) if (both := _both(audit, name)) else False for name in pilot.columns]
        if after and not any(masked):
            cells = [(" and ".join(key), pilot.counts.get(key, 0), count) for key, count in after.items()]
            rows = sum(after.values())
            yield coverage(_told(" with ".join(pilot.columns), cells, rows), cells, rows, CELL)


def lateness_of(audit: Audit) -> Picture | None:
    """How much of the data is there after how long, where both times are known."""
    pilot, production = (
        side.arrival.lags if side.arrival else LogHistogram() for side in (audit.pilot, audit.production)
    )
    if not production.count:
        return None
    deadline = deadline_of(audit)
    if deadline is None:
        summary = "No moment of decision is declared, so that nobody can say what comes too late."
    else:
        late = 1 - sum(counts_on(production, [deadline])[:1]) / production.count
        summary = f"{percent(max(late, 0.0))} of production arrives after the decision is due."
    return completeness(Said("Share that has arrived", summary), pilot, production, deadline, _time)


def deadline_of(audit: Audit) -> float | None:
    """Seconds from the event to the decision, where that is declared as a time."""
    for said in (
        audit.context.decision_after,
        audit.production.declared.decision_time,
        audit.pilot.declared.decision_time,
    ):
        if said and (found := spans.seconds(said)):
            return found
    return None


_UNITS = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s"))


def _time(seconds: float) -> str:
    """A time on an axis: `5 min`, `2 h`."""
    for least, unit in _UNITS:
        if seconds >= least:
            return f"{seconds / least:.3g} {unit}"
    return f"{seconds:.2g} s"


def attrition_of(audit: Audit) -> Bars | None:
    """What the pilot's own filters leave of production."""
    steps = audit.live.attrition
    if not steps:
        return None
    first, last = steps[0].before, steps[-1].after
    gone = percent(1 - last / first) if first else "nothing"
    told = [("everything", first, "")]
    told += [
        (step.condition, step.after, f"could not be applied: {step.fault}" if step.fault else "") for step in steps
    ]
    said = Said("What the pilot's filters leave", f"{gone} of production was never in front of the model.")
    return waterfall(said, told, first)
