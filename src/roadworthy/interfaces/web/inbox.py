"""What waits for whoever is signed in, and the list of everything that was ever asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from starlette.responses import Response

from roadworthy.app import App
from roadworthy.decide.approvals.inboxes import key_of
from roadworthy.decide.approvals.requests import Request
from roadworthy.decide.approvals.states import WAITING, RequestState
from roadworthy.foundation.errors import InvalidInput, Place, did_you_mean
from roadworthy.foundation.ledger.draft import ActorKind
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.showing.inbox import inbox_view, list_view
from roadworthy.interfaces.web.visits import Visiting

router = Routes()
PER_PAGE = 50
MOST_OWN = 20
"""Requests of one's own that the inbox shows beside what waits."""
_RECENT = 200
"""Requests of each open state that are looked through for one's own."""


@router.get("/inbox")
def inbox(visit: Visiting, after: str | None = None) -> Response:
    """What waits for me, the oldest deadline first."""
    approvals, me = visit.app.approvals, visit.signed_in.session.person
    waiting = approvals.inbox(me.ref, after, PER_PAGE)
    mine = [] if after else _own(visit.app, me.ref)
    people = visit.app.identity.people({*(each.proposer_ref for each in waiting), me.ref})
    more = f"/inbox?{urlencode({'after': key_of(waiting[-1])})}" if len(waiting) == PER_PAGE else None
    titles = titles_of(visit.app, [*(each.use_case for each in waiting), *(each.use_case for each in mine)])
    governed = approvals.rights() is not None
    view = inbox_view(waiting, mine, people, titles, visit.now, governed=governed, more=more, first=after is None)
    return visit.answer("inbox", view.finding, view, place="Inbox")


@router.get("/decisions")
def listed(visit: Visiting, state: str = "", use_case: str = "", after: str | None = None) -> Response:
    """Every request, the newest first."""
    asked = {name: value for name, value in (("state", state), ("use_case", use_case.strip())) if value}
    found = visit.app.approvals.listed(_state(state), use_case.strip() or None, after, PER_PAGE)
    people = visit.app.identity.people({each.proposer_ref for each in found})
    titles = titles_of(visit.app, [*(each.use_case for each in found), asked.get("use_case")])
    more = found[-1].id if len(found) == PER_PAGE else None
    view = list_view(found, people, titles, asked, visit.now, more)
    return visit.answer("decisions", "Decisions", view, place="Inbox")


def _state(said: str) -> RequestState | None:
    if not said:
        return None
    try:
        return RequestState(said)
    except ValueError as error:
        raise InvalidInput(
            "request-state-unknown",
            f"`{said[:40]}` is no state of a request",
            place=Place(field="state"),
            remedy=did_you_mean(said[:40], [each.value for each in RequestState]),
        ) from error


def _own(app: App, ref: str) -> list[Request]:
    """What somebody asked for that is not over, the oldest deadline first."""
    open_ = [
        each
        for state in (*sorted(WAITING), RequestState.APPROVED)
        for each in app.approvals.listed(state, None, None, _RECENT)
    ]
    own = [each for each in open_ if each.proposer_ref == ref and each.proposer_kind is ActorKind.PERSON]
    return sorted(own, key=lambda each: each.deadline_at)[:MOST_OWN]


def titles_of(app: App, names: Iterable[str | None]) -> Mapping[str, str]:
    """Titles of use cases by name; those that are gone are left out."""
    wanted = {name for name in names if name}
    if not wanted:
        return {}
    known = set(app.inventory.names())
    return {name: app.inventory.subject(name).spec.title for name in wanted & known}
