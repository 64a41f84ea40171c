"""The page of what was given up, and the two ways in which that ends."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from roadworthy.foundation.errors import InvalidInput
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.forms.drafting import Faults, fault_links, sections_of
from roadworthy.interfaces.web.forms.entries import Entry, Group
from roadworthy.interfaces.web.showing.dead_letters import dead_letters_view
from roadworthy.interfaces.web.views.form import FormView
from roadworthy.interfaces.web.views.parts import Link
from roadworthy.interfaces.web.visits import Form, Visit, Visiting, go_to

router = Routes(prefix="/dead-letters")
_HINT = "What was done instead, or why nothing has to be. Kept with the record."
_WHY = (Group("Why", (Entry("reason", "Reason", "area", _HINT, required=True, wide=True),)),)
_SHOWN = 120


@router.get("")
def show(visit: Visiting) -> Response:
    """Everything that was given up."""
    found = visit.app.dead_letters.all()
    people = visit.app.identity.people({each.owner for each in found})
    return visit.answer("dead_letters", "Dead letters", dead_letters_view(found, people, visit.now))


@router.post("/retry")
def retry(visit: Visiting, form: Form) -> Response:
    """Have one tried again."""
    visit.app.dead_letters.retry(visit.signed_in.context, form.text("kind"), form.text("key"))
    return go_to("/dead-letters?done=letter-again")


@router.get("/resolve")
def ask_why(visit: Visiting, kind: str, key: str) -> Response:
    """Asks for the reason."""
    return _form(visit, kind, key, {}, Faults())


@router.post("/resolve")
def resolve(visit: Visiting, form: Form) -> Response:
    """Take one off the list."""
    kind, key = form.text("kind"), form.text("key")
    try:
        visit.app.dead_letters.resolve(visit.signed_in.context, kind, key, form.text("reason"))
    except InvalidInput as error:
        return _form(visit, kind, key, form.values, Faults.of(error))
    return go_to("/dead-letters?done=letter-resolved")


def _form(visit: Visit, kind: str, key: str, values: Mapping[str, str], faults: Faults) -> Response:
    view = FormView(
        title=f"Resolve {key[:_SHOWN]}",
        lede="It is not tried again. The ledger keeps who said so, and why.",
        back=Link("Dead letters", "/dead-letters"),
        action="/dead-letters/resolve",
        submit="Resolve",
        sections=sections_of(_WHY, values, faults),
        hidden=(("kind", kind), ("key", key)),
        faults=fault_links(faults, _WHY, values),
    )
    return visit.answer("form", "Resolve a dead letter", view, status=422 if faults.findings else 200)
