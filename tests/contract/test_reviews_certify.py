"""From a verdict to a certificate that stands, and from a stop to one that does not, with nothing replaced."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from roadworthy.decide.certificate.states import CertificateState
from roadworthy.decide.review.model import AskedCondition, ItemKind, Opening
from roadworthy.decide.review.states import ReviewState
from roadworthy.evidence.model import Submission
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.model import Stage
from tests.harness.governed import CASE
from tests.harness.reviewed import BUSINESS, PROMOTE, REVIEW, RITA, ROB, Reviewing, reviewing


@pytest.fixture
def made(store: Store, tmp_path: Path) -> Iterator[Reviewing]:
    with reviewing(store, tmp_path, REVIEW, PROMOTE, certifying=True) as opened:
        yield opened


def test_a_go_issues_a_certificate_and_a_stop_withdraws_it_in_the_unit_of_the_last_vote(made: Reviewing) -> None:
    certificates, release = made.board.app.operation.certificates, made.release()
    due = made.board.deployment.clock.now() + dt.timedelta(days=20)
    condition = AskedCondition("c1", "Try it with dialects", made.board.ref(ROB), due)
    done = made.decided(made.open(release=release), "conditional-go", conditions=(condition,), lasts=86_400 * 90)
    assert done.certificate is not None
    certificate = certificates.get(done.certificate)
    assert (certificate.state, certificate.release, certificate.review) == (CertificateState.VALID, release, done.id)
    assert certificate.deciders == tuple(sorted(map(made.board.ref, (RITA, BUSINESS))))
    assert certificate.expires_at - certificate.issued_at == dt.timedelta(days=90)
    assert [each.what for each in certificate.conditions] == [condition.what]
    assert made.board.app.inventory.subject(CASE).spec.stage is Stage.PRODUCTION
    again = made.open(release=release)
    assert {"c1"} <= {item.id for item in made.reviews.agenda(again.id) if item.kind is ItemKind.CONDITION}
    stopped = made.decided(again, "stop")
    assert stopped.content is not None
    assert stopped.content["withdraws"] == [certificate.serial]
    assert certificates.get(certificate.serial).state is CertificateState.WITHDRAWN
    told = ["review.decided", "use-case.applied", "certificate.issued", "certificate.withdrawn", "review.notice-sent"]
    whats = [entry.what for entry in made.board.entries("") if entry.what in told]
    assert whats[whats.index("review.decided") :] == [*told[:3], told[0], *told[3:]]


def test_a_second_go_takes_the_place_of_the_first_and_its_time_brings_a_third_review(made: Reviewing) -> None:
    certificates = made.board.app.operation.certificates
    first = made.decided(made.open(release=made.release()))
    made.later(hours=1)
    second = made.decided(made.open(release=made.release(name="r2", model="b")))
    assert first.certificate is not None
    assert second.certificate is not None
    assert certificates.get(first.certificate).state is CertificateState.WITHDRAWN
    assert certificates.get(second.certificate).state is CertificateState.VALID
    made.later(days=100)
    (again,) = made.reviews.listed(state=ReviewState.OPEN)
    assert again.release == second.release
    assert again.opening in {Opening.CADENCE, Opening.TRIGGER}


def test_a_certificate_does_not_rest_on_what_had_run_out_or_was_disputed_when_it_was_decided(made: Reviewing) -> None:
    now, board = made.board.deployment.clock.now(), made.board
    said = {"answer": "yes", "observedFrom": now.date().isoformat(), "observedTo": now.date().isoformat()}
    ids = []
    for fact, days in (("integration.monitored", 2), ("data.documented", 60), ("governance.risks-identified", 60)):
        end = (now + dt.timedelta(days=days)).isoformat()
        given = Submission.model_validate({**said, "fact": fact, "expires": end, "statement": "It is so."})
        ids.append(board.app.evidence.submit(board.context("vera@halden.example"), CASE, given).id)
    board.app.evidence.contest(board.context(ROB), ids[2], "Nobody treated the third.")
    made.later(days=3)
    done = made.decided(made.open(release=made.release()))
    assert done.certificate is not None
    assert set(done.content["frozen"]["evidence"]) & set(ids) == {ids[1]} if done.content else False
    made.later(days=30)
    assert board.app.operation.certificates.get(done.certificate).state is CertificateState.VALID
    assert board.app.operation.certificates.troubles(done.certificate) == []
