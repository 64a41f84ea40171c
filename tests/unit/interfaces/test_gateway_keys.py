"""Gateway keys by API and by page: made by who may, shown once, replaced and revoked."""

from __future__ import annotations

import re

import httpx

from tests.unit.interfaces.conftest import Deployment
from tests.unit.interfaces.test_program_tokens import code_of, declare, program

SECRET = re.compile(r"rwg_[0-9a-f]{12}_[A-Za-z0-9_-]{43}")


def test_a_key_is_made_replaced_and_revoked_by_api(deployment: Deployment, owner: httpx.Client) -> None:
    declare(owner, "claims")
    made = owner.post("/use-cases/claims/gateway-keys", json={"name": "app"})
    assert made.status_code == 201, made.text
    assert SECRET.fullmatch(made.json()["secret"])
    assert made.json()["key"]["stage"] == "pilot"
    again = owner.post("/gateway-keys/app/rotate", json={"graceHours": 2})
    assert again.json()["key"]["follows"] == made.json()["key"]["id"]
    listed = owner.get("/gateway-keys", params={"useCase": "claims"})
    assert [each["usable"] for each in listed.json()["items"]] == [True, True]
    assert not SECRET.search(listed.text)
    assert owner.post("/gateway-keys/app/revoke", json={"reason": "it leaked"}).json()["usable"] is False
    assert code_of(owner.post("/use-cases/none/gateway-keys", json={"name": "other"}))[0] == 404
    ci = program(deployment, owner, "read")
    assert ci.get("/gateway-keys").status_code == 200
    assert ci.post("/use-cases/claims/gateway-keys", json={"name": "own"}).status_code == 403


def test_a_key_is_made_replaced_and_revoked_on_pages(deployment: Deployment, owner: httpx.Client) -> None:
    declare(owner, "claims")
    ana = deployment.browser()

    def page(path: str) -> httpx.Response:
        return ana.get(path)

    def post(path: str, **fields: str) -> httpx.Response:
        found = re.search(r'name="csrf" value="([^"]+)"', page(path).text)
        assert found is not None
        return ana.post(path, data={"csrf": found[1], **fields})

    assert "No gateway key was made" in page("/keys").text
    wrong = post("/use-cases/claims/keys/new", name="App", stage="pilot", days="x")
    assert wrong.status_code == 422
    made = post("/use-cases/claims/keys/new", name="app", stage="production")
    assert made.status_code == 200
    secret = SECRET.search(made.text)
    assert secret is not None
    key = secret[0].split("_")[1]
    assert not SECRET.search(page("/keys").text), "it is shown once"
    replaced = SECRET.search(post(f"/keys/{key}/rotate", grace="1").text)
    assert replaced is not None
    other = replaced[0].split("_")[1]
    assert post(f"/keys/{other}/revoke", reason="").status_code == 422
    assert post(f"/keys/{other}/revoke", reason="it leaked").status_code == 303
    assert "it leaked" in page("/keys").text
