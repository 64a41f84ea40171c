"""The clock is set forward and back while people decide: no limit of time grows, nothing rings twice or is lost."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roadworthy.decide.approvals.requests import Request
from roadworthy.decide.approvals.states import RequestState
from roadworthy.foundation.errors import Conflict, RoadworthyError, Unauthenticated
from roadworthy.foundation.identity.model import SKEW
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.storage.store import Store
from tests.harness.governed import Board, ask, governed

RITA, ROB, PROPOSER = "rita@halden.example", "rob@halden.example", "proposer@halden.example"
DAY, YEARS, MINUTE = dt.timedelta(days=1), dt.timedelta(days=3_650), dt.timedelta(minutes=1)
WITHIN = 5 * MINUTE
RULE = ask(
    "deploy",
    ["deploy"],
    {"group": "risk", "count": 2},
    deadline="4d",
    valid="2d",
    escalations=[{"after": "2d", "approvers": [{"group": "elders"}]}],
)
ENDS = {"decision.expired", "decision.declined", "decision.voided", "decision.lapsed", "decision.used"}


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path, RULE) as opened:
        for handle in (RITA, ROB, PROPOSER):
            opened.ref(handle)
        yield opened


@pytest.fixture
def local(sqlite_store: Store, tmp_path: Path) -> Iterator[Board]:
    """One engine is enough for the search: what differs between them are leases, and above."""
    with governed(sqlite_store, tmp_path, RULE) as opened:
        for handle in (RITA, ROB, PROPOSER):
            opened.ref(handle)
        yield opened


def step(board: Board, by: dt.timedelta) -> None:
    """Somebody sets the clock; only what people read moves, as seconds that passed never run backwards."""
    board.deployment.clock.instant += by


def code_of(work: Callable[[], object]) -> str:
    """The code with which something is refused."""
    with pytest.raises(RoadworthyError) as caught:
        work()
    return caught.value.code


# ------------------------------------------------------------ one step at a time


def test_what_was_asked_for_before_a_step_ahead_can_be_decided_after_the_step_back(board: Board) -> None:
    request = board.deploy(PROPOSER)
    step(board, DAY)
    board.approve(RITA, request)
    step(board, -DAY)
    board.approve(ROB, request)
    step(board, DAY)
    board.app.approvals.use(board.context(PROPOSER), request.id, request.digest)
    assert board.get(request).state is RequestState.USED


def test_a_deadline_that_rang_early_rang_once(board: Board) -> None:
    request = board.deploy(PROPOSER)
    step(board, YEARS)
    board.app.timers.tick()
    step(board, -YEARS)
    board.later(days=9)
    assert [each for each in board.events(request) if each in ENDS] == ["decision.expired"]
    assert code_of(lambda: board.approve(RITA, request)) == "request-closed"


def test_a_deadline_does_not_ring_twice_nor_early_when_the_clock_goes_back(board: Board) -> None:
    request = board.deploy(PROPOSER)
    board.later(days=3)
    assert board.events(request).count("decision.escalated") == 1
    step(board, -2 * DAY)
    board.later(minutes=1)
    assert board.get(request).state is RequestState.ESCALATED
    board.later(days=2)
    assert board.get(request).state is RequestState.ESCALATED
    board.later(days=1)
    assert board.events(request).count("decision.escalated") == 1
    assert board.events(request).count("decision.expired") == 1


def test_a_sign_in_is_not_made_fresh_by_setting_the_clock_back(board: Board) -> None:
    request = board.deploy(PROPOSER)
    board.later(hours=1)
    stale = board.proof(ago=WITHIN.total_seconds() + 1)
    say = board.app.approvals.approve
    with pytest.raises(Unauthenticated):
        say(board.context(RITA), stale, request.id, request.digest, "looked at it")
    fresh = board.proof(ago=0)
    board.deployment.clock.instant -= SKEW + dt.timedelta(seconds=1)
    with pytest.raises(Unauthenticated, match="future"):
        say(board.context(RITA), fresh, request.id, request.digest, "looked at it")


def test_an_approval_from_a_clock_that_was_ahead_does_not_hold_for_years(board: Board) -> None:
    request = board.deploy(PROPOSER)
    step(board, DAY)
    board.approve(RITA, request)
    board.approve(ROB, request)
    use = board.app.approvals.use
    step(board, -DAY)
    assert code_of(lambda: use(board.context(PROPOSER), request.id, request.digest)) == "request-dated-ahead"
    assert board.get(request).state is RequestState.APPROVED, "nothing is decided by a clock that may be wrong again"
    step(board, DAY)
    use(board.context(PROPOSER), request.id, request.digest)


def test_a_request_from_a_clock_that_was_ahead_is_not_open_for_years(board: Board) -> None:
    step(board, YEARS)
    request = board.deploy(PROPOSER)
    step(board, -YEARS)
    assert code_of(lambda: board.approve(RITA, request)) == "request-dated-ahead"
    board.app.approvals.withdraw(board.context(PROPOSER), request.id, "the clock was wrong")
    again = board.deploy(PROPOSER)
    board.approve(RITA, again)
    board.approve(ROB, again)
    assert board.get(again).state is RequestState.APPROVED


def test_a_small_step_back_disturbs_nobody(board: Board) -> None:
    request = board.deploy(PROPOSER)
    for handle in (RITA, ROB):
        step(board, -SKEW / 3)
        board.approve(handle, request)
    step(board, -SKEW / 3)
    board.app.approvals.use(board.context(PROPOSER), request.id, request.digest)


def test_a_session_and_a_link_from_a_clock_that_was_ahead_are_over(board: Board) -> None:
    identity = board.app.identity
    step(board, YEARS)
    secret, _ = identity.sign_in(identity.offer(RITA), None, None, "web")
    token = identity.offer(RITA)
    assert identity.session(secret) is not None
    step(board, -YEARS)
    assert identity.session(secret) is None, "it would outlive its limits by years"
    with pytest.raises(Unauthenticated):
        identity.sign_in(token, None, None, "web")
    secret, _ = identity.sign_in(identity.offer(RITA), None, None, "web")
    step(board, -SKEW / 2)
    assert identity.session(secret) is not None


def test_whoever_works_for_the_ledger_goes_on_after_the_clock_was_ahead(board: Board) -> None:
    """A lease that was taken by a clock ten years ahead is void; what changed is heard of at once."""
    from roadworthy.foundation.resources.documents import Declared
    from roadworthy.inventory.model import UseCase

    waiting = board.deploy(PROPOSER)
    step(board, YEARS)
    board.app.ledger.settle()
    board.app.consumers.tick()
    step(board, -YEARS)
    changed = UseCase.model_validate({"title": "Claims triage, changed"})
    declared = [Declared("UseCase", "claims", {}, changed)]
    board.app.units.run(board.context("admin"), lambda tx: board.app.resources.put_all(tx, declared, None, "test"))
    board.app.ledger.settle()
    board.app.consumers.tick()
    assert board.get(waiting).state is RequestState.VOIDED


# ------------------------------------------------------------ any steps in any order

STEPS = st.one_of(
    st.sampled_from([-SKEW / 2, SKEW / 2, WITHIN, -WITHIN, YEARS, -YEARS]),
    st.integers(-6_000, 9_000).map(lambda minutes: dt.timedelta(minutes=minutes)),
)
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("step"), STEPS),
        st.tuples(st.just("passes"), st.integers(1, 4_000).map(lambda minutes: dt.timedelta(minutes=minutes))),
        st.tuples(st.sampled_from(["propose", "decide", "use", "sign in", "tick"]), st.just(dt.timedelta())),
        st.tuples(st.sampled_from([RITA, ROB]), st.just(dt.timedelta())),
    ),
    max_size=40,
)


class Days:
    """What people do on days on which the clock cannot be trusted, and what they are answered."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.requests: list[Request] = []
        self.proofs = {RITA: board.proof(ago=0), ROB: board.proof(ago=0)}

    def now(self) -> dt.datetime:
        return self.board.deployment.clock.now()

    def move(self, what: str, by: dt.timedelta) -> None:
        board = self.board
        if what == "step":
            step(board, by)
        elif what == "passes":
            board.deployment.clock.advance(by)
        elif what == "tick":
            board.app.timers.tick()
        elif what == "sign in":
            self.proofs = dict.fromkeys(self.proofs, board.proof(ago=0))
        elif what == "propose":
            self.requests.append(board.deploy(PROPOSER, release=f"r{len(self.requests)}"))
        elif what == "decide":
            for each in ("sign in", "propose", RITA, ROB):
                self.move(each, by)
        elif self.requests:
            self.say(what, self.requests[-1])

    def say(self, what: str, request: Request) -> None:
        """A vote or a use; each answer is held to the clock as it is at that instant."""
        board, now = self.board, self.now()
        proof = self.proofs.get(what, board.proof(ago=0))
        try:
            if what == "use":
                board.app.approvals.use(board.context(PROPOSER), request.id, request.digest)
                return
            board.app.approvals.approve(board.context(what), proof, request.id, request.digest, "looked at it")
        except Conflict:
            return
        except Unauthenticated:
            assert proof.auth_time is not None
            assert not -SKEW <= now - proof.auth_time <= WITHIN
            return
        assert proof.auth_time is not None
        assert -SKEW <= now - proof.auth_time <= WITHIN
        assert request.created_at - SKEW <= now < request.deadline_at


def happened(board: Board, request: Request) -> list[Entry]:
    return [entry for entry in board.entries() if entry.facts.get("request") == request.id]


def once_and_in_time(board: Board, request: Request) -> None:
    """Each request ended once, and everything about it was recorded by a clock that allowed it."""
    entries = happened(board, request)
    what = Counter(entry.what for entry in entries)
    assert sum(what[each] for each in ENDS) <= 1
    assert what["decision.escalated"] <= 1
    assert what["decision.approved"] <= 1
    assert not any(each.what in ENDS for each in entries[:-1]), "nothing happens after the end"
    for entry in entries:
        if entry.what == "decision.expired":
            assert entry.at >= request.deadline_at
        elif entry.what == "decision.approved":
            assert request.created_at - SKEW <= entry.at < request.deadline_at
        elif entry.what in {"decision.used", "decision.lapsed"}:
            approved = next(each.at for each in entries if each.what == "decision.approved")
            in_time = approved - SKEW <= entry.at < approved + 2 * DAY
            assert in_time == (entry.what == "decision.used")


def search(board: Board, moves: list[tuple[str, dt.timedelta]]) -> None:
    days = Days(board)
    for what, by in moves:
        days.move(what, by)
    latest = max((request.deadline_at for request in days.requests), default=days.now())
    board.deployment.clock.instant = max(latest, days.now()) + 8 * DAY
    for _ in range(4):  # an escalation, the deadline
        board.app.timers.tick()
    for request in days.requests:
        once_and_in_time(board, request)
        assert board.get(request).ended_at is not None, "nothing waits for ever"
        with board.app.store.read() as connection:
            left = connection.exec_driver_sql("SELECT count(*) FROM decision_selectors").scalar_one()
        assert left == 0


@given(moves=MOVES)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
def test_limits_hold_however_the_clock_is_set(local: Board, moves: list[tuple[str, dt.timedelta]]) -> None:
    search(local, moves)


@pytest.mark.campaign
@given(moves=MOVES)
@settings(max_examples=1_000, suppress_health_check=list(HealthCheck))
def test_limits_hold_however_often_the_clock_is_set(local: Board, moves: list[tuple[str, dt.timedelta]]) -> None:
    search(local, moves)
