"""The pages of upstreams and their stored secrets: set, replaced, put back, removed. No page ever shows a value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from urllib.parse import quote

from starlette.responses import Response

from roadworthy.foundation.errors import InvalidInput, Place, RoadworthyError
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.upstream_states import reaches
from roadworthy.interfaces.web.forms.drafting import Faults, fault_links, sections_of
from roadworthy.interfaces.web.forms.entries import Entry, Group
from roadworthy.interfaces.web.showing.upstream_secrets import upstream_secrets_view
from roadworthy.interfaces.web.views.form import FormView
from roadworthy.interfaces.web.views.parts import Link
from roadworthy.interfaces.web.visits import Form, Visit, Visiting, go_to

PLACE = "Gateway"
router = Routes()
_AT = "/upstream-secrets"
_SERVER_FAULT = 500
_VALUE = Entry("value", "Secret", "password", "It is sealed at once and never shown again.", required=True, wide=True)
_NEW = (
    Group(
        "The secret",
        (
            Entry("name", "Name", hint="An upstream names it as `stored:NAME`.", required=True),
            Entry("host", "Host", hint="Such as `api.openai.com`; it is shown to nobody else.", required=True),
            _VALUE,
            Entry("reason", "Reason", "area", "Asks for a decision where rights want one.", wide=True),
        ),
    ),
)
_ROTATE = (
    Group(
        "The secret in its place",
        (
            _VALUE,
            Entry("grace", "Hours of grace", hint="For how long one can go back to the former one; none if left out."),
        ),
    ),
)


@router.get("/upstream-secrets")
def listed(visit: Visiting) -> Response:
    """What the gateway would ask, and what is stored for it."""
    found = visit.app.gateway.secrets.listed()
    people = visit.app.identity.people({each.any.set_by for each in found})
    view = upstream_secrets_view(reaches(visit.app), found, people, visit.now)
    return visit.answer("upstream_secrets", "Upstreams and their secrets", view, place=PLACE)


@router.get("/upstream-secrets/new")
def show_new(visit: Visiting) -> Response:
    """The form."""
    return _form(visit, f"{_AT}/new", "Store a secret", "Store it", _NEW)


@router.post("/upstream-secrets/new")
def new(visit: Visiting, form: Form) -> Response:
    """Store a secret."""
    values = form.values

    def make() -> str:
        stored = visit.app.gateway.secrets.stored
        said = [values.get(each, "").strip() for each in ("name", "host")]
        context, reason = visit.signed_in.context, values.get("reason", "")
        _, waits = stored.set(context, said[0], said[1], values.get("value", ""), reason)
        return f"{_AT}?done=secret-set" if waits is None else f"/decisions/{waits}?done=proposed"

    return _done(visit, f"{_AT}/new", "Store a secret", "Store it", _NEW, values, make)


@router.get("/upstream-secrets/{name}/rotate")
def show_rotate(visit: Visiting, name: str) -> Response:
    """The form."""
    return _form(visit, _at(name, "rotate"), f"Replace the secret {name}", "Replace it", _ROTATE)


@router.post("/upstream-secrets/{name}/rotate")
def rotate(visit: Visiting, name: str, form: Form) -> Response:
    """Put another value in its place."""

    def make() -> str:
        grace = dt.timedelta(hours=_hours(form.values.get("grace", "")))
        context = visit.signed_in.context
        visit.app.gateway.secrets.stored.rotate(context, name, form.values.get("value", ""), grace)
        return f"{_AT}?done=secret-replaced"

    title = f"Replace the secret {name}"
    return _done(visit, _at(name, "rotate"), title, "Replace it", _ROTATE, form.values, make)


@router.get("/upstream-secrets/{name}/back")
def show_back(visit: Visiting, name: str) -> Response:
    """Asks whether it is meant."""
    return _form(visit, _at(name, "back"), f"Go back to the former secret {name}", "Go back", ())


@router.post("/upstream-secrets/{name}/back")
def back(visit: Visiting, name: str, form: Form) -> Response:
    """Put the former value back in use."""

    def make() -> str:
        visit.app.gateway.secrets.stored.back(visit.signed_in.context, name)
        return f"{_AT}?done=secret-back"

    title = f"Go back to the former secret {name}"
    return _done(visit, _at(name, "back"), title, "Go back", (), form.values, make)


@router.get("/upstream-secrets/{name}/remove")
def show_remove(visit: Visiting, name: str) -> Response:
    """Asks whether it is meant."""
    return _form(visit, _at(name, "remove"), f"Forget the secret {name}", "Forget it", ())


@router.post("/upstream-secrets/{name}/remove")
def remove(visit: Visiting, name: str, form: Form) -> Response:
    """Forget it."""

    def make() -> str:
        visit.app.gateway.secrets.stored.remove(visit.signed_in.context, name)
        return f"{_AT}?done=secret-removed"

    return _done(visit, _at(name, "remove"), f"Forget the secret {name}", "Forget it", (), form.values, make)


def _at(name: str, what: str) -> str:
    return f"{_AT}/{quote(name, safe='')}/{what}"


def _hours(text: str) -> int:
    said = text.strip() or "0"
    if not (said.isascii() and said.isdigit() and len(said) < 5):  # noqa: PLR2004 - more than anybody can ask for
        raise InvalidInput(
            "upstream-secret-grace-unfit",
            "the grace is no whole number of hours",
            place=Place(field="grace"),
            remedy="enter a whole number, or nothing",
        )
    return int(said)


def _done(
    visit: Visit,
    path: str,
    title: str,
    submit: str,
    groups: tuple[Group, ...],
    values: Mapping[str, str],
    make: Callable[[], str],
) -> Response:
    try:
        return go_to(make())
    except RoadworthyError as error:
        if error.status >= _SERVER_FAULT:
            raise
        return _form(visit, path, title, submit, groups, values, Faults.of(error))


def _form(
    visit: Visit,
    path: str,
    title: str,
    submit: str,
    groups: tuple[Group, ...],
    values: Mapping[str, str] | None = None,
    faults: Faults | None = None,
) -> Response:
    wrong = faults or Faults()
    entered = {name: text for name, text in (values or {}).items() if name != "value"}  # no page has a secret in it
    view = FormView(
        title=title,
        lede="",
        back=Link("Upstreams and their secrets", _AT),
        action=path,
        submit=submit,
        sections=sections_of(groups, entered, wrong),
        faults=fault_links(wrong, groups, entered),
        still="Enter the secret once more." if groups else "",
    )
    return visit.answer("form", title, view, place=PLACE, status=422 if wrong.findings else 200)
