"""The forms that change a declared use case: new, edit, owners, outcome."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from starlette.responses import Response

from roadworthy.foundation.errors import Conflict, NotFound, RoadworthyError, did_you_mean
from roadworthy.foundation.resources.documents import declare
from roadworthy.foundation.resources.model import Action, Stored
from roadworthy.foundation.resources.names import proposed
from roadworthy.foundation.resources.plan import Plan
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.asking import NEEDED, offered
from roadworthy.interfaces.web.forms import entries
from roadworthy.interfaces.web.forms.codec import apply, counts_of, flatten
from roadworthy.interfaces.web.forms.drafting import (
    BEFORE,
    GENERATION,
    Faults,
    clashes_of,
    fault_links,
    labels_of,
    remembered,
    sections_of,
)
from roadworthy.interfaces.web.forms.entries import Group
from roadworthy.interfaces.web.forms.merging import merge
from roadworthy.interfaces.web.views.form import Clash, FormView
from roadworthy.interfaces.web.views.parts import Link, Say, Tone
from roadworthy.interfaces.web.visits import Form, Posted, Visit, Visiting, go_to, texts_of
from roadworthy.inventory.kinds import USE_CASE

router = Routes(prefix="/use-cases")
FORM = "a form"
"""How the history names what brought the change."""
NAMED_SEEN = "seen"
UNNAMED = "use-case"
_SERVER_FAULT = 500
"""From this status on the fault is not in what was entered."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the forms that change a registered use case."""

    groups: Sequence[Group]
    title: str
    submit: str
    done: str


class FormName(StrEnum):
    """The part of the address that names the form."""

    EDIT = "edit"
    OWNERS = "owners"
    OUTCOME = "outcome"


FORMS = {
    FormName.EDIT: Kind(entries.EDIT, "Edit", "Keep the changes", "kept"),
    FormName.OWNERS: Kind(entries.OWNERS_FORM, "Owners of", "Keep the owners", "owners"),
    FormName.OUTCOME: Kind(entries.OUTCOME_FORM, "Outcome of", "Keep the outcome", "outcome"),
}


# ---------------------------------------------------------------- a new one


@router.get("/new")
def show_intake(visit: Visiting) -> Response:
    """The form for a use case that is not registered yet."""
    return _intake(visit, {}, Faults())


@router.post("/new")
def register(visit: Visiting, form: Form) -> Response:
    """Register a use case; one that looks like another is asked about first."""
    spec = apply({}, entries.INTAKE, form.values)
    alike = visit.app.inventory.alike(str(spec.get("title", ""))) if spec.get("title") else []
    seen = form.text(NAMED_SEEN).split()
    if any(each.name not in seen for each in alike):
        names = " ".join(each.name for each in alike)
        links = tuple(Link(_called(each.title, each.organisation), f"/use-cases/{each.name}") for each in alike)
        say = Say(
            Tone.MIND,
            "Is it one of these?",
            "They are registered under nearly the same title. Nothing is kept yet; register it if it is another one.",
            links=links,
        )
        return _intake(visit, form.values, Faults(), say, names)
    name = _free_name(visit, str(spec.get("title", "")))
    try:
        _put(visit, name, spec, 0)
    except RoadworthyError as error:
        if error.status >= _SERVER_FAULT:
            raise
        if error.code in NEEDED:
            view = _intake_view(form.values, Faults(), seen=form.text(NAMED_SEEN))
            return offered(visit, name, view, _planned(visit, name, spec), form.values)
        return _intake(visit, form.values, Faults.of(error), seen=form.text(NAMED_SEEN))
    return go_to(f"/use-cases/{name}?done=registered")


def _intake(
    visit: Visit, values: Mapping[str, str], faults: Faults, say: Say | None = None, seen: str = ""
) -> Response:
    view = _intake_view(values, faults, say, seen)
    return visit.answer("form", "New use case", view, place="Portfolio", status=422 if faults.findings else 200)


def _intake_view(values: Mapping[str, str], faults: Faults, say: Say | None = None, seen: str = "") -> FormView:
    return FormView(
        title="New use case",
        lede="Only the title is needed. Whatever you leave open counts as unknown, never as good.",
        back=Link("Portfolio", "/"),
        action="/use-cases/new",
        submit="Register anyway" if say else "Register",
        sections=sections_of(entries.INTAKE, values, faults),
        hidden=((NAMED_SEEN, seen),),
        faults=fault_links(faults, entries.INTAKE, values),
        sayings=(say,) if say else (),
    )


def _called(title: str, organisation: str | None) -> str:
    return f"{title} ({organisation})" if organisation else title


def _free_name(visit: Visit, title: str) -> str:
    """A name from the title that no use case has; not a promise, the unit that keeps it checks again."""
    base = proposed(title)[:100].strip("-.") or UNNAMED
    name, number = base, 1
    while visit.app.resources.find(USE_CASE, name) is not None:
        number += 1
        name = f"{base}-{number}"
    return name


# ---------------------------------------------------------------- a registered one


@router.get("/{name}/{form}")
def show_form(visit: Visiting, name: str, form: str) -> Response:
    """One of the forms, filled with what is kept."""
    which = _form(form)
    kind, stored = FORMS[which], _stored(visit, name)
    values = _values(stored, kind)
    view = _view(which, kind, stored, values, hidden=remembered(stored.generation, values))
    return visit.answer("form", view.title, view, place="Portfolio")


@router.post("/{name}/{form}")
def send_form(visit: Visiting, name: str, form: str, posted: Form) -> Response:
    """Keep what was entered, unless somebody else changed the use case meanwhile or something is wrong with it."""
    which = _form(form)
    kind, stored = FORMS[which], _stored(visit, name)
    if posted.text("do").startswith("add:"):
        return _one_more(visit, which, kind, stored, posted)
    if posted.text(GENERATION) != str(stored.generation):
        return _meanwhile(visit, which, kind, stored, posted)
    try:
        changed = _put(visit, name, apply(_spec(stored), kind.groups, posted.values), stored.generation)
    except Conflict:
        return _meanwhile(visit, which, kind, _stored(visit, name), posted)
    except RoadworthyError as error:
        if error.status >= _SERVER_FAULT:
            raise
        if error.code in NEEDED:
            hidden = tuple((each, posted.text(each)) for each in (GENERATION, BEFORE))
            view = _view(which, kind, stored, posted.values, hidden=hidden)
            return offered(
                visit,
                name,
                view,
                _planned(visit, name, apply(_spec(stored), kind.groups, posted.values)),
                posted.values,
            )
        return _faulty(visit, which, kind, stored, posted, Faults.of(error))
    return go_to(f"/use-cases/{name}?done={kind.done if changed else 'unchanged'}")


def _one_more(visit: Visit, form: FormName, kind: Kind, stored: Stored, posted: Posted) -> Response:
    wanted = posted.text("do").removeprefix("add:")
    hidden = tuple((each, posted.text(each)) for each in (GENERATION, BEFORE))
    view = _view(form, kind, stored, posted.values, hidden=hidden, extra={wanted: 1})
    return visit.answer("form", view.title, view, place="Portfolio")


def _meanwhile(visit: Visit, form: FormName, kind: Kind, stored: Stored, posted: Posted) -> Response:
    theirs = _values(stored, kind)
    before = texts_of(posted.text(BEFORE))
    mine = {name: value for name, value in posted.values.items() if name in labels_of(kind.groups, posted.values)}
    merged = merge(before, theirs, mine)
    labels = labels_of(kind.groups, merged.values)
    clashes, taken = clashes_of(merged, before, theirs, mine, labels)
    hidden = remembered(stored.generation, theirs)
    view = _view(form, kind, stored, merged.values, hidden=hidden, clashes=clashes, taken=taken, changed=True)
    return visit.answer("form", view.title, view, place="Portfolio", status=Conflict.status)


def _faulty(visit: Visit, form: FormName, kind: Kind, stored: Stored, posted: Posted, faults: Faults) -> Response:
    hidden = tuple((each, posted.text(each)) for each in (GENERATION, BEFORE))
    view = _view(form, kind, stored, posted.values, hidden=hidden, faults=faults)
    return visit.answer("form", view.title, view, place="Portfolio", status=422)


def _view(  # noqa: PLR0913 - what a form can come back with, each by name
    form: FormName,
    kind: Kind,
    stored: Stored,
    values: Mapping[str, str],
    *,
    hidden: tuple[tuple[str, str], ...],
    faults: Faults = Faults(),  # noqa: B008 - a frozen value, so nothing can be left in it
    extra: Mapping[str, int] | None = None,
    clashes: tuple[Clash, ...] = (),
    taken: tuple[Clash, ...] = (),
    changed: bool = False,
) -> FormView:
    title = str(_spec(stored).get("title", stored.name))
    return FormView(
        title=f"{kind.title} {title}",
        lede="",
        back=Link(title, f"/use-cases/{stored.name}"),
        action=f"/use-cases/{stored.name}/{form}",
        submit=kind.submit,
        sections=sections_of(kind.groups, values, faults, extra),
        hidden=hidden,
        faults=fault_links(faults, kind.groups, values),
        clashes=clashes,
        taken=taken,
        changed=changed,
    )


def _form(word: str) -> FormName:
    if word not in FORMS:
        raise NotFound(
            "page-unknown",
            f"a use case has no page `{word[:60]}`",
            remedy=did_you_mean(word, [*FORMS, "attest"]),
        )
    return FormName(word)


def _stored(visit: Visit, name: str) -> Stored:
    return visit.app.resources.get(USE_CASE, name)


def _spec(stored: Stored) -> dict[str, Any]:
    spec: dict[str, Any] = json.loads(stored.spec_json)
    return spec


def _values(stored: Stored, kind: Kind) -> dict[str, str]:
    spec = _spec(stored)
    return flatten(spec, kind.groups, counts_of(spec, kind.groups))


def _put(visit: Visit, name: str, spec: Mapping[str, Any], generation: int) -> bool:
    """Put a spec in force; False where nothing differs from what is kept.

    Raises:
        InvalidInput: with every fault.
        Conflict: the use case is not at `generation`.
    """
    plan = _planned(visit, name, spec)
    if plan.steps[0].base_generation != generation:
        raise Conflict("use-case-changed", f"`{name}` was changed meanwhile", remedy="look at what differs")
    if plan.steps[0].action is Action.UNCHANGED:
        return False
    visit.app.resources.apply(visit.signed_in.context, plan, FORM)
    return True


def _planned(visit: Visit, name: str, spec: Mapping[str, Any]) -> Plan:
    """What putting a spec in force would change."""
    resources = visit.app.resources
    labels = kept.labels if (kept := resources.find(USE_CASE, name)) is not None else {}
    return resources.plan([declare(resources.registry.get(USE_CASE), name, spec, labels)])
