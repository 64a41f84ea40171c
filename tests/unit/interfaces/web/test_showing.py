"""What services answer, in the words of the pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.decide.readiness.assessment import Scale, Verdict
from roadworthy.decide.readiness.assessment import Tone as Colour
from roadworthy.decide.readiness.kinds import shipped
from roadworthy.decide.readiness.model import Dimension, Effort
from roadworthy.decide.readiness.query import Headline, PortfolioPage, PortfolioRow, RubricInForce, Sort
from roadworthy.evidence.model import Method
from roadworthy.foundation.errors import InvalidInput
from roadworthy.interfaces.web.portfolio import checked, query_of
from roadworthy.interfaces.web.rendering import page
from roadworthy.interfaces.web.showing.portfolio import FILTERS, address, portfolio_view
from roadworthy.interfaces.web.showing.rubric import rubric_view
from roadworthy.interfaces.web.showing.words import SEATS, TONES, verdict
from roadworthy.interfaces.web.views.frame import Frame, Settings, moved
from roadworthy.interfaces.web.views.parts import Tone
from roadworthy.inventory.model import Duty, UseCaseClass
from roadworthy.inventory.rules import SeatState

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
IN_FORCE = RubricInForce(shipped(), "sha256:0", None)
ROW = PortfolioRow(
    name="claims",
    title="Claims <triage>",
    organisation=None,
    sector=None,
    stage=None,
    class_=UseCaseClass.AGENTIC,
    tier=None,
    overall=Scale(Colour.UNKNOWN, 10, 5),
    dimensions={dimension: Scale(Colour.UNKNOWN, 10, 5) for dimension in Dimension},
    seats={duty: SeatState.UNASSIGNED for duty in Duty},  # noqa: C420 - an enum, not a set of texts
    expired=0,
    blockers=3,
    effort=Effort(low=3, high=9),
    unowned=3,
    first_blocker="The tier is known",
    first_step="Say what a wrong output can harm.",
    first_duty=Duty.GOVERNANCE,
    first_person=None,
    assessed_at=NOW,
    next_change_at=None,
)


def headline(total: int, ready: int, lacking: int, stale: int = 0) -> Headline:
    """Figures of so many use cases."""
    counts = {Colour.RED: 0, Colour.AMBER: 0, Colour.GREEN: ready, Colour.UNKNOWN: total - ready}
    return Headline(
        total=total,
        overall=counts,
        tones=dict.fromkeys(Dimension, counts),
        lacking_owners=lacking,
        without_owners=0,
        unassigned=dict.fromkeys(Duty, lacking),
        unconfirmed=0,
        known_by={Method.REPORTED: 4, Method.DECLARED: 1, None: 7},
        stale=stale,
        expired=stale,
        assessed_at=NOW - timedelta(minutes=14),
    )


def portfolio(total: int, ready: int = 0, lacking: int = 0, pages: int = 1) -> PortfolioPage:
    """A page of so many use cases."""
    rows = (ROW,) if total else ()
    return PortfolioPage(rows, 1, pages, headline(total, ready, lacking), (), IN_FORCE)


@pytest.mark.parametrize(
    ("total", "ready", "lacking", "said"),
    [
        (12, 3, 5, "3 of 12 use cases are ready; 5 lack owners"),
        (12, 1, 1, "1 of 12 use cases is ready; 1 lacks owners"),
        (2133, 0, 2133, "None of 2,133 use cases is ready; not one has all four owners"),
        (3, 3, 0, "All 3 use cases are ready; every duty has somebody named"),
        (1, 1, 0, "The one use case is ready; every duty has somebody named"),
    ],
)
def test_the_heading_states_the_finding(total: int, ready: int, lacking: int, said: str) -> None:
    """One sentence, in the right number."""
    assert portfolio_view(portfolio(total, ready, lacking), {}, NOW).finding == said


def test_the_basis_says_on_what_it_rests() -> None:
    """When, on how many facts of which method, by which rubric, and what is unknown."""
    said = portfolio_view(portfolio(2), {}, NOW).basis
    assert said == (
        "Assessed 14 minutes ago on 4 reported and 1 declared facts, by the shipped rubric. 7 facts are unknown."
    )


def test_unknown_is_said_and_never_looks_good() -> None:
    """Nothing that nobody has said is left blank or green."""
    row = portfolio_view(portfolio(1), {}, NOW).rows[0]
    assert {cell.tone for cell in row.cells} == {Tone.UNKNOWN}
    assert (row.organisation, row.stage, row.tier) == ("not known", "not known", "not known")
    assert row.who == "governance duty, unassigned"


def test_every_tone_has_its_own_word() -> None:
    """Colours, seats and verdicts are told apart without colour."""
    assert len({badge.word for badge in TONES.values()}) == len(Colour)
    assert len({badge.word for badge in SEATS.values()}) == len(SeatState)
    assert len({verdict(each).word for each in Verdict}) == len(Verdict)
    assert verdict(Verdict.EXPIRED).tone is Tone.STALE
    assert verdict(Verdict.NOT_APPLICABLE).tone is Tone.ASIDE


def test_the_page_renders_and_escapes() -> None:
    """The whole template with a view; titles are never markup."""
    view = portfolio_view(portfolio(2133, pages=22), {"stage": "pilot"}, NOW)
    html = page("portfolio", Frame("Portfolio", (), Settings()), view)
    assert "Claims &lt;triage&gt;" in html
    assert "stage: pilot" in html
    assert "1–1 of 2,133" in html


def test_filters_survive_sorting_and_turning_pages() -> None:
    """Each address carries what was asked; another order begins at the first page."""
    asked = {"stage": "pilot", "page": "3", "sort": "-score"}
    assert address(asked, page="4") == "/?stage=pilot&page=4&sort=-score"
    assert address(asked, sort="title") == "/?stage=pilot&sort=title"
    assert address(asked, stage=None, sort=None) == "/"


def test_an_empty_register_teaches() -> None:
    """One sentence, one command, one button."""
    view = portfolio_view(replace(portfolio(0), organisations=()), {}, NOW)
    assert view.empty is not None
    assert view.empty.command == "roadworthy import inventory.xlsx"
    assert view.empty.button is not None
    assert view.filters == ()


@given(
    st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in FILTERS.items()}),
    st.sampled_from([*Sort]),
    st.booleans(),
)
def test_every_filter_is_understood(filters: dict[str, str], sort: Sort, down: bool) -> None:
    """Whatever the page offers, the query takes, and the page can show again."""
    parameters = {**filters, "sort": f"-{sort}" if down else str(sort)}
    asked = checked(parameters)
    query = query_of(asked)
    assert (query.sort, query.descending) == (sort, down)
    assert {dimension.value for dimension in query.tones} == {name for name in filters if name in list(Dimension)}
    view = portfolio_view(portfolio(2), asked, NOW)
    assert len(view.active) == len(filters)


@pytest.mark.parametrize("parameters", [{"stage": "pilott"}, {"sort": "colour"}, {"page": "0"}, {"page": "x"}])
def test_nonsense_is_refused_with_a_next_step(parameters: dict[str, str]) -> None:
    """A filter that means nothing is not quietly ignored."""
    with pytest.raises(InvalidInput) as caught:
        checked(parameters)
    assert caught.value.remedy


def test_the_rubric_reads_as_sentences() -> None:
    """Each requirement form has words of its own; none falls through to another's."""
    view = rubric_view(IN_FORCE)
    criteria = [criterion for dimension in view.dimensions for criterion in dimension.criteria]
    assert len(criteria) == len(list(shipped().criteria()))
    asked = {criterion.id: criterion for _, criterion in shipped().criteria()}
    for criterion in criteria:
        about_tier = criterion.satisfied == "The risk tier follows from the record"
        assert about_tier == (asked[criterion.id].requires.tier is not None)


def test_what_went_stale_is_said_first_and_shown_in_its_row() -> None:
    row = replace(ROW, expired=2)
    page = PortfolioPage((row,), 1, 1, headline(3, 0, 0, stale=2), (), IN_FORCE)
    view = portfolio_view(page, {}, NOW)

    assert view.finding == "None of 3 use cases is ready; 2 have gone stale; every duty has somebody named"
    assert view.rows[0].expired == 2
    assert any(figure.href == "/?expired=yes" for figure in view.figures)


def test_a_clock_that_runs_ahead_is_said_and_one_that_does_not_is_not() -> None:
    said = moved(timedelta(days=90))

    assert said is not None
    assert said.title == "The clock of this demo runs 90 days ahead"
    assert moved(timedelta(0)) is None
