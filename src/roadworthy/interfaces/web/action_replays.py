"""The page on which past actions are decided about anew, under declarations that nobody has applied."""

from __future__ import annotations

import datetime as dt
from typing import Final

from starlette.responses import Response

from roadworthy.foundation.errors import InvalidInput, RoadworthyError
from roadworthy.foundation.instants import from_text
from roadworthy.foundation.resources.documents import Source, parse
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.showing.action_replays import Asked, replay_view
from roadworthy.interfaces.web.visits import Form, Visit, Visiting
from roadworthy.operate.actions.past.model import Replayed, Span

router = Routes()
PLACE: Final = "Gateway"
SHOWN: Final = 100
USUAL_SPAN: Final = dt.timedelta(days=30)
_MOST_SERVER_FAULT: Final = 500


@router.get("/action-replay")
def ask(visit: Visiting) -> Response:
    """Where rules are entered."""
    return _page(visit, Asked(), None, None)


@router.post("/action-replay")
def replay(visit: Visiting, form: Form) -> Response:
    """Decide anew; nothing is kept of it."""
    asked = Asked(form.text("declarations"), form.text("since"), form.text("use_case"), bool(form.text("pass_held")))
    try:
        found = _replayed(visit, asked)
    except RoadworthyError as error:
        if error.status >= _MOST_SERVER_FAULT:
            raise
        return _page(visit, asked, None, error)
    return _page(visit, asked, found, None)


def _replayed(visit: Visit, asked: Asked) -> Replayed:
    app = visit.app
    declared, findings = parse([Source("declarations", asked.declarations)], app.registry)
    if findings:
        raise InvalidInput.of(findings, "the declarations")
    since = from_text(asked.since) if asked.since else visit.now - USUAL_SPAN
    span = Span(since, visit.now, asked.use_case or None, asked.pass_held, show=SHOWN)
    return app.acting.replaying.replay(span, declared)


def _page(visit: Visit, asked: Asked, found: Replayed | None, fault: RoadworthyError | None) -> Response:
    view = replay_view(asked, found, fault, visit.now)
    return visit.answer("action_replay", view.finding, view, place=PLACE, status=200 if fault is None else 422)
