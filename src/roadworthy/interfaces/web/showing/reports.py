"""The assessment reports in the parts of a page; their words are the report's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from roadworthy.documents.assessment_report.model import Block, Bullets, Heading, Made, Paragraph, Table
from roadworthy.foundation.identity.model import Person
from roadworthy.interfaces.web.views.parts import Empty, Field, Link, Moment, plural
from roadworthy.interfaces.web.views.reports import BlockView, Cell, ReportLine, ReportsView, ReportView

_API = "/api/v1alpha1/reports"


def reports_view(made: Sequence[Made], people: Mapping[str, Person], total: int, now: datetime) -> ReportsView:
    """The list."""
    oldest = made[-1].number if made else 0
    return ReportsView(
        finding=f"{plural(len(made), 'assessment report')} so far" if made else "No assessment report yet",
        basis="A report says where the portfolio stands, what is missing and whom it waits for, which pilots to push "
        "next, and what to do by when within thirty days. It is kept as it was made; the ledger has its digest.",
        form=(Field("organisation", "Organisation", hint="For the title; may stay empty."),),
        reports=tuple(_line(each, people, now, earlier=each.number > oldest) for each in made),
        empty=None if made else _nothing_yet(total),
    )


def _line(made: Made, people: Mapping[str, Person], now: datetime, *, earlier: bool) -> ReportLine:
    who = people.get(made.made_by)
    comparison = Link(f"What changed since the one before report {made.number}", f"/reports/{made.number}/comparison")
    return ReportLine(
        report=Link(f"Report {made.number}", f"/reports/{made.number}"),
        at=Moment.of(made.made_at, now),
        who=who.shown if who else "somebody who is not known any more",
        figures=f"{plural(made.total, 'use case')}, {made.ready:,} ready",
        picks=tuple(Link(name, f"/use-cases/{name}") for name in made.picks),
        comparison=comparison if earlier else None,
    )


def _nothing_yet(total: int) -> Empty:
    if not total:
        return Empty(
            "There is nothing to report on yet",
            "Bring in the list that your organisation already keeps; a report then says where it stands.",
            "roadworthy import inventory.xlsx",
            Link("Import a sheet", "/import"),
        )
    return Empty(
        "Make the first one",
        f"It covers {plural(total, 'use case')} as they stand now. The next one says what moved since.",
        "roadworthy report new",
    )


def report_view(number: int, blocks: Sequence[Block], foot: str, *, earlier: bool) -> ReportView:
    """A report."""
    changed = (Link("What changed since the one before", f"/reports/{number}/comparison"),) if earlier else ()
    return ReportView(
        back=(Link("Reports", "/reports"),),
        actions=(
            *changed,
            Link("HTML file", f"{_API}/{number}/html"),
            Link("Markdown", f"{_API}/{number}/markdown"),
        ),
        blocks=tuple(map(_block, blocks)),
        foot=foot,
    )


def comparison_view(number: int, blocks: Sequence[Block]) -> ReportView:
    """What changed between two reports."""
    back = (Link("Reports", "/reports"), Link(f"Report {number}", f"/reports/{number}"))
    return ReportView(back, (), tuple(map(_block, blocks)), "")


def _block(block: Block) -> BlockView:
    match block:
        case Heading(level=1, text=text):
            return BlockView("title", text)
        case Heading(level=2, text=text, breaks=breaks):
            return BlockView("section", text, breaks)
        case Heading(text=text):
            return BlockView("part", text)
        case Paragraph(text=text):
            return BlockView("text", text)
        case Bullets(items=items, numbered=numbered):
            return BlockView("numbers" if numbered else "bullets", items=items)
        case Table():
            return BlockView(
                "table",
                block.caption,
                head=_cells(block.columns, block.numeric),
                rows=tuple(_cells(row, block.numeric) for row in block.rows),
            )


def _cells(texts: Sequence[str], numeric: frozenset[int]) -> tuple[Cell, ...]:
    return tuple(Cell(text, at in numeric) for at, text in enumerate(texts))
