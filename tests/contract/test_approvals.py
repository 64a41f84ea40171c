"""From a proposal to a decision that is used once, on both engines: who may say yes, and who may not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from roadworthy.decide.approvals.requests import Proposal
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Refused, RoadworthyError, Unauthenticated
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.storage.store import Store
from tests.harness.governed import ACR, CASE, DEPLOY, Board, ask, governed

RITA, ROB, PROPOSER, ELSE = (f"{name}@halden.example" for name in ("rita", "rob", "proposer", "else"))
TWO = ask("roll-back", ["roll-back"], {"group": "risk", "count": 2})
STRONG = ask("suspend", ["suspend"], {"group": "risk"}, signIn={"within": "1m", "acr": [ACR]})
ALONE = {"name": "resume-at-once", "decides": ["resume"], "decision": "approve", "valid": "1h"}
NEVER = {"name": "never", "decides": ["raise-limit"], "decision": "decline"}


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path, DEPLOY, TWO, STRONG, ALONE, NEVER) as opened:
        yield opened


def wants(board: Board, decides: str, by: str = PROPOSER, **facts: object) -> Proposal:
    del board, by
    return Proposal("external", {"decides": decides, "useCase": CASE, "facts": facts, "details": {}}, "needed")


def test_a_proposal_is_approved_by_somebody_else_and_used_once(board: Board) -> None:
    request = board.deploy(PROPOSER)
    assert (request.state, request.classes, request.use_case) == ("open", ("deploy",), "claims")
    assert board.inbox(RITA) == [request.id] == board.inbox(ROB)
    assert board.inbox(PROPOSER) == []
    standing = board.approve(RITA, request)
    assert standing.request.state == "approved"
    assert board.inbox(ROB) == []
    use = board.app.approvals.use(board.context(PROPOSER), request.id, request.digest)
    assert use.used_by == board.ref(PROPOSER)
    with pytest.raises(Conflict, match="counts once"):
        board.app.approvals.use(board.context(PROPOSER), request.id, request.digest)
    assert board.events(request) == ["decision.proposed", "decision.voted", "decision.approved", "decision.used"]
    spent = board.entries("decision.used")[-1]
    assert spent.oversight.given == (board.ref(RITA),)
    assert spent.oversight.required == "deploy"
    assert (spent.basis.inputs, spent.basis.rules) == (request.digest, ("deploy",))


def test_entries_say_on_what_proof_and_hold_no_words_of_anybody(board: Board) -> None:
    request = board.deploy(PROPOSER)
    board.approve(RITA, request, acr=ACR)
    (vote,) = [entry for entry in board.entries("decision.voted") if entry.facts["request"] == request.id]
    assert (vote.facts["acr"], vote.facts["issuer"], vote.facts["method"]) == (ACR, "https://id.halden.example", "oidc")
    assert vote.facts["authTime"] == (board.deployment.clock.now() - dt.timedelta(seconds=10)).isoformat()
    everything = repr([(entry.facts, entry.oversight, entry.basis) for entry in board.entries()])
    for word in ("looked at it", "needed", "rita", "halden.example/", "proposer@"):
        assert word not in everything.replace("https://id.halden.example", "")


# ---------------------------------------------------------------- who may not


def test_nobody_approves_what_they_proposed_by_any_record(board: Board) -> None:
    board.group("inner", ELSE, within="risk")
    board.one_human(ELSE, "else.private@halden.example")
    for by, voter in ((RITA, RITA), ("else.private@halden.example", ELSE), (ELSE, ELSE)):
        request = board.deploy(by, release=by)
        with pytest.raises(Refused, match="your yes cannot count"):
            board.approve(voter, request)


def test_nobody_approves_what_their_program_or_agent_proposed(board: Board) -> None:
    owned = board.program("ci", owner=RITA)
    made = board.program("bot", maker=ROB)
    requests = [(board.deploy(each, release=each.actor.ref), voter) for each, voter in ((owned, RITA), (made, ROB))]
    for request, voter in requests:
        assert request.proposer_kind == ActorKind.WORKLOAD
        with pytest.raises(Refused, match="your yes cannot count"):
            board.approve(voter, request)
    assert board.approve(RITA, requests[1][0]).request.state == "approved"


def test_nobody_approves_what_was_proposed_for_them(board: Board) -> None:
    said = board.deploy(PROPOSER, on_behalf_of=board.ref(RITA))
    acting = board.deploy(board.context(PROPOSER, on_behalf_of=ROB), release="r2")
    for request, voter in ((said, RITA), (acting, ROB)):
        with pytest.raises(Refused, match="your yes cannot count"):
            board.approve(voter, request)


def test_who_is_not_asked_is_told_who_is(board: Board) -> None:
    request = board.deploy(PROPOSER)
    with pytest.raises(Refused, match="`deploy` asks group risk") as refused:
        board.approve(ELSE, request)
    assert refused.value.code == "decision-not-asked"
    assert refused.value.remedy == "group risk can vote"
    board.leaves(RITA)
    with pytest.raises(Refused, match="not here any more"):
        board.approve(RITA, request)


def test_only_people_vote_and_only_freshly(board: Board) -> None:
    request = board.deploy(PROPOSER)
    approvals, now = board.app.approvals, board.deployment.clock.now()
    program = Context(Actor(ActorKind.WORKLOAD, board.ref(RITA), "api", "program-token"))
    with pytest.raises(Refused, match="only a person decides"):
        approvals.approve(program, board.proof(), request.id, request.digest, "yes")
    with pytest.raises(Refused, match="only a person decides"):
        approvals.approve(board.context(RITA, on_behalf_of=ROB), board.proof(), request.id, request.digest, "yes")
    for stale in (board.proof(ago=301), board.proof(ago=-61), board.proof(method="local-user")):
        with pytest.raises(Unauthenticated) as old:
            approvals.approve(board.context(RITA), stale, request.id, request.digest, "yes")
        assert old.value.code == "sign-in-not-fresh"
    assert board.deployment.clock.now() == now
    assert board.approve(RITA, request, ago=-59).request.state == "approved"


def test_a_rule_asks_for_a_stronger_and_fresher_sign_in(board: Board) -> None:
    request = board.app.approvals.propose(board.context(PROPOSER), wants(board, "suspend"))
    for proof in ({"ago": 61, "acr": ACR}, {"acr": "urn:example:pwd"}, {}):
        with pytest.raises(Unauthenticated, match="fresh sign-in"):
            board.approve(RITA, request, **proof)
    mine = board.app.approvals.standing(request.id, board.ref(RITA), board.proof()).mine
    assert mine is not None
    assert (mine.may_vote, mine.fresh, mine.max_age_seconds, mine.acr) == (True, False, 60, (ACR,))
    assert board.approve(RITA, request, ago=60, acr=ACR).request.state == "approved"


def test_what_is_before_the_eyes_is_what_is_voted_on(board: Board) -> None:
    request, other = board.deploy(PROPOSER), board.deploy(PROPOSER, release="r2")
    with pytest.raises(Conflict) as changed:
        board.app.approvals.approve(board.context(RITA), board.proof(), request.id, other.digest, "yes")
    assert changed.value.code == "request-changed"
    board.approve(RITA, request)
    with pytest.raises(Conflict, match="not what this request is about"):
        board.app.approvals.use(board.context(PROPOSER), request.id, other.digest)


def test_a_vote_needs_a_reason_and_a_request(board: Board) -> None:
    request = board.deploy(PROPOSER)
    with pytest.raises(InvalidInput, match="a reason has"):
        board.app.approvals.approve(board.context(RITA), board.proof(), request.id, request.digest, "  ")
    with pytest.raises(NotFound):
        board.app.approvals.approve(board.context(RITA), board.proof(), "nowhere", request.digest, "yes")
    with pytest.raises(InvalidInput, match="reason"):
        board.app.approvals.propose(board.context(PROPOSER), Proposal("external", {}, ""))
    with pytest.raises(InvalidInput, match="nothing called `dance`"):
        board.app.approvals.propose(board.context(PROPOSER), Proposal("dance", {}, "why not"))


def test_one_vote_each_and_two_humans_for_two(board: Board) -> None:
    board.group("risk", "rita.second@halden.example")
    board.one_human(RITA, "rita.second@halden.example")
    request = board.app.approvals.propose(board.context(PROPOSER), wants(board, "roll-back"))
    assert board.approve(RITA, request).request.state == "open"
    assert board.inbox(RITA) == [] == board.inbox("rita.second@halden.example")
    for again in (RITA, "rita.second@halden.example"):
        with pytest.raises(Conflict, match="voted on this already"):
            board.approve(again, request)
    standing = board.approve(ROB, request)
    assert standing.request.state == "approved"
    assert set(board.entries("decision.approved")[-1].oversight.given) == {board.ref(RITA), board.ref(ROB)}


def test_a_decline_ends_it_and_comes_too_late_after_the_end(board: Board) -> None:
    request = board.deploy(PROPOSER)
    assert board.decline(RITA, request).request.state == "declined"
    for said in (board.approve, board.decline):
        with pytest.raises(Conflict, match="it was declined"):
            said(ROB, request)
    assert board.inbox(ROB) == []
    assert board.events(request) == ["decision.proposed", "decision.voted", "decision.declined"]


def test_a_question_leaves_it_open_and_is_answered_by_the_proposer(board: Board) -> None:
    request, approvals = board.deploy(PROPOSER), board.app.approvals
    approvals.ask(board.context(RITA), board.proof(), request.id, request.digest, "which hosts?")
    (line,) = approvals.inbox(board.ref(ROB))
    assert line.asked
    with pytest.raises(Refused, match="whoever proposed"):
        approvals.answer(board.context(ROB), board.proof(), request.id, request.digest, "all of them")
    board.later(minutes=1)
    approvals.answer(board.context(PROPOSER), board.proof(), request.id, request.digest, "the two in Oslo")
    (line,) = approvals.inbox(board.ref(ROB))
    assert not line.asked
    board.later(minutes=1)
    assert board.approve(RITA, request).request.state == "approved"
    assert [vote.reason for vote in approvals.standing(request.id).votes][:2] == ["which hosts?", "the two in Oslo"]


# ---------------------------------------------------------------- what rules say by themselves


def test_what_nobody_may_decide_is_refused_and_recorded(board: Board) -> None:
    for decides, code in (("raise-limit", "never"), ("agent-action", "no rule covers")):
        with pytest.raises(Refused, match=code) as refused:
            board.app.approvals.propose(board.context(PROPOSER), wants(board, decides))
        assert refused.value.code == "decision-nobody-may"
        assert "change-rights" in refused.value.remedy
    denied = board.entries("decision.denied")
    assert [(entry.facts["classes"], entry.facts["outcome"]) for entry in denied] == [
        (["raise-limit"], "declined"),
        (["agent-action"], "uncovered"),
    ]
    assert board.app.approvals.listed(use_case=CASE) == []


def test_what_is_approved_beforehand_is_approved_by_its_rule(board: Board) -> None:
    request = board.app.approvals.propose(board.context(PROPOSER), wants(board, "resume"))
    assert (request.state, request.approved_by, request.terms) == ("approved", ("resume-at-once",), ())
    assert request.valid_until == request.created_at + dt.timedelta(hours=1)
    entry = board.entries("decision.approved")[-1]
    assert (entry.basis.rules, entry.oversight.required, entry.oversight.given) == (("resume-at-once",), None, ())
    board.app.approvals.use(board.context(PROPOSER), request.id, request.digest)


def test_the_same_proposal_is_one_request(board: Board) -> None:
    first, again = board.deploy(PROPOSER), board.deploy(PROPOSER)
    assert first.id == again.id
    assert board.deploy(ELSE).id != first.id
    board.decline(RITA, first)
    assert board.deploy(PROPOSER).id != first.id


def test_a_request_is_withdrawn_by_its_proposer_alone(board: Board) -> None:
    board.one_human(PROPOSER, "proposer.two@halden.example")
    request = board.deploy(PROPOSER)
    with pytest.raises(Refused, match="only whoever proposed"):
        board.app.approvals.withdraw(board.context(RITA), request.id, "no")
    ended = board.app.approvals.withdraw(board.context("proposer.two@halden.example"), request.id, "not needed")
    assert ended.state == "withdrawn"
    with pytest.raises(Conflict, match="withdrawn"):
        board.app.approvals.withdraw(board.context(PROPOSER), request.id, "again")


def test_nothing_is_used_that_was_not_approved(board: Board) -> None:
    request = board.deploy(PROPOSER)
    with pytest.raises(Conflict, match="not approved yet"):
        board.app.approvals.use(board.context(PROPOSER), request.id, request.digest)
    board.decline(RITA, request)
    with pytest.raises(Conflict, match="declined"):
        board.app.approvals.use(board.context(PROPOSER), request.id, request.digest)


# ---------------------------------------------------------------- load


def test_who_signs_everything_unread_shows(board: Board) -> None:
    for number in range(6):
        request = board.deploy(PROPOSER, release=f"r{number}")
        if number == 0:
            board.app.approvals.opened(board.ref(RITA), request.id)
            board.deployment.clock.advance(dt.timedelta(seconds=90))
        board.approve(RITA, request)
    board.decline(ROB, board.deploy(PROPOSER, release="last"))
    waiting = board.deploy(PROPOSER, release="waits")
    load = {each.person_ref: each for each in board.app.approvals.load()}
    rita, rob = load[board.ref(RITA)], load[board.ref(ROB)]
    assert (rita.waiting, rita.votes, rita.approval_rate, rita.looked_at, rita.says_little) == (1, 6, 100, 1, False)
    assert rita.seconds_looked == 90.0
    assert (rob.votes, rob.approval_rate, rob.says_little) == (1, 0, True)
    assert board.inbox(ROB) == [waiting.id]


@pytest.mark.parametrize("after", ["nonsense", "|", "2026|x"])
def test_a_position_that_is_none_is_refused(board: Board, after: str) -> None:
    with pytest.raises(RoadworthyError, match="no position"):
        board.app.approvals.inbox(board.ref(RITA), after)
