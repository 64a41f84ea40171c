"""Users at `/mcp`: a stock client finds the provider, has its user sign in, and acts with what both may."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

from tests.harness.for_users import DESKTOP, OTHER, ROBOT, ForUsers, for_users
from tests.harness.oidc.running import BACK, missing
from tests.harness.speaking_mcp import Plain


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForUsers]:
    absent = missing()
    if absent is not None:
        pytest.skip(absent)
    with for_users(tmp_path_factory.mktemp("signed-in") / "home") as made:
        yield made


class Remembers:
    """What a client keeps: who it is at the provider, and its user's token."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return OAuthClientInformationFull.model_validate(
            {"client_id": DESKTOP, "redirect_uris": [BACK], "token_endpoint_auth_method": "none"}
        )

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        raise AssertionError(client_info)


class Person:
    """Somebody at a browser."""

    def __init__(self, account: str) -> None:
        self.account = account
        self.asked: dict[str, list[str]] = {}
        self.at = ""

    async def goes(self, address: str) -> None:
        self.asked = parse_qs(urlsplit(address).query)
        async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
            answer = await http.get(address)
            while not (at := urljoin(str(answer.url), answer.headers.get("location", ""))).startswith(BACK):
                assert at != str(answer.url), answer.text
                answer = await http.get(at)
                if "/interaction/" in at and answer.status_code == httpx.codes.OK:
                    answer = await http.post(at, data={"account": self.account})
        self.at = at

    async def comes_back(self) -> AuthorizationCodeResult:
        said = parse_qs(urlsplit(self.at).query)
        return AuthorizationCodeResult(code=said["code"][0], state=said["state"][0], iss=said.get("iss", [None])[0])


async def _signed_in(site: ForUsers, person: Person, tool: str) -> Any:
    metadata = OAuthClientMetadata.model_validate({"redirect_uris": [BACK], "token_endpoint_auth_method": "none"})
    auth = OAuthClientProvider(site.resource, metadata, Remembers(), person.goes, person.comes_back)
    async with (
        httpx2.AsyncClient(auth=auth, timeout=60) as http,
        Client(streamable_http_client(site.resource, http_client=http)) as client,
    ):
        return await client.call_tool(tool, {})


def test_a_stock_client_signs_its_user_in_and_acts_for_him(site: ForUsers) -> None:
    person = Person("ana")
    said = asyncio.run(_signed_in(site, person, "named.do"))
    assert person.asked["resource"] == [site.resource], "it asked for a token that is for the gateway alone"
    assert not said.is_error, said
    claims = site.files.seen[-1]
    assert (claims["sub"], claims["act"]["sub"]) == ("ana", f"workload/{DESKTOP}")


def test_what_the_agent_may_not_its_user_cannot_have_done(site: ForUsers) -> None:
    said = asyncio.run(_signed_in(site, Person("ana"), "files.robot"))
    assert said.is_error
    assert "none of the agents" in said.content[0].text


def test_what_the_user_may_not_the_agent_cannot_do_for_him(site: ForUsers) -> None:
    token = site.token("ben", client=DESKTOP)
    assert site.do("files.staff", shown=token).json()["rule"] == "identity:user"
    assert site.do("files.staff", shown=site.token("ana", client=DESKTOP)).json()["state"] == "done"


def test_where_tokens_are_to_be_had_is_told_to_whoever_shows_none_that_is_good(site: ForUsers) -> None:
    elsewhere = site.token("ana", "tickets.read", "https://elsewhere.example", DESKTOP)
    of_nobody = site.token("ana")  # given to a client that no workload is declared for
    good = site.token("ana", client=DESKTOP)
    forged = f"{good[:-6]}AAAAAA"
    where = f"{site.running.address}/.well-known/oauth-protected-resource/mcp"
    for shown in ("", elsewhere, of_nobody, forged):
        plain = Plain(site.resource, shown)
        headers = {} if shown else {"Authorization": None}
        answer = plain.post({"jsonrpc": "2.0", "id": 1, "method": "ping"}, headers)
        plain.close()
        assert answer.status_code == httpx.codes.UNAUTHORIZED, shown
        said = answer.headers["www-authenticate"]
        assert f'resource_metadata="{where}"' in said
        assert ('error="invalid_token"' in said) == bool(shown)
    told = httpx.get(where, trust_env=False).json()
    assert (told["resource"], told["authorization_servers"]) == (site.resource, [site.provider.issuer])
    assert httpx.get(where.replace("/mcp", "/mcp/files", 1), trust_env=False).json()["resource"] == (
        f"{site.resource}/files"
    )


def test_a_token_for_one_system_opens_no_other(site: ForUsers) -> None:
    token = site.token("ana", "tickets.read", f"{site.resource}/files", DESKTOP)
    assert site.do("files.do", shown=token).json()["state"] == "done"
    assert site.do("named.do", shown=token).json()["rule"] == "identity:user"


def test_a_token_is_no_good_in_the_hands_of_another_agent(site: ForUsers) -> None:
    of_desktop, of_robot = site.token("ana", client=DESKTOP), site.token("gus")
    robot, other = site.robot(), site.robot(OTHER)
    for token, shown, state in (
        (of_desktop, robot, "refused"),
        (of_desktop, site.running.key, "refused"),
        (of_robot, other, "refused"),
        (of_robot, site.running.key, "refused"),
        (of_robot, robot, "done"),
    ):
        said = site.do("files.do", token, shown).json()
        assert said["state"] == state, said
        assert state == "done" or said["rule"] == "identity:agent"
    assert ROBOT in site.files.seen[-1]["act"]["sub"]


def test_a_token_that_ended_is_believed_no_longer(site: ForUsers) -> None:
    token = site.token("ana", client=DESKTOP)
    actions, now = site.running.app.acting.actions, site.running.app.runtime.clock.now()

    async def asked(at: dt.datetime) -> bool:
        found = await actions.ground.known.asks(token, None, at, ())
        return hasattr(found, "caller")

    assert asyncio.run(asked(now))
    assert not asyncio.run(asked(now + dt.timedelta(seconds=301)))


def test_two_users_of_one_client_are_not_told_of_each_other(site: ForUsers) -> None:
    ana, ben = site.token("ana", client=DESKTOP), site.token("ben", client=DESKTOP)
    id_ = site.do("named.do", shown=ana, run="both").json()["id"]
    for token, status in ((ana, 200), (ben, 404)):
        headers = {"Authorization": f"Bearer {token}"}
        for path in (f"/v1/actions/{id_}", "/v1/agent-runs/both"):
            answer = httpx.get(f"{site.running.address}{path}", headers=headers, trust_env=False)
            assert answer.status_code == status, (path, answer.text)
