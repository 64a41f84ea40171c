"""Diagnosis: the failure modes of one use case, how often each occurs, and the rules by which they are told."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import Field

from roadworthy.decide.diagnosis.finding import Diagnosed, Finding, Frequency, InForce, Question, Share
from roadworthy.decide.diagnosis.model import Family, Severity, Status
from roadworthy.evidence.model import Method
from roadworthy.interfaces.api.wire import Application, Signed, Wire
from roadworthy.interfaces.routes import Routes
from roadworthy.inventory.model import Duty
from roadworthy.inventory.rules import SeatState

router = Routes(tags=["diagnosis"])

LAST_PAGE = 10**6
BITS = 6
"""Decimals of an information gain."""

At = Annotated[
    date | None,
    Query(description="The day to ask for, as it ends in UTC; now by default. The record is read as it is today."),
]


class BecauseBody(Wire):
    """A fact that a finding rests on, and where it is to be found."""

    says: str
    path: str | None = Field(description="Where it stands in the use case's spec.")
    fact: str | None
    evidence: str | None = Field(description="Id of the evidence item.")
    method: Method | None
    observed_at: datetime | None
    expires_at: datetime | None
    place: str | None = Field(description="Sheet and cell, where an import reported it.")
    alone: bool = Field(description="Whether the contrary of this one fact would overturn the finding.")


class SurfacesBody(Wire):
    """Where a failure mode will surface next, and when."""

    where: str
    when: str
    earliest: date | None
    latest: date | None
    overdue: bool


class QuestionBody(Wire):
    """Something nobody has said, that would tell more."""

    key: str
    asks: str
    duty: Duty
    person: str | None = Field(description="Who holds the duty; null is openly unassigned.")
    seat: SeatState
    bits: float = Field(description="Expected information gain over the open modes.")
    modes: list[str]
    fact: str | None = Field(description="The claim that answers it; null where the spec does.")
    path: str | None

    @classmethod
    def of(cls, question: Question) -> QuestionBody:
        """From the diagnosis' own value."""
        body: dict[str, Any] = question._asdict()
        return cls(**{**body, "bits": round(question.bits, BITS), "modes": list(question.modes)})


class FindingBody(Wire):
    """What is known of one failure mode in one use case."""

    mode: str
    title: str
    family: Family
    status: Status
    severity: Severity
    severity_why: str
    duty: Duty
    person: str | None
    goes_wrong: str
    surfaces: SurfacesBody
    because: list[BecauseBody]
    as_reported: bool = Field(description="Whether it rests on something that only a spreadsheet said.")
    disproved_by: str
    questions: list[str] = Field(description="Keys of the questions that bear on it, the most telling first.")

    @classmethod
    def of(cls, finding: Finding) -> FindingBody:
        """From the diagnosis' own value."""
        return cls(
            mode=finding.mode,
            title=finding.title,
            family=finding.family,
            status=finding.status,
            severity=finding.severity,
            severity_why=finding.severity_why,
            duty=finding.duty,
            person=finding.person,
            goes_wrong=finding.goes_wrong,
            surfaces=SurfacesBody.model_validate(finding.surfaces),
            because=[BecauseBody.model_validate(each) for each in finding.because],
            as_reported=finding.as_reported,
            disproved_by=finding.disproved_by,
            questions=[question.key for question in finding.questions],
        )


class DiagnosisBody(Wire):
    """Which failure modes a use case has, and what to ask where that cannot be told."""

    use_case: str
    rules: str = Field(description="Digest of the rules in force.")
    at: datetime
    next_change_at: datetime | None
    retired: bool = Field(description="A retired use case is not diagnosed.")
    modes: list[FindingBody]
    questions: list[QuestionBody]

    @classmethod
    def of(cls, diagnosed: Diagnosed) -> DiagnosisBody:
        """From the diagnosis' own value."""
        return cls(
            use_case=diagnosed.use_case,
            rules=diagnosed.rules,
            at=diagnosed.at,
            next_change_at=diagnosed.next_change_at,
            retired=diagnosed.retired,
            modes=[FindingBody.of(finding) for finding in diagnosed.modes],
            questions=[QuestionBody.of(question) for question in diagnosed.questions],
        )


class ShareBody(Wire):
    """How often a failure mode occurs."""

    mode: str
    title: str
    family: Family
    duty: Duty
    shipped: bool = Field(description="True while the organisation has declared none of this name.")
    generation: int | None
    statuses: dict[Status, int]
    severities: dict[Severity, int] = Field(description="Of those in which it is present.")
    as_reported: int = Field(description="Of those in which it is present, by a spreadsheet's word.")

    @classmethod
    def of(cls, share: Share) -> ShareBody:
        """From the diagnosis' own value."""
        return cls(
            mode=share.rule.name,
            title=share.rule.mode.title,
            family=share.rule.mode.family,
            duty=share.rule.mode.duty,
            shipped=share.rule.generation is None,
            generation=share.rule.generation,
            statuses=dict(share.statuses),
            severities=dict(share.severities),
            as_reported=share.as_reported,
        )


class AskedBody(Wire):
    """A question, and for how many use cases it is the first to ask."""

    key: str
    asks: str
    duty: Duty
    first: int
    open: int = Field(description="Use cases in which it would tell something.")


class FrequencyBody(Wire):
    """How often each failure mode occurs, the most frequent first."""

    rules: str
    at: datetime
    diagnosed: int
    retired: int
    none_known: int = Field(description="Diagnosed use cases of which not one failure mode can be told.")
    modes: list[ShareBody]
    questions: list[AskedBody]

    @classmethod
    def of(cls, frequency: Frequency) -> FrequencyBody:
        """From the diagnosis' own value."""
        return cls(
            rules=frequency.rules,
            at=frequency.at,
            diagnosed=frequency.diagnosed,
            retired=frequency.retired,
            none_known=frequency.none_known,
            modes=[ShareBody.of(share) for share in frequency.shares],
            questions=[AskedBody.model_validate(asked) for asked in frequency.questions],
        )


class StruckBody(Wire):
    """A use case with a status in one failure mode."""

    use_case: str
    title: str
    organisation: str | None
    stage: str | None
    status: Status
    severity: Severity
    as_reported: bool


class ModeBody(Wire):
    """One rule in force, how often it finds something, and a page of the use cases that have the status asked for."""

    share: ShareBody
    spec: dict[str, Any]
    status: Status
    total: int
    page: int
    pages: int
    items: list[StruckBody]


@router.get("/use-cases/{name}/diagnosis")
def diagnosis(
    name: Annotated[str, Path(max_length=200)], app: Application, _caller: Signed, at: At = None
) -> DiagnosisBody:
    """Which failure modes a use case has, and what to ask where that cannot be told."""
    return DiagnosisBody.of(app.diagnosis.of(name, None if at is None else end_of(at)))


@router.get("/failure-modes")
def failure_modes(app: Application, _caller: Signed) -> FrequencyBody:
    """How often each failure mode occurs, and what to ask first."""
    return FrequencyBody.of(app.diagnosis.frequency())


@router.get("/failure-modes/{name}")
def failure_mode(
    name: Annotated[str, Path(max_length=200)],
    app: Application,
    _caller: Signed,
    status: Status = Status.PRESENT,
    page: Annotated[int, Query(ge=1, le=LAST_PAGE)] = 1,
) -> ModeBody:
    """One failure mode: its rule, and the use cases that have it, the most severe first."""
    found = app.diagnosis.struck(name, status, page)
    share = app.diagnosis.frequency().of(name)
    assert share is not None  # noqa: S101 - the page would have been refused
    return ModeBody(
        share=ShareBody.of(share),
        spec=spec_of(found.rule),
        status=found.status,
        total=found.total,
        page=found.page,
        pages=found.pages,
        items=[StruckBody.model_validate(row) for row in found.rows],
    )


def spec_of(rule: InForce) -> dict[str, Any]:
    """A rule as people write it."""
    spec: dict[str, Any] = rule.mode.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return spec


def end_of(day: date) -> datetime:
    """The last instant of a day, in UTC."""
    return datetime.combine(day, time(), UTC) + timedelta(days=1, microseconds=-1)
