"""Runs npm's `oidc-provider`, and walks through its pages as a browser without scripts would."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

ROOT = Path(__file__).parents[3]
TOOLS = ROOT / ".tools" / "oidc"
BACK = "https://app.example/back"
"""Where an application is sent back to; nobody goes there, since the code stands in the address."""
ABSENT = "no identity provider for tests: run `python -m scripts.ensure_oidc_provider`, which needs node and npm"
ACCOUNTS: Mapping[str, Mapping[str, Any]] = {
    "ana": {
        "name": "Ana Ito",
        "email": "ana@halden.example",
        "groups": ["owners", "staff"],
        "acr": "urn:example:gold",
        "amr": ["pwd", "otp"],
    },
    "ben": {
        "name": "Ben Okafor",
        "email": "ben@halden.example",
        "groups": ["approvers"],
        "acr": "urn:example:gold",
        "amr": ["pwd", "otp"],
    },
}


def missing() -> str | None:
    """Why it cannot run here; None where it can."""
    installed = (TOOLS / "node_modules" / "oidc-provider" / "package.json").is_file()
    return None if installed and shutil.which("node") else ABSENT


@dataclass(frozen=True)
class IdentityProvider:
    """A provider that runs."""

    issuer: str

    def access_token(self, program: str, resource: str) -> str:
        """What a program gets by its own secret, for a resource."""
        form = {"grant_type": "client_credentials", "resource": resource}
        answer = httpx.post(
            f"{self.issuer}/token", data=form, auth=(program, secret_of(program)), trust_env=False, timeout=60
        )
        assert answer.status_code == httpx.codes.OK, answer.text
        return str(answer.json()["access_token"])

    def user_token(self, account: str, client: str, resource: str, scope: str = "", back: str = BACK) -> str:
        """What an application gets for a person who signs in there with a code and PKCE (RFC 7636), for a resource."""
        verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code", "client_id": client, "redirect_uri": back, "scope": f"openid {scope}".strip(),
            "resource": resource, "code_challenge_method": "S256", "state": "there and back",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        }  # fmt: skip
        with httpx.Client(trust_env=False, timeout=60.0) as http:
            answer = http.get(f"{self.issuer}/auth", params=asked)
            while not (at := urljoin(str(answer.url), answer.headers.get("location", ""))).startswith(back):
                assert at != str(answer.url), answer.text
                answer = http.get(at)
                if "/interaction/" in at and answer.status_code == httpx.codes.OK:
                    answer = http.post(at, data={"account": account})
            code = parse_qs(urlsplit(at).query)["code"][0]
            form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "client_id": client,
                    "code_verifier": verifier, "resource": resource}  # fmt: skip
            answer = http.post(f"{self.issuer}/token", data=form)
        assert answer.status_code == httpx.codes.OK, answer.text
        return str(answer.json()["access_token"])

    def table(self, **more: str) -> str:
        """A `[[provider]]` table for `roadworthy.toml`."""
        told = {"name": "staff", "title": "Halden", "issuer": self.issuer, "client_id": "roadworthy", **more}
        lines = [f"{name} = {json.dumps(value)}" for name, value in told.items()]
        return "\n".join(["[[provider]]", *lines, 'groups_claim = "groups"', "trust_email = true", ""])


@contextmanager
def identity_provider(
    address: str,
    accounts: Mapping[str, Mapping[str, Any]] = ACCOUNTS,
    programs: Sequence[str] = (),
    clients: Sequence[Mapping[str, Any]] = (),
    **more: Any,
) -> Iterator[IdentityProvider]:
    """A provider for one application.

    Args:
        address: of the application, which is a public client named `roadworthy` there.
        accounts: who can sign in: by account, what the provider says about them.
        programs: clients that get access tokens for themselves.
        clients: further ones, as the package registers them.
        more: settings of `grants.mjs`.
    """
    back = f"{address}/sign-in/with/staff"
    client = {
        "client_id": "roadworthy",
        "redirect_uris": [f"{back}/return"],
        "token_endpoint_auth_method": "none",
        "backchannel_logout_uri": f"{back}/ended",
        "backchannel_logout_session_required": True,
    }
    machines = [
        {
            "client_id": program,
            "client_secret": secret_of(program),
            "grant_types": ["client_credentials"],
            "response_types": [],
            "redirect_uris": [],
        }
        for program in programs
    ]
    settings = {"accounts": accounts, "clients": [client, *machines, *clients], **more}
    process = subprocess.Popen(
        [shutil.which("node") or "node", str(Path(__file__).with_name("provider.mjs"))],
        env=os.environ | {"OIDC_TOOLS": str(TOOLS), "OIDC_SETTINGS": json.dumps(settings)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise AssertionError(process.communicate()[1])
        yield IdentityProvider(json.loads(line)["issuer"])
    finally:
        process.terminate()
        process.communicate(timeout=60)


def secret_of(program: str) -> str:
    """What a program shows to prove who it is."""
    return f"the secret of {program}, which is long enough"


class Browser:
    """A browser without scripts: it keeps cookies per site, follows redirects, and can be seen doing so."""

    def __init__(self) -> None:
        self.http = httpx.Client(trust_env=False, timeout=60.0)
        self.at = ""

    def close(self) -> None:
        """Close its connections."""
        self.http.close()

    def go(self, address: str) -> httpx.Response:
        """Open an address, and what it redirects to."""
        answer = self.http.get(urljoin(self.at, address))
        return self._follow(answer)

    def send(self, path: str, form: Mapping[str, str]) -> httpx.Response:
        """Send a form of the page that is open."""
        address = urljoin(self.at, path)
        origin = "/".join(self.at.split("/")[:3])
        return self._follow(self.http.post(address, data=dict(form), headers={"Origin": origin}))

    def sign_in(self, address: str, account: str, provider: str = "staff", go_to: str = "/") -> httpx.Response:
        """Sign in at the provider and go on to the page that was wanted."""
        page = self.go(f"{address}/sign-in/with/{provider}?go_to={go_to}")
        if "/interaction/" in self.at:
            page = self.send(self.at, {"account": account})
        return self.go_on(page)

    def go_on(self, page: httpx.Response) -> httpx.Response:
        """Follow a page that goes on by itself."""
        found = re.search(r'http-equiv="refresh" content="0; url=([^"]*)"', page.text)
        return page if found is None else self.go(html.unescape(found[1]))

    def submit(self, page: httpx.Response) -> httpx.Response:
        """Send the form of a page as it is, as the script of such a page would."""
        action = re.search(r'<form[^>]* action="([^"]*)"', page.text)
        assert action is not None, page.text
        return self.send(html.unescape(action[1]), dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text)))

    def _follow(self, answer: httpx.Response) -> httpx.Response:
        for _ in range(10):
            self.at = str(answer.url)
            if not answer.has_redirect_location:
                return answer
            answer = self.http.get(urljoin(self.at, answer.headers["location"]))
        raise AssertionError(f"redirects without end at {self.at}")
