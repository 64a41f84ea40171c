"""The command line's way to the API: over HTTP where a server owns the home, else the same API in this process."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from typing import Any, BinaryIO, TypeAlias

import httpx

from roadworthy.foundation.errors import (
    Conflict,
    ExitCode,
    Finding,
    IntegrityBroken,
    InvalidInput,
    NotFound,
    Place,
    Refused,
    RoadworthyError,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UsageError,
)
from roadworthy.foundation.logs import Secret
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import LOOPBACK, Settings
from roadworthy.foundation.storage.owner import Owner, OwnerLock
from roadworthy.interfaces import logins

PREFIX = "/api/v1alpha1"
PATIENCE_SECONDS = 30.0
"""How long a command waits for another short command on the same home."""
_TURN_SECONDS = 0.05
_TIMEOUT = httpx.Timeout(5.0, read=600.0, write=600.0)
"""A large import or a full verification may take minutes; connecting to loopback may not."""

_BY_STATUS: Mapping[int, type[RoadworthyError]] = {
    error.status: error
    for error in (InvalidInput, UsageError, TooLarge, NotFound, Conflict, Unauthenticated, Refused, Unavailable)
}


Json: TypeAlias = Any
"""What an answer's JSON holds; its shape is the API's, checked there."""
Query: TypeAlias = str | int | bool | list[str] | None


class Client:
    """Requests to the API; its errors come back as what they were."""

    def __init__(self, http: httpx.Client, *, remote: bool) -> None:
        self._http = http
        self.remote = remote
        """True where a running server answers."""

    def get(self, path: str, **query: Query) -> Json:
        """JSON of an address below the API's root; query values that are None are left out."""
        return self._ask("GET", path, query).json()

    def text(self, path: str, **query: Query) -> str:
        """Text of an address."""
        return self._ask("GET", path, query).text

    def content(self, path: str, **query: Query) -> bytes:
        """Bytes of an address."""
        return self._ask("GET", path, query).content

    def fetch(self, path: str, body: Json) -> bytes:
        """Bytes that an address makes of what it is asked for."""
        return self._ask("POST", path, json=body).content

    def post(self, path: str, body: Json = None, *, key: str | None = None) -> Json:
        """Send JSON and return what is answered; with a key, sending it again does nothing again."""
        return self._ask("POST", path, json=body, headers={} if key is None else {"Idempotency-Key": key}).json()

    def put(self, path: str, body: Json) -> Json:
        """Send JSON that takes the place of what is there, and return what is answered."""
        return self._ask("PUT", path, json=body).json()

    def send(self, path: str, content: bytes | Iterator[bytes], media_type: str, **query: Query) -> Json:
        """Send bytes as they are; an iterator is sent as it is read."""
        return self._ask("POST", path, query, content=content, headers={"Content-Type": media_type}).json()

    def upload(self, path: str, name: str, content: bytes, fields: Mapping[str, str | list[str]]) -> Json:
        """Send a file as a form does, with fields beside it."""
        return self._ask("POST", path, files={"file": (name, content)}, data=dict(fields)).json()

    def upload_stream(self, path: str, name: str, stream: BinaryIO, fields: Mapping[str, str | list[str]]) -> Json:
        """Send a file without holding it; it is read from where it stands to its end."""
        return self._ask("POST", path, files={"file": (name, stream)}, data=dict(fields)).json()

    def _ask(self, method: str, path: str, query: Mapping[str, Query] | None = None, **body: Json) -> httpx.Response:
        params = {name: value for name, value in (query or {}).items() if value is not None}
        try:
            response = self._http.request(method, f"{PREFIX}{path}", params=params, **body)
        except httpx.HTTPError as error:
            raise Unavailable(
                "server-out-of-reach",
                f"the server does not answer ({type(error).__name__})",
                place=Place(source=str(self._http.base_url)),
                remedy="check the address, and look at the server's log; if it hangs, stop it and repeat the command",
            ) from error
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            raise told(response)
        return response


@contextmanager
def connect(settings: Settings, runtime: Runtime | None = None, *, login: bool = True) -> Iterator[Client]:
    """A client of the home's owner, or of the API in this process while nobody owns it.

    Args:
        settings: of this folder and environment.
        runtime: clock and randomness.
        login: act as whoever `roadworthy login` signed in, where somebody did; else as the account on this machine.

    Raises:
        Conflict: another short command holds the home for longer than we wait.
        Unavailable: the database cannot be opened.
    """
    running = runtime or Runtime()
    with ExitStack() as stack:
        found = logins.find(settings, running.clock.now()) if login else None
        yield _connected(settings, running, stack, None if found is None else found.shown())


def _connected(settings: Settings, runtime: Runtime, stack: ExitStack, login: Secret | None) -> Client:
    if settings.server:
        return _of_another(settings, stack, login)
    lock = OwnerLock(settings.home)
    deadline = runtime.clock.monotonic() + PATIENCE_SECONDS
    while True:
        owner = None if settings.database else lock.held_by_another()
        if owner is None:
            try:
                return _in_process(settings, runtime, stack, login)
            except Conflict as conflict:
                # Somebody else took the home between our look and our hand.
                if conflict.code != "database-owned" or runtime.clock.monotonic() > deadline:
                    raise
        elif owner.address and (client := _over_http(owner, stack, login)):
            return client
        elif runtime.clock.monotonic() > deadline:
            raise Conflict(
                "database-busy",
                f"process {owner.pid} has had this database open for {PATIENCE_SECONDS:.0f} seconds",
                place=Place(source=str(settings.home)),
                remedy="wait for it, or stop it; a long-lived process should be `roadworthy serve`",
            )
        runtime.clock.sleep(_TURN_SECONDS)


def _of_another(settings: Settings, stack: ExitStack, login: Secret | None) -> Client:
    """A client of the server that the settings name: another machine's, or another home's on this one.

    A token in the environment counts before a login: whoever sets one means it.
    """
    shown = Secret(settings.token) if settings.token else login
    loopback = httpx.URL(settings.server).host in LOOPBACK
    http = httpx.Client(
        base_url=settings.server,
        headers={} if shown is None else _headers(shown),
        timeout=_TIMEOUT,
        trust_env=not loopback,  # a proxy must not see loopback traffic
    )
    return Client(stack.enter_context(http), remote=True)


def _in_process(settings: Settings, runtime: Runtime, stack: ExitStack, login: Secret | None) -> Client:
    # The whole application is behind this import; a command that talks to a running server does without it.
    from roadworthy.interfaces.inprocess import open_transport  # noqa: PLC0415 - see above

    transport, secret = open_transport(settings, runtime, stack)
    # The address stands in sign-in links, so it is the one that `serve` will have.
    address = f"http://{bracketed(settings.host)}:{settings.port}"
    http = httpx.Client(transport=transport, base_url=address, headers=_headers(login or secret), timeout=_TIMEOUT)
    return Client(stack.enter_context(http), remote=False)


def _over_http(owner: Owner, stack: ExitStack, login: Secret | None) -> Client | None:
    """A client of a running server; None while it does not answer (it is starting, or has just gone)."""
    http = httpx.Client(
        base_url=owner.address or "",
        headers=_headers(login or Secret(owner.secret or "")),
        timeout=_TIMEOUT,
        trust_env=False,  # a proxy must not see loopback traffic
    )
    try:
        http.get(f"{PREFIX}/health/live")
    except httpx.TransportError:
        http.close()
        return None
    stack.callback(http.close)
    return Client(http, remote=True)


def told(response: httpx.Response) -> RoadworthyError:
    """The error that an answer carries."""
    try:
        problem = response.json()
        kind = _BY_STATUS.get(response.status_code, RoadworthyError)
        if problem["exitCode"] == ExitCode.INTEGRITY:
            kind = IntegrityBroken
        findings = [
            Finding(found["code"], found["message"], Place(**found["place"]), found["remedy"])
            for found in problem["findings"]
        ]
        return kind(
            problem["code"],
            problem["detail"],
            remedy=problem["remedy"],
            place=Place(**problem["place"]),
            findings=findings,
        )
    except (ValueError, KeyError, TypeError):
        return Unavailable(
            "answer-unreadable",
            f"the server answered with status {response.status_code} and no problem details",
            place=Place(source=str(response.url)),
            remedy="check that the address is a Roadworthy server's of the same version",
        )


def new_secret(runtime: Runtime) -> Secret:
    """A secret for this process's lifetime."""
    return Secret(base64.urlsafe_b64encode(runtime.randomness.bytes(32)).rstrip(b"=").decode())


def bracketed(host: str) -> str:
    """A host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def _headers(secret: Secret) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {secret.reveal()}"}
