"""One identity provider: what it announces, its keys, and what is exchanged with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from roadworthy.foundation.credentials import Sources
from roadworthy.foundation.errors import Finding, Place, Unavailable
from roadworthy.foundation.identity.model import SKEW
from roadworthy.foundation.identity.oidc.discovery import NOT_AGAIN_SECONDS, Discovery, Metadata
from roadworthy.foundation.identity.oidc.fetching import MOST_SECONDS, Fetcher
from roadworthy.foundation.identity.oidc.keys import Keys
from roadworthy.foundation.identity.oidc.refusing import answer_unusable, provider_unusable
from roadworthy.foundation.identity.oidc.tokens import Signed, check_unmarked, read, says_access
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Provider as Told

_ABOUT = ("email", "email_verified", "name")
"""Claims about a person; where the identity token has none of them, the provider is asked."""


class Provider:
    """A provider that the settings name.

    Args:
        told: the settings about it.
        sources: reads its client secret.
        runtime: clock and lock.
        seconds: that an answer may take.
        reach: how far requests go beside the issuer's own host.
    """

    def __init__(
        self,
        told: Told,
        sources: Sources,
        runtime: Runtime,
        seconds: float = MOST_SECONDS,
        reach: Reach | None = None,
    ) -> None:
        self.told = told
        self._sources = sources
        self._fetcher = Fetcher(told.issuer, runtime.clock, seconds, reach)
        self._discovery = Discovery(told.issuer, self._fetcher, runtime)
        self._keys = Keys(self._fetcher, lambda: self.metadata().jwks_uri, runtime)

    def metadata(self) -> Metadata:
        """What it announces.

        Raises:
            Unavailable: it cannot be used.
        """
        return self._discovery.metadata()

    def faults(self) -> list[Finding]:
        """What keeps people from signing in here, or soon will: asked of the provider itself, as a sign-in would."""
        try:
            self._discovery.metadata(NOT_AGAIN_SECONDS)
            self._authenticate({})  # reads the client's secret
            keys = self._keys.fitting(self.told.algorithms)
        except Unavailable as error:
            return [Finding(error.code, error.message, error.place, error.remedy)]
        place = Place(source=self.told.issuer)
        found = []
        if not keys:
            message = f"it announces no key for {', '.join(self.told.algorithms)}, so no token of it can be checked"
            remedy = (
                "let the provider sign with one of them, or name its algorithm in `algorithms` of the `[[provider]]`"
            )
            found.append(Finding("provider-without-keys", message, place, remedy))
        ahead = self._fetcher.clock_ahead
        if ahead is not None and abs(ahead) > SKEW.total_seconds():
            message = f"its clock is {abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'} ours"
            remedy = "have a time service keep both clocks; tokens from the future and stale sign-ins are refused"
            found.append(Finding("provider-clock-apart", message, place, remedy))
        return found

    def address(self, parameters: Mapping[str, str]) -> str:
        """Where the browser goes to sign in."""
        endpoint = self.metadata().authorization_endpoint
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(parameters)}"

    def exchange(self, code: str, redirect: str, verifier: str) -> tuple[Signed, str | None]:
        """Exchange a code for the identity token, and the access token that came with it.

        Raises:
            Unauthenticated: the provider does not take the code, or its token cannot be believed.
            Unavailable: the provider cannot be used.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": verifier,
        }
        auth = self._authenticate(form)
        said = self._fetcher.post(self.metadata().token_endpoint, form, auth)
        if "error" in said:
            raise answer_unusable(f"the provider does not take its own code ({_word(said['error'])})")
        access = said.get("access_token")
        return self.read(said.get("id_token")), access if isinstance(access, str) else None

    def read(self, token: object, *, logout: bool = False, access: bool = False) -> Signed:
        """A token of this provider, after its signature was checked."""
        if access and self.told.access_tokens == "unmarked" and not says_access(token):
            signed = read(token, self.told.algorithms, self._keys.find)
            check_unmarked(signed.claims, self.told.client_id)
            return signed
        return read(token, self.told.algorithms, self._keys.find, logout=logout, access=access)

    def about(self, subject: str, claims: Mapping[str, Any], access_token: str | None) -> Mapping[str, Any]:
        """What the provider says about somebody, asked for where the identity token says nothing (Core, section 5.3).

        Raises:
            Unauthenticated: the answer is about somebody else.
            Unavailable: the provider cannot be used.
        """
        groups = self.told.groups_claim
        complete = any(name in claims for name in _ABOUT) and (not groups or groups in claims)
        endpoint = self.metadata().userinfo_endpoint
        if complete or endpoint is None or access_token is None or not access_token.isascii():
            return claims
        said = self._fetcher.get(endpoint, {"Authorization": f"Bearer {access_token}"})
        if said.get("sub") != subject:
            raise answer_unusable("the provider spoke about somebody else than who signed in")
        wanted = (*_ABOUT, groups) if groups else _ABOUT
        return {**claims, **{name: said[name] for name in wanted if name in said}}

    def end_session(self) -> str | None:
        """Where the person can sign out there too (RP-Initiated Logout 1.0), where that is announced."""
        endpoint = self.metadata().end_session_endpoint
        if endpoint is None:
            return None
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode({'client_id': self.told.client_id})}"

    def _authenticate(self, form: dict[str, str]) -> httpx.Auth | None:
        """How we show who we are (RFC 6749, section 2.3.1)."""
        told = self.told
        if not told.client_secret or told.token_auth == "none":  # noqa: S105 - the name of a method
            form["client_id"] = told.client_id
            return None
        try:
            secret = self._sources.read(told.client_secret)
        except OSError as error:
            raise provider_unusable(told.issuer, "the file of its client secret cannot be read") from error
        if not secret:
            raise provider_unusable(told.issuer, f"there is no client secret in `{told.client_secret}`")
        announced = self.metadata().token_auth
        basic = "client_secret_basic" in announced or "client_secret_post" not in announced
        if (told.token_auth or ("client_secret_basic" if basic else "client_secret_post")) == "client_secret_post":
            form |= {"client_id": told.client_id, "client_secret": secret}
            return None
        return httpx.BasicAuth(quote(told.client_id, safe=""), quote(secret, safe=""))


def _word(said: object) -> str:
    """An error's name as it may be shown: RFC 6749 allows printable ASCII."""
    return said[:60] if isinstance(said, str) and said.isascii() and said.isprintable() else "without saying why"
