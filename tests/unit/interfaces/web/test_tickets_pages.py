"""The pages and the webhook of tickets, on the real application."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from roadworthy.app import open_home
from roadworthy.foundation.settings import Settings
from roadworthy.interfaces.client import PREFIX
from tests.harness.contract_servers.servicenow import ServiceNowInstance
from tests.harness.contract_servers.serving import serving
from tests.harness.homes import fresh
from tests.unit.interfaces.conftest import ADDRESS, Deployment, answering

WEBHOOK = f"{PREFIX}/tickets/webhooks/desk"


@pytest.fixture
def desk() -> Iterator[ServiceNowInstance]:
    server = ServiceNowInstance()
    with serving(server):
        yield server


@pytest.fixture
def deployed(desk: ServiceNowInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    """A deployment with a use case and a ticket system."""
    host = desk.address.removeprefix("http://")
    monkeypatch.setenv("DESK_LOGIN", "robot:letmein")
    monkeypatch.setenv("DESK_WEBHOOK", "shared")
    secrets = f"{host}=env:DESK_LOGIN,{host}/webhook=env:DESK_WEBHOOK"
    with open_home(Settings(home=fresh(tmp_path / "home"), ticket_secrets=secrets)) as (app, _), answering(app) as made:
        put(made, "use-cases/mail", {"title": "Sort <b>the</b> mail"})
        spec = {"title": "Desk", "type": "servicenow", "baseUrl": desk.address, "login": "basic", "place": "incident"}
        put(made, "ticket-systems/desk", spec)
        yield made


def put(deployment: Deployment, path: str, spec: dict[str, Any]) -> None:
    answer = deployment.owner().put(f"{PREFIX}/resources/{path}", json={"spec": spec}, headers={"If-None-Match": "*"})
    assert answer.status_code == httpx.codes.OK, answer.text


def token_in(page: str) -> str:
    return page.split('name="csrf" value="')[1].split('"', maxsplit=1)[0]


def field_in(page: str, name: str) -> str:
    return page.split(f'name="{name}" value="')[1].split('"', maxsplit=1)[0]


def test_without_a_system_the_page_teaches(deployment: Deployment) -> None:
    page = deployment.browser().get("/tickets").text
    assert "No ticket system is declared" in page
    assert "roadworthy schema TicketSystem" in page


def test_what_leaves_the_house_is_shown_and_then_sent_and_stands_beside_its_blocker(
    deployed: Deployment, desk: ServiceNowInstance
) -> None:
    browser = deployed.browser()
    shown = browser.get("/tickets/new", params={"use_case": "mail", "criterion": "data-audit"}).text
    assert "1 ticket would leave the house" in shown
    assert "Nothing went to <code>desk</code> yet" in shown
    assert "<b>the</b>" not in shown
    form = {name: field_in(shown, name) for name in ("csrf", "use_case", "criteria", "again", "agreed")}
    answer = browser.post("/tickets", data=form)
    assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
    assert desk.incidents == []

    listed = browser.get("/tickets").text
    assert "waits to be sent" in listed
    answer = browser.post("/tickets/sync", data={"csrf": token_in(listed)})
    assert answer.headers["location"].endswith("tickets-synced")
    assert "INC0000001" in browser.get("/tickets").text
    assert "INC0000001" in browser.get("/use-cases/mail").text

    desk.incidents[0]["state"] = "7"
    browser.post("/tickets/sync", data={"csrf": token_in(listed)})
    assert "ticket closed, still unmet" in browser.get("/use-cases/mail").text
    assert "1 ticket was closed and the blocker is still unmet" in browser.get("/tickets").text


def test_a_form_without_its_token_sends_nothing(deployed: Deployment, desk: ServiceNowInstance) -> None:
    browser = deployed.browser()
    digest = deployed.app.tickets.offers("mail").digest
    answer = browser.post("/tickets", data={"use_case": "mail", "agreed": digest, "csrf": "made up"})
    assert answer.status_code == httpx.codes.FORBIDDEN
    assert deployed.app.tickets.all() == []


def test_a_webhook_needs_no_sign_in_and_the_right_signature(deployed: Deployment) -> None:
    body = json.dumps({"sys_id": "0" * 32}).encode()
    stamp = str(int(deployed.app.runtime.clock.now().timestamp()))
    signature = hmac.new(b"shared", stamp.encode() + b"." + body, hashlib.sha256).digest()
    headers = {"X-Roadworthy-Timestamp": stamp, "X-Roadworthy-Signature": base64.b64encode(signature).decode()}
    nobody = deployed.client()
    assert nobody.post(WEBHOOK, content=body, headers=headers).status_code == httpx.codes.ACCEPTED
    replayed = nobody.post(WEBHOOK, content=body, headers=headers)
    assert (replayed.status_code, replayed.json()["code"]) == (403, "webhook-replayed")
    forged = nobody.post(WEBHOOK, content=body + b" ", headers=headers)
    unknown = nobody.post(f"{PREFIX}/tickets/webhooks/nothing", content=body, headers=headers)
    assert forged.status_code == unknown.status_code == httpx.codes.UNAUTHORIZED
    assert forged.json()["detail"] == unknown.json()["detail"]
    large = nobody.post(WEBHOOK, content=b"x" * 2_000_001, headers=headers)
    assert (large.status_code, large.json()["code"]) == (413, "webhook-too-large")
    assert ADDRESS.startswith("http://127.0.0.1")
