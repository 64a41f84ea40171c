"""The pages of the failure modes: how often each occurs, and one of them with the use cases that have it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from roadworthy.decide.diagnosis.model import Status
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.showing.diagnosis import mode_view, modes_view
from roadworthy.interfaces.web.visits import Visiting, head_of

router = Routes(prefix="/failure-modes")
PLACE = "Failure modes"
LAST_PAGE = 10**6


@router.get("")
def show(visit: Visiting) -> Response:
    """How often each failure mode occurs, and what to ask first."""
    view = modes_view(visit.app.diagnosis.frequency())
    return visit.answer("failure_modes", PLACE, view, place=PLACE, head=head_of(visit))


@router.get("/{name}")
def show_one(
    visit: Visiting,
    name: str,
    status: Status = Status.PRESENT,
    page: Annotated[int, Query(ge=1, le=LAST_PAGE)] = 1,
) -> Response:
    """One failure mode: what goes wrong, by what it is told, and which use cases have it."""
    found = visit.app.diagnosis.struck(name, status, page)
    share = visit.app.diagnosis.frequency().of(name)
    assert share is not None  # noqa: S101 - the list would have been refused
    view = mode_view(found, share)
    return visit.answer("failure_mode", view.title, view, place=PLACE, head=head_of(visit))
