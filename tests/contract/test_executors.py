"""What was approved is carried out exactly, and nothing else, on both engines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from roadworthy.decide.approvals.executors.plan import PlanExecutor
from roadworthy.decide.approvals.requests import Proposal, Request
from roadworthy.decide.readiness.assessment import Tone, Verdict
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Refused
from roadworthy.foundation.resources.documents import Declared, declare
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.model import Duty
from roadworthy.inventory.rules import SeatState
from roadworthy.measure.data_audit import store as audit_rows
from roadworthy.measure.data_audit.model import GapStatus
from tests.harness.audits import claims
from tests.harness.governed import CASE, Board, ask, governed

RITA, ROB, PROPOSER = "rita@halden.example", "rob@halden.example", "proposer@halden.example"
CLASSES = ["promote", "waive", "accept-duty", "change-policy", "change-data", "retire", "roll-back", "deploy"]
RISK = ask("risk", CLASSES, {"group": "risk"})
SHORT = {"name": "short", "decides": ["suspend"], "decision": "approve"}


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path, RISK, SHORT) as opened:
        yield opened


def declared(board: Board, name: str = CASE, /, **spec: Any) -> Declared:
    return declare(board.app.registry.get("UseCase"), name, {"title": "Claims triage", **spec})


def proposed(board: Board, subject: str, content: Mapping[str, Any], by: str = PROPOSER) -> Request:
    return board.app.approvals.propose(board.context(by), Proposal(subject, content, "It is time."))


def planned(board: Board, *wanted: Declared) -> Request:
    return proposed(board, "plan", PlanExecutor.content(board.app.resources.plan(wanted)))


def test_a_promotion_is_refused_directly_and_done_by_the_last_vote(board: Board) -> None:
    wanted = declared(board, stage="pilot", owners={"product": PROPOSER})
    with pytest.raises(Refused) as refused:
        board.app.resources.apply(board.context(PROPOSER), board.app.resources.plan([wanted]))
    assert refused.value.code == "decision-needed"
    assert "roadworthy propose" in refused.value.remedy
    request = planned(board, wanted)
    assert "group risk can approve it" in refused.value.message
    assert request.title == "Promote claims from no stage to pilot, and change its owners"
    board.approve(RITA, request)
    assert board.get(request).state == "used"
    (newest, *_) = board.app.resources.history("UseCase", CASE)
    assert newest.source == f"decision/{request.id}"
    entry = next(each for each in board.entries("use-case.applied") if each.id == newest.entry_id)
    assert (entry.basis.rules, entry.basis.inputs) == (("risk",), request.digest)
    assert entry.oversight.given == (board.ref(RITA),)


def test_a_refusal_names_every_act_with_its_rule_and_who_could_say_yes(board: Board) -> None:
    wanted = [declared(board, stage="candidate", data=[{"name": "claims"}]), declared(board, "other", stage="pilot")]
    with pytest.raises(Refused) as refused:
        board.app.resources.apply(board.context(PROPOSER), board.app.resources.plan(wanted))
    assert [(found.place.source, found.message.split()[0]) for found in refused.value.findings] == [
        ("UseCase/claims", "`promote`"),
        ("UseCase/claims", "`change-data`"),
        ("UseCase/other", "`promote`"),
    ]
    assert all(found.message.endswith("; group risk can approve it") for found in refused.value.findings)
    assert all("`risk`" in found.message for found in refused.value.findings)


def test_a_promotion_whose_use_case_changed_is_voided_and_nothing_happens(board: Board) -> None:
    request = planned(board, declared(board, stage="pilot"))
    wanted = declared(board, purpose="Something else.")
    board.app.resources.apply(board.context(PROPOSER), board.app.resources.plan([wanted]))
    with pytest.raises(Conflict):
        board.approve(RITA, request)
    assert board.get(request).state == "voided"
    assert board.app.inventory.subject(CASE).spec.stage is None


def test_a_plan_of_another_state_cannot_be_proposed(board: Board) -> None:
    content = PlanExecutor.content(board.app.resources.plan([declared(board, stage="pilot")]))
    wanted = declared(board, purpose="Something else.")
    board.app.resources.apply(board.context(PROPOSER), board.app.resources.plan([wanted]))
    with pytest.raises(Conflict):
        proposed(board, "plan", content)
    same = board.app.resources.plan([wanted])
    with pytest.raises(InvalidInput) as refused:
        proposed(board, "plan", {"plan": same.to_text()})
    assert refused.value.code == "plan-without-change"


# ------------------------------------------------------------ waivers


def gap_of(board: Board) -> str:
    gap = replace(claims().gaps[0], status=GapStatus.OPEN, waiver=None)
    board.app.store.write(lambda connection: audit_rows.keep_gap(connection, CASE, gap, "run-1"))
    return gap.id


def terms(board: Board, **more: str) -> dict[str, str]:
    until = board.deployment.clock.now() + dt.timedelta(days=30)
    return {"reason": "It can wait.", "control": "A person looks.", "expiresAt": until.isoformat(), **more}


def test_a_gap_is_waived_by_decision_only(board: Board) -> None:
    gap = gap_of(board)
    until = board.deployment.clock.now() + dt.timedelta(days=30)
    with pytest.raises(Refused, match="needs a decision"):
        board.app.audits.waive(board.context(PROPOSER), gap, "It can wait.", "A person looks.", until)
    request = proposed(board, "waive-gap", terms(board, gap=gap))
    (act,) = request.acts
    assert (act.facts["what"], act.facts["lasts"], act.facts["renewal"]) == ("gap", 30 * 86_400, False)
    assert request.content["finding"]
    board.later(days=2)
    board.approve(RITA, request)
    (found,) = [each for each in board.app.audits.gaps(CASE) if each.id == gap]
    assert found.status is GapStatus.WAIVED
    assert found.waiver is not None
    assert found.waiver.expires_at == until
    (entry,) = board.entries("gap.waived")
    assert (entry.basis.rules, entry.oversight.given) == (("risk",), (board.ref(RITA),))
    assert "gap-waiver.expiry" in {timer.kind for timer in board.app.timers.ahead()}
    board.later(days=30)
    (found,) = [each for each in board.app.audits.gaps(CASE) if each.id == gap]
    assert found.status is GapStatus.OPEN


def test_a_waiver_whose_time_is_over_before_somebody_decides_is_not_carried_out(board: Board) -> None:
    gap = gap_of(board)
    until = board.deployment.clock.now() + dt.timedelta(days=3)
    request = proposed(board, "waive-gap", {**terms(board, gap=gap), "expiresAt": until.isoformat()})
    board.later(days=4)
    with pytest.raises(Conflict):
        board.approve(RITA, request)
    assert board.get(request).state == "voided"


def test_a_gap_that_was_seen_anew_voids_what_was_decided_about_it(board: Board) -> None:
    gap = gap_of(board)
    request = proposed(board, "waive-gap", terms(board, gap=gap))
    worse = replace(claims().gaps[0], status=GapStatus.OPEN, waiver=None, finding="It is much worse.")
    board.app.store.write(lambda connection: audit_rows.keep_gap(connection, CASE, worse, "run-2"))
    with pytest.raises(Conflict):
        board.approve(RITA, request)
    assert board.get(request).state == "voided"


def test_a_waiver_says_everything_that_it_needs(board: Board) -> None:
    whole = terms(board, gap=gap_of(board))
    for field in whole:
        with pytest.raises(InvalidInput):
            proposed(board, "waive-gap", {name: value for name, value in whole.items() if name != field})
        with pytest.raises((InvalidInput, NotFound)):
            proposed(board, "waive-gap", {**whole, field: " "})


def test_a_criterion_is_waived_by_decision_for_a_time_and_is_never_met_by_that(board: Board) -> None:
    app = board.app
    before = app.readiness.of(CASE)
    blocked = before.blocking[0]
    name, dimension = blocked.criterion.id, blocked.dimension
    until = board.deployment.clock.now() + dt.timedelta(days=30)
    with pytest.raises(Refused, match="needs a decision"):
        app.waivers.waive(board.context(PROPOSER), CASE, name, "It can wait.", "A person looks.", until)
    request = proposed(board, "waive-criterion", terms(board, useCase=CASE, criterion=name))
    assert request.title == f"Waive a criterion for {CASE}: {blocked.criterion.title}"
    board.approve(RITA, request)
    after = app.readiness.of(CASE)
    (judged,) = [each for each in after.judgements if each.criterion.id == name]
    assert judged.verdict is Verdict.PARTIAL
    assert judged.waived_until == until
    assert judged.why.startswith("waived until ")
    assert after.revision > before.revision
    assert after.dimensions[dimension].tone is not Tone.GREEN
    (waiver,) = app.waivers.of(CASE)
    assert waiver.control == "A person looks."
    board.later(days=31)
    (judged,) = [each for each in app.readiness.of(CASE).judgements if each.criterion.id == name]
    assert (judged.verdict, judged.waived_until) == (blocked.verdict, None)
    assert [entry.what for entry in board.entries("criterion.")] == ["criterion.waived", "criterion.waiver-ended"]
    again = proposed(board, "waive-criterion", terms(board, useCase=CASE, criterion=name))
    assert again.acts[0].facts["renewal"] is True


def test_a_waiver_of_a_criterion_can_be_taken_back_by_anybody_who_minds(board: Board) -> None:
    app = board.app
    name = app.readiness.of(CASE).blocking[0].criterion.id
    board.approve(RITA, proposed(board, "waive-criterion", terms(board, useCase=CASE, criterion=name)))
    app.waivers.unwaive(board.context(ROB), CASE, name, "The control is gone.")
    with pytest.raises(Conflict, match="nobody has waived"):
        app.waivers.unwaive(board.context(ROB), CASE, name, "Again.")
    (judged,) = [each for each in app.readiness.of(CASE).judgements if each.criterion.id == name]
    assert judged.waived_until is None


def test_only_criteria_of_the_rubric_can_be_waived(board: Board) -> None:
    with pytest.raises(NotFound) as refused:
        proposed(board, "waive-criterion", terms(board, useCase=CASE, criterion="no-such"))
    assert refused.value.code == "criterion-unknown"


# ------------------------------------------------------------ duties


def test_a_duty_is_taken_on_by_whoever_is_named_once_others_agreed(board: Board) -> None:
    wanted = declared(board, owners={"governance": PROPOSER})
    board.app.resources.apply(board.context(PROPOSER), board.app.resources.plan([wanted]))
    asked = {"useCase": CASE, "duty": "governance"}
    with pytest.raises(Refused):
        proposed(board, "accept-duty", asked, by=ROB)
    with pytest.raises(InvalidInput):
        proposed(board, "accept-duty", {**asked, "duty": "janitor"})
    with pytest.raises(Refused, match="needs a decision"):
        board.deployment.accept(CASE, Duty.GOVERNANCE)
    request = proposed(board, "accept-duty", {**asked, "person": board.ref(ROB)})
    assert request.content["person"] == board.ref(PROPOSER)
    board.approve(RITA, request)
    seat = board.app.inventory.subject(CASE).seats[Duty.GOVERNANCE]
    assert (seat.state, seat.ref) == (SeatState.ACCEPTED, board.ref(PROPOSER))
    person = board.app.identity.local_user(PROPOSER).person
    board.app.inventory.release(board.context(PROPOSER), person, CASE, Duty.GOVERNANCE, "No time.")


# ------------------------------------------------------------ others do it


def external(**changed: Any) -> dict[str, Any]:
    return {"decides": "deploy", "useCase": CASE, "facts": {"release": "2026.11"}, **changed}


UNFIT: list[tuple[dict[str, Any], str]] = [
    ({"decides": "promote"}, "decision-class-not-external"),
    ({"decides": None}, "decision-class-not-external"),
    ({"useCase": ""}, "decision-content-missing"),
    ({"facts": {"release": 5}}, "fact-unfit"),
    ({"facts": {"relese": "x"}}, "fact-unknown"),
    ({"facts": {"tier": "low"}}, "fact-not-yours"),
    ({"facts": {"annual_value": {"minor": 1, "currency": "EUR"}}}, "fact-not-yours"),
    ({"facts": []}, "fact-unfit"),
    ({"resource": "nothing"}, "decision-resource-unfit"),
    ({"details": {"text": "x" * 70_000}}, "decision-details-unfit"),
    ({"other": 1}, "decision-content-unknown"),
]


def test_what_others_do_is_checked_field_by_field(board: Board) -> None:
    for changed, code in UNFIT:
        with pytest.raises(InvalidInput) as refused:
            proposed(board, "external", external(**changed))
        assert code in ({each.code for each in refused.value.findings} or {refused.value.code})


def test_an_approval_of_what_others_do_is_used_once_and_covers_the_record_as_it_is(board: Board) -> None:
    request = proposed(board, "external", external(resource="Release/2026.11", details={"commit": "a" * 40}))
    assert request.acts[0].facts["tier"] == "unknown"
    board.approve(RITA, request)
    assert board.get(request).state == "approved"
    use = board.app.approvals.use(board.context(PROPOSER), request.id, request.digest)
    assert use.effects == {"decides": "deploy", "resource": "Release/2026.11"}
    with pytest.raises(Conflict):
        board.app.approvals.use(board.context(PROPOSER), request.id, request.digest)


def test_an_approval_of_what_others_do_ends_when_its_use_case_changes(board: Board) -> None:
    request = proposed(board, "external", external())
    board.approve(RITA, request)
    wanted = declared(board, purpose="Something else.")
    board.app.resources.apply(board.context(PROPOSER), board.app.resources.plan([wanted]))
    with pytest.raises(Conflict):
        board.app.approvals.use(board.context(PROPOSER), request.id, request.digest)


def test_what_a_rule_approves_beforehand_needs_nobody(board: Board) -> None:
    request = proposed(board, "external", external(decides="suspend", facts={"urgent": True}))
    assert (request.state, request.approved_by) == ("approved", ("short",))
