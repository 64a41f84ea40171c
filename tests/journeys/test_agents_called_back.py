"""An agent that named a callback hears of the end of its action, signed, under one id, and without its contents."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from roadworthy.demo.systems.wire import Answer, Request
from roadworthy.foundation.notify.sending import verify
from roadworthy.foundation.runtime import SystemClock
from roadworthy.operate.actions.callbacks.sending import CALL
from roadworthy.operate.actions.surfaces.mcp.asked import CALLBACK_KEY
from roadworthy.operate.actions.tables import action_contents
from tests.harness.acting import ACTIONS, CASE, REFUND, More, Shop, shop
from tests.harness.speaking_mcp import Plain
from tests.harness.systems import answering
from tests.harness.upstream import wait_for

KEY: Final = b"0123456789abcdef"
TOKEN: Final = "of-the-agent-7"
HELD: Final = {**REFUND, "amount": 20000}


@dataclass
class Remote:
    """The agent's own server."""

    address: str = ""
    asked: list[Request] = field(default_factory=list)
    refusing: int = 0
    """How many more calls it does not take."""
    moved: str = ""
    """Where it sends whoever calls."""

    async def __call__(self, request: Request) -> Answer:
        """Answer."""
        self.asked.append(request)
        if self.moved:
            return Answer(307, headers={"Location": self.moved})
        if self.refusing:
            self.refusing -= 1
            return Answer(503)
        return Answer(204)

    def of(self, id_: str) -> list[tuple[Mapping[str, str], dict[str, Any]]]:
        """Headers and events of the calls about an action."""
        each = [(dict(asked.headers), json.loads(asked.body)) for asked in self.asked]
        return [(heads, event) for heads, event in each if event["data"]["id"] == id_]

    def called(self, id_: str, times: int = 1) -> list[tuple[Mapping[str, str], dict[str, Any]]]:
        """The same, once there are so many."""
        wait_for(lambda: len(self.of(id_)) >= times)
        return self.of(id_)


@dataclass
class There:
    """A shop, and the server of its agent."""

    shop: Shop
    remote: Remote

    def ask(self, customer: str, **more: Any) -> dict[str, Any]:
        """Ask for a refund that is held, and to be called."""
        callback = {"url": f"{self.remote.address}/hooks/done", "token": TOKEN}
        arguments = {**HELD, "customer": customer, **more.pop("arguments", {})}
        said: dict[str, Any] = self.shop.do("payments.refund", arguments, **{"callback": callback, **more}).json()
        return said

    def waits(self, id_: str) -> bool:
        """Whether a call about an action is still to be made."""
        return id_ in self.shop.running.app.timers.keys(CALL)

    def hurry(self) -> None:
        """Have what is put off tried now."""
        self.shop.running.app.store.write(lambda connection: connection.exec_driver_sql(_NOW, (_LONG_AGO, CALL)))


_NOW: Final = "UPDATE timers SET due_at = ? WHERE kind = ? AND dead_at IS NULL"
_LONG_AGO: Final = "2020-01-01 00:00:00.000000"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[There]:
    home = tmp_path_factory.mktemp("called") / "home"
    home.mkdir()
    (home / "callback-key").write_text("whsec_" + base64.b64encode(KEY).decode())
    with ExitStack() as stack:
        remote = Remote()
        remote.address = stack.enter_context(answering(remote))
        spec = {"address": f"{remote.address}/hooks", "useCases": [CASE], "secret": "file:callback-key"}
        brief = {**ACTIONS["payments.refund"], "hold": {"always": True, "within": "1s"}}
        more = More(actions={"payments.brief": brief}, callbacks={"agents": spec})
        made = stack.enter_context(shop(home, more=more, inside_hosts=remote.address.removeprefix("http://")))
        yield There(made, remote)


def _now() -> int:
    return int(SystemClock().now().timestamp())


def test_what_was_held_and_let_pass_is_told_with_its_id_its_state_and_the_agents_token_alone(there: There) -> None:
    body = there.ask("c-1004", arguments={"payment": "p-7007"})
    assert body["state"] == "held"
    assert there.remote.of(body["id"]) == []
    there.shop.decide(body["request"], yes=True)
    ((heads, event),) = there.remote.called(body["id"])
    assert event["data"] == {"id": body["id"], "state": "done", "token": TOKEN}
    assert event["type"] == "dev.roadworthy.agent-action.over"
    assert heads["webhook-id"] == event["id"]
    wait_for(lambda: not there.waits(body["id"]))
    assert len(there.remote.of(body["id"])) == 1


def test_a_call_is_verified_by_its_signature_and_a_changed_or_old_one_is_not(there: There) -> None:
    body = there.ask("c-2002")
    there.shop.decide(body["request"], yes=False)
    there.remote.called(body["id"])
    asked = next(each for each in there.remote.asked if body["id"].encode() in each.body)
    heads, now = dict(asked.headers), _now()
    assert verify(KEY, heads, asked.body, now)
    assert not verify(KEY, heads, asked.body.replace(b"cancelled", b"done"), now)
    assert not verify(KEY, {**heads, "webhook-id": "another"}, asked.body, now)
    assert not verify(b"another key 1234", heads, asked.body, now)
    assert not verify(KEY, heads, asked.body, now + 301)


def test_what_nobody_decided_about_in_time_is_told_as_cancelled(there: There) -> None:
    said = there.shop.do("payments.brief", HELD, callback={"url": f"{there.remote.address}/hooks", "token": TOKEN})
    body = said.json()
    assert body["state"] == "held", body
    data = there.remote.called(body["id"])[0][1]["data"]
    assert data == {"id": body["id"], "state": "cancelled", "code": "action-cancelled", "token": TOKEN}
    assert there.shop.get(f"/v1/actions/{body['id']}").json()["state"] == "cancelled"


def test_a_receiver_that_was_away_hears_of_it_under_the_same_id(there: There) -> None:
    there.remote.refusing = 1
    body = there.ask("c-2004")
    there.shop.decide(body["request"], yes=True)
    there.remote.called(body["id"])
    wait_for(lambda: _tried(there, body["id"]))
    there.hurry()
    first, second = there.remote.called(body["id"], 2)
    assert first[1] == second[1]
    assert first[0]["webhook-id"] == second[0]["webhook-id"]
    wait_for(lambda: not there.waits(body["id"]))


def _tried(there: There, id_: str) -> bool:
    return any(each.key == id_ and each.last_error for each in there.shop.running.app.timers.ahead())


def test_a_redirect_to_this_machine_is_never_followed(there: There) -> None:
    there.remote.moved = f"{there.remote.address}/inside"
    body = there.ask("c-2005")
    there.shop.decide(body["request"], yes=False)
    there.remote.called(body["id"])
    wait_for(lambda: _tried(there, body["id"]))
    assert "/inside" not in {each.path for each in there.remote.asked}
    there.remote.moved = ""
    there.hurry()
    assert len(there.remote.called(body["id"], 2)) == 2


@pytest.mark.parametrize(
    "url",
    ["https://elsewhere.example/hooks/done", "http://127.0.0.1:1/hooks/done", "http://localhost/hooks",
     "http://169.254.169.254/hooks/done"],
)  # fmt: skip
def test_an_address_that_nobody_declared_is_refused_at_once_and_nothing_is_kept(there: There, url: str) -> None:
    said = there.shop.do("payments.refund", {**HELD, "customer": "c-2006"}, callback={"url": url})
    assert said.status_code == 403
    assert said.json()["code"] == "action-callback-undeclared"
    assert not said.json()["id"]


def test_beside_the_declared_path_is_refused_too(there: There) -> None:
    for path in ("/hookses", "/", "/other/hooks"):
        said = there.ask("c-2007", callback={"url": f"{there.remote.address}{path}"})
        assert said["code"] == "action-callback-undeclared", path


@pytest.mark.parametrize(
    "callback",
    ["text", {}, {"url": 7}, {"url": "ftp://a.example/"}, {"url": "https://u:p@a.example/"}, {"token": "alone"},
     {"url": "https://a.example/hooks/../x"}, {"url": "https://a.example/%2e%2e/x"}, {"url": "https://a.example/?q=1"},
     {"url": "https://a.example/", "token": "x" * 201}, {"url": "https://a.example/", "token": "a\nb"},
     {"url": "https://a.example/", "more": 1}, {"url": "https://a.example/" + "x" * 500}],
)  # fmt: skip
def test_what_is_no_callback_is_said(there: There, callback: Any) -> None:
    said = there.shop.do("payments.refund", {**HELD, "customer": "c-2008"}, callback=callback)
    assert (said.status_code, said.json()["code"]) == (422, "action-callback-unfit")


def test_what_is_over_at_once_is_told_as_well_and_a_no_with_its_code(there: There) -> None:
    done = there.ask("c-1002", arguments={"payment": "p-7003", "amount": 100})
    assert done["state"] == "done", done
    assert there.remote.called(done["id"])[0][1]["data"]["state"] == "done"
    failed = there.ask("c-2009", arguments={"amount": 100})
    assert there.remote.called(failed["id"])[0][1]["data"]["code"] == "action-failed"
    no = there.ask("c-2009", arguments={"currency": "XXX"})
    assert no["state"] == "refused", no
    assert there.remote.called(no["id"])[0][1]["data"] == {
        "id": no["id"], "state": "refused", "code": no["code"], "token": TOKEN
    }  # fmt: skip


def test_a_dead_letter_is_told_and_once_more_when_somebody_says_what_became_of_it(there: There) -> None:
    callback = {"url": f"{there.remote.address}/hooks", "token": TOKEN}
    arguments = {"to": "c-1001", "subject": "Your order", "text": "It is on its way."}
    there.shop.systems["mail"].fails("half", times=1)
    body = there.shop.do("mail.send", arguments, callback=callback).json()
    assert body["state"] == "dead-letter", body
    first = there.remote.called(body["id"])[0][1]
    assert first["data"] == {"id": body["id"], "state": "dead-letter", "code": "action-in-doubt", "token": TOKEN}
    context = there.shop.running.app.identity.local_user("keeper").context("tests")
    there.shop.running.app.acting.letters.settle(context, body["id"], "I looked in the outbox.", done=True)
    second = there.remote.called(body["id"], 2)[1][1]
    assert second["data"] == {"id": body["id"], "state": "done", "token": TOKEN}
    assert second["id"] != first["id"]


def test_an_action_without_a_callback_leaves_no_trace_of_one(there: There) -> None:
    said = there.shop.do("payments.refund", {**REFUND, "customer": "c-1003", "payment": "p-7005", "amount": 100}).json()
    assert said["state"] == "done"
    assert not there.waits(said["id"])
    with there.shop.running.app.store.read() as connection:
        of = action_contents.c
        found = connection.execute(action_contents.select().where(of.action == said["id"])).all()
    assert {each.direction for each in found} == {"arguments", "result"}
    assert there.remote.of(said["id"]) == []


@pytest.fixture
def plain(there: There) -> Iterator[Plain]:
    made = Plain(f"{there.shop.running.address}/mcp", there.shop.key)
    yield made
    made.close()


def test_a_client_of_the_protocol_names_it_beside_its_parameters(there: There, plain: Plain) -> None:
    callback = {"url": f"{there.remote.address}/hooks/mcp", "token": TOKEN}
    arguments = {**HELD, "customer": "c-2011"}
    said = plain.call("payments.refund", arguments, extra={CALLBACK_KEY: callback}).json()["result"]
    action = said["_meta"]["dev.roadworthy/action"]
    there.shop.decide(action["request"], yes=False)
    assert there.remote.called(action["id"])[0][1]["data"]["state"] == "cancelled"
    elsewhere = {**callback, "url": "https://elsewhere.example/hooks"}
    no = plain.call("payments.refund", arguments, extra={CALLBACK_KEY: elsewhere}).json()["result"]
    assert no["isError"]
    assert no["_meta"]["dev.roadworthy/action"]["code"] == "action-callback-undeclared"
    unfit = plain.call("payments.refund", arguments, extra={CALLBACK_KEY: {"token": TOKEN}}).json()["error"]
    assert unfit["code"] == -32602
