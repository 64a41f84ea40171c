"""What a provider announces about itself (OpenID Connect Discovery 1.0), believed only about the issuer we know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from roadworthy.foundation.errors import Unavailable
from roadworthy.foundation.identity.oidc.fetching import Fetcher
from roadworthy.foundation.identity.oidc.refusing import provider_unusable
from roadworthy.foundation.runtime import Runtime

KEPT_SECONDS = 3_600.0
"""How long what was announced is taken as it was."""
NOT_AGAIN_SECONDS = 10.0
"""How long a provider that could not be used is not asked again: each try holds up somebody."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """The parts of the announcement that are used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    names_itself: bool
    """Whether its answers carry `iss` (RFC 9207); then one without it is refused."""
    token_auth: tuple[str, ...]


class Discovery:
    """Asks for the announcement and keeps it for a while.

    Args:
        issuer: of whom.
        fetcher: how it is asked.
        runtime: clock and lock.
    """

    def __init__(self, issuer: str, fetcher: Fetcher, runtime: Runtime) -> None:
        self._issuer = issuer
        self._fetcher = fetcher
        self._clock = runtime.clock
        self._lock = runtime.lock()
        self._kept: tuple[float, Metadata] | None = None
        self._failed: tuple[float, Unavailable] | None = None

    def metadata(self, within: float = KEPT_SECONDS) -> Metadata:
        """What the provider announces, as it did within so many seconds.

        Raises:
            Unavailable: it does not answer, or announces what cannot be used.
        """
        with self._lock:
            now = self._clock.monotonic()
            if self._kept is not None and now < self._kept[0] + within:
                return self._kept[1]
            if self._failed is not None and now < self._failed[0] + NOT_AGAIN_SECONDS:
                raise self._failed[1]
            try:
                found = self._read(self._fetcher.get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"))
            except Unavailable as error:
                self._failed = (self._clock.monotonic(), error)
                raise
            self._kept = (now, found)
            return found

    def _read(self, said: dict[str, Any]) -> Metadata:
        if said.get("issuer") != self._issuer:
            raise provider_unusable(self._issuer, "it announces another issuer than the one in the settings")
        optional = {name: said.get(name) for name in ("userinfo_endpoint", "end_session_endpoint")}
        methods = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return Metadata(
            issuer=self._issuer,
            authorization_endpoint=self._address(said, "authorization_endpoint"),
            token_endpoint=self._address(said, "token_endpoint"),
            jwks_uri=self._address(said, "jwks_uri"),
            userinfo_endpoint=self._address(said, "userinfo_endpoint") if optional["userinfo_endpoint"] else None,
            end_session_endpoint=self._address(said, "end_session_endpoint")
            if optional["end_session_endpoint"]
            else None,
            names_itself=said.get("authorization_response_iss_parameter_supported") is True,
            token_auth=tuple(map(str, methods)) if isinstance(methods, list) else (),
        )

    def _address(self, said: dict[str, Any], name: str) -> str:
        return self._fetcher.check(said.get(name), f"`{name}`")
