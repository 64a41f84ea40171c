"""A real LiteLLM proxy asks our gateway before each call and tells it afterwards; `make campaign` runs it.

Tried with LiteLLM 1.106.2. It needs an environment of its own, named in ROADWORTHY_TEST_LITELLM.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import openai
import pytest

from roadworthy.operate.admission.kinds import Endpoint
from roadworthy.operate.telemetry.reading import Wanted
from tests.harness.gateway import CASE, Running, gateway
from tests.harness.litellm import MASTER, litellm_proxy
from tests.harness.upstream import ANSWER, Case, Upstream, upstream, wait_for

pytestmark = pytest.mark.campaign
MESSAGES: Any = [{"role": "user", "content": "Write to ana@halden.example now."}]


@dataclass
class Both:
    """LiteLLM, our gateway, and what LiteLLM's calls go to."""

    client: openai.OpenAI
    running: Running
    model: Upstream


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("litellm")
    with upstream() as model, gateway(folder / "home") as running:
        guards = {"patterns": [{"name": "email", "request": "mask"}]}
        names = ("own", "broken", "capped", "gone", "embedding")
        spec = {
            "useCase": CASE, "surfaces": ["decide"], "guards": guards, "maxInputTokens": 400,
            "models": [{"name": each, "targets": [{"upstream": "openai", "model": "real"}]} for each in names[:-2]],
        }  # fmt: skip
        running.declare(Endpoint, advised=spec)
        for case, fault in (("well", ""), ("broken", "500"), ("capped", "500")):
            model.cases[case] = Case(fault)
        models = [
            {"model_name": name, "litellm_params": {"model": "openai/real", "api_key": "x",
             "api_base": f"{model.address}/case/{'well' if name in ('own', 'gone') else name}/v1"}}
            for name in names[:-1]
        ]  # fmt: skip
        fallbacks = [{"broken": ["own"]}]
        proxy = litellm_proxy(folder, running.address, running.key, models, num_retries=1, fallbacks=fallbacks)
        with proxy as address, openai.OpenAI(base_url=f"{address}/v1", api_key=MASTER, max_retries=0) as client:
            yield Both(client, running, model)


@pytest.fixture
def both(whole: Both) -> Both:
    whole.model.requests.clear()
    return whole


def told(both: Both, outcome: str, model: str = "own") -> Any:
    """The newest call, once its outcome is told."""

    def newest() -> Any:
        both.running.app.telemetry.flush()
        found = both.running.app.telemetry.calls.listed(Wanted(limit=1))
        return found[0] if found and (str(found[0].outcome), found[0].model) == (outcome, model) else None

    return wait_for(newest)


@pytest.mark.parametrize("stream", [False, True])
def test_a_call_is_admitted_masked_and_its_tokens_are_told(both: Both, stream: bool) -> None:
    if stream:
        chunks = both.client.chat.completions.create(
            model="own", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
        )
        said = "".join(each.choices[0].delta.content or "" for each in chunks if each.choices)
    else:
        said = str(both.client.chat.completions.create(model="own", messages=MESSAGES).choices[0].message.content)
    assert said == ANSWER
    (sent,) = both.model.requests
    assert "ana@halden.example" not in str(sent.body)
    assert "[email-1]" in str(sent.body)
    assert "roadworthy" not in str(sent.body)
    found = told(both, "answered")
    assert (found.surface, found.enforcement, found.input_tokens, found.output_tokens) == ("decide", "advisory", 11, 7)


def test_a_no_reaches_the_client_with_its_code_and_nothing_is_asked(both: Both) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        both.client.chat.completions.create(model="own", messages=[{"role": "user", "content": "x " * 2_000}])
    assert caught.value.status_code == 413
    assert "gateway-input-too-long" in str(caught.value)
    with pytest.raises(openai.APIStatusError) as unknown:
        both.client.chat.completions.create(model="gone", messages=MESSAGES)
    assert "gateway-model-unknown" in str(unknown.value)
    assert both.model.requests == []


def test_fallback_of_its_own_is_one_call_and_told_as_it_ended(both: Both) -> None:
    answer = both.client.chat.completions.create(model="broken", messages=MESSAGES)
    assert answer.choices[0].message.content == ANSWER
    assert len(both.model.requests) >= 2
    found = told(both, "answered", "broken")
    assert (found.input_tokens, found.output_tokens) == (11, 7)


def test_what_fails_after_every_try_is_told_as_failed(both: Both) -> None:
    with pytest.raises(openai.APIStatusError):
        both.client.chat.completions.create(model="capped", messages=MESSAGES)
    assert len(both.model.requests) >= 2
    assert told(both, "failed", "capped").surface == "decide"


def test_without_the_gateway_nothing_is_asked(both: Both, tmp_path_factory: pytest.TempPathFactory) -> None:
    params = {"model": "openai/real", "api_key": "x", "api_base": f"{both.model.address}/v1"}
    folder = tmp_path_factory.mktemp("alone")
    with (
        litellm_proxy(
            folder, "http://127.0.0.1:9", "rwg_x", [{"model_name": "own", "litellm_params": params}]
        ) as address,
        openai.OpenAI(base_url=f"{address}/v1", api_key=MASTER, max_retries=0) as client,
        pytest.raises(openai.APIStatusError) as caught,
    ):
        client.chat.completions.create(model="own", messages=MESSAGES)
    assert "gateway-unreachable" in str(caught.value)
    assert [each for each in both.model.requests if each.method == "POST"] == []
