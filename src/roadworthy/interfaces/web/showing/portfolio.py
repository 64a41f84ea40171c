"""The portfolio in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from roadworthy.decide.readiness.assessment import Tone as Colour
from roadworthy.decide.readiness.model import Dimension
from roadworthy.decide.readiness.query import PAGE, Headline, PortfolioPage, PortfolioRow, Sort
from roadworthy.interfaces.web.showing.words import DIMENSIONS, METHODS, TONES, holder, known, spoken
from roadworthy.interfaces.web.views.parts import (
    Bar,
    Empty,
    Field,
    Figure,
    Link,
    Moment,
    Option,
    Pager,
    plural,
    shortened,
)
from roadworthy.interfaces.web.views.portfolio import Cell, Column, PortfolioView, Row
from roadworthy.inventory.model import Duty, Sector, Stage, Tier, UseCaseClass

Asked = Mapping[str, str]
"""The parameters of the address, checked."""

FILTERS: Mapping[str, tuple[str, ...]] = {
    "sector": tuple(Sector),
    "stage": tuple(Stage),
    "class": tuple(UseCaseClass),
    "tier": (*Tier, "open"),
    "overall": tuple(Colour),
    **{dimension.value: tuple(Colour) for dimension in Dimension},
    "owners": ("any", *Duty),
    "expired": ("yes", "no"),
}
"""Filters with a closed set of values."""

DEFAULT_SORT = f"-{Sort.SCORE.value}"
LONGEST_TITLE = 110
LONGEST_STEP = 84
MOST_OPTIONS = 250
"""Above so many organisations the filter is a field with suggestions: a select of thousands helps nobody."""

EXPORTS = (
    Link("CSV", "/api/v1alpha1/exports/use-cases.csv"),
    Link("XLSX", "/api/v1alpha1/exports/use-cases.xlsx"),
    Link("US federal shape (OMB 2025)", "/api/v1alpha1/exports/omb.xlsx"),
)
_COLUMNS = (
    ("Use case", Sort.TITLE, False),
    ("Organisation", Sort.ORGANISATION, False),
    ("Stage", Sort.STAGE, False),
    ("Tier", Sort.TIER, True),
    *((name, Sort(dimension.value), False) for dimension, name in DIMENSIONS.items()),
    ("Expired", Sort.EXPIRED, True),
    ("Blockers", Sort.BLOCKERS, True),
)
_FILTER_LABELS = {"owners": "Owner gap", "overall": "Overall", "expired": "Expired evidence"}
_NUMERIC = frozenset({Sort.EXPIRED, Sort.BLOCKERS})
_ORDERS = {
    "-score": "Best score",
    "score": "Worst score",
    "blockers": "Fewest blockers",
    "-blockers": "Most blockers",
    "-coverage": "Best known",
    "coverage": "Least known",
    "-owner-gaps": "Most owner gaps",
    "-expired": "Most expired",
    "effort": "Least work",
    "-effort": "Most work",
    "title": "Title",
    "organisation": "Organisation",
    "sector": "Sector",
    "class": "Class",
}


def portfolio_view(page: PortfolioPage, asked: Asked, now: datetime) -> PortfolioView:
    """The page."""
    filtered = _active(asked)
    if page.total == 0 and not filtered:
        return _nothing_yet()
    return PortfolioView(
        finding=_finding(page.headline, filtered=bool(filtered)),
        basis=_basis(page, now),
        figures=_figures(page.headline, asked),
        dimensions=_bars(page.headline, asked),
        columns=_columns(asked),
        filters=_filters(page, asked),
        active=filtered,
        rows=tuple(_row(row) for row in page.rows),
        shown=_shown(page),
        exports=EXPORTS,
        pager=_pager(page, asked),
        empty=_nothing_matches() if page.total == 0 else None,
    )


def address(asked: Asked, **changes: str | None) -> str:
    """The portfolio's address with some parameters changed; None takes one away. The page begins anew."""
    wanted = {**asked, **changes}
    if "page" not in changes:
        wanted.pop("page", None)
    query = urlencode([(name, value) for name, value in wanted.items() if value])
    return f"/?{query}" if query else "/"


def _finding(headline: Headline, *, filtered: bool) -> str:
    which = "matching use case" if filtered else "use case"
    if headline.total == 0:
        return "No use case matches"
    if headline.ready == 0:
        ready = f"None of {plural(headline.total, which)} is ready"
    elif headline.ready == headline.total:
        ready = "The one use case is ready" if headline.total == 1 else f"All {plural(headline.total, which)} are ready"
    else:
        verb = "is" if headline.ready == 1 else "are"
        ready = f"{headline.ready:,} of {plural(headline.total, which)} {verb} ready"
    if headline.stale:
        ready = f"{ready}; {headline.stale:,} {'has' if headline.stale == 1 else 'have'} gone stale"
    gaps = headline.lacking_owners
    if gaps == 0:
        return f"{ready}; every duty has somebody named"
    if gaps == headline.total > 1:
        return f"{ready}; not one has all four owners"
    return f"{ready}; {gaps:,} {'lacks' if gaps == 1 else 'lack'} owners"


def _basis(page: PortfolioPage, now: datetime) -> str:
    counts = page.headline.known_by
    listed = [f"{counts.get(method, 0):,} {method}" for method in METHODS if counts.get(method, 0)]
    facts = f" on {', '.join(listed[:-1])} and {listed[-1]} facts" if len(listed) > 1 else ""
    facts = facts or (f" on {listed[0]} facts" if listed else " on no facts at all")
    when = Moment.of(page.headline.assessed_at, now).words if page.headline.assessed_at else "just now"
    rubric = "the shipped rubric" if page.rubric.is_shipped else f"the rubric “{page.rubric.rubric.title}”"
    unknown = counts.get(None, 0)
    rest = f" {unknown:,} {'fact is' if unknown == 1 else 'facts are'} unknown." if unknown else " No fact is unknown."
    return f"Assessed {when}{facts}, by {rubric}.{rest}"


def _figures(headline: Headline, asked: Asked) -> tuple[Figure, ...]:
    def figure(count: int, label: str, **filters: str) -> Figure:
        return Figure(f"{count:,}", label, address(asked, **filters) if count else None)

    colours = headline.overall
    return (
        figure(headline.ready, "ready in every dimension", overall=Colour.GREEN.value),
        figure(colours[Colour.RED], "blocked: a must is known to be unmet", overall=Colour.RED.value),
        figure(colours[Colour.UNKNOWN], "not known: nobody answered a must", overall=Colour.UNKNOWN.value),
        figure(headline.stale, "rest on evidence that has expired", expired="yes"),
        figure(headline.lacking_owners, "lack an owner for at least one duty", owners="any"),
        Figure(f"{headline.unconfirmed:,}", "have a named owner who has not accepted"),
    )


def _bars(headline: Headline, asked: Asked) -> tuple[Bar, ...]:
    return tuple(
        Bar.of(
            name,
            tuple(
                (badge.tone, badge.word, headline.tones[dimension][colour],
                 address(asked, **{dimension.value: colour.value}))
                for colour, badge in TONES.items()
            ),
        )
        for dimension, name in DIMENSIONS.items()
    )  # fmt: skip


def _columns(asked: Asked) -> tuple[Column, ...]:
    current = asked.get("sort", DEFAULT_SORT)
    columns = []
    for label, sort, best_first in _COLUMNS:
        up, down = sort.value, f"-{sort.value}"
        first, second = (down, up) if best_first else (up, down)
        following = second if current == first else first
        state = {up: "ascending", down: "descending"}.get(current, "none")
        columns.append(Column(label, address(asked, sort=following), state, sort in _NUMERIC))  # type: ignore[arg-type] # the three words are Sorted
    return tuple(columns)


def _filters(page: PortfolioPage, asked: Asked) -> tuple[Field, ...]:
    organisation = asked.get("organisation", "")
    if len(page.organisations) > MOST_OPTIONS:
        where = Field("organisation", "Organisation", value=organisation, suggestions=page.organisations)
    else:
        where = _select("organisation", "Organisation", page.organisations, organisation, spoken_values=False)
    closed = [
        _select(name, _FILTER_LABELS.get(name, name.capitalize()), values, asked.get(name, ""))
        for name, values in FILTERS.items()
    ]
    sort = asked.get("sort", DEFAULT_SORT)
    orders = _ORDERS if sort in _ORDERS else {**_ORDERS, sort: f"{sort.lstrip('-').capitalize()}, by column"}
    order = Field(
        "sort", "Order", "select", options=tuple(Option(value, label, value == sort) for value, label in orders.items())
    )
    return (Field("text", "Words", value=asked.get("text", "")), where, *closed, order)


def _select(name: str, label: str, values: tuple[str, ...], chosen: str, *, spoken_values: bool = True) -> Field:
    options = (
        Option("", "any"),
        *(Option(v, _option_word(name, v) if spoken_values else v, v == chosen) for v in values),
    )
    return Field(name, label, "select", options=options)


def _option_word(name: str, value: str) -> str:
    if name in {"overall", *DIMENSIONS}:
        return TONES[Colour(value)].word
    if name == "tier" and value == "open":
        return "not known"
    if name == "owners":
        return "at least one" if value == "any" else f"no {value} owner"
    return spoken(value)


def _active(asked: Asked) -> tuple[Link, ...]:
    names = ("text", "organisation", *FILTERS)
    return tuple(
        Link(f"{_FILTER_LABELS.get(name, name).lower()}: {_said(name, asked[name])}", address(asked, **{name: None}))
        for name in names
        if asked.get(name)
    )


def _said(name: str, value: str) -> str:
    return shortened(value, 40) if name in {"text", "organisation"} else _option_word(name, value)


def _row(row: PortfolioRow) -> Row:
    cells = []
    for dimension in Dimension:
        scale = row.dimensions[dimension]
        badge = TONES[scale.tone]
        cells.append(Cell(badge.tone, badge.word, known(scale)))
    kind = " · ".join(word.replace("-", " ") for word in (row.class_, row.sector) if word)
    nothing_open = row.first_duty is None
    return Row(
        href=f"/use-cases/{row.name}",
        title=shortened(row.title, LONGEST_TITLE),
        kind=kind or "class and sector not known",
        organisation=shortened(row.organisation or "not known", 60),
        stage=spoken(row.stage),
        tier=spoken(row.tier),
        cells=tuple(cells),
        expired=row.expired,
        blockers=row.blockers,
        first="Nothing is open" if nothing_open else shortened(row.first_step or row.first_blocker or "", LONGEST_STEP),
        who="" if row.first_duty is None else holder(row.first_duty, row.first_person),
    )


def _pager(page: PortfolioPage, asked: Asked) -> Pager | None:
    if page.pages <= 1:
        return None
    first = (page.page - 1) * PAGE + 1
    back = address(asked, page=str(page.page - 1)) if page.page > 1 else None
    onward = address(asked, page=str(page.page + 1)) if page.page < page.pages else None
    return Pager(first, first + len(page.rows) - 1, page.total, back, onward)


def _shown(page: PortfolioPage) -> str:
    said = plural(page.total, "use case")
    if page.pages > 1:
        said = f"page {page.page} of {page.pages}, {said}"
    return f"{said}; {page.pending} changed while this page was made" if page.pending else said


def _nothing_yet() -> PortfolioView:
    empty = Empty(
        "Begin with what you already have",
        "Import the sheet in which your organisation keeps its AI use cases; every cell of it is kept.",
        "roadworthy import inventory.xlsx",
        Link("Import a sheet", "/import"),
    )
    finding = "No use case is registered yet"
    return PortfolioView(
        finding, "Nothing can be assessed before something is known.", (), (), (), (), (), (), "", empty=empty
    )


def _nothing_matches() -> Empty:
    return Empty(
        "No use case matches",
        "Take a filter away above, or clear them all.",
        None,
        Link("Clear the filters", "/"),
    )
