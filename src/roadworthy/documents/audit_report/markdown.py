"""The report as GitHub-flavoured Markdown: for a pull request, a step's summary, a ticket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from roadworthy.documents.audit_report.model import GapShown, Report, Sample, Side, SourceReport
from roadworthy.documents.charts.model import Bars, Picture, Table
from roadworthy.documents.marking import fenced, plain

_LETTERS_OF_NUMBERS = "---:"
_NOBODY = "nobody is named"


def markdown(report: Report) -> str:
    """The whole report; what data and people wrote cannot become markup."""
    return "\n\n".join(_blocks(report)) + "\n"


def _blocks(report: Report) -> Iterator[str]:
    yield f"# {plain(report.title)}"
    yield f"{plain(report.subtitle)} Made {plain(report.made)} with Roadworthy."
    for source in report.sources:
        if len(report.sources) > 1:
            yield f"## {plain(source.source)}: {plain(source.finding)}"
        yield from _source(source)


def _source(source: SourceReport) -> Iterator[str]:
    yield f"**{plain(source.badge.word)}**: {plain(source.standing)}"
    yield from (f"> {plain(warning)}" for warning in source.warnings)
    if source.figures:
        yield _figures(source)
    yield from _headed("What stands in the way", _index(source))
    yield from _headed("The two sides", _sides(source) if source.sides else "")
    for title, gaps in (
        ("The gaps one by one", source.gaps),
        ("What cannot be told", source.unknowns),
        ("Waived for a time", source.waived),
    ):
        if gaps:
            yield f"## {title}"
        for gap in gaps:
            yield from _gap(gap, source)
    yield from _covered(source)
    if source.columns:
        yield from _headed("Column by column", f"{plain(source.columns.caption)}.\n\n{_numbers(source.columns)}")
    if source.matched:
        rows = [(each.rule, f"{each.count} of {each.of}", ", ".join(each.names)) for each in source.matched]
        yield from _headed("What matched", _table(("Looked for", "Not found in", "Where"), rows, {1}))
    if source.pairings:
        yield from _headed("Names that differ", _numbers(source.pairings))
    yield from _headed("How it was measured", "\n".join(f"- {plain(e.name)}: {plain(e.text)}" for e in source.method))
    if source.notes:
        yield "\n".join(f"- {plain(note)}" for note in source.notes)


def _figures(source: SourceReport) -> str:
    return "\n".join(
        f"- **{plain(each.value)}** {plain(each.label)}{f' ({plain(each.note)})' if each.note else ''}"
        for each in source.figures
    )


def _covered(source: SourceReport) -> Iterator[str]:
    if source.unproven:
        yield "## What the pilot covered"
        yield "\n".join(f"- {plain(each.name)}: {plain(each.text)}" for each in source.unproven)
    for bars in source.coverage:
        yield _bars(bars)
    if source.lateness:
        yield from _headed("When the data arrives", plain(source.lateness.summary))
    if source.attrition:
        yield from _headed("What the pilot had thrown away", _bars(source.attrition))


def _headed(title: str, body: str) -> Iterator[str]:
    if body:
        yield f"## {title}"
        yield body


def _index(source: SourceReport) -> str:
    rows = [
        (
            str(gap.number),
            f"{gap.title}{f' (`{_untick(gap.where)}`)' if gap.where else ''}",
            gap.badge.word,
            "; ".join(part for part in (gap.affected and f"{gap.affected} of production", gap.rows_a_day) if part),
            *([gap.owner or _NOBODY] if source.registered else []),
            gap.effort,
        )
        for gap in source.listed
    ]
    head = ("No.", "Gap", "Rank", "Touches", *(["Owner"] if source.registered else []), "Effort")
    return _table(head, rows, {0}) if rows else ""


def _sides(source: SourceReport) -> str:
    return _table(("", "Pilot", "Production"), [(row.name, row.pilot, row.production) for row in source.sides])


def _gap(gap: GapShown, source: SourceReport) -> Iterator[str]:
    where = f" `{_untick(gap.where)}`" if gap.where else ""
    yield f"### {gap.number}. {plain(gap.title + where)} ({plain(gap.badge.word)})"
    yield plain(gap.finding)
    yield "\n".join(f"- **{name}**: {plain(text)}" for name, text in _facts(gap, source))
    if gap.also:
        yield f"{len(gap.also):,} more of the same cause:"
        yield "\n".join(f"- {plain(line)}" for line in gap.also)
    for chart in gap.charts:
        if isinstance(chart, Bars):
            yield from _folded("What is to be seen", _bars(chart))
        else:
            yield _picture(chart)
    if gap.query:
        yield from _folded("The query that shows it", fenced(gap.query, "sql"))


def _folded(summary: str, body: str) -> Iterator[str]:
    yield f"<details><summary>{summary}</summary>"
    yield body
    yield "</details>"


def _facts(gap: GapShown, source: SourceReport) -> Iterator[tuple[str, str]]:
    touches = [part for part in (gap.affected and f"{gap.affected} of production", gap.rows_a_day) if part]
    for name, text in (
        ("Touches", ", ".join(touches)),
        ("Settled by", gap.needed),
        ("What it does", gap.consequence),
        ("What to do", gap.remediation),
        ("Owner", gap.owner or (_NOBODY if source.registered else "")),
        ("Effort", gap.effort),
        ("Closed when", gap.proof),
        ("Pilot", _side(gap.pilot)),
        ("Production", _side(gap.production)),
        ("Distance", gap.together),
    ):
        if text:
            yield name, text
    if gap.waiver:
        waiver = gap.waiver
        told = f"by {waiver.by} on {waiver.at}, until {waiver.until}."
        yield "Waived", f"{told} Reason: {waiver.reason} Control in its place: {waiver.control}"
    yield "Gap", f"`{gap.id}`, rule `{gap.rule}`"


def _side(side: Side) -> str:
    return ": ".join(part for part in (side.measured, _samples(side.examples)) if part)


def _samples(samples: Sequence[Sample]) -> str:
    return ", ".join(f"`{_untick(each.text)}`{f' ({each.count})' if each.count else ''}" for each in samples)


def _untick(text: str) -> str:
    """A code span cannot hold its own mark; an apostrophe stands in for it."""
    return text.replace("`", "'") or "empty"


def _picture(picture: Picture) -> str:
    return f"{plain(picture.title)}: {plain(picture.summary)}"


def _bars(bars: Bars) -> str:
    rows = [
        (f"{row.name}{f' ({row.remark})' if row.remark else ''}", *(bar.text for bar in row.bars)) for row in bars.rows
    ]
    table = _table(bars.head, rows, set(range(1, len(bars.head))))
    more = f"\n\n{plain(bars.more)}" if bars.more else ""
    return f"{plain(bars.title)}: {plain(bars.summary)}\n\n{table}{more}"


def _numbers(table: Table) -> str:
    return _table(table.columns, table.rows, table.numeric)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], numeric: set[int] | frozenset[int] = frozenset()) -> str:
    rule = " | ".join(_LETTERS_OF_NUMBERS if at in numeric else "---" for at in range(len(head)))
    lines = [f"| {' | '.join(plain(cell, cell=True) for cell in row)} |" for row in (head, *rows)]
    return "\n".join((lines[0], f"| {rule} |", *lines[1:]))
