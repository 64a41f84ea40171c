"""Where upstreams may be: an address is read once, in one way, and connected to as it was checked.

Which numbers may be connected to is said by `roadworthy.foundation.reaching`; redirects are not followed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from roadworthy.foundation.errors import Refused
from roadworthy.foundation.reaching.addresses import Number, number_of

_USUAL: Final = {"http": 80, "https": 443}
_PLAIN: Final = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%/\[\]-]+")
"""Characters of addresses (RFC 3986) but `?` and `#`: what other readers drop, fold or take for a slash is none."""
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)*")
_NUMERIC: Final = re.compile(r"([0-9]+|0x[0-9a-f]*)")
"""A last label with which a host is a number to everybody who reads it (WHATWG URL, "ends in a number")."""


@dataclass(frozen=True, slots=True)
class Origin:
    """An address as it was read."""

    scheme: str
    host: str
    """In small letters, without brackets."""
    port: int
    path: str
    """Without a slash at its end."""

    @property
    def authority(self) -> str:
        """As the header `Host` says it."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return shown if self.port == _USUAL[self.scheme] else f"{shown}:{self.port}"

    @property
    def number(self) -> Number | None:
        """The host, where it is a number."""
        return number_of(self.host)


def origin(address: str) -> Origin:
    """Read an address.

    Raises:
        Refused: it is none of `http` or `https`, holds a user, a password, a query or a fragment, or can be read in two
            ways: a number in any other spelling than the usual one, a name in letters beyond those of DNS.
    """
    if not _PLAIN.fullmatch(address):
        raise _unfit(address, "it has a query, a fragment, or characters that addresses do not have")
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise _unfit(address, "it is no address") from None
    if parts.scheme not in _USUAL or not host:
        raise _unfit(address, "it does not begin with `https://` or `http://` and a host")
    if "@" in parts.netloc:
        raise _unfit(address, "it holds a user")
    if "[" in parts.netloc and ":" not in host:
        raise _unfit(address, "in brackets there is no number of IPv6")
    if number_of(host) is None and (not _NAME.fullmatch(host) or _NUMERIC.fullmatch(host.rpartition(".")[2])):
        raise _unfit(address, "its host is neither a name nor a number as numbers are written")
    if port == 0:
        raise _unfit(address, "nothing listens on port 0")
    return Origin(parts.scheme, host, port or _USUAL[parts.scheme], parts.path.rstrip("/"))


def _unfit(address: str, why: str) -> Refused:
    return Refused(
        "upstream-address-unfit",
        f"`{address.rpartition('@')[2][:200]}` is no address of an upstream: {why}",  # a password may stand before it
        remedy="write `https://HOST/PATH`; secrets stand apart from it",
    )
