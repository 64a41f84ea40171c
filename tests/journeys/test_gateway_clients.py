"""The stock clients of providers, pointed at the gateway, work unchanged: answers, streams, tools, typed errors."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest
from langchain_openai import ChatOpenAI

from roadworthy.operate.admission.kinds import Endpoint
from tests.harness.gateway import SECRET, Running, gateway
from tests.harness.upstream import ANSWER

MESSAGES: Any = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "It hurts."}]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with gateway(tmp_path_factory.mktemp("gateway") / "home") as running:
        yield running


@pytest.fixture
def running(whole: Running) -> Running:
    whole.heal()
    return whole


@pytest.fixture
def client(running: Running) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{running.address}/v1", api_key=running.key, max_retries=0) as made:
        yield made


@pytest.fixture
def claude(running: Running) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=running.address, api_key=running.key, max_retries=0) as made:
        yield made


def test_a_chat_is_answered_marked_and_recorded(running: Running, client: openai.OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(model="gpt", messages=MESSAGES)
    answer = raw.parse()
    assert answer.choices[0].message.content == ANSWER
    assert answer.usage is not None
    assert answer.usage.total_tokens == 18
    assert (raw.headers["roadworthy-stage"], raw.headers["roadworthy-mark"]) == ("pilot", "not production")
    sent = running.first.requests[-1]
    assert (sent.path, sent.body["model"]) == ("/v1/chat/completions", "gpt-real")
    assert sent.headers["authorization"] == f"Bearer {SECRET}"
    assert not any(name.startswith("roadworthy") or running.key in value for name, value in sent.headers.items())
    shown = running.record(raw.headers["roadworthy-call"])
    assert (shown.intent.ruling, shown.result.outcome) == ("admitted", "answered")
    assert (shown.result.usage.input, shown.result.usage.output) == (11, 7)


def test_a_stream_says_its_usage_only_where_it_was_asked_for(running: Running, client: openai.OpenAI) -> None:
    chunks = list(client.chat.completions.create(model="gpt", messages=MESSAGES, stream=True))
    assert "".join(each.choices[0].delta.content or "" for each in chunks) == ANSWER
    assert all(each.usage is None for each in chunks)
    assert running.first.requests[-1].body["stream_options"] == {"include_usage": True}
    options: Any = {"include_usage": True}
    asked = list(client.chat.completions.create(model="gpt", messages=MESSAGES, stream=True, stream_options=options))
    assert asked[-1].usage is not None
    assert asked[-1].usage.total_tokens == 18


def test_fields_that_the_gateway_does_not_know_pass_untouched(running: Running, client: openai.OpenAI) -> None:
    new = {"new_thing": {"depth": [1, 2.5, None]}}
    client.chat.completions.create(model="gpt", messages=MESSAGES, extra_body=new)
    assert running.first.requests[-1].body["new_thing"] == {"depth": [1, 2.5, None]}


def test_responses_whole_and_streamed(client: openai.OpenAI, running: Running) -> None:
    assert client.responses.create(model="gpt", input="It hurts.").output_text == ANSWER
    with client.responses.stream(model="gpt", input="It hurts.") as stream:
        pieces = [event.delta for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert "".join(pieces) == final.output_text == ANSWER
    assert running.first.requests[-1].path == "/v1/responses"


def test_embeddings_and_models(client: openai.OpenAI) -> None:
    found = client.embeddings.create(model="gpt", input="pain", encoding_format="float")
    assert found.data[0].embedding == [0.25, 0.5]
    assert {"gpt", "claude", "fraud"} <= {each.id for each in client.models.list()}
    assert client.models.retrieve("gpt").id == "gpt"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nothing")


def test_errors_are_those_that_clients_know(running: Running, client: openai.OpenAI) -> None:
    with pytest.raises(openai.AuthenticationError) as wrong:
        client.with_options(api_key="rwg_000000000000_wrong").chat.completions.create(model="gpt", messages=MESSAGES)
    assert wrong.value.code == "gateway-key-unknown"
    assert wrong.value.response.headers["link"].startswith("<https://roadworthy.dev/problems/gateway-key-unknown>")
    with pytest.raises(openai.NotFoundError) as unknown:
        client.chat.completions.create(model="nothing", messages=MESSAGES)
    assert unknown.value.response.headers["roadworthy-call"]
    running.first.fails("400", for_good=True)
    with pytest.raises(openai.BadRequestError) as rejected:
        client.chat.completions.create(model="gpt", messages=MESSAGES)
    assert (rejected.value.code, rejected.value.param) == ("upstream-request-rejected", "model")
    assert len(running.second.requests) == 0


def test_anthropic_messages_whole_and_streamed(running: Running, claude: anthropic.Anthropic) -> None:
    said: Any = {"model": "claude", "max_tokens": 50, "messages": [{"role": "user", "content": "It hurts."}]}
    answer = claude.messages.create(**said)
    assert answer.content[0].text == ANSWER
    sent = running.first.requests[-1]
    assert (sent.path, sent.headers["x-api-key"]) == ("/v1/messages", SECRET)
    assert "authorization" not in sent.headers
    with claude.messages.stream(**said) as stream:
        assert "".join(stream.text_stream) == ANSWER
        assert stream.get_final_message().usage.output_tokens == 7
    with pytest.raises(anthropic.NotFoundError) as unknown:
        claude.messages.create(**{**said, "model": "nothing"})
    assert unknown.value.body["type"] == "error"  # type: ignore[index]  # as Anthropic says it
    assert claude.models.list().data[0].type == "model"


def test_langchain_and_azure_work_unchanged(running: Running) -> None:
    said: Any = {"model": "gpt", "base_url": f"{running.address}/v1", "api_key": running.key, "max_retries": 0}
    chain = ChatOpenAI(**said)
    assert chain.invoke("It hurts.").content == ANSWER
    assert "".join(str(each.content) for each in chain.stream("It hurts.")) == ANSWER
    azure = openai.AzureOpenAI(
        azure_endpoint=running.address, azure_deployment="gpt", api_key=running.key, api_version="2024-10-21"
    )
    with azure:
        assert azure.chat.completions.create(model="gpt", messages=MESSAGES).choices[0].message.content == ANSWER


def test_predictive_models_are_asked_as_they_are_used_to(running: Running) -> None:
    tensor = {"name": "x", "shape": [1], "datatype": "FP64", "data": [0.5]}
    infer = _post(running, "/v2/models/fraud/infer", {"inputs": [tensor]})
    assert infer["outputs"][0]["data"] == [0.25]
    assert running.first.requests[-1].path == "/v2/models/fraud-real/infer"
    scored = _post(running, "/endpoints/scoring/invocations", {"inputs": [[0.5]]})
    assert scored == {"predictions": [0.25]}
    assert _get(running, "/v2/models/fraud/ready") == {"name": "fraud", "ready": True}


def test_an_endpoint_by_name_is_a_base_address_for_every_client(running: Running) -> None:
    named = f"{running.address}/endpoints/main"
    with openai.OpenAI(base_url=f"{named}/v1", api_key=running.key, max_retries=0) as client:
        assert client.chat.completions.create(model="gpt", messages=MESSAGES).choices[0].message.content == ANSWER
        assert {each.id for each in client.models.list()} == {"gpt", "alone", "claude", "fraud"}, "of this endpoint"
        assert client.models.retrieve("gpt").id == "gpt"
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("scores")
    with openai.AzureOpenAI(
        azure_endpoint=named, azure_deployment="gpt", api_key=running.key, api_version="2024-10-21"
    ) as azure:
        assert azure.chat.completions.create(model="gpt", messages=MESSAGES).choices[0].message.content == ANSWER
    with anthropic.Anthropic(base_url=named, api_key=running.key, max_retries=0) as claude:
        assert claude.messages.create(model="claude", max_tokens=50, messages=MESSAGES).content[0].type == "text"
        assert {each.id for each in claude.models.list()} == {"gpt", "alone", "claude", "fraud"}
    tensor = {"name": "x", "shape": [1], "datatype": "FP64", "data": [0.5]}
    assert _post(running, "/endpoints/main/v2/models/fraud/infer", {"inputs": [tensor]})["outputs"]
    assert _get(running, "/endpoints/main/v2/models/fraud/ready") == {"name": "fraud", "ready": True}
    assert _get(running, "/endpoints/main/v2/health/live") == {"live": True}
    assert _get(running, "/endpoints/scoring/ping") == {"live": True}
    advised = _post(running, "/endpoints/main/v1/decide", {"model": "gpt"})
    assert (advised["endpoint"], advised["refusal"]["code"]) == ("main", "gateway-surface-closed"), "it does not advise"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/endpoints/nobody/v1/models", "gateway-endpoint-unknown"),
        ("/endpoints/nobody/v2/models/fraud/ready", "gateway-endpoint-unknown"),
        ("/endpoints/main/metrics", "route-unknown"),
        ("/endpoints/main/readyz", "route-unknown"),
        ("/endpoints/main/endpoints/main/v1/models", "route-unknown"),
        ("/endpoints//v1/models", "route-unknown"),
    ],
)
def test_behind_an_endpoint_is_what_clients_ask_and_nothing_else(running: Running, path: str, code: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as told:
        _get(running, path)
    said = json.load(told.value)
    assert told.value.code == 404
    assert code in json.dumps(said)


def _post(running: Running, path: str, body: dict[str, Any]) -> dict[str, Any]:
    return _asked(running, path, json.dumps(body).encode())


def _get(running: Running, path: str) -> dict[str, Any]:
    return _asked(running, path, None)


def _asked(running: Running, path: str, body: bytes | None) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {running.key}", "Content-Type": "application/json"}
    request = urllib.request.Request(running.address + path, body, headers)  # noqa: S310 - our own loopback address
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - see above
        said: dict[str, Any] = json.load(answer)
        return said


def test_a_request_that_is_sent_again_under_its_key_is_answered_as_before(running: Running) -> None:
    url = f"{running.address}/v1"
    with openai.OpenAI(base_url=url, api_key=running.key, max_retries=0) as client:
        once: Any = {"extra_headers": {"Idempotency-Key": "k-1"}, "model": "gpt"}
        first = client.chat.completions.with_raw_response.create(messages=MESSAGES, **once)
        again = client.chat.completions.with_raw_response.create(messages=MESSAGES, **once)
        assert again.headers["idempotent-replayed"] == "true"
        assert again.headers["roadworthy-call"] == first.headers["roadworthy-call"]
        assert len(running.first.requests) == 1
        with pytest.raises(openai.UnprocessableEntityError) as other:
            client.chat.completions.create(messages=MESSAGES[:1], **once)
        assert other.value.code == "idempotency-key-reused"


def asked_lengths(running: Running) -> list[dict[str, Any]]:
    """The fields that bound an answer, of each request that the first upstream got."""
    names = ("max_completion_tokens", "max_tokens", "max_output_tokens")
    return [{name: each.body[name] for name in names if name in each.body} for each in running.first.requests]


def test_no_answer_is_longer_than_the_endpoint_lets_it_be_and_limits_set_that_aside(
    running: Running, client: openai.OpenAI, claude: anthropic.Anthropic
) -> None:
    running.declare(Endpoint, main={**running.endpoint, "maxOutputTokens": 300})
    try:
        asked = client.chat.completions.with_raw_response.create(model="gpt", messages=MESSAGES, n=2)
        client.chat.completions.create(model="gpt", messages=MESSAGES, max_tokens=1_000)
        client.chat.completions.create(model="gpt", messages=MESSAGES, max_completion_tokens=20)
        client.responses.create(model="gpt", input="It hurts.")
        claude.messages.create(model="claude", max_tokens=5_000, messages=[{"role": "user", "content": "It hurts."}])
    finally:
        running.declare(Endpoint, main=running.endpoint)
    client.chat.completions.create(model="gpt", messages=MESSAGES)
    assert asked_lengths(running) == [
        {"max_completion_tokens": 300},
        {"max_tokens": 300},
        {"max_completion_tokens": 20},
        {"max_output_tokens": 300},
        {"max_tokens": 300},
        {"max_completion_tokens": 4_096},
    ]
    intent = running.record(asked.headers["roadworthy-call"]).intent
    assert intent.reserved["tokens"] > 2 * 300
