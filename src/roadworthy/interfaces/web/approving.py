"""Approving what a system says of one action now: the declaration with the new pin, which needs what `apply` needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from roadworthy.foundation.digests import digest_of
from roadworthy.foundation.errors import NotFound, RoadworthyError
from roadworthy.foundation.resources.documents import declare
from roadworthy.foundation.resources.model import Stored
from roadworthy.foundation.resources.plan import Plan
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.asking import NEEDED, offered
from roadworthy.interfaces.web.forms.drafting import GENERATION, Faults, fault_links, sections_of
from roadworthy.interfaces.web.forms.entries import Entry, Group
from roadworthy.interfaces.web.systems import offers
from roadworthy.interfaces.web.views.form import FormView
from roadworthy.interfaces.web.views.parts import Link, Say, Tone
from roadworthy.interfaces.web.visits import Form, Posted, Visit, Visiting, go_to
from roadworthy.operate.actions.catalogue.drafting import Difference
from roadworthy.operate.actions.declared import ACTION

router = Routes(prefix="/systems/{system}/approve")
PLACE: Final = "Gateway"
FORM: Final = "a form"
"""How the history names what brought the change."""
SAID: Final = "said"
"""Names what the system said when somebody looked at it: what it says otherwise by then is looked at anew."""
TAKE: Final = "take"
_ARGUMENTS: Final = ("input", "output")
_SERVER_FAULT = 500
_ASKED: Final = (
    Group(
        "Arguments and result",
        (
            Entry(TAKE, "Take them as the system says them now", "check",
                  "Otherwise agents are held to what is declared, which people may have made narrower on purpose.",
                  wide=True),
        ),
    ),
)  # fmt: skip


@router.post("/{action}")
def approve(visit: Visiting, system: str, action: str, form: Form) -> Response:
    """Look at it; once that was seen, put it in force, or ask for the decision that this takes."""
    found = next((each for each in offers(visit.app, visit.now, system) if each.name == action), None)
    if found is None:
        return go_to(f"/systems/{system}?done=unchanged")
    if found.was is None or found.now is None:
        raise NotFound("page-unknown", f"`{action[:60]}` is not declared, or the system has it no more",
                       remedy="look at what the system offers now")  # fmt: skip
    stored = visit.app.resources.get(ACTION, action)
    hidden = ((GENERATION, str(stored.generation)), (SAID, digest_of(found.now)))
    if not form.text("do"):
        return _page(visit, _view(system, found, form.values, hidden))
    if any(form.text(name) != value for name, value in hidden):
        say = Say(Tone.STALE, "It is another by now", "The system or the declaration changed since you looked.")
        return _page(visit, _view(system, found, {}, hidden, says=(say,)), 409)
    return _put(visit, system, found, stored, form, hidden)


def _put(
    visit: Visit, system: str, found: Difference, stored: Stored, form: Posted, hidden: tuple[tuple[str, str], ...]
) -> Response:
    plan = _planned(visit, found, stored, take=form.text(TAKE) == "yes")
    try:
        visit.app.resources.apply(visit.signed_in.context, plan, FORM)
    except RoadworthyError as error:
        if error.status >= _SERVER_FAULT:
            raise
        if error.code in NEEDED:
            return offered(visit, None, _view(system, found, form.values, hidden), plan, form.values, PLACE)
        return _page(visit, _view(system, found, form.values, hidden, Faults.of(error)), error.status)
    return go_to(f"/systems/{system}?done=kept")


def _planned(visit: Visit, found: Difference, stored: Stored, *, take: bool) -> Plan:
    """What is declared with the pin of what the system says now, and where wanted with its arguments and result."""
    now = found.now or {}
    spec: dict[str, Any] = {**json.loads(stored.spec_json), "pin": now["pin"]}
    if take:
        for name in _ARGUMENTS:
            spec.pop(name, None)
            if now.get(name) is not None:
                spec[name] = now[name]
    resources = visit.app.resources
    return resources.plan([declare(resources.registry.get(ACTION), found.name, spec, stored.labels)])


def _view(
    system: str,
    found: Difference,
    values: Mapping[str, str],
    hidden: tuple[tuple[str, str], ...],
    faults: Faults = Faults(),  # noqa: B008 - a frozen value, so nothing can be left in it
    says: tuple[Say, ...] = (),
) -> FormView:
    was, now = found.was or {}, found.now or {}
    groups = _ASKED if any(was.get(name) != now.get(name) for name in _ARGUMENTS) else ()
    changed = Say(Tone.MIND, "Not as it was approved", "Compare both before you approve it.", found.what)
    files = Say(
        Tone.ASIDE,
        "Where it is declared in files",
        "Change the pin there too: whoever applies them next puts the old one back, and the tool is refused again.",
    )
    return FormView(
        title=f"Approve {found.name} as it is now",
        lede="Its declaration gets the pin of what the system says now, and stays as it is otherwise.",
        back=Link("The system", f"/systems/{system}"),
        action=f"/systems/{system}/approve/{found.name}",
        submit="Approve it",
        sections=sections_of(groups, values, faults),
        hidden=hidden,
        faults=fault_links(faults, groups, values),
        sayings=(*says, changed, files),
    )


def _page(visit: Visit, view: FormView, status: int = 200) -> Response:
    code = 422 if view.faults else status
    return visit.answer("form", view.title, view, place=PLACE, status=code)
