"""Calls that are answered later, with the stock client of OpenAI against a gateway and a real upstream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest

from roadworthy.foundation.ledger.draft import Context
from roadworthy.operate.admission.kinds import Endpoint
from roadworthy.operate.calls.later.model import State
from tests.harness.gateway import Running, endpoint, gateway
from tests.harness.upstream import ANSWER, wait_for

LATER = {"Prefer": "respond-async"}
HI: Any = [{"role": "user", "content": "hi"}]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with gateway(tmp_path_factory.mktemp("later")) as running:
        running.declare(Endpoint, main=endpoint(later={"tries": 2, "within": "1h"}))
        yield running


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
    return client(live).chat.completions.with_raw_response.create(
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
