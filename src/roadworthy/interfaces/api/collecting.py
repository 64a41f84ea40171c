"""Collecting: evidence out of MLflow runs and out of spreadsheets of past reviews."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import File, Form, UploadFile
from pydantic import Field

from roadworthy.evidence.collecting.model import Collected, Prepared, Prospect
from roadworthy.evidence.collecting.reviews import Given
from roadworthy.evidence.collecting.runs import Wanted
from roadworthy.evidence.collecting.service import KINDS
from roadworthy.evidence.model import Method
from roadworthy.interfaces.api.discovery import DryRun, open_mlflow, parse_columns
from roadworthy.interfaces.api.wire import Application, FindingBody, PlaceBody, Signed, Wire
from roadworthy.interfaces.routes import Routes
from roadworthy.inventory.facts import Answer

router = Routes(prefix="/collecting", tags=["collecting"])

Sheet = Annotated[UploadFile, File(description="CSV, XLSX, XLS, ODS or HTML with one review in a row.")]
Columns = Annotated[list[str], Form(default_factory=list, description="What a column means, such as `Signed off=to`.")]
Text = Annotated[str, Form(max_length=1_000, default_factory=str)]
SkipFaulty = Annotated[
    bool,
    Form(
        alias="skipFaulty", default_factory=lambda: False, description="Leave faulty rows out instead of refusing all."
    ),
]


class ArtefactBody(Wire):
    """What a claim is bound to."""

    name: str
    digest: str


class ClaimBody(Wire):
    """One claim."""

    use_case: str
    fact: str
    answer: Answer
    kind: str
    observed_from: datetime | date
    observed_to: datetime | date
    sample_size: int | None
    subject: ArtefactBody | None
    place: PlaceBody
    notes: list[str]


class RecordedBody(Wire):
    """A claim that was recorded."""

    id: str
    use_case: str
    fact: str
    method: Method


class CollectedBody(Wire):
    """What a file or a server gave."""

    source: str
    digest: str | None
    claims: list[ClaimBody]
    findings: list[FindingBody] = Field(description="What cannot be a claim.")
    known: int = Field(description="Claims that were recorded before.")
    notes: list[str]
    recorded: list[RecordedBody] = Field(description="Empty where nothing was recorded.")
    measured: bool = Field(description="Whether Roadworthy's own registered collector signed it.")


class RunsWanted(Wire):
    """Which runs, and what they are evidence of where their tags do not say."""

    address: Annotated[str, Field(max_length=300)] = Field(
        default="", description="Of the MLflow server; the one of the setting `mlflow` where it is empty."
    )
    runs: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=1000)] = Field(
        default=[], description="Ids; without any and without a model, every run that names a use case by its tag."
    )
    model: Annotated[str, Field(max_length=500)] | None = Field(default=None, description="A registered model.")
    version: Annotated[str, Field(max_length=100)] | None = Field(default=None, description="Its version or an alias.")
    use_case: Annotated[str, Field(max_length=200)] | None = None
    fact: Annotated[str, Field(max_length=100)] | None = None
    metric: Annotated[str, Field(max_length=300)] | None = None
    threshold: Annotated[float, Field(allow_inf_nan=False)] | None = Field(
        default=None, description="What was asked for before the run; the answer is yes where the metric reaches it."
    )
    better: Literal["higher", "lower"] | None = Field(
        default=None, description="In which direction the metric is better."
    )
    answer: Answer | None = Field(default=None, description="The answer, where no threshold gives it.")
    dry_run: bool = Field(default=False, description="Only say what would be recorded.")


class KeyBody(Wire):
    """With which key Roadworthy's own collector signs."""

    public_key: str = Field(description="PEM; register it as a collector, so that runs count as measured.")
    kinds: list[str] = Field(description="Evidence kinds to register it for.")
    collector: str | None = Field(description="Under which name it is registered; null where it is not.")


@router.post("/reviews")
def reviews(
    app: Application,
    caller: Signed,
    file: Sheet,
    columns: Columns,
    use_case: Annotated[Text, Form(alias="useCase")],
    fact: Text,
    dry_run: DryRun,
    skip_faulty: SkipFaulty,
) -> CollectedBody:
    """Record past reviews: each row a documented claim with the file attached, dated by the day that it speaks of."""
    name, content = file.filename or "reviews", file.file.read()
    given = Given(parse_columns(columns), use_case or None, fact or None)
    if dry_run:
        return _prospect(app.collecting.reviews(name, content, given))
    return _collected(app.collecting.record_reviews(caller.context, name, content, given, skip_faulty=skip_faulty))


@router.post("/mlflow")
def mlflow(given: RunsWanted, app: Application, caller: Signed) -> CollectedBody:
    """Record runs: measured where Roadworthy's own collector is registered, else documented by the link to the run."""
    wanted = Wanted(
        given.use_case,
        given.fact,
        given.metric,
        given.threshold,
        given.answer,
        None if given.better is None else given.better == "lower",
    )
    with open_mlflow(app, given.address) as server:
        prospect = app.collecting.runs(server, wanted, ids=given.runs, model=given.model, version=given.version)
    if given.dry_run:
        return _prospect(prospect)
    return _collected(app.collecting.record_runs(caller.context, prospect))


@router.get("/mlflow/key")
def key(app: Application, _caller: Signed) -> KeyBody:
    """The public key to register, so that what is read from MLflow counts as measured."""
    collector = app.collecting.collector()
    return KeyBody(
        public_key=app.collecting.public_key(),
        kinds=list(KINDS),
        collector=None if collector is None else collector.name,
    )


def _prospect(prospect: Prospect) -> CollectedBody:
    return _collected(Collected(prospect, (), measured=False))


def _collected(collected: Collected) -> CollectedBody:
    prospect = collected.prospect
    return CollectedBody(
        source=prospect.source,
        digest=prospect.digest,
        claims=_claims(prospect.claims),
        findings=[FindingBody.model_validate(each) for each in prospect.findings],
        known=prospect.known,
        notes=list(prospect.notes),
        recorded=[
            RecordedBody(id=item.id, use_case=item.use_case, fact=item.fact, method=item.method)
            for item in collected.items
        ],
        measured=collected.measured,
    )


def _claims(claims: Sequence[Prepared]) -> list[ClaimBody]:
    return [
        ClaimBody(
            use_case=claim.use_case,
            fact=claim.submission.fact,
            answer=claim.submission.answer,
            kind=claim.submission.kind,
            observed_from=claim.submission.observed_from,
            observed_to=claim.submission.observed_to,
            sample_size=claim.submission.sample_size,
            subject=None if claim.submission.subject is None else ArtefactBody.model_validate(claim.submission.subject),
            place=PlaceBody.model_validate(claim.place),
            notes=list(claim.notes),
        )
        for claim in claims
    ]
