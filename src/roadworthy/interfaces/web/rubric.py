"""The page of the rubric in force."""

from __future__ import annotations

from starlette.responses import Response

from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.showing.rubric import rubric_view
from roadworthy.interfaces.web.visits import Visiting

router = Routes(prefix="/rubric")


@router.get("")
def show(visit: Visiting) -> Response:
    """What is asked of a use case before it is ready."""
    return visit.answer("rubric", "Rubric", rubric_view(visit.app.readiness.rubric()), place="Rubric")
