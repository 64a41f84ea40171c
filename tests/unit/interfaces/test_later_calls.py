"""Calls that are answered later, over HTTP: the list, a replay, an end with a reason, who is told, the page."""

from __future__ import annotations

import datetime as dt

import httpx
import pytest

from roadworthy.operate.calls.later.model import Came, Fate, LaterCall, Request, State, Terms
from tests.unit.interfaces.conftest import Deployment

NO = Came(Fate.REFUSED, "run-1", "certificate", rule="certificate", about="suspended", error="x", status=403)


@pytest.fixture
def letters(deployment: Deployment) -> list[str]:
    """Two calls that were refused when their turn came."""
    deployment.browser()  # somebody is there who can be told
    later, now = deployment.app.later.calls, deployment.app.runtime.clock.now()
    for number in range(2):
        call = LaterCall(
            id=f"call-{number}", use_case="triage", stage="pilot", endpoint="chat", key="k", surface="chat-completions",
            model="gpt", effects=False, queued_at=now, ends_at=now + dt.timedelta(hours=1), terms=Terms(),
            state=State.QUEUED, due_at=now,
        )  # fmt: skip
        later.queue(call, Request(b"{}", None, None, None))
    for taken in later.take("a", 10):
        later.finish(taken.call.id, taken.call.fence, NO, None)
    return ["call-0", "call-1"]


def test_the_list_says_what_was_given_up_and_why(owner: httpx.Client, letters: list[str]) -> None:
    found = owner.get("/later-calls", params={"letters": True}).json()["items"]
    assert {each["id"] for each in found} == set(letters)
    first = found[0]
    assert (first["state"], first["why"], first["rule"], first["about"]) == (
        "dead-letter", "refused", "certificate", "suspended",
    )  # fmt: skip
    assert [each["call"] for each in first["runs"]] == ["run-1"]
    assert owner.get("/later-calls", params={"state": "queued"}).json()["items"] == []
    assert owner.get("/later-calls/nothing").json()["code"] == "later-call-unknown"


def test_one_is_made_again_and_one_is_discarded(owner: httpx.Client, letters: list[str]) -> None:
    made = owner.post(f"/later-calls/{letters[0]}/replay", json={"reason": "It stands again."})
    same = owner.post(f"/later-calls/{letters[0]}/replay", json={"reason": "I too."})
    gone = owner.post(f"/later-calls/{letters[1]}/discard", json={"reason": "Nobody waits for it."})
    assert (made.status_code, gone.status_code) == (201, 200)
    assert made.json()["id"] == same.json()["id"]
    assert (made.json()["state"], made.json()["replayOf"]) == ("queued", letters[0])
    unexplained = owner.post(f"/later-calls/{letters[1]}/discard", json={"reason": " "})
    assert (unexplained.status_code, unexplained.json()["code"]) == (422, "later-unexplained")
    assert owner.get("/later-calls", params={"letters": True}).json()["items"] == []


def test_all_of_a_use_case_are_made_again(owner: httpx.Client, letters: list[str]) -> None:
    found = owner.post("/use-cases/triage/later-calls/replay", json={"reason": "All.", "endpoint": "chat"}).json()
    assert {each["replayOf"] for each in found["made"]} == set(letters)
    assert found["refused"] == []


def test_owners_are_told_of_the_first_one_alone(deployment: Deployment, letters: list[str]) -> None:
    assert len(letters) == 2
    with deployment.app.store.read() as connection:
        told = connection.exec_driver_sql(
            "SELECT count(*) FROM notification_messages WHERE topic = 'call-given-up'"
        ).scalar_one()
    assert told == 1


def test_the_page_shows_them_and_offers_both(deployment: Deployment, letters: list[str]) -> None:
    browser = deployment.browser()
    csrf = browser.get("/api/v1alpha1/me").json()["csrf"]
    shown = browser.get("/later-calls").text
    assert "2 calls were given up and wait for somebody" in shown
    assert shown.count("refused when its turn came") == 2
    assert f"/later-calls/{letters[0]}/replay" in shown
    assert "Make it again" in browser.get(f"/later-calls/{letters[0]}/replay").text
    for act, letter in (("replay", letters[0]), ("discard", letters[1])):
        address = f"/later-calls/{letter}/{act}"
        assert browser.get(address).status_code == 200
        assert browser.post(address, data={"csrf": csrf, "reason": ""}).status_code == 422
        assert browser.post(address, data={"csrf": csrf, "reason": "I looked."}).status_code == 303
    assert "Nothing was given up" in browser.get("/later-calls").text
    assert "made again" in browser.get("/later-calls?state=all").text
    assert "There are no such calls" in browser.get("/later-calls?state=running").text
