"""Releases with certificates: going back to what was certified last, and the gate that a pipeline asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from roadworthy.decide.approvals.requests import Proposal
from roadworthy.decide.certificate.deciding import Asked as AskedOfCertificate
from roadworthy.decide.certificate.deciding import Change
from roadworthy.decide.certificate.model import Cause, Certificate, Trouble
from roadworthy.decide.certificate.states import CertificateState
from roadworthy.decide.readiness.model import Rubric
from roadworthy.decide.review.model import ProposedVerdict, Verdict
from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import Conflict, NotFound
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.model import Duty, Stage
from roadworthy.operate.releases.gate_rules import CheckName, Gate, Outcome
from roadworthy.operate.releases.model import Doing, Known, Part, PartKind, Sighting
from tests.harness.governed import CASE, FIRST, Board, ask, governed
from tests.harness.issued import issued
from tests.unit.decide.readiness.cases import PERFECT, rubric_of

BY = "dana@halden.example"
RITA = "rita@halden.example"


@dataclass
class Depot:
    """A use case in production with releases."""

    board: Board

    def record(self, name: str, known: Known = Known.OBSERVED) -> str:
        part = Part(PartKind.MODEL, "triage", digest(name.encode()), known, "file")
        recorded = self.board.app.operation.releases.record(self.board.context(BY), CASE, name, [part])
        return recorded.digest

    def certify(self, release: str, **more: Any) -> Certificate:
        self.board.deployment.clock.advance(dt.timedelta(minutes=1))
        return issued(self.board.app, self.board.context(BY), CASE, release=release, items={}, **more)

    def move(self, does: Doing = Doing.DEPLOY, **more: Any) -> Any:
        content = {"does": does.value, "useCase": CASE, "reason": "it is time", **more}
        return self.board.app.operation.releases.move(self.board.context(BY), content)

    def live(self, name: str, **more: Any) -> tuple[str, Certificate]:
        """A release that is certified and runs."""
        release = self.record(name)
        certificate = self.certify(release, **more)
        self.move(release=name)
        return release, certificate

    def change(self, change: Change, about: str, **more: Any) -> None:
        asked = AskedOfCertificate(change, about, "something is wrong", **more)
        self.board.app.operation.certificates.change(self.board.context(BY), asked)

    def later(self, **span: int) -> None:
        self.board.deployment.clock.advance(dt.timedelta(**span))
        self.tick()

    def certificate(self, certificate: Certificate) -> Certificate:
        return self.board.app.operation.certificates.get(certificate.serial)

    def troubles(self, certificate: Certificate) -> list[Trouble]:
        found = self.board.app.operation.certificates.troubles(certificate.serial)
        return [each for each in found if each.ended_at is None]

    def see(self, text: str) -> None:
        seen = Sighting(PartKind.MODEL, "triage", digest(text.encode()), "running", "service")
        self.board.app.operation.releases.observe(self.board.context(BY), CASE, [seen])
        self.tick()

    def tick(self) -> None:
        self.board.app.ledger.settle()
        self.board.app.consumers.tick()
        self.board.app.timers.tick()

    @property
    def running(self) -> str:
        return self.board.app.operation.releases.running(CASE)["production"]

    def gate(self, release: str | None = None, *tolerated: CheckName) -> Gate:
        return self.board.app.operation.gates.look(CASE, Stage.PRODUCTION, release, tolerated)

    def certificates(self) -> list[Certificate]:
        return self.board.app.operation.certificates.of(CASE)


@pytest.fixture
def depot(store: Store, tmp_path: Path) -> Iterator[Depot]:
    with governed(store, tmp_path) as board:
        wants = {"id": "purpose", "title": "It has a purpose", "requires": {"fields": {"all": ["purpose"]}}}
        rubric = rubric_of(wants).model_dump(mode="json", by_alias=True, exclude_defaults=True)
        board.deployment.declare({"default": rubric}, Rubric)
        board.deployment.declare({CASE: {**PERFECT, "stage": "production"}})
        for duty in Duty:
            board.deployment.accept(CASE, duty)
        opened = Depot(board)
        opened.tick()  # consumers begin where the record is when they first look
        yield opened


def failed(gate: Gate) -> set[str]:
    return {check.name.value for check in gate.checks if check.outcome is Outcome.FAILED}


def warned(gate: Gate) -> set[str]:
    return {check.name.value for check in gate.checks if check.outcome is Outcome.WARNED}


# ---------------------------------------------------------------- going back


def test_one_command_goes_back_to_the_release_that_was_certified_last(depot: Depot) -> None:
    first, former = depot.live("r1")
    _, newer = depot.live("r2")
    assert [each.state for each in depot.certificates()] == [CertificateState.VALID, CertificateState.WITHDRAWN]
    move = depot.move(Doing.ROLL_BACK, reasonCode="worse-answers", urgent=True).move
    assert depot.running == first
    again = depot.board.app.operation.certificates.get(move.certificate)
    assert (again.release, again.state) == (first, CertificateState.VALID)
    assert again.expires_at == former.expires_at, "going back gives no more time"
    assert (again.review, again.evidence) == (former.review, former.evidence)
    ended = depot.board.app.operation.certificates.get(newer.serial)
    assert (ended.state, ended.cause) == (CertificateState.WITHDRAWN, "rolled-back")
    (entry,) = depot.board.entries("release.rolled-back")
    assert (entry.decision, entry.facts["certificate"]) == ("roll-back", again.serial)
    assert (entry.facts["reason_code"], entry.facts["urgent"]) == ("worse-answers", True)


def test_nobody_goes_back_to_what_one_just_went_back_from(depot: Depot) -> None:
    depot.live("r1")
    depot.live("r2")
    depot.move(Doing.ROLL_BACK)
    with pytest.raises(Conflict) as nothing:
        depot.move(Doing.ROLL_BACK)
    assert nothing.value.code == "release-none-certified"


def test_nobody_goes_back_to_what_was_suspended_withdrawn_or_is_over(depot: Depot) -> None:
    _, suspended = depot.live("r1")
    depot.change(Change.SUSPEND, suspended.serial)
    _, withdrawn = depot.live("r2")
    depot.change(Change.WITHDRAW, withdrawn.serial)
    depot.live("r3", lasts=3_600)
    depot.live("r4")
    depot.board.deployment.clock.advance(dt.timedelta(hours=2))
    with pytest.raises(Conflict) as nothing:
        depot.move(Doing.ROLL_BACK)
    assert nothing.value.code == "release-none-certified"


def test_going_back_from_an_emergency_keeps_the_certificate_that_holds(depot: Depot) -> None:
    first, certificate = depot.live("r1")
    depot.record("hotfix")
    depot.move(release="hotfix", emergency=True)
    assert depot.move(Doing.ROLL_BACK).move.certificate == certificate.serial
    assert depot.running == first
    assert len(depot.certificates()) == 1


def test_an_emergency_stands_against_the_certificate_until_somebody_goes_back(depot: Depot) -> None:
    _, certificate = depot.live("r1")
    replaced = depot.record("hotfix")
    depot.later(hours=1)
    depot.move(release="hotfix", emergency=True)
    depot.tick()
    (trouble,) = depot.troubles(certificate)
    assert (trouble.cause, trouble.about) == (Cause.RELEASE_REPLACED, f"release/{replaced}")
    whats = [each.what for each in depot.board.entries("certificate.")]
    assert whats[-2:] == ["certificate.troubled", "certificate.told"]
    assert depot.certificate(certificate).state is CertificateState.VALID, "told, and nothing happened yet"
    depot.later(hours=25)
    assert depot.certificate(certificate).state is CertificateState.NARROWED
    depot.later(days=2)
    gone = depot.certificate(certificate)
    assert (gone.state, gone.cause) == (CertificateState.SUSPENDED, "release-replaced")
    depot.change(Change.RESUME, certificate.serial, despite=(trouble.id,))
    depot.move(Doing.ROLL_BACK)
    depot.tick()
    assert depot.troubles(certificate) == []


def test_an_emergency_is_over_when_what_runs_is_certified(depot: Depot) -> None:
    _, certificate = depot.live("r1")
    hotfix = depot.record("hotfix")
    depot.later(hours=1)
    depot.move(release="hotfix", emergency=True)
    depot.tick()
    assert depot.troubles(certificate)
    newer = depot.certify(hotfix)
    depot.tick()
    assert depot.certificate(certificate).state is CertificateState.WITHDRAWN
    assert (depot.troubles(certificate), depot.troubles(newer)) == ([], [])


def test_what_is_certified_and_not_deployed_yet_is_no_emergency(depot: Depot) -> None:
    depot.live("r1")
    waits = depot.certify(depot.record("r2"))
    depot.later(hours=1)
    assert depot.troubles(waits) == []


def test_going_back_takes_its_own_right(depot: Depot) -> None:
    first, _ = depot.live("r1")
    depot.live("r2")
    board = depot.board
    board.signed(ask("rights", ["change-rights"], {"person": FIRST}), ask("back", ["roll-back"], {"group": "risk"}))
    waits = depot.move(Doing.ROLL_BACK).request
    assert waits.title == f"Roll {CASE} back to r1 at production"
    board.approve(RITA, waits)
    assert depot.running == first
    (live,) = [each for each in depot.certificates() if each.state is CertificateState.VALID]
    assert (live.request, live.deciders) == (waits.id, (board.ref(RITA),))


def test_nobody_chooses_by_hand_what_one_goes_back_to(depot: Depot) -> None:
    first, former = depot.live("r1")
    depot.live("r2")
    _, newest = depot.live("r3")
    board = depot.board
    board.signed(ask("rights", ["change-rights"], {"person": FIRST}), ask("back", ["roll-back"], {"group": "risk"}))
    content = {"does": "roll-back", "useCase": CASE, "stage": "production", "reason": "It got worse."}
    for by_hand in ({"certificate": former.serial}, {"release": first}, {"certificate": newest.serial}):
        proposal = Proposal("release", {**content, **by_hand}, "It got worse.")
        request = board.app.approvals.propose(board.context(BY), proposal)
        assert request.title == f"Roll {CASE} back to r2 at production", "it is looked up, whatever was said"
        assert request.content["certificate"] not in {former.serial, newest.serial}
        board.app.approvals.withdraw(board.context(BY), request.id, "Tried.")


# ---------------------------------------------------------------- the gate


def test_the_gate_says_yes_to_what_is_certified_seen_and_runs(depot: Depot) -> None:
    depot.live("r1")
    gate = depot.gate()
    assert (gate.passed, failed(gate), warned(gate)) == (True, set(), set()), gate.checks
    assert [check.name for check in gate.checks] == list(CheckName)


def test_the_gate_names_what_is_missing(depot: Depot) -> None:
    assert failed(depot.gate()) == {"release", "certificate"}
    depot.record("r1", Known.ASSERTED)
    assert failed(depot.gate()) == {"observed", "certificate"}
    assert failed(depot.gate("r1", CheckName.OBSERVED, CheckName.CERTIFICATE)) == {"certificate"}
    with pytest.raises(NotFound):
        depot.gate("r9")


def test_the_gate_says_no_to_another_release_than_the_certified_one(depot: Depot) -> None:
    _, certificate = depot.live("r1")
    depot.record("r2")
    gate = depot.gate("r2")
    assert failed(gate) == {"certificate"}
    assert certificate.serial in next(check.says for check in gate.checks if check.name is CheckName.CERTIFICATE)
    assert depot.gate("r1").passed


def test_a_mismatch_closes_the_gate_and_stands_against_the_certificate(depot: Depot) -> None:
    depot.live("r1")
    depot.see("something else")
    gate = depot.gate()
    assert "matches" in failed(gate)
    assert "trouble" in warned(gate), "whoever watches certificates has heard of it"
    depot.see("r1")
    assert depot.gate().passed


@pytest.mark.parametrize(
    ("change", "check"), [(Change.NARROW, "whole"), (Change.SUSPEND, "certificate"), (Change.WITHDRAW, "certificate")]
)
def test_the_gate_follows_the_certificate(depot: Depot, change: Change, check: str) -> None:
    _, certificate = depot.live("r1")
    depot.change(change, certificate.serial)
    assert failed(depot.gate()) == {check}
    assert depot.gate(None, CheckName.WHOLE).passed is (change is Change.NARROW)


def test_the_gate_says_when_the_certificate_ends_and_when_it_has(depot: Depot) -> None:
    depot.live("r1", lasts=20 * 86_400)
    depot.board.deployment.clock.advance(dt.timedelta(days=10))
    assert "certificate" in warned(depot.gate())
    depot.board.deployment.clock.advance(dt.timedelta(days=11))
    gate = depot.gate()
    assert "certificate" in failed(gate)
    assert "expired" in next(check.says for check in gate.checks if check.name is CheckName.CERTIFICATE)


@pytest.mark.parametrize("scope", ["all", CASE])
def test_a_stop_switch_closes_the_gate(depot: Depot, scope: str) -> None:
    depot.live("r1")
    depot.board.app.operation.certificates.stops.set(depot.board.context(BY), scope, "It harms.")
    assert failed(depot.gate()) == {"stop"}


def test_what_was_decided_about_does_not_block_and_what_is_new_does(depot: Depot) -> None:
    board = depot.board
    spec = {**PERFECT, "stage": "candidate"}
    board.deployment.declare({CASE: spec})
    release = depot.record("r1")
    reviews = board.app.operation.reviews
    review = reviews.open(board.context(BY), CASE, Stage.PRODUCTION, release, "It did well.")
    reviews.decide(board.context(BY), review.id, ProposedVerdict(Verdict.GO, "It did what it should."))
    depot.move(release="r1")
    assert depot.gate().passed, depot.gate().checks
    without = {name: value for name, value in spec.items() if name != "purpose"}
    board.deployment.declare({CASE: {**without, "stage": "production"}})
    gate = depot.gate()
    assert "agenda" in failed(gate)
    assert depot.gate(None, CheckName.AGENDA).passed
