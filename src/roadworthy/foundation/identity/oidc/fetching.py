"""Asking a provider: bounded in size and time, without redirects, and encrypted unless it is on this machine.

A provider is outside. It may be slow, answer without end, or send us somewhere else; none of that may hold up or steer
this process.
"""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpx

from roadworthy.foundation import strict_json
from roadworthy.foundation.identity.oidc.refusing import provider_unusable
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.reaching.transport import Guarded, silence
from roadworthy.foundation.runtime import Clock
from roadworthy.foundation.settings import LOOPBACK

MOST_BYTES = 512 * 1024
"""Of an answer. The largest real key sets have some dozen kilobytes."""
MOST_SECONDS = 10.0
"""For a whole answer, however steadily it drips."""
_TIMEOUT = httpx.Timeout(5.0)


class Fetcher:
    """Requests to one provider.

    Args:
        issuer: only an issuer on this machine may be asked without encryption.
        clock: measures how long an answer takes.
        seconds: for a whole answer.
        reach: how far requests go beside the issuer's own host, which the settings name.
    """

    def __init__(self, issuer: str, clock: Clock, seconds: float = MOST_SECONDS, reach: Reach | None = None) -> None:
        self._reach = (reach or Reach()).beside(issuer)
        self._local = urlsplit(issuer).hostname in LOOPBACK and urlsplit(issuer).scheme == "http"
        self._clock = clock
        self._seconds = seconds
        self.clock_ahead: float | None = None
        """Seconds by which the provider's clock was ahead of ours at its last answer; None while it said no time."""

    def check(self, address: object, what: str) -> str:
        """An address that a provider announced, as far as it may be used.

        Raises:
            Unavailable: it is no address, or not encrypted.
        """
        parts = urlsplit(address) if isinstance(address, str) and address.isprintable() else None
        fit = parts is not None and parts.hostname and not parts.username and not parts.fragment
        local = self._local and parts is not None and parts.scheme == "http" and parts.hostname in LOOPBACK
        if not fit or not (local or (parts is not None and parts.scheme == "https")):
            raise provider_unusable(str(address)[:200], f"its {what} is no address that begins with `https://`")
        return str(address)

    def get(self, address: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The JSON object at an address.

        Raises:
            Unavailable: there is none within the bounds.
        """
        return self._ask("GET", address, headers or {}, None)

    def post(self, address: str, form: Mapping[str, str], auth: httpx.Auth | None) -> dict[str, Any]:
        """What is answered to a form; an error of OAuth 2.0 too (RFC 6749, section 5.2), as its object."""
        return self._ask("POST", address, {}, form, auth)

    def _ask(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None,
        auth: httpx.Auth | None = None,
    ) -> dict[str, Any]:
        ends = self._clock.monotonic() + self._seconds
        timeout = httpx.Timeout(min(self._seconds, 5.0))
        # A compressed answer could unfold without end, so none is asked for and raw bytes are read.
        sent = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
        try:
            with (
                httpx.Client(timeout=timeout, follow_redirects=False, transport=Guarded(self._reach)) as http,
                http.stream(method, address, headers=sent, data=form, auth=auth) as answer,
            ):
                self._compare_clocks(answer.headers.get("date", ""))
                content = self._read(answer, address, ends)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise provider_unusable(address, silence(error)) from error
        oauth_error = form is not None and answer.status_code in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}
        if answer.status_code != HTTPStatus.OK and not oauth_error:
            raise provider_unusable(address, f"it answers with status {answer.status_code}")
        return _object(content, address)

    def _compare_clocks(self, said: str) -> None:
        """Remember how far apart the clocks are; `Date` says whole seconds (RFC 9110, section 6.6.1)."""
        try:
            there = parsedate_to_datetime(said)
        except ValueError:
            return
        if there.tzinfo is not None:
            self.clock_ahead = (there - self._clock.now()).total_seconds()

    def _read(self, answer: httpx.Response, address: str, ends: float) -> bytes:
        content = bytearray()
        for part in answer.iter_raw():
            content += part
            if len(content) > MOST_BYTES:
                raise provider_unusable(address, f"its answer is over {MOST_BYTES // 1024} kilobytes")
            if self._clock.monotonic() > ends:
                raise provider_unusable(address, f"its answer takes more than {self._seconds:g} seconds")
        return bytes(content)


def object_of(content: bytes | str) -> dict[str, Any]:
    """A JSON object in which no name stands twice: two readers could take a different one.

    Raises:
        ValueError: it is none.
    """
    found = strict_json.read(content)
    if not isinstance(found, dict):
        message = "no object"
        raise ValueError(message)  # noqa: TRY004 - one kind of fault for every caller
    return found


def _object(content: bytes, address: str) -> dict[str, Any]:
    try:
        return object_of(content)
    except ValueError as error:
        raise provider_unusable(address, "its answer is no JSON object") from error
