"""Asking an MLflow server: bounded in time and in size whatever it does; its text never stands in an error."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from roadworthy.foundation.errors import InvalidInput, NotFound, Place, Refused, Unavailable
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.reaching.transport import Guarded, NotGone
from roadworthy.foundation.runtime import Clock

MOST_ANSWER = 16 * 1024**2
"""Bytes of one answer."""
TRIES = 3
_PAUSE_SECONDS = 0.5
_BUSY = frozenset({429, 502, 503, 504})


@dataclass(frozen=True)
class Credentials:
    """How to sign in; kept out of every representation."""

    token: str = field(default="", repr=False)
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


def credentials_for(address: str, trusted: str, environment: Mapping[str, str]) -> Credentials | None:
    """The environment's credentials, for the one server that they are meant for and for no other.

    Args:
        address: the server that is asked.
        trusted: the address of the setting `mlflow`; empty where none is set.
        environment: variables, named as MLflow's own client reads them.
    """
    if not trusted or usable(address)[0] != usable(trusted)[0]:
        return None
    return Credentials(
        environment.get("MLFLOW_TRACKING_TOKEN", ""),
        environment.get("MLFLOW_TRACKING_USERNAME", ""),
        environment.get("MLFLOW_TRACKING_PASSWORD", ""),
    )


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds."""

    connect: float = 5.0
    answer: float = 20.0
    """For one answer as a whole, however slowly it drips."""
    files: float = 300.0
    """For the files of one model."""


class Wire:
    """Requests to one server.

    Raises:
        InvalidInput: the address cannot be used.
    """

    def __init__(
        self,
        address: str,
        clock: Clock,
        reach: Reach,
        *,
        credentials: Credentials | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.address, self.host = usable(address)
        self.clock = clock
        self.patience = patience or Patience()
        given = credentials or Credentials()
        headers = {"Authorization": f"Bearer {given.token}"} if given.token else {}
        self._http = httpx.Client(
            headers=headers,
            auth=(given.user, given.password) if given.user and not given.token else None,
            timeout=httpx.Timeout(self.patience.answer, connect=self.patience.connect),
            transport=Guarded(reach),
            follow_redirects=False,  # an answer from elsewhere is not this server's
        )

    def __enter__(self) -> Self:
        """Open for use."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of connections."""
        self._http.close()

    def json(self, method: str, path: str, params: Mapping[str, Any], body: object = None) -> Mapping[str, Any]:
        """A JSON object.

        Raises:
            Unavailable: no answer, or not in time, or something else.
        """
        deadline = self.clock.monotonic() + self.patience.answer
        content = b"".join(self.stream(method, path, params, body, MOST_ANSWER, deadline))
        try:
            found = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise self.unreadable("it is no JSON") from error
        if not isinstance(found, dict):
            raise self.unreadable("it is no JSON object")
        return found

    def stream(
        self, method: str, path: str, params: Mapping[str, Any], body: object, most: int, deadline: float
    ) -> Iterator[bytes]:
        """The bytes of an answer, at most so many and until a deadline of the clock."""
        for turn in range(1, TRIES + 1):
            try:
                with self._http.stream(method, f"{self.address}{path}", params=dict(params), json=body) as answer:
                    if answer.status_code in _BUSY and turn < TRIES:
                        self.clock.sleep(_PAUSE_SECONDS * turn)
                        continue
                    self._check(answer)
                    yield from self._bounded(answer, most, deadline)
                    return
            except NotGone as error:
                raise error.refused from error
            except httpx.TimeoutException as error:
                raise self._slow() from error
            except httpx.ConnectError as error:
                if turn == TRIES:
                    raise self._away(type(error).__name__) from error
                self.clock.sleep(_PAUSE_SECONDS * turn)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise self._away(type(error).__name__) from error

    def _bounded(self, answer: httpx.Response, most: int, deadline: float) -> Iterator[bytes]:
        size = 0
        for chunk in answer.iter_bytes():
            size += len(chunk)
            if size > most:
                raise self.unreadable(f"it is larger than {most:,} bytes")
            if self.clock.monotonic() > deadline:
                raise self._slow()
            yield chunk

    def _check(self, answer: httpx.Response) -> None:
        status = answer.status_code
        if status == httpx.codes.OK:
            return
        place = Place(source=str(answer.url.copy_with(query=None)))
        if status == httpx.codes.NOT_FOUND:
            raise NotFound(
                "mlflow-not-found", "the MLflow server does not have what was asked for", place=place,
                remedy="check the address, and the name of the model or the id of the run",
            )  # fmt: skip
        if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            raise Refused(
                "mlflow-refused", f"the MLflow server asks for credentials (status {status})", place=place,
                remedy="set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, where "
                "Roadworthy runs, and its address as the setting `mlflow`",
            )  # fmt: skip
        raise self.unreadable(f"its status is {status}")

    def _slow(self) -> Unavailable:
        return Unavailable(
            "mlflow-too-slow",
            f"the MLflow server did not finish its answer within {self.patience.answer:g} seconds",
            place=Place(source=self.address),
            remedy="look at its load and its log, then try again",
        )

    def _away(self, what: str) -> Unavailable:
        return Unavailable(
            "mlflow-out-of-reach",
            f"the MLflow server does not answer ({what})",
            place=Place(source=self.address),
            remedy="check the address and that the server runs; a proxy of the environment is used except for loopback",
        )

    def unreadable(self, why: str) -> Unavailable:
        """What is raised for an answer that is no answer of MLflow."""
        return Unavailable(
            "mlflow-answer-unreadable",
            f"what the server answered cannot be used: {why}",
            place=Place(source=self.address),
            remedy="check that the address is that of an MLflow tracking server, without a path of its pages",
        )


def usable(address: str) -> tuple[str, str]:
    """An address without its end slash and fragment, and its host with port.

    Raises:
        InvalidInput: no http address of a host, or one that carries a password or leads to a link-local place.
    """
    parts = urlsplit(address.strip())
    try:
        port = parts.port
    except ValueError:
        port = -1
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host or port == -1 or parts.username or _is_link_local(host):
        raise InvalidInput(
            "mlflow-address-unusable",
            f"`{address[:100]}` is no address of an MLflow server"
            if not parts.username
            else "the address has a password in it",
            place=Place(field="address"),
            remedy="write it as `https://mlflow.example.org`, without user and password",
        )
    where = f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")
    return where, parts.netloc.lower()


def _is_link_local(host: str) -> bool:
    """Where clouds answer with secrets of the machine itself."""
    try:
        return ipaddress.ip_address(host).is_link_local
    except ValueError:
        return False
