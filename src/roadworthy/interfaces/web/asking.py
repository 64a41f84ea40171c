"""Asking for a decision from a page: say what, see which rules ask and who may answer, then send it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol, runtime_checkable

from starlette.responses import Response

from roadworthy.decide.approvals.foreseeing import Foreseen
from roadworthy.decide.approvals.proposing import Check, refuse_unfit
from roadworthy.decide.approvals.requests import Proposal, Request
from roadworthy.decide.approvals.states import WAITING, RequestState
from roadworthy.foundation.access.permissions import Permission
from roadworthy.foundation.digests import digest_of
from roadworthy.foundation.errors import Finding, NotFound, RoadworthyError
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.resources.plan import Plan
from roadworthy.interfaces.revealing import revealed
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.stage_proposals import SUBJECT
from roadworthy.interfaces.web.forms.drafting import BEFORE, GENERATION
from roadworthy.interfaces.web.showing.asking import foretold, refs_of, waits_already
from roadworthy.interfaces.web.showing.inbox import UNGOVERNED
from roadworthy.interfaces.web.views.form import FaultLink, FormView, Part, Section
from roadworthy.interfaces.web.views.parts import Field, Link, Say, Tone
from roadworthy.interfaces.web.views.rules import Foretold
from roadworthy.interfaces.web.visits import Form, Visit, Visiting, go_to
from roadworthy.interfaces.web.wanted import WORDS, TakenOn, Wanted, field_at, wanted
from roadworthy.inventory.model import Duty

router = Routes(prefix="/use-cases/{name}")
SEEN = "looked-at"
ASK = "ask"
_SERVER_FAULT = 500
WHY = "why-ask"
NEEDED = frozenset({"decision-needed", "decision-nobody-may"})
"""Refusals after which a form says who would be asked, or that nobody may."""


@runtime_checkable
class Apart(Protocol):
    """What is asked for from a page of its own, and not from that of the use case."""

    @property
    def back(self) -> Link:
        """Where whoever changes their mind goes."""

    @property
    def place(self) -> str:
        """Of the navigation."""


@runtime_checkable
class Dangerous(Wanted, Protocol):
    """What stops or frees something where it is done: the page says first what, and who is told."""

    @property
    def radius(self) -> tuple[Say, ...]:
        """What it would reach."""

    @property
    def state(self) -> str:
        """Digest of what that was worked out from; nothing is done that was seen otherwise."""

    @property
    def needs(self) -> tuple[Permission, ...]:
        """One of these lets somebody ask."""


Propose = Callable[[Context, Proposal, Check], Request]
_OWN = frozenset({"csrf", "do", SEEN, WHY, GENERATION, BEFORE})


@router.get("/ask/{what}")
def show(visit: Visiting, name: str, what: str) -> Response:
    """The questions, filled with what the address says."""
    values = dict(visit.request.query_params)
    return page(visit, name, wanted(visit.app, name, what, values), values)


@router.post("/ask/{what}")
def send(visit: Visiting, name: str, what: str, form: Form) -> Response:
    """What would become of it; or, once that was seen, the request."""
    return answered(visit, name, wanted(visit.app, name, what, form.values), form.values)


@router.get("/owners/{duty}/ask")
def show_duty(visit: Visiting, name: str, duty: Duty) -> Response:
    """The same for a duty on which others have to agree."""
    return page(visit, name, TakenOn(name, duty), {})


@router.post("/owners/{duty}/ask")
def send_duty(visit: Visiting, name: str, duty: Duty, form: Form) -> Response:
    """The same for a duty on which others have to agree."""
    return answered(visit, name, TakenOn(name, duty), form.values)


# ---------------------------------------------------------------- what is seen first


def answered(
    visit: Visit, name: str | None, thing: Wanted, values: Mapping[str, str], propose: Propose | None = None
) -> Response:
    """The page again with what would become of it, or the request that was made.

    Args:
        visit: who sent it.
        name: of the use case; None for what is about all of them.
        thing: what is asked for.
        values: what was entered.
        propose: makes the request, where somebody keeps more of it than the approvals do.
    """
    context = visit.signed_in.context
    propose = propose or visit.app.approvals.propose
    try:
        proposal = thing.proposal(values)
        refuse_unfit(proposal)
        foreseen = visit.app.approvals.foresee(context, proposal)
        if values.get("do") == ASK and values.get(SEEN) == seen(foreseen, values):
            return asked(propose(context, proposal, _check(visit, thing)))
    except RoadworthyError as error:
        if error.status >= _SERVER_FAULT or isinstance(error, NotFound):
            raise
        return page(visit, name, thing, values, error=error)
    return page(visit, name, thing, values, foreseen=foreseen)


def offered(
    visit: Visit, name: str | None, view: FormView, plan: Plan, values: Mapping[str, str], place: str = "Portfolio"
) -> Response:
    """A form whose change needs a decision: given back with what would be asked, or, once seen, the request.

    Args:
        visit: who sent it.
        name: of the use case; None for what is about all of them.
        view: the form, with everything that was entered.
        plan: the change.
        values: what was entered.
        place: in the site.
    """
    caller = visit.signed_in
    error: RoadworthyError | None = None
    proposal = Proposal(SUBJECT, plan.to_values(), values.get(WHY, ""))
    foreseen = visit.app.approvals.foresee(caller.context, proposal)
    may = visit.app.access.permitted(caller.session, Permission.PROPOSE, name)
    if may.allowed and values.get("do") == ASK and values.get(SEEN) == seen(foreseen, values):
        try:
            return asked(visit.app.approvals.propose(caller.context, proposal, _check(visit, None)))
        except RoadworthyError as refused:
            if refused.status >= _SERVER_FAULT:
                raise
            error = refused
    faults = () if error is None else (FaultLink(WHY, "Reason", error.message, error.remedy),)
    fault = faults[0].text if faults else ""
    hint = "Whoever votes reads it; it is kept with the decision."
    why = Field(WHY, "Why it should change", "area", values.get(WHY, ""), hint, fault, wide=True)
    told = told_of(visit, foreseen, why)
    no = Say(Tone.STOP, "You may not ask for it.", may.why)
    view = replace(
        view,
        hidden=(*view.hidden, (SEEN, seen(foreseen, values))),
        faults=faults,
        sayings=(*view.sayings, _NEEDED),
        foretold=told if may.allowed else replace(told, why=None, press="", say=no),
        not_yet="Not asked yet.",
    )
    return visit.answer("form", view.title, view, place=place, status=error.status if error else 200)


_NEEDED = Say(
    Tone.MIND,
    "This needs a decision, so nothing is kept yet.",
    "Say why and ask for it, or take back what needs one and keep the rest.",
)


def _check(visit: Visit, thing: Wanted | None) -> Callable[[str | None], None]:
    """Refuses what is about a use case for which they may not ask, whatever the address of the page says."""
    needed: tuple[Permission, ...] = (Permission.PROPOSE,)
    if isinstance(thing, Dangerous):
        needed = thing.needs
    elif isinstance(thing, TakenOn):
        needed = (Permission.ACCEPT_DUTY,)

    def check(use_case: str | None) -> None:
        visit.app.access.require(visit.signed_in.session, needed, use_case)

    return check


def seen(foreseen: Foreseen, values: Mapping[str, str]) -> str:
    """Names what somebody was shown: another answer, or another world, has to be shown anew."""
    entered = {name: value for name, value in values.items() if name not in WORDS | _OWN}
    return digest_of({"entered": entered, "restsOn": foreseen.rests_on})


def asked(request: Request) -> Response:
    """To the request that was made, with what became of it."""
    done = {RequestState.USED: "done-by-rule", RequestState.APPROVED: "approved-by-rule"}.get(request.state, "proposed")
    return go_to(f"/decisions/{request.id}?done={done}")


def told_of(visit: Visit, foreseen: Foreseen, why: Field | None = None) -> Foretold:
    """What would become of it, in words, and where somebody says why."""
    return foretold(foreseen, visit.app.identity.people(refs_of(foreseen)), why)


def page(
    visit: Visit,
    name: str | None,
    thing: Wanted,
    values: Mapping[str, str],
    *,
    foreseen: Foreseen | None = None,
    error: RoadworthyError | None = None,
) -> Response:
    """The questions; with what would become of the answers, or why they cannot be asked, where that is known."""
    governed = visit.app.approvals.rights() is not None
    faults = () if error is None else _faults(error)
    shown = sections(thing.fields(values), faults) if governed else ()
    labels = {field.name: field.label for section in shown for part in section.parts for field in part.fields}
    told = None if foreseen is None else told_of(visit, foreseen)
    hidden = [(each, values[each]) for each in ("gap",) if each in values]
    if foreseen is not None:
        hidden.append((SEEN, seen(foreseen, values)))
    view = FormView(
        title=revealed(thing.title),
        lede=revealed(thing.lede),
        back=thing.back if isinstance(thing, Apart) else _back(visit, name or ""),
        action=visit.request.url.path,
        submit=("Look again" if told else "See who will be asked") if governed else "",
        sections=shown,
        hidden=tuple(hidden),
        faults=tuple(replace(each, label=labels.get(each.field, "")) for each in faults),
        sayings=(*_radius(thing), *_sayings(visit, name, governed=governed), *_moved(values, told)),
        foretold=told,
        not_yet="Not asked yet.",
    )
    place = thing.place if isinstance(thing, Apart) else "Portfolio"
    return visit.answer("form", view.title, view, place=place, status=200 if error is None else error.status)


def _back(visit: Visit, name: str) -> Link:
    return Link(revealed(visit.app.inventory.subject(name).spec.title), f"/use-cases/{name}#decisions")


def _radius(thing: Wanted) -> tuple[Say, ...]:
    return thing.radius if isinstance(thing, Dangerous) else ()


def _sayings(visit: Visit, name: str | None, *, governed: bool) -> tuple[Say, ...]:
    if not governed:
        return (UNGOVERNED,)
    if name is None:
        return ()
    open_ = [each for state in sorted(WAITING) for each in visit.app.approvals.listed(state, name, None, 5)]
    return waits_already(open_)


def _moved(values: Mapping[str, str], told: Foretold | None) -> tuple[Say, ...]:
    """Said where somebody pressed the button for something else than what they had seen."""
    if told is None or values.get("do") != ASK:
        return ()
    return (Say(Tone.MIND, "Nothing is asked yet: it is not what you had seen.", "Look at it again, then ask."),)


def _faults(error: RoadworthyError) -> tuple[FaultLink, ...]:
    findings = error.findings or (Finding(error.code, error.message, error.place, error.remedy),)
    return tuple(FaultLink(field_at(each.place.field or ""), "", each.message, each.remedy) for each in findings)


def sections(groups: tuple[tuple[str, tuple[Field, ...]], ...], faults: tuple[FaultLink, ...]) -> tuple[Section, ...]:
    """Questions by section, each with what is wrong with its answer."""
    wrong = {fault.field: fault.text for fault in faults}
    return tuple(
        Section(title, (Part(tuple(replace(each, fault=wrong.get(each.name, "")) for each in fields)),))
        for title, fields in groups
    )
