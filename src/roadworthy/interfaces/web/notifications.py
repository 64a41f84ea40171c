"""The pages of messages: one's own with one's choices, and the delivery log of everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from pydantic import ValidationError
from starlette.responses import Response

from roadworthy.foundation.errors import Finding, InvalidInput, Place
from roadworthy.foundation.notify.model import DeliveryState, PreferencesShape
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.forms.drafting import Faults
from roadworthy.interfaces.web.showing.notifications import BY, MODE, PER_PAGE, deliveries_view, messages_view
from roadworthy.interfaces.web.visits import Form, Visit, Visiting, go_to

router = Routes(prefix="/notifications")
_HOURS = {"zone": "zone", "quietFrom": "quietFrom", "quietTo": "quietTo", "digestAt": "digestAt"}


@router.get("")
def show(visit: Visiting, after: str | None = None) -> Response:
    """One's own messages."""
    return _messages(visit, {}, Faults(), after)


@router.post("/preferences")
def choose(visit: Visiting, form: Form) -> Response:
    """Keep one's choices."""
    try:
        chosen = PreferencesShape.model_validate(_entered(form.values))
        visit.app.notify.choose(visit.signed_in.context, visit.signed_in.session.person.ref, chosen)
    except ValidationError as error:
        return _messages(visit, form.values, Faults(tuple(_finding(each) for each in error.errors())))
    except InvalidInput as error:
        return _messages(visit, form.values, Faults.of(error))
    return go_to("/notifications?done=told")


@router.get("/deliveries")
def log(visit: Visiting, state: str = "", after: str | None = None) -> Response:
    """The delivery log."""
    notify = visit.app.notify
    chosen = DeliveryState(state) if state in set(DeliveryState) else None
    found = notify.log((chosen,) if chosen else (), after, PER_PAGE)
    people = visit.app.identity.people({each.person_ref for each in found if each.person_ref})
    view = deliveries_view(found, notify.counts(), notify.channels(), people, chosen, visit.now)
    if len(found) == PER_PAGE:
        query = {"after": found[-1].id, **({"state": chosen.value} if chosen else {})}
        view = replace(view, more=f"/notifications/deliveries?{urlencode(query)}")
    return visit.answer("deliveries", "Deliveries", view)


@router.post("/deliveries/{delivery}/again")
def again(visit: Visiting, delivery: str, form: Form) -> Response:  # noqa: ARG001 - asking for the form checks its token
    """Send again what was given up."""
    visit.app.notify.again(visit.signed_in.context, delivery)
    return go_to("/notifications/deliveries?done=told-again")


@router.post("/channels/{name}/test")
def try_channel(visit: Visiting, name: str, form: Form) -> Response:  # noqa: ARG001 - asking for the form checks its token
    """Send a trial now."""
    visit.app.notify.try_channel(name, visit.signed_in.session.person.ref)
    return go_to("/notifications/deliveries?done=tried")


def _entered(values: Mapping[str, str]) -> dict[str, Any]:
    given = {name: values.get(field, "").strip() for field, name in _HOURS.items()}
    channels = [name.removeprefix(BY) for name in values if name.startswith(BY)]
    modes = {name.removeprefix(MODE): mode for name, mode in values.items() if name.startswith(MODE)}
    return {**{name: value for name, value in given.items() if value}, "channels": channels, "modes": modes}


def _finding(error: Any) -> Finding:  # noqa: ANN401 - pydantic's own record of a fault
    field = str(error["loc"][0]) if error["loc"] else ""
    said = str(error["msg"]).removeprefix("Value error, ")
    hours = error["type"] == "string_pattern_mismatch"
    message = f"`{str(error['input'])[:40]}` is no time of day" if hours else said
    return Finding("notification-choice-unfit", message, Place(field=field), "write it such as 22:00" if hours else "")


def _messages(visit: Visit, entered: Mapping[str, str], faults: Faults, after: str | None = None) -> Response:
    notify = visit.app.notify
    person = visit.signed_in.session.person.ref
    found = notify.feed(person, after, PER_PAGE)
    view = messages_view(
        found, notify.topics(), notify.channels(), notify.preferences(person), entered, faults, visit.now
    )
    if len(found) == PER_PAGE:
        view = replace(view, more=f"/notifications?{urlencode({'after': found[-1].id})}")
    return visit.answer("messages", "Messages", view, status=422 if faults.findings else 200)
