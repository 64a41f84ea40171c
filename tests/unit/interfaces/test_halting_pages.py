"""Taking from certificates and stopping by forms: what it reaches is seen first, and nothing else is done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from roadworthy.decide.certificate.model import ALL, Certificate
from tests.harness.governed import ANA, govern, rights
from tests.harness.homes import copied
from tests.unit.interfaces.certified import RULES, certified_home
from tests.unit.interfaces.conftest import Deployment, deployed


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed home with a certificate, to be copied."""
    return certified_home(tmp_path_factory.mktemp("halting") / "home")


@pytest.fixture
def certified(home: Path, tmp_path: Path) -> Iterator[Deployment]:
    with deployed(copied(home, tmp_path / "home")) as deployment:
        yield deployment


def certificate(deployment: Deployment) -> Certificate:
    return deployment.app.operation.certificates.of("claims")[0]


def entered(page: httpx.Response, **more: str) -> dict[str, str]:
    """What a press of the button sends: the hidden fields as they are, and what somebody fills in."""
    return {**dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)), **more}


def pressed(client: httpx.Client, path: str, **more: str) -> httpx.Response:
    return client.post(path, data=entered(client.get(path), **more))


def test_what_a_change_reaches_is_said_before_it_is_made(certified: Deployment) -> None:
    ana, serial = certified.browser(ANA), certificate(certified).serial
    assert f'href="/certificates/{serial}/narrow"' in ana.get(f"/certificates/{serial}").text
    narrow = ana.get(f"/certificates/{serial}/narrow").text
    assert "Claims triage at production goes on within less" in narrow
    assert "at most 2,001 calls per day; then at most 1,000 calls per day" in narrow
    assert "1 person is told at once" in narrow
    suspend = ana.get(f"/certificates/{serial}/suspend").text
    assert "It stops Claims triage at production" in suspend
    bare = pressed(ana, f"/certificates/{serial}/suspend", reason=" ")
    assert bare.status_code == 422
    assert certificate(certified).state.value == "valid"
    done = pressed(ana, f"/certificates/{serial}/suspend", reason="It harms somebody.")
    assert (done.status_code, done.headers["location"]) == (303, f"/certificates/{serial}?done=certificate-changed")
    assert certificate(certified).state.value == "suspended"
    assert ana.get(f"/certificates/{serial}/narrow").status_code == 409
    assert ana.get(f"/certificates/{serial}/colour").status_code == 404


def test_nothing_is_done_that_was_seen_otherwise(certified: Deployment) -> None:
    ana, serial = certified.browser(ANA), certificate(certified).serial
    seen = ana.get(f"/certificates/{serial}/withdraw")
    assert pressed(ana, f"/certificates/{serial}/narrow", reason="Drift.").status_code == 303
    late = ana.post(f"/certificates/{serial}/withdraw", data=entered(seen, reason="Enough."))
    assert late.status_code == 409
    assert "it is not what you had seen" in late.text
    assert "Enough." in late.text
    assert certificate(certified).state.value == "narrowed"
    forged = ana.post(f"/certificates/{serial}/withdraw", data={"csrf": entered(seen)["csrf"], "reason": "Blind."})
    assert forged.status_code == 409


def test_a_stop_is_set_seen_and_lifted(certified: Deployment) -> None:
    ana, stops = certified.browser(ANA), certified.app.operation.certificates.stops
    assert "Nothing is stopped" in ana.get("/stops").text
    assert "It stops Claims triage: 1 certificate in force permits nothing" in ana.get("/use-cases/claims/stop").text
    assert pressed(ana, "/use-cases/claims/stop", reason="Two letters went astray.").status_code == 303
    page = ana.get("/stops").text
    assert "Claims triage is stopped" in page
    assert "Two letters went astray." in page
    assert "Claims triage at production goes on" not in page
    assert "Claims triage goes on" in ana.get("/use-cases/claims/stop/lift").text
    assert pressed(ana, "/stops/set", reason="All of it.").status_code == 303
    assert "Everything is stopped" in ana.get("/stops").text
    assert "A stop switch of everything is set" in ana.get("/use-cases/claims/stop/lift").text
    assert [each.scope for each in stops.listed()] == [ALL, "claims"]
    for path in ("/stops/lift", "/use-cases/claims/stop/lift"):
        assert pressed(ana, path, reason="It was looked at.").headers["location"] == "/stops?done=stop-lifted"
    assert stops.listed() == []
    assert ana.get("/use-cases/nothing/stop").status_code == 404
    assert ana.get("/stops/lift").status_code in {404, 409}


def test_under_rights_less_is_done_by_rule_and_more_is_asked(certified: Deployment) -> None:
    govern(certified.app, rights(RULES))
    ana, serial = certified.browser(ANA), certificate(certified).serial

    def asked(path: str, **more: str) -> str:
        seen = pressed(ana, path, do="keep", **more)
        assert seen.status_code == 200, seen.text
        sent = ana.post(path, data=entered(seen, do="ask", **more))
        assert sent.status_code == 303, sent.text
        return sent.headers["location"].rpartition("?")[2]

    assert asked(f"/certificates/{serial}/suspend", reason="Harm.", urgent="yes") == "done=done-by-rule"
    assert certificate(certified).state.value == "suspended"
    assert asked(f"/certificates/{serial}/resume", reason="Mended.") == "done=proposed"
    assert certificate(certified).state.value == "suspended"
    assert pressed(ana, "/stops/set", reason="All of it.").status_code == 303
    assert asked("/stops/lift", reason="It was looked at.") == "done=proposed"


def test_a_foreign_page_changes_nothing(certified: Deployment) -> None:
    ana, serial = certified.browser(ANA), certificate(certified).serial
    without = ana.post(f"/certificates/{serial}/suspend", data={"reason": "No token of a page."})
    assert without.status_code == 403
    assert certificate(certified).state.value == "valid"


def test_a_condition_is_said_to_be_met(certified: Deployment) -> None:
    ana, serial = certified.browser(ANA), certificate(certified).serial
    path = f"/certificates/{serial}/conditions/c1/meet"
    assert f'href="{path}"' in ana.get(f"/certificates/{serial}").text
    assert "Measure again." in ana.get(path).text
    assert pressed(ana, path, how=" ").status_code == 422
    assert pressed(ana, path, how="Measured.", evidence="no-such").status_code in {404, 422}
    assert pressed(ana, path, how="Measured.").headers["location"].endswith("?done=condition-met")
    assert certificate(certified).conditions[0].met_at is not None
    assert f'href="{path}"' not in ana.get(f"/certificates/{serial}").text
    assert ana.get(path.replace("c1", "c9")).status_code == 404
