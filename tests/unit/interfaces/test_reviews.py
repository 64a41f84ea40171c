"""Reviews through the API and the pages: the same words, the same rights, nothing decided by looking."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from roadworthy.decide.approvals.states import RequestState
from roadworthy.operate.releases.model import Known, Part, PartKind
from tests.harness.governed import ANA, LEE, RULES, SAM, govern, rights
from tests.harness.homes import copied
from tests.unit.interfaces.conftest import Deployment, deployed
from tests.unit.interfaces.test_decisions import api, code_of, program

REVIEW = {"name": "verdicts", "decides": ["review"], "decision": "ask", "approvers": [{"person": LEE}]}
WHY = {"stage": "production", "why": "The pilot is over."}
NO = {"verdict": "no-go", "reason": "Nobody looked at dialects.", "changes": "Measure it on dialects."}


@pytest.fixture(scope="module")
def open_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed home with a use case and a release of it, where nobody has to be asked."""
    home = tmp_path_factory.mktemp("reviewed") / "home"
    with deployed(home) as deployment:
        spec = {"title": "Claims triage", "stage": "pilot", "owners": {"product": ANA}}
        made = api(deployment, ANA).put(
            "/resources/UseCase/claims", json={"spec": spec}, headers={"If-None-Match": "*"}
        )
        assert made.status_code == 200, made.text
        part = Part(PartKind.MODEL, "drafter", f"sha256:{'a' * 64}", Known.OBSERVED, "file")
        context = deployment.app.identity.local_user(ANA).context("tests")
        deployment.app.operation.releases.record(context, "claims", "r1", [part])
    return home


@pytest.fixture(scope="module")
def ruled_home(open_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, where Lee decides verdicts and Lee or Sam promotions."""
    home = copied(open_home, tmp_path_factory.mktemp("ruled") / "home")
    with deployed(home) as deployment:
        assert govern(deployment.app, rights([*RULES, REVIEW])).state is RequestState.USED
    return home


@pytest.fixture
def free(open_home: Path, tmp_path: Path) -> Iterator[Deployment]:
    with deployed(copied(open_home, tmp_path / "home")) as deployment:
        yield deployment


@pytest.fixture
def ruled(ruled_home: Path, tmp_path: Path) -> Iterator[Deployment]:
    with deployed(copied(ruled_home, tmp_path / "home")) as deployment:
        yield deployment


def opened(client: httpx.Client, **more: Any) -> dict[str, Any]:
    release = client.get("/use-cases/claims/releases").json()[0]["digest"]
    made = client.post("/use-cases/claims/reviews", json={**WHY, "release": release, **more})
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


# ---------------------------------------------------------------- the API


def test_a_review_goes_from_its_opening_to_a_certificate_through_the_api(ruled: Deployment) -> None:
    ana, lee = api(ruled, ANA), api(ruled, LEE)
    review = opened(ana)
    assert (review["state"], review["openedBy"]["shown"], review["stage"]) == ("open", ANA, "production")
    here = f"/reviews/{review['id']}"
    agenda = ana.get(f"{here}/agenda").json()
    draft = ana.get(f"{here}/draft").json()
    assert draft["agenda"] == agenda
    assert draft["blocking"] == sum(each["blocks"] for each in agenda) > 0
    condition = {"what": "Try dialects", "owner": LEE, "due": "2099-03-31T00:00:00Z"}
    wanted = {"verdict": "conditional-go", "reason": "Good enough.", "conditions": [condition], "lasts": "90d"}
    request = ana.post(f"{here}/propose", json=wanted)
    assert request.status_code == 201, request.text
    assert sorted(request.json()["rules"]) == ["promote-production", "verdicts"]
    assert ana.get(here).json()["state"] == "proposed"
    vote = {"digest": request.json()["digest"], "reason": "I read it."}
    done = lee.post(f"/decisions/{request.json()['id']}/approve", json=vote)
    assert done.status_code == 200, done.text
    found = ana.get(here).json()
    assert (found["state"], found["verdict"], found["reason"]) == ("decided", "conditional-go", "Good enough.")
    assert [each["shown"] for each in found["deciders"]] == [LEE]
    assert [(each["what"], each["owner"]["shown"]) for each in found["conditions"]] == [("Try dialects", LEE)]
    assert found["certificate"].startswith("oc-")
    assert ana.get("/use-cases/claims").json()["spec"]["stage"] == "production"
    assert ana.get(f"{here}/agenda").json() == agenda
    (line,) = ana.get("/reviews", params={"useCase": "claims", "state": "decided"}).json()["items"]
    assert line == found
    page = ruled.browser(ANA).get(here).text
    assert "Try dialects" in page
    assert found["certificate"] in page


def test_what_the_api_does_not_take_it_refuses_by_name(ruled: Deployment) -> None:
    ana = api(ruled, ANA)
    review = opened(ana)
    here = f"/reviews/{review['id']}"
    assert code_of(ana.post("/use-cases/claims/reviews", json=WHY)) == (409, "review-going-on")
    assert code_of(ana.post(f"{here}/decide", json=NO)) == (403, "decision-needed")
    assert code_of(ana.post(f"{here}/propose", json={**NO, "changes": None})) == (422, "review-text-missing")
    assert code_of(ana.post(f"{here}/propose", json={**NO, "lasts": "soon"})) == (422, "review-verdict-unfit")
    nobody = {"what": "Try", "owner": "nobody@example.org", "due": "2099-03-31T00:00:00Z"}
    wanted = {"verdict": "conditional-go", "reason": "Good.", "conditions": [nobody]}
    assert code_of(ana.post(f"{here}/propose", json=wanted)) == (422, "person-unknown")
    without = {**nobody, "owner": SAM, "due": "2099-03-31T00:00:00"}
    answer = ana.post(f"{here}/propose", json={**wanted, "conditions": [without]})
    assert code_of(answer) == (422, "review-verdict-unfit")
    assert code_of(ana.get(f"{here}/notice")) == (409, "review-without-notice")
    assert code_of(ana.get("/reviews/nothing")) == (404, "review-unknown")
    closed = ana.post(f"{here}/close", json={"reason": "Too early."})
    assert closed.json()["state"] == "closed"
    assert code_of(ana.post(f"{here}/close", json={"reason": "Again."})) == (409, "review-over")


def test_programs_ask_for_verdicts_and_open_nothing(ruled: Deployment) -> None:
    review = opened(api(ruled, ANA))
    client = program(ruled, "read", "decisions:propose", use_cases=["claims"])
    assert client.get(f"/reviews/{review['id']}").status_code == 200
    assert client.get("/reviews", params={"useCase": "claims"}).status_code == 200
    assert client.get("/reviews").status_code == 403
    assert client.post("/use-cases/claims/reviews", json=WHY).status_code == 403
    assert client.post(f"/reviews/{review['id']}/decide", json=NO).status_code == 403
    assert client.post(f"/reviews/{review['id']}/propose", json=NO).status_code == 201


def test_a_stop_is_decided_and_its_notice_sent_through_the_api(free: Deployment) -> None:
    ana = api(free, ANA)
    review = opened(ana)
    here = f"/reviews/{review['id']}"
    stop = {"verdict": "stop", "reason": "It costs more than it saves.", "learned": "Letters are too short."}
    done = ana.post(f"{here}/decide", json=stop)
    assert done.status_code == 200, done.text
    assert (done.json()["verdict"], done.json()["notified"]) == ("stop", 0)
    assert "Letters are too short." in ana.get(f"{here}/notice").json()
    sent = ana.post(f"{here}/notice", json={"to": [ANA]})
    assert sent.json()["notified"] == 1
    (lesson,) = ana.get("/reviews/lessons").json()["items"]
    assert lesson["learned"] == "Letters are too short."


# ---------------------------------------------------------------- pages


def test_a_verdict_is_asked_for_on_a_page_that_shows_first_who_will_be_asked(ruled: Deployment) -> None:
    review = opened(api(ruled, ANA))
    browser, here = ruled.browser(ANA), f"/reviews/{review['id']}/verdict"
    form = browser.get(here).text
    values = {
        "csrf": csrf(form), "do": "keep", "verdict": "no-go", "reason": NO["reason"], "changes": "",
    }  # fmt: skip
    refused = browser.post(here, data=values)
    assert refused.status_code == 422
    assert "says what has to change" in refused.text
    assert NO["reason"] in refused.text
    values["changes"] = NO["changes"]
    looked = browser.post(here, data=values)
    assert looked.status_code == 200
    assert "verdicts" in looked.text
    seen = re.search(r'name="looked-at" value="([^"]+)"', looked.text)
    assert seen is not None
    asked = browser.post(here, data={**values, "do": "ask", "looked-at": seen[1]})
    assert asked.status_code == 303
    assert asked.headers["location"].startswith("/decisions/")
    page = browser.get(f"/reviews/{review['id']}").text
    assert "waits for a decision" in page
    assert "See the proposed verdict" in page


def test_a_review_is_opened_decided_and_closed_on_pages(free: Deployment) -> None:
    browser = free.browser(ANA)
    form = browser.get("/use-cases/claims/reviews/new").text
    token = csrf(form)
    refused = browser.post("/use-cases/claims/reviews/new", data={"csrf": token, "stage": "candidate", "why": " "})
    assert refused.status_code == 422
    made = browser.post("/use-cases/claims/reviews/new", data={"csrf": token, "stage": "candidate", "why": "Now."})
    assert made.status_code == 303, made.text
    here = made.headers["location"].partition("?")[0]
    assert "between Claims triage and candidate" in browser.get(here).text
    values = {
        "csrf": token, "verdict": "conditional-go", "reason": "Good.", "conditions.0.what": "Try dialects",
        "conditions.0.owner": ANA, "conditions.0.due": "",
    }  # fmt: skip
    refused = browser.post(f"{here}/verdict", data=values)
    assert refused.status_code == 422
    assert "Try dialects" in refused.text
    done = browser.post(f"{here}/verdict", data={**values, "conditions.0.due": "2099-03-31"})
    assert done.status_code == 303, done.text
    assert "Go, with conditions" in browser.get(here).text
    again = browser.post("/use-cases/claims/reviews/new", data={"csrf": token, "stage": "candidate", "why": "Again."})
    other = again.headers["location"].partition("?")[0]
    assert browser.post(f"{other}/close", data={"csrf": token, "text": ""}).status_code == 422
    assert browser.post(f"{other}/close", data={"csrf": token, "text": "Too early."}).status_code == 303
    listed = browser.get("/reviews").text
    assert "closed without a verdict" in listed
    assert "Reviews" in browser.get("/use-cases/claims").text
    assert browser.get("/reviews?state=strange").status_code == 422


def test_a_verdict_narrows_and_declares_terms_on_its_page(free: Deployment) -> None:
    client = api(free, ANA)
    spec = {"volume": {"calls per day": 900}, "cohort": ["officers"]}
    kept = client.put("/resources/OperatingEnvelope/claims", json={"spec": spec}, headers={"If-None-Match": "*"})
    assert kept.status_code == 200, kept.text
    release = client.get("/use-cases/claims/releases/r1").json()["digest"]
    asked = {"stage": "candidate", "why": "Now.", "release": release}
    review = client.post("/use-cases/claims/reviews", json=asked).json()
    browser, here = free.browser(ANA), f"/reviews/{review['id']}/verdict"
    form = browser.get(here).text
    assert "900 calls per day" in form
    values = {
        "csrf": csrf(form), "verdict": "go", "reason": "Less to begin with.", "term.volume": "many calls per day",
        "term.cohort": "officers", "term.cost": "4 EUR minor units per call",
    }  # fmt: skip
    refused = browser.post(here, data=values)
    assert refused.status_code == 422
    assert "many calls per day" in refused.text
    assert 'href="#term.volume"' in refused.text
    no = browser.post(here, data={**values, "verdict": "no-go", "changes": "All.", "term.volume": "300 calls per day"})
    assert (no.status_code, "leads to no certificate" in no.text) == (422, True)
    done = browser.post(here, data={**values, "term.volume": "300 calls per day"})
    assert done.status_code == 303, done.text
    serial = client.get(f"/reviews/{review['id']}").json()["certificate"]
    terms = client.get(f"/certificates/{serial}").json()["certificate"]["envelope"]["terms"]
    assert {each["name"]: each["says"] for each in terms} == {
        "volume": "at most 300 calls per day",
        "cost": "at most 4 EUR minor units per call",
        "cohort": "only officers",
    }
    assert {each["source"] for each in terms} == {"declared"}
