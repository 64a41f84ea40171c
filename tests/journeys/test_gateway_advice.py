"""Programs that make calls themselves ask the gateway before and tell it after; the record says that it was advice."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Iterator
from typing import Any

import pytest

from roadworthy.operate.admission.keys.model import Wanted
from roadworthy.operate.admission.kinds import Endpoint
from roadworthy.sdk.advice import Advice, NotAdmitted, asked_of, governed, litellm_hook
from tests.harness.gateway import CASE, Running, gateway
from tests.harness.upstream import wait_for


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with gateway(tmp_path_factory.mktemp("gateway") / "home") as made:
        spec = {
            "useCase": CASE,
            "surfaces": ["decide"],
            "models": [{"name": "own", "targets": [{"upstream": "openai", "model": "gpt-real"}]}],
            "maxInputTokens": 100,
        }
        made.declare(Endpoint, advised=spec)
        yield made


@pytest.fixture
def advice(running: Running) -> Iterator[Advice]:
    made = Advice(running.address, running.key)
    yield made
    made.close()


def test_a_call_that_is_made_elsewhere_is_advised_and_its_outcome_kept(running: Running, advice: Advice) -> None:
    admitted = advice.decide("own", inputTokens=20, texts=[{"role": "user", "text": "Hello."}])
    assert (admitted.targets, admitted.stage) == ((("openai", "gpt-real"),), "pilot")
    advice.outcome(admitted.call, usage={"input": 20, "output": 5}, model="gpt-real", milliseconds=3)
    shown = running.record(admitted.call)
    assert (shown.intent.enforcement, shown.intent.surface) == ("advisory", "decide")
    assert (shown.result.outcome, shown.result.usage.output) == ("answered", 5)
    with pytest.raises(NotAdmitted) as caught:
        advice.outcome(admitted.call)
    assert caught.value.code == "gateway-call-unknown", "an outcome is told once"


def test_the_outcome_is_told_with_the_key_that_asked(running: Running, advice: Advice) -> None:
    admitted = advice.decide("own")
    context = running.app.identity.local_user("keeper").context("tests")
    generation = running.app.admitting.reloading.current.generation
    secret, _key = running.app.admitting.keys.new(context, Wanted("other", CASE))
    wait_for(lambda: running.app.admitting.reloading.current.generation != generation)
    other = Advice(running.address, secret)
    with pytest.raises(NotAdmitted):
        other.outcome(admitted.call)
    other.close()
    advice.outcome(admitted.call, "cancelled")


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ({"model": "other"}, "gateway-model-unknown"),
        ({"model": "own", "inputTokens": 101}, "gateway-input-too-long"),
        ({"model": "own", "inputTokens": -1}, "gateway-question-unfit"),
        ({"model": "own", "extra": 1}, "gateway-question-unfit"),
    ],
)
def test_a_no_is_raised_with_its_code(advice: Advice, question: dict[str, Any], code: str) -> None:
    with pytest.raises(NotAdmitted) as caught:
        advice.decide(**question)
    assert caught.value.code == code


def test_a_governed_function_is_called_only_where_it_may_be(running: Running, advice: Advice) -> None:
    calls: list[str] = []

    @governed(advice, "own")
    def answered(text: str) -> str:
        calls.append(text)
        return text.upper()

    @governed(advice, "own", inputTokens=200)
    def refused(text: str) -> None:
        calls.append(text)

    assert answered("yes") == "YES"
    with pytest.raises(NotAdmitted):
        refused("no")
    assert calls == ["yes"]
    gone = Advice("http://127.0.0.1:9", running.key)
    with pytest.raises(NotAdmitted) as caught:
        gone.decide("own")
    assert caught.value.code == "gateway-unreachable"
    gone.close()


def test_the_hook_asks_before_and_tells_after(running: Running, advice: Advice) -> None:
    """Through the methods that LiteLLM calls, with the arguments that it gives them."""
    hook = litellm_hook(object, advice)
    data: dict[str, Any] = {"model": "own", "messages": [{"role": "user", "content": "Hello."}]}

    async def through() -> None:
        asked = await hook.async_pre_call_hook(None, None, data, "completion")
        used = types.SimpleNamespace(usage=types.SimpleNamespace(prompt_tokens=9, completion_tokens=2))
        kwargs = {"model": "gpt-real", "litellm_params": {"metadata": asked["metadata"]}}
        await hook.async_log_success_event(kwargs, used, None, None)

    asyncio.run(through())
    shown = running.record(data["metadata"]["roadworthy_call"])
    assert (shown.result.usage.input, shown.result.outcome) == (9, "answered")
    image = {"model": "own", "messages": [{"role": "user", "content": [{"type": "text", "text": "x " * 200}]}]}
    read = asked_of({"input": ["a", "b"], "instructions": "c", "file": b"d"})
    assert ([each["text"] for each in read["texts"]], read["unreadable"]) == (["c", "a", "b"], ["file"])
    assert asked_of({"input": [[1, 2]]})["unreadable"] == ["token-ids"]
    assert asked_of({"model": "own"})["unreadable"] == ["content:unknown"]
    with pytest.raises(NotAdmitted):
        asyncio.run(hook.async_pre_call_hook(None, None, image, "completion"))
