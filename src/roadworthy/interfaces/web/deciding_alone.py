"""Forms that act at once, since nobody has to be asked: what it would reach is seen first, and nothing else is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.responses import Response

from roadworthy.foundation.errors import Finding, NotFound, RoadworthyError
from roadworthy.interfaces.revealing import revealed
from roadworthy.interfaces.web import asking
from roadworthy.interfaces.web.views.form import FaultLink, FormView
from roadworthy.interfaces.web.views.parts import Field, Link, Say, Tone
from roadworthy.interfaces.web.visits import Visit, go_to
from roadworthy.interfaces.web.wanted import field_at

_SERVER_FAULT = 500
_OTHERWISE = Say(
    Tone.MIND, "Nothing is done yet: it is not what you had seen.", "Look at what it reaches now, then do it."
)


@dataclass(frozen=True, slots=True)
class Alone:
    """A form of somebody who decides alone."""

    title: str
    lede: str
    back: Link
    groups: tuple[tuple[str, tuple[Field, ...]], ...]
    press: str
    """What its button says."""
    place: str
    """Of the navigation."""
    sayings: tuple[Say, ...] = ()
    state: str = ""
    """Digest of what the sayings were made from, where nothing may be done that was seen otherwise."""


def page(visit: Visit, form: Alone, error: RoadworthyError | None = None, *, moved: bool = False) -> Response:
    """The form, with what is wrong with its answers where something is."""
    faults = faults_of(error, [field for _, fields in form.groups for field in fields])
    view = FormView(
        title=revealed(form.title),
        lede=revealed(form.lede),
        back=form.back,
        action=visit.request.url.path,
        submit=form.press,
        sections=asking.sections(form.groups, faults),
        hidden=((asking.SEEN, form.state),) if form.state else (),
        faults=faults,
        sayings=(*form.sayings, _OTHERWISE) if moved else form.sayings,
        not_yet="Nothing is done yet.",
    )
    status = 409 if moved else 200 if error is None else error.status
    return visit.answer("form", view.title, view, place=form.place, status=status)


def done(visit: Visit, form: Alone, values: Mapping[str, str], work: Callable[[], object], then: str) -> Response:
    """Do what a form says and go on, or give it back with everything that was entered."""
    if form.state and values.get(asking.SEEN) != form.state:
        return page(visit, form, moved=True)
    try:
        work()
    except RoadworthyError as error:
        if error.status >= _SERVER_FAULT or isinstance(error, NotFound):
            raise
        return page(visit, form, error)
    return go_to(then)


def faults_of(error: RoadworthyError | None, fields: Sequence[Field]) -> tuple[FaultLink, ...]:
    """What is wrong, each with the field that it belongs to where the form has it."""
    if error is None:
        return ()
    labels = {field.name: field.label for field in fields}
    findings = error.findings or (Finding(error.code, error.message, error.place, error.remedy),)
    found = (FaultLink(field_at(each.place.field or ""), "", each.message, each.remedy) for each in findings)
    return tuple(
        replace(each, label=labels[each.field]) if each.field in labels else replace(each, field="") for each in found
    )
