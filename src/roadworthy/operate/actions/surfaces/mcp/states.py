"""What a client carries for the gateway and cannot read or change: a held action's `requestState`, and a session.

Sealed with a key of the deployment (AES-256-GCM), bound to whoever was given it, to the request that it came from, and
to a time. Whether one was used before is known by the database.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any, Final

from roadworthy.foundation.errors import IntegrityBroken
from roadworthy.foundation.runtime import Runtime
from roadworthy.operate.calls.later.sealing import Sealing

PURPOSE: Final = "mcp-states"
"""Of the deployment's keys; every gateway that shares the database needs them."""
STATE_LASTS: Final = dt.timedelta(minutes=15)
SESSION_LASTS: Final = dt.timedelta(hours=24)
_STATE, _SESSION = "request-state", "session"
_LONGEST: Final = 4_096


class BrokenStateError(Exception):
    """What a client sent was not given to it, not for this, or is over. The reason is for the log alone."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A held action whose client asks again."""

    action: str
    """Id."""
    principal: str
    request: str
    """Digest of method, tool and arguments."""
    turn: int
    """How often it was asked about."""
    until: float
    """Seconds since 1970."""
    id: str
    """For that it is used once."""
    user: str = ""
    """For whom it was asked, as a pseudonym; empty where no user's token was shown."""


@dataclass(frozen=True, slots=True)
class Session:
    """What an older client said when it was greeted."""

    client: str
    principal: str
    run: str
    """Name of the agent run that its actions belong to where they name none."""
    until: float


class States:
    """Seals and opens.

    Args:
        sealing: with keys of the deployment.
        runtime: clock and randomness.
    """

    def __init__(self, sealing: Sealing, runtime: Runtime) -> None:
        self._sealing = sealing
        self._runtime = runtime

    def waiting(self, action: str, principal: str, request: str, turn: int, user: str = "") -> str:
        """A `requestState`, good once."""
        made = Waiting(action, principal, request, turn, self._until(STATE_LASTS), self._random(), user)
        return self._seal(asdict(made), _STATE)

    def session(self, client: str, principal: str) -> str:
        """A session's id."""
        made = Session(client, principal, f"mcp-{self._random()}", self._until(SESSION_LASTS))
        return self._seal(asdict(made), _SESSION)

    def read_waiting(self, text: str, principal: str, request: str, user: str = "") -> Waiting:
        """What a `requestState` says.

        Raises:
            BrokenStateError: it is not good for this.
        """
        found = Waiting(**self._open(text, _STATE))
        if found.principal != principal:
            raise BrokenStateError("it was given to another")
        if found.user != user:
            raise BrokenStateError("it was given for another user")
        if found.request != request:
            raise BrokenStateError("it belongs to another request")
        self._in_time(found.until)
        return found

    def read_session(self, text: str, principal: str) -> Session:
        """What a session's id says.

        Raises:
            BrokenStateError: it is not good for this.
        """
        found = Session(**self._open(text, _SESSION))
        if found.principal != principal:
            raise BrokenStateError("it was given to another")
        self._in_time(found.until)
        return found

    def _until(self, lasts: dt.timedelta) -> float:
        return (self._runtime.clock.now() + lasts).timestamp()

    def _in_time(self, until: float) -> None:
        if self._runtime.clock.now().timestamp() >= until:
            raise BrokenStateError("its time is over")

    def _random(self) -> str:
        return self._runtime.randomness.bytes(16).hex()

    def _seal(self, said: dict[str, Any], what: str) -> str:
        sealed = self._sealing.seal(json.dumps(said, separators=(",", ":")).encode(), what, what)
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def _open(self, text: str, what: str) -> dict[str, Any]:
        if len(text) > _LONGEST:
            raise BrokenStateError("it is too long")
        try:
            sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            if base64.urlsafe_b64encode(sealed).decode().rstrip("=") != text:
                raise BrokenStateError("it is written in another way")
            opened: dict[str, Any] = json.loads(self._sealing.open(sealed, what, what))
        except (binascii.Error, ValueError, IntegrityBroken) as error:
            raise BrokenStateError("it was not sealed here") from error
        return opened


def request_of(method: str, name: str, arguments: bytes) -> str:
    """What a `requestState` is bound to."""
    return hashlib.sha256(b"\0".join((method.encode(), name.encode(), arguments))).hexdigest()
