"""Signing in at a certified provider, with the real server, the real command line and no browser."""

from __future__ import annotations

import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from roadworthy.foundation.errors import ExitCode
from tests.harness.oidc.running import Browser, IdentityProvider, identity_provider, missing
from tests.harness.ports import free_port
from tests.journeys.home import PATIENCE, Home, Served

API = "/api/v1alpha1"


@dataclass
class Street:
    """A server, its provider, and browsers that come by."""

    home: Home
    served: Served
    provider: IdentityProvider

    @property
    def address(self) -> str:
        return self.served.address

    def cookies(self, browser: Browser) -> dict[str, str]:
        return {cookie.name: cookie.value or "" for cookie in browser.http.cookies.jar}

    def me(self, browser: Browser) -> httpx.Response:
        return browser.http.get(f"{self.address}{API}/me")


@contextmanager
def street(home: Home, **more: str) -> Iterator[Street]:
    """A home with a provider, served."""
    absent = missing()
    if absent is not None:
        pytest.skip(absent)
    port = free_port()
    with identity_provider(f"http://127.0.0.1:{port}") as provider:
        home.write("roadworthy.toml", provider.table(**more))
        with home.served(port) as served:
            yield Street(home, served, provider)


@contextmanager
def browsing() -> Iterator[Browser]:
    browser = Browser()
    try:
        yield browser
    finally:
        browser.close()


def test_a_person_signs_in_and_out_at_their_provider(home: Home) -> None:
    with street(home, acr_values="urn:example:gold") as here, browsing() as browser:
        assert here.served.link == f"{here.address}/sign-in"
        front = browser.go(here.address)
        assert front.status_code == httpx.codes.UNAUTHORIZED
        assert "Sign in with Halden" in front.text

        page = browser.sign_in(here.address, "ana", go_to="/device")
        assert urlsplit(str(page.url)).path == "/device", page.text
        assert "Ana Ito" in page.text
        me = here.me(browser).json()
        assert me["handle"] == "ana@halden.example"
        assert me["proof"]["method"] == "oidc"
        assert me["proof"]["issuer"] == here.provider.issuer
        assert me["proof"]["authTime"]

        again = browser.go(f"{here.address}/sign-in/again?go_to=/sessions")
        assert "Confirm with Halden" in again.text
        before = here.cookies(browser)
        step_up = re.search(r'href="(/sign-in/with/staff\?again=yes[^"]*)"', again.text)
        assert step_up is not None
        asked = browser.go(f"{here.address}{step_up[1].replace('&amp;', '&')}")
        assert "/interaction/" in browser.at  # the provider asks anew, though its own session is minutes old
        page = browser.go_on(browser.send(browser.at, {"account": "ana"}))
        assert urlsplit(str(page.url)).path == "/sessions", (asked.text, page.text)
        assert "You are signed in at 1 place" in page.text
        name = f"roadworthy-{urlsplit(here.address).port}"
        assert here.cookies(browser)[name] != before[name]
        assert here.me(browser).json()["proof"]["acr"] == "urn:example:gold"

        signed_out = browser.send(f"{here.address}/sign-out", {"csrf": here.me(browser).json()["csrf"]})
        assert f"{here.provider.issuer}/session/end" in signed_out.text
        assert here.me(browser).status_code == httpx.codes.UNAUTHORIZED
    whats = [entry["what"] for entry in home.run("ledger", "show", "-o", "json", code=0).json()]
    assert whats.count("person.signed-in") == 2
    assert "account.bound" in whats


def test_another_account_cannot_confirm_and_a_return_works_once(home: Home) -> None:
    with street(home) as here, browsing() as browser, browsing() as stranger:
        browser.sign_in(here.address, "ana")
        browser.go(f"{here.address}/sign-in/with/staff?again=yes&go_to=/ledger")
        refused = browser.submit(browser.send(browser.at, {"account": "ben"}))  # the provider ends ana's session first
        assert refused.status_code == httpx.codes.UNAUTHORIZED
        assert "has ended meanwhile" in refused.text  # by the provider, over the back channel
        assert here.me(browser).status_code == httpx.codes.UNAUTHORIZED
        browser.sign_in(here.address, "ben")

        # The attacker's own return address, sent to somebody else, and then used by the attacker twice.
        start = browser.http.get(f"{here.address}/sign-in/with/staff").headers["location"]
        back = browser.http.get(start)
        while "/return" not in back.headers["location"]:
            back = browser.http.get(httpx.URL(start).join(back.headers["location"]))
        address = back.headers["location"]
        assert stranger.http.get(address).status_code == httpx.codes.UNAUTHORIZED
        assert here.me(stranger).status_code == httpx.codes.UNAUTHORIZED
        assert browser.http.get(address).status_code == httpx.codes.OK
        assert browser.http.get(address).status_code == httpx.codes.UNAUTHORIZED


def test_the_provider_ends_a_session_here(home: Home) -> None:
    with street(home) as here, browsing() as browser:
        browser.sign_in(here.address, "ana")
        page = browser.go(f"{here.provider.issuer}/session/end?client_id=roadworthy")
        xsrf = dict(re.findall(r'name="(xsrf)" value="([^"]*)"', page.text))
        browser.send("/session/end/confirm", xsrf | {"logout": "yes"})
        deadline = time.monotonic() + PATIENCE
        while here.me(browser).status_code != httpx.codes.UNAUTHORIZED:
            assert time.monotonic() < deadline, "the session lives on"
            time.sleep(0.05)


def test_links_are_off_where_a_provider_is(home: Home) -> None:
    with street(home) as here, browsing() as browser:
        made = home.run("sign-in-link", code=ExitCode.NO)
        assert "sign-in-links-off" in made.err
        assert browser.go(f"{here.address}/sign-in?token=guessed").status_code == httpx.codes.FORBIDDEN
        posted = browser.send(f"{here.address}/sign-in", {"token": "guessed", "handle": "eve@example.org"})
        assert posted.status_code == httpx.codes.FORBIDDEN


def let_in(here: Street, browser: Browser, address: str, answer: str = "let-in") -> httpx.Response:
    """Open the address that a command shows, and answer."""
    page = browser.go_on(browser.go(address))
    code = re.search(r'name="code" value="([^"]*)"', page.text)
    assert code is not None, page.text
    csrf = here.me(browser).json()["csrf"]
    return browser.send(f"{here.address}/device", {"csrf": csrf, "code": code[1], "answer": answer})


def test_a_person_lets_their_command_line_in(home: Home) -> None:
    with street(home) as here, browsing() as browser:
        browser.sign_in(here.address, "ana")
        process = home.start("login")
        assert process.stderr is not None
        address = re.search(r"http\S+", process.stderr.readline())
        assert address, "no address was shown"
        shown = process.stderr.readline()
        code = parse_qs(urlsplit(address[0]).query)["code"][0]
        assert code in shown
        page = browser.go(address[0])
        assert "roadworthy on" in page.text
        assert let_in(here, browser, address[0]).status_code == httpx.codes.OK
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, err
        assert "signed in as Ana Ito" in out

        file = home.folder / ".roadworthy" / "logins" / "home.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        me = home.run("whoami", "-o", "json", code=0).json()
        assert (me["handle"], me["proof"]["method"]) == ("ana@halden.example", "device")
        assert me["proof"]["authTime"] == here.me(browser).json()["proof"]["authTime"]
        assert "Command line" in browser.go(f"{here.address}/sessions").text

        assert "signed out Ana Ito" in home.run("logout", code=0).out
        assert not file.exists()
        assert home.run("whoami", "-o", "json", code=0).json()["proof"]["method"] == "local-user"


def test_a_command_line_that_is_turned_away_gets_nothing(home: Home) -> None:
    with street(home) as here, browsing() as browser:
        browser.sign_in(here.address, "ana")
        process = home.start("login")
        assert process.stderr is not None
        address = re.search(r"http\S+", process.stderr.readline())
        assert address
        let_in(here, browser, address[0], "turn-away")
        _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == ExitCode.NO, err
        assert "device-refused" in err
        assert not (home.folder / ".roadworthy" / "logins").exists()


def test_the_command_line_of_the_embedded_default_is_let_in_too(home: Home) -> None:
    without = home.run("login", code=ExitCode.FAILED)
    assert "login-without-server" in without.err
    with home.served() as served, browsing() as browser:
        here = Street(home, served, IdentityProvider(""))
        browser.go(served.link)
        token = parse_qs(urlsplit(served.link).query)["token"][0]
        browser.send(f"{served.address}/sign-in", {"token": token, "handle": "ana@example.org", "name": "Ana"})
        process = home.start("login", "--again")
        assert process.stderr is not None
        address = re.search(r"http\S+", process.stderr.readline())
        assert address
        page = browser.go(address[0])
        command = re.search(r"roadworthy (sign-in-link --for \S+?)<", page.text)
        assert command is not None, page.text
        link = home.run(*command[1].split(), code=0).out.strip()
        token = parse_qs(urlsplit(link).query)["token"][0]
        browser.go(link)
        page = browser.send(f"{served.address}/sign-in", {"token": token, "name": ""})
        assert "/device?code=" in str(page.url)  # back where the question came from
        let_in(here, browser, str(page.url))
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, err
        assert "signed in as Ana" in out
        assert home.run("whoami", "-o", "json", code=0).json()["proof"]["authTime"]
        # A link stands for access to the home, so a login does not stand in its way.
        assert "token=" in home.run("sign-in-link", code=0).out


@pytest.mark.parametrize(
    ("missing_part", "environment"),
    [
        ("identity provider", {}),
        ("https", {"ROADWORTHY_PROVIDER": '[{"name":"s","issuer":"https://id.example.org","client_id":"x"}]'}),
        (
            "trusted_proxies",
            {
                "ROADWORTHY_PROVIDER": '[{"name":"s","issuer":"https://id.example.org","client_id":"x"}]',
                "ROADWORTHY_PUBLIC_ADDRESS": "https://roadworthy.example.org",
            },
        ),
    ],
)
def test_what_is_missing_to_listen_beyond_loopback_is_said(
    home: Home, missing_part: str, environment: dict[str, str]
) -> None:
    refused = home.run("serve", "--host", "192.0.2.1", environment=environment, code=ExitCode.NO)
    assert "address-not-loopback" in refused.err
    assert missing_part in refused.err


def test_behind_a_proxy_the_public_name_counts_and_the_cookie_is_for_this_host_only(home: Home) -> None:
    absent = missing()
    if absent is not None:
        pytest.skip(absent)
    public = "https://roadworthy.example.org"
    port = free_port()
    with identity_provider(public) as provider:
        home.write("roadworthy.toml", f'public_address = "{public}"\n{provider.table()}')
        with home.served(port) as served, httpx.Client(trust_env=False, timeout=60) as proxy:
            assert served.link == f"{public}/sign-in"
            inner = f"http://127.0.0.1:{port}"
            told = {"Host": "roadworthy.example.org"}
            start = proxy.get(f"{inner}/sign-in/with/staff", headers=told)
            assert parse_qs(urlsplit(start.headers["location"]).query)["redirect_uri"] == [
                f"{public}/sign-in/with/staff/return"
            ]
            cookie = start.headers["set-cookie"]
            assert cookie.startswith("__Host-roadworthy-begun=")
            for part in ("; Secure", "; HttpOnly", "; Path=/", "; SameSite=lax"):
                assert part in cookie
            assert "Domain" not in cookie
            foreign = proxy.get(f"{inner}/sign-in", headers={"Host": "evil.example"})
            assert foreign.status_code == httpx.codes.BAD_REQUEST
            token = f"{inner}/sign-in/with/staff/ended"
            ended = proxy.post(token, data={"logout_token": "a.b.c"}, headers=told)
            assert ended.status_code == httpx.codes.BAD_REQUEST
