"""Stored secrets by API and by page: set by who may, replaced, put back, removed, and never answered with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import httpx
import pytest

from roadworthy.foundation import logs
from tests.unit.interfaces.conftest import Deployment
from tests.unit.interfaces.test_program_tokens import code_of, program

CANARY = "sk-CANARY-5d1f6a2b9c"
WANTED = {"name": "openai", "host": "api.openai.com", "value": CANARY}


@pytest.fixture(autouse=True)
def telling(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Everything that is logged, down to what only developers read, is looked through in the end."""
    logs.configure("debug", "json")
    yield
    logs.configure()
    told = capfd.readouterr()
    assert "CANARY" not in told.out + told.err


def test_a_secret_is_set_replaced_put_back_and_removed_by_api(deployment: Deployment, owner: httpx.Client) -> None:
    answers = [owner.post("/upstream-secrets", json=WANTED)]
    assert answers[0].status_code == 201, answers[0].text
    kept = answers[0].json()["secret"]
    assert (answers[0].json()["waits"], kept["state"], kept["host"], kept["lastUsedAt"]) == (
        None, "in-use", "api.openai.com", None,
    )  # fmt: skip
    answers += [
        owner.post("/upstream-secrets/openai/rotate", json={"value": f"{CANARY}-2", "graceHours": 1}),
        owner.post("/upstream-secrets/openai/back"),
        owner.post("/upstream-secrets/rewrap", json={"newKey": True}),
        owner.get("/upstream-secrets"),
        owner.get("/upstreams"),
        owner.get("/openapi.json"),
        owner.get("/ledger/entries"),
    ]
    assert [each.status_code for each in answers[1:]] == [200] * 7
    assert answers[1].json()["formerUntil"] is not None
    assert answers[2].json()["fingerprint"] == kept["fingerprint"]
    assert answers[3].json() == {"rewrapped": 1}
    (listed,) = answers[4].json()["items"]
    assert (listed["fingerprint"], listed["formerUntil"], listed["why"]) == (kept["fingerprint"], None, "")
    assert owner.post("/upstream-secrets/openai/remove").json() == {"done": True}
    assert code_of(owner.post("/upstream-secrets/openai/remove"))[0] == 404
    assert "CANARY" not in "".join(each.text for each in answers)
    described = json.loads(answers[6].text)["components"]["schemas"]["UpstreamSecretWanted"]["properties"]["value"]
    assert described["writeOnly"] is True
    assert deployment.app.gateway.secrets.stored.listed() == []


@pytest.mark.parametrize(
    "body",
    [
        {"name": CANARY, "host": "h", "value": "v"},
        {"name": "a", "host": f"https://{CANARY}/", "value": CANARY},
        {"name": "a", "host": "h", "value": f"{CANARY}\nInjected: 1"},
        {"name": "a", "host": "h", "value": CANARY * 500},
        {"name": "a", "host": "h", "value": [CANARY]},
        {"name": "a", "host": "h", "value": {CANARY: CANARY}},
        {"name": "a", "host": "h", "value": CANARY, "extra": CANARY},
        {"name": "a", "host": "h", "value": CANARY, "reason": [CANARY]},
        {"name": ["a"], "host": CANARY, "value": CANARY},
        [CANARY],
        CANARY,
    ],
)
def test_whatever_is_wrong_with_it_no_error_repeats_a_secret(owner: httpx.Client, body: object) -> None:
    answer = owner.post("/upstream-secrets", json=body)
    assert answer.status_code in {400, 422}
    assert "CANARY" not in answer.text


def test_a_body_that_is_no_json_is_not_repeated_and_a_taken_name_tells_no_value(owner: httpx.Client) -> None:
    broken = owner.post(
        "/upstream-secrets", content=f'{{"value": "{CANARY}', headers={"Content-Type": "application/json"}
    )
    assert broken.status_code in {400, 422}
    assert owner.post("/upstream-secrets", json=WANTED).status_code == 201
    taken = owner.post("/upstream-secrets", json={**WANTED, "host": "evil.example", "value": f"{CANARY}-2"})
    assert (taken.status_code, taken.json()["code"]) == (409, "upstream-secret-name-taken")
    unknown = owner.post("/upstream-secrets/none/rotate", json={"value": CANARY})
    assert "CANARY" not in broken.text + taken.text + unknown.text


def test_no_program_may(deployment: Deployment, owner: httpx.Client) -> None:
    ci = program(deployment, owner, "read", "use-cases:write")
    assert ci.get("/upstream-secrets").status_code == 200
    assert ci.post("/upstream-secrets", json=WANTED).status_code == 403
    assert ci.post("/upstream-secrets/rewrap", json={}).status_code == 403


def test_a_secret_is_set_replaced_and_removed_on_pages_and_no_page_has_it(deployment: Deployment) -> None:
    ana = deployment.browser()
    seen: list[str] = []

    def post(path: str, **fields: str) -> httpx.Response:
        page = ana.get(path).text
        found = re.search(r'name="csrf" value="([^"]+)"', page)
        assert found is not None
        answer = ana.post(path, data={"csrf": found[1], **fields})
        seen.extend((page, answer.text))
        return answer

    seen.append(ana.get("/upstream-secrets").text)
    assert "No secret is stored" in seen[0]
    wrong = post("/upstream-secrets/new", name="openai", host="https://x", value=CANARY)
    assert wrong.status_code == 422
    assert 'value="openai"' in wrong.text, "what else was entered is still there"
    assert "Enter the secret once more." in wrong.text
    assert 'type="password"' in wrong.text
    assert post("/upstream-secrets/new", name="openai", host="api.openai.com", value=CANARY).status_code == 303
    assert post("/upstream-secrets/openai/rotate", value=f"{CANARY}-2", grace="x").status_code == 422
    assert post("/upstream-secrets/openai/rotate", value=f"{CANARY}-2", grace="1").status_code == 303
    seen.append(ana.get("/upstream-secrets?done=secret-replaced").text)
    assert "/upstream-secrets/openai/back" in seen[-1]
    assert post("/upstream-secrets/openai/back").status_code == 303
    assert post("/upstream-secrets/openai/back").status_code == 422, "none is kept any more"
    assert post("/upstream-secrets/openai/remove").status_code == 303
    assert "CANARY" not in "".join(seen)
