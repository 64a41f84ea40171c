"""The forms that bring evidence in and take it back."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import Response

from roadworthy.evidence.model import Item, Method, Submission
from roadworthy.evidence.rules import FRESHNESS
from roadworthy.foundation.errors import InvalidInput, NotFound, RoadworthyError
from roadworthy.foundation.resources.faults import explain
from roadworthy.foundation.resources.schema import spec_schema
from roadworthy.interfaces.web.forms.codec import apply
from roadworthy.interfaces.web.forms.drafting import Faults, fault_links, sections_of
from roadworthy.interfaces.web.forms.entries import Entry, Group
from roadworthy.interfaces.web.views.form import FaultLink, FormView, Part, Section
from roadworthy.interfaces.web.views.parts import Field, Link
from roadworthy.interfaces.web.visits import Form, Visit, Visiting, go_to
from roadworthy.inventory.facts import FACTS, Answer

router = APIRouter(prefix="/use-cases")
_SERVER_FAULT = 500

_ANSWERS = tuple((answer.value, answer.value.replace("-", " ")) for answer in Answer)
_LINK = (
    f"An address that begins with `https://`. With a document it counts {FRESHNESS[Method.DOCUMENTED].days} days, "
    f"on your word alone {FRESHNESS[Method.ATTESTED].days}."
)
_CLAIM = Group(
    "The claim",
    (
        Entry(
            "fact", "Question", "select", choices=tuple((fact.name, fact.question) for fact in FACTS.values()),
            required=True, wide=True,
        ),
        Entry("answer", "Answer", "radio", choices=_ANSWERS, required=True, wide=True),
    ),
)  # fmt: skip
_BASIS = Group(
    "What it rests on",
    (
        Entry("observedFrom", "First day observed", "date", required=True),
        Entry(
            "observedTo", "Last day observed", "date", "It counts from this day on, until it runs out.", required=True
        ),
        Entry("statement", "What was done and found", "area", wide=True),
        Entry("link", "Link to the document", hint=_LINK, wide=True),
    ),
)
GROUPS = (_CLAIM, _BASIS)


@router.get("/{name}/attest")
def show_attest(visit: Visiting, name: str, fact: str = "") -> Response:
    """The form, with the question chosen where the address names one."""
    today = visit.now.date().isoformat()
    values = {"fact": fact if fact in FACTS else "", "observedFrom": today, "observedTo": today}
    return _page(visit, name, values, Faults())


@router.post("/{name}/attest")
def attest(visit: Visiting, name: str, form: Form) -> Response:
    """Record the claim under the name of whoever is signed in."""
    try:
        visit.app.evidence.submit(visit.signed_in.context, name, _submission(form.values))
    except RoadworthyError as error:
        if error.status >= _SERVER_FAULT or isinstance(error, NotFound):
            raise
        return _page(visit, name, form.values, Faults.of(error))
    return go_to(f"/use-cases/{name}?done=attested")


@router.get("/{name}/evidence/{item}/withdraw")
def show_withdraw(visit: Visiting, name: str, item: str) -> Response:
    """Asks for the reason."""
    return _withdraw_page(visit, _item(visit, name, item), "")


@router.post("/{name}/evidence/{item}/withdraw")
def withdraw(visit: Visiting, name: str, item: str, form: Form) -> Response:
    """Take a claim back."""
    found = _item(visit, name, item)
    reason = form.text("reason").strip()
    if not reason:
        return _withdraw_page(visit, found, "a withdrawal needs a reason")
    visit.app.evidence.withdraw(visit.signed_in.context, found.id, reason)
    return go_to(f"/use-cases/{name}?done=withdrawn")


def _submission(values: Mapping[str, str]) -> Submission:
    entered = apply({}, GROUPS, values)
    try:
        return Submission.model_validate(entered)
    except ValidationError as error:
        findings = [finding for _, finding in explain(error, entered, spec_schema(Submission))]
        raise InvalidInput.of(findings, "the submission") from error


def _page(visit: Visit, name: str, values: Mapping[str, str], faults: Faults) -> Response:
    title = visit.app.inventory.subject(name).spec.title
    person = visit.signed_in.session.person.shown
    view = FormView(
        title=f"Add evidence to {title}",
        lede=f"It will stand in the ledger as said by {person}. Only a registered collector can measure.",
        back=Link(title, f"/use-cases/{name}"),
        action=f"/use-cases/{name}/attest",
        submit="Record it",
        sections=sections_of(GROUPS, values, faults),
        faults=fault_links(faults, GROUPS, values),
    )
    return visit.answer("form", view.title, view, place="Portfolio", status=422 if faults.findings else 200)


def _item(visit: Visit, name: str, item: str) -> Item:
    found = next((each for each in visit.app.evidence.of(name) if each.id == item), None)
    if found is None:
        raise NotFound(
            "evidence-unknown",
            f"`{name}` has no evidence `{item[:60]}`",
            remedy="look for it in the scorecard on the page of the use case",
        )
    return found


def _withdraw_page(visit: Visit, item: Item, fault: str) -> Response:
    question = FACTS[item.fact].question if item.fact in FACTS else item.fact
    reason = Field(
        "reason", "Reason", "area", hint="Kept with the ledger's entry.", required=True, wide=True, fault=fault
    )
    view = FormView(
        title="Withdraw evidence",
        lede=f"{question} {item.answer.value.capitalize()}, {item.method}, observed until {item.observed_to}.",
        back=Link("Back to the use case", f"/use-cases/{item.use_case}"),
        action=f"/use-cases/{item.use_case}/evidence/{item.id}/withdraw",
        submit="Withdraw it",
        sections=(Section("Why", (Part((reason,)),)),),
        faults=(FaultLink("reason", "Reason", fault, "say in a sentence why it no longer holds"),) if fault else (),
    )
    return visit.answer("form", view.title, view, place="Portfolio", status=422 if fault else 200)
