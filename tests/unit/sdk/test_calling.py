"""When a request is repeated, and what an error says: against a real server that fails on purpose."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from roadworthy.sdk import ApiError, AsyncClient, Clash, Client, Missing, OutOfReach, Unfit, calling
from roadworthy.sdk.shapes import Health, Sending, Submission, Wanted
from tests.harness.contract_servers.serving import Answer, Asked, System, serving

DAY = dt.date(2026, 1, 1)
SUBMISSION = Submission(fact="data.documented", answer="yes", observed_from=DAY, observed_to=DAY)


class Echo(System):
    """Answers what it is told to."""

    def __init__(self) -> None:
        super().__init__("a token")
        self.body: Any = {}

    def refusal(self) -> Answer:
        return Answer(401, problem("sign-in-needed", 401))

    def answer(self, asked: Asked) -> Answer:  # noqa: ARG002 - the base's signature
        return Answer(200, self.body)


def problem(code: str, status: int, **more: Any) -> dict[str, Any]:
    return {
        "type": f"https://roadworthy.dev/problems/{code}", "title": "x", "status": status, "detail": "it is not so",
        "instance": "/x", "code": code, "remedy": "make it so", "place": {"field": "spec.title", "line": None},
        "findings": [], "exitCode": 1, **more,
    }  # fmt: skip


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    with serving(server):
        yield server


@pytest.fixture
def client(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setattr(calling, "LONGEST_WAIT_SECONDS", 1.0)
    with Client(echo.address, "a token") as opened:
        yield opened


def test_what_only_reads_is_repeated(echo: Echo, client: Client) -> None:
    echo.body = {"status": "live"}
    echo.fail(Answer(503), Answer(429, {}, {"Retry-After": "0"}))
    assert client.health.live() == Health(status="live")
    assert len(echo.asked) == 3


def test_what_changes_is_not_repeated_unless_the_server_knows_it_again(echo: Echo, client: Client) -> None:
    echo.fail(Answer(503))
    with pytest.raises(OutOfReach):
        client.tickets.send(Sending(use_case="mail"))
    assert len(echo.asked) == 1

    echo.fail(Answer(503), Answer(422, problem("evidence-fact-unknown", 422)))
    with pytest.raises(Unfit):
        client.evidence.submit("mail", SUBMISSION)
    first, second = echo.asked[1:]
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]


def test_a_look_that_is_sent_as_a_change_is_repeated(echo: Echo, client: Client) -> None:
    echo.body = {"items": [], "new": 0, "digest": "sha256:x", "first": []}
    echo.fail(Answer(503))
    assert client.tickets.preview(Wanted(use_case="mail")).new == 0


def test_a_server_that_asks_for_too_long_a_wait_is_not_waited_for(echo: Echo, client: Client) -> None:
    echo.fail(Answer(429, problem("busy", 429), {"Retry-After": "3600"}))
    with pytest.raises(OutOfReach):
        client.identity.me()
    assert len(echo.asked) == 1


def test_an_error_has_its_code_its_place_and_its_remedy(echo: Echo, client: Client) -> None:
    finding = {
        "code": "resource-unknown-key",
        "message": "there is no `x`",
        "place": {"field": "spec.x"},
        "remedy": "y",
    }
    echo.fail(Answer(409, problem("resource-stale", 409, findings=[finding])))
    with pytest.raises(Clash) as caught:
        client.tickets.get("x")
    error = caught.value
    assert (error.code, error.message, error.remedy, error.status) == (
        "resource-stale", "it is not so", "make it so", 409,
    )  # fmt: skip
    assert error.place == {"field": "spec.title"}
    assert [(each.code, each.place) for each in error.faults] == [("resource-unknown-key", {"field": "spec.x"})]
    echo.fail(Answer(404, raw=b"<html>"))
    with pytest.raises(Missing) as other:
        client.tickets.get("x")
    assert other.value.code == "answer-unreadable"


def test_an_answer_that_is_something_else_is_told(echo: Echo, client: Client) -> None:
    wrong: list[Any] = [{"mood": "good"}, [], "text"]
    for body in wrong:
        echo.body = body
        with pytest.raises(ApiError) as caught:
            client.health.live()
        assert caught.value.code == "answer-unreadable"


def test_nobody_there_is_told_with_the_address() -> None:
    with Client("http://127.0.0.1:9", "a token") as client, pytest.raises(OutOfReach) as caught:
        client.identity.me()
    assert caught.value.place == {"source": "http://127.0.0.1:9"}


def test_the_token_follows_no_redirect_and_stands_in_no_error(echo: Echo, client: Client) -> None:
    with serving(Echo()) as elsewhere:
        echo.fail(Answer(307, None, {"Location": elsewhere.address}))
        with pytest.raises(ApiError) as caught:
            client.identity.me()
        assert elsewhere.asked == []
    assert "a token" not in repr(caught.value) + str(caught.value)


def test_a_path_is_quoted(echo: Echo, client: Client) -> None:
    echo.fail(Answer(404, problem("ticket-unknown", 404)))
    with pytest.raises(ApiError):
        client.tickets.get("../use-cases/ü")
    assert echo.asked[0].path == "/api/v1alpha1/tickets/..%2Fuse-cases%2F%C3%BC"


def test_the_awaited_client_does_the_same(echo: Echo) -> None:
    async def look() -> int:
        async with AsyncClient(echo.address, "a token") as client:
            echo.body = {"items": [], "new": 3, "digest": "sha256:x", "first": []}
            echo.fail(Answer(503))
            found = await client.tickets.preview(Wanted(use_case="mail"))
            echo.fail(Answer(422, problem("x-y", 422)))
            with pytest.raises(Unfit):
                await client.tickets.sync()
            return found.new

    assert asyncio.run(look()) == 3
