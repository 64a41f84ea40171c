"""Use cases and claims for the tests of readiness."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from roadworthy.decide.readiness.model import Rubric
from roadworthy.evidence.model import Claim, Method
from roadworthy.evidence.rules import FRESHNESS
from roadworthy.inventory.facts import FACTS, Answer
from roadworthy.inventory.model import Duty, UseCase
from roadworthy.inventory.rules import Acceptance, seats_of, tier_of
from roadworthy.inventory.service import Subject
from roadworthy.inventory.store import ReportedAnswer

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)

PERFECT: dict[str, Any] = {
    "title": "Claims triage",
    "purpose": "Shortens the first decision on a claim.",
    "outputs": "A draft decision with its grounds.",
    "organisation": "Halden",
    "sector": "government",
    "class": "generative",
    "stage": "candidate",
    "risk": {"impact": "rights", "autonomy": "recommends", "personalData": "personal", "exposure": "customers"},
    "postures": ["nist-ai-rmf"],
    "components": [{"kind": "model", "name": "drafter", "version": "4.2"}],
    "data": [
        {
            "name": "claims",
            "pilot": "sample.csv",
            "production": "warehouse.claims",
            "refresh": "15m",
            "steward": "omar@halden.example",
            "sourceOfTruth": True,
        }
    ],
    "integrations": [
        {
            "system": "case system",
            "direction": "both",
            "identity": "on-behalf-of",
            "failureModes": ["down: clerks go on by hand"],
            "rollback": "compensate",
        }
    ],
    "owners": {duty.value: f"{duty.value}@halden.example" for duty in Duty},
    "outcome": {
        "metric": "days to first decision",
        "baseline": "6.2",
        "target": "4.0",
        "by": "2027-03-31",
        "owner": "priya@halden.example",
        "annualValue": {"low": "100000 EUR", "high": "200000 EUR", "basis": "hours saved", "confidence": "low"},
    },
}
"""A use case that leaves nothing unsaid."""


def claim(answer: Answer, method: Method = Method.DOCUMENTED, days_ago: int = 10, id_: str | None = None) -> Claim:
    """A claim observed some days before `NOW`."""
    observed = NOW - dt.timedelta(days=days_ago)
    return Claim(answer, method, observed, observed + FRESHNESS[method], id_)


ALL_YES: Mapping[str, Sequence[Claim]] = {fact: [claim(Answer.YES)] for fact in FACTS}


def subject(
    spec: Mapping[str, Any] | None = None,
    accepted: Sequence[Duty] = tuple(Duty),
    answers: Mapping[str, Answer] | None = None,
) -> Subject:
    """A use case as the inventory gives it; accepted are those of the duties that name somebody."""
    declared = UseCase.model_validate(PERFECT if spec is None else spec)
    acceptances = [
        Acceptance(duty, person, "ref", NOW) for duty in accepted if (person := declared.owners.of(duty)) is not None
    ]
    told = {
        fact: ReportedAnswer("claims-triage", fact, answer, "import", "C7", NOW - dt.timedelta(days=10))
        for fact, answer in (answers or {}).items()
    }
    return Subject(
        name="claims-triage",
        revision=1,
        generation=1,
        spec=declared,
        tier=tier_of(declared.risk, declared.class_),
        seats=seats_of(declared.owners, acceptances),
        answers=told,
        mismatches=(),
    )


def rubric_of(*criteria: Mapping[str, Any]) -> Rubric:
    """A rubric with these criteria under data, and one that is easily met in each other dimension."""
    titled = {"requires": {"fields": {"all": ["title"]}}}
    return Rubric.model_validate(
        {
            "title": "test",
            "dimensions": {
                "data": [criterion(**given) for given in criteria],
                "governance": [criterion(id="g", **titled)],
                "integration": [criterion(id="i", **titled)],
                "ownership": [criterion(id="o", **titled)],
            },
        }
    )


def criterion(**given: Any) -> dict[str, Any]:
    """A criterion; what the test does not say is filled in."""
    return {
        "id": "it",
        "title": "It is so",
        "why": "Because.",
        "level": "must",
        "effort": {"low": 1, "high": 2},
        "duty": "platform",
        "turnsGreen": "Make it so.",
        **given,
    }
