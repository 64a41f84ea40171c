"""Values of stored secrets."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from roadworthy.foundation.errors import InvalidInput, Place, Refused
from roadworthy.operate.calls.wire.addresses import Origin, origin

RESOURCE: Final = "UpstreamSecret"
"""Of ledger entries: `UpstreamSecret/NAME`."""
LONGEST_NAME: Final = 100
LONGEST_VALUE: Final = 8_192
MOST_GRACE: Final = dt.timedelta(days=30)
_NAME = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
"""What a header can carry."""
_BOUND = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:/\\\s\[\]@?#%]+)(?::([0-9]{1,5}))?")
_MOST_PORT = 65_535


class State(StrEnum):
    """What becomes of a version of a stored secret."""

    WAITING = "waiting"
    """A decision is asked for; it is shown to nobody before."""
    IN_USE = "in-use"
    FORMER = "former"
    """Kept for a while after it was replaced, so that one can go back."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The one place to which a secret is shown."""

    host: str
    """In small letters, without brackets."""
    port: int | None = None
    """None for every port of the host."""

    @property
    def authority(self) -> str:
        """As people write it."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return shown if self.port is None else f"{shown}:{self.port}"

    def covers(self, where: Origin) -> bool:
        """Whether this is the place."""
        return where.host == self.host and self.port in {None, where.port}


@dataclass(frozen=True, slots=True)
class About:
    """What a secret is sealed together with: opened under anything else it is nothing."""

    organisation: str
    name: str
    host: str
    """As `Bound.authority`."""
    version: str
    """Id of the version."""

    @property
    def said(self) -> dict[str, str]:
        """By name."""
        return {
            "host": self.host,
            "name": self.name,
            "organisation": self.organisation,
            "use": "roadworthy-upstream-secret-1",
            "version": self.version,
        }


@dataclass(frozen=True, slots=True, repr=False)
class Sealed:
    """A secret that nobody can read without the key that wraps its data key."""

    ciphertext: bytes
    """Nonce of 12 bytes, then AES-256-GCM under the data key."""
    wrapped: bytes
    """The data key, as the wrapping key made it."""
    key: str
    """Which key wraps it: `files:NAME`, `aws-kms:ARN`, …"""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a stored secret."""

    id: str
    name: str
    bound: Bound
    state: State
    sealed: Sealed
    fingerprint: str
    """Twelve hexadecimal digits of a keyed hash: tells two secrets apart and says nothing about either."""
    set_at: dt.datetime
    set_by: str
    """Reference of whoever set it."""
    until: dt.datetime | None = None
    """To when a former one is kept."""
    last_used_at: dt.datetime | None = None

    def about(self, organisation: str) -> About:
        """What it is sealed together with."""
        return About(organisation, self.name, self.bound.authority, self.id)


@dataclass(frozen=True, slots=True)
class Listed:
    """A stored secret as people see it."""

    present: Version | None
    """The one that is shown to its host; None where the only one waits for a decision."""
    former: Version | None
    waiting: Version | None
    why: str = ""
    """Why this process cannot open it; empty where it can."""

    @property
    def any(self) -> Version:
        """One that is there."""
        found = self.present or self.waiting or self.former
        assert found is not None  # noqa: S101 - a name without a version is not listed
        return found


def check_name(name: str) -> str:
    """The name, where it can be one.

    Raises:
        InvalidInput: it cannot.
    """
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        raise InvalidInput(
            "upstream-secret-name-unfit",
            "this cannot be the name of a stored secret",  # it is not repeated: it may be the secret itself
            place=Place(field="name"),
            remedy="use lower-case letters, digits, `.` and `-`, such as `openai-eu`",
        )
    return name


def check_value(value: str) -> str:
    """A secret without the line end that a pipe brings along.

    Raises:
        InvalidInput: no header could carry it. Nothing of it is repeated.
    """
    found = value.strip("\r\n")
    if not 0 < len(found) <= LONGEST_VALUE or not _VALUE.fullmatch(found):
        raise InvalidInput(
            "upstream-secret-value-unfit",
            f"a secret has from 1 to {LONGEST_VALUE} printable ASCII characters, with no blank at either end",
            place=Place(field="value"),
            remedy="send the key alone, as the provider shows it",
        )
    return found


def bound_of(said: str) -> Bound:
    """Read `HOST` or `HOST:PORT`.

    Raises:
        InvalidInput: it is neither.
    """
    found = _BOUND.fullmatch(said.strip())
    try:
        where = None if found is None else origin(f"https://{found[1]}")
    except Refused:
        where = None
    port = None if found is None or found[2] is None else int(found[2])
    if where is None or where.path or (port is not None and not 0 < port <= _MOST_PORT):
        raise InvalidInput(
            "upstream-secret-host-unfit",
            "a secret is for one host, said as `HOST` or `HOST:PORT`",
            place=Place(field="host"),
            remedy="write the host of the upstream's address, such as `api.openai.com`",
        )
    return Bound(where.host, port)


def check_grace(grace: dt.timedelta) -> None:
    """Raises InvalidInput where a former secret is to be kept for longer than it may."""
    if not dt.timedelta(0) <= grace <= MOST_GRACE:
        raise InvalidInput(
            "upstream-secret-grace-unfit",
            f"a replaced secret is kept for {MOST_GRACE.days} days at most",
            place=Place(field="grace"),
            remedy="say fewer hours",
        )
