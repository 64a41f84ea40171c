"""Every way into the gateway with every guard, every failure and every no: nothing goes round the funnel.

The axes are compared with the code, so that whoever adds a route, a surface, a guard or a class of failure hears of it
here until the matrix has it.
"""

from __future__ import annotations

import asyncio
import inspect
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import httpx
import pytest

from roadworthy.interfaces.gateway import app as routes
from roadworthy.operate.admission import refusals
from roadworthy.operate.admission.guards.shapes import Action, Guards, Pattern
from roadworthy.operate.admission.limits.model import TOKENS
from roadworthy.operate.admission.model import Refusal
from roadworthy.operate.calls.surfaces.every import EVERY as SURFACES
from roadworthy.operate.calls.upstreams.adapters import ADAPTERS
from roadworthy.operate.calls.wire.failures import FailureClass
from roadworthy.operate.telemetry.model import Surface
from roadworthy.sdk.advice import Advice, NotAdmitted, governed, litellm_hook
from tests.harness.matrix import BESIDE, FAMILIES, WAYS
from tests.harness.matrix_cells import (
    ELSEWHERE,
    EVERY,
    FAILING,
    FAILING_ELSEWHERE,
    GUARDED,
    REFUSING,
    Expected,
    Plan,
)
from tests.harness.matrix_gateway import CELLS, Came, Cell, Matrix, matrix

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    with matrix(tmp_path_factory.mktemp("matrix") / "home") as made:
        yield made


# ---------------------------------------------------------------- the axes are those of the code


def test_every_route_that_leads_to_an_upstream_is_in_the_matrix() -> None:
    plain = {name: value for name, value in vars(routes).items() if isinstance(value, re.Pattern)}
    assert set(plain) == {"_AZURE", "_INFER", "_ENDPOINT"}, "a new pattern of routes has to come into the matrix"
    known = set(routes._PLAIN)
    known |= {f"/openai/deployments/*/{each}" for each in routes._AZURE_SURFACES}
    known |= {"/v2/models/*/infer", "/v2/models/*/versions/*/infer"}
    assert routes._ENDPOINT.fullmatch("/endpoints/some/v9/whatever"), "before each of them an endpoint may be named"
    known |= {f"/endpoints/*{each}" for each in known}
    assert {way.route for way in WAYS} == known
    assert routes._BESIDE_US == BESIDE
    for way in WAYS:
        leads = routes.found(way.path("some", "some"))
        assert leads is not None
        assert leads.dialect.surface is way.surface
        assert leads.endpoint == ("some" if way.by_endpoint else None)


def test_every_surface_adapter_guard_failure_and_no_is_in_the_matrix() -> None:
    assert {each.surface for each in SURFACES} == {way.surface for way in WAYS} == set(Surface) - {Surface.DECIDE}
    spoken = {name.value: adapter.SPEAKS for name, adapter in ADAPTERS.items()}
    assert all(spoken[name] == some for name, some in FAMILIES.items())
    assert set(spoken) - set(FAMILIES) == {"azure-openai"}, "its addressing is tried with its own client"
    actions = {f"guard-{way}-{each}" for each in get_args(Action) for way in set(Pattern.model_fields) - {"name"}}
    others = {name.rstrip("_").replace("_", "-") for name in Guards.model_fields} - {"patterns"}
    names = {plan.name for plan in GUARDED}
    assert actions <= names
    assert all(any(name.startswith(f"guard-{other}") for name in names) for other in others), others
    assert {f"fails-{each.value}" for each in set(FailureClass) - FAILING_ELSEWHERE} == {plan.name for plan in FAILING}
    noes = {
        name
        for name, function in inspect.getmembers(refusals, inspect.isfunction)
        if function.__module__ == refusals.__name__ and not name.startswith("_")
        and inspect.signature(function).return_annotation in {Refusal, "Refusal"}
    }  # fmt: skip
    tried_here = {plan.name.removeprefix("no-").replace("-", "_") for plan in REFUSING}
    assert noes == tried_here | set(ELSEWHERE), "a new no of the funnel has to come into the matrix"
    assert not tried_here & set(ELSEWHERE)
    for file, sign in ELSEWHERE.values():
        assert sign in (ROOT / file).read_text()


# ---------------------------------------------------------------- every cell


@pytest.mark.parametrize("plan", EVERY, ids=lambda plan: plan.name)
def test_every_way_keeps_to_the_plan(tried: Matrix, plan: Plan) -> None:
    cells = [cell for cell in CELLS if cell.plan is plan]
    assert cells
    for cell in cells:
        came, expected = tried.came[cell], plan.expects(stream=cell.stream)
        assert came.status in (expected.statuses or (expected.status,)), (str(cell), came.content[:300])
        _told_the_client(cell, came, expected)
        _asked_upstream(cell, came, expected)
        _recorded(cell, came, expected)


def _told_the_client(cell: Cell, came: Came, expected: Expected) -> None:
    if expected.code:
        code, problem = cell.way.error(came.content, stream=cell.stream)
        assert (code, problem) == (expected.code, f"https://roadworthy.dev/problems/{expected.code}"), str(cell)
        assert not any(end in came.content for end in (b"[DONE]", b"message_stop", b"response.completed")), str(cell)
    heard = cell.way.says(came.content, stream=cell.stream) if came.status == 200 else ""
    assert expected.client_hears in heard, str(cell)
    assert not expected.client_never or expected.client_never.encode() not in came.content, str(cell)


def _asked_upstream(cell: Cell, came: Came, expected: Expected) -> None:
    assert bool(came.upstream) == expected.touched, str(cell)
    assert came.early == [], f"{cell}: the upstream was asked before the intent was in the journal"
    for request in came.upstream:
        body = str(request.body)
        assert expected.upstream_hears in body, str(cell)
        assert not expected.upstream_never or expected.upstream_never not in body, str(cell)


def _recorded(cell: Cell, came: Came, expected: Expected) -> None:
    intent, result = came.shown.intent, came.shown.result
    said = (intent.surface, intent.ruling, intent.enforcement, intent.stream)
    assert said == (cell.way.surface, expected.ruling, "enforced", cell.stream), str(cell)
    assert (intent.rule or "").startswith(expected.rule), (str(cell), intent.rule)
    assert bool(intent.rule) == bool(expected.rule), (str(cell), intent.rule)
    if expected.outcome == "refused":
        assert result is None, str(cell)
        assert expected.found in ("", *intent.guards), str(cell)
        return
    assert (result.outcome, result.error or "") == (expected.outcome, expected.code), str(cell)
    assert expected.found in ("", *intent.guards, *result.guards), (str(cell), intent.guards, result.guards)
    assert (intent.certificate is not None) == (cell.plan.stage == "production"), str(cell)
    assert (result.attempts[-1].error or "") == (expected.attempt if came.status != 200 else ""), str(cell)


# ---------------------------------------------------------------- beside another gateway

ADVISED = tuple(
    plan
    for plan in EVERY
    if plan.name.startswith(("plain", "no-", "guard-request")) and plan.name != "no-surface-closed"
)
"""Answers are not read there, upstreams not asked, and a surface that is closed is closed for others."""


@dataclass
class Beside:
    """A program that makes its calls itself."""

    advice: Advice
    plan: Plan
    made: list[str] = field(default_factory=list)
    """What it sent to its model."""

    @property
    def question(self) -> tuple[str, dict[str, Any]]:
        """The model, and what is known of the call."""
        said, name = self.plan.asked, f"{self.plan.name}-openai"
        texts = [{"role": "user", "text": said.get("text", "It hurts.")}]
        more = {"unreadable": ["image"]} if said.get("unreadable") else {}
        return said.get("model", name), {
            "texts": texts,
            "inputTokens": 10,
            "endpoint": said.get("endpoint", name),
            **more,
        }

    def through_decide(self) -> None:
        model, question = self.question
        admitted = self.advice.decide(model, **question)
        self.made.append(admitted.masked.get("texts[0]", question["texts"][0]["text"]))
        self.advice.outcome(admitted.call, usage={"input": 0, "output": 0})

    def through_decorator(self) -> None:
        model, question = self.question
        governed(self.advice, model, **question)(lambda: self.made.append("made"))()

    def through_hook(self) -> None:
        model, question = self.question
        parts = [{"type": "image_url", "image_url": {"url": "data:,"}}] if question.get("unreadable") else []
        content: Any = (
            [{"type": "text", "text": question["texts"][0]["text"]}, *parts] if parts else question["texts"][0]["text"]
        )
        data = {"model": model, "messages": [{"role": "user", "content": content}]}
        hook = litellm_hook(object, self.advice)
        asked = asyncio.run(hook.async_pre_call_hook(None, None, data, "completion"))
        self.made.append(asked["messages"][0]["content"])
        used = SimpleNamespace(usage=SimpleNamespace(prompt_tokens=0, completion_tokens=0))
        kwargs = {"litellm_params": {"metadata": asked["metadata"]}}
        asyncio.run(hook.async_log_success_event(kwargs, used, None, None))


@pytest.mark.parametrize("through", ["through_decide", "through_decorator", "through_hook"])
@pytest.mark.parametrize("plan", ADVISED, ids=lambda plan: plan.name)
def test_who_makes_the_call_himself_is_told_the_same(tried: Matrix, plan: Plan, through: str) -> None:
    if plan.name == "no-endpoint-unknown" and through == "through_hook":
        return  # LiteLLM knows models, and no endpoints
    key = plan.asked.get("key")
    http = httpx.Client(headers=plan.asked.get("headers", {}), timeout=60)
    advice = Advice(tried.running.address, tried.keys[plan.use_case, plan.stage] if key is None else key, http)
    beside = Beside(advice, plan)
    upstream = len(tried.running.first.requests)
    if plan.expected.code:
        with pytest.raises(NotAdmitted) as caught:
            getattr(beside, through)()
        assert (caught.value.code, beside.made) == (plan.expected.code, [])
    else:
        getattr(beside, through)()
        (made,) = beside.made
        assert through == "through_decorator" or plan.expected.upstream_hears in made
        assert not plan.expected.upstream_never or plan.expected.upstream_never not in made
    http.close()
    assert len(tried.running.first.requests) == upstream, "the gateway made a call that it was only asked about"


def test_what_was_only_advised_is_recorded_as_advice(tried: Matrix) -> None:
    advice = Advice(tried.running.address, tried.keys["triage", "production"])
    admitted = advice.decide("plain-openai")
    advice.outcome(admitted.call, usage={"input": 0, "output": 0})
    advice.close()
    shown = tried.running.record(admitted.call)
    assert (shown.intent.surface, shown.intent.enforcement, shown.result.outcome) == ("decide", "advisory", "answered")


# ---------------------------------------------------------------- nothing beside


def test_nothing_came_upstream_that_belongs_to_no_cell(tried: Matrix) -> None:
    assert {trace: some for trace, some in tried.seen.items() if some} == {}


def test_addresses_beside_the_calls_touch_no_upstream(tried: Matrix) -> None:
    running = tried.running
    before = len(running.first.requests) + len(running.second.requests)
    key = {"Authorization": f"Bearer {tried.keys['triage', 'production']}"}
    client = httpx.Client(base_url=running.address, headers=key, timeout=60)
    for path in (*running.server._server.config.app._beside, "/v1/models/plain-openai", "/v2/models/plain-openai"):  # type: ignore[union-attr]  # it serves an application
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
            client.request(method, path)
    client.close()
    assert len(running.first.requests) + len(running.second.requests) == before


def test_limits_hold_nothing_and_count_what_was_used(tried: Matrix) -> None:
    used: Counter[str] = Counter()
    for cell, came in tried.came.items():
        expected = cell.plan.expects(stream=cell.stream)
        if expected.used == "all":
            used[cell.endpoint] += came.shown.intent.reserved.get(TOKENS, 0)
        elif expected.used == "usage":
            usage = came.shown.result.usage
            used[cell.endpoint] += usage.input + usage.output
    assert tried.held == []
    assert {name: (tried.counted[name], count) for name, count in used.items() if tried.counted[name] != count} == {}
