"""The pages of gateway keys: made, replaced, revoked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import cast
from urllib.parse import quote

from starlette.responses import Response

from roadworthy.foundation.errors import InvalidInput, Place, RoadworthyError
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.forms.drafting import Faults, fault_links, sections_of
from roadworthy.interfaces.web.forms.entries import Entry, Group
from roadworthy.interfaces.web.showing.gateway_keys import keys_view
from roadworthy.interfaces.web.views.form import FormView
from roadworthy.interfaces.web.views.parts import Link
from roadworthy.interfaces.web.visits import Form, Visit, Visiting, go_to
from roadworthy.operate.admission.keys.model import STAGES, USUAL_DAYS, Key, Wanted
from roadworthy.operate.admission.kinds import ENDPOINT, Endpoint

PLACE = "Gateway"
router = Routes()
_SERVER_FAULT = 500
_MOST_SHOWN = 200
_NEW = (
    Group(
        "The key",
        (
            Entry("name", "Name", hint="What the application is called, such as `claims-app`.", required=True),
            Entry("stage", "Stage", "select", "Where its traffic runs.", tuple((each, each) for each in STAGES)),
            Entry("endpoints", "Only these endpoints", "area", "One a line; all of the use case if left out."),
            Entry("days", "Days", hint=f"How long it holds, from 1 to 366; {USUAL_DAYS} if left out."),
        ),
    ),
)
_ROTATE = (
    Group(
        "The key in its place",
        (Entry("grace", "Hours of grace", hint="For how long the former one still opens; none if left out."),),
    ),
)
_WHY = (Group("Why", (Entry("reason", "Reason", "area", "Kept with the record.", required=True, wide=True),)),)


@router.get("/keys")
def keys(visit: Visiting) -> Response:
    """Who may reach the gateway."""
    return _keys(visit)


@router.get("/use-cases/{name}/keys/new")
def show_new(visit: Visiting, name: str) -> Response:
    """The form."""
    return _form(visit, _new_at(name), f"New gateway key for {name}", _NEW, {}, Faults())


@router.post("/use-cases/{name}/keys/new")
def new(visit: Visiting, name: str, form: Form) -> Response:
    """Make a key. The answer is the only page that ever shows it, so it is no redirect."""
    values = form.values

    def make() -> tuple[str, Key]:
        endpoints = tuple(values.get("endpoints", "").replace(",", " ").split())
        days = _number(values.get("days", ""), "days", USUAL_DAYS)
        wanted = Wanted(values.get("name", "").strip(), name, values.get("stage", ""), None, endpoints or None, days)
        return visit.app.admitting.keys.new(visit.signed_in.context, wanted)

    return _made(visit, _new_at(name), f"New gateway key for {name}", _NEW, values, make)


@router.get("/keys/{key}/rotate")
def show_rotate(visit: Visiting, key: str) -> Response:
    """The form."""
    found = visit.app.admitting.keys.get(key)
    return _form(visit, f"/keys/{key}/rotate", f"Replace the gateway key {found.name}", _ROTATE, {}, Faults())


@router.post("/keys/{key}/rotate")
def rotate(visit: Visiting, key: str, form: Form) -> Response:
    """Make a key in the place of another."""
    found = visit.app.admitting.keys.get(key)

    def make() -> tuple[str, Key]:
        grace = dt.timedelta(hours=_number(form.values.get("grace", ""), "grace", 0))
        return visit.app.admitting.keys.rotate(visit.signed_in.context, key, grace)

    title = f"Replace the gateway key {found.name}"
    return _made(visit, f"/keys/{key}/rotate", title, _ROTATE, form.values, make)


@router.get("/keys/{key}/revoke")
def show_revoke(visit: Visiting, key: str) -> Response:
    """Asks for the reason."""
    found = visit.app.admitting.keys.get(key)
    return _form(visit, f"/keys/{key}/revoke", f"Revoke the gateway key {found.name}", _WHY, {}, Faults())


@router.post("/keys/{key}/revoke")
def revoke(visit: Visiting, key: str, form: Form) -> Response:
    """End a key at once."""
    found = visit.app.admitting.keys.get(key)
    try:
        visit.app.admitting.keys.revoke(visit.signed_in.context, key, form.text("reason"))
    except RoadworthyError as error:
        if error.status >= _SERVER_FAULT:
            raise
        title = f"Revoke the gateway key {found.name}"
        return _form(visit, f"/keys/{key}/revoke", title, _WHY, form.values, Faults.of(error))
    return go_to("/keys?done=revoked")


def _made(
    visit: Visit,
    path: str,
    title: str,
    groups: tuple[Group, ...],
    values: Mapping[str, str],
    make: Callable[[], tuple[str, Key]],
) -> Response:
    try:
        made = make()
    except RoadworthyError as error:
        if error.status >= _SERVER_FAULT:
            raise
        return _form(visit, path, title, groups, values, Faults.of(error))
    return _keys(visit, made)


def _keys(visit: Visit, new: tuple[str, Key] | None = None) -> Response:
    found = visit.app.admitting.keys.listed(limit=_MOST_SHOWN)
    endpoints = visit.app.resources.list(ENDPOINT, limit=_MOST_SHOWN)
    use_cases = sorted({cast("Endpoint", each.spec).use_case for each in endpoints})
    return visit.answer("gateway_keys", "Gateway keys", keys_view(found, use_cases, visit.now, new), place=PLACE)


def _new_at(use_case: str) -> str:
    return f"/use-cases/{quote(use_case, safe='')}/keys/new"


def _number(text: str, field: str, usual: int) -> int:
    said = text.strip()
    if not said:
        return usual
    if not (said.isascii() and said.isdigit() and len(said) < 5):  # noqa: PLR2004 - more than anybody can ask for
        raise InvalidInput(
            "gateway-key-number-unfit",
            f"`{said[:40]}` is no whole number",
            place=Place(field=field),
            remedy="enter a whole number, or nothing",
        )
    return int(said)


def _form(
    visit: Visit, path: str, title: str, groups: tuple[Group, ...], values: Mapping[str, str], faults: Faults
) -> Response:
    view = FormView(
        title=title,
        lede="",
        back=Link("Gateway keys", "/keys"),
        action=path,
        submit={"New": "Make it", "Replace": "Replace it"}.get(title.split(" ", 1)[0], "Revoke"),
        sections=sections_of(groups, values, faults),
        faults=fault_links(faults, groups, values),
    )
    return visit.answer("form", title, view, place=PLACE, status=422 if faults.findings else 200)
