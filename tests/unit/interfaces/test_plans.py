"""Plans of an import and of a removal: shown, applied where nobody asks, proposed where somebody does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from roadworthy.sdk import Client
from roadworthy.sdk.shapes.decisions import ProposalWanted
from roadworthy.sdk.shapes.resources import Removal
from tests.harness.governed import ANA, LEE, RULES, SAM, govern, rights
from tests.unit.interfaces.conftest import Deployment, deployed
from tests.unit.interfaces.test_decisions import api, code_of, program

SHEET = b"ID,Title,Stage\nAB-1,Permit sorting,Pilot\nAB-2,Chat,Idea\n"
RETIRE: dict[str, Any] = {"name": "retire", "decides": ["retire"], "decision": "ask", "approvers": [{"person": SAM}]}


@pytest.fixture
def governed(tmp_path: Path) -> Iterator[Deployment]:
    """Promotions are asked of Lee or Sam, retirements of Sam."""
    with deployed(tmp_path / "home") as deployment:
        spec = {"spec": {"title": "Claims triage", "stage": "pilot"}}
        made = api(deployment, ANA).put("/resources/UseCase/claims", json=spec, headers={"If-None-Match": "*"})
        assert made.status_code == 200, made.text
        govern(deployment.app, rights([rule for rule in RULES if rule["decides"] != ["retire"]] + [RETIRE]))
        yield deployment


def proposed(client: httpx.Client, plan: str) -> dict[str, Any]:
    body = {"subject": "plan", "content": {"plan": plan}, "reason": "It is what we have."}
    made = client.post("/decisions", json=body)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def approved(deployment: Deployment, request: dict[str, Any]) -> None:
    body = {"digest": request["digest"], "reason": "I looked at every line."}
    said = api(deployment, SAM).post(f"/decisions/{request['id']}/approve", json=body)
    assert said.status_code == 200, said.text
    assert said.json()["request"]["state"] == "used"


def test_an_import_that_takes_a_decision_is_proposed_and_then_brought_in(governed: Deployment) -> None:
    ana = api(governed, ANA)
    file = {"file": ("inventory.csv", SHEET)}
    assert code_of(ana.post("/imports", files=file)) == (403, "decision-needed")
    plan = ana.post("/plan/import", files=file).json()
    assert [(step["name"], step["action"]) for step in plan["steps"]] == [("ab-1", "create"), ("ab-2", "create")]
    assert ana.get("/resources/UseCase/ab-1").status_code == 404  # asking for a plan changes nothing
    approved(governed, proposed(ana, plan["plan"]))
    assert ana.get("/resources/UseCase/ab-1").json()["spec"]["stage"] == "pilot"
    report = ana.post("/imports", files=file)
    assert report.status_code == 200, report.text
    assert report.json()["effects"]["created"] == []
    assert len(ana.get(f"/imports/{report.json()['importId']}/rows").json()) == 2
    assert ana.post("/plan/import", files=file).json()["pending"] == 0


def test_a_removal_that_takes_a_decision_is_proposed(governed: Deployment) -> None:
    ana = api(governed, ANA)
    plan = ana.post("/plan/removal", json={"kind": "use-cases", "name": "claims"}).json()
    assert [(step["kind"], step["action"], step["baseGeneration"]) for step in plan["steps"]] == [
        ("UseCase", "remove", 1)
    ]
    assert code_of(ana.post("/apply", json={"plan": plan["plan"]})) == (403, "decision-needed")
    approved(governed, proposed(ana, plan["plan"]))
    assert ana.get("/resources/UseCase/claims").status_code == 404
    assert ana.get("/resources/UseCase/claims/history").json()[0]["action"] == "remove"


def test_what_nobody_decides_about_is_removed_by_its_plan(deployment: Deployment) -> None:
    lee = api(deployment, LEE)
    lee.put("/resources/Vendor/acme", json={"spec": {"title": "Acme"}}, headers={"If-None-Match": "*"})
    plan = lee.post("/plan/removal", json={"kind": "Vendor", "name": "acme"}).json()["plan"]
    assert lee.post("/apply", json={"plan": plan}).json()["changed"] == 1
    assert code_of(lee.post("/plan/removal", json={"kind": "Vendor", "name": "acme"})) == (404, "resource-not-found")


def test_a_program_plans_the_removal_of_its_use_cases_only(governed: Deployment) -> None:
    api(governed, ANA).put(
        "/resources/UseCase/audits", json={"spec": {"title": "Audits"}}, headers={"If-None-Match": "*"}
    )
    ci = program(governed, "use-cases:write", use_cases=["claims"])
    assert ci.post("/plan/removal", json={"kind": "UseCase", "name": "claims"}).status_code == 200
    other = ci.post("/plan/removal", json={"kind": "UseCase", "name": "audits"})
    assert code_of(other) == (403, "token-for-other-use-cases")
    rights_of_all = ci.post("/plan/removal", json={"kind": "DecisionRights", "name": "default"})
    assert code_of(rights_of_all) == (403, "program-not-a-person")


def test_the_sdk_proposes_both(governed: Deployment) -> None:
    made = api(governed, LEE).post("/tokens", json={"name": "ci", "may": ["use-cases:write", "decisions:propose"]})
    secret = made.json()["secret"]
    with Client("http://127.0.0.1:8470", secret, transport=governed.transport) as ci:
        for plan in (
            ci.resources.plan_import("inventory.csv", SHEET),
            ci.resources.plan_removal(Removal(kind="UseCase", name="claims")),
        ):
            wanted = ProposalWanted(subject="plan", content={"plan": plan.plan}, reason="It is what we have.")
            assert ci.decisions.propose(wanted).state == "open"
