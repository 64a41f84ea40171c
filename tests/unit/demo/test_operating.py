"""What runs in the demo, and what stands against it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from roadworthy.app import App, open_home
from roadworthy.decide.certificate.states import CertificateState
from roadworthy.decide.review.model import Verdict
from roadworthy.decide.review.states import ReviewState
from roadworthy.demo.pilots import AGENT, CLINIC, REVIEWER
from roadworthy.demo.service import Generated
from roadworthy.documents.question.model import Asked, Part
from roadworthy.foundation.settings import Settings


@pytest.fixture(scope="module")
def app(told: tuple[Path, Generated], home: Path) -> Iterator[App]:
    del told
    with open_home(Settings(home=home)) as (opened, _lock):
        yield opened


def test_there_is_a_certificate_in_each_state(app: App) -> None:
    found = {each.state for each in app.operation.certificates.listed()}
    assert found == set(CertificateState)


def test_reviews_ended_in_a_go_under_conditions_and_in_a_no(app: App) -> None:
    verdicts = {each.verdict for each in app.operation.reviews.listed(state=ReviewState.DECIDED)}
    assert verdicts >= {Verdict.GO, Verdict.CONDITIONAL_GO, Verdict.NO_GO}
    assert app.operation.reviews.listed(state=ReviewState.OPEN)
    assert app.operation.reviews.learned()


def test_a_release_runs_as_something_else_and_a_pilot_is_stopped(app: App) -> None:
    (certificate,) = app.operation.certificates.of(AGENT)
    assert (certificate.state, certificate.cause) == (CertificateState.SUSPENDED, "release-mismatch")
    assert [stop.scope for stop in app.operation.certificates.stops.listed()] == [CLINIC]


def test_the_record_of_the_demo_answers_in_full(app: App) -> None:
    """Who let the reviewer of documents go on: five people, with a condition, and nothing that is not on record."""
    asked = app.questions.ask(Asked.USE_CASE, REVIEWER)
    assert asked.finding.startswith("Approved on ")
    assert len([line for line in asked.chapter(Part.OVERSIGHT).lines if line.says.endswith("approved it.")]) == 5
    assert all(proof.proven for proof in asked.proofs)
    assert asked.open == ()
    before = app.questions.ask(Asked.USE_CASE, CLINIC)
    assert "without a decision, when no decision rights were in force" in before.finding
