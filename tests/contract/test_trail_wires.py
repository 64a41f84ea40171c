"""Logs are fetched from where they ended, and sinks are told from where they were, whatever goes wrong in between."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from roadworthy.demo.systems.wire import Answer, Request
from roadworthy.foundation.credentials import Sources
from roadworthy.foundation.errors import RoadworthyError, Unavailable
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.logs import Secret
from roadworthy.foundation.notify.sending import verify
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.consumers import Consumers
from roadworthy.foundation.workflow.service import Timers
from roadworthy.operate.actions.declared import Speaks, System
from roadworthy.operate.actions.trail import fetching, sinks
from roadworthy.operate.actions.trail.declared import AuditPoll, EventSink
from roadworthy.operate.actions.trail.exporting import Exporting
from roadworthy.operate.actions.trail.fetching import Fetching
from roadworthy.operate.actions.trail.sinks import Sinks
from tests.harness.systems import answering
from tests.harness.trail import AUDIT, PAYMENTS, Told, lines
from tests.unit.foundation.ledger.samples import CONTEXT

KEY = b"0123456789abcdef"


@dataclass
class Remote:
    """What answers: a log that is asked for, or a sink that is told."""

    log: list[dict[str, Any]] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 200
    most: int = 100

    async def __call__(self, request: Request) -> Answer:
        """Answer."""
        self.asked.append(request)
        if self.status != 200:
            return Answer(self.status, headers={"Location": "http://127.0.0.1:1/"})
        if request.method == "POST":
            self.taken.append((dict(request.headers), request.body))
            return Answer(202)
        if "after" in request.query or request.path == "/by-token":
            start = int(request.query.get("after") or 0)
            some = self.log[start : start + self.most]
            more = {"next": str(start + len(some))} if start + len(some) < len(self.log) else {}
            return Answer(200, json.dumps({"events": some, **more}).encode())
        if "from" in request.query:
            at = next(index for index, each in enumerate(self.log) if each["no"] == request.query["from"])
            return Answer(200, lines(self.log[at + 1 : at + 1 + self.most]))
        since = request.query.get("since", "")
        return Answer(200, lines([each for each in self.log if not since or each["at"] >= since][: self.most]))


@dataclass
class Wires:
    """A trail whose system and sink are real servers."""

    told: Told
    remote: Remote
    fetching: Fetching
    timers: Timers
    sinks: Sinks
    consumers: Consumers
    declared: dict[str, System]
    sink: dict[str, EventSink]
    secrets: list[str | None]

    def turn(self, seconds: float = 0) -> None:
        """Time passes, and what is due is done."""
        self.told.on(seconds)
        self.told.ledger.settle()
        self.consumers.tick()
        self.timers.tick()

    def record(self, what: str, resource: str = "AgentAction/a-1", **facts: Any) -> None:
        """An entry of the ledger."""
        self.told.ledger.units.run(CONTEXT, lambda tx: tx.record(Draft(what, resource, facts=facts)))

    def declare_sink(self) -> None:
        """As its declaration is recorded."""
        self.record("event-sink.applied", "EventSink/siem")


@pytest.fixture
def wires(store: Store, tmp_path: Path) -> Iterator[Wires]:
    with ExitStack() as stack:
        remote = Remote()
        address = stack.enter_context(answering(remote))
        told = Told(store, tmp_path)
        stack.callback(told.ledger.close)
        audit = AUDIT.model_copy(update={"poll": AuditPoll(path="/audit", parameter="since", every="30s")})
        told.audit = audit
        declared = {PAYMENTS: System(speaks=Speaks.HTTP, address=address, secret="env:KEY", audit=audit)}
        timers = Timers(store, told.ledger.units, told.runtime)
        secrets: list[str | None] = ["shown"]
        reach = Reach.of("127.0.0.1")
        fetcher = Fetching(
            fetching.Ground(
                told.trail, timers, told.runtime, told.veil, declared.get,
                lambda _source, _where: None if secrets[0] is None else Secret(secrets[0]), reach, tmp_path,
            )
        )  # fmt: skip
        (tmp_path / "key").write_text("whsec_" + base64.b64encode(KEY).decode())
        spec = EventSink(address=f"{address}/ingest", format="cloudevents", secret="file:key", batch=2)
        sink = {"siem": spec}
        telling = Sinks(
            sinks.Ground(
                store, told.runtime, timers, Exporting(store, "urn:roadworthy:tests"), Sources(tmp_path), reach,
                sink.get, lambda _connection: list(sink),
            )
        )  # fmt: skip
        consumers = Consumers(store, told.ledger.units, told.runtime)
        consumers.on(sinks.CONSUMER, telling.follow, sinks.EVENTS)
        consumers.tick()
        yield Wires(told, remote, fetcher, timers, telling, consumers, declared, sink, secrets)


def polled(wires: Wires, **how: Any) -> None:
    """Have the log fetched otherwise."""
    audit = wires.told.audit.model_copy(update={"poll": AuditPoll(**how)})
    wires.told.audit = audit
    wires.declared[PAYMENTS] = wires.declared[PAYMENTS].model_copy(update={"audit": audit})


def test_a_log_is_fetched_from_a_little_before_its_latest_event(wires: Wires) -> None:
    wires.remote.log = [wires.told.event() for _ in range(3)]
    assert wires.fetching.fetch(PAYMENTS).new == 3
    assert wires.remote.asked[0].headers["authorization"] == "Bearer shown"
    assert "since" not in wires.remote.asked[0].query
    wires.told.on(600)
    wires.remote.log.append(wires.told.event())
    taken = wires.fetching.fetch(PAYMENTS)
    assert (taken.new, wires.remote.asked[-1].query["since"] < wires.told.clock.now().isoformat()) == (1, True)
    assert wires.fetching.fetch(PAYMENTS).new == 0
    feed = wires.told.trail.feed(PAYMENTS)
    assert feed is not None
    assert feed.read_until == wires.told.clock.now() - dt.timedelta(seconds=2)


def test_a_log_that_is_read_to_its_end_shows_what_is_missing(wires: Wires) -> None:
    wires.fetching.fetch(PAYMENTS)
    wires.told.on(60)
    action = wires.told.action()
    wires.told.on(400)
    wires.fetching.fetch(PAYMENTS)
    assert wires.told.open() == [("intent-without-effect", action)]


@pytest.mark.parametrize("how", [{"parameter": "from", "by": "id"}, {"parameter": "after", "by": "token"}])
def test_pages_of_a_log_are_followed_to_its_end(wires: Wires, how: dict[str, str]) -> None:
    token = how["by"] == "token"
    polled(wires, path="/by-token" if token else "/audit", **how, **({"next": "/next"} if token else {}))
    wires.remote.most = 3
    wires.remote.log = [wires.told.event() for _ in range(8)]
    assert wires.fetching.fetch(PAYMENTS).new == 8
    wires.remote.log += [wires.told.event() for _ in range(2)]
    assert wires.fetching.fetch(PAYMENTS).new == 2


def test_a_log_is_fetched_again_and_again_and_more_seldom_while_it_is_away(wires: Wires) -> None:
    def work(tx: Any) -> None:
        Timers.set(tx, fetching.FETCH, PAYMENTS, tx.now)

    wires.told.ledger.units.run(CONTEXT, work)
    wires.turn()
    assert len(wires.remote.asked) == 1
    wires.turn(29)
    assert len(wires.remote.asked) == 1
    wires.remote.status = 503
    wires.turn(1)
    feed = wires.told.trail.feed(PAYMENTS)
    assert feed is not None
    assert (feed.failures, "status 503" in (feed.error or "")) == (1, True)
    wires.turn(59)
    assert len(wires.remote.asked) == 2, "it waits twice as long"
    wires.remote.status = 200
    wires.remote.log = [wires.told.event()]
    wires.turn(1)
    feed = wires.told.trail.feed(PAYMENTS)
    assert feed is not None
    assert (feed.failures, feed.error) == (0, None)
    assert len(wires.told.open()) == 1
    del wires.declared[PAYMENTS]
    wires.turn(30)
    assert wires.timers.ahead() == [], "nobody fetches the log of a system that is not there any more"


def test_a_redirect_a_missing_secret_and_an_address_inside_are_not_followed(wires: Wires) -> None:
    wires.remote.status = 302
    with pytest.raises(Unavailable, match="status 302"):
        wires.fetching.fetch(PAYMENTS)
    wires.secrets[0] = None
    with pytest.raises(Unavailable, match="secret cannot be had"):
        wires.fetching.fetch(PAYMENTS)
    wires.secrets[0] = "shown"
    wires.declared[PAYMENTS] = wires.declared[PAYMENTS].model_copy(update={"address": "http://169.254.169.254"})
    with pytest.raises(RoadworthyError, match="address"):
        wires.fetching.fetch(PAYMENTS)
    assert len(wires.remote.asked) == 1


def told_of(wires: Wires) -> list[str]:
    return [each["type"] for _headers, body in wires.remote.taken for each in json.loads(body)]


def test_a_sink_is_told_in_order_and_signed_from_when_it_was_declared(wires: Wires) -> None:
    wires.record("action.done", action="before")
    wires.declare_sink()
    for number in range(5):
        wires.record("action.done", action=f"n-{number}")
    wires.record("use-case.applied")
    for _ in range(4):
        wires.turn()
    names = [each["data"]["facts"]["action"] for _, body in wires.remote.taken for each in json.loads(body)]
    assert names == [f"n-{number}" for number in range(5)]
    now = int(wires.told.clock.now().timestamp())
    for headers, body in wires.remote.taken:
        assert headers["content-type"] == "application/cloudevents-batch+json"
        assert verify(KEY, headers, body, now)
        assert not verify(KEY, headers, body + b" ", now)
        assert len(json.loads(body)) <= 2


def test_what_a_sink_misses_it_is_told_once_it_is_back_and_nothing_twice(wires: Wires) -> None:
    wires.declare_sink()
    wires.turn()
    wires.remote.status = 503
    for number in range(3):
        wires.record("action.refused", action=f"n-{number}")
    wires.turn()
    (standing,) = wires.sinks.standing()
    assert (standing.failures, "status 503" in (standing.error or "")) == (1, True)
    asked = len(wires.remote.asked)
    wires.record("action.refused", action="n-3")
    wires.turn(1)
    assert len(wires.remote.asked) == asked, "it is tried at its own pace, whatever happens meanwhile"
    wires.remote.status = 200
    for _ in range(4):
        wires.turn(5)
    names = [each["data"]["facts"]["action"] for _, body in wires.remote.taken for each in json.loads(body)]
    assert names == ["n-0", "n-1", "n-2", "n-3"]
    (standing,) = wires.sinks.standing()
    assert (standing.failures, standing.error) == (0, None)


def test_a_sink_inside_the_house_or_without_a_key_is_not_told_and_says_so(wires: Wires) -> None:
    wires.sink["siem"] = wires.sink["siem"].model_copy(update={"address": "http://10.0.0.7/ingest"})
    wires.declare_sink()
    wires.record("action.done", action="x")
    wires.turn()
    (standing,) = wires.sinks.standing()
    assert "not public" in (standing.error or "")
    wires.sink["siem"] = wires.sink["siem"].model_copy(update={"secret": "file:nowhere"})
    wires.turn(5)
    (standing,) = wires.sinks.standing()
    assert (standing.failures, "secret cannot be read" in (standing.error or "")) == (2, True)


def test_a_sink_of_one_use_case_hears_of_no_other(wires: Wires) -> None:
    wires.sink["siem"] = wires.sink["siem"].model_copy(update={"use_cases": ("support",)})
    wires.declare_sink()
    wires.record("action.held", action="ours", useCase="support")
    wires.record("action.held", action="theirs", useCase="triage")
    wires.record("stop.set")
    for _ in range(3):
        wires.turn()
    assert told_of(wires) == ["dev.roadworthy.action.held", "dev.roadworthy.stop.set"]


def test_the_trail_is_read_from_an_instant_on_and_in_portions(wires: Wires) -> None:
    for number in range(4):
        wires.record("action.done", action=f"n-{number}")
        wires.told.on(60)
    wires.told.ledger.settle()
    exporting = Exporting(wires.told.store, "urn:x")
    position = exporting.since(wires.told.clock.now() - dt.timedelta(seconds=150))
    names, end = [], False
    while not end:
        found = exporting.read("ocsf", position, 1)
        names += [each["api"]["operation"] for each in found.events]
        position, end = found.next, found.end
    assert names == ["n-2", "n-3"]
