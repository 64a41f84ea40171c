"""Audits of the data path: start one, watch it, read what it found, accept a gap for a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Path, Query
from pydantic import Field
from starlette.responses import Response

from roadworthy.app import App
from roadworthy.documents.audit_report.model import Format
from roadworthy.documents.audit_report.rendering import MEDIA_TYPES, render
from roadworthy.foundation.errors import NotFound
from roadworthy.interfaces.api import people
from roadworthy.interfaces.api.people import PersonBody
from roadworthy.interfaces.api.repeating import IdempotencyKey, once
from roadworthy.interfaces.api.wire import Application, Signed, Wire, may
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.security import Caller
from roadworthy.measure.data_audit.model import Area, Effort, Gap, GapStatus, Verdict
from roadworthy.measure.data_audit.runs import Result, Run, RunStatus
from roadworthy.measure.data_audit.written import gap_values

router = Routes(tags=["audits"])

UseCaseName = Annotated[str, Path(max_length=200)]
RunId = Annotated[str, Path(max_length=100)]
GapId = Annotated[str, Path(max_length=100)]
AnySource = Annotated[str | None, Query(max_length=1_000, description="Only this data source.")]
Form = Annotated[Format, Query(alias="format", description="How the report is written.")]
Status = Annotated[GapStatus | None, Query(description="Only gaps that stand like this.")]
Submitting = Annotated[Caller, Depends(may("evidence:submit"))]


class AuditFaultBody(Wire):
    """An error that was kept."""

    code: str
    message: str
    place: str
    remedy: str


class ProgressBody(Wire):
    """How far a run is."""

    share: float = Field(description="From 0 to 1.")
    what: str
    source: str | None
    seconds_left: int | None = Field(description="Null while it is too early to say.")
    at: datetime | None


class AuditRunBody(Wire):
    """One audit of a use case."""

    id: str
    use_case: str
    status: RunStatus = Field(description="`abandoned` means that its process is gone; it can be resumed.")
    requested_at: datetime
    requested_by: PersonBody
    finished_at: datetime | None
    cancel_requested: bool
    progress: ProgressBody | None
    fault: AuditFaultBody | None
    policy_digest: str | None
    evidence: str | None = Field(description="Id of the evidence that it handed in.")


class AuditHeadlineBody(Wire):
    """The numbers that are read first."""

    unproven: float | None = Field(description="Share of production's rows outside what the pilot proved.")
    unproven_low: float
    unproven_high: float
    never_done: float | None = Field(description="Share of the data work that has a gap or that nobody can tell.")
    gaps: int
    unknown: int
    matches: int


class ResultBody(Wire):
    """What a run came to for one source."""

    run: str
    source: str
    finished_at: datetime
    pilot: str | None = Field(description="Digest of the pilot's fingerprint.")
    production: str | None
    headline: AuditHeadlineBody | None = Field(description="Null where the source could not be audited.")
    blocked: bool
    partial: str | None = Field(description="Why it is not the whole.")
    fault: AuditFaultBody | None
    notes: list[str]


class WaiverBody(Wire):
    """Who accepted a gap, until when, and what makes up for it."""

    by: PersonBody
    at: datetime
    reason: str
    control: str
    expires_at: datetime


class ExampleBody(Wire):
    """A value from one side."""

    side: str
    text: str
    count: int | None


class AuditGapBody(Wire):
    """A blocker of the data path."""

    id: str
    source: str
    rule: str
    area: Area
    verdict: Verdict
    rank: int
    title: str
    finding: str
    column: str | None
    affected: float | None
    rows_a_day: float | None
    consequence: str
    remediation: str
    effort: Effort
    owner: str | None
    proof: str
    query: str | None
    examples: list[ExampleBody]
    status: GapStatus
    first_seen: datetime | None
    last_seen: datetime | None
    waiver: WaiverBody | None
    checks: list[dict[str, Any]] = Field(description="What was measured; the first names the gap.")


class NewWaiver(Wire):
    """Why a gap can wait, what makes up for it, and until when."""

    reason: Annotated[str, Field(max_length=2_000)]
    control: Annotated[str, Field(max_length=2_000, description="What makes up for it meanwhile.")]
    expires_at: datetime


class Ending(Wire):
    """Why a waiver ends before its time."""

    reason: Annotated[str, Field(max_length=2_000)]


class AuditKeyBody(Wire):
    """With which key audits sign their evidence."""

    public_key: str = Field(description="PEM; register it as a collector, so that audits count as measured.")
    kinds: list[str] = Field(description="Evidence kinds to register it for.")
    collector: str | None = Field(description="Under which name it is registered; null where it is not.")


@router.post("/use-cases/{name}/audits", status_code=202)
def start(
    name: UseCaseName, app: Application, caller: Submitting, idempotency_key: IdempotencyKey = None
) -> AuditRunBody:
    """Audit every declared data source; the work goes on after the answer."""
    return _runs(app, [app.audits.start(once(caller.context, idempotency_key, f"audit\n{name}"), name)])[0]


@router.get("/use-cases/{name}/audits")
def runs(name: UseCaseName, app: Application, _caller: Signed) -> list[AuditRunBody]:
    """Runs of a use case, the latest first."""
    return _runs(app, app.audits.runs(name))


@router.get("/use-cases/{name}/audits/{run_id}")
def run(name: UseCaseName, run_id: RunId, app: Application, _caller: Signed) -> AuditRunBody:
    """One run, with how far it is."""
    return _runs(app, [_run(app, name, run_id)])[0]


@router.post("/use-cases/{name}/audits/{run_id}/cancel")
def cancel(name: UseCaseName, run_id: RunId, app: Application, caller: Submitting) -> AuditRunBody:
    """Ask for the end of a run; what is finished is kept, and it can be resumed."""
    _run(app, name, run_id)
    return _runs(app, [app.audits.cancel(caller.context, run_id)])[0]


@router.post("/use-cases/{name}/audits/{run_id}/resume", status_code=202)
def resume(name: UseCaseName, run_id: RunId, app: Application, caller: Submitting) -> AuditRunBody:
    """Let a run that was cancelled, failed or lost its process go on where it was."""
    _run(app, name, run_id)
    return _runs(app, [app.audits.resume(caller.context, run_id)])[0]


@router.get("/use-cases/{name}/audits/{run_id}/results")
def results(name: UseCaseName, run_id: RunId, app: Application, _caller: Signed) -> list[ResultBody]:
    """What a run came to, by source."""
    _run(app, name, run_id)
    return [_result(each) for each in app.audits.results(run_id)]


@router.get("/use-cases/{name}/audits/{run_id}/report", response_class=Response)
def report(
    name: UseCaseName,
    run_id: RunId,
    app: Application,
    _caller: Signed,
    source: AnySource = None,
    form: Form = Format.JSON,
) -> Response:
    """What a run found, with both sides, as JSON, Markdown, one HTML file, or JUnit."""
    _run(app, name, run_id)
    found = [
        app.audits.audit(run_id, each.source)
        for each in app.audits.results(run_id)
        if each.headline is not None and source in {None, each.source}
    ]
    if not found:
        raise NotFound(
            "audit-result-unknown",
            "the run has no audit to report on",
            remedy="look at the run: a source that could not be audited says why",
        )
    return Response(render(found, form), media_type=MEDIA_TYPES[form])


@router.get("/use-cases/{name}/data")
def latest(name: UseCaseName, app: Application, _caller: Signed) -> list[ResultBody]:
    """The latest result of each declared data source that was ever audited."""
    return [_result(each) for each in app.audits.latest(name)]


@router.get("/use-cases/{name}/gaps")
def gaps(name: UseCaseName, app: Application, _caller: Signed, status: Status = None) -> list[AuditGapBody]:
    """Gaps of a use case over time, the most pressing first."""
    return _gaps(app, app.audits.gaps(name, status))


@router.post("/use-cases/{name}/gaps/{gap_id}/waive")
def waive(name: UseCaseName, gap_id: GapId, given: NewWaiver, app: Application, caller: Signed) -> AuditGapBody:
    """Accept a gap until an instant; the approver is whoever is signed in."""
    _gap(app, name, gap_id)
    waived = app.audits.waive(caller.context, gap_id, given.reason, given.control, given.expires_at)
    return _gaps(app, [waived])[0]


@router.post("/use-cases/{name}/gaps/{gap_id}/unwaive")
def unwaive(name: UseCaseName, gap_id: GapId, given: Ending, app: Application, caller: Signed) -> AuditGapBody:
    """End a waiver before its time; the gap blocks again."""
    _gap(app, name, gap_id)
    return _gaps(app, [app.audits.unwaive(caller.context, gap_id, given.reason)])[0]


@router.get("/audits/key")
def key(app: Application, _caller: Signed) -> AuditKeyBody:
    """The public key to register, so that what audits find counts as measured."""
    collector = app.audits.collector()
    return AuditKeyBody(
        public_key=app.audits.public_key(),
        kinds=["data-audit"],
        collector=None if collector is None else collector.name,
    )


# ---------------------------------------------------------------- bodies


def _run(app: App, use_case: str, run_id: str) -> Run:
    found = app.audits.run(run_id)
    if found.use_case != use_case:
        raise NotFound(
            "audit-run-unknown",
            f"`{use_case}` has no audit run `{run_id[:60]}`",
            remedy="list its runs",
        )
    return found


def _gap(app: App, use_case: str, gap_id: str) -> None:
    of, _ = app.audits.gap(gap_id)
    if of != use_case:
        raise NotFound("gap-unknown", f"`{use_case}` has no gap `{gap_id[:60]}`", remedy="list its gaps")


def _runs(app: App, found: Sequence[Run]) -> list[AuditRunBody]:
    known = people.shown(app, [each.requested_by for each in found])
    return [
        AuditRunBody(
            id=each.id,
            use_case=each.use_case,
            status=each.status,
            requested_at=each.requested_at,
            requested_by=known[each.requested_by],
            finished_at=each.finished_at,
            cancel_requested=each.cancel_requested,
            progress=None if each.progress is None else ProgressBody.model_validate(each.progress),
            fault=None if each.fault is None else AuditFaultBody.model_validate(each.fault),
            policy_digest=each.policy_digest,
            evidence=each.evidence,
        )
        for each in found
    ]


def _result(found: Result) -> ResultBody:
    headline = found.headline
    return ResultBody(
        run=found.run,
        source=found.source,
        finished_at=found.finished_at,
        pilot=found.pilot,
        production=found.production,
        headline=None
        if headline is None
        else AuditHeadlineBody(
            unproven=headline.unproven.value,
            unproven_low=headline.unproven.low,
            unproven_high=headline.unproven.high,
            never_done=headline.never_done.value,
            gaps=headline.gaps,
            unknown=headline.unknown,
            matches=headline.matches,
        ),
        blocked=found.blocked,
        partial=found.partial,
        fault=None if found.fault is None else AuditFaultBody.model_validate(found.fault),
        notes=list(found.notes),
    )


def _gaps(app: App, found: Sequence[Gap]) -> list[AuditGapBody]:
    known = people.shown(app, [each.waiver.by for each in found if each.waiver is not None])
    bodies = []
    for each in found:
        values = gap_values(each)
        waiver = each.waiver
        bodies.append(
            AuditGapBody.model_validate(
                {name: values[name] for name in values.keys() & AuditGapBody.model_fields.keys()}
                | {
                    "waiver": None
                    if waiver is None
                    else WaiverBody(
                        by=known[waiver.by],
                        at=waiver.at,
                        reason=waiver.reason,
                        control=waiver.control,
                        expires_at=waiver.expires_at,
                    )
                }
            )
        )
    return bodies
