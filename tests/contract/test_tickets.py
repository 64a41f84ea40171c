"""Tickets over a store, on both engines, against servers that follow the published APIs."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from roadworthy.app import build
from roadworthy.decide.tickets.model import Standing, SystemType, Ticket, TicketState, TicketSystem
from roadworthy.decide.tickets.rules import LEASE, MOST_ATTEMPTS
from roadworthy.decide.tickets.service import MOST_AT_ONCE, Tickets
from roadworthy.decide.tickets.syncing import EVERY
from roadworthy.evidence.model import Submission
from roadworthy.evidence.service import Evidence
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Refused, Unauthenticated, Unavailable
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.model import UseCase
from tests.harness.contract_servers.jira import JiraSite
from tests.harness.contract_servers.servicenow import ServiceNowInstance
from tests.harness.contract_servers.serving import Answer, System, serving

DANA = Context(Actor(ActorKind.PERSON, "dana"))
FACT, CRITERION = "data.path-audited", "data-audit"
PEOPLE = {"product": "ana@example.org", "platform": "ben@example.org"}
WEBHOOK_SECRET = "a shared secret"


@dataclass
class Desk:
    """A deployment with a ticket system."""

    store: Store
    clock: SimulatedClock
    ledger: Ledger
    resources: Resources
    evidence: Evidence
    tickets: Tickets
    server: System
    settings: Settings
    environment: pytest.MonkeyPatch
    again: Any

    def declare(self, name: str, model: type[Shape], spec: Mapping[str, Any]) -> None:
        declared = Declared(model.__name__, name, {}, model.model_validate(spec))
        self.ledger.units.run(DANA, lambda tx: self.resources.put_all(tx, [declared], None, "test"))

    def send(self, *criteria: str, use_case: str | None = "mail", **more: Any) -> list[Ticket]:
        """Look, agree, send."""
        offers = self.tickets.offers(use_case, criteria, **more)
        return self.tickets.send(DANA, use_case, criteria, agreed=offers.digest, **more)

    def later(self, by: dt.timedelta) -> None:
        self.clock.advance(by)
        self.tickets.timers.tick()

    def only(self) -> Ticket:
        (ticket,) = self.tickets.all()
        return ticket

    def meet(self) -> str:
        """Hand in what turns the criterion green."""
        today = self.clock.now().date()
        given = {
            "fact": FACT,
            "answer": "yes",
            "link": "https://docs.example/audit",
            "observedFrom": today,
            "observedTo": today,
        }
        return self.evidence.submit(DANA, "mail", Submission.model_validate(given)).id

    def events(self) -> list[str]:
        self.ledger.settle()
        entries = self.ledger.entries(limit=200).entries
        return [each.entry.what for each in reversed(entries) if each.entry.what.startswith("ticket.")]

    def made(self) -> int:
        """How many tickets the other system has."""
        if isinstance(self.server, ServiceNowInstance):
            return len(self.server.incidents)
        assert isinstance(self.server, JiraSite)
        return len(self.server.issues)

    def work(self, state: TicketState) -> None:
        """Somebody over there works on the only ticket."""
        if isinstance(self.server, ServiceNowInstance):
            self.server.incidents[0]["state"] = {TicketState.IN_PROGRESS: "2", TicketState.CLOSED: "7"}[state]
            return
        assert isinstance(self.server, JiraSite)
        self.server.issues[0]["status"] = {TicketState.IN_PROGRESS: "In Progress", TicketState.CLOSED: "Done"}[state]

    def comments(self) -> list[str]:
        """What was said there."""
        if isinstance(self.server, ServiceNowInstance):
            return [str(each) for each in self.server.incidents[0]["journal"]]
        assert isinstance(self.server, JiraSite)
        return [json.dumps(each, ensure_ascii=False) for each in self.server.issues[0]["comments"]]

    def sign(self, body: bytes, *, secret: str = WEBHOOK_SECRET, at: dt.datetime | None = None) -> dict[str, str]:
        """Headers under which the system would send this."""
        if isinstance(self.server, JiraSite):
            return {"x-hub-signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}
        stamp = str(int((at or self.clock.now()).timestamp()))
        signature = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).digest()
        return {"x-roadworthy-timestamp": stamp, "x-roadworthy-signature": base64.b64encode(signature).decode()}

    def notice(self, *, at: dt.datetime | None = None) -> bytes:
        """The body of a webhook about the only ticket."""
        ref = self.only().ref or ""
        if isinstance(self.server, JiraSite):
            milliseconds = int((at or self.clock.now()).timestamp() * 1000)
            return json.dumps(
                {"timestamp": milliseconds, "webhookEvent": "jira:issue_updated", "issue": {"id": ref}}
            ).encode()
        return json.dumps({"sys_id": ref, "table": "incident"}).encode()


@contextmanager
def desk_of(kind: SystemType, store: Store, home: Path, environment: pytest.MonkeyPatch) -> Iterator[Desk]:
    server = ServiceNowInstance() if kind is SystemType.SERVICENOW else JiraSite(cloud=kind is SystemType.JIRA_CLOUD)
    with serving(server):
        host = server.address.removeprefix("http://")
        settings = Settings(
            home=home, public_address="https://roadworthy.example/",
            ticket_secrets=f"{host}=env:DESK_LOGIN, {host}/webhook=file:webhook.secret",
        )  # fmt: skip
        (home / "webhook.secret").write_text(WEBHOOK_SECRET + "\n")
        environment.setenv("DESK_LOGIN", "robot:letmein")
        clock = SimulatedClock()
        runtime = Runtime(clock=clock, threaded=False)
        app = build(settings, runtime, store)

        def again() -> Tickets:
            return Tickets(store, app.units, app.resources, app.inventory, app.readiness, runtime, settings)

        desk = Desk(
            store, clock, app.ledger, app.resources, app.evidence, app.tickets, server, settings, environment, again
        )
        desk.declare("mail", UseCase, {"title": "Sort ben@example.org's mail", "owners": PEOPLE})
        place = {"place": "incident"} if kind is SystemType.SERVICENOW else {"place": "RISK", "issueType": "Task"}
        desk.declare(
            "desk", TicketSystem,
            {"title": "Desk", "type": kind, "baseUrl": server.address, "login": "basic", **place},
        )  # fmt: skip
        yield desk
        app.ledger.close()


@pytest.fixture(params=list(SystemType))
def desk(
    request: pytest.FixtureRequest, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    with desk_of(request.param, store, tmp_path, monkeypatch) as opened:
        yield opened


@pytest.fixture
def snow(sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """One of them, where all would say the same."""
    with desk_of(SystemType.SERVICENOW, sqlite_store, tmp_path, monkeypatch) as opened:
        yield opened


# ---------------------------------------------------------------- out


def test_a_blocker_goes_out_and_its_whole_way(desk: Desk) -> None:
    (ticket,) = desk.send(CRITERION)
    assert ticket.standing is Standing.QUEUED
    assert desk.made() == 0

    desk.tickets.timers.tick()
    sent = desk.only()
    assert (sent.standing, sent.state, desk.made()) == (Standing.OPEN, TicketState.OPEN, 1)
    assert sent.number
    assert sent.url is not None

    desk.work(TicketState.IN_PROGRESS)
    desk.later(EVERY)
    assert desk.only().state is TicketState.IN_PROGRESS

    desk.meet()
    desk.later(EVERY)
    assert desk.only().standing is Standing.MET_OPEN
    desk.tickets.timers.tick()
    assert "can be closed" in desk.comments()[0]

    desk.tickets.close_ticket(DANA, ticket.id)
    desk.tickets.timers.tick()
    assert desk.only().standing is Standing.DONE
    assert desk.events() == [
        "ticket.queued", "ticket.sent", "ticket.changed", "ticket.told", "ticket.close-asked", "ticket.told",
    ]  # fmt: skip


def test_a_ticket_that_is_closed_there_does_not_make_a_blocker_green(desk: Desk) -> None:
    desk.send(CRITERION)
    desk.tickets.timers.tick()
    desk.work(TicketState.CLOSED)
    desk.later(EVERY)
    assert desk.only().standing is Standing.CLOSED_UNMET
    desk.tickets.timers.tick()
    assert "still unmet" in desk.comments()[0]
    offer = next(each for each in desk.tickets.offers("mail").items if each.blocker.criterion == CRITERION)
    assert (offer.standing, offer.ticket) == (Standing.CLOSED_UNMET, desk.only().id)

    desk.later(EVERY)
    desk.tickets.timers.tick()
    assert len(desk.comments()) == 1  # said once
    with pytest.raises(Refused) as caught:
        desk.tickets.close_ticket(DANA, desk.only().id)
    assert caught.value.code == "ticket-not-to-be-closed"

    (second,) = desk.send(CRITERION, again=True)
    desk.tickets.timers.tick()
    assert (second.sequence, desk.made()) == (2, 2)


def test_what_was_met_and_is_not_any_more_is_said(snow: Desk) -> None:
    snow.send(CRITERION)
    snow.tickets.timers.tick()
    item = snow.meet()
    snow.later(EVERY)
    snow.tickets.timers.tick()
    snow.evidence.withdraw(DANA, item, "it was the wrong report")
    snow.later(EVERY)
    snow.tickets.timers.tick()
    assert snow.only().standing is Standing.OPEN
    assert [("can be closed" in each, "not any more" in each) for each in snow.comments()] == [
        (True, False),
        (False, True),
    ]


def test_a_ticket_that_was_deleted_there_is_gone_and_can_be_made_anew(desk: Desk) -> None:
    desk.send(CRITERION)
    desk.tickets.timers.tick()
    if isinstance(desk.server, ServiceNowInstance):
        desk.server.incidents.clear()
    elif isinstance(desk.server, JiraSite):
        desk.server.issues.clear()
    desk.later(EVERY)
    assert desk.only().standing is Standing.GONE
    assert desk.send(CRITERION) == []
    assert len(desk.send(CRITERION, again=True)) == 1


# ---------------------------------------------------------------- once


def test_a_crash_between_call_and_record_makes_no_second_ticket(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.send(CRITERION)

    class Died(BaseException):
        """The process is gone; nothing catches that."""

    def die(*_args: object, **_more: object) -> None:
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr("roadworthy.decide.tickets.delivery._delivered", die)
        with pytest.raises(Died):
            desk.tickets.timers.tick()
    assert (desk.made(), desk.only().standing) == (1, Standing.QUEUED)

    desk.tickets = desk.again()  # the next process
    desk.later(dt.timedelta(seconds=30))
    assert desk.only().standing is Standing.QUEUED  # what may have been made is given time to show up
    desk.later(LEASE)
    assert (desk.made(), desk.only().standing) == (1, Standing.OPEN)


def test_an_answer_that_is_lost_makes_no_second_ticket_even_where_the_search_lags(desk: Desk) -> None:
    if isinstance(desk.server, JiraSite):
        desk.server.lags = True
    desk.server.lose_answers = 1
    desk.send(CRITERION)
    desk.tickets.timers.tick()
    assert (desk.made(), desk.only().standing) == (1, Standing.QUEUED)
    desk.later(dt.timedelta(minutes=2))
    assert desk.made() == 1
    if isinstance(desk.server, JiraSite):
        desk.server.index()
    desk.later(LEASE)
    assert (desk.made(), desk.only().standing) == (1, Standing.OPEN)


def test_a_blocker_never_gets_two_tickets(desk: Desk) -> None:
    offers = desk.tickets.offers("mail", [CRITERION])
    first = desk.tickets.send(DANA, "mail", [CRITERION], agreed=offers.digest)
    assert len(first) == 1
    assert desk.tickets.send(DANA, "mail", [CRITERION]) == []
    for _ in range(3):
        desk.tickets.timers.tick()
    assert desk.made() == 1


def test_a_home_that_lost_its_memory_finds_its_tickets_again(desk: Desk) -> None:
    desk.send(CRITERION)
    desk.tickets.timers.tick()
    number = desk.only().number
    with desk.store.read() as connection:
        dialect = connection.dialect.name

    def forget(connection: sa.Connection) -> None:
        connection.execute(sa.text("DELETE FROM ticket_messages"))
        connection.execute(sa.text("DELETE FROM tickets"))

    desk.store.write(forget)
    desk.send(CRITERION)
    desk.tickets.timers.tick()
    assert (desk.made(), desk.only().number) == (1, number), dialect


# ---------------------------------------------------------------- not now


def test_what_cannot_be_delivered_now_is_delivered_later_as_the_system_asks(desk: Desk) -> None:
    desk.server.fail(Answer(429, {}, {"Retry-After": "600"}))
    desk.send(CRITERION)
    desk.tickets.timers.tick()
    desk.later(dt.timedelta(seconds=590))
    assert (desk.made(), desk.only().standing) == (0, Standing.QUEUED)
    desk.later(dt.timedelta(seconds=11))
    assert (desk.made(), desk.only().standing) == (1, Standing.OPEN)


def test_a_system_that_is_down_is_not_asked_for_every_message(snow: Desk) -> None:
    snow.server.fail(*[Answer(503)] * 50)
    queued = snow.send()
    assert len(queued) > 3
    snow.tickets.timers.tick()
    assert len(snow.server.asked) == 1


def test_what_cannot_be_delivered_for_hours_is_given_up_with_its_reason_and_can_be_revived(snow: Desk) -> None:
    snow.server.fail(*[Answer(503, {"error": {"message": "Down for maintenance."}})] * MOST_ATTEMPTS)
    (ticket,) = snow.send(CRITERION)
    for _ in range(MOST_ATTEMPTS + 1):
        snow.later(dt.timedelta(hours=2))
    stuck = snow.only()
    assert stuck.standing is Standing.UNDELIVERABLE
    assert stuck.failed_code == "ticket-system-failing"
    assert "Down for maintenance" in (stuck.failed or "")
    assert snow.events() == ["ticket.queued", "ticket.undeliverable"]

    assert snow.tickets.retry(DANA, ticket.id).standing is Standing.QUEUED
    snow.tickets.timers.tick()
    assert snow.only().standing is Standing.OPEN
    with pytest.raises(Conflict):
        snow.tickets.retry(DANA, ticket.id)


def test_credentials_that_are_refused_are_not_tried_again(snow: Desk) -> None:
    snow.server.credentials = "robot:changed"
    snow.send(CRITERION)
    snow.tickets.timers.tick()
    assert snow.only().failed_code == "ticket-system-credentials-refused"
    asked = len(snow.server.asked)
    snow.later(dt.timedelta(days=1))
    assert len([each for each in snow.server.asked[asked:] if each.method == "POST"]) == 0


def test_a_system_that_is_not_declared_any_more_is_said_plainly(snow: Desk) -> None:
    (ticket,) = snow.send(CRITERION)
    generation = snow.resources.get("TicketSystem", "desk").generation
    snow.resources.remove(DANA, "TicketSystem", "desk", generation)
    snow.tickets.timers.tick()
    assert snow.tickets.find(ticket.id).failed_code == "ticket-system-removed"


# ---------------------------------------------------------------- shown first


def test_nothing_leaves_the_house_before_it_was_looked_at(snow: Desk) -> None:
    with pytest.raises(Refused) as caught:
        snow.tickets.send(DANA, "mail", [CRITERION])
    assert caught.value.code == "ticket-not-shown"
    offers = snow.tickets.offers("mail", [CRITERION])
    assert offers.first == ("desk",)
    with pytest.raises(Conflict):
        snow.tickets.send(DANA, "mail", agreed=offers.digest)
    snow.tickets.send(DANA, "mail", [CRITERION], agreed=offers.digest)
    assert snow.tickets.offers("mail").first == ()
    assert snow.tickets.send(DANA, "mail")  # to a system that was agreed to

    spec = snow.tickets.systems()["desk"].model_copy(update={"fields": {"urgency": "1"}})
    snow.declare("desk", TicketSystem, spec.model_dump(by_alias=True, exclude_defaults=True))
    assert snow.tickets.offers("mail", again=True).first == ()  # nothing new is to be sent
    snow.declare("letter", UseCase, {"title": "Answer letters"})
    assert snow.tickets.offers("letter").first == ("desk",)  # what goes out has changed


def test_nobody_is_named_in_what_leaves_the_house_or_in_the_ledger(snow: Desk) -> None:
    snow.send()
    while any(each.standing is Standing.QUEUED for each in snow.tickets.all()):
        snow.tickets.timers.tick()
    assert isinstance(snow.server, ServiceNowInstance)
    sent = json.dumps(snow.server.incidents, default=str)
    assert "Sort the person named's mail" in sent
    snow.ledger.settle()
    entries = b"".join(each.raw for each in snow.ledger.entries(limit=500).entries)
    for address in PEOPLE.values():
        assert address not in sent
        assert address.encode() not in entries


def test_each_blocker_goes_where_the_systems_say(snow: Desk) -> None:
    spec = {
        "title": "Data", "type": "jira-cloud", "baseUrl": snow.server.address, "login": "basic", "place": "RISK",
        "issueType": "Task", "takes": {"dimensions": ["data"], "duties": ["platform"]},
        "fields": {"labels": ["{dimension}"], "components": [{"name": "{useCase}"}], "priority": {"name": "High"}},
    }  # fmt: skip
    snow.declare("data", TicketSystem, spec)
    for offer in snow.tickets.offers("mail").new:
        taken = (offer.blocker.dimension, offer.blocker.duty) == ("data", "platform")
        assert offer.system == ("data" if taken else "desk")
        assert offer.content is not None
        if taken:
            assert offer.content.fields == {
                "labels": ("data",), "components": ({"name": "mail"},), "priority": {"name": "High"},
            }  # fmt: skip
    assert {each.system for each in snow.tickets.offers("mail", system="desk").new} == {"desk"}


def test_what_cannot_be_meant_is_refused_before_anything_is_queued(snow: Desk) -> None:
    with pytest.raises(InvalidInput, match="blocks nothing"):
        snow.tickets.offers("mail", ["no-such-criterion"])
    with pytest.raises(NotFound):
        snow.tickets.offers("nothing")
    with pytest.raises(NotFound, match="no ticket system"):
        snow.tickets.offers("mail", system="dask")
    with pytest.raises(NotFound):
        snow.tickets.check("dask")
    with pytest.raises(NotFound):
        snow.tickets.find("nothing")
    snow.environment.delenv("DESK_LOGIN")
    with pytest.raises(Unavailable) as caught:
        snow.send(CRITERION)
    assert caught.value.code == "ticket-secret-empty"
    snow.environment.setenv("DESK_LOGIN", "robot:letmein")
    for number in range(MOST_AT_ONCE // len(snow.tickets.offers("mail").new) + 1):
        snow.declare(f"case-{number}", UseCase, {"title": "One of many"})
    with pytest.raises(InvalidInput, match="more than"):
        snow.send(use_case=None)
    assert snow.tickets.all() == []


# ---------------------------------------------------------------- webhooks


def test_a_signed_webhook_brings_the_state_at_once(desk: Desk) -> None:
    desk.send(CRITERION)
    desk.tickets.timers.tick()
    desk.work(TicketState.CLOSED)
    body = desk.notice()
    desk.tickets.receive("desk", desk.sign(body), body)
    desk.tickets.timers.tick()
    assert desk.only().standing is Standing.CLOSED_UNMET


def test_a_webhook_is_taken_once(desk: Desk) -> None:
    desk.send(CRITERION)
    desk.tickets.timers.tick()
    body = desk.notice()
    headers = desk.sign(body)
    desk.tickets.receive("desk", headers, body)
    with pytest.raises(Refused) as caught:
        desk.tickets.receive("desk", headers, body)
    assert caught.value.code == "webhook-replayed"


def test_a_webhook_that_is_not_genuine_is_told_nothing(desk: Desk) -> None:
    desk.send(CRITERION)
    desk.tickets.timers.tick()
    body = desk.notice()
    good = desk.sign(body)
    forged = [
        ("desk", {}, body),
        ("desk", desk.sign(body, secret="another"), body),
        ("desk", good, body + b" "),
        ("desk", {name: value[:-2] for name, value in good.items()}, body),
        ("desk", {name: "ü" + value for name, value in good.items()}, body),
        ("nothing", good, body),
    ]
    for name, headers, content in forged:
        with pytest.raises(Unauthenticated) as caught:
            desk.tickets.receive(name, headers, content)
        assert caught.value.code == "webhook-not-authentic"


@pytest.mark.parametrize("hours", [-3, 1])
def test_a_webhook_from_another_time_is_refused(desk: Desk, hours: int) -> None:
    desk.send(CRITERION)
    desk.tickets.timers.tick()
    at = desk.clock.now() + dt.timedelta(hours=hours)
    body = desk.notice(at=at)
    with pytest.raises(Refused) as caught:
        desk.tickets.receive("desk", desk.sign(body, at=at), body)
    assert caught.value.code == "webhook-out-of-time"


def test_a_genuine_webhook_about_something_else_changes_nothing(desk: Desk) -> None:
    now = int(desk.clock.now().timestamp() * 1000)
    body = json.dumps({"timestamp": now, "webhookEvent": "jira:version_released"}).encode()
    desk.tickets.receive("desk", desk.sign(body), body)
    for wrong in (b"[]", b"no json"):
        with pytest.raises(InvalidInput) as caught:
            desk.tickets.receive("desk", desk.sign(wrong), wrong)
        assert caught.value.code == "webhook-malformed"
    assert desk.events() == []
