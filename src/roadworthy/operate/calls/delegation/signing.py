"""The key with which the gateway signs for users, and its public halves for those who check.

A new key is published before anything is signed with it, and an old one until the last token that it signed has run
out, so that no upstream ever sees a token whose key it cannot find. Every replica signs with the same keys, or the
public halves of each lie beside the others' (`roadworthy keys publish`).
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.keys import Keys, SigningKey
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime

PURPOSE: Final = "gateway-identity"
"""Of the key among those of the deployment."""
LONGEST_SECONDS: Final = 60
"""That a token of the gateway lives."""
_READ_SECONDS: Final = 30.0
"""After so long a process sees a key that another one made."""
_FIRST_USE: Final = dt.timedelta(seconds=120)
"""Of a new key: after every process has published it, and those who check have had a minute to look."""
_LAST_USE: Final = dt.timedelta(seconds=600)
"""After its successor was made a key is published so long: first use, reading, lifetime and clocks are within it."""
_NAME: Final = "%Y%m%dT%H%M%S%fZ"
_log = log("gateway")

Signs: TypeAlias = Callable[[bytes], bytes]
"""From what is signed to the signature."""


@dataclass(frozen=True, slots=True)
class _Read:
    """The keys as they lay on the disk a moment ago."""

    signing: SigningKey | None
    kid: str
    document: bytes


class GatewaySigner:
    """Signs short tokens in the gateway's name.

    Args:
        keys: of the deployment.
        runtime: the clock.
        issuer: the gateway's address, as `iss` names it; empty where the settings name none.
    """

    def __init__(self, keys: Keys, runtime: Runtime, issuer: str) -> None:
        self._keys = keys
        self._clock = runtime.clock
        self.issuer = issuer
        self._read: _Read | None = None
        self._read_at = 0.0

    def prepare(self) -> None:
        """Have a key; made on first use, which writes to the disk.

        Raises:
            Unavailable: a new key cannot be kept.
            IntegrityBroken: a file of a key cannot be read.
        """
        self._keys.signing(PURPOSE)
        self._read = None

    def rotate(self) -> str:
        """Make a new key, which signs once every process has published it; the id of it.

        Raises:
            Unavailable: it cannot be kept.
        """
        self._keys.signing(PURPOSE)
        made = self._keys.rotate(PURPOSE)
        self._read = None
        return kid_of(made.public)

    def sign(self, claims: Mapping[str, object], kind: str = "JWT") -> str:
        """A compact JWS (RFC 7515) of claims.

        Raises:
            LookupError: there is no key.
        """
        read = self._now()
        if read.signing is None:
            message = "there is no key with which the gateway signs"
            raise LookupError(message)
        return compact({"alg": "EdDSA", "typ": kind, "kid": read.kid}, claims, read.signing.sign)

    def jwks(self) -> bytes:
        """The public halves as a set of keys (RFC 7517)."""
        return self._now().document

    def _now(self) -> _Read:
        now = self._clock.monotonic()
        if self._read is None or now >= self._read_at + _READ_SECONDS:
            try:
                self._read = self._looked()
            except RoadworthyError as error:
                # What was read before is still true; without it there is nothing to sign with, and calls are refused.
                _log.error("the gateway's own keys cannot be read", code=error.code, place=str(error.place))
                self._read = self._read or _Read(None, "", b'{"keys":[]}')
            self._read_at = now
        return self._read

    def _looked(self) -> _Read:
        own = self._keys.all(PURPOSE)
        now = self._clock.now()
        ready = [each for each in own if (at := _made(each.name)) is None or now - at >= _FIRST_USE]
        first = own[0] if own else None
        signing = ready[-1] if ready else first
        successors = dict(zip((each.name for each in own), own[1:], strict=False))
        listed = []
        for key in self._keys.public(PURPOSE):
            after = successors.get(key.name)
            since = None if after is None else _made(after.name)
            if since is None or now - since < _LAST_USE:
                listed.append(jwk(key.public))
        return _Read(signing, "" if signing is None else kid_of(signing.public), json.dumps({"keys": listed}).encode())


def _made(name: str) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(name, _NAME).replace(tzinfo=dt.UTC)
    except ValueError:
        return None  # a file that somebody named otherwise


def jwk(public: bytes) -> dict[str, str]:
    """An Ed25519 key as RFC 8037 writes it."""
    return {"kty": "OKP", "crv": "Ed25519", "x": encoded(public), "use": "sig", "alg": "EdDSA", "kid": kid_of(public)}


def kid_of(public: bytes) -> str:
    """The thumbprint of RFC 7638."""
    said = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": encoded(public)}, separators=(",", ":"))
    return encoded(hashlib.sha256(said.encode()).digest())


def encoded(content: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def compact(header: Mapping[str, object], claims: Mapping[str, object], sign: Signs) -> str:
    """A compact JWS.

    Args:
        header: as it stands in the token.
        claims: the same.
        sign: signs bytes.
    """
    parts = (json.dumps(each, separators=(",", ":")).encode() for each in (header, claims))
    content = ".".join(encoded(each) for each in parts)
    return f"{content}.{encoded(sign(content.encode()))}"
