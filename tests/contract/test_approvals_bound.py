"""An approval is for exactly one thing in exactly one world, in time, on both engines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from roadworthy.decide.approvals.executors.external import ExternalExecutor
from roadworthy.decide.approvals.requests import Proposal, Request
from roadworthy.decide.approvals.tables import selectors, votes
from roadworthy.evidence.model import Submission
from roadworthy.foundation.errors import Conflict, InvalidInput, Refused
from roadworthy.foundation.resources.documents import declare
from roadworthy.foundation.resources.plan import Plan
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.model import Duty
from tests.harness.governed import CASE, CHANGE_RIGHTS, DEPLOY, FIRST, SECOND, Board, ask, governed

RITA, ROB, PROPOSER, ELSE = (f"{name}@halden.example" for name in ("rita", "rob", "proposer", "else"))
SLOW = ask(
    "slow",
    ["suspend"],
    {"group": "risk"},
    deadline="5d",
    valid="2d",
    escalations=[
        {"after": "2d", "approvers": [{"person": ELSE}]},
        {"after": "3d", "approvers": [{"role": "platform-administrator"}]},
    ],
)
CHANGED = ask("changed", ["change-policy"], {"group": "risk"})


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path, DEPLOY, SLOW, CHANGED) as opened:
        yield opened


def touch(board: Board, title: str = "Claims, otherwise") -> None:
    """Change the use case in a way that nobody decides about."""
    app = board.app
    declared = declare(app.registry.get("UseCase"), CASE, {"title": title})
    app.resources.apply(board.context("admin"), app.resources.plan([declared]))


def suspend(board: Board) -> Request:
    content = {"decides": "suspend", "useCase": CASE, "facts": {}, "details": {}}
    return board.app.approvals.propose(board.context(PROPOSER), Proposal("external", content, "it misbehaves"))


def policy(board: Board, *vendors: str) -> Request:
    """Ask for a change of a policy, which is carried out here."""
    app = board.app
    declared = declare(app.registry.get("PlatformProfile"), "platform", {"vendors": list(vendors)})
    text = app.resources.plan([declared]).to_text()
    return app.approvals.propose(board.context(PROPOSER), Proposal("plan", {"plan": text}, "a new vendor"))


def rows_of(board: Board, table: sa.Table, request: Request) -> int:
    with board.app.store.read() as connection:
        found = sa.select(sa.func.count()).select_from(table).where(table.c.request_id == request.id)
        return int(connection.execute(found).scalar_one())


# ---------------------------------------------------------------- the world


def test_a_vote_on_a_changed_world_voids_and_says_so(board: Board) -> None:
    request = board.deploy(PROPOSER)
    touch(board)
    assert board.app.approvals.standing(request.id).stale == (f"UseCase/{CASE}",)
    with pytest.raises(Conflict, match=f"`UseCase/{CASE}` changed") as voided:
        board.approve(RITA, request)
    assert voided.value.code == "request-voided"
    assert (board.get(request).state, rows_of(board, votes, request)) == ("voided", 0)
    assert rows_of(board, selectors, request) == 0
    assert board.entries("decision.voided")[-1].facts["changed"] == [f"UseCase/{CASE}"]
    with pytest.raises(Conflict, match="was voided"):
        board.approve(RITA, request)


def test_an_approval_does_not_outlive_what_it_was_about(board: Board) -> None:
    request = board.deploy(PROPOSER)
    board.approve(RITA, request)
    touch(board)
    with pytest.raises(Conflict, match="changed since"):
        board.app.approvals.use(board.context(PROPOSER), request.id, request.digest)
    assert board.get(request).state == "voided"
    assert board.entries("decision.used")[-1].facts["request"] != request.id


def test_a_change_back_is_no_change(board: Board) -> None:
    request = board.deploy(PROPOSER)
    touch(board)
    touch(board, "Claims triage")
    assert board.approve(RITA, request).request.state == "approved"


def test_other_rights_void_what_was_proposed_under_these(board: Board) -> None:
    request = board.deploy(PROPOSER)
    approved = board.deploy(PROPOSER, release="r2")
    board.approve(RITA, approved)
    assert (
        board.changed(CHANGE_RIGHTS, DEPLOY, SLOW, ask("changed", ["change-policy"], {"person": ELSE})).state == "used"
    )
    with pytest.raises(Conflict, match="DecisionRights/default"):
        board.approve(RITA, request)
    with pytest.raises(Conflict, match="DecisionRights/default"):
        board.app.approvals.use(board.context(PROPOSER), approved.id, approved.digest)


def test_what_rests_on_a_change_is_voided_before_anybody_looks(board: Board) -> None:
    board.app.consumers.tick()
    request = board.deploy(PROPOSER)
    touch(board)
    board.app.ledger.settle()
    board.app.consumers.tick()
    assert board.get(request).state == "voided"
    other = suspend(board)
    board.changed(CHANGE_RIGHTS, DEPLOY)
    board.app.ledger.settle()
    board.app.consumers.tick()
    board.app.timers.tick()
    assert board.get(other).state == "voided"
    assert board.inbox(RITA) == []


def test_the_last_vote_carries_out_what_is_done_here(board: Board) -> None:
    request = policy(board, "Acme")
    app = board.app
    plan = app.resources.plan([declare(app.registry.get("PlatformProfile"), "platform", {"vendors": ["Acme"]})])
    with pytest.raises(Refused) as needed:
        app.resources.apply(board.context(RITA), plan)
    assert needed.value.code == "decision-needed"
    assert "group risk can approve it" in needed.value.message
    standing = board.approve(RITA, request)
    assert standing.request.state == "used"
    stored = board.app.resources.get("PlatformProfile", "platform")
    entry = next(each for each in board.entries("platform-profile.") if each.id == stored.entry_id)
    assert (entry.oversight.given, entry.oversight.required) == ((board.ref(RITA),), "changed")
    assert (entry.basis.rules, entry.basis.inputs) == (("changed",), request.digest)
    with pytest.raises(Conflict, match="counts once"):
        board.app.approvals.use(board.context(PROPOSER), request.id, request.digest)


def test_two_plans_for_one_resource_do_not_both_come_true(board: Board) -> None:
    first, second = policy(board, "Acme"), policy(board, "Beta")
    board.approve(RITA, first)
    with pytest.raises(Conflict, match="PlatformProfile/platform"):
        board.approve(RITA, second)
    assert (board.get(first).state, board.get(second).state) == ("used", "voided")
    assert '"vendors":["Acme"]' in board.app.resources.get("PlatformProfile", "platform").spec_json


def test_an_executor_that_finds_the_world_moved_leaves_nothing_behind(board: Board) -> None:
    class Moved:
        """Finds out only while it acts."""

        def prepare(self, connection: Any, context: Any, content: Any) -> Any:
            del connection, context
            return content

        def acts(self, connection: Any, content: Any) -> Any:
            return ExternalExecutor(board.app.resources).acts(connection, content)

        def base(self, connection: Any, content: Any) -> dict[str, str]:
            del connection, content
            return {}

        def title(self, content: Any) -> str:
            return str(content["decides"])

        def shown(self, content: Any) -> tuple[str, ...]:
            return (str(content),)

        def carry_out(self, tx: Any, content: Any) -> Any:
            del content
            tx.connection.execute(selectors.delete())
            raise Conflict("moved", "it moved", remedy="look again")

    board.app.approvals.on("moving", Moved())
    content = {"decides": "deploy", "useCase": CASE, "resource": "X/y", "facts": {}, "details": {}}
    waiting = suspend(board)
    request = board.app.approvals.propose(board.context(PROPOSER), Proposal("moving", content, "why"))
    with pytest.raises(Conflict, match="could not be carried out"):
        board.approve(RITA, request)
    assert (board.get(request).state, rows_of(board, votes, request)) == ("voided", 0)
    assert board.inbox(RITA) == [waiting.id]


# ---------------------------------------------------------------- time


def test_a_missed_deadline_escalates_and_in_the_end_the_answer_is_no(board: Board) -> None:
    request = suspend(board)
    assert board.inbox(ELSE) == []
    with pytest.raises(Refused, match="not asked"):
        board.approve(ELSE, request)
    board.later(days=2)
    raised = board.get(request)
    assert (raised.state, raised.level) == ("escalated", 1)
    assert board.inbox(ELSE) == [request.id] == board.inbox(RITA)
    board.later(days=1)
    assert board.get(request).level == 2
    board.later(days=2)
    assert board.get(request).state == "expired"
    assert board.inbox(ELSE) == [] == board.inbox(RITA)
    said = ["decision.proposed", "decision.escalated", "decision.escalated", "decision.expired"]
    assert board.events(request) == said
    with pytest.raises(Conflict, match="nobody decided in time"):
        board.approve(RITA, request)


def test_whoever_is_asked_later_can_approve_alone(board: Board) -> None:
    request = suspend(board)
    board.later(days=2, minutes=1)
    assert board.approve(ELSE, request).request.state == "approved"
    entry = board.entries("decision.approved")[-1]
    assert entry.oversight.given == (board.ref(ELSE),)


def test_escalations_that_were_slept_through_come_at_once(board: Board) -> None:
    request = suspend(board)
    board.later(days=4)
    assert board.get(request).level == 2
    board.later(days=90)
    assert board.get(request).state == "expired"


def test_a_vote_after_the_deadline_expires_the_request_even_before_its_timer(board: Board) -> None:
    request = suspend(board)
    board.deployment.clock.advance(dt.timedelta(days=5))
    with pytest.raises(Conflict, match="not open any more"):
        board.approve(RITA, request)
    assert board.get(request).state == "expired"
    assert board.events(request)[-1] == "decision.expired"


def test_an_approval_that_nobody_uses_lapses(board: Board) -> None:
    used, slept = suspend(board), None
    board.approve(RITA, used)
    board.later(days=2)
    assert board.get(used).state == "lapsed"
    slept = suspend(board)
    board.approve(RITA, slept)
    board.deployment.clock.advance(dt.timedelta(days=2))
    with pytest.raises(Conflict, match="nobody used the approval in time"):
        board.app.approvals.use(board.context(PROPOSER), slept.id, slept.digest)
    assert board.get(slept).state == "lapsed"


def test_a_clock_that_is_set_back_or_forward_gives_nobody_more_than_they_had(board: Board) -> None:
    request = suspend(board)
    clock = board.deployment.clock
    clock.instant -= dt.timedelta(days=30)
    board.app.timers.tick()
    assert board.get(request).state == "open"
    late = board.proof(ago=-30 * 86_400)
    with pytest.raises(Exception, match="clock was set back since"):
        board.app.approvals.approve(board.context(RITA), late, request.id, request.digest, "yes")
    clock.instant += dt.timedelta(days=60)
    board.app.timers.tick()
    assert board.get(request).state == "expired"
    clock.instant -= dt.timedelta(days=30)
    with pytest.raises(Conflict, match="not open any more"):
        board.approve(RITA, request)


# ---------------------------------------------------------------- what is missing beside votes


def test_votes_wait_for_evidence_and_count_when_it_comes(store: Store, tmp_path: Path) -> None:
    rule = ask("tested", ["suspend"], {"group": "risk"}, evidence=[{"fact": "data.path-audited", "within": "30d"}])
    with governed(store, tmp_path, rule) as board:
        app = board.app
        app.consumers.tick()
        request = suspend(board)
        standing = board.approve(RITA, request)
        assert (standing.request.state, standing.rules[0].met) == ("open", True)
        assert standing.rules[0].unmet == ("there is no evidence of `data.path-audited`",)
        board.later(minutes=16)
        assert board.get(request).state == "open"
        today = board.deployment.clock.now().date()
        given = {
            "fact": "data.path-audited",
            "answer": "yes",
            "link": "https://docs.example/audit",
            "observedFrom": today,
            "observedTo": today,
        }
        app.evidence.submit(board.context("admin"), CASE, Submission.model_validate(given))
        app.ledger.settle()
        app.consumers.tick()
        app.timers.tick()
        assert board.get(request).state == "approved"
        entry = board.entries("decision.approved")[-1]
        assert (entry.oversight.given, entry.actor.kind) == ((board.ref(RITA),), "system")


# ---------------------------------------------------------------- a say that is given away

GIVEN = ask("given", ["suspend"], {"group": "risk"}, delegation={"longest": "14d"})
INSIDE = ask("inside", ["deploy"], {"group": "risk"}, delegation={"longest": "3d", "toGroup": "deputies"})


@pytest.fixture
def giving(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path, GIVEN, INSIDE, CHANGED) as opened:
        opened.group("deputies", ELSE)
        yield opened


def until(board: Board, **ahead: float) -> dt.datetime:
    return board.deployment.clock.now() + dt.timedelta(**ahead)


def hand(board: Board, request: Request, by: str, to: str, **ahead: float) -> None:
    board.app.approvals.delegate(
        board.context(by), board.proof(), request.id, request.digest, to, until(board, **ahead), "on leave"
    )


def test_a_say_in_one_request_is_carried_by_somebody_else(giving: Board) -> None:
    request = suspend(giving)
    giving.ref("deputy@halden.example")
    hand(giving, request, RITA, "deputy@halden.example", days=3)
    assert giving.inbox("deputy@halden.example") == [request.id]
    mine = giving.app.approvals.standing(request.id, giving.ref("deputy@halden.example")).mine
    assert mine is not None
    assert (mine.may_vote, mine.in_place_of) == (True, (giving.ref(RITA),))
    with pytest.raises(Refused, match="cannot be given on"):
        hand(giving, request, "deputy@halden.example", ELSE, days=1)
    standing = giving.approve("deputy@halden.example", request)
    assert standing.request.state == "approved"
    assert standing.votes[-1].delegate_of == giving.ref(RITA)


def test_a_say_that_has_ended_is_not_carried(giving: Board) -> None:
    request = suspend(giving)
    hand(giving, request, RITA, ELSE, hours=2)
    giving.later(hours=2)
    with pytest.raises(Refused, match="the say that was given to you has ended"):
        giving.approve(ELSE, request)


@pytest.mark.parametrize(
    ("by", "to", "ahead", "code"),
    [
        (RITA, PROPOSER, {"days": 1}, "delegation-to-proposer"),
        (RITA, "proposer.two@halden.example", {"days": 1}, "delegation-to-proposer"),
        (RITA, "rita.two@halden.example", {"days": 1}, "delegation-to-oneself"),
        (RITA, ELSE, {"days": 15}, "delegation-too-long"),
        (RITA, "gone@halden.example", {"days": 1}, "delegation-to-proposer"),
        (ELSE, ROB, {"days": 1}, "decision-not-asked"),
        (PROPOSER, ELSE, {"days": 1}, "decision-own-request"),
    ],
)
def test_a_say_does_not_go_where_it_must_not(
    giving: Board, by: str, to: str, ahead: dict[str, float], code: str
) -> None:
    giving.one_human(PROPOSER, "proposer.two@halden.example")
    giving.one_human(RITA, "rita.two@halden.example")
    giving.leaves("gone@halden.example")
    request = suspend(giving)
    with pytest.raises(Refused) as refused:
        hand(giving, request, by, to, **ahead)
    assert refused.value.code == code


def test_a_say_for_a_time_counts_where_rules_allow_it(giving: Board) -> None:
    approvals = giving.app.approvals
    with pytest.raises(Refused, match="for 14d at most"):
        approvals.give_say(giving.context(RITA), giving.proof(), ELSE, until(giving, days=15), "leave")
    with pytest.raises(InvalidInput, match="over already"):
        approvals.give_say(giving.context(RITA), giving.proof(), ELSE, until(giving, days=-1), "leave")
    said = approvals.give_say(giving.context(RITA), giving.proof(), ELSE, until(giving, days=14), "leave")
    request = suspend(giving)
    assert giving.inbox(ELSE) == [request.id]
    assert giving.approve(ELSE, request).request.state == "approved"
    again = suspend(giving)
    giving.later(days=3, minutes=1)
    late = giving.deploy(PROPOSER)
    with pytest.raises(Refused, match="has ended, or does not count here"):
        giving.approve(ELSE, late)
    taken = approvals.take_back_say(giving.context(RITA), said.id, "back again")
    assert taken.ended_at == giving.deployment.clock.now()
    with pytest.raises(Refused, match="not asked"):
        giving.approve(ELSE, again)
    assert [entry.what for entry in giving.entries("say.")] == ["say.given", "say.taken-back"]
    assert [each.id for each in approvals.said_by(giving.ref(ELSE))] == [said.id]


def test_a_say_for_a_time_ends_when_either_leaves_and_never_reaches_the_proposer(giving: Board) -> None:
    approvals = giving.app.approvals
    giving.ref(PROPOSER)
    approvals.give_say(giving.context(RITA), giving.proof(), PROPOSER, until(giving, days=9), "leave")
    request = suspend(giving)
    with pytest.raises(Refused, match="your yes cannot count"):
        giving.approve(PROPOSER, request)
    approvals.give_say(giving.context(PROPOSER), giving.proof(), ELSE, until(giving, days=9), "leave")
    with pytest.raises(Refused, match="not asked"):
        giving.approve(ELSE, request)
    approvals.give_say(giving.context(ROB), giving.proof(), ELSE, until(giving, days=9), "leave")
    giving.leaves(ROB)
    with pytest.raises(Refused, match="not asked"):
        giving.approve(ELSE, request)


# ---------------------------------------------------------------- the first rights


@pytest.fixture
def lawless(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path) as opened:
        yield opened


def genesis(board: Board, *signers: str, plan: str | None = None) -> Request:
    text = board.plan(CHANGE_RIGHTS, DEPLOY) if plan is None else plan
    return board.app.approvals.genesis(board.context("admin"), text, signers or (FIRST, SECOND), "the first")


def test_two_people_sign_the_first_rights(lawless: Board) -> None:
    assert lawless.app.approvals.rights() is None
    with pytest.raises(Refused, match="no decision rights were ever in force"):
        lawless.deploy(PROPOSER)
    request = genesis(lawless)
    assert lawless.approve(FIRST, request).request.state == "open"
    assert lawless.app.approvals.rights() is None
    with pytest.raises(Conflict, match="voted on this already"):
        lawless.approve(FIRST, request)
    with pytest.raises(Refused, match="not asked"):
        lawless.approve("admin", request)
    assert lawless.approve(SECOND, request).request.state == "used"
    assert lawless.app.approvals.rights() is not None
    entry = lawless.entries("rights.applied")[-1]
    assert set(entry.oversight.given) == {lawless.ref(FIRST), lawless.ref(SECOND)}
    assert (entry.oversight.required, entry.oversight.quorum) == ("genesis", 2)
    with pytest.raises(Conflict, match="signed here before"):
        genesis(lawless)
    assert lawless.deploy(PROPOSER).state == "open"


def test_the_signers_need_not_be_known_when_they_are_named(lawless: Board) -> None:
    request = genesis(lawless, "ana@halden.example", "ben@halden.example")
    assert lawless.inbox("ana@halden.example") == [request.id]
    for handle in ("ana@halden.example", "ben@halden.example"):
        lawless.approve(handle, request)
    assert lawless.get(request).state == "used"


def test_another_genesis_takes_the_place_of_the_first(lawless: Board) -> None:
    first = genesis(lawless)
    second = genesis(lawless, FIRST, ELSE)
    assert lawless.get(first).state == "withdrawn"
    with pytest.raises(Conflict, match="withdrawn"):
        lawless.approve(FIRST, first)
    assert lawless.get(second).state == "open"


def test_one_human_does_not_sign_for_two(lawless: Board) -> None:
    with pytest.raises(InvalidInput, match="named twice"):
        genesis(lawless, FIRST, FIRST.upper())
    with pytest.raises(InvalidInput, match="3 are named"):
        genesis(lawless, FIRST, SECOND, ELSE)
    late = genesis(lawless, "ana@halden.example", "ana.two@halden.example")
    lawless.one_human("ana@halden.example", "ana.two@halden.example")
    with pytest.raises(InvalidInput, match="one human"):
        genesis(lawless, "ana@halden.example", "ana.two@halden.example")
    lawless.approve("ana@halden.example", late)
    with pytest.raises(Conflict, match="voted on this already"):
        lawless.approve("ana.two@halden.example", late)
    assert lawless.app.approvals.rights() is None


def test_rights_come_by_no_other_way(lawless: Board) -> None:
    app = lawless.app
    plan = Plan.from_text(lawless.plan(CHANGE_RIGHTS, DEPLOY))
    with pytest.raises(Refused, match="by decision only"):
        app.resources.apply(lawless.context("admin"), plan)
    profile = declare(app.registry.get("PlatformProfile"), "platform", {"vendors": ["Acme"]})
    app.resources.apply(lawless.context("admin"), app.resources.plan([profile]))
    other = app.resources.plan([declare(app.registry.get("PlatformProfile"), "platform", {})]).to_text()
    with pytest.raises(InvalidInput, match="not about PlatformProfile"):
        genesis(lawless, plan=other)
    lawless.signed(CHANGE_RIGHTS, DEPLOY)
    with pytest.raises(Refused):
        app.resources.remove(lawless.context(FIRST), "DecisionRights", "default", 1)
    removal = app.resources.plan_removal("DecisionRights", "default").to_text()
    proposal = Proposal("plan", {"plan": removal}, "away with it")
    request = app.approvals.propose(lawless.context("admin"), proposal)
    with pytest.raises(Conflict, match="not taken away"):
        lawless.approve(FIRST, request)
    assert app.approvals.rights() is not None


def test_after_genesis_a_duty_is_taken_on_by_decision(store: Store, tmp_path: Path) -> None:
    rule = ask("duty", ["accept-duty"], {"group": "risk"})
    owns = ask("owned", ["deploy"], {"owner": "product"})
    with governed(store, tmp_path, rule, owns) as board:
        board.deployment.declare({"mail": {"title": "Mail", "owners": {"product": ELSE}}})
        person = board.app.identity.local_user(ELSE).person
        with pytest.raises(Refused, match="needs a decision"):
            board.app.inventory.accept(board.context(ELSE), person, "mail", Duty.PRODUCT)
        content = {"useCase": "mail", "duty": "product"}
        request = board.app.approvals.propose(board.context(ELSE), Proposal("accept-duty", content, "I will"))
        assert board.approve(RITA, request).request.state == "used"
        deploy = {"decides": "deploy", "useCase": "mail", "facts": {}, "details": {}}
        asked = board.app.approvals.propose(board.context(PROPOSER), Proposal("external", deploy, "needed"))
        assert board.inbox(ELSE) == [asked.id]
        assert board.approve(ELSE, asked).request.state == "approved"
