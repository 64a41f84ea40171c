"""Messages over HTTP and on their pages: one's own, how one wants to be told, the log, a trial."""

from __future__ import annotations

import httpx
import pytest

from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.notify.model import Message
from roadworthy.foundation.resources.documents import declare
from tests.harness.post import receiver
from tests.unit.interfaces.conftest import Deployment

ANA = "ana@example.org"
ROOM = {"title": "The risk room", "type": "room", "address": "file:room.txt"}


def tell(deployment: Deployment, subject: str = "Decide: promote <b>claims</b>") -> str:
    """Tell Ana something; her reference."""
    app = deployment.app
    ref = app.identity.local_user(ANA).person.ref
    by = Context(Actor(ActorKind.SYSTEM, "tests"))
    message = Message("decision.proposed", subject, "/decisions/1", (ref,), ("Until tomorrow.",))
    app.units.run(by, lambda tx: app.notify.tell(tx, message))
    return ref


def open_room(deployment: Deployment) -> None:
    """Declare a room."""
    app = deployment.app
    declared = declare(app.registry.get("NotificationChannel"), "risk", ROOM)
    app.resources.apply(app.identity.local_user(ANA).context("tests"), app.resources.plan([declared]))


@pytest.fixture
def ana(deployment: Deployment) -> httpx.Client:
    return deployment.browser(ANA)


def csrf(browser: httpx.Client) -> str:
    token: str = browser.get("/api/v1alpha1/me").json()["csrf"]
    return token


def test_ones_own_messages_stand_on_ones_own_page(deployment: Deployment, ana: httpx.Client) -> None:
    tell(deployment)
    page = ana.get("/notifications").text
    assert "1 message for you" in page
    assert "promote &lt;b&gt;claims&lt;/b&gt;" in page
    assert "no channel leads there" in page
    assert 'href="/decisions/1"' in page
    assert "You were told nothing yet" in deployment.browser("ben@example.org").get("/notifications").text


def test_the_log_is_of_everybody_and_says_how_each_stands(deployment: Deployment, owner: httpx.Client) -> None:
    ref = tell(deployment)
    [one] = owner.get("/notifications/deliveries").json()["items"]
    assert (one["personRef"], one["state"], one["channel"]) == (ref, "unreachable", "")
    assert owner.get("/notifications/deliveries", params={"state": "sent"}).json()["items"] == []
    assert owner.get("/notifications").json()["items"] == []  # whoever runs the command line was told nothing
    again = owner.post(f"/notifications/deliveries/{one['id']}/again")
    assert (again.status_code, again.json()["code"]) == (404, "notification-not-given-up")


def test_choices_are_kept_and_faults_lose_nothing(deployment: Deployment, ana: httpx.Client) -> None:
    form = {"csrf": csrf(ana), "zone": "Europe/Berlin", "quietFrom": "22:00", "quietTo": "07:00", "digestAt": "08:30"}
    wrong = ana.post("/notifications/preferences", data={**form, "quietFrom": "ten at night"})
    assert wrong.status_code == 422
    assert "ten at night" in wrong.text
    assert "Europe/Berlin" in wrong.text
    off = ana.post("/notifications/preferences", data={**form, "mode-decision.proposed": "off"})
    assert off.status_code == 422
    assert "somebody waits for your answer" in off.text
    kept = ana.post("/notifications/preferences", data={**form, "mode-decision.approved": "digest"})
    assert kept.status_code == 303, kept.text
    chosen = ana.get("/api/v1alpha1/notifications/preferences").json()
    assert (chosen["modes"], chosen["zone"], chosen["digestAt"]) == (
        {"decision.approved": "digest"},
        "Europe/Berlin",
        "08:30",
    )
    assert 'value="22:00"' in ana.get("/notifications").text


def test_choices_over_the_api_are_checked_alike(owner: httpx.Client) -> None:
    for body in ({"zone": "Mars/Base"}, {"quietFrom": "22:00"}, {"modes": {"weather": "now"}}, {"tone": "loud"}):
        refused = owner.put("/notifications/preferences", json=body)
        assert refused.status_code == 422, body
    assert owner.put("/notifications/preferences", json={"digestAt": "06:00"}).json()["digestAt"] == "06:00"
    assert owner.get("/notifications/preferences").json()["digestAt"] == "06:00"


def test_a_channel_is_tried_from_the_page(deployment: Deployment, ana: httpx.Client) -> None:
    assert "No channel is declared" in ana.get("/notifications/deliveries").text
    open_room(deployment)
    home = deployment.app.settings.home
    with receiver() as heard:
        (home.parent / "room.txt").write_text(f"json://127.0.0.1:{heard.port}/hook")
        tried = ana.post("/notifications/channels/risk/test", data={"csrf": csrf(ana)})
        assert (tried.status_code, len(heard.requests)) == (303, 1)
    (home.parent / "room.txt").write_text("")
    broken = ana.post("/notifications/channels/risk/test", data={"csrf": csrf(ana)})
    assert broken.status_code == 422
    assert "there is nothing" in broken.text


def test_a_room_that_takes_nothing_is_tried_again_and_shown(deployment: Deployment, ana: httpx.Client) -> None:
    open_room(deployment)
    (deployment.app.settings.home.parent / "room.txt").write_text("json://127.0.0.1:9/closed")
    tell(deployment)
    deployment.app.timers.tick()
    page = ana.get("/notifications/deliveries?state=failed").text
    assert "failed, tried again" in page
    assert "0 deliveries given up, 1 failing" in page
    assert ana.get("/notifications/deliveries?state=nonsense").status_code == 200
