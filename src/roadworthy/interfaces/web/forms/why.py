"""The form that asks nothing but why, before something is done that the ledger keeps a reason of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from roadworthy.interfaces.web.forms.drafting import Faults, fault_links, sections_of
from roadworthy.interfaces.web.forms.entries import Entry, Group
from roadworthy.interfaces.web.views.form import FormView
from roadworthy.interfaces.web.views.parts import Link
from roadworthy.interfaces.web.visits import Visit

_REASON: Final = Entry("reason", "Reason", "area", "Kept in the ledger.", required=True, wide=True)


@dataclass(frozen=True, slots=True)
class Act:
    """What is about to be done."""

    title: str
    lede: str
    """What it means, in words."""
    back: Link
    path: str
    """Where the form is sent."""
    submit: str
    """On the button."""


def why_form(
    visit: Visit, place: str, act: Act, values: Mapping[str, str], faults: Faults, more: tuple[Entry, ...] = ()
) -> Response:
    """The form, with what was entered and what is wrong with it.

    Args:
        visit: of whoever is asked.
        place: in the site.
        act: what is about to be done.
        values: what was entered.
        faults: what is wrong with it.
        more: what is asked beside the reason.
    """
    groups = (Group("Why", (_REASON, *more)),)
    view = FormView(
        title=act.title,
        lede=act.lede,
        back=act.back,
        action=act.path,
        submit=act.submit,
        sections=sections_of(groups, values, faults),
        faults=fault_links(faults, groups, values),
    )
    return visit.answer("form", act.title, view, place=place, status=422 if faults.findings else 200)
