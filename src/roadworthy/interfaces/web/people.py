"""The pages of people and roles: everybody, what one of them may do and why, and what I may."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlencode

from starlette.responses import Response

from roadworthy.app import App
from roadworthy.foundation.access.model import ROLE_MAP, ROLE_MAP_NAME, WORKLOAD, Workload
from roadworthy.foundation.access.permissions import Permission
from roadworthy.foundation.access.rules import Holding
from roadworthy.foundation.identity.roster import Page
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.showing.people import Found, access_view, people_view
from roadworthy.interfaces.web.visits import Visiting

router = Routes()
PER_PAGE = 50
MOST_WORKLOADS = 500


@router.get("/people")
def show(visit: Visiting, text: str = "", after: str | None = None) -> Response:
    """Everybody, and every program."""
    app, search = visit.app, text.strip()[:320]
    records = app.staff.roster.list(Page(after, PER_PAGE, search or None))
    tokens, leftovers = app.tokens.all(), app.staff.leavers.findings()
    declared = app.resources.list(WORKLOAD, limit=MOST_WORKLOADS)
    found = Found(
        people=[(app.staff.roster.profile(each.ref), _held(app, each.ref)) for each in records],
        tokens=tokens,
        workloads=[(each.name, cast("Workload", each.spec), each.changed_at) for each in declared],
        named=app.identity.people({token.answers for token in tokens} | {each.holding.person for each in leftovers}),
        emergencies=app.break_glass.going_on(),
        leftovers=leftovers,
        mapped=app.resources.find(ROLE_MAP, ROLE_MAP_NAME) is not None,
        embedded=app.access.embedded,
    )
    further = {"after": records[-1].ref, **({"text": search} if search else {})} if len(records) == PER_PAGE else {}
    more = f"/people?{urlencode(further)}" if further else ""
    return visit.answer("people", "People and roles", people_view(found, search, more, visit.now), place="People")


@router.get("/people/{who}")
def explain(visit: Visiting, who: str, use_case: str = "") -> Response:
    """What somebody may do, and why."""
    app, about = visit.app, use_case.strip()[:120]
    profile = app.staff.roster.profile(who)
    ref = profile.record.ref
    shown = profile.record.name or profile.record.handle or "an erased person"
    with app.store.read() as connection:
        verdicts = [app.access.of_person(connection, ref, each, about or None) for each in Permission]
        administrators = app.access.administrators(connection)
    view = access_view(shown, _held(app, ref), verdicts, about, administrators, action=f"/people/{ref}", mine=False)
    return visit.answer("access", view.finding, view)


@router.get("/-/access")
def mine(visit: Visiting, use_case: str = "") -> Response:
    """What I may do, and who could let me do more."""
    app, about, session = visit.app, use_case.strip()[:120], visit.signed_in.session
    verdicts = [app.access.permitted(session, each, about or None) for each in Permission]
    with app.store.read() as connection:
        administrators = app.access.administrators(connection)
    view = access_view(
        session.person.shown, _held(app, session.person.ref), verdicts, about, administrators,
        action="/-/access", mine=True,
    )  # fmt: skip
    return visit.answer("access", view.finding, view)


def _held(app: App, ref: str) -> tuple[Holding, ...]:
    with app.store.read() as connection:
        return app.access.every_holding(connection, ref)
