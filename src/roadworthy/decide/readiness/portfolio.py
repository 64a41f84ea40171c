"""SQL of the portfolio: one page, and the figures of everything that matches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from roadworthy.decide.readiness.assessment import Scale, Tone
from roadworthy.decide.readiness.model import Dimension, Effort
from roadworthy.decide.readiness.query import PAGE, Headline, PortfolioQuery, PortfolioRow, Sort
from roadworthy.decide.readiness.tables import METHODS, assessments
from roadworthy.evidence.model import Method
from roadworthy.foundation.instants import from_text
from roadworthy.inventory.model import Duty, Sector, Stage, Tier, UseCaseClass
from roadworthy.inventory.rules import SeatState
from roadworthy.inventory.tables import use_cases

_joined = use_cases.join(assessments, assessments.c.use_case == use_cases.c.name)
_SEATS = {duty: assessments.c[f"seat_{duty}"] for duty in Duty}
_SHOWN = (
    use_cases.c.name,
    use_cases.c.title,
    use_cases.c.organisation,
    use_cases.c.sector,
    use_cases.c.stage,
    use_cases.c.class_,
    use_cases.c.tier,
    *(
        column
        for column in assessments.c
        if column.key == "known_expired" or not column.key.startswith(("known_", "course"))
    ),
)
Value = TypeVar("Value")


def _ranked(column: sa.ColumnElement[str], order: Sequence[str]) -> sa.ColumnElement[int]:
    """The place of a value in an order; NULL where it is not in it."""
    return sa.case({value: place for place, value in enumerate(order)}, value=column)


def _tone_rank(part: str) -> sa.ColumnElement[int]:
    return _ranked(assessments.c[f"tone_{part}"], tuple(Tone))


def _gaps() -> sa.ColumnElement[int]:
    return sum((sa.case((seat == SeatState.UNASSIGNED, 1), else_=0) for seat in _SEATS.values()), start=sa.literal(0))


_ORDERS: dict[Sort, tuple[sa.ColumnElement[Any], ...]] = {
    Sort.NAME: (),
    Sort.TITLE: (sa.func.lower(use_cases.c.title),),
    Sort.ORGANISATION: (sa.func.lower(use_cases.c.organisation),),
    Sort.SECTOR: (use_cases.c.sector,),
    Sort.STAGE: (_ranked(use_cases.c.stage, tuple(Stage)),),
    Sort.CLASS: (use_cases.c.class_,),
    Sort.TIER: (_ranked(use_cases.c.tier, tuple(Tier)),),
    Sort.OVERALL: (_tone_rank("overall"), assessments.c.score_overall),
    Sort.SCORE: (assessments.c.score_overall,),
    Sort.COVERAGE: (assessments.c.coverage_overall,),
    Sort.BLOCKERS: (assessments.c.blockers,),
    Sort.OWNER_GAPS: (_gaps(),),
    Sort.EXPIRED: (assessments.c.known_expired,),
    Sort.EFFORT: (assessments.c.effort_high, assessments.c.effort_low),
    **{Sort(part): (_tone_rank(part), assessments.c[f"score_{part}"]) for part in Dimension},
}
"""Ties are broken by name, so that a page never shows a row twice."""


def _matching(query: PortfolioQuery) -> list[sa.ColumnElement[bool]]:
    wanted: list[sa.ColumnElement[bool]] = [
        use_cases.c.search.contains(word, autoescape=True) for word in query.text.lower().split()
    ]
    equal: dict[sa.ColumnElement[Any], Any] = {
        use_cases.c.organisation: query.organisation,
        use_cases.c.sector: query.sector,
        use_cases.c.stage: query.stage,
        use_cases.c.class_: query.class_,
        assessments.c.tone_overall: query.overall,
        **{assessments.c[f"tone_{dimension}"]: tone for dimension, tone in query.tones.items()},
    }
    wanted += [column == value for column, value in equal.items() if value is not None]
    if query.tier is not None:
        wanted.append(use_cases.c.tier.is_(None) if query.tier == "open" else use_cases.c.tier == query.tier)
    if query.stale is not None:
        wanted.append(assessments.c.known_expired > 0 if query.stale else assessments.c.known_expired == 0)
    if query.owner_gap is not None:
        seats = _SEATS.values() if query.owner_gap == "any" else [_SEATS[query.owner_gap]]
        wanted.append(sa.or_(*(seat == SeatState.UNASSIGNED for seat in seats)))
    return wanted


def page(connection: sa.Connection, query: PortfolioQuery, number: int) -> tuple[PortfolioRow, ...]:
    """The rows of page `number`, which counts from 1."""
    order = [(column.desc() if query.descending else column.asc()).nulls_last() for column in _ORDERS[query.sort]]
    by_name = use_cases.c.name.desc() if query.descending and query.sort is Sort.NAME else use_cases.c.name
    names = (
        sa.select(use_cases.c.name)
        .select_from(_joined)
        .where(*_matching(query))
        .order_by(*order, by_name)
        .limit(PAGE)
        .offset((number - 1) * PAGE)
    )
    wanted = list(connection.execute(names).scalars())
    rows = connection.execute(sa.select(*_SHOWN).select_from(_joined).where(use_cases.c.name.in_(wanted)))
    found = {row.name: _shown(row) for row in rows}
    return tuple(found[name] for name in wanted)


def _shown(row: sa.Row[*tuple[Any, ...]]) -> PortfolioRow:
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's documented way to read a row by name
    return PortfolioRow(
        name=row.name,
        title=row.title,
        organisation=row.organisation,
        sector=_maybe(Sector, row.sector),
        stage=_maybe(Stage, row.stage),
        class_=_maybe(UseCaseClass, values[use_cases.c.class_]),
        tier=_maybe(Tier, row.tier),
        overall=_scale(row, "overall"),
        dimensions={dimension: _scale(row, dimension) for dimension in Dimension},
        seats={duty: SeatState(values[seat]) for duty, seat in _SEATS.items()},
        expired=row.known_expired,
        blockers=row.blockers,
        effort=Effort.of(row.effort_low, row.effort_high),
        unowned=row.unowned,
        first_blocker=row.first_blocker,
        first_step=row.first_step,
        first_duty=_maybe(Duty, row.first_duty),
        first_person=row.first_person,
        assessed_at=row.assessed_at,
        next_change_at=row.next_change_at,
    )


def _maybe(of: Callable[[str], Value], value: str | None) -> Value | None:
    return None if value is None else of(value)


def _scale(row: sa.Row[*tuple[Any, ...]], part: str) -> Scale:
    return Scale(Tone(getattr(row, f"tone_{part}")), getattr(row, f"coverage_{part}"), getattr(row, f"score_{part}"))


def organisations(connection: sa.Connection) -> tuple[str, ...]:
    """Every organisation in the register, by name."""
    found = sa.select(use_cases.c.organisation).where(use_cases.c.organisation.is_not(None)).distinct()
    return tuple(connection.execute(found.order_by(use_cases.c.organisation)).scalars())


def headline(connection: sa.Connection, query: PortfolioQuery) -> Headline:
    """The figures of everything that matches, added up in one pass."""
    row = connection.execute(sa.select(*_FIGURES).select_from(_joined).where(*_matching(query))).one()
    figures = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to read a row by name
    oldest = figures.pop("oldest")

    def counted(name: str) -> int:
        return int(figures[name] or 0)  # a sum over nothing is NULL

    return Headline(
        total=counted("total"),
        overall={tone: counted(f"overall {tone}") for tone in Tone},
        tones={dimension: {tone: counted(f"{dimension} {tone}") for tone in Tone} for dimension in Dimension},
        lacking_owners=counted("lacking"),
        without_owners=counted("without"),
        unassigned={duty: counted(f"unassigned {duty}") for duty in Duty},
        unconfirmed=counted("unconfirmed"),
        known_by={None if method == "unknown" else Method(method): counted(f"known {method}") for method in METHODS},
        stale=counted("stale"),
        expired=counted("expired"),
        assessed_at=None if oldest is None else from_text(oldest),
    )


def _how_many(condition: sa.ColumnElement[bool], name: str) -> sa.Label[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0)).label(name)


_EMPTY = tuple(seat == SeatState.UNASSIGNED for seat in _SEATS.values())
_FIGURES: tuple[sa.ColumnElement[Any], ...] = (
    sa.func.count().label("total"),
    sa.func.min(sa.type_coerce(assessments.c.assessed_at, sa.String)).label("oldest"),
    *(
        _how_many(assessments.c[f"tone_{part}"] == tone, f"{part} {tone}")
        for part in ("overall", *Dimension)
        for tone in Tone
    ),
    *(_how_many(seat == SeatState.UNASSIGNED, f"unassigned {duty}") for duty, seat in _SEATS.items()),
    _how_many(sa.or_(*_EMPTY), "lacking"),
    _how_many(sa.and_(*_EMPTY), "without"),
    _how_many(sa.or_(*(seat == SeatState.UNCONFIRMED for seat in _SEATS.values())), "unconfirmed"),
    _how_many(assessments.c.known_expired > 0, "stale"),
    sa.func.sum(assessments.c.known_expired).label("expired"),
    *(sa.func.sum(assessments.c[f"known_{method}"]).label(f"known {method}") for method in METHODS),
)
