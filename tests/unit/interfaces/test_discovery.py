"""Discovery and collecting through the API and the pages, in the same words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from roadworthy.interfaces.client import PREFIX
from tests.unit.interfaces.conftest import Deployment
from tests.unit.inventory.discovery.logs import table

LOG = table(
    ["vendor", "model", "app", "user", "date", "tokens", "cost_usd"],
    ["OpenAI", "gpt-4o", "claims-bot", "ana@example.org", "2026-01-05", 10, "0.5"],
    ["Open AI", "gpt-4o", "claims-bot", "bo@example.org", "2026-01-06", 20, "0.25"],
    ["Acme Robots", "arm-1", "arm <b>", "bo@example.org", "2026-01-06", 20, "0.25"],
)


@pytest.fixture
def owner(deployment: Deployment) -> httpx.Client:
    client = deployment.owner()
    answer = client.post(f"{PREFIX}/discovery/usage", files={"file": ("spend.csv", LOG)})
    assert answer.status_code == httpx.codes.OK, answer.text
    return client


def proposals(client: httpx.Client, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"{PREFIX}/discovery/proposals", params=query).json()["items"]
    return found


def test_a_log_becomes_proposals_that_can_be_decided(owner: httpx.Client) -> None:
    claims, arm = proposals(owner)
    assert (claims["title"], claims["usage"]["calls"], claims["usage"]["people"]) == ("claims-bot", 2, 2)
    assert claims["usage"]["cost"] == {"USD": "0.75"}

    accepted = owner.post(f"{PREFIX}/discovery/proposals/{claims['id']}/accept", json={"title": "Claims bot"}).json()
    dismissed = owner.post(f"{PREFIX}/discovery/proposals/{arm['id']}/dismiss", json={"reason": "a test"}).json()

    assert (accepted["state"], accepted["decision"]["useCase"]) == ("accepted", "claims-bot")
    assert dismissed["decision"]["reason"] == "a test"
    assert proposals(owner, state="open") == []
    lines = {line["name"]: line for line in owner.get(f"{PREFIX}/discovery/vendors").json()}
    assert lines["openai"]["used"] == {"Open AI": 1, "OpenAI": 1}
    assert lines["acmerobots"]["known"] is False


def test_a_dry_run_keeps_nothing_and_the_same_file_is_counted_once(owner: httpx.Client) -> None:
    again = owner.post(f"{PREFIX}/discovery/usage", files={"file": ("spend.csv", LOG)}).json()
    dry = owner.post(
        f"{PREFIX}/discovery/usage", files={"file": ("b.csv", LOG + b"x,y,z,,,,\n")}, data={"dryRun": "true"}
    )

    assert again["upload"] is None
    assert dry.json()["reading"]["unread"] == []
    assert dry.json()["reading"]["columns"]["date"] == "time"
    assert len(owner.get(f"{PREFIX}/discovery/uploads").json()) == 1


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/discovery/mlflow", {}, "mlflow-address-missing"),
        ("/discovery/mlflow", {"address": "ftp://x"}, "mlflow-address-unusable"),
        ("/discovery/proposals/none/accept", {}, "discovery-unknown"),
        ("/discovery/proposals/none/dismiss", {"reason": ""}, "discovery-reason-missing"),
        ("/collecting/mlflow", {"address": "http://169.254.169.254"}, "mlflow-address-unusable"),
    ],
)
def test_what_cannot_be_done_says_so(owner: httpx.Client, path: str, body: dict[str, Any], code: str) -> None:
    assert owner.post(f"{PREFIX}{path}", json=body).json()["code"] == code


def test_reviews_are_previewed_then_recorded(deployment: Deployment) -> None:
    owner = deployment.owner()
    declare(deployment)
    content = table(["Use case", "Fact", "Outcome", "Date"], ["mail", "data.documented", "passed", "2026-01-05"])
    given = {"file": ("reviews.csv", content)}

    looked = owner.post(f"{PREFIX}/collecting/reviews", files=given, data={"dryRun": "true"}).json()
    recorded = owner.post(f"{PREFIX}/collecting/reviews", files=given).json()

    assert (len(looked["claims"]), looked["recorded"], looked["findings"]) == (1, [], [])
    assert looked["claims"][0]["place"] == {"source": "reviews.csv", "cell": "C2", **dict.fromkeys(
        ("line", "column", "sheet", "field"))}  # fmt: skip
    assert [each["method"] for each in recorded["recorded"]] == ["documented"]
    assert owner.get(f"{PREFIX}/collecting/mlflow/key").json()["collector"] is None


def declare(deployment: Deployment) -> None:
    from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
    from roadworthy.foundation.resources.documents import declare as declared

    resources = deployment.app.resources
    plan = resources.plan([declared(resources.registry.get("UseCase"), "mail", {"title": "Sort the mail"})])
    resources.apply(Context(Actor(ActorKind.PERSON, "person-1")), plan)


def test_the_pages_take_a_log_and_every_decision(deployment: Deployment) -> None:
    browser = deployment.browser()
    csrf = _csrf(browser.get("/discovery").text)

    assert browser.post("/discovery", data={"csrf": csrf}).status_code == httpx.codes.UNPROCESSABLE_ENTITY
    looked = browser.post("/discovery", data={"csrf": csrf}, files={"file": ("spend.csv", LOG)})
    assert looked.headers["location"] == "/discovery?done=looked"
    page = browser.get("/discovery").text
    assert "2 uses of AI wait for a decision" in page
    assert "arm &lt;b&gt;" in page
    claims, arm = proposals(browser)
    assert "ana@example.org" not in page.replace("<span>ana@example.org</span>", "")

    one = f"/discovery/{claims['id']}"
    assert "It is a use case of its own" in browser.get(one).text
    refused = browser.post(one, data={"csrf": csrf, "do": "link", "useCase": "nowhere"})
    assert refused.status_code == httpx.codes.NOT_FOUND
    assert 'value="nowhere"' in refused.text
    kept = browser.post(one, data={"csrf": csrf, "do": "accept", "title": "Claims bot"})
    assert kept.status_code == httpx.codes.SEE_OTHER
    assert "Accepted by ana@example.org" in browser.get(one).text
    assert (
        browser.post(one, data={"csrf": csrf, "do": "reopen", "reason": "wrong"}).status_code == httpx.codes.SEE_OTHER
    )
    assert browser.post(f"/discovery/{arm['id']}", data={"csrf": csrf, "do": "x"}).status_code == 422
    browser.post(f"/discovery/{arm['id']}", data={"csrf": csrf, "do": "dismiss", "reason": "a test"})
    assert "a test" in browser.get("/discovery?state=dismissed").text
    assert browser.get("/discovery/nothing").status_code == httpx.codes.NOT_FOUND


def _csrf(page: str) -> str:
    return page.split('name="csrf" value="', 1)[1].split('"', 1)[0]


def test_a_log_longer_than_an_upload_may_be_is_refused(deployment: Deployment, tmp_path: Path) -> None:
    content = LOG + b"OpenAI,gpt-4o,bot,u,2026-01-05,1,1\n" * 2_000_000

    answer = deployment.owner().post(f"{PREFIX}/discovery/usage", files={"file": ("spend.csv", content)})

    assert answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
    assert answer.json()["code"] == "body-too-large"
