"""What a program's token opens, and what stays shut."""

from __future__ import annotations

import httpx
import pytest

from roadworthy.foundation.ledger.store import Filter
from tests.unit.interfaces.conftest import ADDRESS, Deployment

ROOT = "/api/v1alpha1"


def declare(owner: httpx.Client, *names: str) -> None:
    """Register use cases."""
    for name in names:
        spec = {"title": name.capitalize(), "owners": {"product": "ci"}}
        answer = owner.put(f"/resources/UseCase/{name}", json={"spec": spec}, headers={"If-None-Match": "*"})
        assert answer.status_code == 200, answer.text


def program(deployment: Deployment, owner: httpx.Client, *may: str, use_cases: list[str] | None = None) -> httpx.Client:
    """A client that shows a token."""
    name = f"ci-{len(deployment.app.tokens.all())}"
    made = owner.post("/tokens", json={"name": name, "may": may, "useCases": use_cases})
    assert made.status_code == 201, made.text
    client = deployment.client(Authorization=f"Bearer {made.json()['secret']}")
    client.base_url = httpx.URL(ADDRESS + ROOT)
    return client


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_program_reads_as_itself(deployment: Deployment, owner: httpx.Client) -> None:
    declare(owner, "claims")
    ci = program(deployment, owner, "read")
    me = ci.get("/me").json()
    assert me["program"] == {"name": "ci-0", "may": ["read"], "useCases": None}
    assert (me["person"], me["authenticated"], me["csrf"]) == (None, "program-token", "")
    assert ci.get("/use-cases/claims").status_code == 200
    assert ci.get("/use-cases").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/use-cases/claims/owners/product/accept", None),
        ("POST", "/use-cases/claims/owners/product/release", {"reason": "no"}),
        ("POST", "/tokens", {"name": "more", "may": ["read"]}),
        ("POST", "/tokens/ci-0/revoke", {"reason": "no"}),
        ("GET", "/tokens", None),
        ("POST", "/sign-in-links", {}),
        ("POST", "/ledger/checkpoint", None),
        ("POST", "/assess", {}),
    ],
)
def test_what_is_for_people_is_shut_to_every_program(
    deployment: Deployment, owner: httpx.Client, method: str, path: str, body: object
) -> None:
    declare(owner, "claims")
    ci = program(deployment, owner, *deployment.app.tokens.scopes)
    answer = ci.request(method, path, json=body)
    assert code_of(answer) == (403, "program-not-a-person"), answer.text
    assert "ci-0" in answer.json()["detail"]


def test_a_missing_scope_names_itself_and_who_can_give_it(deployment: Deployment, owner: httpx.Client) -> None:
    declare(owner, "claims")
    ci = program(deployment, owner, "evidence:submit")
    answer = ci.get("/use-cases/claims")
    assert code_of(answer) == (403, "token-scope-missing")
    person = deployment.app.identity.people([deployment.app.tokens.all()[0].created_by]).popitem()[1]
    assert "`read`" in answer.json()["detail"]
    assert person.shown in answer.json()["remedy"]
    assert "--may read" in answer.json()["remedy"]


def test_a_token_for_one_use_case_sees_nothing_of_another(deployment: Deployment, owner: httpx.Client) -> None:
    declare(owner, "claims", "audits")
    ci = program(deployment, owner, "read", use_cases=["claims"])
    assert ci.get("/use-cases/claims").status_code == 200
    assert ci.get("/use-cases/claims/assessment").status_code == 200
    for path in (
        "/use-cases/audits",
        "/use-cases",
        "/resources/UseCase/claims",
        "/ledger/entries",
        "/export",
        "/exports/omb.csv",
    ):
        answer = ci.get(path)
        assert answer.status_code in {403, 404}, path
        assert answer.json()["code"] in {"token-for-other-use-cases", "route-unknown"}, path
    assert code_of(ci.get("/use-cases/audits")) == (403, "token-for-other-use-cases")
    assert ci.get("/facts").status_code == 200


def test_a_program_declares_its_use_cases_and_nothing_that_others_are_judged_by(
    deployment: Deployment, owner: httpx.Client
) -> None:
    declare(owner, "claims", "audits")
    ci = program(deployment, owner, "use-cases:write", use_cases=["claims"])
    spec = {"spec": {"title": "Claims", "stage": "pilot"}}
    assert ci.put("/resources/UseCase/claims", json=spec, headers={"If-Match": '"1"'}).status_code == 200
    other = ci.put("/resources/UseCase/audits", json=spec, headers={"If-Match": '"1"'})
    assert code_of(other) == (403, "token-for-other-use-cases")
    profile = ci.put("/resources/PlatformProfile/platform", json={"spec": {}}, headers={"If-None-Match": "*"})
    assert code_of(profile) == (403, "program-not-a-person")
    text = "apiVersion: roadworthy.dev/v1alpha1\nkind: PlatformProfile\nmetadata: {name: platform}\nspec: {}\n"
    planned = ci.post("/plan", json={"sources": [{"name": "p.yaml", "text": text}]})
    assert code_of(planned) == (403, "program-not-a-person")
    by_owner = owner.post("/plan", json={"sources": [{"name": "p.yaml", "text": text}]}).json()["plan"]
    assert code_of(ci.post("/apply", json={"plan": by_owner})) == (403, "program-not-a-person")
    file = {"file": ("a.csv", b"Use Case Name\nPermit sorting\n")}
    assert code_of(ci.post("/imports", files=file)) == (403, "token-for-other-use-cases")
    assert program(deployment, owner, "use-cases:write").post("/imports", files=file).status_code == 200


def test_a_token_is_limited_only_to_what_exists(owner: httpx.Client) -> None:
    answer = owner.post("/tokens", json={"name": "ci", "may": ["read"], "useCases": ["nope"]})
    assert code_of(answer) == (404, "resource-not-found")


def test_pages_are_shut_to_programs(deployment: Deployment, owner: httpx.Client) -> None:
    ci = program(deployment, owner, *deployment.app.tokens.scopes)
    ci.base_url = httpx.URL(ADDRESS)
    for path in ("/", "/ledger", "/import", "/-/tokens"):
        assert ci.get(path).status_code == 401, path


def test_a_wrong_token_is_refused_and_says_so(deployment: Deployment) -> None:
    answer = deployment.client(Authorization="Bearer rw_wrong").get(f"{ROOT}/me")
    assert code_of(answer) == (401, "token-unusable")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_revoked_token_stops_at_once(deployment: Deployment, owner: httpx.Client) -> None:
    ci = program(deployment, owner, "read")
    assert ci.get("/me").status_code == 200
    assert owner.post("/tokens/ci-0/revoke", json={"reason": "Left behind on a laptop."}).status_code == 200
    assert code_of(ci.get("/me")) == (401, "token-unusable")
    assert owner.get("/tokens").json()[0]["revokedReason"] == "Left behind on a laptop."


def test_the_ledger_has_the_grant_and_not_the_secret(deployment: Deployment, owner: httpx.Client) -> None:
    made = owner.post("/tokens", json={"name": "ci", "may": ["read"]}).json()
    entry = deployment.app.ledger.entries(Filter(what="token.created"), limit=1).entries[0]
    assert entry.entry.facts["may"] == ["read"]
    assert made["secret"].encode() not in entry.raw
