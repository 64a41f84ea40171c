"""The page of a use case's data path: its audits, its gaps, and what people do about them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import Response

from roadworthy.documents.audit_report.entries import person
from roadworthy.documents.audit_report.model import Format
from roadworthy.documents.audit_report.rendering import ENDINGS, MEDIA_TYPES, render
from roadworthy.foundation.errors import InvalidInput, NotFound, Place
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.showing.data_path import Known, Wanted, data_path_view, run_view
from roadworthy.interfaces.web.views.form import FaultLink, FormView, Part, Section
from roadworthy.interfaces.web.views.parts import Field, Link
from roadworthy.interfaces.web.visits import Form, Posted, Visit, Visiting, go_to, head_of
from roadworthy.inventory.model import UseCase
from roadworthy.measure.data_audit.runs import Run, RunStatus

if TYPE_CHECKING:
    from roadworthy.measure.data_audit.model import Audit, Gap

router = Routes(prefix="/use-cases/{name}/data")
_LATEST = 365
"""Days for which a gap may be waived at most by this form; the field says so."""
_USUAL = 30


@router.get("")
def show(visit: Visiting, name: str) -> Response:
    """Pilot beside production, and what stands in the way."""
    asked = visit.request.query_params
    first = asked.get("first", "")[:9]
    source, owner, rank, status = (asked.get(each, "")[:200] for each in ("source", "owner", "rank", "status"))
    wanted = Wanted(source, owner, rank, status, int(first) if first.isdecimal() and first.isascii() else 1)
    view = data_path_view(_known(visit, name), wanted, visit.now)
    return visit.answer("data_path", f"Data path of {view.title}", view, place="Portfolio", head=head_of(visit))


@router.get("/report")
def report(visit: Visiting, name: str) -> Response:
    """The latest audits as a file."""
    said = visit.request.query_params.get("format", Format.HTML.value)
    if said not in set(Format):
        raise InvalidInput(
            "format-unknown",
            f"`{said[:40]}` is not a format of the report",
            place=Place(field="format"),
            remedy=f"ask for one of {', '.join(Format)}",
        )
    form = Format(said)
    audits = _audits(visit, name)
    if not audits:
        raise NotFound(
            "audit-missing",
            f"no data source of `{name}` was audited yet",
            remedy=f"run `roadworthy data audit {name}`",
        )
    headers = {"Content-Disposition": f'attachment; filename="data-path-{name}.{ENDINGS[form]}"'}
    return Response(render(audits, form), media_type=MEDIA_TYPES[form], headers=headers)


# ---------------------------------------------------------------- runs


@router.post("/runs")
def start(visit: Visiting, name: str, form: Form) -> Response:  # noqa: ARG001 - asking for the form checks its token
    """Audit every source, now."""
    run = visit.app.audits.start(visit.signed_in.context, name)
    return go_to(f"/use-cases/{name}/data/runs/{run.id}?done=auditing")


@router.get("/runs/{run_id}")
def show_run(visit: Visiting, name: str, run_id: str) -> Response:
    """How far a run is; a browser that polls is told when there is more to see."""
    run = _run(visit, name, run_id)
    people = visit.app.identity.people([run.requested_by])
    view = run_view(run, _use_case(visit, name), people, visit.now)
    answer = visit.answer("data_run", view.finding, view, place="Portfolio")
    if run.status is not RunStatus.RUNNING and "HX-Request" in visit.request.headers:
        answer.headers["HX-Redirect"] = f"/use-cases/{name}/data"
    return answer


@router.post("/runs/{run_id}/cancel")
def cancel(visit: Visiting, name: str, run_id: str, form: Form) -> Response:  # noqa: ARG001 - asking for the form checks its token
    """Ask a run to end; what it finished is kept."""
    _run(visit, name, run_id)
    visit.app.audits.cancel(visit.signed_in.context, run_id)
    return go_to(f"/use-cases/{name}/data?done=audit-cancelled")


@router.post("/runs/{run_id}/resume")
def resume(visit: Visiting, name: str, run_id: str, form: Form) -> Response:  # noqa: ARG001 - asking for the form checks its token
    """Go on with a run that ended early."""
    _run(visit, name, run_id)
    run = visit.app.audits.resume(visit.signed_in.context, run_id)
    return go_to(f"/use-cases/{name}/data/runs/{run.id}?done=auditing")


# ---------------------------------------------------------------- waivers


@dataclass(frozen=True, slots=True)
class _Waiving:
    """What the form of a waiver holds, and what is wrong with it."""

    reason: str = ""
    control: str = ""
    until: str = ""

    @classmethod
    def of(cls, form: Posted) -> _Waiving:
        return cls(*(form.text(each).strip() for each in ("reason", "control", "until")))

    def faults(self, today: dt.date) -> dict[str, str]:
        """By field."""
        found = {}
        if not self.reason:
            found["reason"] = "a waiver needs a reason"
        if not self.control:
            found["control"] = "a waiver needs a control in the gap's place"
        day = self.day
        if day is None:
            found["until"] = "a waiver needs the day on which it ends"
        elif not today < day <= today + dt.timedelta(days=_LATEST):
            found["until"] = f"a waiver ends on a day from tomorrow to {_LATEST} days ahead"
        return found

    @property
    def day(self) -> dt.date | None:
        """The last day, where one was entered that can be read."""
        try:
            return dt.date.fromisoformat(self.until)
        except ValueError:
            return None


@router.get("/gaps/{gap_id}/waive")
def show_waive(visit: Visiting, name: str, gap_id: str) -> Response:
    """Asks for reason, control and expiry; where rights are in force, it is asked for instead."""
    if visit.app.approvals.rights() is not None:
        return go_to(f"/use-cases/{name}/ask/gap?{urlencode({'gap': gap_id})}")
    usual = visit.now.date() + dt.timedelta(days=_USUAL)
    return _waive_page(visit, name, _gap(visit, name, gap_id), _Waiving(until=usual.isoformat()), {})


@router.post("/gaps/{gap_id}/waive")
def waive(visit: Visiting, name: str, gap_id: str, form: Form) -> Response:
    """Accept a gap for a time, under the name of whoever is signed in."""
    gap, entered = _gap(visit, name, gap_id), _Waiving.of(form)
    faults = entered.faults(visit.now.date())
    if faults or entered.day is None:
        return _waive_page(visit, name, gap, entered, faults)
    until = dt.datetime.combine(entered.day, dt.time(23, 59, 59), dt.UTC)
    visit.app.audits.waive(
        visit.signed_in.context, gap_id, reason=entered.reason, control=entered.control, expires_at=until
    )
    return go_to(f"/use-cases/{name}/data?done=waived#gaps")


@router.get("/gaps/{gap_id}/waiver/end")
def show_end(visit: Visiting, name: str, gap_id: str) -> Response:
    """Asks for the reason."""
    return _end_page(visit, name, _gap(visit, name, gap_id), "")


@router.post("/gaps/{gap_id}/waiver/end")
def end_waiver(visit: Visiting, name: str, gap_id: str, form: Form) -> Response:
    """Let a gap stand in the way again."""
    gap, reason = _gap(visit, name, gap_id), form.text("reason").strip()
    if not reason:
        return _end_page(visit, name, gap, "ending a waiver needs a reason")
    visit.app.audits.unwaive(visit.signed_in.context, gap_id, reason)
    return go_to(f"/use-cases/{name}/data?done=unwaived#gaps")


def _end_page(visit: Visit, name: str, gap: Gap, fault: str) -> Response:
    hint = "Kept with the ledger's entry."
    reason = Field("reason", "Reason", "area", hint=hint, required=True, wide=True, fault=fault)
    view = FormView(
        title="End a waiver before its time",
        lede=f"{_plain(gap.title)}. The gap stands in the way of a launch again at once.",
        back=Link("Data path", f"/use-cases/{name}/data"),
        action=f"/use-cases/{name}/data/gaps/{gap.id}/waiver/end",
        submit="End it",
        sections=(Section("Why", (Part((reason,)),)),),
        faults=(FaultLink("reason", "Reason", fault, "say in a sentence why"),) if fault else (),
    )
    return visit.answer("form", view.title, view, place="Portfolio", status=422 if fault else 200)


def _plain(text: str) -> str:
    """Text without the marks of code, for where none can be set."""
    return text.replace("`", "")


def _waive_page(visit: Visit, name: str, gap: Gap, entered: _Waiving, faults: dict[str, str]) -> Response:
    who = visit.signed_in.session.person.shown
    fields = (
        Field(
            "reason",
            "Why it may stand for now",
            "area",
            entered.reason,
            hint="Kept with the ledger's entry.",
            fault=faults.get("reason", ""),
            required=True,
            wide=True,
        ),
        Field(
            "control",
            "What makes up for it meanwhile",
            "area",
            entered.control,
            hint="Something that is done or checked, and by whom.",
            fault=faults.get("control", ""),
            required=True,
            wide=True,
        ),
        Field(
            "until",
            "Last day",
            "date",
            entered.until,
            hint=f"At most {_LATEST} days ahead. After it the gap stands in the way again.",
            fault=faults.get("until", ""),
            required=True,
        ),
    )
    lede = (
        f"{_plain(gap.title)}. {_plain(gap.finding)}",
        f"Whose work it is: {person(gap.owner) or 'nobody is named'}.",
        f"The ledger will have {who} as the approver.",
        "Who may approve is for decision rights to say; until those are declared, the record names who did.",
    )
    labels = {field.name: field.label for field in fields}
    view = FormView(
        title="Waive a gap for a time",
        lede=" ".join(lede),
        back=Link("Data path", f"/use-cases/{name}/data"),
        action=f"/use-cases/{name}/data/gaps/{gap.id}/waive",
        submit="Waive it",
        sections=(Section("The waiver", (Part(fields),)),),
        faults=tuple(FaultLink(field, labels[field], text, "") for field, text in faults.items()),
    )
    return visit.answer("form", view.title, view, place="Portfolio", status=422 if faults else 200)


# ---------------------------------------------------------------- what is known


def _use_case(visit: Visit, name: str) -> UseCase:
    return visit.app.inventory.subject(name).spec


def _run(visit: Visit, name: str, run_id: str) -> Run:
    """A run of this use case; the permission that was asked is for this one alone."""
    run = visit.app.audits.run(run_id)
    if run.use_case != name:
        raise NotFound(
            "audit-run-unknown",
            f"`{name}` has no audit run `{run_id[:60]}`",
            remedy="look at its runs on its data path",
        )
    return run


def _gap(visit: Visit, name: str, gap_id: str) -> Gap:
    """A gap of this use case; of another one it is not known here."""
    use_case, gap = visit.app.audits.gap(gap_id)
    if use_case != name:
        raise NotFound(
            "gap-unknown", f"`{name}` has no gap `{gap_id[:60]}`", remedy="look at its gaps on its data path"
        )
    return gap


def _known(visit: Visit, name: str) -> Known:
    app = visit.app
    use_case = _use_case(visit, name)
    gaps, runs = app.audits.gaps(name), app.audits.runs(name)
    approvers = [gap.waiver.by for gap in gaps if gap.waiver]
    people = app.identity.people([*approvers, *(run.requested_by for run in runs)])
    results = app.audits.latest(name)
    return Known(use_case, name, results, _audits(visit, name), gaps, runs, people)


def _audits(visit: Visit, name: str) -> tuple[Audit, ...]:
    """The latest audit of each source that has one, in the order of the declaration."""
    order = {source.name: place for place, source in enumerate(_use_case(visit, name).data)}
    results = [result for result in visit.app.audits.latest(name) if result.headline is not None]
    return tuple(
        visit.app.audits.audit(result.run, result.source)
        for result in sorted(results, key=lambda each: order.get(each.source, len(order)))
    )
