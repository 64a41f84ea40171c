"""Budgets: what calls may use together, how their windows stand over all processes, and when they will be full."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path
from pydantic import Field

from roadworthy.interfaces.api.wire import Application, Signed, Wire
from roadworthy.interfaces.routes import Routes
from roadworthy.operate.admission.limits.forecast import Says
from roadworthy.operate.admission.limits.overview import Budgeted, Gauge
from roadworthy.operate.admission.limits.words import shown

router = Routes(prefix="/budgets", tags=["budgets"])

Budget = Annotated[str, Path(max_length=120, description="Its name.")]


class BudgetForecast(Wire):
    """What will become of a window if it goes on like this."""

    says: Says
    full_at: datetime | None = Field(
        description="When it is full at the rate so far; null where it is not before its end."
    )
    by_end: int | None = Field(description="What it would come to by its end, at the rate so far.")
    seconds: int = Field(description="Over which the rate was taken.")
    before: list[int] = Field(description="What the windows before came to, the latest first.")


class BudgetGauge(Wire):
    """A ceiling, and how its present window stands for one subject. Money is in millionths of the currency's unit."""

    name: str = Field(
        description="Of the budget; of use case and stage, or endpoint, where a certificate or pilot bounds."
    )
    rule: str = Field(description="As refusals and records name it.")
    shown: str = Field(description="The ceiling in words.")
    counter: str
    unit: str
    most: int
    used: int = Field(description="As far as processes said; each says so every second.")
    unknown: int = Field(
        description="Held by processes that are not heard of any more; counts as used until reconciled."
    )
    leased: int = Field(description="In the hands of processes, what they used of it included.")
    percent: int = Field(description="Of the ceiling, what is used or in doubt.")
    subject: dict[str, str] = Field(description="What is counted apart: dimension to value; users as pseudonyms.")
    starts: datetime | None
    ends: datetime | None = Field(description="Null for calls at the same time.")
    forecast: BudgetForecast

    @classmethod
    def of(cls, gauge: Gauge) -> BudgetGauge:
        """From the service's own value."""
        standing, ahead = gauge.standing, gauge.forecast
        return cls(
            name=standing.budget,
            rule=standing.rule,
            shown=shown(gauge.limit),
            counter=standing.counter,
            unit=standing.unit,
            most=standing.most,
            used=standing.used,
            unknown=standing.unknown,
            leased=standing.leased,
            percent=gauge.percent,
            subject=dict(standing.subject),
            starts=None if standing.ends is None else datetime.fromtimestamp(standing.starts, UTC),
            ends=None if standing.ends is None else datetime.fromtimestamp(standing.ends, UTC),
            forecast=BudgetForecast(
                says=ahead.says,
                full_at=ahead.full_at,
                by_end=ahead.by_end,
                seconds=ahead.seconds,
                before=list(ahead.before),
            ),
        )


class BudgetBody(Wire):
    """A declared budget."""

    name: str
    title: str | None
    use_cases: list[str] = Field(description="Of which calls count; empty for all.")
    each: list[str] = Field(description="What is counted apart.")
    subjects: int = Field(description="How many there are; the two hundred fullest of each ceiling are listed.")
    gauges: list[BudgetGauge]

    @classmethod
    def of(cls, found: Budgeted) -> BudgetBody:
        """From the service's own value."""
        return cls(
            name=found.name,
            title=found.spec.title,
            use_cases=list(found.spec.use_cases),
            each=list(found.spec.each),
            subjects=found.subjects,
            gauges=[BudgetGauge.of(each) for each in found.gauges],
        )


class BudgetsBody(Wire):
    """Everything that bounds calls."""

    budgets: list[BudgetBody]
    others: list[BudgetGauge] = Field(description="What certificates and pilots bound, where calls were counted.")


class BudgetReconciliation(Wire):
    """What dead processes really used."""

    used: Annotated[int, Field(ge=0, le=2**53 - 1, description="Of all that is in doubt, in the unit of the ceiling.")]
    reason: Annotated[str, Field(min_length=1, max_length=2_000, description="How that is known.")]


class BudgetReconciled(Wire):
    """What became of it."""

    given_back: int


@router.get("")
def listed(app: Application, _caller: Signed) -> BudgetsBody:
    """Every budget with its gauges, and what certificates and pilots bound."""
    budgets = app.admitting.budgets
    return BudgetsBody(
        budgets=[BudgetBody.of(each) for each in budgets.listed()],
        others=[BudgetGauge.of(each) for each in budgets.others()],
    )


@router.get("/{budget}")
def show(budget: Budget, app: Application, _caller: Signed) -> BudgetBody:
    """One budget with its gauges and forecasts."""
    return BudgetBody.of(app.admitting.budgets.get(budget))


@router.post("/{budget}/reconcile")
def reconcile(budget: Budget, given: BudgetReconciliation, app: Application, caller: Signed) -> BudgetReconciled:
    """Say what dead processes really used of a budget; the rest of what they held is given back."""
    done = app.admitting.budgets.reconcile(caller.context, budget, given.used, given.reason)
    return BudgetReconciled(given_back=done)
