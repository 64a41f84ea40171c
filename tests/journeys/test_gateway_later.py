"""Calls that are answered later, with the stock client of OpenAI against a gateway and a real upstream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest

from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.store import Filter
from roadworthy.foundation.resources.documents import Declared
from roadworthy.inventory.model import UseCase
from roadworthy.operate.admission.keys.model import Wanted
from roadworthy.operate.admission.kinds import Endpoint
from roadworthy.operate.admission.limits.kinds import Budget
from roadworthy.operate.calls.later import rules, running
from roadworthy.operate.calls.later import store as rows
from roadworthy.operate.calls.later.model import State, Why
from roadworthy.operate.calls.resilience.replies import Replies
from tests.harness.gateway import CASE, Running, endpoint, gateway
from tests.harness.upstream import ANSWER, wait_for

LATER = {"Prefer": "respond-async"}
HI: Any = [{"role": "user", "content": "hi"}]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with gateway(tmp_path_factory.mktemp("later")) as made, pytest.MonkeyPatch.context() as quick:
        quick.setattr(rules, "FIRST_PAUSE", 0.05)
        quick.setattr(rules, "LONGEST_PAUSE", 0.2)
        quick.setattr(running, "LOOK_SECONDS", 0.05)
        made.declare(Endpoint, main=endpoint(later={"tries": 2, "within": "1h"}, retries={"attempts": 0}))
        yield made


@pytest.fixture
def live(shared: Running) -> Running:
    shared.heal()
    return shared


def client(live: Running) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{live.address}/v1", api_key=live.key, max_retries=0)


def context(live: Running) -> Context:
    return live.app.identity.local_user("keeper").context("tests")


def queued(live: Running, model: str = "alone", **headers: str) -> Any:
    """The raw answer to a request that is answered later."""
    with client(live) as speaking:
        return speaking.chat.completions.with_raw_response.create(
            model=model, messages=HI, extra_headers={**LATER, **headers}
        )


def ended(live: Running, call: str) -> Any:
    """A call once something became of it."""
    return wait_for(lambda: (found := live.app.later.calls.get(call)).ended_at is not None and found)


def test_the_stock_client_asks_now_and_fetches_later(live: Running) -> None:
    with client(live) as speaking:
        raw = speaking.chat.completions.with_raw_response.create(model="alone", messages=HI, extra_headers=LATER)
        assert raw.http_response.status_code == 202
        assert raw.headers["Preference-Applied"] == "respond-async"
        assert raw.headers["Retry-After"]
        call = raw.headers["Roadworthy-Call"]
        assert raw.headers["Location"] == f"/v1/calls/{call}"
        assert ended(live, call).state is State.ANSWERED
        told = speaking.get(f"/calls/{call}", cast_to=openai.types.chat.ChatCompletion)
        assert told.choices[0].message.content == ANSWER
    kept, run = live.record(call), live.app.later.calls.get(call).runs[-1].call
    assert (kept.listed.outcome, kept.listed.status) == ("queued", 202)
    assert not kept.intent.reserved
    made = live.record(run)
    assert (made.intent.run_of, made.listed.outcome) == (call, "answered")


def test_what_does_not_say_later_and_what_streams_is_answered_now(live: Running) -> None:
    live.declare(Endpoint, plain=endpoint(models=[model_of("plain", "openai")]))
    raw = queued(live, "plain")
    assert raw.http_response.status_code == 200
    assert "Preference-Applied" not in raw.headers
    with client(live) as speaking:
        pieces = list(speaking.chat.completions.create(model="alone", messages=HI, stream=True, extra_headers=LATER))
    assert "".join(each.choices[0].delta.content or "" for each in pieces if each.choices) == ANSWER


def model_of(name: str, upstream: str) -> dict[str, Any]:
    return {"name": name, "targets": [{"upstream": upstream, "model": f"{name}-real"}]}


def fetched(live: Running, call: str, method: str = "GET", key: str = "") -> httpx.Response:
    headers = {"Authorization": f"Bearer {key or live.key}"}
    return httpx.request(method, f"{live.address}/v1/calls/{call}", headers=headers, timeout=60)


def test_an_upstream_that_is_away_and_comes_back_answers_in_the_end(live: Running) -> None:
    live.first.fails("503", for_good=True)
    call = queued(live).headers["Roadworthy-Call"]
    wait_for(lambda: len(live.app.later.calls.get(call).runs) > 1)
    waiting = fetched(live, call)
    assert waiting.status_code == 202
    assert waiting.headers["Roadworthy-Call-State"] in {"queued", "running"}
    live.heal()
    found = ended(live, call)
    assert found.state is State.ANSWERED
    assert {each.what for each in found.runs[:-1]} <= {"overloaded", "breaker-open"}
    assert found.tries == 1, "what was turned away is no try"


def test_what_fails_every_time_is_given_up_told_and_made_again_once(live: Running) -> None:
    live.first.fails("500", for_good=True)
    call = queued(live).headers["Roadworthy-Call"]
    letter = ended(live, call)
    assert (letter.state, letter.why, letter.tries) == (State.DEAD, Why.TRIES, 2)
    over = fetched(live, call)
    assert (over.status_code, over.json()["error"]["code"]) == (424, "later-call-given-up")
    assert over.headers["Roadworthy-Call-State"] == "dead-letter"
    metrics = httpx.get(f"{live.address}/metrics", timeout=60).text
    assert "roadworthy_calls_dead" in metrics
    live.heal()
    letters = live.app.later.letters
    again = letters.replay(context(live), call, "the provider is back")
    assert letters.replay(context(live), call, "I too") == again, "two who ask get one call"
    made = ended(live, again.id)
    assert (made.state, made.replay_of) == (State.ANSWERED, call)
    assert live.record(made.runs[-1].call).intent.replay_of == call
    assert fetched(live, again.id).json()["choices"][0]["message"]["content"] == ANSWER
    live.app.ledger.settle()
    told = live.app.ledger.entries(Filter(resource=f"Call/{call}")).entries
    assert [each.entry.what for each in told] == ["call.replayed", "call.given-up"]


def test_what_may_have_happened_is_not_tried_again(live: Running) -> None:
    live.first.fails("500", for_good=True)
    with client(live) as speaking:
        raw = speaking.responses.with_raw_response.create(
            model="alone", input="look", tools=[{"type": "web_search"}], extra_headers=LATER
        )
    letter = ended(live, raw.headers["Roadworthy-Call"])
    assert (letter.why, letter.effects, len(live.first.requests)) == (Why.IN_DOUBT, True, 1)


def test_a_stop_between_queueing_and_running_stops_it(live: Running) -> None:
    halting = Declared("UseCase", "halted", {}, UseCase.model_validate({"title": "Halted", "stage": "pilot"}))
    live.app.units.run(context(live), lambda tx: live.app.resources.put_all(tx, [halting], None, "test"))
    halted = endpoint(models=[model_of("halted", "openai")], later={}) | {"useCase": "halted"}
    live.declare(Endpoint, halted=halted)
    key, _ = live.app.admitting.keys.new(context(live), Wanted("halted", "halted", stage="pilot"))
    live.first.fails("503", for_good=True)
    wait_for(lambda: fetched(live, "nothing", key=key).status_code == 404)
    raw = openai.OpenAI(base_url=f"{live.address}/v1", api_key=key, max_retries=0)
    with raw as speaking:
        call = speaking.chat.completions.with_raw_response.create(model="halted", messages=HI, extra_headers=LATER)
    wait_for(lambda: live.app.later.calls.get(call.headers["Roadworthy-Call"]).runs)
    live.app.operation.certificates.stops.set(context(live), "halted", "The model lies.")
    letter = ended(live, call.headers["Roadworthy-Call"])
    assert (letter.state, letter.why, letter.rule) == (State.DEAD, Why.REFUSED, "stop")


def test_an_answer_is_for_its_use_case_and_stage(live: Running) -> None:
    call = queued(live).headers["Roadworthy-Call"]
    ended(live, call)
    other, _ = live.app.admitting.keys.new(context(live), Wanted("other", CASE, stage="candidate"))
    wait_for(lambda: fetched(live, call, key=other).status_code != 401)
    for key, status in ((other, 404), ("rwg_000000000000_no", 401), (live.key, 200)):
        assert fetched(live, call, key=key).status_code == status
    assert fetched(live, "nothing").status_code == 404
    assert fetched(live, call, "DELETE", other).status_code == 404
    assert fetched(live, call, "DELETE").status_code == 200
    gone = fetched(live, call)
    assert (gone.status_code, gone.json()["error"]["code"]) == (410, "later-answer-gone")


def test_an_answer_goes_when_its_time_is_over(live: Running) -> None:
    brief = {"keepAnswers": "1s"}
    live.declare(Endpoint, brief=endpoint(models=[model_of("brief", "openai")], later=brief))
    call = queued(live, "brief").headers["Roadworthy-Call"]
    ended(live, call)
    assert wait_for(lambda: (found := fetched(live, call)).status_code == 410 and found)
    with live.app.store.read() as connection:
        assert rows.get(connection, call, rows.ANSWER), "it lies there until the turn of the hour"
    live.app.units.run(context(live), live.app.keeping.erase_due)
    with live.app.store.read() as connection:
        assert rows.get(connection, call, rows.ANSWER) is None
    assert fetched(live, call).status_code == 410


def test_a_client_that_does_not_want_it_any_more_ends_the_call_upstream(live: Running) -> None:
    live.first.wait = 30.0
    call = queued(live).headers["Roadworthy-Call"]
    asked = wait_for(lambda: live.first.requests)[0]
    assert fetched(live, call, "DELETE").json()["state"] == "cancelled"
    wait_for(lambda: asked.gone)
    gone = fetched(live, call)
    assert (gone.status_code, gone.json()["error"]["code"]) == (410, "later-call-cancelled")
    wait_for(lambda: not live.app.later.runner._under_way)


def test_the_same_key_is_one_call_and_a_full_queue_says_so(live: Running) -> None:
    live.first.wait = 30.0
    live.declare(Endpoint, narrow=endpoint(models=[model_of("narrow", "openai")], later={"most": 1}))
    first = queued(live, "narrow", **{"Idempotency-Key": "once"}).headers["Roadworthy-Call"]
    live.app.gateway.calls._replies = Replies()  # as another gateway, which does not remember it
    again = queued(live, "narrow", **{"Idempotency-Key": "once"})
    assert (again.headers["Roadworthy-Call"], again.http_response.status_code) == (first, 202)
    with pytest.raises(openai.RateLimitError) as full:
        queued(live, "narrow")
    assert full.value.code == "later-queue-full"
    assert full.value.response.headers["Retry-After"]
    fetched(live, first, "DELETE")
    live.heal()
    second = queued(live, "narrow").headers["Roadworthy-Call"]
    assert ended(live, second).state is State.ANSWERED


def test_a_queue_holds_no_budget_and_leaves_none_behind(live: Running) -> None:
    live.declare(Endpoint, single=endpoint(models=[model_of("single", "openai")], later={}))
    live.declare(Budget, single={"endpoints": ["single"], "limits": [{"concurrent": 1}]})
    live.first.fails("503", for_good=True)

    def placed() -> str:
        try:
            return str(queued(live, "single").headers["Roadworthy-Call"])
        except openai.RateLimitError:
            return ""  # a run of one before has the only place for a moment

    calls = [wait_for(placed) for _ in range(3)]
    live.heal()
    assert {ended(live, each).state for each in calls} == {State.ANSWERED}
    with client(live) as speaking:
        told = speaking.chat.completions.create(model="single", messages=HI)
    assert told.choices[0].message.content == ANSWER, "the only place is free again"
