"""Requests to a ticket system: bounded in time and size, never redirected, and with errors that say what to do.

Whether a request that failed may have been carried out all the same decides how it is repeated, so that is told
apart here: refused connections and 429 were not carried out, a silence or a server error may have been.
"""

from __future__ import annotations

import base64
import email.utils
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NoReturn

import httpx

from roadworthy import __version__
from roadworthy.decide.tickets.model import Login
from roadworthy.foundation.errors import (
    InvalidInput,
    NotFound,
    Place,
    Refused,
    RoadworthyError,
    Unavailable,
)
from roadworthy.foundation.logs import Secret
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.reaching.transport import Guarded, NotGone
from roadworthy.foundation.runtime import Clock

TIMEOUT = httpx.Timeout(20.0, connect=5.0)
SLOWEST_SECONDS = 60.0
"""A whole answer may take so long; a server that sends a byte now and then would hold a thread for ever."""
MOST_BYTES = 8_000_000
LONGEST_WAIT_SECONDS = 86_400.0
"""A longer `Retry-After` is cut; somebody looks into it within a day anyway."""
_SAID = 400
_OUT_OF_REACH = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)

Json = Any
"""What an answer holds; each adapter checks what it reads."""


class NotNow(Unavailable):
    """The ticket system did not do it now; another try may succeed."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        remedy: str,
        place: Place | None = None,
        after: float | None = None,
        uncertain: bool = False,
    ) -> None:
        super().__init__(code, message, remedy=remedy, place=place)
        self.after = after
        """Seconds that the system asks to wait; None where it does not say."""
        self.uncertain = uncertain
        """Whether it may have been done all the same."""


class Exchange:
    """Requests to one system.

    Args:
        base: address of the system; secrets are sent nowhere else.
        login: how to prove who asks.
        secret: what `login` needs.
        clock: to bound how long an answer may take.
        reach: how far requests go.
        slowest: seconds for a whole answer.
    """

    def __init__(
        self, base: str, login: Login, secret: Secret, clock: Clock, *, reach: Reach, slowest: float = SLOWEST_SECONDS
    ) -> None:
        self.base = base
        self._clock = clock
        self._slowest = slowest
        self._http = httpx.Client(
            headers={
                "Authorization": _authorization(login, secret),
                "Accept": "application/json",
                "User-Agent": f"roadworthy/{__version__}",
            },
            timeout=TIMEOUT,
            transport=Guarded(reach),
            follow_redirects=False,  # a redirect would take the credentials to where nobody declared
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def get(self, path: str, **query: str | int) -> Json:
        """JSON of an address."""
        return self._ask("GET", path, query, None, changes=False)

    def search(self, path: str, body: Json) -> Json:
        """Ask by a request that has a body and changes nothing."""
        return self._ask("POST", path, {}, body, changes=False)

    def post(self, path: str, body: Json) -> Json:
        """Send JSON and return what is answered."""
        return self._ask("POST", path, {}, body, changes=True)

    def patch(self, path: str, body: Json) -> Json:
        """Change a record."""
        return self._ask("PATCH", path, {}, body, changes=True)

    def _ask(self, method: str, path: str, query: Mapping[str, str | int], body: Json, *, changes: bool) -> Json:
        place = Place(source=f"{self.base}{path}")
        try:
            with self._http.stream(method, self.base + path, params=query or None, json=body) as response:
                content = self._content(response, place, uncertain=changes)
        except NotGone as error:
            raise error.refused from error
        except _OUT_OF_REACH as error:
            raise NotNow(
                "ticket-system-out-of-reach",
                f"the ticket system cannot be reached ({type(error).__name__})",
                place=place,
                remedy="check the address, the proxy and the certificate; it is tried again",
            ) from error
        except httpx.HTTPError as error:
            raise NotNow(
                "ticket-system-silent",
                f"the ticket system did not answer in time ({type(error).__name__})",
                place=place,
                remedy="nothing to do; what it may have done is looked up before it is tried again",
                uncertain=changes,
            ) from error
        if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            self._complain(response, content, place, changes=changes)
        return _json(content, place, uncertain=changes)

    def _content(self, response: httpx.Response, place: Place, *, uncertain: bool) -> bytes:
        until = self._clock.monotonic() + self._slowest
        gathered = bytearray()
        for chunk in response.iter_bytes():
            gathered += chunk
            if len(gathered) > MOST_BYTES or self._clock.monotonic() > until:
                raise NotNow(
                    "ticket-system-answer-endless",
                    f"the answer is over {MOST_BYTES // 1_000_000} megabytes or takes over {self._slowest:g} seconds",
                    place=place,
                    remedy="look at what answers there; it is tried again",
                    uncertain=uncertain,
                )
        return bytes(gathered)

    def _complain(self, response: httpx.Response, content: bytes, place: Place, *, changes: bool) -> NoReturn:
        status, said = response.status_code, _said(content)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise NotNow(
                "ticket-system-busy",
                f"the ticket system takes no more requests for now{said}",
                place=place,
                remedy="nothing to do; it is tried again when the system says",
                after=self._wait(response),
            )
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
            raise NotNow(
                "ticket-system-failing",
                f"the ticket system answers with status {status}{said}",
                place=place,
                remedy="nothing to do unless it lasts; it is tried again",
                after=self._wait(response),
                uncertain=changes,
            )
        raise _final(status, said, place)

    def _wait(self, response: httpx.Response) -> float | None:
        """Seconds to wait, from `Retry-After` as a number or a date (RFC 9110, section 10.2.3)."""
        text = response.headers.get("retry-after", "").strip()
        if not text:
            return None
        if text.isascii() and text.isdigit():
            return min(float(text), LONGEST_WAIT_SECONDS)
        try:
            at = email.utils.parsedate_to_datetime(text)
        except ValueError:
            return None
        if at.tzinfo is None:
            return None
        return min(max(0.0, (at - self._clock.now()).total_seconds()), LONGEST_WAIT_SECONDS)


def _final(status: int, said: str, place: Place) -> RoadworthyError:
    """What another try would not change."""
    if status == HTTPStatus.UNAUTHORIZED:
        return Refused(
            "ticket-system-credentials-refused",
            f"the ticket system does not accept the credentials{said}",
            place=place,
            remedy="renew the secret that `ticket_secrets` names, then `roadworthy tickets retry`",
        )
    if status == HTTPStatus.FORBIDDEN:
        return Refused(
            "ticket-system-not-allowed",
            f"the account may not do this in the ticket system{said}",
            place=place,
            remedy="ask its administrator for the rights named in docs/tickets.md, then `roadworthy tickets retry`",
        )
    if status == HTTPStatus.NOT_FOUND:
        return NotFound(
            "ticket-system-has-no-such",
            f"the ticket system has nothing at this address{said}",
            place=place,
            remedy="check the base address and the table or project of the declared system",
        )
    if status < HTTPStatus.BAD_REQUEST:
        return Refused(
            "ticket-system-redirects",
            f"the ticket system sends the request elsewhere (status {status})",
            place=place,
            remedy="declare the address that it really has; credentials are not carried along",
        )
    return InvalidInput(
        "ticket-refused-by-system",
        f"the ticket system does not take it (status {status}){said}",
        place=place,
        remedy="mend the declared fields of the system, then `roadworthy tickets retry`",
    )


def unreadable(place: Place, what: str, *, uncertain: bool = False) -> NotNow:
    """An answer that is not of the published form: a maintenance page, a proxy's sign-in, another program."""
    return NotNow(
        "ticket-system-answer-unreadable",
        f"the answer is not what the system's published API says: {what}",
        place=place,
        remedy="look at what answers there; a sign-in page of a proxy is the usual cause",
        uncertain=uncertain,
    )


def text_of(record: Json, name: str, place: Place, *, uncertain: bool = False) -> str:
    """A text of a record that has to be there."""
    value = record.get(name) if isinstance(record, Mapping) else None
    if not isinstance(value, str) or not value:
        raise unreadable(place, f"`{name}` is missing", uncertain=uncertain)
    return value


def _json(content: bytes, place: Place, *, uncertain: bool) -> Json:
    if not content.strip():
        return None
    try:
        return json.loads(content)
    except ValueError as error:
        raise unreadable(place, "it is not JSON", uncertain=uncertain) from error


def _said(content: bytes) -> str:
    """What the system itself says is wrong: ServiceNow's `error`, Jira's `errorMessages` and `errors`."""
    try:
        told = json.loads(content)
    except ValueError:
        return ""
    if not isinstance(told, Mapping):
        return ""
    words: list[str] = []
    error = told.get("error")
    if isinstance(error, Mapping):
        words += [str(error[name]) for name in ("message", "detail") if error.get(name)]
    messages, faults = told.get("errorMessages"), told.get("errors")
    if isinstance(messages, list):
        words += [str(each) for each in messages]
    if isinstance(faults, Mapping):
        words += [f"{name}: {fault}" for name, fault in faults.items()]
    plain = re.sub(r"\s+", " ", "; ".join(words)).replace("`", "'").strip()
    return f": {plain[:_SAID].rstrip('.')}" if plain else ""


def _authorization(login: Login, secret: Secret) -> str:
    if login is Login.BEARER:
        return f"Bearer {secret.reveal()}"
    return f"Basic {base64.b64encode(secret.reveal().encode()).decode()}"
