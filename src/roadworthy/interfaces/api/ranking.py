"""Ranking: which pilots to push next, what would change that, and the ranking under a supposition."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from pydantic import Field

from roadworthy.decide.ranking.model import (
    Estimate,
    Fits,
    Flip,
    NotRankable,
    Part,
    Place,
    PolicyInForce,
    Ranked,
    Span,
    WhatIf,
    WhyNot,
)
from roadworthy.decide.ranking.rules import DAY
from roadworthy.foundation.money import Money
from roadworthy.interfaces.api.wire import Application, Signed, Wire, may
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.security import Caller
from roadworthy.inventory.model import Stage

router = Routes(tags=["ranking"])

MOST = 1_000
Reading = Annotated[Caller, Depends(may("read"))]
"""Supposing changes nothing, so whoever may read may suppose."""
Most = Annotated[int, Query(ge=0, le=MOST, description="Most places, and most that cannot be ranked, to answer with.")]


class AmountsBody(Wire):
    """A range of money."""

    low: str
    high: str


class DaysBody(Wire):
    """A range of working days."""

    low: float
    high: float


class SensitivityBody(Wire):
    """In how many scenarios a use case is among the picks."""

    name: str
    stays: int
    of: int


class PlaceBody(Wire):
    """A use case in the order, with what counts of it."""

    rank: int
    name: str
    title: str
    stage: Stage | None
    value: AmountsBody = Field(description="What counts of its annual value.")
    effort: DaysBody = Field(description="Open work with the usual underestimate, in working days.")
    confidence_counts: list[int] = Field(
        description="Percent of the value that counts for its confidence, from and to."
    )
    commitment_counts: int = Field(description="Percent of the value that counts for the commitment behind it.")
    commitment: list[Part]
    business: str | None
    outcome_owner: str | None
    due: date | None
    blockers: int
    unowned: int = Field(description="Open musts whose duty nobody is named for.")
    on_front: bool
    dominated_by: str | None
    surely: bool
    fits: Fits

    @classmethod
    def of(cls, place: Place, currency: str | None) -> PlaceBody:
        """From the ranking's own value."""
        each: Estimate = place.estimate
        case = each.case
        return cls(
            rank=place.rank,
            name=case.name,
            title=case.title,
            stage=case.stage,
            value=_amounts(each.point.value, currency),
            effort=DaysBody(low=each.point.effort.low / DAY, high=each.point.effort.high / DAY),
            confidence_counts=list(each.confidence),
            commitment_counts=each.commitment,
            commitment=sorted(case.parts),
            business=case.business,
            outcome_owner=case.outcome_owner,
            due=case.due,
            blockers=case.blockers,
            unowned=case.unowned,
            on_front=place.on_front,
            dominated_by=place.dominated_by,
            surely=place.surely,
            fits=place.fits,
        )


class PickBody(Wire):
    """A pilot worth pushing next, with its reasons."""

    place: PlaceBody
    reasons: list[str]
    sensitivity: SensitivityBody


class NotRankableBody(Wire):
    """A use case that cannot be ranked, and why."""

    name: str
    title: str
    stage: Stage | None
    reasons: list[WhyNot]

    @classmethod
    def of(cls, each: NotRankable) -> NotRankableBody:
        """From the ranking's own value."""
        return cls(name=each.case.name, title=each.case.title, stage=each.case.stage, reasons=list(each.reasons))


class FlipBody(Wire):
    """One change of facts that would move a use case among the picks, or out of them."""

    name: str
    moves: Literal["in", "out"]
    fact: str
    words: str
    person: str | None

    @classmethod
    def of(cls, flip: Flip) -> FlipBody:
        """From the ranking's own value."""
        return cls.model_validate(flip)


class MovedBody(Wire):
    """What a supposition did to one use case; null is not rankable."""

    name: str
    before: int | None
    after: int | None
    was_picked: bool
    is_picked: bool


class PolicyBody(Wire):
    """The ranking policy in force."""

    title: str
    digest: str
    shipped: bool = Field(description="True while the organisation has declared none of its own.")
    generation: int | None
    spec: dict[str, Any]

    @classmethod
    def of(cls, found: PolicyInForce) -> PolicyBody:
        """From the ranking's own value."""
        spec = found.policy.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return cls(
            title=found.policy.title,
            digest=found.digest,
            shipped=found.is_shipped,
            generation=found.generation,
            spec=spec,
        )


class RankingBody(Wire):
    """The ranking at an instant."""

    at: datetime
    currency: str | None
    total: int
    rankable: int
    picks: list[PickBody]
    front: list[str]
    places: list[PlaceBody]
    not_rankable: list[NotRankableBody]
    reasons: dict[WhyNot, int] = Field(description="How many cannot be ranked, by reason.")
    near: list[SensitivityBody] = Field(description="Not picked, and among the picks in some scenarios.")
    scenarios: int
    flips: list[FlipBody]
    moved: list[MovedBody]
    policy: PolicyBody

    @classmethod
    def of(cls, ranked: Ranked, most: int) -> RankingBody:
        """From the ranking's own value."""
        counts = Counter(reason for each in ranked.not_rankable for reason in each.reasons)
        return cls(
            at=ranked.at,
            currency=ranked.currency,
            total=ranked.total,
            rankable=len(ranked.places),
            picks=[
                PickBody(
                    place=PlaceBody.of(pick.place, ranked.currency),
                    reasons=list(pick.reasons),
                    sensitivity=SensitivityBody.model_validate(pick.sensitivity),
                )
                for pick in ranked.picks
            ],
            front=[place.estimate.case.name for place in ranked.front[:most]],
            places=[PlaceBody.of(place, ranked.currency) for place in ranked.places[:most]],
            not_rankable=[NotRankableBody.of(each) for each in ranked.not_rankable[:most]],
            reasons={reason: counts[reason] for reason in WhyNot},
            near=[SensitivityBody.model_validate(each) for each in ranked.near[:most]],
            scenarios=ranked.scenarios,
            flips=[FlipBody.of(flip) for flip in ranked.flips],
            moved=[MovedBody.model_validate(each) for each in ranked.moved],
            policy=PolicyBody.of(ranked.policy),
        )


def _amounts(span: Span, currency: str | None) -> AmountsBody:
    low, high = (str(Money(minor, currency or "XXX")) for minor in span)
    return AmountsBody(low=low, high=high)


@router.get("/ranking")
def ranking(app: Application, _caller: Signed, most: Most = 100) -> RankingBody:
    """Which pilots to push next, why, how firmly, what would change it, and what cannot be ranked."""
    return RankingBody.of(app.ranking.rank(), most)


@router.post("/ranking/what-if")
def what_if(given: WhatIf, app: Application, _caller: Reading, most: Most = 100) -> RankingBody:
    """The ranking under a supposition. Nothing of it is stored."""
    return RankingBody.of(app.ranking.rank(given), most)


@router.get("/ranking/policy")
def policy(app: Application, _caller: Signed) -> PolicyBody:
    """The ranking policy in force: every assumption that a ranking rests on."""
    return PolicyBody.of(app.ranking.policy())
