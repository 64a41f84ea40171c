"""Certificates and stops through the API: who sees what, what is done at once, and what people decide first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.harness.governed import ANA, LEE, govern, rights
from tests.harness.homes import copied
from tests.harness.issued import ENVELOPE
from tests.unit.interfaces.certified import RULES, certified_home
from tests.unit.interfaces.conftest import Deployment, deployed
from tests.unit.interfaces.test_decisions import api, program


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed home with a certificate, to be copied."""
    return certified_home(tmp_path_factory.mktemp("certified") / "home")


@pytest.fixture
def certified(home: Path, tmp_path: Path) -> Iterator[Deployment]:
    with deployed(copied(home, tmp_path / "home")) as deployment:
        yield deployment


def serial(deployment: Deployment) -> str:
    return deployment.app.operation.certificates.of("claims")[0].serial


def said(answer: httpx.Response, code: int = 200) -> Any:
    assert answer.status_code == code, answer.text
    return answer.json()


def test_a_certificate_is_shown_whole(certified: Deployment) -> None:
    client, which = api(certified, ANA), serial(certified)
    (listed,) = said(client.get("/certificates", params={"useCase": "claims", "state": "valid"}))["items"]
    whole = said(client.get(f"/certificates/{which}"))
    assert whole["certificate"] == listed
    assert listed["permits"] is True
    assert listed["deciders"][0]["shown"] == ANA
    assert {each["name"]: each["bound"] for each in listed["envelope"]["terms"]} == {
        name: term["bound"] for name, term in ENVELOPE["terms"].items()
    }
    assert "cohort" in listed["envelope"]["missing"]
    assert [each["what"] for each in listed["conditions"]] == ["Measure again."]
    assert whole["troubles"] == []
    statement = client.get(f"/certificates/{which}/statement")
    assert statement.headers["content-type"] == "application/vnd.dsse.envelope.v1+json"
    assert json.loads(statement.content)["payloadType"] == "application/vnd.in-toto+json"
    assert client.get(f"/certificates/{which}/statement", params={"version": 2}).status_code == 404
    assert client.get("/certificates/oc-none").status_code == 404


def test_before_there_are_rights_a_change_is_done_at_once(certified: Deployment) -> None:
    client, which = api(certified, ANA), serial(certified)
    changed = said(client.post(f"/certificates/{which}/changes", json={"change": "narrow", "reason": "drift"}), 201)
    assert (changed["done"], changed["request"], changed["certificate"]["state"]) == (True, None, "narrowed")
    again = client.post(f"/certificates/{which}/changes", json={"change": "resume", "reason": "x"})
    assert (again.status_code, again.json()["code"]) == (409, "certificate-change-impossible")
    assert client.post(f"/certificates/{which}/changes", json={"change": "narrow"}).status_code == 422
    met = said(client.post(f"/certificates/{which}/conditions/c1/meet", json={"how": "Measured."}))
    assert met["conditions"][0]["metAt"] is not None


def test_under_rights_less_is_done_and_more_is_asked(certified: Deployment) -> None:
    govern(certified.app, rights(RULES))
    client, which = api(certified, ANA), serial(certified)
    changed = said(client.post(f"/certificates/{which}/changes", json={"change": "suspend", "reason": "harm"}), 201)
    assert changed["done"] is True
    assert changed["certificate"]["state"] == "suspended"
    asked = said(client.post(f"/certificates/{which}/changes", json={"change": "resume", "reason": "mended"}), 201)
    assert (asked["done"], asked["request"]["state"]) == (False, "open")
    lee, request = api(certified, LEE), asked["request"]
    body = {"digest": request["digest"], "reason": "I looked."}
    said(lee.post(f"/decisions/{request['id']}/approve", json=body))
    assert said(client.get(f"/certificates/{which}"))["certificate"]["state"] == "valid"


def test_a_stop_is_set_at_once_and_by_no_program(certified: Deployment) -> None:
    client = api(certified, ANA)
    robot = program(certified, "read", "decisions:propose")
    assert robot.post("/use-cases/claims/stop", json={"reason": "x"}).status_code == 403
    stop = said(client.post("/use-cases/claims/stop", json={"reason": "It harms somebody."}), 201)
    assert (stop["scope"], stop["setBy"]["shown"]) == ("claims", ANA)
    everything = said(client.post("/stops", json={"reason": "All of it."}), 201)
    assert everything["scope"] == "all"
    assert [each["scope"] for each in said(client.get("/stops"))] == ["all", "claims"]
    assert said(client.post("/stops/lift", json={"reason": "over"}), 201)["done"] is True
    assert said(client.post("/use-cases/claims/stop/lift", json={"reason": "over"}), 201)["done"] is True
    assert said(client.get("/stops")) == []
    assert len(said(client.get("/stops", params={"lifted": True}))) == 2
    assert client.post("/use-cases/unknown/stop", json={"reason": "x"}).status_code == 404


def test_what_is_asked_for_is_drafted_as_declared(certified: Deployment) -> None:
    client = api(certified, ANA)
    spec = {
        "volume": {"calls per day": 2000},
        "actions": [{"name": "close", "most": {"per hour": 20}}],
        "cohort": ["claims-handlers"],
    }
    made = client.put("/resources/OperatingEnvelope/claims", json={"spec": spec}, headers={"If-None-Match": "*"})
    assert made.status_code == 200, made.text
    draft = said(client.get("/use-cases/claims/envelope"))
    assert {each["name"]: each["source"] for each in draft["terms"]} == {
        "volume": "declared",
        "actions": "declared",
        "cohort": "declared",
    }
    assert next(each["says"] for each in draft["terms"] if each["name"] == "actions") == "close (at most 20 per hour)"
    twice = {"actions": [{"name": "close"}, {"name": "close"}]}
    headers = {"If-Match": made.headers["etag"]}
    wrong = client.put("/resources/OperatingEnvelope/claims", json={"spec": twice}, headers=headers)
    assert wrong.status_code == 422


def test_the_policy_that_ships_can_be_taken_as_it_is(certified: Deployment) -> None:
    answer = api(certified, ANA).get("/certificate-policy")
    assert answer.headers["content-type"].startswith("application/yaml")
    assert "kind: CertificatePolicy" in answer.text


def test_what_a_change_reaches_is_said_and_nothing_is_done(certified: Deployment) -> None:
    client, which = api(certified, ANA), serial(certified)
    narrow = said(client.get(f"/certificates/{which}/reach", params={"change": "narrow"}))
    assert [each["serial"] for each in narrow["certificates"]] == [which]
    assert {each["name"]: each["says"] for each in narrow["after"]["terms"]}["volume"] == "at most 1,000 calls per day"
    assert [each["shown"] for each in narrow["told"]] == [ANA]
    assert said(client.get(f"/certificates/{which}/reach", params={"change": "suspend"}))["after"] is None
    assert client.get(f"/certificates/{which}/reach", params={"change": "resume"}).status_code == 409
    assert client.get(f"/certificates/{which}/reach", params={"change": "colour"}).status_code == 422
    for asked in ({"useCase": "claims"}, {}):
        assert [each["serial"] for each in said(client.get("/stops/reach", params=asked))["certificates"]] == [which]
    assert client.get("/stops/reach", params={"useCase": "nothing"}).status_code == 404
    assert said(client.get(f"/certificates/{which}"))["certificate"]["state"] == "valid"
    assert said(client.get("/stops")) == []
