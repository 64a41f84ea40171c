"""Identity providers that fail, stall and lie: the class says whose turn it is, and nothing secret is repeated."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from roadworthy.foundation.keys import Keys
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Settings
from roadworthy.operate.admission.model import Caller, Decision, Subject
from roadworthy.operate.calls.delegation import endpoint as bounds
from roadworthy.operate.calls.delegation.model import Behalf, Carried, IdentityFailure
from roadworthy.operate.calls.delegation.service import Delegation, Ground, UpstreamDelegate
from roadworthy.operate.calls.delegation.signing import GatewaySigner
from roadworthy.operate.calls.delegation.telling import of_identity
from roadworthy.operate.calls.upstreams.declared import Upstream
from roadworthy.operate.calls.upstreams.secrets import UpstreamSecrets
from roadworthy.operate.calls.wire.failures import FailureClass
from roadworthy.operate.telemetry.model import Enforcement, Ruling
from tests.harness.hostile_issuer import Answer, HostileIssuer, hostile_issuer

SECRET = "canary-client-secret-5d81"
LEAK = "canary-words-of-the-provider-77aa"
AUDIENCE = "https://tickets.example"
DOWN, UNUSABLE = FailureClass.IDENTITY_DOWN, FailureClass.IDENTITY_UNUSABLE
REJECTED, RIGHTS = FailureClass.USER_REJECTED, FailureClass.RIGHTS


def token(**claims: Any) -> str:
    """A token whose signature nobody looks at: admission did, or the provider handed it over itself."""
    said = {
        "sub": "ana",
        "iss": "idp",
        "scope": "read write",
        "exp": time.time() + 86_400,
        "jti": "canary-jti",
        **claims,
    }
    body = base64.urlsafe_b64encode(json.dumps({k: v for k, v in said.items() if v is not None}).encode())
    return f"e30.{body.rstrip(b'=').decode()}.c2ln"


USER = token()
MADE = token(aud=AUDIENCE, jti="canary-made", scope="read")


def answered(**changed: Any) -> bytes:
    said = {
        "access_token": MADE, "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "token_type": "Bearer", "expires_in": 300, **changed,
    }  # fmt: skip
    return json.dumps({name: value for name, value in said.items() if value is not None}).encode()


def error(code: str, **more: Any) -> bytes:
    return json.dumps({"error": code, "error_description": f"{LEAK} {SECRET} {USER}", **more}).encode()


@dataclass
class Desk:
    """A provider that does as told, and what asks it."""

    issuer: HostileIssuer
    delegation: Delegation
    home: Path

    def says(self, body: bytes, status: int = 200, **more: Any) -> None:
        self.issuer.instead["/token"] = Answer(status, body, **more)

    @property
    def asked(self) -> int:
        return self.issuer.asked["/token"]

    def delegate(self, former: UpstreamDelegate | None = None, **changed: Any) -> UpstreamDelegate:
        identity = {
            "via": "exchange", "tokenEndpoint": f"{self.issuer.address}/token", "client": "gateway",
            "clientSecret": "env:TEST_IDENTITY_SECRET", "audience": AUDIENCE,
            "rights": [{"name": "read"}, {"name": "write"}], **changed,
        }  # fmt: skip
        spec = {"adapter": "openai", "address": "https://tickets.example/v1",
                "identity": {name: value for name, value in identity.items() if value is not None}}  # fmt: skip
        return self.delegation("tickets", Upstream.model_validate(spec), former)


@pytest.fixture(scope="module")
def issuer() -> Iterator[HostileIssuer]:
    with hostile_issuer() as made:
        yield made


@pytest.fixture
def desk(issuer: HostileIssuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("TEST_IDENTITY_SECRET", SECRET)
    monkeypatch.setattr(bounds, "MOST_SECONDS", 0.5)
    issuer.instead.clear()
    issuer.asked.clear()
    issuer.forms.clear()
    runtime = Runtime()
    settings = Settings(home=tmp_path, upstream_secrets="127.0.0.1=env:TEST_IDENTITY_SECRET")
    signer = GatewaySigner(Keys(tmp_path / "keys", runtime.clock), runtime, "https://gateway.example")
    return Desk(issuer, Delegation(Ground(UpstreamSecrets(settings), "127.0.0.1", tmp_path, runtime, signer)), tmp_path)


def behalf(user: str | None = USER, seconds: float = 5.0, shown: str = "rwg_k_s") -> Behalf:
    subject = None if user is None else Subject("u-1", frozenset())
    caller = Caller("k", "app", "triage", "pilot", None, None, Runtime().clock.now())
    decision = Decision("call-1", Ruling.ADMITTED, Enforcement.ENFORCED, caller, subject, "main")
    return Behalf(decision, None, user, shown, asyncio.get_running_loop().time() + seconds)


def ran(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    async def whole() -> Any:
        found = await work()
        await asyncio.sleep(0)  # connections that were closed learn of it in the loop's next round
        return found

    return asyncio.run(whole())


def failed(made: UpstreamDelegate, times: int = 1, **about: Any) -> IdentityFailure:
    async def work() -> IdentityFailure:
        found: IdentityFailure | None = None
        for _ in range(times):
            with pytest.raises(IdentityFailure) as failure:
                await made.carried(behalf(**about))
            found = failure.value
        assert found is not None
        made.close()
        return found

    found: IdentityFailure = ran(work)
    return found


def got(made: UpstreamDelegate, times: int = 1, **about: Any) -> list[Carried]:
    async def work() -> list[Carried]:
        found = [await made.carried(behalf(**about)) for _ in range(times)]
        made.close()
        return [each for each in found if each is not None]

    found: list[Carried] = ran(work)
    return found


def silent(*told: object) -> None:
    """Nothing of a token, a secret or a provider's words."""
    for secret in (SECRET, LEAK, USER, MADE, USER.split(".")[1], MADE.split(".")[1]):
        assert secret not in str(told)


HUGE = b'{"access_token":"' + b"x" * 600_000 + b'"}'
LYING = [
    (Answer(500, LEAK.encode()), DOWN, 503),
    (Answer(429, b"{}", {"retry-after": "7"}), DOWN, 503),
    (Answer(200, answered(), seconds=0.8), DOWN, 503),
    (Answer(200, b"{", drips=True), DOWN, 503),
    (Answer(400, error("temporarily_unavailable")), DOWN, 503),
    (Answer(200, LEAK.encode()), UNUSABLE, 502),
    (Answer(200, b"<html>"), UNUSABLE, 502),
    (Answer(200, b'{"access_token":"a","access_token":"b"}'), UNUSABLE, 502),
    (Answer(200, b"[" * 20_000), UNUSABLE, 502),
    (Answer(200, HUGE), UNUSABLE, 502),
    (Answer(302, b"", {"location": "http://127.0.0.1:1/"}), UNUSABLE, 502),
    (Answer(200, answered(access_token=None)), UNUSABLE, 502),
    (Answer(200, answered(access_token=["a"])), UNUSABLE, 502),
    (Answer(200, answered(access_token="a\r\nX-Evil: 1")), UNUSABLE, 502),
    (Answer(200, answered(access_token=USER)), UNUSABLE, 502),
    (Answer(200, answered(access_token=token(aud="https://elsewhere.example"))), UNUSABLE, 502),
    (Answer(200, answered(access_token=token(aud=AUDIENCE, sub="gateway"))), UNUSABLE, 502),
    (Answer(200, answered(issued_token_type="urn:ietf:params:oauth:token-type:saml2")), UNUSABLE, 502),
    (Answer(200, answered(issued_token_type=None)), UNUSABLE, 502),
    (Answer(200, answered(token_type="DPoP")), UNUSABLE, 502),
    (Answer(200, answered(scope="read write admin")), UNUSABLE, 502),
    (Answer(200, answered(scope="")), RIGHTS, 403),
    (Answer(400, error("invalid_grant")), REJECTED, 401),
    (Answer(400, error("invalid_request")), REJECTED, 401),
    (Answer(400, error("interaction_required", claims=f'{{"a": "{"x" * 5000}"}}')), REJECTED, 401),
    (Answer(400, error("interaction_required", claims="no json")), REJECTED, 401),
    (Answer(403, error("access_denied")), RIGHTS, 403),
    (Answer(401, error("invalid_client")), UNUSABLE, 502),
    (Answer(400, error("invalid_target")), UNUSABLE, 502),
    (Answer(400, error(LEAK)), UNUSABLE, 502),
    (Answer(400, b"{}"), UNUSABLE, 502),
    (Answer(404, b"{}"), UNUSABLE, 502),
]


@pytest.mark.parametrize(("answer", "kind", "status"), LYING)
def test_every_failure_has_a_class_and_says_nothing_secret(
    desk: Desk, answer: Answer, kind: FailureClass, status: int
) -> None:
    desk.issuer.instead["/token"] = answer
    with capture_logs() as lines:
        failure = failed(desk.delegate())
    told = of_identity(failure)
    assert (failure.kind, told.status) == (kind, status)
    silent(told, failure, repr(failure), failure.__context__, lines)
    if kind is DOWN:
        assert told.retry_after == (7 if answer.status == 429 else 1)


def test_one_that_is_not_there_is_down(desk: Desk) -> None:
    assert failed(desk.delegate(tokenEndpoint="http://127.0.0.1:1/token")).kind is DOWN


def test_the_calls_own_time_ends_the_wait(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_SECONDS", 5.0)
    desk.says(answered(), seconds=0.6)
    failure = failed(desk.delegate(), seconds=0.1)
    assert failure.kind is DOWN
    assert "the time of the call" in failure.why


def test_many_calls_at_once_are_one_exchange(desk: Desk) -> None:
    desk.says(answered(), seconds=0.1)
    made = desk.delegate()

    async def work() -> list[Carried | None]:
        return await asyncio.gather(*(made.carried(behalf()) for _ in range(50)))

    assert len(ran(work)) == 50
    assert desk.asked == 1


def test_whoever_began_an_exchange_may_leave_and_the_others_get_the_token(desk: Desk) -> None:
    desk.says(answered(), seconds=0.2)
    made = desk.delegate()

    async def work() -> Carried | None:
        first = asyncio.ensure_future(made.carried(behalf()))
        await asyncio.sleep(0.05)
        second = asyncio.ensure_future(made.carried(behalf()))
        await asyncio.sleep(0.05)
        first.cancel()
        return await second

    assert ran(work) is not None
    assert desk.asked == 1


def test_a_token_is_kept_until_something_says_otherwise(desk: Desk) -> None:
    desk.says(answered())
    assert len({each.headers["Authorization"] for each in got(desk.delegate(), 3)}) == 1
    assert desk.asked == 1
    for number, body in enumerate((
        answered(expires_in=None, access_token="opaque"),
        answered(expires_in=10),
        answered(expires_in=-5),
        answered(access_token=token(aud=AUDIENCE, exp=time.time() - 5)),
    ), 1):  # fmt: skip
        desk.says(body)
        got(desk.delegate(), 2)
        assert desk.asked == 1 + 2 * number, "nobody says that it holds a while longer"


def test_a_token_is_not_kept_past_the_users_own(desk: Desk) -> None:
    desk.says(answered())
    got(desk.delegate(), 2, user=token(exp=time.time() - 1))
    assert desk.asked == 2


def test_another_user_other_rights_and_another_workload_get_tokens_of_their_own(desk: Desk) -> None:
    desk.says(answered())
    made = desk.delegate()

    async def work() -> None:
        for user in (USER, token(sub="ben"), token(scope="read"), USER):
            await made.carried(behalf(user))
        made.close()

    ran(work)
    assert desk.asked == 3
    assert {each["scope"] for each in desk.issuer.forms} == {"read write", "read"}


def test_a_token_that_the_upstream_does_not_take_is_asked_for_anew(desk: Desk) -> None:
    desk.says(answered())
    made = desk.delegate()

    async def work() -> None:
        carried = await made.carried(behalf())
        assert carried is not None
        carried.forget()
        await made.carried(behalf())
        made.close()

    ran(work)
    assert desk.asked == 2


def test_a_no_to_a_user_is_remembered_for_a_moment(desk: Desk) -> None:
    desk.says(error("invalid_grant"), 400)
    assert failed(desk.delegate(), 5).kind is REJECTED
    assert desk.asked == 1


def test_a_provider_that_fails_in_a_row_is_left_alone(desk: Desk) -> None:
    desk.says(b"", 500)
    assert failed(desk.delegate(), 9).kind is DOWN
    assert desk.asked == 5


def test_one_user_that_is_refused_keeps_nobody_else_from_asking(desk: Desk) -> None:
    desk.says(error("invalid_grant"), 400)
    made = desk.delegate()

    async def work() -> None:
        for number in range(8):
            with pytest.raises(IdentityFailure):
                await made.carried(behalf(token(sub=f"user-{number}")))
        made.close()

    ran(work)
    assert desk.asked == 8


def test_what_is_declared_anew_begins_anew_and_what_is_not_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first = desk.delegate()
    assert desk.delegate(first) is first
    assert desk.delegate(first, rights=[{"name": "read"}]) is not first
    monkeypatch.setenv("TEST_IDENTITY_SECRET", "another one")
    assert desk.delegate(first) is not first


@pytest.mark.parametrize(
    "changed",
    [
        {"tokenEndpoint": "https://169.254.169.254/token"},
        {"tokenEndpoint": "https://[::ffff:169.254.169.254]/token"},
        {"tokenEndpoint": "https://metadata.google.internal/token"},
        {"tokenEndpoint": "https://localhost/token"},
        {"clientSecret": "env:ANOTHER_SECRET"},
        {"clientSecret": "file:/etc/hostname"},
        {"clientAuth": "private-key"},
    ],
)
def test_what_may_not_or_cannot_be_used_is_not_asked(desk: Desk, changed: dict[str, Any]) -> None:
    with capture_logs() as lines:
        made = desk.delegate(**changed)
        failure = failed(made)
    assert failure.kind is UNUSABLE
    assert desk.asked == 0
    assert made.why or "tokenEndpoint" in changed, "pages and programs say it before a call does"
    assert any(each["log_level"] == "error" for each in lines)
    silent(lines, failure)


def test_without_a_name_the_gateway_signs_nothing(desk: Desk) -> None:
    desk.delegation._ground.signer.issuer = ""  # as where the setting is empty
    nothing = {"tokenEndpoint": None, "client": None, "clientSecret": None}
    assert failed(desk.delegate(via="assertion", **nothing)).kind is UNUSABLE


def test_a_user_that_admission_does_not_believe_is_none(desk: Desk) -> None:
    made = desk.delegate(withoutUser="own")
    assert got(made, user=None) == []

    async def work() -> None:
        unbelieved = behalf(None)
        await made.carried(Behalf(unbelieved.decision, None, USER, "rwg_k_s", unbelieved.deadline))

    with pytest.raises(IdentityFailure) as failure:
        ran(work)
    assert failure.value.kind is FailureClass.USER_MISSING
    assert failed(desk.delegate(), user=None).kind is FailureClass.USER_MISSING


def test_what_is_carried_shows_nothing_of_itself(desk: Desk) -> None:
    desk.says(answered())
    (carried,) = got(desk.delegate())
    silent(repr(carried), str(carried.told))
    assert set(carried.secrets) == {USER, MADE}
