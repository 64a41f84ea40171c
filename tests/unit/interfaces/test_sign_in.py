"""Signing in over HTTP: cookies, names, where people are sent, and what others could make a browser do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Scope

from roadworthy.app import open_home
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.settings import Provider, Settings
from roadworthy.interfaces.doors import Doors, enter, origin_of
from roadworthy.interfaces.web.sign_in import local_path
from tests.harness.homes import fresh
from tests.harness.hostile_issuer import HostileIssuer, hostile_issuer, nonce_of, state_of
from tests.unit.interfaces.conftest import ADDRESS, Deployment, answering

ROOT = "/api/v1alpha1"
PUBLIC = "https://roadworthy.example.org"


@contextmanager
def guarded(home: Path, issuer: HostileIssuer, address: str = "") -> Iterator[Deployment]:
    """A deployment whose people sign in at a provider."""
    told = Provider(name="staff", title="Halden", issuer=issuer.address, client_id="roadworthy", trust_email=True)
    settings = Settings(home=fresh(home), provider=(told,), public_address=address)
    with open_home(settings) as (app, _), answering(app) as made:
        yield made


@pytest.fixture(scope="module")
def issuer() -> Iterator[HostileIssuer]:
    with hostile_issuer() as running:
        yield running


@pytest.fixture(scope="module")
def site(issuer: HostileIssuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with guarded(tmp_path_factory.mktemp("site") / "home", issuer) as deployment:
        yield deployment


def came_back(browser: httpx.Client, issuer: HostileIssuer, path: str = "/sign-in/with/staff") -> httpx.Response:
    """Go to the provider and come back, as whoever the issuer says."""
    start = browser.get(path)
    assert start.status_code == httpx.codes.SEE_OTHER, start.text
    address = start.headers["location"]
    issuer.tokens["code"] = issuer.sign(issuer.claims(nonce_of(address)))
    return browser.get(f"/sign-in/with/staff/return?state={state_of(address)}&code=code")


def csrf_of(browser: httpx.Client) -> str:
    return str(browser.get(f"{ROOT}/me").json()["csrf"])


def test_whoever_is_nobody_sees_the_choice(site: Deployment) -> None:
    page = site.client().get("/evidence?kind=eval")
    assert page.status_code == httpx.codes.UNAUTHORIZED
    assert "Sign in with Halden" in page.text
    assert 'href="/sign-in/with/staff?go_to=%2Fevidence%3Fkind%3Deval"' in page.text
    assert "sign-in-link" not in page.text
    told = site.client().get(f"{ROOT}/me").json()
    assert "roadworthy login" in told["remedy"]


def test_a_browser_comes_back_signed_in_and_goes_on_by_itself(site: Deployment, issuer: HostileIssuer) -> None:
    browser = site.client(Origin=ADDRESS)
    answer = came_back(browser, issuer, "/sign-in/with/staff?go_to=/sessions")
    assert answer.status_code == httpx.codes.OK
    assert 'content="0; url=/sessions"' in answer.text
    cookie = next(each for each in answer.headers.get_list("set-cookie") if each.startswith("roadworthy-8470="))
    assert "samesite=strict" in cookie.lower()
    assert "httponly" in cookie.lower()
    me = browser.get(f"{ROOT}/me").json()
    assert (me["handle"], me["proof"]["method"]) == ("ana@halden.example", "oidc")


def test_whoever_may_open_nothing_sees_as_whom_and_can_sign_out(site: Deployment, issuer: HostileIssuer) -> None:
    browser = site.client(Origin=ADDRESS)
    came_back(browser, issuer)
    refused = browser.get("/ledger")
    assert refused.status_code == httpx.codes.FORBIDDEN
    assert "Ana Ito" in refused.text
    assert f'name="csrf" value="{csrf_of(browser)}"' in refused.text


def test_the_cookie_of_the_way_there_is_lax_and_the_sessions_is_strict(site: Deployment) -> None:
    start = site.client().get("/sign-in/with/staff")
    cookie = start.headers["set-cookie"].lower()
    assert cookie.startswith("roadworthy-begun-8470=")
    assert "samesite=lax" in cookie
    assert "httponly" in cookie


def test_a_return_address_that_is_sent_to_somebody_else_signs_them_in_as_nobody(
    site: Deployment, issuer: HostileIssuer
) -> None:
    attacker, victim = site.client(), site.client()
    address = attacker.get("/sign-in/with/staff").headers["location"]
    victim.get("/sign-in/with/staff")
    issuer.tokens["code"] = issuer.sign(issuer.claims(nonce_of(address)))
    answer = victim.get(f"/sign-in/with/staff/return?state={state_of(address)}&code=code")
    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert "roadworthy-8470=" not in answer.headers.get("set-cookie", "")
    assert victim.get(f"{ROOT}/me").status_code == httpx.codes.UNAUTHORIZED


def test_a_planted_session_cookie_is_not_taken_up(site: Deployment, issuer: HostileIssuer) -> None:
    browser = site.client()
    browser.cookies.set("roadworthy-8470", "planted", domain="127.0.0.1")
    came_back(browser, issuer)
    secrets = {cookie.value for cookie in browser.cookies.jar if cookie.name == "roadworthy-8470"}
    assert "planted" not in {each for each in secrets if site.app.identity.session(each or "")}
    assert site.app.identity.session("planted") is None


def test_a_fresh_proof_ends_the_session_before(site: Deployment, issuer: HostileIssuer) -> None:
    browser = site.client(Origin=ADDRESS)
    came_back(browser, issuer)
    before = browser.cookies["roadworthy-8470"]
    page = browser.get("/sign-in/again?go_to=/device")
    link = re.search(r'href="(/sign-in/with/staff\?again=yes[^"]*)"', page.text)
    assert link is not None
    answer = came_back(browser, issuer, link[1].replace("&amp;", "&"))
    assert 'content="0; url=/device"' in answer.text
    after = browser.cookies["roadworthy-8470"]
    assert after != before
    assert site.app.identity.session(before) is None
    assert site.app.identity.session(after) is not None


def test_one_time_links_open_nothing_here(site: Deployment) -> None:
    token = site.app.identity.offer("eve@example.org")
    client = site.client(Origin=ADDRESS)
    for answer in (
        client.get(f"/sign-in?token={token}"),
        client.post("/sign-in", data={"token": token}),
        site.owner().post(f"{ROOT}/sign-in-links", json={}),
    ):
        assert answer.status_code == httpx.codes.FORBIDDEN
        assert "sign-in-links-off" in answer.text


def test_signing_out_says_where_one_may_still_be_signed_in(site: Deployment, issuer: HostileIssuer) -> None:
    browser = site.client(Origin=ADDRESS)
    came_back(browser, issuer)
    secret = browser.cookies["roadworthy-8470"]
    page = browser.post("/sign-out", data={"csrf": csrf_of(browser)})
    assert f"{issuer.address}/end?client_id=roadworthy" in page.text
    assert site.app.identity.session(secret) is None


def test_a_provider_ends_sessions_and_others_cannot(site: Deployment, issuer: HostileIssuer) -> None:
    browser = site.client(Origin=ADDRESS)
    came_back(browser, issuer)
    path = "/sign-in/with/staff/ended"
    for wrong in ("", "a.b.c", issuer.unsigned(issuer.logout_claims()), issuer.sign(issuer.logout_claims(nonce="x"))):
        answer = site.client().post(path, data={"logout_token": wrong})
        assert answer.status_code == httpx.codes.BAD_REQUEST
        assert answer.headers["cache-control"] == "no-store"
    assert browser.get(f"{ROOT}/me").status_code == httpx.codes.OK
    token = issuer.sign(issuer.logout_claims(), typ="logout+jwt")
    assert site.client().post(path, data={"logout_token": token}).status_code == httpx.codes.OK
    assert browser.get(f"{ROOT}/me").status_code == httpx.codes.UNAUTHORIZED
    assert site.client().post(path, data={"logout_token": token}).status_code == httpx.codes.BAD_REQUEST


def test_a_provider_that_is_away_is_said_and_nobody_is_held_up(issuer: HostileIssuer, tmp_path: Path) -> None:
    with hostile_issuer() as gone:
        address = gone.address
    with guarded(tmp_path / "home", issuer) as deployment:
        told = Provider(name="staff", issuer=address, client_id="roadworthy")
        deployment.app.sign_ins._providers["staff"] = type(deployment.app.sign_ins._providers["staff"])(
            told,
            deployment.app.sign_ins._providers["staff"]._sources,
            deployment.app.runtime,
        )
        answer = deployment.client().get("/sign-in/with/staff")
        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert "provider-unusable" in answer.text


# ---------------------------------------------------------------- command lines


def asked(site: Deployment) -> dict[str, str]:
    answer = site.client().post(f"{ROOT}/login/device", json={"client": "roadworthy on desk"})
    assert answer.status_code == httpx.codes.CREATED
    found: dict[str, str] = answer.json()
    return found


def test_a_command_line_is_let_in_by_a_form_of_ours_only(site: Deployment, issuer: HostileIssuer) -> None:
    browser = site.client(Origin=ADDRESS)
    came_back(browser, issuer)
    waiting = asked(site)
    code = {"code": waiting["userCode"], "answer": "let-in"}
    assert site.client(Origin=ADDRESS).post("/device", data=code).status_code == httpx.codes.UNAUTHORIZED
    assert browser.post("/device", data=code).status_code == httpx.codes.FORBIDDEN  # no token of our pages
    foreign = {"Origin": "https://evil.example"}
    token = {"csrf": csrf_of(browser)}
    assert browser.post("/device", data=code | token, headers=foreign).status_code == httpx.codes.FORBIDDEN
    assert browser.get("/device", params=code | token).status_code == httpx.codes.OK  # shows it and changes nothing
    question = {"deviceCode": waiting["deviceCode"]}
    ask = f"{ROOT}/login/device/token"
    assert site.client().post(ask, json=question).json()["answer"] == "waiting"
    assert browser.post("/device", data=code | token).status_code == httpx.codes.OK
    heard = site.client().post(ask, json=question).json()
    assert heard["answer"] == "signed-in"
    command = site.client(Authorization=f"Bearer {heard['secret']}")
    me = command.get(f"{ROOT}/me").json()
    assert (me["handle"], me["proof"]["method"], me["csrf"]) == ("ana@halden.example", "device", "")
    assert command.get("/sessions").status_code == httpx.codes.UNAUTHORIZED  # it opens the API and no pages
    as_cookie = site.client()
    as_cookie.cookies.set("roadworthy-8470", heard["secret"], domain="127.0.0.1")
    assert as_cookie.get(f"{ROOT}/me").status_code == httpx.codes.UNAUTHORIZED
    as_bearer = site.client(Authorization=f"Bearer {browser.cookies['roadworthy-8470']}")
    assert as_bearer.get(f"{ROOT}/me").status_code == httpx.codes.UNAUTHORIZED
    assert command.post(f"{ROOT}/sign-out").json() == {"done": True}
    over = command.get(f"{ROOT}/me")
    assert (over.status_code, over.json()["code"]) == (401, "login-over")


def test_what_a_command_calls_itself_is_shown_as_text(site: Deployment, issuer: HostileIssuer) -> None:
    browser = site.client(Origin=ADDRESS)
    came_back(browser, issuer)
    answer = site.client().post(f"{ROOT}/login/device", json={"client": "<script>alert(1)</script>"})
    page = browser.get("/device", params={"code": answer.json()["userCode"]})
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text


def test_guessing_codes_is_braked(tmp_path: Path, issuer: HostileIssuer) -> None:
    with guarded(tmp_path / "home", issuer) as deployment:
        browser = deployment.client(Origin=ADDRESS)
        came_back(browser, issuer)
        codes = [browser.get("/device", params={"code": f"BCDF-GHJ{letter}"}).status_code for letter in "KLMN" * 10]
    assert codes[0] == httpx.codes.NOT_FOUND
    assert codes[-1] == httpx.codes.TOO_MANY_REQUESTS


def test_sessions_are_listed_and_ended_over_the_api(site: Deployment, issuer: HostileIssuer) -> None:
    one, two = site.client(Origin=ADDRESS), site.client(Origin=ADDRESS)
    came_back(one, issuer)
    came_back(two, issuer)
    listed = one.get(f"{ROOT}/sessions").json()
    (here,) = [each["id"] for each in listed if each["here"]]
    mine = [each for each in two.get(f"{ROOT}/sessions").json() if each["here"]]
    path = f"{ROOT}/sessions/{mine[0]['id']}/end"
    assert one.post(path).status_code == httpx.codes.FORBIDDEN
    assert one.post(path, headers={"X-CSRF-Token": csrf_of(one)}).status_code == httpx.codes.OK
    assert two.get(f"{ROOT}/me").status_code == httpx.codes.UNAUTHORIZED
    assert one.post(f"{ROOT}/sessions/{here}0/end", headers={"X-CSRF-Token": csrf_of(one)}).status_code == 404
    page = one.get("/sessions")
    assert "this one" in page.text


# ---------------------------------------------------------------- doors


def scope(host: str, client: str = "127.0.0.1", method: str = "GET", **headers: str) -> Scope:
    told = {"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return {
        "type": "http",
        "method": method,
        "scheme": "http",
        "path": "/",
        "headers": [(name.encode(), value.encode()) for name, value in told.items()],
        "client": (client, 50000),
        "server": ("10.0.0.5", 8470),
    }


DOORS = Doors(PUBLIC, "10.0.0.5", "10.0.0.9, 10.1.0.0/16")


@pytest.mark.parametrize("client", ["10.0.0.9", "10.1.2.3", "127.0.0.1", "::1"])
def test_a_named_proxy_brings_people_over_https(client: str) -> None:
    for host in ("roadworthy.example.org", "Roadworthy.Example.Org", "roadworthy.example.org:443"):
        assert enter(scope(host, client), DOORS)["scheme"] == "https"
    sent = scope("roadworthy.example.org", client, "POST", origin=PUBLIC)
    assert enter(sent, DOORS)["scheme"] == "https"


@pytest.mark.parametrize("client", ["10.0.0.8", "10.2.0.1", "192.0.2.7", "not an address"])
@pytest.mark.parametrize("host", ["roadworthy.example.org", "127.0.0.1", "localhost", "10.0.0.5", "evil.example"])
def test_nobody_else_speaks_to_it_from_another_machine(client: str, host: str) -> None:
    told = scope(host, client, x_forwarded_proto="https", x_forwarded_for="127.0.0.1", forwarded="proto=https")
    with pytest.raises(RoadworthyError) as refused:
        enter(told, DOORS)
    assert refused.value.code in {"connection-unprotected", "host-unknown"}


@pytest.mark.parametrize(
    "host",
    ["roadworthy.example.org:8470", "roadworthy.example.org.evil.example", "x.roadworthy.example.org", "10.0.0.6"],
)
def test_names_that_only_look_like_ours_are_not(host: str) -> None:
    with pytest.raises(RoadworthyError) as refused:
        enter(scope(host, "10.0.0.9"), DOORS)
    assert refused.value.code == "host-unknown"


@pytest.mark.parametrize(
    "origin", ["http://roadworthy.example.org", "https://evil.example", "null", "https://roadworthy.example.org:8470"]
)
def test_a_change_comes_from_the_public_origin(origin: str) -> None:
    with pytest.raises(RoadworthyError) as refused:
        enter(scope("roadworthy.example.org", "10.0.0.9", "POST", origin=origin), DOORS)
    assert refused.value.code == "origin-foreign"


def test_without_a_provider_the_public_address_is_no_door(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, public_address=PUBLIC)
    with pytest.raises(RoadworthyError):
        enter(scope("roadworthy.example.org"), Doors.of(settings))
    assert origin_of("https://Roadworthy.example.org:443/") == PUBLIC
    assert origin_of("http://127.0.0.1:8470/x") == "http://127.0.0.1:8470"


def test_over_https_cookies_are_for_this_host_only(issuer: HostileIssuer, tmp_path: Path) -> None:
    with guarded(tmp_path / "home", issuer, PUBLIC) as deployment:
        browser = httpx.Client(
            transport=deployment.transport, base_url=PUBLIC, headers={"Origin": PUBLIC}, follow_redirects=False
        )
        answer = came_back(browser, issuer)
        assert answer.status_code == httpx.codes.OK
        cookies = answer.headers.get_list("set-cookie")
        (cookie,) = [each for each in cookies if each.startswith("__Host-roadworthy=")]
        for part in ("; Secure", "; HttpOnly", "; Path=/", "; SameSite=strict"):
            assert part in cookie
        assert "domain" not in cookie.lower()
        assert browser.get(f"{ROOT}/me").json()["handle"] == "ana@halden.example"


# ---------------------------------------------------------------- where people are sent


@given(st.text(max_size=40) | st.text("/\\:.?#@\t\n evilhttps", max_size=40) | st.just("/a") | st.just("//a"))
def test_nobody_is_sent_to_another_site(text: str) -> None:
    for given_path in (text, f"/{text}", f"//{text}", f"/\\{text}", f"/\t/{text}"):
        path = local_path(given_path)
        assert path.startswith("/")
        try:
            there = urlsplit(urljoin("https://ours.example/x", path))
        except ValueError:
            pytest.fail(f"{path!r} is read as an address")
        assert (there.scheme, there.netloc) == ("https", "ours.example")
        if given_path == path and "\\" in path:
            pytest.fail("a browser reads a backslash as a slash")


@pytest.mark.parametrize("path", ["/", "/decisions/1?done=x", "/sign-in/again"])
def test_pages_of_ours_are_kept(path: str) -> None:
    assert local_path(path) == path
    assert local_path(f"{path}{'x' * 600}") == "/"
