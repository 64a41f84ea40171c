"""Agents that act for users: who is known where, by what, and what never leaves the gateway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.harness.for_users import ROBOT, ForUsers, for_users
from tests.harness.oidc.running import missing


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForUsers]:
    absent = missing()
    if absent is not None:
        pytest.skip(absent)
    with for_users(tmp_path_factory.mktemp("for-users") / "home") as made:
        yield made


@pytest.fixture
def site(whole: ForUsers) -> ForUsers:
    for each in (whole.files, whole.tickets):
        each.seen.clear()
        each.faults.clear()
        each.headers.clear()
        each.forbids = False
    for reached in whole.running.app.acting.systems.all():
        reached.breaker.well()
    return whole


@pytest.fixture(scope="module")
def ana(whole: ForUsers) -> str:
    return whole.token("ana")


def done(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == httpx.codes.OK, answer.text
    found: dict[str, Any] = answer.json()
    assert found["state"] == "done", found
    return found


def test_a_system_learns_for_whom_by_what_the_gateway_signs(site: ForUsers, ana: str) -> None:
    said = done(site.do("files.do", ana, arguments={"what": "f-1"}))
    (claims,) = site.files.seen
    assert claims["sub"].startswith("u-")
    assert claims["aud"] == "files"
    assert claims["act"] == {"iss": site.running.address, "sub": "key/app"}
    assert claims["scope"] == "tickets.read tickets.write"
    about = claims["roadworthy"]
    assert (about["action"], about["does"], about["useCase"]) == (said["id"], "files.do", "triage")
    assert claims["exp"] - claims["iat"] <= 60
    assert ana not in str(site.files.headers)


def test_a_system_learns_for_whom_by_an_exchanged_token(site: ForUsers, ana: str) -> None:
    done(site.do("tickets.do", ana))
    (claims,) = site.tickets.seen
    assert (claims["sub"], claims["act"], claims["scope"]) == ("ana", {"sub": "gateway"}, "tickets.read tickets.write")
    assert ana not in str(site.tickets.headers)


def test_what_a_system_was_shown_is_not_told_to_the_agent(site: ForUsers, ana: str) -> None:
    for action, server in (("files.do", site.files), ("tickets.do", site.tickets)):
        answer = site.do(action, ana)
        shown = server.headers[-1]["authorization"].removeprefix("Bearer ")
        assert done(answer)["result"]["shown"] == "Bearer …"
        assert shown not in answer.text
        assert shown.split(".")[2] not in answer.text


def test_an_agent_is_known_by_its_own_name(site: ForUsers, ana: str) -> None:
    done(site.do("files.do", ana, site.robot()))
    assert site.files.seen[-1]["act"]["sub"] == f"workload/{ROBOT}"
    done(site.do("bounded.do", ana, site.robot()))
    assert site.tickets.seen[-1]["scope"] == "tickets.read"
