"""Decisions that wait for an approved change in another system, against servers that follow the published APIs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from roadworthy.app import build
from roadworthy.decide.approvals.requests import Proposal, Request
from roadworthy.decide.tickets.changes import EVERY, FRESH, SOON
from roadworthy.decide.tickets.model import SystemType
from roadworthy.foundation.errors import InvalidInput, NotFound, RoadworthyError, Unavailable
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.store import Store
from tests.harness.contract_servers.jira import JiraSite
from tests.harness.contract_servers.servicenow import ServiceNowInstance
from tests.harness.contract_servers.serving import Answer, System, serving
from tests.harness.decided import Deployment
from tests.harness.governed import CASE, CHANGE_RIGHTS, Board, ask
from tests.unit.decide.readiness.cases import NOW

RITA, PROPOSER = "rita@halden.example", "proposer@halden.example"
RULE = ask("deploy", ["deploy"], {"group": "risk"}, external={"system": "desk", "window": True})
DATES = {"starts": "customfield_10061", "ends": "customfield_10062"}


@dataclass
class Desk:
    """A governed deployment beside another system that keeps changes."""

    board: Board
    server: System

    def change(self, **values: str) -> str:
        """Make a change over there; its number."""
        if isinstance(self.server, ServiceNowInstance):
            return str(self.server.change("CHG0030001", **values)["number"])
        assert isinstance(self.server, JiraSite)
        return str(self.server.put()["key"])

    def becomes(self, *, approved: bool, starts: str = "", ends: str = "") -> None:
        """Somebody over there works on the change."""
        if isinstance(self.server, ServiceNowInstance):
            self.server.tables["change_request"][0].update(
                approval="approved" if approved else "rejected", state="-2", start_date=starts, end_date=ends
            )
            return
        assert isinstance(self.server, JiraSite)
        issue = self.server.issues[0]
        issue["status"] = "In Progress" if approved else "Won't Do"
        issue["fields"] |= {DATES["starts"]: starts or None, DATES["ends"]: ends or None}

    def later(self, by: dt.timedelta) -> None:
        self.board.deployment.clock.advance(by)
        self.board.app.tickets.timers.tick()
        self.board.app.timers.tick()

    def propose(self, number: str | None) -> Request:
        content = {"decides": "deploy", "useCase": CASE, "facts": {"release": "r1"}}
        proposal = Proposal("external", content, "needed", change_number=number)
        return self.board.app.approvals.propose(self.board.context(PROPOSER), proposal)

    def unmet(self, request: Request) -> str:
        (rule,) = self.board.app.approvals.standing(request.id).rules
        return "; ".join(rule.unmet)


@contextmanager
def desk_of(kind: SystemType, store: Store, home: Path, environment: pytest.MonkeyPatch) -> Iterator[Desk]:
    server = ServiceNowInstance() if kind is SystemType.SERVICENOW else JiraSite(cloud=kind is SystemType.JIRA_CLOUD)
    with serving(server):
        secrets = f"{server.address.removeprefix('http://')}=env:DESK_LOGIN"
        environment.setenv("DESK_LOGIN", "robot:letmein")
        clock = SimulatedClock(NOW)
        app = build(Settings(home=home, ticket_secrets=secrets), Runtime(clock=clock, threaded=False), store)
        board = Board(Deployment(app, clock))
        spec: dict[str, Any] = {"title": "Desk", "type": kind, "baseUrl": server.address, "login": "basic"}
        if kind is SystemType.SERVICENOW:
            spec |= {"place": "incident"}
        else:
            spec |= {"place": "RISK", "issueType": "Task", "changes": {"approved": ["In Progress"], **DATES}}
        from roadworthy.decide.tickets.model import TicketSystem

        board.deployment.declare({CASE: {"title": "Claims triage"}})
        board.deployment.declare({"desk": spec}, TicketSystem)
        board.group("risk", RITA)
        board.signed(CHANGE_RIGHTS, RULE)
        yield Desk(board, server)
        app.ledger.close()


@pytest.fixture(params=list(SystemType))
def desk(
    request: pytest.FixtureRequest, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    with desk_of(request.param, store, tmp_path, monkeypatch) as opened:
        yield opened


@pytest.fixture
def snow(sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with desk_of(SystemType.SERVICENOW, sqlite_store, tmp_path, monkeypatch) as opened:
        yield opened


MINUTE = dt.timedelta(minutes=1)


def test_a_decision_waits_for_the_change_to_be_approved_and_for_its_window(desk: Desk) -> None:
    number = desk.change()
    request = desk.propose(number)
    assert "was not read yet" in desk.unmet(request)
    desk.board.approve(RITA, request)
    desk.later(MINUTE)
    assert "is not approved" in desk.unmet(request)
    assert desk.board.get(request).state == "open"
    day = f"{NOW:%Y-%m-%d}"
    desk.becomes(approved=True, starts=f"{day} 13:00:00", ends=f"{day} 14:00:00")
    desk.later(EVERY)
    assert "now is not in the window" in desk.unmet(request)
    for _ in range(7):
        desk.later(EVERY)
    assert desk.board.get(request).state == "approved"
    states = [entry.facts["approved"] for entry in desk.board.entries("change.read")]
    assert states == [False, True]


def test_a_change_that_is_all_that_is_missing_decides_within_a_minute(snow: Desk) -> None:
    number = snow.change()
    request = snow.propose(number)
    snow.later(MINUTE)
    before = len(snow.server.asked)
    for _ in range(9):
        snow.later(MINUTE)
    assert len(snow.server.asked) == before, "nobody hurries while votes are missing"
    snow.board.approve(RITA, request)
    for _ in range(5):
        snow.later(MINUTE)
    assert before + 5 <= len(snow.server.asked) <= before + 6
    snow.becomes(approved=True, starts="2020-01-01 00:00:00", ends="2030-01-01 00:00:00")
    snow.later(SOON)
    assert snow.board.get(request).state == "approved"
    snow.later(EVERY)
    asked = len(snow.server.asked)
    snow.later(EVERY)
    snow.later(EVERY)
    assert len(snow.server.asked) == asked, "nobody waits any more"


def test_a_system_that_is_down_is_not_asked_more_often_for_that(snow: Desk) -> None:
    request = snow.propose(snow.change())
    snow.later(MINUTE)
    snow.board.approve(RITA, request)
    snow.server.fail(*(Answer(503) for _ in range(100)))
    before = len(snow.server.asked)
    for _ in range(60):
        snow.later(dt.timedelta(seconds=5))
    tries = len(snow.server.asked) - before
    assert tries <= 5 * 3 + 3, "at most once a minute, with the few tries that one exchange makes"


def test_a_change_that_is_called_off_is_not_approved_any_more(snow: Desk) -> None:
    number = snow.change()
    snow.becomes(approved=True, starts="2020-01-01 00:00:00", ends="2030-01-01 00:00:00")
    request = snow.propose(number)
    snow.later(MINUTE)
    assert snow.unmet(request) == ""
    snow.becomes(approved=False)
    snow.later(EVERY)
    assert "is not approved" in snow.unmet(request)


def test_a_reading_that_is_too_old_counts_for_nothing(snow: Desk) -> None:
    number = snow.change()
    snow.becomes(approved=True, starts="2020-01-01 00:00:00", ends="2030-01-01 00:00:00")
    request = snow.propose(number)
    snow.later(MINUTE)
    snow.board.deployment.clock.advance(FRESH + MINUTE)
    assert "too long ago" in snow.unmet(request)
    snow.server.fail(*(Answer(503) for _ in range(3)))
    snow.later(MINUTE)
    assert "too long ago" in snow.unmet(request), "what cannot be asked now is not taken for unchanged"


def test_a_reading_by_a_clock_that_was_ahead_counts_for_nothing(snow: Desk) -> None:
    number = snow.change()
    snow.becomes(approved=True)
    request = snow.propose(number)
    snow.later(dt.timedelta(days=1))
    assert "no planned window" in snow.unmet(request)
    snow.board.deployment.clock.instant -= dt.timedelta(hours=1)
    assert "ahead" in snow.unmet(request), "it would be fresh until that clock is right again"


def test_what_cannot_be_read_is_not_approved_and_says_why(snow: Desk) -> None:
    request = snow.propose("CHG0099999")
    snow.later(MINUTE)
    assert "cannot be read: change-unknown-there" in snow.unmet(request)
    bare = snow.propose(None)
    assert "the proposal names none" in snow.unmet(bare)


def test_a_number_cannot_carry_a_query_or_a_way_out_of_the_address(snow: Desk) -> None:
    for number in ("CHG1^ORapproval=approved", "../user", "CHG 1", "CHG1/x", "", "1", "X" * 60 + "1", "CHG1?x=1"):
        with pytest.raises(InvalidInput) as refused:
            snow.propose(number)
        assert refused.value.code == "change-number-unfit"
    assert snow.server.asked == []


def test_answers_that_say_something_else_are_not_taken_for_an_approval(snow: Desk) -> None:
    changes = snow.board.app.tickets.changes
    snow.change()
    snow.becomes(approved=True)
    record = {"number": "CHG0030001", "approval": "approved", "state": "-2"}
    cases: list[tuple[Answer, type[RoadworthyError]]] = [
        (Answer(200, {"result": [{**record, "number": "CHG0030002"}]}), NotFound),
        (Answer(200, {"result": [record, record]}), NotFound),
        (Answer(200, {"result": record}), Unavailable),
        (Answer(200, raw=b"<html>sign in</html>"), Unavailable),
        (Answer(200, {"result": [{**record, "start_date": "soon"}]}), Unavailable),
    ]
    for answer, error in cases:
        snow.server.fail(answer)
        with pytest.raises(error):
            changes.look("desk", "CHG0030001")
    closed = Answer(200, {"result": [{**record, "state": "3"}]})
    snow.server.fail(closed)
    assert changes.look("desk", "CHG0030001").approved is False
    with pytest.raises(InvalidInput, match="there is no TicketSystem"):
        changes.look("elsewhere", "CHG0030001")
