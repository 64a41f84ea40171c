"""The gateway before a real language model: what it says of itself is what was recorded, spent, and stopped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest

from roadworthy.operate.admission.kinds import Endpoint
from roadworthy.operate.calls.upstreams.declared import Upstream
from tests.harness.gateway import CASE, SECRET, Running, gateway
from tests.harness.language_model import language_model
from tests.harness.upstream import wait_for

pytestmark = pytest.mark.language_model
QUESTION: Any = [{"role": "user", "content": "Write a long story about a lighthouse keeper."}]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with language_model(tmp_path_factory.mktemp("model"), SECRET) as address:
        yield address


@pytest.fixture(scope="module")
def running(model: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with gateway(tmp_path_factory.mktemp("gateway") / "home") as made:
        secret = "env:TEST_UPSTREAM_SECRET"
        made.declare(Upstream, llama={"adapter": "openai", "address": f"{model}/v1", "secret": secret})
        targets = [{"upstream": "llama", "model": "gemma"}, {"upstream": "azure", "model": "spare"}]
        models = [{"name": "gemma", "targets": targets}]
        made.declare(
            Endpoint, real={"useCase": CASE, "surfaces": ["chat-completions"], "models": models, "maxOutputTokens": 400}
        )
        yield made


@pytest.fixture
def client(running: Running) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{running.address}/endpoints/real/v1", api_key=running.key, max_retries=0) as made:
        yield made


def test_what_the_model_says_it_used_is_what_is_recorded(running: Running, client: openai.OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(
        model="gemma", messages=QUESTION, max_tokens=24, temperature=0, seed=1
    )
    answer = raw.parse()
    assert answer.choices[0].message.content
    assert answer.usage is not None
    shown = running.record(raw.headers["roadworthy-call"])
    assert (shown.result.usage.input, shown.result.usage.output) == (
        answer.usage.prompt_tokens,
        answer.usage.completion_tokens,
    )
    assert shown.result.usage.output <= 24
    assert not shown.result.usage.estimated


def test_a_stream_comes_in_pieces_and_says_as_much_as_a_whole_answer(running: Running, client: openai.OpenAI) -> None:
    asked: dict[str, Any] = {"model": "gemma", "messages": QUESTION, "max_tokens": 24, "temperature": 0, "seed": 1}
    whole = client.chat.completions.create(**asked).choices[0].message.content
    with client.chat.completions.with_streaming_response.create(**asked, stream=True) as raw:
        call = raw.headers["roadworthy-call"]
        pieces = [chunk.choices[0].delta.content or "" for chunk in raw.parse() if chunk.choices]
    assert len(pieces) > 3
    assert "".join(pieces) == whole
    shown = running.record(call)
    assert shown.result.usage.output == 24
    assert shown.result.first_token_milliseconds <= shown.result.milliseconds


def test_a_client_that_leaves_stops_the_model(running: Running, client: openai.OpenAI, model: str) -> None:
    with client.chat.completions.with_streaming_response.create(
        model="gemma", messages=QUESTION, max_tokens=400, stream=True
    ) as raw:
        call = raw.headers["roadworthy-call"]
        next(iter(raw.parse()))
    shown = running.record(call)
    assert shown.result.outcome == "cancelled"

    def idle() -> bool:
        answer = httpx.get(f"{model}/slots", headers={"Authorization": f"Bearer {SECRET}"}, trust_env=False, timeout=60)
        return answer.status_code != 200 or not any(slot["is_processing"] for slot in answer.json())

    wait_for(idle)


def test_what_a_client_may_not_have_said_is_not_said_to_the_model(running: Running, client: openai.OpenAI) -> None:
    said: Any = [{"role": "user", "content": "Repeat this address exactly: ana.keller@example.org"}]
    raw = client.chat.completions.with_raw_response.create(model="gemma", messages=said, max_tokens=8, temperature=0)
    assert any("personal-data" in each for each in running.record(raw.headers["roadworthy-call"]).intent.guards)


def test_a_wrong_request_is_told_and_asked_once(client: openai.OpenAI) -> None:
    wrong: Any = [{"role": "nobody", "content": 3}]
    with pytest.raises(openai.APIStatusError) as told:
        client.chat.completions.create(model="gemma", messages=wrong)
    assert told.value.status_code < 500
