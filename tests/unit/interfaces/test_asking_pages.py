"""Asking for decisions through the forms: seen first, sent by a token of the page, and nothing entered is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from roadworthy.decide.approvals.states import RequestState
from tests.harness.governed import ANA, LEE, govern
from tests.unit.interfaces.conftest import ADDRESS, Deployment, deployed

ROOT = "/api/v1alpha1"


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Rights in force, and a use case whose product owner, Ana, has not accepted yet; each test asks its own."""
    with deployed(tmp_path_factory.mktemp("asked") / "home") as made:
        client = made.browser(ANA)
        csrf = client.get(f"{ADDRESS}{ROOT}/me").json()["csrf"]
        spec = {"title": "Claims triage", "stage": "pilot", "owners": {"product": ANA}}
        headers = {"If-None-Match": "*", "x-csrf-token": csrf}
        kept = client.put(f"{ADDRESS}{ROOT}/resources/UseCase/claims", json={"spec": spec}, headers=headers)
        assert kept.status_code == 200, kept.text
        assert govern(made.app).state is RequestState.USED
        yield made


def hidden(page: httpx.Response, name: str) -> str:
    """A hidden field of a page's form; empty where there is none."""
    found = re.search(f'name="{name}" value="([^"]*)"', page.text)
    return found[1] if found else ""


def waiting(made: Deployment) -> list[str]:
    return [each.title for each in made.app.approvals.listed(RequestState.OPEN, "claims")]


def test_nothing_is_asked_before_it_was_seen(asked: Deployment) -> None:
    ana, path = asked.browser(ANA), "/use-cases/claims/ask/stage"
    entered = {"csrf": hidden(ana.get(path), "csrf"), "stage": "production", "reason": "It passed.", "change": ""}
    for blind in ({"do": "ask"}, {"do": "ask", "looked-at": "sha256:00"}):
        assert "Promote claims from pilot to production" in ana.post(path, data={**entered, **blind}).text
        assert waiting(asked) == []
    seen = ana.post(path, data={**entered, "do": "keep"})
    assert "lee@" in seen.text, "who may answer is said before it is sent"
    other = ana.post(path, data={**entered, "stage": "candidate", "do": "ask", "looked-at": hidden(seen, "looked-at")})
    assert "it is not what you had seen" in other.text
    assert waiting(asked) == []
    sent = ana.post(path, data={**entered, "reason": "Reworded.", "do": "ask", "looked-at": hidden(seen, "looked-at")})
    assert (sent.status_code, sent.headers["location"].rpartition("?")[2]) == (303, "done=proposed")
    assert waiting(asked) == ["Promote claims from pilot to production"]
    assert "Already asked about this use case." in ana.get(path).text


def test_a_foreign_page_asks_for_nothing(asked: Deployment) -> None:
    ana, path = asked.browser(ANA), "/use-cases/claims/ask/deploy"
    entered = {"reason": "Quick.", "fact.release": "7"}
    seen = ana.post(path, data={**entered, "csrf": hidden(ana.get(path), "csrf")})
    sent = ana.post(path, data={**entered, "do": "ask", "looked-at": hidden(seen, "looked-at")})
    assert sent.status_code == 403
    assert "Deploy 7 of claims" not in waiting(asked)


def test_a_reason_that_is_missing_loses_nothing(asked: Deployment) -> None:
    ana, path = asked.browser(ANA), "/use-cases/claims/ask/deploy"
    entered = {"csrf": hidden(ana.get(path), "csrf"), "fact.release": "2027.1 <b>", "fact.reversible": "no"}
    back = ana.post(path, data={**entered, "note": "rehearsed", "do": "keep"})
    assert back.status_code == 422
    assert "2027.1 &lt;b&gt;" in back.text
    assert '<option value="no" selected>' in back.text
    assert "rehearsed" in back.text


def test_what_nobody_may_decide_is_said_and_has_no_button(asked: Deployment) -> None:
    ana, page = asked.browser(ANA), "/use-cases/claims"
    csrf = hidden(ana.get(page), "csrf")
    there = ana.post(f"{page}/owners/product/accept", data={"csrf": csrf})
    assert there.headers["location"] == f"{page}/owners/product/ask"
    told = ana.post(f"{page}/owners/product/ask", data={"csrf": csrf, "reason": "I am named."})
    assert "Nobody may decide this" in told.text
    assert 'value="ask"' not in told.text
    forged = {"csrf": csrf, "reason": "I am named.", "do": "ask", "looked-at": hidden(told, "looked-at")}
    assert ana.post(f"{page}/owners/product/ask", data=forged).status_code == 403


def test_an_edit_that_needs_a_decision_is_asked_for_where_it_was_entered(asked: Deployment) -> None:
    lee, path = asked.browser(LEE), "/use-cases/claims/edit"
    form = lee.get(path)
    entered = {name: hidden(form, name) for name in ("csrf", "generation")} | {
        "title": "Claims triage", "stage": "candidate", "purpose": "Another purpose.", "do": "keep",
    }  # fmt: skip
    told = lee.post(path, data=entered)
    assert "This needs a decision" in told.text
    assert "Another purpose." in told.text
    again = {**entered, "do": "ask", "looked-at": hidden(told, "looked-at")}
    assert "Not asked yet." in lee.post(path, data=again).text, "it takes a reason"
    sent = lee.post(path, data={**again, "why-ask": "It is time."})
    assert sent.status_code == 303
    assert "Promote claims from pilot to candidate, and change its purpose" in waiting(asked)


def test_a_gap_is_waived_by_asking(asked: Deployment) -> None:
    ana = asked.browser(ANA)
    there = ana.get("/use-cases/claims/data/gaps/no-such-gap/waive")
    assert there.headers["location"] == "/use-cases/claims/ask/gap?gap=no-such-gap"
    assert ana.get(there.headers["location"]).status_code == 404
    assert ana.get("/use-cases/claims/ask/colour").status_code == 404
    assert ana.get("/use-cases/nothing/ask/stage").status_code == 404
