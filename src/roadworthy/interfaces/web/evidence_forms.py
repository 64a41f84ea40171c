"""The forms that bring evidence in, with its files, and those that dispute it or take it back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, BinaryIO

from fastapi import Depends
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from roadworthy.evidence.model import Attachment, Item, State
from roadworthy.foundation.errors import Finding, NotFound, Place, RoadworthyError, did_you_mean
from roadworthy.interfaces.files import pieces
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.security import CSRF_FIELD, check_csrf
from roadworthy.interfaces.web.forms.drafting import Faults, fault_links, sections_of
from roadworthy.interfaces.web.forms.evidence import USUAL_KIND, groups_of, submission_of
from roadworthy.interfaces.web.showing.evidence import question_of
from roadworthy.interfaces.web.views.form import FaultLink, FormView, Part, Section
from roadworthy.interfaces.web.views.parts import Field, Link, Option, plural
from roadworthy.interfaces.web.visits import MOST_FIELDS, Form, Visit, Visiting, go_to
from roadworthy.inventory.facts import FACTS

router = Routes()
_SERVER_FAULT = 500
_KEPT = "kept:"
"""What the names of the boxes begin with by which files that came before stay attached."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A form with files, which lie on the disk and not in memory."""

    values: Mapping[str, str]
    files: tuple[tuple[str, BinaryIO], ...]


async def read_filed(request: Request) -> AsyncIterator[Filed]:
    """The form of a request; its files live until it is answered."""
    async with request.form(max_fields=MOST_FIELDS, max_files=10) as form:
        values = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        sent = [value for _, value in form.multi_items() if isinstance(value, UploadFile) and value.filename]
        yield Filed(values, tuple((each.filename or "file", each.file) for each in sent))


def filed(visit: Visiting, form: Annotated[Filed, Depends(read_filed)]) -> Filed:
    """The form of somebody who is signed in, with the token of this session.

    Raises:
        Refused: the token is missing or wrong.
    """
    check_csrf(visit.signed_in, form.values.get(CSRF_FIELD, ""))
    return form


@router.get("/use-cases/{name}/evidence/new")
def show_new(visit: Visiting, name: str, fact: str = "", kind: str = USUAL_KIND, instead: str = "") -> Response:
    """The form; the address may name the question, the kind, and the item whose place is taken."""
    today = visit.now.date().isoformat()
    values = {"fact": fact if fact in FACTS else "", "observedFrom": today, "observedTo": today, "supersedes": instead}
    return _page(visit, name, {**values, "kind": kind}, (), Faults())


@router.post("/use-cases/{name}/evidence/new")
def submit(visit: Visiting, name: str, form: Annotated[Filed, Depends(filed)]) -> Response:
    """Record it under the name of whoever is signed in; files are kept first, so that a fault loses none."""
    app, context = visit.app, visit.signed_in.context
    kept = [app.attachments.find(field.removeprefix(_KEPT)) for field in form.values if field.startswith(_KEPT)]
    try:
        kept += [app.attachments.keep(context, title, pieces(file)) for title, file in form.files]
        if form.values.get("do") == "kind":
            return _page(visit, name, form.values, kept, Faults())
        kinds = dict(app.evidence.kinds())
        kind = _kind(form.values, kinds)
        groups = groups_of(kind, kinds, *_earlier(visit, name))
        given = submission_of(form.values, groups, kinds[kind], [each.digest for each in kept])
        item = app.evidence.submit(context, name, given)
    except RoadworthyError as error:
        if error.status >= _SERVER_FAULT or (isinstance(error, NotFound) and error.code == "use-case-unknown"):
            raise
        return _page(visit, name, form.values, kept, Faults.of(error))
    return go_to(f"/evidence/{item.id}?done=attested")


def _kind(values: Mapping[str, str], kinds: Mapping[str, object]) -> str:
    said = values.get("kind") or USUAL_KIND
    if said not in kinds:
        raise NotFound(
            "evidence-kind-unknown",
            f"there is no evidence kind `{said[:60]}`",
            place=Place(field="kind"),
            remedy=did_you_mean(said, kinds),
        )
    return said


def _earlier(visit: Visit, name: str) -> tuple[list[Item], Mapping[str, str]]:
    """What may be superseded: items that count or have run out, with what to call them."""
    gone = {State.WITHDRAWN, State.SUPERSEDED}
    items = [item for item in visit.app.evidence.of(name) if item.state(visit.now) not in gone]
    called = {
        item.id: f"{question_of(item.fact)} {item.answer.value}, {item.method}, {item.observed_to}" for item in items
    }
    return items, called


def _page(
    visit: Visit, name: str, values: Mapping[str, str], kept: tuple[Attachment, ...] | list[Attachment], faults: Faults
) -> Response:
    title = visit.app.inventory.subject(name).spec.title
    person = visit.signed_in.session.person.shown
    kinds = dict(visit.app.evidence.kinds())
    kind = values.get("kind") if values.get("kind") in kinds else USUAL_KIND
    groups = groups_of(kind or USUAL_KIND, kinds, *_earlier(visit, name))
    sections = list(sections_of(groups, {**values, "kind": kind or USUAL_KIND}, faults))
    sections[0] = replace(sections[0], press=("kind", "Show what this kind asks"))
    sections.insert(2, _files(visit, kept, faults))
    view = FormView(
        title=f"Add evidence to {title}",
        lede=f"It will stand in the ledger as handed in by {person}. With a file or a link it counts as documented, "
        "with your words alone as attested; only a registered collector can measure.",
        back=Link(title, f"/use-cases/{name}"),
        action=f"/use-cases/{name}/evidence/new",
        submit="Record it",
        sections=tuple(sections),
        faults=fault_links(faults, groups, values),
        with_files=True,
    )
    return visit.answer("form", view.title, view, place="Evidence", status=422 if faults.findings else 200)


def _files(visit: Visit, kept: tuple[Attachment, ...] | list[Attachment], faults: Faults) -> Section:
    """The part of the form for files; those that came before are boxes, ticked."""
    wrong = next((each.message for each in faults.findings if each.code.startswith("attachment")), "")
    hint = f"Up to {visit.app.settings.attachment_megabytes} megabytes each. Its type is found in its content."
    fields = [Field("file", "Add a file", "file", hint=hint, fault=wrong, wide=True)]
    fields += [
        Field(f"{_KEPT}{each.digest}", f"{each.name} ({each.media_type}, {plural(each.size, 'byte')})", "check", "yes")
        for each in {each.digest: each for each in kept}.values()
    ]
    return Section("Files", (Part(tuple(fields)),))


# ---------------------------------------------------------------- what happens to it later


@router.get("/evidence/{item_id}/withdraw")
def show_withdraw(visit: Visiting, item_id: str) -> Response:
    """Asks for the reason."""
    return _reason_page(visit, _WITHDRAW, visit.app.evidence.find(item_id), {}, Faults())


@router.post("/evidence/{item_id}/withdraw")
def withdraw(visit: Visiting, item_id: str, form: Form) -> Response:
    """Take it back."""
    evidence, context = visit.app.evidence, visit.signed_in.context
    reason = form.text("reason")
    return _carry_out(visit, _WITHDRAW, item_id, form.values, lambda: evidence.withdraw(context, item_id, reason))


@router.get("/evidence/{item_id}/contest")
def show_contest(visit: Visiting, item_id: str) -> Response:
    """Asks for the reason."""
    return _reason_page(visit, _CONTEST, visit.app.evidence.find(item_id), {}, Faults())


@router.post("/evidence/{item_id}/contest")
def contest(visit: Visiting, item_id: str, form: Form) -> Response:
    """Dispute it."""
    evidence, context = visit.app.evidence, visit.signed_in.context
    reason = form.text("reason")
    return _carry_out(visit, _CONTEST, item_id, form.values, lambda: evidence.contest(context, item_id, reason))


@router.get("/evidence/{item_id}/settle")
def show_settle(visit: Visiting, item_id: str) -> Response:
    """Asks how it ends and why."""
    return _reason_page(visit, _SETTLE, visit.app.evidence.find(item_id), {}, Faults())


@router.post("/evidence/{item_id}/settle")
def settle(visit: Visiting, item_id: str, form: Form) -> Response:
    """End a dispute."""
    evidence, context = visit.app.evidence, visit.signed_in.context
    found, reason = form.text("upheld"), form.text("reason")
    if found not in {"yes", "no"}:
        missing = Finding("field-missing", "say how the dispute ends", Place(field="upheld"), "choose one of the two")
        return _reason_page(visit, _SETTLE, evidence.find(item_id), form.values, Faults((missing,)))
    upheld = found == "yes"
    return _carry_out(
        visit, _SETTLE, item_id, form.values, lambda: evidence.settle(context, item_id, upheld=upheld, reason=reason)
    )


@router.get("/evidence/{item_id}/supersede")
def show_supersede(visit: Visiting, item_id: str) -> Response:
    """Asks by which item."""
    return _reason_page(visit, _SUPERSEDE, visit.app.evidence.find(item_id), {}, Faults())


@router.post("/evidence/{item_id}/supersede")
def supersede(visit: Visiting, item_id: str, form: Form) -> Response:
    """Let another item take its place."""
    evidence, context = visit.app.evidence, visit.signed_in.context
    by = form.text("by").strip()
    return _carry_out(visit, _SUPERSEDE, item_id, form.values, lambda: evidence.supersede(context, item_id, by))


@dataclass(frozen=True, slots=True)
class _Act:
    """Something that can be done with an item."""

    path: str
    title: str
    lede: str
    submit: str
    done: str


_WITHDRAW = _Act(
    "withdraw", "Withdraw evidence", "It stays on record and no longer counts.", "Withdraw it", "withdrawn"
)
_CONTEST = _Act(
    "contest",
    "Contest evidence",
    "It counts in part until somebody else settles the dispute.",
    "Contest it",
    "contested",
)
_SETTLE = _Act(
    "settle", "Settle a dispute", "Neither for who handed it in nor for who alone disputes it.", "Settle it", "settled"
)
_SUPERSEDE = _Act("supersede", "Supersede evidence", "A newer item takes its place.", "Supersede it", "superseded")


def _carry_out(
    visit: Visit, act: _Act, item_id: str, values: Mapping[str, str], work: Callable[[], object]
) -> Response:
    item = visit.app.evidence.find(item_id)
    try:
        work()
    except RoadworthyError as error:
        if error.status >= _SERVER_FAULT:
            raise
        return _reason_page(visit, act, item, values, Faults.of(error))
    return go_to(f"/evidence/{item_id}?done={act.done}")


def _reason_page(visit: Visit, act: _Act, item: Item, values: Mapping[str, str], faults: Faults) -> Response:
    fields = _fields(visit, act, item, values)
    wrong = faults.by_field([field.name for field in fields])
    fields = [replace(each, fault=wrong[each.name].message) if each.name in wrong else each for each in fields]
    labels = {each.name: each.label for each in fields}
    links = []
    for finding in faults.findings:
        name = finding.place.field or ""
        links.append(FaultLink(name if name in labels else "", labels.get(name, ""), finding.message, finding.remedy))
    view = FormView(
        title=act.title,
        lede=f"{question_of(item.fact)} {item.answer.value.capitalize()}, {item.method}, observed until "
        f"{item.observed_to}. {act.lede}",
        back=Link("Back to the evidence", f"/evidence/{item.id}"),
        action=f"/evidence/{item.id}/{act.path}",
        submit=act.submit,
        sections=(Section(act.title, (Part(tuple(fields)),)),),
        faults=tuple(links),
    )
    return visit.answer("form", view.title, view, place="Evidence", status=422 if faults.findings else 200)


def _fields(visit: Visit, act: _Act, item: Item, values: Mapping[str, str]) -> list[Field]:
    if act is _SUPERSEDE:
        items, called = _earlier(visit, item.use_case)
        by = values.get("by", "")
        others = [each for each in items if each.fact == item.fact and each.id != item.id]
        options = tuple(Option(each.id, called[each.id], each.id == by) for each in others)
        hint = "Items about the same question; add the newer one first if it is not here."
        return [Field("by", "By", "select", hint=hint, options=(Option("", "choose one"), *options), required=True)]
    reason = Field(
        "reason", "Reason", "area", values.get("reason", ""), "Kept with the record.", required=True, wide=True
    )
    if act is not _SETTLE:
        return [reason]
    said = values.get("upheld", "")
    outcomes = (
        Option("yes", "The dispute is right; the item is withdrawn", said == "yes"),
        Option("no", "The item is right; it counts again", said == "no"),
    )
    return [Field("upheld", "How it ends", "radio", options=outcomes, required=True, wide=True), reason]
