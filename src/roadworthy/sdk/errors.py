"""What went wrong, as the server says it: a code, a message, the place and the next step."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong; several of them can stand in one error."""

    code: str
    message: str
    place: Mapping[str, Any] = field(default_factory=dict)
    """The known parts of where it is: `source`, `line`, `column`, `sheet`, `cell`, `field`."""
    remedy: str = ""


class ApiError(Exception):
    """The server's answer to a request that it did not carry out.

    Args:
        code: stable name of the fault; the documentation has an entry under it.
        message: what is wrong.
        place: the known parts of where it is.
        remedy: what to do next.
        status: of the HTTP answer; 0 where there was none.
        faults: the single faults, where there are several.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        place: Mapping[str, Any] | None = None,
        remedy: str = "",
        status: int = 0,
        faults: Sequence[Fault] = (),
    ) -> None:
        super().__init__(f"{message} [{code}]")
        self.code = code
        self.message = message
        self.place = dict(place or {})
        self.remedy = remedy
        self.status = status
        self.faults = tuple(faults)


class WrongRequest(ApiError):
    """The request itself is malformed, or its version is not the one in force."""


class NotSignedIn(ApiError):
    """The token or secret is missing, wrong, or over."""


class NotAllowed(ApiError):
    """The rules say no; the remedy names who could say yes."""


class Missing(ApiError):
    """The thing named does not exist."""


class Clash(ApiError):
    """The state changed since the caller looked."""


class Unfit(ApiError):
    """What was given cannot be accepted as it is; `faults` has each thing that is wrong."""


class OutOfReach(ApiError):
    """The server does not answer, or cannot now."""


_KINDS: Final[Mapping[int, type[ApiError]]] = {
    400: WrongRequest,
    401: NotSignedIn,
    403: NotAllowed,
    404: Missing,
    405: WrongRequest,
    408: OutOfReach,
    409: Clash,
    412: WrongRequest,
    413: Unfit,
    422: Unfit,
    428: WrongRequest,
    429: OutOfReach,
    502: OutOfReach,
    503: OutOfReach,
    504: OutOfReach,
}


def told(status: int, content: bytes) -> ApiError:
    """The error that an answer carries (RFC 9457 problem details)."""
    kind = _KINDS.get(status, ApiError)
    try:
        problem = json.loads(content)
        faults = tuple(
            Fault(each["code"], each["message"], each["place"], each["remedy"]) for each in problem["findings"]
        )
        place = {name: value for name, value in problem["place"].items() if value is not None}
        return kind(
            problem["code"],
            problem["detail"],
            place=place,
            remedy=problem["remedy"],
            status=status,
            faults=faults,
        )
    except (ValueError, KeyError, TypeError):
        return unreadable(status)


def unreadable(status: int) -> ApiError:
    """The answer is not what the API's description says."""
    return _KINDS.get(status, ApiError)(
        "answer-unreadable",
        f"the server answered with status {status} and nothing that can be read",
        remedy="check that the address is a Roadworthy server's, of about the same version",
        status=status,
    )


def silent(address: str, error: Exception) -> OutOfReach:
    """Nobody answered."""
    return OutOfReach(
        "server-out-of-reach",
        f"the server does not answer ({type(error).__name__})",
        place={"source": address},
        remedy="check the address, and that the server runs",
    )
