"""The pages of people and roles: who may what, where it comes from, and who could give more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from roadworthy.foundation.identity.tokens import Wanted
from tests.journeys.test_permissions import BY_OWNER, USE_CASE, Building, built


@pytest.fixture(scope="module")
def building(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Building]:
    with built(Path(tmp_path_factory.mktemp("people")) / "home") as made:
        made.put(
            "Workload",
            "nightly",
            {
                "title": "Nightly",
                "owner": "owner@example.org",
                "may": ["read"],
                "issuer": "https://idp.example",
                "subject": "job",
                "audience": "roadworthy",
            },
        )
        made.person("stranger")
        made.app.tokens.new(BY_OWNER, Wanted("ci-claims", ("read",)))
        yield made


@pytest.fixture(scope="module")
def auditor(building: Building) -> httpx.Client:
    return building.browser("auditor")


def test_everybody_stands_there_with_their_roles_and_where_they_come_from(auditor: httpx.Client) -> None:
    page = auditor.get("/people").text
    assert "platform administrator" in page
    assert "named in the role map as <code>administrator@example.org</code>" in page
    assert "governance owner" in page
    assert f"accepted the duty <code>governance</code> of <code>{USE_CASE}</code>" in page
    for word in ("ci-claims", "nightly", "workload of", "never signed in"):
        assert word in page


def test_people_are_found_by_part_of_their_name(auditor: httpx.Client) -> None:
    found = auditor.get("/people", params={"text": "strang"}).text
    assert "Stranger" in found
    assert "administrator@example.org" not in found
    assert "Nobody is called that" in auditor.get("/people", params={"text": "x-y-z"}).text


def test_the_page_of_one_says_why(building: Building, auditor: httpx.Client) -> None:
    ref = building.app.staff.roster.find("owner@example.org")
    plain = auditor.get(f"/people/{ref}").text
    assert "no role of this person permits it" in plain
    asked = auditor.get(f"/people/{ref}", params={"use_case": USE_CASE}).text
    assert "the role <code>governance-owner</code> permits it" in asked
    assert auditor.get("/people/nobody").status_code == httpx.codes.NOT_FOUND


def test_who_holds_nothing_learns_who_could_give_a_role(building: Building) -> None:
    stranger = building.browser("stranger")
    mine = stranger.get("/-/access").text
    assert "You hold no role by the role map" in mine
    assert "Administrator can propose to give a role" in mine
    refused = stranger.get("/")
    assert refused.status_code == httpx.codes.FORBIDDEN
    assert "permission-missing" in refused.text
    assert "Administrator" in refused.text, "the refusal names who can do something about it"


def test_what_people_who_left_still_hold_is_said_first(building: Building, auditor: httpx.Client) -> None:
    building.person("leaver")
    context = building.app.identity.local_user("tests").context("tests")
    secret, _ = building.app.tokens.new(context, Wanted("left-behind", ("read",), owner="leaver@example.org"))
    building.app.staff.roster.leave(context, "leaver@example.org", "gone")
    page = auditor.get("/people").text
    assert "still held by people who left" in page
    assert "owner left" in page
    program = building.nobody()
    program.headers["Authorization"] = f"Bearer {secret}"
    assert program.get("/api/v1alpha1/rubric").status_code == httpx.codes.UNAUTHORIZED
