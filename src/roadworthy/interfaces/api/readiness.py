"""Readiness: the rubric in force, the assessment of one use case, the portfolio, and assessing anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import AliasChoices, Field

from roadworthy.decide.readiness.assessment import Assessment, Judgement, Tone, Verdict
from roadworthy.decide.readiness.model import Dimension, Level, Rubric
from roadworthy.decide.readiness.query import Headline, PortfolioQuery, RubricInForce, Sort
from roadworthy.evidence.model import Method
from roadworthy.interfaces.api.diagnosis import end_of
from roadworthy.interfaces.api.wire import Application, Signed, Wire
from roadworthy.interfaces.routes import Routes
from roadworthy.inventory.model import Duty, Sector, Stage, Tier, UseCaseClass
from roadworthy.inventory.rules import SeatState

router = Routes(tags=["readiness"])

LAST_PAGE = 10**9
UNKNOWN = "unknown"
"""The word under which counts by method list what nobody knows."""


class ScaleBody(Wire):
    """Figures of one dimension, or of all of them."""

    tone: Tone
    coverage: int = Field(description="Percent of the applicable criteria of which anything is known.")
    score: int = Field(description="Percent of the applicable weight that is met.")


class EffortBody(Wire):
    """Working days of one person."""

    low: int
    high: int


class JudgementBody(Wire):
    """The verdict on one criterion, and what it rests on."""

    criterion: str
    title: str
    dimension: Dimension
    level: Level
    verdict: Verdict
    why: str
    fact: str | None
    method: Method | None
    observed_at: datetime | None
    expires_at: datetime | None
    evidence: str | None
    waived_until: datetime | None = Field(description="Until when it is accepted that this is missing.")
    turns_green: str

    @classmethod
    def of(cls, judgement: Judgement) -> JudgementBody:
        """From the assessment's own value."""
        criterion = judgement.criterion
        return cls(
            criterion=criterion.id,
            title=criterion.title,
            dimension=judgement.dimension,
            level=criterion.level,
            verdict=judgement.verdict,
            why=judgement.why,
            fact=judgement.fact,
            method=judgement.method,
            observed_at=judgement.observed_at,
            expires_at=judgement.expires_at,
            evidence=judgement.evidence,
            waived_until=judgement.waived_until,
            turns_green=criterion.turns_green,
        )


class BlockerBody(Wire):
    """A must that is not met: what, whose, how much work, and what turns it green."""

    criterion: str
    title: str
    dimension: Dimension
    verdict: Verdict
    why: str
    duty: Duty
    person: str | None = Field(description="Who holds the duty; null is openly unassigned.")
    seat: SeatState
    effort: EffortBody
    turns_green: str


class AssessmentBody(Wire):
    """What the rubric says of a use case at an instant."""

    use_case: str
    rubric: str
    assessed_at: datetime
    next_change_at: datetime | None
    overall: ScaleBody
    dimensions: dict[Dimension, ScaleBody]
    blockers: list[BlockerBody]
    judgements: list[JudgementBody]
    owner_gaps: list[Duty]
    unconfirmed: list[Duty]
    known_by: dict[str, int]
    expired: int = Field(description="Criteria whose evidence has run out; worth nothing until it is renewed.")
    effort: EffortBody = Field(description="What all blockers usually take together.")

    @classmethod
    def of(cls, assessment: Assessment) -> AssessmentBody:
        """From the assessment's own value."""
        return cls(
            use_case=assessment.use_case,
            rubric=assessment.rubric,
            assessed_at=assessment.assessed_at,
            next_change_at=assessment.next_change_at,
            overall=ScaleBody.model_validate(assessment.overall),
            dimensions={which: ScaleBody.model_validate(scale) for which, scale in assessment.dimensions.items()},
            blockers=[BlockerBody.model_validate(blocker) for blocker in assessment.blockers],
            judgements=[JudgementBody.of(judgement) for judgement in assessment.judgements],
            owner_gaps=list(assessment.owner_gaps),
            unconfirmed=list(assessment.unconfirmed),
            known_by=by_method(assessment.methods),
            expired=assessment.expired,
            effort=EffortBody.model_validate(assessment.effort),
        )


class PortfolioFilter(Wire):
    """Which use cases, in which order, which page; what is not given lets everything through."""

    text: Annotated[str, Field(max_length=1_000, description="Every word must occur.")] = ""
    organisation: Annotated[str, Field(max_length=1_000)] | None = None
    sector: Sector | None = None
    stage: Stage | None = None
    class_: UseCaseClass | None = Field(default=None, alias="class")
    tier: Tier | Literal["open"] | None = None
    overall: Tone | None = None
    data: Tone | None = None
    governance: Tone | None = None
    integration: Tone | None = None
    ownership: Tone | None = None
    owner_gap: Duty | Literal["any"] | None = None
    stale: Annotated[bool | None, Field(description="Those of which something has expired, or nothing has.")] = None
    sort: Sort = Sort.SCORE
    descending: bool = True
    page: Annotated[int, Field(ge=1, le=LAST_PAGE)] = 1

    def query(self) -> PortfolioQuery:
        """As readiness takes it."""
        tones = {dimension: getattr(self, dimension.value) for dimension in Dimension}
        return PortfolioQuery(
            text=self.text,
            organisation=self.organisation,
            sector=self.sector,
            stage=self.stage,
            class_=self.class_,
            tier=self.tier,
            overall=self.overall,
            tones={dimension: tone for dimension, tone in tones.items() if tone is not None},
            owner_gap=self.owner_gap,
            stale=self.stale,
            sort=self.sort,
            descending=self.descending,
            page=self.page,
        )


class PortfolioRowBody(Wire):
    """One use case in the portfolio."""

    name: str
    title: str
    organisation: str | None
    sector: Sector | None
    stage: Stage | None
    class_: UseCaseClass | None = Field(alias="class", validation_alias=AliasChoices("class_", "class"))
    tier: Tier | None
    overall: ScaleBody
    dimensions: dict[Dimension, ScaleBody]
    seats: dict[Duty, SeatState]
    expired: int = Field(description="Criteria whose evidence has run out.")
    blockers: int
    effort: EffortBody
    unowned: int = Field(description="Blockers that nobody is named for.")
    first_blocker: str | None
    first_step: str | None
    first_duty: Duty | None
    first_person: str | None
    assessed_at: datetime
    next_change_at: datetime | None


class HeadlineBody(Wire):
    """Figures of everything that matches, not of one page."""

    total: int
    ready: int
    overall: dict[Tone, int]
    tones: dict[Dimension, dict[Tone, int]]
    lacking_owners: int
    without_owners: int
    unassigned: dict[Duty, int]
    unconfirmed: int
    known_by: dict[str, int]
    stale: int = Field(description="Use cases of which something has expired.")
    expired: int = Field(description="Criteria whose evidence has run out, over all of them.")
    assessed_at: datetime | None

    @classmethod
    def of(cls, headline: Headline) -> HeadlineBody:
        """From the portfolio's own value."""
        return cls(
            total=headline.total,
            ready=headline.ready,
            overall=dict(headline.overall),
            tones={dimension: dict(tones) for dimension, tones in headline.tones.items()},
            lacking_owners=headline.lacking_owners,
            without_owners=headline.without_owners,
            unassigned=dict(headline.unassigned),
            unconfirmed=headline.unconfirmed,
            known_by=by_method(headline.known_by),
            stale=headline.stale,
            expired=headline.expired,
            assessed_at=headline.assessed_at,
        )


class RubricRef(Wire):
    """Which rubric applied."""

    title: str
    digest: str
    shipped: bool = Field(description="True while the organisation has declared none of its own.")
    generation: int | None

    @classmethod
    def of(cls, rubric: RubricInForce) -> RubricRef:
        """From readiness' own value."""
        return cls(
            title=rubric.rubric.title, digest=rubric.digest, shipped=rubric.is_shipped, generation=rubric.generation
        )


class PortfolioBody(Wire):
    """A page of the portfolio, with the figures of all that matches."""

    items: list[PortfolioRowBody]
    page: int
    pages: int
    headline: HeadlineBody
    rubric: RubricRef


class RubricBody(RubricRef):
    """The rubric in force."""

    spec: dict[str, Any]


class Assess(Wire):
    """Which use cases to assess anew; all of them where none is named."""

    names: Annotated[list[str], Field(max_length=100_000)] | None = None


class TallyBody(Wire):
    """What assessing many came to."""

    assessed: int
    changed: int
    overall: dict[Tone, int]
    rubric: RubricRef


def by_method(counts: Mapping[Method | None, int]) -> dict[str, int]:
    """Counts by method, with a word for what nobody knows."""
    return {UNKNOWN if method is None else str(method): count for method, count in counts.items()}


@router.get("/use-cases")
def portfolio(asked: Annotated[PortfolioFilter, Query()], app: Application, _caller: Signed) -> PortfolioBody:
    """The portfolio: use cases that match, with their tones, what blocks each and who owns the blocker."""
    found = app.readiness.portfolio(asked.query())
    return PortfolioBody(
        items=[PortfolioRowBody.model_validate(row) for row in found.rows],
        page=found.page,
        pages=found.pages,
        headline=HeadlineBody.of(found.headline),
        rubric=RubricRef.of(found.rubric),
    )


@router.get("/use-cases/{name}/assessment")
def assessment(
    name: Annotated[str, Path(max_length=200)],
    app: Application,
    _caller: Signed,
    at: Annotated[date | None, Query(description="A day to come, as it ends in UTC; nothing is kept.")] = None,
) -> AssessmentBody:
    """What the rubric in force says of one use case now or, if nobody does anything, on a day to come."""
    return AssessmentBody.of(app.readiness.of(name, None if at is None else end_of(at)))


@router.post("/assess")
def assess(given: Assess, app: Application, caller: Signed) -> TallyBody:
    """Assess use cases now, whether or not anything about them changed."""
    tally = app.readiness.assess(caller.context, given.names)
    return TallyBody(
        assessed=tally.assessed, changed=tally.changed, overall=dict(tally.overall), rubric=RubricRef.of(tally.rubric)
    )


@router.get("/rubric")
def rubric(app: Application, _caller: Signed) -> RubricBody:
    """The rubric in force."""
    found = app.readiness.rubric()
    reference = RubricRef.of(found)
    return RubricBody(**reference.model_dump(by_alias=False), spec=_spec(found.rubric))


def _spec(rubric: Rubric) -> dict[str, Any]:
    return rubric.model_dump(mode="json", by_alias=True, exclude_defaults=True)
