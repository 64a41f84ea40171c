"""From values to picks, a disagreement and a report that can be sent: through the command line and over HTTP."""

from __future__ import annotations

import json
import re

import httpx
import pytest

from roadworthy.foundation.errors import ExitCode
from tests.journeys.home import Home, use_case

OUTCOME = {
    "metric": "days to first decision",
    "target": "4",
    "by": "2027-06-30",
    "owner": "priya@example.org",
    "annualValue": {"low": "200000 EUR", "high": "400000 EUR", "basis": "hours saved", "confidence": "medium"},
}


@pytest.fixture
def portfolio(home: Home) -> Home:
    """One that can be ranked, one that nobody values."""
    home.write("a.yaml", use_case("triage", stage="pilot", outcome=OUTCOME, owners={"platform": "omar@example.org"}))
    home.write("b.yaml", use_case("mail", stage="pilot", outcome={**OUTCOME, "annualValue": None}))
    home.run("apply", "a.yaml", "b.yaml", code=0)
    return home


def test_a_newcomer_ranks_disagrees_and_sends_a_report(portfolio: Home) -> None:
    ranked = portfolio.run("rank", code=0)
    assert "1. The use case triage (triage)" in ranked.out
    assert "value-missing" in ranked.out
    assert "any annual value, stated as a range with its basis" in ranked.out
    assert portfolio.run("rank", "-o", "name", code=0).out == "UseCase/triage\n"

    what_if = ("--what-if", "mail.value=900000..1200000 EUR", "--what-if", "mail.confidence=high")
    supposed = portfolio.run("rank", *what_if, "-o", "json", code=0).json()
    assert [pick["place"]["name"] for pick in supposed["picks"]] == ["mail", "triage"]
    assert supposed["moved"][0] == {
        "name": "mail", "before": None, "after": 1, "wasPicked": False, "isPicked": True,
    }  # fmt: skip
    assert portfolio.run("rank", "-o", "json", code=0).json()["rankable"] == 1

    assert "report 1: 2 use cases" in portfolio.run("report", "new", "--organisation", "Halden", code=0).out
    portfolio.write("b.yaml", use_case("mail", stage="pilot", outcome=OUTCOME, owners={"product": "ana@example.org"}))
    portfolio.run("apply", "b.yaml", code=0)
    portfolio.run("report", "new", code=0)
    changed = portfolio.run("report", "compare", code=0).out
    assert "Owners who came" in changed
    assert "The use case mail came among the pilots to push" in changed

    portfolio.run("report", "show", "1", "--as", "html", "--out", "report.html", code=0)
    page = (portfolio.folder / "report.html").read_text("utf-8")
    assert "<h1>AI assessment report 1: Halden</h1>" in page
    assert "break-before: page" in page
    assert not re.search(r"(?:src|href)=", page)
    again = portfolio.run("report", "show", "1", "--as", "html", "--out", "report.html", code=ExitCode.FAILED)
    assert "file-exists" in again.err
    assert len(portfolio.run("report", "list", "-o", "json", code=0).json()) == 2
    portfolio.run("ledger", "verify", code=0)


def test_a_policy_is_exported_edited_and_applied(portfolio: Home) -> None:
    text = portfolio.run("rank", "--policy", code=0).out
    portfolio.write("policy.yaml", text.replace("pick: 3", "pick: 1"))
    portfolio.run("apply", "policy.yaml", code=0)
    found = portfolio.run("rank", "-o", "json", code=0).json()["policy"]
    assert (found["shipped"], found["spec"]["pick"], found["generation"]) == (False, 1, 1)


@pytest.mark.parametrize(
    ("suppose", "says"),
    [
        ("triage.target=perhaps", "say yes or no"),
        ("triage.colour=red", "no fact that can be supposed"),
        ("triage", "is not of the form"),
        ("triage.effort=soon", "give working days"),
    ],
)
def test_a_supposition_that_means_nothing_is_a_wrong_call(portfolio: Home, suppose: str, says: str) -> None:
    assert says in portfolio.run("rank", "--what-if", suppose, code=ExitCode.USAGE).err


def test_a_supposition_about_nobody_names_the_nearest(portfolio: Home) -> None:
    ran = portfolio.run("rank", "--what-if", "triadge.target=yes", code=ExitCode.FAILED)
    assert "did you mean `triage`?" in ran.err
    money = portfolio.run("rank", "--what-if", "triage.value=10 apples", code=ExitCode.FAILED)
    assert "amount of money" in money.err


def test_an_empty_home_teaches(home: Home) -> None:
    home.run("init", code=0)
    ranked = home.run("rank", code=0)
    assert "None of 0 use cases can be ranked" in ranked.out
    home.run("report", "new", code=0)
    assert "There is nothing to report on yet" in home.run("report", "show", code=0).out


def test_a_browser_supposes_and_makes_a_report(portfolio: Home) -> None:
    with portfolio.served() as served, httpx.Client(base_url=served.address, trust_env=False, timeout=60) as browser:
        browser.headers["Origin"] = served.address
        token = httpx.URL(served.link).params["token"]
        browser.post("/sign-in", data={"token": token, "handle": "ana@example.org", "name": "Ana"})
        page = browser.get("/ranking").text
        assert "Only one to push next: The use case triage" in page
        supposed = browser.get("/ranking", params={"case": "mail", "low": "900000 EUR", "confidence": "high"})
        assert supposed.status_code == httpx.codes.OK
        assert "comes in" in supposed.text
        refused = browser.get("/ranking", params={"case": "mail", "low": "ten apples"})
        assert refused.status_code == httpx.codes.UNPROCESSABLE_ENTITY
        assert "ten apples" in refused.text

        csrf = re.search(r'name="csrf" value="([^"]+)"', browser.get("/reports").text)
        assert csrf
        assert browser.post("/reports", data={"organisation": "Halden"}).status_code == httpx.codes.FORBIDDEN
        made = browser.post("/reports", data={"csrf": csrf[1], "organisation": "Halden"})
        assert made.headers["location"] == "/reports/1?done=reported"
        assert "AI assessment report 1: Halden" in browser.get("/reports/1").text
        assert browser.get("/reports/1/comparison").status_code == httpx.codes.NOT_FOUND
        sent = browser.get("/api/v1alpha1/reports/1/markdown")
        assert sent.headers["content-disposition"] == 'attachment; filename="assessment-report-1.md"'
        kept = json.loads(browser.get("/api/v1alpha1/reports/1").text)
        assert kept["report"]["three"][0]["useCase"] == "triage"
