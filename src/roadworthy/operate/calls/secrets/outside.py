"""Asking whoever keeps secrets or keys: bounded in size and time, without redirects, and encrypted off this machine.

Of what is sent and answered nothing stands in any error or log; what went wrong is said in words of ours.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from roadworthy.foundation import strict_json
from roadworthy.foundation.errors import InvalidInput, Place, Unavailable
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.reaching.transport import Guarded, silence
from roadworthy.foundation.runtime import Clock
from roadworthy.foundation.settings import LOOPBACK

MOST_BYTES = 262_144
"""Of an answer."""
MOST_SECONDS = 5.0
"""For a connection, and for every piece of an answer; for a whole answer it is twice that."""


class Outside:
    """Requests to one address.

    Args:
        address: `https://HOST`, or `http://` on this machine.
        authority: PEM file of the authorities to believe instead of the system's; empty for the system's.
        clock: bounds how long an answer takes.
        field: setting that an unfit address stands in.

    Raises:
        InvalidInput: the address or the file cannot be used.
    """

    def __init__(self, address: str, authority: Path | None, clock: Clock, field: str) -> None:
        parts = urlsplit(address)
        local = parts.scheme == "http" and parts.hostname in LOOPBACK
        plain = parts.hostname and not (parts.username or parts.query or parts.fragment)
        if not plain or not (local or parts.scheme == "https"):
            raise InvalidInput(
                "secret-keeper-address-unfit",
                f"the setting `{field}` is no address that begins with `https://`",
                place=Place(field=field),
                remedy="write `https://HOST:PORT`; without encryption only this machine is asked",
            )
        self.address = address.rstrip("/")
        self.name = parts.hostname or ""
        self._reach = Reach().beside(self.address)
        self._clock = clock
        self._field = field
        self._authority = authority
        self._context: ssl.SSLContext | None = None

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> tuple[int, dict[str, Any]]:
        """The status and the JSON object of an answer; an empty object where it has none.

        Raises:
            Unavailable: there is none within the bounds.
        """
        status, content = self.raw(method, path, headers, body)
        return status, self._object(content, status)

    def raw(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> tuple[int, bytes]:
        """The status and the bytes of an answer.

        Raises:
            Unavailable: there is none within the bounds.
        """
        ends = self._clock.monotonic() + 2 * MOST_SECONDS
        sent = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
        try:
            with (
                httpx.Client(
                    timeout=MOST_SECONDS, follow_redirects=False, transport=Guarded(self._reach, self._verify())
                ) as http,
                http.stream(method, f"{self.address}{path}", headers=sent, content=body) as answer,
            ):
                content = self._read(answer, ends)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise self.unavailable(silence(error)) from None
        return answer.status_code, content

    def unavailable(self, why: str) -> Unavailable:
        """It cannot be used now."""
        return Unavailable(
            "secret-keeper-unavailable",
            f"`{self.name}` cannot be asked for secrets or keys: {why}",
            place=Place(field=self._field),
            remedy="it is asked again by itself; see that it runs and can be reached from here",
        )

    def _verify(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = ssl.create_default_context(cafile=None if self._authority is None else str(self._authority))
        return self._context

    def _read(self, answer: httpx.Response, ends: float) -> bytes:
        content = bytearray()
        for part in answer.iter_raw():
            content += part
            if len(content) > MOST_BYTES:
                raise self.unavailable(f"its answer is over {MOST_BYTES // 1024} kilobytes")
            if self._clock.monotonic() > ends:
                raise self.unavailable(f"its answer takes more than {2 * MOST_SECONDS:g} seconds")
        return bytes(content)

    def _object(self, content: bytes, status: int) -> dict[str, Any]:
        if not content.strip():
            return {}
        try:
            found = strict_json.read(content)
        except ValueError:
            found = None
        if isinstance(found, dict):
            return found
        raise self.unavailable(f"its answer with status {status} is no JSON object")
