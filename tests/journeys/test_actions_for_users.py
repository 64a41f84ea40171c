"""Agents that act for users: who is known where, by what, and what never leaves the gateway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from roadworthy.operate.actions.model import State
from roadworthy.operate.actions.store import find
from tests.harness.for_users import ROBOT, ForUsers, for_users
from tests.harness.kept import kept_in
from tests.harness.oidc.running import missing
from tests.harness.speaking_mcp import Plain
from tests.harness.upstream import wait_for


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
        each.bodies.clear()
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


def test_an_mcp_server_a_process_and_a_function_learn_it_too(site: ForUsers, ana: str) -> None:
    ben = site.token("ben")
    for token, who in ((ana, "ana"), (ben, "ben"), (ana, "ana")):
        said = done(site.do("desk.who", token))["result"]
        assert said["content"][0]["text"] == who, said
    assert ana not in str(site.files.headers)
    (text,) = done(site.do("process.who", ana))["result"]["content"]
    assert text["text"] == "…", "it was shown a token, and what it was shown is told to nobody"
    said = done(site.do("told.who", ana))["result"]
    assert (said["user"][:2], said["actors"], said["token"]) == ("u-", ["key/app"], 2)


def test_only_what_an_action_needs_is_asked_of_the_user(site: ForUsers, ana: str) -> None:
    done(site.do("tickets.read", ana))
    assert site.tickets.seen[-1]["scope"] == "tickets.read"
    done(site.do("files.read", ana))
    assert site.files.seen[-1]["scope"] == "tickets.read"
    reader = site.token("ben", "tickets.read")
    said = site.do("tickets.both", reader).json()
    assert (said["rule"], said["code"]) == ("identity:system", "action-identity-refused")
    assert "`tickets.write`" in said["message"]
    assert not site.tickets.headers[1:], "nobody was asked"


def test_without_a_user_nothing_is_done(site: ForUsers) -> None:
    for action in ("files.do", "tickets.do", "desk.who", "process.who", "told.who"):
        said = site.do(action).json()
        assert (said["state"], said["rule"]) == ("refused", "identity:system"), said
    assert not site.files.headers
    assert not site.tickets.headers


def test_what_people_let_pass_is_done_for_the_user_who_asked(site: ForUsers, ana: str) -> None:
    for action, server, who in (
        ("files.held", site.files, "u-"), ("named.held", site.files, "ana"), ("spoken.held", site.tickets, "ana"),
    ):  # fmt: skip
        held = site.do(action, ana).json()
        assert held["state"] == "held", held
        site.decide(held["request"], yes=True)
        assert site.ended(held["id"])["state"] == "done"
        assert server.seen[-1]["sub"].startswith(who)
        assert ana not in str(server.headers)


def test_where_only_the_users_own_token_would_do_it_fails_and_nobody_was_asked(site: ForUsers, ana: str) -> None:
    held = site.do("tickets.held", ana).json()
    site.decide(held["request"], yes=True)
    over = site.ended(held["id"])
    assert (over["state"], "user-missing" in over["message"]) == ("failed", True), over
    assert not site.tickets.headers


def test_what_is_taken_back_is_taken_back_for_the_same_user(site: ForUsers, ana: str) -> None:
    done(site.do("files.step", ana, run="errand"))
    run = httpx.post(
        f"{site.running.address}/v1/agent-runs/errand/rollback", trust_env=False, timeout=30,
        headers={"Authorization": f"Bearer {site.running.key}", "Roadworthy-User-Token": ana},
    )  # fmt: skip
    assert run.status_code == httpx.codes.OK, run.text
    wait_for(lambda: len(site.files.seen) == 2)
    there, back = site.files.seen
    assert (there["sub"], there["roadworthy"]["does"]) == (back["sub"], "files.step")
    assert back["roadworthy"]["does"] == "files.undo"


def test_a_run_of_a_user_is_nobody_elses(site: ForUsers, ana: str) -> None:
    done(site.do("files.do", ana, run="hers"))
    ben = site.token("ben")
    for token, status in ((ana, 200), (ben, 404), (None, 404), (f"{ana}x", 401)):
        headers = {"Authorization": f"Bearer {site.running.key}"}
        headers |= {} if token is None else {"Roadworthy-User-Token": token}
        answer = httpx.get(f"{site.running.address}/v1/agent-runs/hers", headers=headers, trust_env=False, timeout=30)
        assert answer.status_code == status, answer.text


CANARY_FORMS = ("header", "argument", "idempotency", "trace", "run", "agent", "deeper", "signature")


@pytest.mark.parametrize("form", CANARY_FORMS)
def test_the_users_own_token_goes_to_no_system_whatever_the_form(site: ForUsers, form: str) -> None:
    token = site.token("ana")
    refused = form in {"argument", "deeper", "signature", "run", "agent"}
    forms: dict[str, dict[str, Any]] = {
        "header": {},
        "argument": {"arguments": {"what": token}},
        "deeper": {"arguments": {"what": f"as {token} says"}},
        "signature": {"arguments": {"what": token.rpartition(".")[2]}},
        "idempotency": {},
        "trace": {"headers": {"traceparent": token}},
        "run": {"run": site.running.key},
        "agent": {"agent": site.running.key},
    }
    for action in ("files.do", "tickets.do"):
        said = forms[form] if form != "idempotency" else {"headers": {"Idempotency-Key": f"{action} {token[:150]}"}}
        answer = site.do(action, token, **said)
        assert (answer.json().get("code") == "action-token-passed") == refused, answer.text
    for server in (site.files, site.tickets):
        assert len(server.headers) == (0 if refused else 1)
        assert site.running.key not in str(server.headers)
        assert token[:190] not in str(server.headers)
        assert token.rpartition(".")[2] not in str(server.headers)
        assert token.rpartition(".")[2] not in str(server.bodies)


def test_the_users_own_token_is_on_no_disk(site: ForUsers, ana: str) -> None:
    for action in ("files.do", "tickets.do", "files.held"):
        site.do(action, ana)
        site.do(action, ana, arguments={"what": ana})
    site.running.app.ledger.settle()
    parts = [part.encode() for part in (ana, *ana.split(".")[1:])]
    home = site.running.app.settings.home
    looked = kept_in(home)
    assert any(path.name.startswith("roadworthy") for path in looked)
    for path, content in looked.items():
        assert not any(part in content for part in parts), path


@pytest.fixture
def plain(site: ForUsers) -> Iterator[Plain]:
    made = Plain(site.resource, site.running.key)
    yield made
    made.close()


def test_what_a_client_carries_is_good_for_the_user_alone_for_whom_it_was_given(
    site: ForUsers, ana: str, plain: Plain
) -> None:
    ben = site.token("ben")
    held: dict[str, Any] = {"elicitation": {"url": {}}}

    def call(user: str | None, state: str | None = None, answer: str = "") -> dict[str, Any]:
        params: dict[str, Any] = {} if state is None else {"requestState": state}
        params |= {"inputResponses": {"decision": {"action": answer}}} if answer else {}
        headers = {"Roadworthy-User-Token": user}
        said: dict[str, Any] = plain.call("files.held", {}, capabilities=held, params=params, headers=headers).json()
        return said

    given = call(ana)["result"]
    state, action = given["requestState"], given["_meta"]["dev.roadworthy/action"]
    for user in (ben, None):
        assert call(user, state, "decline")["error"]["code"] == -32602
    with site.running.app.store.read() as connection:
        kept = find(connection, action["id"])
    assert kept is not None
    assert kept.action.state is State.HELD
    after = call(ana, state, "decline")["result"]["_meta"]["dev.roadworthy/action"]
    assert (after["id"], after["state"]) == (action["id"], "cancelled")
