"""Requests of a probe: guarded, paced, bounded in time and size, never redirected; what came back as plain values."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from roadworthy import __version__
from roadworthy.foundation.logs import Secret
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.reaching.transport import Guarded, NotGone
from roadworthy.foundation.runtime import Clock
from roadworthy.measure.integration_probe.credentials import header_of
from roadworthy.measure.integration_probe.declared import Address, Rate
from roadworthy.measure.integration_probe.guard import Guard
from roadworthy.measure.integration_probe.model import Limits

CORRELATION = "x-correlation-id"


class NoAnswer(Exception):
    """A call that brought no answer; `why` is in our own words."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Stopped(Exception):
    """The process ends, and the probe with it."""


@dataclass(frozen=True, slots=True)
class Tls:
    """The encrypted connection that an answer came over."""

    version: str
    not_after: str
    """End of the certificate, as OpenSSL writes it: `Jun  1 12:00:00 2027 GMT`."""


@dataclass(frozen=True, slots=True)
class Came:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    cut: bool
    """Whether there was more than is read."""
    seconds: float
    redirect: str | None = None
    """Where it sends the caller."""
    tls: Tls | None = None
    steps: Mapping[str, float] = field(default_factory=dict)
    """Seconds to connect and to encrypt, where a connection was opened."""

    @property
    def ok(self) -> bool:
        """Whether it is a success."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def refused(self) -> bool:
        """Whether the caller was not let in; a 404 hides what the caller may not see."""
        return self.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}

    @property
    def text(self) -> str:
        """The body as text, whatever its bytes are."""
        return self.body.decode("utf-8", "replace")


@dataclass(slots=True)
class Pace:
    """Keeps calls apart, so that a probe never asks more often than was declared."""

    clock: Clock
    pause: float
    stopping: Callable[[], bool] = lambda: False
    calls: int = 0
    _next: float | None = None

    def wait(self) -> None:
        """Return when the next call may be made.

        Raises:
            Stopped: there is to be no next call.
        """
        if self.stopping():
            raise Stopped
        now = self.clock.monotonic()
        if self._next is not None and self._next > now:
            self.clock.sleep(self._next - now)
            now = self.clock.monotonic()
        self._next = now + self.pause
        self.calls += 1

    @classmethod
    def of(cls, clock: Clock, declared: Rate | None, limits: Limits, stopping: Callable[[], bool]) -> Pace:
        """The pace of a declared rate, or a gentle one."""
        return cls(clock, limits.pause if declared is None else declared.pause, stopping)


class Wire:
    """Requests to one address and no other.

    Args:
        where: the address that paths count from.
        guard: what may be sent.
        pace: how often.
        clock: for times and deadlines.
        limits: on time and size.
        secret: the workload's own credential.
        reach: how far requests go.
    """

    def __init__(
        self,
        where: Address,
        guard: Guard,
        pace: Pace,
        clock: Clock,
        limits: Limits,
        secret: Secret | None,
        reach: Reach,
    ) -> None:
        self.where = where
        self.guard = guard
        self.secret = secret
        self.seen: list[tuple[str, str, Came]] = []
        """Method, path and answer of every request so far."""
        self._pace = pace
        self._clock = clock
        self._limits = limits
        self._http = httpx.Client(
            headers={"User-Agent": f"roadworthy-probe/{__version__}", "Accept": "application/json, */*;q=0.5"},
            timeout=httpx.Timeout(limits.patience, connect=min(5.0, limits.patience)),
            transport=Guarded(reach),
            follow_redirects=False,  # a redirect would take the credential to where nobody declared
            event_hooks={"request": [lambda request: guard.request(request.method, str(request.url))]},
        )

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def ask(
        self,
        method: str,
        path: str,
        *,
        secret: Secret | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
    ) -> Came:
        """Send one request and read its answer.

        Args:
            method: of HTTP.
            path: below the address, quoted.
            secret: the credential to show; none by default.
            headers: further ones.
            body: sent as JSON.

        Raises:
            NoAnswer: nothing came back, or not in time.
            Refused: the guard does not let it pass.
        """
        sent = dict(headers or {})
        if secret is not None:
            name, value = header_of(secret)
            sent[name] = value
        url = self.where.base + path
        self.guard.request(method, url)
        self._pace.wait()
        steps: dict[str, float] = {}
        begun = self._clock.monotonic()
        options: dict[str, Any] = {"extensions": {"trace": _Steps(steps, self._clock)}}
        if body is not None:
            options["json"] = body
        try:
            with self._http.stream(method, url, headers=sent, **options) as response:
                content, cut = self._content(response, begun)
                came = Came(
                    response.status_code,
                    {name.lower(): value for name, value in response.headers.items()},
                    content,
                    cut,
                    self._clock.monotonic() - begun,
                    _redirect(response),
                    _tls(response),
                    steps,
                )
        except NotGone as error:
            raise error.refused from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoAnswer(reason(error)) from error
        self.seen.append((method, path, came))
        return came

    def own(self, method: str, path: str, **more: Any) -> Came:  # noqa: ANN401 - what `ask` takes
        """Ask with the workload's own credential."""
        return self.ask(method, path, secret=self.secret, **more)

    def _content(self, response: httpx.Response, begun: float) -> tuple[bytes, bool]:
        gathered = bytearray()
        for chunk in response.iter_bytes():
            gathered += chunk
            if len(gathered) > self._limits.answer_bytes:
                return bytes(gathered[: self._limits.answer_bytes]), True
            if self._clock.monotonic() - begun > self._limits.patience:
                raise NoAnswer(f"the answer was not finished after {self._limits.patience:g} seconds")
        return bytes(gathered), False


@contextmanager
def opened(wire: Wire) -> Iterator[Wire]:
    """A wire that is closed in the end."""
    try:
        yield wire
    finally:
        wire.close()


class _Steps:
    """Takes the times of connecting from what httpcore tells."""

    def __init__(self, steps: dict[str, float], clock: Clock) -> None:
        self._steps = steps
        self._clock = clock
        self._begun: dict[str, float] = {}

    def __call__(self, event: str, _info: Mapping[str, Any]) -> None:
        what, _, moment = event.rpartition(".")
        if what not in {"connection.connect_tcp", "connection.start_tls"}:
            return
        if moment == "started":
            self._begun[what] = self._clock.monotonic()
        elif moment == "complete" and what in self._begun:
            name = "connect" if what.endswith("connect_tcp") else "encrypt"
            self._steps[name] = self._clock.monotonic() - self._begun[what]


def reason(error: BaseException) -> str:
    """Why a call brought nothing, in our own words; a library's may hold the address with what stands in it."""
    chain: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in chain:
        chain.append(at)
        at = at.__cause__ or at.__context__
    names = {type(each).__name__ for each in chain}
    said = " ".join(str(each) for each in chain).lower()
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in chain) or "certificate_verify_failed" in said:
        return "its certificate is not trusted, or is another host's"
    if any(isinstance(each, ssl.SSLError) for each in chain):
        return "no encrypted connection came about"
    if "gaierror" in names or "name or service not known" in said or "name resolution" in said:
        return "its name has no address (DNS)"
    if any("timeout" in name.lower() for name in names):
        return "it did not answer in time"
    if any(isinstance(each, ConnectionRefusedError) for each in chain) or "refused" in said:
        return "the connection is refused"
    return f"the connection broke ({type(error).__name__})"


def _redirect(response: httpx.Response) -> str | None:
    location = response.headers.get("location")
    return urljoin(str(response.url), location) if location and response.is_redirect else None


def _tls(response: httpx.Response) -> Tls | None:
    stream = response.extensions.get("network_stream")
    found = None if stream is None else stream.get_extra_info("ssl_object")
    if found is None:
        return None
    certificate = found.getpeercert() or {}
    return Tls(str(found.version()), str(certificate.get("notAfter", "")))


def elsewhere(where: Address, location: str) -> bool:
    """Whether a redirect leads to another host."""
    return (urlsplit(location).hostname or "").lower() != where.host
