"""Held calls under decision rights, on both engines: who is asked, how often, and what their answer does."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from roadworthy.decide.approvals.requests import Request
from roadworthy.decide.certificate.deciding import Asked, Change
from roadworthy.foundation.digests import digest
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.admission.compiling import Compiler
from roadworthy.operate.admission.keys.model import Wanted
from roadworthy.operate.admission.kinds import Endpoint
from roadworthy.operate.admission.model import Asking, Decision, Queued, Subject
from roadworthy.operate.admission.passes import MOST_ASKED, Holds, Outside, Stands, asked_for, end_all
from roadworthy.operate.admission.reloading import Reloading
from roadworthy.operate.calls.recording import intent_of
from roadworthy.operate.releases.model import Known, Part, PartKind
from roadworthy.operate.telemetry.model import Ruling, Surface
from tests.harness.governed import CASE, CHANGE_RIGHTS, Board, ask, governed
from tests.harness.issued import issued, term
from tests.harness.upstream import wait_for

BY, RITA = "dana@halden.example", "rita@halden.example"
RAISE = ask("raise-limit", ["raise-limit"], {"group": "risk"}, deadline="3d")
NEVER = {"name": "never", "decides": ["raise-limit"], "decision": "decline"}
SUSPEND = {"name": "suspend", "decides": ["suspend"], "decision": "approve"}
LOW: Mapping[str, Any] = {
    "title": "Claims triage",
    "stage": "production",
    "class": "generative",
    "risk": {"impact": "none", "autonomy": "informs", "personalData": "none", "exposure": "internal"},
}
SPEC: Mapping[str, Any] = {
    "useCase": CASE,
    "surfaces": ["chat-completions"],
    "models": [{"name": "gpt", "targets": [{"upstream": "stub", "model": "gpt-4o"}]}],
    "outside": "hold",
}
MODEL = Part(PartKind.MODEL, "triage", digest(b"gpt-4o"), Known.ASSERTED, "said")


@dataclass
class Desk:
    """A gateway whose production calls may carry `internal`, and people who are asked about the rest."""

    board: Board
    key: str
    release: str
    serial: str
    key_id: str = ""

    def call(self, *classes: str) -> Decision:
        """A call with these classes of data, decided about by what is known now."""
        return self.decided(shown=self.key, data_classes=frozenset(classes))

    def call_for(self, user: str | None, *groups: str) -> Decision:
        """The same for a user in some groups; None for nobody in particular."""
        day = self.board.deployment.clock.now() + dt.timedelta(days=1)
        subject = None if user is None else Subject(user, frozenset(groups), expires=day)
        return self.decided(queued=Queued("019aaab2-0000-7000-8000-000000000001", self.key_id, subject))

    def decided(self, shown: str = "", **more: Any) -> Decision:
        """What becomes of a call by what is known now."""
        app = self.board.app
        app.operation.status_head.renew(app.operation.status.held)
        app.operation.status.look()
        app.admitting.reloading.look()
        return app.admitting.admission.decide(
            Asking(Surface.CHAT, self.board.deployment.clock.now(), shown, "gpt", **more)
        )

    def told(self, *classes: str) -> tuple[str, str | None, str | None, int | None]:
        """What a client hears once people were asked."""
        self.call(*classes)
        self.asked()
        refusal = self.call(*classes).refusal
        assert refusal is not None
        return refusal.code, refusal.message.rpartition("; ")[2], refusal.held, refusal.retry_after

    def asked(self) -> None:
        """Until the thread has asked what there is to ask."""
        holds = self.board.app.admitting.holds
        assert holds is not None
        holds.close()

    def waiting(self) -> list[Request]:
        """Requests about held calls, the oldest first."""
        found = self.board.app.approvals.listed(use_case=CASE)
        return [each for each in reversed(found) if each.subject == "held-calls"]

    def outside(self, about: str, endpoint: str = "chat") -> Outside:
        """What a call with one more class of data is outside of."""
        return Outside(CASE, "production", endpoint, self.serial, "envelope:data-classes", about)

    def recertified(self, of: str = "data-classes", values: Sequence[str] = ("internal",)) -> str:
        """Another certificate takes the place of this one."""
        app, by = self.board.app, self.board.context(BY)
        terms = {"terms": {of: term({"values": list(values)})}}
        self.serial = issued(app, by, CASE, release=self.release, envelope=terms).serial
        self.board.later(seconds=1)
        return self.serial


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Iterator[Desk]:
    with governed(store, tmp_path) as board:
        board.deployment.declare({CASE: LOW})
        board.deployment.declare(
            {"chat": SPEC, "other": {**SPEC, "models": [{**SPEC["models"][0], "name": "o"}]}}, Endpoint
        )
        board.signed(CHANGE_RIGHTS, RAISE, SUSPEND)
        release = board.app.operation.releases.record(board.context(BY), CASE, "r1", [MODEL]).digest
        key, kept = board.app.admitting.keys.new(board.context(BY), Wanted("live", CASE, "production"))
        made = Desk(board, key, release, "", kept.id)
        made.recertified()
        yield made
        board.app.admitting.close()


def test_people_are_asked_once_for_each_thing_and_the_client_hears_for_what_it_waits(desk: Desk) -> None:
    first = desk.call("health")
    assert (first.ruling, first.goes_on, first.certificate) == (Ruling.HELD, False, desk.serial)
    assert first.refusal is not None
    assert (first.refusal.held, first.refusal.retry_after) == (None, 1), "people are being asked"
    code, words, held, seconds = desk.told("health")
    (request,) = desk.waiting()
    assert (code, held, seconds) == ("gateway-held", request.id, 30)
    assert words == f"it waits for the decision {request.id}"
    for _ in range(3):
        desk.board.later(minutes=6)
        assert desk.told("health")[2] == request.id
    assert desk.board.inbox(RITA) == [request.id]
    desk.told("biometric")
    assert len(desk.waiting()) == 2, "another thing is another question"
    assert "data-classes (health)" in request.title
    intent = intent_of(first, Asking(Surface.CHAT, desk.board.deployment.clock.now(), desk.key, "gpt"), None)
    with desk.board.app.store.read() as connection:
        assert asked_for(connection, intent) == request.id, "its page leads there"
        assert asked_for(connection, replace(intent, about="biometric")) != request.id
        assert asked_for(connection, replace(intent, ruling=Ruling.REFUSED)) is None
    assert f"certificate: {desk.serial}" in desk.board.app.approvals.shown(request)


def test_an_approval_lets_exactly_that_pass_for_a_day_there_and_under_that_certificate(desk: Desk) -> None:
    desk.told("health")
    (request,) = desk.waiting()
    desk.board.approve(RITA, request)
    assert desk.board.get(request).state == "used", "it is done with the last yes"
    assert desk.call("health").goes_on
    assert not desk.call("health", "biometric").goes_on, "something else beside it is still outside"
    assert not desk.call("biometric").goes_on
    config = desk.board.app.admitting.reloading.current
    assert list(config.passes) == [desk.outside("health")], "it opens no other endpoint"
    desk.board.later(hours=23, minutes=59)
    assert desk.call("health").goes_on
    desk.board.later(minutes=1)
    assert not desk.call("health").goes_on
    (opened,) = desk.board.entries("gateway-pass.")
    assert (opened.what, opened.facts["request"], opened.facts["about"]) == (
        "gateway-pass.opened",
        request.id,
        "health",
    )


def test_outside_of_the_cohort_a_pass_is_for_one_user_and_for_nobody_of_whom_nothing_is_said(desk: Desk) -> None:
    desk.recertified("cohort", ["claims-handlers"])
    assert desk.call_for("u-member", "claims-handlers").goes_on
    for user in ("u-ana", "u-bo"):
        assert desk.call_for(user, "sales").ruling is Ruling.HELD
        desk.asked()
    first, second = sorted(desk.waiting(), key=lambda each: each.title)
    assert "cohort (not a member: u-ana)" in first.title
    assert "cohort (not a member: u-bo)" in second.title
    asking = Asking(Surface.CHAT, desk.board.deployment.clock.now(), "", "gpt")
    with desk.board.app.store.read() as connection:
        assert asked_for(connection, intent_of(desk.call_for("u-bo", "sales"), asking, None)) == second.id
    desk.board.approve(RITA, first)
    assert desk.call_for("u-ana", "sales").goes_on
    assert desk.call_for("u-ana").goes_on, "whatever groups she is in"
    assert desk.call_for("u-bo", "sales").ruling is Ruling.HELD, "it is hers alone"

    nobody = desk.call_for(None)
    assert (nobody.ruling, nobody.goes_on) == (Ruling.REFUSED, False), (
        "a pass for nobody in particular is for everybody"
    )
    desk.asked()
    assert len(desk.waiting()) == 2, "nobody was asked"
    opened = desk.board.entries("gateway-pass.opened")
    assert [each.facts["about"] for each in opened] == ["not a member: u-ana"]


def test_a_pass_ends_with_its_certificate_and_gives_nothing_to_a_suspended_one(desk: Desk) -> None:
    desk.told("health")
    desk.board.approve(RITA, desk.waiting()[0])
    assert desk.call("health").goes_on
    former = desk.serial
    desk.recertified()
    decision = desk.call("health")
    assert (decision.ruling, decision.certificate) == (Ruling.HELD, desk.serial)
    assert desk.serial != former
    desk.told("health")
    desk.board.approve(RITA, desk.waiting()[-1])
    assert desk.call("health").goes_on
    change = Asked(Change.SUSPEND, desk.serial, "it is wrong")
    desk.board.app.operation.certificates.ask(desk.board.context(BY), change)
    refusal = desk.call("health").refusal
    assert refusal is not None
    assert (refusal.code, refusal.about) == ("gateway-not-certified", "suspended")


def test_what_people_declined_is_not_asked_again_for_a_day(desk: Desk) -> None:
    desk.told("health")
    (request,) = desk.waiting()
    desk.board.decline(RITA, request)
    desk.board.later(seconds=6)
    assert desk.told("health") == ("gateway-held", f"the decision {request.id} declined it", request.id, None)
    desk.board.later(hours=23)
    desk.told("health")
    assert desk.waiting() == [desk.board.get(request)]
    desk.board.later(hours=2)
    assert desk.told("health")[2] == desk.waiting()[1].id != request.id


def test_what_nobody_decided_in_time_is_asked_anew(desk: Desk) -> None:
    desk.told("health")
    (request,) = desk.waiting()
    desk.board.later(days=3, seconds=1)
    assert desk.board.get(request).state == "expired"
    assert desk.told("health")[2] == desk.waiting()[1].id


def test_where_rules_say_no_beforehand_the_client_hears_that_nobody_can_be_asked(desk: Desk) -> None:
    desk.board.changed(CHANGE_RIGHTS, NEVER, SUSPEND)
    assert desk.told("health")[:2] == ("gateway-held", "nobody can be asked")
    assert desk.waiting() == []


def test_two_gateways_that_ask_at_once_ask_once(desk: Desk, store: Store) -> None:
    app = desk.board.app
    some = [Holds(store, app.runtime, app.approvals) for _ in range(2)]
    begin = threading.Barrier(len(some))

    def go(holds: Holds) -> None:
        begin.wait()
        holds.held(desk.outside("health"), desk.board.deployment.clock.now())
        holds.close()

    threads = [threading.Thread(target=go, args=(each,)) for each in some]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(desk.waiting()) == 1


def test_whoever_varies_what_he_asks_for_does_not_fill_inboxes(desk: Desk) -> None:
    app, now = desk.board.app, desk.board.deployment.clock.now()
    holds = Holds(app.store, app.runtime, app.approvals)
    stands = [holds.held(desk.outside(f"class-{number}"), now).stands for number in range(MOST_ASKED + 3)]
    assert stands == [Stands.ASKING] * MOST_ASKED + [Stands.CROWDED] * 3
    assert holds.held(desk.outside("health", "other"), now).stands is Stands.ASKING, "elsewhere people can be asked"
    assert holds.held(desk.outside("more"), now + dt.timedelta(hours=1)).stands is Stands.ASKING
    holds.close()


def test_after_a_restore_no_pass_is_in_force(desk: Desk) -> None:
    desk.told("health")
    desk.board.approve(RITA, desk.waiting()[0])
    assert desk.call("health").goes_on
    units, by = desk.board.app.units, desk.board.context(BY)
    assert units.run(by, lambda tx: end_all(tx, "restore")) == 1
    assert not desk.call("health").goes_on
    ended = desk.board.entries("gateway-pass.ended")
    assert [(each.facts["about"], each.facts["cause"]) for each in ended] == [("health", "restore")]
    assert units.run(by, lambda tx: end_all(tx, "restore")) == 0


def test_another_gateway_hears_of_a_pass_by_itself(desk: Desk, store: Store) -> None:
    desk.told("health")
    other = Reloading(store, Runtime(), Compiler(desk.board.app.resources))
    other.start()
    try:
        assert not other.current.passes
        desk.board.approve(RITA, desk.waiting()[0])
        wait_for(lambda: other.current.generation > desk.board.app.admitting.reloading.current.generation)
    finally:
        other.close()
