"""The pages of systems in which agents act: the list, one of them, and what it offers now against what is declared."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Final

from starlette.responses import Response

from roadworthy.app import App
from roadworthy.foundation.access.permissions import Permission
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.agent_runs import stop_of
from roadworthy.interfaces.web.showing.systems import (
    LATELY,
    Known,
    Reach,
    compare_view,
    system_view,
    systems_view,
)
from roadworthy.interfaces.web.visits import Form, Visiting
from roadworthy.operate.actions.catalogue.drafting import Difference
from roadworthy.operate.actions.catalogue.service import Source, Wish
from roadworthy.operate.actions.declared import SYSTEM, Speaks
from roadworthy.operate.actions.trail.finding_store import Wanted

router = Routes(prefix="/systems")
PLACE = "Gateway"
_MOST: Final = 1_000


@router.get("")
def show_all(visit: Visiting) -> Response:
    """Declared systems, and how they fare."""
    view = systems_view(_known(visit.app, visit.now))
    return visit.answer("systems", view.finding, view, place=PLACE)


@router.get("/{system}")
def show(visit: Visiting, system: str) -> Response:
    """One system: what agents may do there, and how it goes."""
    known = _one(visit.app, visit.now, system)
    may = visit.app.access.permitted(visit.signed_in.session, Permission.CONFIGURE, None).allowed
    stops = {each.name: stop_of(visit, f"action:{each.name}", "Stop it") for each in known.actions}
    view = system_view(known, stops, visit.now, may_compare=may)
    return visit.answer("system", view.title, view, place=PLACE)


@router.post("/{system}/compare")
def compare(visit: Visiting, system: str, form: Form) -> Response:  # noqa: ARG001 - asking for the form checks its token
    """Ask it what it offers now. Nothing is declared."""
    known = _one(visit.app, visit.now, system)
    view = compare_view(known, _differences(visit.app, known), _source(known).value)
    return visit.answer("system_compared", view.title, view, place=PLACE)


def offers(app: App, now: dt.datetime, system: str) -> tuple[Difference, ...]:
    """What a system says of its actions that is not as it is declared; it is asked.

    Raises:
        NotFound: there is no such system.
        Unavailable: it does not answer.
    """
    return _differences(app, _one(app, now, system))


def _differences(app: App, known: Known) -> tuple[Difference, ...]:
    cases = tuple(sorted({name for each in known.actions for name in each.spec.use_cases}))
    return app.imports.look(Wish(known.name, _source(known), cases or ("use-case",))).differences


def _source(known: Known) -> Source:
    return Source.OPENAPI if known.spec.speaks is Speaks.HTTP else Source.MCP


def _one(app: App, now: dt.datetime, name: str) -> Known:
    app.resources.get(SYSTEM, name)  # what is not declared is refused
    return next(each for each in _known(app, now) if each.name == name)


def _known(app: App, now: dt.datetime) -> list[Known]:
    catalogue, lately = app.acting.actions.catalogue(), app.acting.seeing.systems(now - LATELY)
    feeds = {each.system: each for each in app.trail.looking.feeds()}
    open_ = Counter(each.system for each in app.trail.looking.findings(Wanted(state="open", limit=_MOST)))
    reached = {each.name: each for each in app.acting.systems.all()}
    found = []
    for name, spec in sorted(catalogue.systems.items()):
        here = reached.get(name)
        reach = None
        if here is not None:
            breaker = here.breaker
            reach = Reach(here.secret is not None, bool(breaker.open_until), breaker.failures, here.turns.busy)
        actions = [each for _, each in sorted(catalogue.actions.items()) if each.spec.system == name]
        found.append(Known(name, spec, actions, reach, lately.get(name), feeds.get(name), open_[name]))
    return found
