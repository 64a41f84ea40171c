"""The pages of budgets: how full their windows are, and when they will be full."""

from __future__ import annotations

from starlette.responses import Response

from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.showing.budgets import budget_view, budgets_view
from roadworthy.interfaces.web.visits import Visiting

router = Routes(prefix="/budgets")
PLACE = "Gateway"


@router.get("")
def show_budgets(visit: Visiting) -> Response:
    """Every budget, and what certificates and pilots bound."""
    budgets = visit.app.admitting.budgets
    view = budgets_view(budgets.listed(), budgets.others(), visit.now)
    return visit.answer("budgets", view.finding, view, place=PLACE)


@router.get("/{budget}")
def show_budget(visit: Visiting, budget: str) -> Response:
    """One budget."""
    view = budget_view(visit.app.admitting.budgets.get(budget), visit.now)
    return visit.answer("budgets", view.finding, view, place=PLACE)
