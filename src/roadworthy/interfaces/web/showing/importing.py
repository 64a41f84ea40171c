"""Imports in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.interfaces.web.showing.history import value_shown
from roadworthy.interfaces.web.views.importing import (
    ColumnLine,
    ConflictLine,
    DoneView,
    PreviewView,
    RunLine,
    StartView,
    Understood,
    UnplacedLine,
    VariantLine,
)
from roadworthy.interfaces.web.views.parts import Badge, Field, Figure, Moment, Say, Tone, plural, shortened
from roadworthy.inventory.facts import FACTS
from roadworthy.inventory.importing.mapping import CONSTANTS, TARGETS
from roadworthy.inventory.importing.model import KEEP, ColumnMapping, PlacedRow, Proposal, letters
from roadworthy.inventory.importing.report import Preview, reading_to_dict
from roadworthy.inventory.importing.store import Run

SURE, LIKELY = 0.85, 0.6
SAMPLES = 3
LONGEST_SAMPLE = 80
MOST_SELECTS = 200
MOST_LINES = 200
"""Conflicts and the like beyond this are counted, not listed."""

COLUMN, TAKE, CONSTANT = "column:", "take:", "every:"
"""What the names of the fields begin with."""


def target_groups() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Everything that a column can mean, in groups."""
    facts = tuple(name for name in FACTS if name in TARGETS)
    fields = sorted(TARGETS - {KEEP, *facts})
    plain = tuple(name for name in fields if "." not in name and "[" not in name)
    nested = tuple(name for name in fields if name not in plain)
    return (("Kept word for word", (KEEP,)), ("The record", plain), ("Its parts", nested), ("Answers", facts))


def start_view(runs: Sequence[Run], megabytes: int, now: datetime, fault: RoadworthyError | None) -> StartView:
    """The page on which a file is chosen."""
    lines = tuple(
        RunLine(f"/import/runs/{run.id}", run.file, Moment.of(run.at, now), _counts(run.report)) for run in runs
    )
    return StartView(f"{megabytes} MB", _said(fault), lines)


def preview_view(
    upload: str, file: str, preview: Preview, mapping: ColumnMapping | None, take: Collection[str]
) -> PreviewView:
    """The page between upload and import."""
    reading = preview.reading
    look = sum(_unsure(proposal) for proposal in reading.columns)
    understood = understood_of(
        {**reading_to_dict(reading)}, _figures(preview), _columns(reading.columns, preview.sample), take,
        tuple(
            (each.key, each.use_case, each.path, each.before, each.current, each.new)
            for each in preview.effects.conflicts
        ),
        preview.effects.claimed,
    )  # fmt: skip
    remembered = Say(
        Tone.GO, "A file with these headers came before.", "What was decided about its columns then is used again."
    )
    in_force = mapping or (reading.mapping if reading.remembered else None)
    where = f"sheet {reading.sheet}, " if reading.sheet else ""
    return PreviewView(
        upload=upload,
        file=file,
        finding=f"{plural(reading.rows, 'row')} will be {plural(reading.rows, 'use case')}",
        basis=(
            f"{file}: {reading.form}, {where}headers in row {reading.header_row}, "
            f"{plural(len(reading.columns), 'column')}. "
            + (f"{plural(look, 'column')} should be looked at." if look else "No column is in doubt.")
        ),
        fault=None,
        said=remembered if reading.remembered else None,
        understood=understood,
        target_groups=target_groups(),
        free=len(reading.columns) > MOST_SELECTS,
        fields=_whole_file(in_force),
        hidden=(*_was(in_force), *((f"was:{_field(proposal)}", proposal.target) for proposal in reading.columns)),
    )


def faulty_view(
    upload: str, file: str, error: RoadworthyError, mapping: ColumnMapping | None, hidden: tuple[tuple[str, str], ...]
) -> PreviewView:
    """The same page when the file cannot be read as it was asked; what was chosen stays."""
    return PreviewView(
        upload=upload,
        file=file,
        finding="This cannot be imported as it stands",
        basis=f"{file} waits here for a day.",
        fault=_said(error),
        said=None,
        understood=None,
        target_groups=target_groups(),
        free=False,
        fields=_whole_file(mapping),
        hidden=hidden,
    )


def done_view(run: Run, flagged: int, now: datetime) -> DoneView:
    """The page after an import, from what was kept of it."""
    report = run.report
    conflicts = tuple(
        ("", each["useCase"], each["field"], each["imported"], each["current"], each["new"])
        for each in report["conflicts"]
    )
    columns = tuple(
        ColumnLine(
            "",
            "",
            each["column"],
            "",
            each["target"],
            _sureness(each["target"], each["confidence"]),
            each["reason"],
            (),
        )
        for each in report["columns"]
    )
    figures = (
        Figure(f"{run.rows:,}", "rows, each one a use case"),
        Figure(f"{report['created']:,}", "registered"),
        Figure(f"{report['updated']:,}", "changed"),
        Figure(f"{report['unchanged']:,}", "as they were"),
        Figure(f"{len(conflicts):,}", "conflicts, left as people had them"),
        Figure(f"{flagged:,}", "rows that somebody should look at"),
    )
    return DoneView(
        file=run.file,
        finding=f"{plural(run.rows, 'row')} imported, {plural(report['created'], 'use case')} registered",
        basis=f"{run.file}, {run.form}, {Moment.of(run.at, now).words}. Every cell was kept.",
        understood=understood_of(report, figures, columns, (), conflicts, report["claimed"]),
    )


def understood_of(
    reading: Mapping[str, Any],
    figures: tuple[Figure, ...],
    columns: tuple[ColumnLine, ...],
    take: Collection[str],
    conflicts: Sequence[tuple[str, str, str, Any, Any, Any]],
    claimed: Mapping[str, str],
) -> Understood:
    """What both pages show, from the one form in which a reading is kept."""
    return Understood(
        figures=figures,
        notes=tuple(reading["notes"]),
        columns=columns,
        variants=tuple(
            VariantLine(each["column"], each["word"], tuple(sorted(each["spellings"].items(), key=lambda one: -one[1])))
            for each in reading["variants"]
        ),
        unplaced=tuple(
            UnplacedLine(
                each["column"], each["reason"], each["count"],
                tuple(shortened(value, LONGEST_SAMPLE) for value in each["examples"]), tuple(each["cells"]),
            )
            for each in reading["unplaced"]
        ),
        flags=tuple((flag, plural(count, "row")) for flag, count in reading["flags"].items()),
        conflicts=tuple(
            ConflictLine(
                take=f"{TAKE}{key}" if key else "", taken=key in take, use_case=name, href=f"/use-cases/{name}",
                field=field, before=value_shown(before), current=value_shown(current), new=value_shown(new),
            )
            for key, name, field, before, current, new in conflicts[:MOST_LINES]
        ),
        claimed=tuple((name, file) for name, file in list(claimed.items())[:MOST_LINES]),
    )  # fmt: skip


def _columns(proposals: Sequence[Proposal], sample: Sequence[PlacedRow]) -> tuple[ColumnLine, ...]:
    lines = []
    for position, proposal in enumerate(proposals):
        values = dict.fromkeys(row.cells[position].strip() for row in sample if position < len(row.cells))
        lines.append(
            ColumnLine(
                field=_field(proposal),
                letters=letters(proposal.column.index),
                header=proposal.column.name or "no header",
                group=proposal.column.group,
                target=proposal.target,
                sureness=_sureness(proposal.target, proposal.confidence),
                reason=proposal.reason,
                samples=tuple(shortened(value, LONGEST_SAMPLE) for value in values if value)[:SAMPLES],
            )
        )
    return tuple(lines)


def _field(proposal: Proposal) -> str:
    return f"{COLUMN}{letters(proposal.column.index)}"


def _unsure(proposal: Proposal) -> bool:
    return proposal.target != KEEP and proposal.confidence < LIKELY


def _sureness(target: str, confidence: float) -> Badge | None:
    if target == KEEP:
        return None
    if confidence >= SURE:
        return Badge(Tone.GO, "sure")
    return Badge(Tone.MIND, "likely") if confidence >= LIKELY else Badge(Tone.UNKNOWN, "look")


def _figures(preview: Preview) -> tuple[Figure, ...]:
    effects = preview.effects
    unplaced = sum(group.count for group in preview.reading.unplaced)
    return (
        Figure(f"{len(effects.created):,}", "use cases to register"),
        Figure(f"{len(effects.updated):,}", "to change"),
        Figure(f"{effects.unchanged:,}", "stay as they are"),
        Figure(f"{len(effects.conflicts):,}", "conflicts with what people changed"),
        Figure(f"{unplaced:,}", "values that fill no field, kept all the same"),
    )


def _whole_file(mapping: ColumnMapping | None) -> tuple[Field, ...]:
    used = mapping or ColumnMapping()
    constants = (
        Field(f"{CONSTANT}{name}", f"{name.capitalize()} of every row", value=used.constants.get(name, ""))
        for name in ("organisation", "unit", "sector", "stage", "contact", "topic")
        if name in CONSTANTS
    )
    return (
        Field("sheet", "Sheet", value=used.sheet or "", hint="The one that has the table, if another was taken."),
        Field(
            "header", "Header row", "number", value="" if used.header is None else str(used.header),
            hint="As the spreadsheet counts.",
        ),
        *constants,
    )  # fmt: skip


def _was(mapping: ColumnMapping | None) -> tuple[tuple[str, str], ...]:
    """What was in force when the page was made, so that the answer can tell what was changed on it."""
    if mapping is None:
        return ()
    header = "" if mapping.header is None else str(mapping.header)
    return (("decided", "yes"), ("was:sheet", mapping.sheet or ""), ("was:header", header))


def _counts(report: Mapping[str, Any]) -> str:
    parts = [
        f"{report['created']:,} registered", f"{report['updated']:,} changed", f"{report['unchanged']:,} as they were"
    ]  # fmt: skip
    if report["conflicts"]:
        parts.append(plural(len(report["conflicts"]), "conflict"))
    return ", ".join(parts)


def _said(error: RoadworthyError | None) -> Say | None:
    if error is None:
        return None
    where = f"Where: {error.place}. " if str(error.place) else ""
    items = tuple(f"{finding.message}; {finding.remedy}" for finding in error.findings)
    return Say(Tone.STOP, f"{error.message[:1].upper()}{error.message[1:]}.", f"{where}Next: {error.remedy}.", items)
