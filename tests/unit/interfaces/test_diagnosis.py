"""The diagnosis through the API and on its pages."""

from __future__ import annotations

from roadworthy.interfaces.client import PREFIX
from tests.unit.interfaces.conftest import Deployment

SPEC = {
    "title": "Sort the mail",
    "stage": "pilot",
    "owners": {"product": "ana@example.org"},
    "integrations": [{"system": "mail server", "direction": "both"}],
}


def test_a_use_case_and_the_portfolio_are_diagnosed_in_the_same_words(deployment: Deployment) -> None:
    client = deployment.owner()
    client.put(f"{PREFIX}/resources/UseCase/mail", json={"spec": SPEC}, headers={"If-None-Match": "*"})

    one = client.get(f"{PREFIX}/use-cases/mail/diagnosis").json()
    present = {each["mode"]: each for each in one["modes"] if each["status"] == "present"}
    assert set(present) == {"integration-as-plumbing", "no-operations-owner", "unclear-value-owner"}
    plumbing = present["integration-as-plumbing"]
    assert plumbing["because"][0]["path"] == "spec.integrations.0"
    assert plumbing["because"][0]["alone"] is True
    assert (plumbing["duty"], plumbing["person"]) == ("platform", None)
    bits = [each["bits"] for each in one["questions"]]
    assert bits == sorted(bits, reverse=True)
    assert all(each["duty"] for each in one["questions"])

    everything = client.get(f"{PREFIX}/failure-modes").json()
    counted = {each["mode"]: each["statuses"]["present"] for each in everything["modes"]}
    assert {name for name, many in counted.items() if many} == set(present)
    assert everything["diagnosed"] == 1

    mode = client.get(f"{PREFIX}/failure-modes/no-operations-owner").json()
    assert [row["useCase"] for row in mode["items"]] == ["mail"]
    assert mode["spec"]["title"] == mode["share"]["title"]
    unknown = client.get(f"{PREFIX}/failure-modes/no-operation").json()
    assert (unknown["code"], "no-operations" in unknown["remedy"]) == ("failure-mode-not-in-force", True)


def test_the_pages_show_findings_questions_and_the_rule(deployment: Deployment) -> None:
    deployment.owner().put(f"{PREFIX}/resources/UseCase/mail", json={"spec": SPEC}, headers={"If-None-Match": "*"})
    browser = deployment.browser()

    page = browser.get("/use-cases/mail").text
    assert "How it could fail" in page
    assert "says nothing under" in page
    assert "/use-cases/mail/evidence/new?fact=" in page

    assert "in 1 of 1 use case" in browser.get("/failure-modes").text
    mode = browser.get("/failure-modes/late-governance?status=cannot-tell").text
    assert "at least 2 of these" in mode
    assert "Sort the mail" in mode
    assert browser.get("/failure-modes/nothing").status_code == 404
