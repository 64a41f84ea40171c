"""The report as GitHub-flavoured Markdown: for a pull request, a step's summary, a ticket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from roadworthy.documents.audit_report.model import GapShown, Report, Sample, Side, SourceReport
from roadworthy.documents.charts.model import Bars, Picture, Table
from roadworthy.documents.marking import fenced, plain

_LETTERS_OF_NUMBERS = "---:"


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
    yield "\n".join(
        f"- **{plain(each.value)}** {plain(each.label)}{f' ({plain(each.note)})' if each.note else ''}"
        for each in source.figures
    )
    yield from _headed("What stands in the way", _index(source.listed))
    yield from _headed("The two sides", _sides(source))
    for title, gaps in (
        ("The gaps one by one", source.gaps),
        ("What cannot be told", source.unknowns),
        ("Waived for a time", source.waived),
    ):
        if gaps:
            yield f"## {title}"
        for gap in gaps:
            yield from _gap(gap)
    yield from _covered(source)
    if source.matched:
        rows = [(each.rule, f"{each.count} of {each.of}", ", ".join(each.names)) for each in source.matched]
        yield from _headed("What matched", _table(("Looked for", "Not found in", "Where"), rows, {1}))
    if source.pairings:
        yield from _headed("Names that differ", _numbers(source.pairings))
    yield "## How it was measured"
    yield "\n".join(f"- {plain(each.name)}: {plain(each.text)}" for each in source.method)
    if source.notes:
        yield "\n".join(f"- {plain(note)}" for note in source.notes)


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


def _index(gaps: Sequence[GapShown]) -> str:
    rows = [
        (
            str(gap.number),
            f"{gap.title}{f' (`{_untick(gap.where)}`)' if gap.where else ''}",
            gap.badge.word,
            "; ".join(part for part in (gap.affected and f"{gap.affected} of production", gap.rows_a_day) if part),
            gap.owner or "nobody is named",
            gap.effort,
        )
        for gap in gaps
    ]
    return _table(("No.", "Gap", "Rank", "Touches", "Owner", "Effort"), rows, {0}) if rows else ""


def _sides(source: SourceReport) -> str:
    return _table(("", "Pilot", "Production"), [(row.name, row.pilot, row.production) for row in source.sides])


def _gap(gap: GapShown) -> Iterator[str]:
    where = f" `{_untick(gap.where)}`" if gap.where else ""
    yield f"### {gap.number}. {plain(gap.title + where)} ({plain(gap.badge.word)})"
    yield plain(gap.finding)
    yield "\n".join(f"- **{name}**: {plain(text)}" for name, text in _facts(gap))
    if gap.also:
        yield f"{len(gap.also):,} more of the same cause:"
        yield "\n".join(f"- {plain(line)}" for line in gap.also)
    yield from (_bars(chart) if isinstance(chart, Bars) else _picture(chart) for chart in gap.charts)
    if gap.query:
        yield "<details><summary>The query that shows it</summary>"
        yield fenced(gap.query, "sql")
        yield "</details>"


def _facts(gap: GapShown) -> Iterator[tuple[str, str]]:
    touches = [part for part in (gap.affected and f"{gap.affected} of production", gap.rows_a_day) if part]
    for name, text in (
        ("Touches", ", ".join(touches)),
        ("Settled by", gap.needed),
        ("What it does", gap.consequence),
        ("What to do", gap.remediation),
        ("Owner", gap.owner or "nobody is named"),
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
