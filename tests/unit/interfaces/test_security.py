from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from roadworthy.foundation.errors import Refused, RoadworthyError
from roadworthy.foundation.settings import Settings
from roadworthy.interfaces.doors import refuse_public_address
from roadworthy.interfaces.problems import problem_response
from roadworthy.interfaces.security import Guard
from tests.unit.interfaces.conftest import ADDRESS, SECRET, Deployment

ROOT = "/api/v1alpha1"
PLATFORM = {"spec": {"vendors": ["in-house"]}}
PROFILE = f"{ROOT}/resources/PlatformProfile/platform"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8470", "127.0.0.1.evil.example", "", "[", "localhost@x"]
)
def test_only_our_own_names_are_answered(shared: Deployment, host: str) -> None:
    client = shared.owner()
    answer = client.get(f"{ROOT}/me", headers={"Host": host})
    assert answer.status_code == 400
    assert answer.json()["code"] == "host-unknown"


@pytest.mark.parametrize("host", ["localhost", "localhost:1", "127.0.0.1:8470", "[::1]:8470"])
def test_every_loopback_name_is_ours(shared: Deployment, host: str) -> None:
    client = shared.owner()
    assert client.get(f"{ROOT}/me", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "https://127.0.0.1:8470"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_no_other_site_can_change_anything(shared: Deployment, headers: dict[str, str]) -> None:
    client = shared.owner()
    answer = client.put(PROFILE, json=PLATFORM, headers={"If-None-Match": "*"} | headers)
    assert answer.status_code == 403
    assert answer.json()["code"] == "origin-foreign"
    assert client.get(PROFILE).status_code == 404


def test_no_other_origin_may_read(shared: Deployment) -> None:
    client = shared.owner()
    answer = client.get(f"{ROOT}/me", headers={"Origin": "https://evil.example"})
    preflight = client.options(PROFILE, headers={"Origin": ADDRESS, "Access-Control-Request-Method": "PUT"})
    for each in (answer, preflight):
        assert not [name for name in each.headers if name.startswith("access-control")]


def test_a_browsers_session_needs_the_token_of_our_pages_for_changes(deployment: Deployment) -> None:
    client = deployment.browser()
    me = client.get(f"{ROOT}/me").json()
    assert me["handle"] == "ana@example.org"
    create = {"If-None-Match": "*"}
    for wrong in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "ä"}, {"X-CSRF-Token": me["csrf"][:-1]}):
        encoded = {name: value.encode("latin-1") for name, value in {**create, **wrong}.items()}
        answer = client.put(PROFILE, json=PLATFORM, headers=encoded)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf-token-wrong")
    answer = client.put(PROFILE, json=PLATFORM, headers={**create, "X-CSRF-Token": me["csrf"]})
    assert answer.status_code == 200


def test_one_sessions_token_is_no_use_to_another(deployment: Deployment) -> None:
    ana = deployment.browser("ana@example.org")
    ben = deployment.browser("ben@example.org")
    token = ana.get(f"{ROOT}/me").json()["csrf"]
    answer = ben.put(PROFILE, json=PLATFORM, headers={"If-None-Match": "*", "X-CSRF-Token": token})
    assert answer.json()["code"] == "csrf-token-wrong"


def test_the_session_cookie_cannot_be_read_or_sent_from_elsewhere(deployment: Deployment) -> None:
    client = deployment.client(Origin=ADDRESS)
    token = deployment.app.identity.offer("ana@example.org")
    cookie = client.post("/sign-in", data={"token": token}).headers["set-cookie"].lower()
    assert cookie.startswith("roadworthy-8470=")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


@pytest.mark.parametrize("shown", ["Bearer", "Bearer wrong", f"Basic {SECRET}", f"Bearer {SECRET}x", "Bearer ü"])
def test_a_wrong_secret_is_nobody(shared: Deployment, shown: str) -> None:
    client = shared.client()
    answer = client.get(f"{ROOT}/me", headers={b"Authorization": shown.encode("latin-1")})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_sign_in_link_is_not_made_for_a_browser(deployment: Deployment) -> None:
    client = deployment.browser()
    csrf = client.get(f"{ROOT}/me").json()["csrf"]
    answer = client.post(f"{ROOT}/sign-in-links", json={}, headers={"X-CSRF-Token": csrf})
    assert (answer.status_code, answer.json()["exitCode"]) == (403, 3)


def test_every_answer_carries_the_protective_headers(shared: Deployment) -> None:
    client = shared.client()
    for path in ("/", "/nothing-here", f"{ROOT}/health/live", f"{ROOT}/me", f"{ROOT}/nothing-here"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_a_body_over_the_limit_is_refused_whether_or_not_it_says_so(shared: Deployment) -> None:
    client = shared.owner()
    announced = client.post(f"{ROOT}/validate", content=b" " * 4_000_000)
    headers = {**client.headers, "host": "localhost"}
    streamed = client.send(httpx.Request("POST", f"{ADDRESS}{ROOT}/validate", headers=headers, stream=_Chunks()))
    for answer in (announced, streamed):
        assert answer.status_code == 413
        assert answer.json()["code"] == "body-too-large"
        assert "upload_megabytes" in answer.json()["remedy"]


class _Chunks(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that does not announce its length."""

    def __iter__(self) -> Iterator[bytes]:
        return iter([b" " * 100_000] * 40)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part


def test_a_body_that_does_not_arrive_is_given_up() -> None:
    async def reads(_scope: Scope, receive: Receive, _send: Send) -> None:
        await receive()

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    sent: list[Message] = []

    async def keep(message: Message) -> None:
        await asyncio.sleep(0)
        sent.append(message)

    guard = Guard(reads, 1_000, lambda _request, error: problem_response(error, "/"), slowest=0.01)
    scope: Scope = {
        "type": "http", "method": "POST", "scheme": "http", "path": "/", "query_string": b"",
        "headers": [(b"host", b"localhost")],
    }  # fmt: skip
    asyncio.run(guard(scope, never, keep))
    assert sent[0]["status"] == 408


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.2", "::", "example.org", ""])  # noqa: S104 - refused, that is the point
def test_another_address_than_loopback_is_refused(host: str) -> None:
    with pytest.raises(Refused) as refused:
        refuse_public_address(Settings(host=host))
    assert isinstance(refused.value, RoadworthyError)
    assert "127.0.0.1" in refused.value.remedy
