"""The page of the rubric in force."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from roadworthy.interfaces.web.showing.rubric import rubric_view
from roadworthy.interfaces.web.visits import Visiting

router = APIRouter(prefix="/rubric")


@router.get("")
def show(visit: Visiting) -> Response:
    """What is asked of a use case before it is ready."""
    return visit.answer("rubric", "Rubric", rubric_view(visit.app.readiness.rubric()), place="Rubric")
