"""The data path in the parts of its page; the words about an audit are those of its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from roadworthy.documents.audit_report.entries import person
from roadworthy.documents.audit_report.model import Badge as ReportBadge
from roadworthy.documents.audit_report.model import Format, GapShown, SourceReport
from roadworthy.documents.audit_report.writing import written
from roadworthy.foundation.identity.model import Person
from roadworthy.interfaces.web.views.data_path import Closed, DataPathView, Declared, Entry, RunShown, RunView, Source
from roadworthy.interfaces.web.views.parts import (
    Badge,
    Empty,
    Field,
    Link,
    Moment,
    Option,
    Pager,
    Tone,
    plural,
    span,
)
from roadworthy.inventory.model import DataSource, UseCase
from roadworthy.measure.data_audit.model import Audit, Gap, GapStatus, Waiver
from roadworthy.measure.data_audit.runs import RESUMABLE, Result, Run, RunStatus

_STATES = {
    RunStatus.RUNNING: Badge(Tone.UNKNOWN, "running"),
    RunStatus.FINISHED: Badge(Tone.GO, "finished"),
    RunStatus.CANCELLED: Badge(Tone.ASIDE, "cancelled"),
    RunStatus.FAILED: Badge(Tone.STOP, "failed"),
    RunStatus.ABANDONED: Badge(Tone.STALE, "broken off"),
}
_TOLD = {
    RunStatus.RUNNING: "Waiting for its turn.",
    RunStatus.FINISHED: "Every source was looked at.",
    RunStatus.CANCELLED: "What was finished before is kept.",
    RunStatus.FAILED: "It could not go on.",
    RunStatus.ABANDONED: "The process that ran it is gone; what was finished before is kept.",
}
_ANY = ""
NOBODY = "nobody"
"""Stands in the address for gaps that nobody owns."""
MOST_RUNS = 10
PAGE = 20
"""Entries of the list on one page."""
_FEW = 3
"""Entries that are shown unfolded."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the filters ask for; empty asks for everything."""

    source: str = ""
    owner: str = ""
    rank: str = ""
    status: str = ""
    first: int = 1
    """Place in the list from which on it is shown."""

    @property
    def filtered(self) -> bool:
        """Whether anything is left out."""
        return any((self.source, self.owner, self.rank, self.status))


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that the page is made of."""

    use_case: UseCase
    name: str
    results: Sequence[Result]
    audits: Sequence[Audit]
    """Of the results that have one, in their order."""
    gaps: Sequence[Gap]
    """Every one that was ever seen, with how it stands now."""
    runs: Sequence[Run]
    people: Mapping[str, Person]


def data_path_view(known: Known, wanted: Wanted, now: datetime) -> DataPathView:
    """The page."""
    address = f"/use-cases/{known.name}/data"
    running = next((run for run in known.runs if run.status is RunStatus.RUNNING), None)
    audits = [_named(audit, known.people) for audit in known.audits]
    report = written(audits) if audits else None
    finished = {result.source: result.finished_at for result in known.results}
    parts = report.sources if report else ()
    entries = _entries(parts, address)
    chosen = [entry for entry in entries if _is_wanted(entry, wanted)]
    first = wanted.first if 0 < wanted.first <= len(chosen) else 1
    shown = tuple(chosen[first - 1 : first - 1 + PAGE])
    return DataPathView(
        name=known.name,
        title=known.use_case.title,
        finding=_finding(known, report.title if report else ""),
        basis=_basis(known, now),
        state=_state(known),
        declared=tuple(_declared(source, known, parts, address) for source in known.use_case.data),
        sources=tuple(
            Source(part, Moment.of(finished.get(part.source, now), now), _whole(part, parts, wanted, address))
            for part in parts
            if wanted.source in {_ANY, part.source}
        ),
        entries=shown,
        unfolded=len(shown) <= _FEW,
        pager=_pager(first, len(chosen), wanted, address),
        chosen=len(chosen),
        total=len(entries),
        closed=tuple(_closed(gap) for gap in known.gaps if gap.status is GapStatus.CLOSED),
        filters=_filters(entries, wanted),
        filtered=wanted.filtered,
        running=run_shown(running, known.people, address, now) if running else None,
        runs=tuple(run_shown(run, known.people, address, now) for run in known.runs[:MOST_RUNS]),
        downloads=tuple(Link(_NAMES[form], f"{address}/report?format={form.value}") for form in Format)
        if audits
        else (),
        empty=_empty(known),
        may_run=bool(known.use_case.data) and running is None,
    )


_NAMES = {Format.HTML: "HTML to print", Format.MARKDOWN: "Markdown", Format.JSON: "JSON", Format.JUNIT: "JUnit"}


def _named(audit: Audit, people: Mapping[str, Person]) -> Audit:
    """With the names of those who waived."""
    return replace(audit, gaps=tuple(_with_name(gap, people) for gap in audit.gaps))


def _with_name(gap: Gap, people: Mapping[str, Person]) -> Gap:
    waiver: Waiver | None = gap.waiver
    if waiver is None or waiver.by not in people:
        return gap
    return replace(gap, waiver=replace(waiver, by=people[waiver.by].shown))


def _finding(known: Known, title: str) -> str:
    if title:
        return title
    failed = [result for result in known.results if result.fault]
    if failed:
        return f"{plural(len(failed), 'data source')} could not be audited"
    return "No data path was audited yet"


def _basis(known: Known, now: datetime) -> str:
    if not known.use_case.data:
        return "No data source is declared."
    audited = f"{len(known.audits):,} of {plural(len(known.use_case.data), 'declared data source')} audited"
    if not known.results:
        return f"{audited}."
    last = max(result.finished_at for result in known.results)
    return f"{audited}, the last one {Moment.of(last, now).words}."


def _state(known: Known) -> Badge:
    if not known.results:
        return Badge(Tone.UNKNOWN, "unknown")
    if any(audit.blocked for audit in known.audits) or any(result.fault for result in known.results):
        return Badge(Tone.STOP, "blocked")
    if len(known.audits) < len(known.use_case.data):
        return Badge(Tone.UNKNOWN, "in part")
    return Badge(Tone.GO, "no gap")


def _entries(parts: Sequence[SourceReport], address: str) -> list[Entry]:
    """Every entry of every source, the worst first, numbered through."""
    found = [_entry(gap, part.source, address) for part in parts for gap in (*part.listed, *part.waived)]
    found.sort(key=lambda each: (each.gap.status == GapStatus.WAIVED.value, each.gap.unknown, each.gap.rank))
    return [replace(each, gap=replace(each.gap, number=number)) for number, each in enumerate(found, 1)]


def _address(address: str, wanted: Wanted, **other: str) -> str:
    said = {name: getattr(wanted, name) for name in ("source", "owner", "rank", "status")} | other
    return f"{address}?{urlencode({name: text for name, text in said.items() if text})}"


def _pager(first: int, total: int, wanted: Wanted, address: str) -> Pager | None:
    if total <= PAGE:
        return None

    def at(place: int) -> str:
        return f"{_address(address, wanted, first=str(place))}#gaps"

    last = min(first + PAGE - 1, total)
    back, onward = at(max(1, first - PAGE)) if first > 1 else None, at(last + 1) if last < total else None
    return Pager(first, last, total, back, onward)


def _whole(part: SourceReport, parts: Sequence[SourceReport], wanted: Wanted, address: str) -> str:
    """Where a source is shown whole: here if it is the only one, else on a page of its own."""
    if len(parts) == 1 or wanted.source == part.source:
        return ""
    return f"{_address(address, Wanted(source=part.source))}#{part.anchor}"


def _declared(source: DataSource, known: Known, parts: Sequence[SourceReport], address: str) -> Declared:
    result = next((each for each in known.results if each.source == source.name), None)
    part = next((each for each in parts if each.source == source.name), None)
    state = _site_badge(part.badge) if part else Badge(Tone.UNKNOWN, "not audited")
    if result and result.fault:
        state = Badge(Tone.STOP, "not readable")
    return Declared(
        name=source.name,
        pilot=source.pilot or "",
        production=source.production or "",
        steward=person(source.steward),
        state=state,
        unproven=part.figures[0].value if part and part.figures else "",
        never_done=part.figures[1].value if part and part.figures else "",
        open=f"{len(part.listed):,}" if part else "",
        href=(_whole(part, parts, Wanted(), address) or f"#{part.anchor}") if part else "",
    )


def _site_badge(badge: ReportBadge) -> Badge:
    return Badge(Tone(badge.tone.value), badge.word)


def _entry(gap: GapShown, source: str, address: str) -> Entry:
    here = f"{address}/gaps/{gap.id}"
    if gap.status == GapStatus.WAIVED.value:
        return Entry(gap, source, end=f"{here}/waiver/end")
    return Entry(gap, source, waive=f"{here}/waive")


def _is_wanted(entry: Entry, wanted: Wanted) -> bool:
    gap = entry.gap
    status = "unknown" if gap.unknown and gap.status == GapStatus.OPEN.value else gap.status
    return (
        wanted.source in {_ANY, entry.source}
        and wanted.owner in {_ANY, gap.owner or NOBODY}
        and wanted.rank in {_ANY, str(gap.rank)}
        and wanted.status in {_ANY, status}
    )


def _filters(entries: Sequence[Entry], wanted: Wanted) -> tuple[Field, ...]:
    owners = sorted({entry.gap.owner for entry in entries if entry.gap.owner})
    lacking = any(not entry.gap.owner for entry in entries)
    found = [
        (
            "owner",
            "Owner",
            [*((NOBODY, "nobody is named") for _ in range(lacking)), *((each, each) for each in owners)],
        ),
        ("rank", "Rank", [(rank, rank) for rank in sorted({str(entry.gap.rank) for entry in entries})]),
        ("status", "State", [("open", "open"), ("unknown", "unknown"), ("waived", "waived")]),
    ]
    sources = list(dict.fromkeys(entry.source for entry in entries))
    if len(sources) > 1:
        found.insert(0, ("source", "Source", [(each, each) for each in sources]))
    return tuple(_select(name, label, choices, getattr(wanted, name)) for name, label, choices in found)


def _select(name: str, label: str, choices: Sequence[tuple[str, str]], chosen: str) -> Field:
    options = (Option(_ANY, "any", not chosen), *(Option(value, word, value == chosen) for value, word in choices))
    return Field(name, label, "select", chosen, options=options)


def _closed(gap: Gap) -> Closed:
    return Closed(
        title=gap.title,
        where=gap.scope,
        source=gap.source,
        first_seen=_day(gap.first_seen),
        last_seen=_day(gap.last_seen),
        proof=gap.proof,
    )


def _day(moment: datetime | None) -> str:
    return f"{moment.day} {moment:%B %Y}" if moment else "not known"


def run_shown(run: Run, people: Mapping[str, Person], address: str, now: datetime) -> RunShown:
    """A run."""
    who = people.get(run.requested_by)
    going = run.status is RunStatus.RUNNING
    progress = run.progress if going else None
    told = _TOLD[run.status]
    if run.fault:
        told = f"{_sentence(run.fault.message)} {_sentence(run.fault.remedy)}".strip()
    elif going and run.cancel_requested:
        told = "It is ending."
    elif progress:
        told = f"Now at `{progress.source}`: {progress.what}." if progress.source else f"{progress.what.capitalize()}."
        if progress.times > 1:
            told += " Its process ended, and it was taken up again."
    left = progress.seconds_left if progress else None
    return RunShown(
        id=run.id,
        state=_STATES[run.status],
        at=Moment.of(run.finished_at or run.requested_at, now),
        who=who.shown if who else person(run.requested_by),
        told=told,
        share=round(100 * progress.share) if progress else 0 if going else None,
        left=f"about {span(timedelta(seconds=left))} left" if left is not None else "",
        cancel=f"{address}/runs/{run.id}/cancel" if going and not run.cancel_requested else "",
        resume=f"{address}/runs/{run.id}/resume" if run.status in RESUMABLE else "",
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def run_view(run: Run, use_case: UseCase, people: Mapping[str, Person], now: datetime) -> RunView:
    """The page of a run."""
    shown = run_shown(run, people, f"/use-cases/{run.use_case}/data", now)
    return RunView(run.use_case, use_case.title, f"The audit is {shown.state.word}", shown)


def _empty(known: Known) -> Empty | None:
    if not known.use_case.data:
        return Empty(
            "Nobody has said what data it reads",
            "Declare each source with where the pilot's data is and where production's will be. Two paths can be "
            "compared at once, with nothing declared.",
            "roadworthy data diff pilot.csv production/",
            Link("Declare a data source", f"/use-cases/{known.name}/edit"),
        )
    if known.audits:
        return None
    both = [source for source in known.use_case.data if source.pilot and source.production]
    if not both:
        return Empty(
            "One side is missing everywhere",
            "An audit lays the pilot's data beside production's. Say for each source where both are.",
            f"roadworthy data audit {known.name}",
            Link("Declare the missing side", f"/use-cases/{known.name}/edit"),
        )
    return Empty(
        "Run the first audit",
        f"It reads {plural(len(both), 'source')} at full volume and lists every difference that would stop a launch, "
        "with its owner and what closes it. Nothing is written to a source.",
        f"roadworthy data audit {known.name}",
    )
