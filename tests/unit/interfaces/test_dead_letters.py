"""What was given up, over HTTP: the list, another try, an end with a reason, and the page."""

from __future__ import annotations

from collections.abc import Sequence

import httpx
import pytest

from roadworthy.foundation.errors import Unavailable
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.workflow.model import Retries, Timer
from tests.unit.interfaces.conftest import Deployment

DANA = Context(Actor(ActorKind.PERSON, "dana"))


@pytest.fixture
def rung(deployment: Deployment) -> list[str]:
    """Bells `a` and `b` were given up; what rings after that."""
    timers, heard, broken = deployment.app.timers, list[str](), [True]

    def ring(_tx: Transaction, due: Sequence[Timer]) -> None:
        if broken[0]:
            raise Unavailable("bell-cracked", "the bell is cracked", remedy="cast a new one")
        heard.extend(timer.key for timer in due)

    timers.on("test.bell", ring, retries=Retries(most=1))

    def both(tx: Transaction) -> None:
        for key in "ab":
            timers.set(tx, "test.bell", key, tx.now)

    deployment.app.units.run(DANA, both)
    timers.tick()
    broken[0] = False
    return heard


def test_the_list_says_what_who_why_and_since_when(owner: httpx.Client, rung: list[str]) -> None:
    assert rung == []
    letters = owner.get("/dead-letters").json()["letters"]

    assert [(each["kind"], each["key"], each["owner"], each["attempts"]) for each in letters] == [
        ("timer", "test.bell/a", "platform-administrator", 1),
        ("timer", "test.bell/b", "platform-administrator", 1),
    ]
    assert letters[0]["reason"] == "bell-cracked: the bell is cracked"
    assert letters[0]["since"].endswith("Z")


def test_one_is_tried_again_and_one_is_resolved(deployment: Deployment, owner: httpx.Client, rung: list[str]) -> None:
    again = owner.post("/dead-letters/retry", json={"kind": "timer", "key": "test.bell/a"})
    silent = owner.post("/dead-letters/resolve", json={"kind": "timer", "key": "test.bell/b", "reason": " "})
    ended = owner.post("/dead-letters/resolve", json={"kind": "timer", "key": "test.bell/b", "reason": "rung by hand"})
    deployment.app.timers.tick()

    assert (again.status_code, ended.status_code, rung) == (200, 200, ["a"])
    assert (silent.status_code, silent.json()["code"]) == (422, "dead-letter-reason-missing")
    assert owner.get("/dead-letters").json()["letters"] == []
    gone = owner.post("/dead-letters/retry", json={"kind": "timer", "key": "test.bell/b"})
    assert (gone.status_code, gone.json()["code"]) == (404, "dead-letter-unknown")


def test_the_page_offers_both(deployment: Deployment, rung: list[str]) -> None:
    browser = deployment.browser()
    csrf = browser.get("/api/v1alpha1/me").json()["csrf"]
    page = browser.get("/dead-letters").text
    which = {"csrf": csrf, "kind": "timer", "key": "test.bell/b"}

    assert "2 dead letters wait for somebody" in page
    assert "the bell is cracked" in page
    assert browser.get("/dead-letters/resolve", params={"kind": "timer", "key": "test.bell/b"}).status_code == 200
    assert browser.post("/dead-letters/resolve", data={**which, "reason": ""}).status_code == 422
    assert browser.post("/dead-letters/resolve", data={**which, "reason": "by hand"}).status_code == 303
    assert browser.post("/dead-letters/retry", data={**which, "key": "test.bell/a"}).status_code == 303
    deployment.app.timers.tick()
    assert rung == ["a"]
    assert "Nothing was given up" in browser.get("/dead-letters").text
