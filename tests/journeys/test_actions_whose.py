"""Whose a thing is, held against the user who is there: by a claim, again after a yes, before what was read is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from roadworthy.operate.actions.store import RESULT
from tests.harness.for_users import ForUsers, for_users
from tests.harness.oidc.running import missing
from tests.harness.upstream import wait_for

ANA, BEN = "c-1001", "c-1002"
"""Customers, as the claim `customer` of their tokens names them."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForUsers]:
    absent = missing()
    if absent is not None:
        pytest.skip(absent)
    with for_users(tmp_path_factory.mktemp("whose") / "home") as made:
        yield made


@pytest.fixture
def site(whole: ForUsers) -> ForUsers:
    whole.owners.clear()
    whole.owners.update({"a-1": ANA, "b-1": BEN})
    whole.files.bodies.clear()
    whole.files.seen.clear()
    return whole


@pytest.fixture(scope="module")
def ana(whole: ForUsers) -> str:
    return whole.token("ana")


def asked(site: ForUsers, action: str, what: str, token: str, **more: Any) -> dict[str, Any]:
    said: dict[str, Any] = site.do(action, token, arguments={"what": what}, **more).json()
    return said


def did(site: ForUsers, action: str) -> list[str]:
    """What was done there of an action, by what the gateway said of it."""
    return [each for each in (seen["roadworthy"]["does"] for seen in site.files.seen) if each == action]


def test_the_claim_of_the_users_token_decides_and_not_what_was_read_first(site: ForUsers, ana: str) -> None:
    assert asked(site, "own.change", "a-1", ana)["state"] == "done"
    refused = asked(site, "own.change", "b-1", ana)
    assert (refused["state"], refused["rule"]) == ("refused", "whose")
    assert asked(site, "own.find", "b-1", ana, run="claimed")["state"] == "done"
    assert asked(site, "own.either", "b-1", ana, run="claimed")["rule"] == "whose"
    assert asked(site, "own.either", "a-1", ana, run="claimed")["state"] == "done"


def test_a_user_whose_token_names_nobody_is_known_by_what_the_run_found_out_or_not_at_all(site: ForUsers) -> None:
    cleo = site.token("cleo")
    assert "nobody has found out" in asked(site, "own.change", "a-1", cleo)["message"]
    assert asked(site, "own.either", "b-1", cleo, run="found")["rule"] == "whose"
    assert asked(site, "own.find", "b-1", cleo, run="found")["state"] == "done"
    assert asked(site, "own.either", "a-1", cleo, run="found")["rule"] == "whose"
    assert asked(site, "own.either", "b-1", cleo, run="found")["state"] == "done"


@pytest.mark.parametrize("action", ["own.held", "own.later"])
def test_what_changed_hands_before_people_said_yes_is_not_done(site: ForUsers, ana: str, action: str) -> None:
    run = f"changed-hands-{action}"
    asked(site, "own.find", "a-1", ana, run=run)
    kept, lost = (asked(site, action, "a-1", ana, run=run) for _ in range(2))
    assert (kept["state"], lost["state"]) == ("held", "held")
    site.decide(kept["request"], yes=True)
    assert site.ended(kept["id"])["state"] == "done"
    site.owners["a-1"] = BEN
    site.decide(lost["request"], yes=True)
    over = site.ended(lost["id"])
    assert (over["state"], over["rule"]) == ("dead-letter", "whose")
    assert did(site, action) == [action], "the second was not done"


def test_arguments_that_somebody_edited_are_looked_at_again(site: ForUsers, ana: str) -> None:
    held = asked(site, "own.held", "a-1", ana)
    site.owners["a-1"] = BEN
    site.decide(held["request"], yes=True)
    letter = site.ended(held["id"])["id"]
    site.owners["a-1"] = ANA
    letters = site.running.app.acting.letters
    context = site.running.app.identity.local_user("keeper").context("tests")
    done = letters.again(context, letter, "it is hers again", b'{"what":"b-1"}')
    over = site.ended(done.id)
    assert (over["state"], over["rule"]) == ("dead-letter", "whose")
    done = letters.again(context, done.id, "this one is hers", b'{"what":"a-1"}')
    asks = wait_for(lambda: letters.get(done.id).request)
    site.decide(asks, yes=True)
    assert site.ended(done.id)["state"] == "done"
    assert did(site, "own.held") == ["own.held"]


def test_what_was_read_of_another_customer_is_withheld_from_the_agent(site: ForUsers, ana: str) -> None:
    assert asked(site, "own.read", "a-1", ana)["result"]["owner"] == ANA
    for what in ("b-1", "nobody's"):
        said = asked(site, "own.read", what, ana)
        assert (said["state"], said["code"], said["status"]) == ("failed", "action-withheld", 403)
        assert said.get("result") is None
        again = httpx.get(
            f"{site.running.address}/v1/actions/{said['id']}", trust_env=False,
            headers={"Authorization": f"Bearer {site.running.key}", "Roadworthy-User-Token": ana},
        )  # fmt: skip
        assert BEN not in again.text
        assert site.running.app.acting.keeping.content(said["id"], RESULT) is None
    found = asked(site, "own.find", "b-1", ana, run="told")
    assert found["state"] == "done"
    assert asked(site, "own.told", "a-1", ana, run="told")["code"] == "action-withheld"
    assert asked(site, "own.told", "b-1", ana, run="told")["result"]["owner"] == BEN
