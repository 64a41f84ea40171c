"""Upstreams that fail in every way they know: the call ends in time, is told in the client's shape, and is recorded."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from roadworthy.operate.admission.kinds import Endpoint
from tests.harness.gateway import QUICK, SECRET, Running, endpoint, gateway
from tests.harness.upstream import ANSWER, wait_for


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with gateway(tmp_path_factory.mktemp("gateway") / "home") as running:
        targets = [{"upstream": each, "model": "hasty-real"} for each in ("openai", "azure")]
        models = [{"name": "hasty", "targets": targets[:1]}, {"name": "hasty-gpt", "targets": targets}]
        running.declare(Endpoint, hasty=endpoint(surfaces=["chat-completions"], models=models, timeouts=QUICK))
        yield running


@pytest.fixture
def running(whole: Running) -> Running:
    whole.heal()
    return whole


def connected(running: Running) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(running.address.removeprefix("http://"), timeout=60)


def send(running: Running, connection: http.client.HTTPConnection, **body: Any) -> None:
    said = {"model": "alone", "messages": [{"role": "user", "content": "It hurts."}], **body}
    headers = {"Authorization": f"Bearer {running.key}", "Content-Type": "application/json"}
    connection.request("POST", "/v1/chat/completions", json.dumps(said), headers)


def call(running: Running, **body: Any) -> tuple[int, dict[str, str], bytes]:
    connection = connected(running)
    send(running, connection, **body)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, content


def code(content: bytes) -> str:
    return str(json.loads(content)["error"]["code"])


@pytest.mark.parametrize(
    ("fault", "error", "status"),
    [
        ("reset", "connection-reset", 502),
        ("truncated", "answer-truncated", 502),
        ("bad-json", "answer-unreadable", 502),
        ("html", "answer-of-wrong-type", 502),
        ("gzip", "answer-of-wrong-type", 502),
        ("chatter", "answer-unreadable", 502),
        ("redirect", "answer-unreadable", 502),
        ("huge", "answer-too-large", 502),
        ("401", "credential-rejected", 502),
        ("429", "rate-limited", 429),
        ("503", "overloaded", 503),
        ("500", "server-error", 502),
    ],
)
def test_every_failure_has_a_class_an_answer_and_a_record(
    running: Running, fault: str, error: str, status: int
) -> None:
    running.first.fails(fault, for_good=True)
    running.first.echo = SECRET
    told = call(running)
    assert told[0] == status
    assert SECRET not in str(told)
    shown = running.record(told[1]["roadworthy-call"])
    assert shown.result.outcome == "failed"
    assert {each.error for each in shown.result.attempts} == {error}
    assert shown.result.error == code(told[2])


@pytest.mark.parametrize("fault", ["reset", "500", "503", "429", "bad-json", "html", "truncated", "401", "slow-loris"])
def test_another_target_answers_where_the_first_does_not(running: Running, fault: str) -> None:
    running.first.fails(fault, for_good=True)
    model = "hasty-gpt" if fault == "slow-loris" else "gpt"
    status, headers, content = call(running, model=model)
    assert status == 200
    assert json.loads(content)["choices"][0]["message"]["content"] == ANSWER
    attempts = running.record(headers["roadworthy-call"]).result.attempts
    assert attempts[-1].upstream == "azure"
    asked = running.second.requests[-1].path
    deployed = "hasty-real" if fault == "slow-loris" else "gpt-real"
    assert asked.startswith(f"/openai/deployments/{deployed}/chat/completions?api-version=")


def test_what_fails_once_is_tried_again(running: Running) -> None:
    running.first.fails("503", "500")
    assert call(running)[0] == 200
    assert len(running.first.requests) == 3


def test_an_upstream_that_asks_for_patience_is_given_it(running: Running) -> None:
    running.first.fails("429")
    running.first.retry_after = "1"
    began = time.monotonic()
    assert call(running)[0] == 200
    assert time.monotonic() - began >= 1


def test_one_that_fails_in_a_row_is_left_alone_and_tried_later(running: Running) -> None:
    running.first.fails("500", for_good=True)
    for _ in range(3):
        call(running)
    asked = len(running.first.requests)
    status, headers, content = call(running)
    assert len(running.first.requests) == asked
    assert (status, code(content)) == (503, "upstream-overloaded")
    assert int(headers["retry-after"]) >= 1
    running.first.heals()
    wait_for(lambda: call(running)[0] == 200)


def test_one_that_hangs_is_given_up(running: Running) -> None:
    running.first.fails("hang", for_good=True)
    status, _headers, content = call(running, model="hasty")
    assert (status, code(content)) == (504, "upstream-timeout")
    wait_for(lambda: running.first.requests[-1].gone)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("truncated", "upstream-failed"),
        ("stalls", "upstream-timeout"),
        ("bad-json", "upstream-failed"),
        ("error-event", "upstream-failed"),
    ],
)
def test_a_stream_that_breaks_says_so_in_the_stream(running: Running, fault: str, error: str) -> None:
    running.first.fails(fault, for_good=True)
    _status, headers, content = call(running, model="hasty" if fault == "stalls" else "alone", stream=True)
    said = [json.loads(each[6:]) for each in content.decode().split("\n\n") if each.startswith("data: {")]
    last = said[-1] if said else json.loads(content)
    assert last["error"]["code"] == error
    assert b"[DONE]" not in content
    assert running.record(headers["roadworthy-call"]).result.outcome == "failed"


def test_a_stream_that_never_begins_goes_to_another(running: Running) -> None:
    running.first.fails("silent-stream", for_good=True)
    status, _headers, content = call(running, model="hasty-gpt", stream=True)
    assert status == 200
    assert content.endswith(b"data: [DONE]\n\n")


def test_usage_is_estimated_where_nobody_says_it(running: Running) -> None:
    running.first.fails("no-usage", for_good=True)
    for stream in (False, True):
        _status, headers, _content = call(running, stream=stream)
        usage = running.record(headers["roadworthy-call"]).result.usage
        assert usage.estimated
        assert usage.input > 0
        assert usage.output > 0


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_goes_away_takes_the_upstream_along(running: Running, stream: bool) -> None:
    running.first.wait = 0.0 if stream else 3.0
    running.first.pause = 0.5
    connection = connected(running)
    send(running, connection, stream=stream)
    wait_for(lambda: running.first.requests)
    if stream:
        connection.getresponse().read(20)
    assert connection.sock is not None
    connection.sock.close()
    connection.close()
    wait_for(lambda: running.first.requests[-1].gone)
    running.app.telemetry.flush()
    wait_for(lambda: running.app.gateway.calls.under_way == 0)

    def cancelled() -> bool:
        running.app.telemetry.flush()
        newest = running.app.telemetry.calls.listed(_newest())[0]
        return str(newest.outcome) == "cancelled"

    wait_for(cancelled)


def _newest() -> Any:
    from roadworthy.operate.telemetry.reading import Wanted

    return Wanted(limit=1)
