"""Emergency access: opened by one person, confirmed by another, over within hours."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Path, Request
from pydantic import Field

from roadworthy.app import App
from roadworthy.foundation.identity.break_glass import MOST_HOURS, MOST_REASON
from roadworthy.foundation.identity.emergencies import Emergency
from roadworthy.interfaces.api import people
from roadworthy.interfaces.api.people import PersonBody
from roadworthy.interfaces.api.wire import Application, Signed, Wire
from roadworthy.interfaces.routes import Routes

router = Routes(prefix="/break-glass", tags=["break-glass"])

Id = Annotated[str, Path(max_length=40, description="Of the emergency access.")]


class EmergencyWanted(Wire):
    """Emergency access that somebody asks for."""

    person: Annotated[str, Field(min_length=1, max_length=320, description="Handle of whoever it is for.")]
    reason: Annotated[str, Field(min_length=1, max_length=MOST_REASON)]
    hours: Annotated[int, Field(ge=1, le=MOST_HOURS)] = 1


class EmergencyConfirmed(Wire):
    """How it is confirmed."""

    code: Annotated[str | None, Field(max_length=200, description="A sealed code, where nobody can sign in.")] = None


class EmergencyBody(Wire):
    """Emergency access."""

    id: str
    state: str = Field(description="`waiting`, `open`, `lapsed` or `over`.")
    person: PersonBody
    reason: str
    hours: int
    opened_by: PersonBody
    opened_at: datetime
    confirm_before: datetime
    confirmed_by: PersonBody | None
    expires_at: datetime | None
    used_at: datetime | None
    ended_at: datetime | None


class EmergencyLink(Wire):
    """A link that signs the person in, once."""

    url: str
    emergency: EmergencyBody


class SealedCode(Wire):
    """A code by which somebody can confirm without signing in; it is shown this once."""

    code: str


@router.get("")
def listed(app: Application, _caller: Signed) -> list[EmergencyBody]:
    """What is open or waits."""
    return [_body(app, each) for each in app.break_glass.going_on()]


@router.post("", status_code=201)
def open_(given: EmergencyWanted, app: Application, caller: Signed) -> EmergencyBody:
    """Ask for it, where the home folder is; it opens nothing until another person confirms it."""
    found = app.break_glass.open(caller.session, caller.via, given.person, given.reason, given.hours)
    return _body(app, found)


@router.post("/codes", status_code=201)
def seal(app: Application, caller: Signed) -> SealedCode:
    """Make a sealed code of one's own, to be kept away from computers."""
    return SealedCode(code=app.break_glass.seal(caller.session, caller.via))


@router.post("/{emergency_id}/confirm")
def confirm(
    emergency_id: Id, given: EmergencyConfirmed, request: Request, app: Application, caller: Signed
) -> EmergencyLink:
    """Confirm what somebody else opened; answers with the link that signs the person in, once."""
    secret, found = app.break_glass.confirm(caller.session, caller.via, emergency_id, given.code)
    address = f"{str(request.base_url).rstrip('/')}/break-glass?{urlencode({'token': secret})}"
    return EmergencyLink(url=address, emergency=_body(app, found))


@router.post("/{emergency_id}/end")
def end(emergency_id: Id, app: Application, caller: Signed) -> EmergencyBody:
    """End it, or take back what nobody confirmed."""
    return _body(app, app.break_glass.end(caller.session.context(caller.via), emergency_id))


def _body(app: App, found: Emergency) -> EmergencyBody:
    refs = [ref for ref in (found.person, found.opened_by, found.confirmed_by) if ref is not None]
    who = people.shown(app, refs)
    return EmergencyBody(
        id=found.id,
        state=found.state(app.runtime.clock.now()),
        person=who[found.person],
        reason=found.reason,
        hours=found.hours,
        opened_by=who[found.opened_by],
        opened_at=found.opened_at,
        confirm_before=found.confirm_before,
        confirmed_by=None if found.confirmed_by is None else who[found.confirmed_by],
        expires_at=found.expires_at,
        used_at=found.used_at,
        ended_at=found.ended_at,
    )
