"""The page about the ledger towards the outside: who signs it, who has seen it, since when not."""

from __future__ import annotations

from starlette.responses import Response

from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.showing.outside import outside_view
from roadworthy.interfaces.web.visits import Visiting

router = Routes(prefix="/ledger")


@router.get("/outside")
def show(visit: Visiting) -> Response:
    """How it stands with witnesses."""
    watched = visit.app.operation.witnessing
    view = outside_view(watched.state(), str(watched.policy()), visit.app.settings.ledger_public, visit.now)
    return visit.answer("outside", "Witnesses of the ledger", view, place="Ledger")
