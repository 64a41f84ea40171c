"""A user's identity through the gateway: in by a provider's token, out by each way, to servers that check.

The provider's two grants are the harness's own (`grants.mjs`); clients, tokens and keys are the package's.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from roadworthy.operate.calls.upstreams.declared import Upstream
from roadworthy.operate.telemetry.model import Delegated
from tests.harness.delegating import CHALLENGE, WORKLOAD, Delegating, delegating
from tests.harness.gateway import SECRET
from tests.harness.kept import kept_in
from tests.harness.oidc.running import missing, secret_of
from tests.harness.upstream import wait_for


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Delegating]:
    absent = missing()
    if absent is not None:
        pytest.skip(absent)
    with delegating(tmp_path_factory.mktemp("delegating") / "home") as made:
        yield made


@pytest.fixture
def site(whole: Delegating) -> Delegating:
    whole.running.heal()
    for each in (whole.tickets, whole.notes, whole.signed):
        each.seen.clear()
        each.faults.clear()
        each.headers.clear()
        each.forbids = False
    return whole


@pytest.fixture(scope="module")
def ana(whole: Delegating) -> str:
    return whole.token("ana")


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["error"]["code"])


def recorded(site: Delegating, answer: httpx.Response) -> Any:
    return site.running.record(answer.headers["roadworthy-call"])


def test_an_exchanged_token_is_for_the_user_and_the_upstream_and_says_who_acts(site: Delegating, ana: str) -> None:
    answer = site.ask("tickets", ana)
    assert answer.status_code == httpx.codes.OK, answer.text
    (claims,) = site.tickets.seen
    assert (claims["sub"], claims["act"], claims["scope"]) == ("ana", {"sub": "gateway"}, "tickets.read tickets.write")
    assert ana not in str(site.tickets.headers)
    shown = recorded(site, answer)
    (attempt,) = shown.result.attempts
    assert attempt.identity == Delegated("exchange", ("key/app",), ("tickets.read", "tickets.write"))
    assert shown.intent.subject.startswith("u-")


def test_a_token_is_kept_for_its_user_alone(site: Delegating) -> None:
    first, second = site.token("ben"), site.token("ana")
    for token in (first, second, first, second):
        assert site.ask("tickets", token).status_code == httpx.codes.OK
    assert [each["sub"] for each in site.tickets.seen] == ["ben", "ana", "ben", "ana"]
    ids = [each["jti"] for each in site.tickets.seen]
    assert ids[0] == ids[2]
    assert ids[1] == ids[3]


def test_what_the_user_may_and_what_the_upstream_declares_is_all_that_is_asked(site: Delegating) -> None:
    reader = site.token("ben", "tickets.read")
    answer = site.ask("tickets", reader)
    assert answer.status_code == httpx.codes.OK, answer.text
    assert site.tickets.seen[-1]["scope"] == "tickets.read"
    assert recorded(site, answer).result.attempts[0].identity.rights == ("tickets.read",)
    none = site.ask("tickets", site.token("ben", ""))
    assert code(none) == (403, "identity-rights-missing")
    assert "the user's token" in none.json()["error"]["message"]


def test_bounds_of_a_key_are_kept_to(site: Delegating, ana: str) -> None:
    assert site.ask("tickets-reading", ana).status_code == httpx.codes.OK
    assert site.tickets.seen[-1]["scope"] == "tickets.read"
    none = site.ask("tickets-nothing", ana)
    assert code(none) == (403, "identity-rights-missing")
    assert "the key `app`" in none.json()["error"]["message"]


def test_what_the_provider_leaves_is_what_the_record_has(site: Delegating) -> None:
    answer = site.ask("tickets", site.token("cleo"))
    assert answer.status_code == httpx.codes.OK, answer.text
    assert site.tickets.seen[-1]["scope"] == "tickets.read"
    assert recorded(site, answer).result.attempts[0].identity.rights == ("tickets.read",)
    assert code(site.ask("tickets", site.token("ivo"))) == (403, "identity-rights-missing")


def test_the_workload_acts_by_its_own_token_and_nobody_in_its_place(site: Delegating, ana: str) -> None:
    shown = site.provider.access_token(WORKLOAD, "https://gateway.example")
    answer = site.ask("tickets-of-workloads", ana, shown=shown)
    assert answer.status_code == httpx.codes.OK, answer.text
    assert site.tickets.seen[-1]["act"] == {"iss": site.provider.issuer, "sub": WORKLOAD}
    assert recorded(site, answer).result.attempts[0].identity.actors == (f"workload/{WORKLOAD}",)
    assert code(site.ask("tickets-of-workloads", ana)) == (403, "identity-actor-refused")


def test_the_gateway_shows_who_it_is_with_its_published_key_and_no_shared_secret(site: Delegating, ana: str) -> None:
    answer = site.ask("tickets-by-key", ana)
    assert answer.status_code == httpx.codes.OK, answer.text
    act = {"iss": site.running.address, "sub": "gateway-by-key"}
    assert site.tickets.seen[-1]["act"] == act


def test_on_behalf_of_asks_as_entra_wants_it(site: Delegating) -> None:
    token = site.token("ana", "access_as_user", "https://middle.example")
    answer = site.ask("notes", token)
    assert answer.status_code == httpx.codes.OK, answer.text
    assert (site.notes.seen[-1]["sub"], site.notes.seen[-1]["scp"]) == ("ana", "Notes.Read")
    identity = recorded(site, answer).result.attempts[0].identity
    assert identity == Delegated("on-behalf-of", ("key/app",), ("access_as_user",))


def test_a_claims_challenge_reaches_the_client_in_the_header_that_it_reads(site: Delegating) -> None:
    answer = site.ask("notes", site.token("eli", "access_as_user", "https://middle.example"))
    assert code(answer) == (401, "identity-user-rejected")
    said = answer.headers["www-authenticate"]
    assert 'error="insufficient_claims"' in said
    assert base64.b64decode(said.partition('claims="')[2].rstrip('"')).decode() == CHALLENGE
    assert "AADSTS" not in answer.text
    assert "eli@" not in answer.text
    assert not site.notes.headers, "the upstream was not asked"


def test_an_assertion_says_for_whom_by_whom_for_what_and_for_which_call(site: Delegating) -> None:
    answer = site.ask("files", site.token("fay"))
    assert answer.status_code == httpx.codes.OK, answer.text
    (claims,) = site.signed.seen
    shown = recorded(site, answer)
    assert claims["sub"] == shown.intent.subject
    assert claims["exp"] - claims["iat"] <= 60
    assert claims["scope"] == "tickets.read tickets.write"
    assert claims["roadworthy"] == {
        "call": answer.headers["roadworthy-call"], "useCase": "triage", "stage": "pilot", "endpoint": "delegated"
    }  # fmt: skip
    actors = shown.result.attempts[0].identity.actors
    assert actors == ("key/app", *shown.intent.actors)
    assert len(actors) == 3
    assert claims["act"] == {
        "iss": site.running.address, "sub": "key/app", "act": {"sub": actors[1], "act": {"sub": actors[2]}}
    }  # fmt: skip
    assert "fay" not in str(claims)
    assert site.ask("files", site.token("fay")).status_code == httpx.codes.OK
    assert site.signed.seen[0]["jti"] != site.signed.seen[1]["jti"], "one token, one call"


def test_an_upstream_can_be_told_the_users_own_name_beside_its_own_key(site: Delegating) -> None:
    site.signed.header = "X-User-Assertion"
    try:
        assert site.ask("files-named", site.token("fay")).status_code == httpx.codes.OK
    finally:
        site.signed.header = "Authorization"
    claims = site.signed.seen[-1]
    assert claims["sub"] == "fay"
    assert claims["act"]["act"] == {"sub": "agent-1", "act": {"sub": "agent-2"}}
    assert site.signed.headers[-1]["authorization"] == f"Bearer {SECRET}"


def test_a_call_without_a_user_goes_nowhere_unless_that_is_declared(site: Delegating) -> None:
    answer = site.ask("tickets")
    assert code(answer) == (401, "identity-user-missing")
    assert not site.tickets.headers
    attempt = recorded(site, answer).result.attempts[0]
    assert (attempt.error, attempt.identity) == ("user-missing", None)
    site.ask("tickets-own")
    assert site.tickets.headers[-1]["authorization"] == f"Bearer {SECRET}"


def test_what_was_not_done_for_a_user_is_not_done_without_one(site: Delegating) -> None:
    answer = site.ask("falling", site.token("dov"))
    assert code(answer) == (401, "identity-user-rejected")
    assert "www-authenticate" in answer.headers
    assert "dov" not in answer.text
    assert not site.running.first.requests, "the fallback would have gone without the user"


def test_a_token_that_names_another_actor_is_honoured(site: Delegating) -> None:
    assert code(site.ask("tickets", site.token("gus"))) == (403, "identity-actor-refused")
    assert not site.tickets.headers


def test_a_secret_that_the_provider_does_not_take_is_our_fault_and_says_whose(site: Delegating, ana: str) -> None:
    answer = site.ask("tickets-wrong-secret", ana)
    assert code(answer) == (502, "identity-unusable")
    assert "whoever may declare upstreams" in answer.json()["error"]["message"]


def test_an_upstream_that_denies_a_user_is_not_sick_and_repeats_no_token(site: Delegating, ana: str) -> None:
    site.tickets.forbids = True
    for _ in range(6):
        assert code(site.ask("tickets", ana)) == (403, "identity-user-denied")
    site.tickets.forbids = False
    assert site.ask("tickets", ana).status_code == httpx.codes.OK


def test_no_token_and_no_secret_stands_in_anything_that_is_kept(site: Delegating, ana: str) -> None:
    for model, token in (
        ("tickets", ana),
        ("files", ana),
        ("tickets", site.token("dov")),
        ("tickets-wrong-secret", ana),
    ):
        answer = site.ask(model, token)
        assert not any(each.split(".")[2] in answer.text for each in site.tokens)
    recorded(site, site.ask("files", ana))
    shown = [each["authorization"].removeprefix("Bearer ") for each in (*site.tickets.headers, *site.signed.headers)]
    assert len(shown) >= 3
    ends = [each.split(".")[2].encode() for each in (*site.tokens, *shown)] + [secret_of("gateway").encode()]
    files = kept_in(site.running.app.settings.home)
    assert sum(len(content) for content in files.values()) > 10_000
    for each, content in files.items():
        assert not any(end in content for end in ends), each.name


def test_keys_are_published_for_whoever_checks(site: Delegating) -> None:
    answer = httpx.get(f"{site.running.address}/.well-known/jwks.json", trust_env=False, timeout=60)
    (key,) = json.loads(answer.content)["keys"]
    assert {"kty": "OKP", "crv": "Ed25519", "use": "sig"}.items() <= key.items()
    assert "d" not in key
    context = site.running.app.identity.local_user("keeper").context("tests")
    fresh = site.running.app.rotate_gateway_key(context)
    answer = httpx.get(f"{site.running.address}/.well-known/jwks.json", trust_env=False, timeout=60)
    assert {each["kid"] for each in answer.json()["keys"]} == {key["kid"], fresh}
    assert site.ask("files", site.token("ana")).status_code == httpx.codes.OK, "the old one signs a while longer"


def test_a_declaration_that_cannot_be_used_says_why_before_a_call_does(site: Delegating) -> None:
    fleet = site.running.app.gateway.fleet
    assert fleet.why_not("tickets") == ""
    identity = {"via": "exchange", "tokenEndpoint": f"{site.provider.issuer}/token", "client": "gateway",
                "clientSecret": "env:SOMEBODY_ELSES", "audience": "files"}  # fmt: skip
    unbound = {"adapter": "openai", "address": f"{site.tickets.address}/v1", "identity": identity}
    site.running.declare(Upstream, unbound=unbound)
    wait_for(lambda: "token endpoint" in fleet.why_not("unbound"))
