"""Where upstreams may be: an address is read once, in one way, and connected to as it was checked.

A name is resolved here and the connection goes to the very number that was looked at, so that a name that answers
differently the second time leads nowhere. Numbers that are not public, this machine among them, are reached only where
the settings name their host; numbers that no upstream can have are never reached. Redirects are not followed.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TypeAlias

from pyreqwest.http import Url

from roadworthy.foundation.errors import Place, Refused

Number: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_METADATA = frozenset({"metadata.google.internal", "metadata.goog", "instance-data"})
_USUAL = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_ALWAYS_REFUSED = tuple(
    ipaddress.ip_network(each)
    for each in (
        "0.0.0.0/8",
        "169.254.0.0/16",
        "100.100.100.200/32",
        "168.63.129.16/32",
        "192.0.0.0/24",
        "64:ff9b:1::/48",
        "fd00:ec2::254/128",
        "fe80::/10",
        "::/128",
    )
)
"""Nothing answers there but machines about themselves, and what answers there tells secrets: Oracle's and Azure's
numbers are public ones to Python, and so is what a house translates to its own IPv4 (RFC 8215)."""


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
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None


def origin(address: str) -> Origin:
    """Read an address.

    Raises:
        Refused: it is none of `http` or `https`, or holds a user, a password, a query or a fragment.
    """
    try:
        url = Url(address)
    except ValueError:
        raise _unfit(address, "it is no address") from None
    host = (url.host_str or "").rstrip(".").lower().removeprefix("[").removesuffix("]")
    if url.scheme not in _USUAL or not host:
        raise _unfit(address, "it does not begin with `https://` or `http://` and a host")
    if "@" in address or url.query_string or url.fragment is not None:
        raise _unfit(address, "it holds a user, a query or a fragment")
    return Origin(url.scheme, host, url.port or _USUAL[url.scheme], url.path.rstrip("/"))


def allowed_hosts(setting: str) -> frozenset[str]:
    """Hosts that the settings name, as `HOST` or `HOST:PORT`."""
    return frozenset(filter(None, (part.strip().lower() for part in setting.split(","))))


def check_number(where: Origin, number: Number, allowed: frozenset[str]) -> None:
    """Let a number be connected to.

    Raises:
        Refused: it is not public and its host is not among those allowed, or it is one that no upstream has.
    """
    plain = _unwrapped(number)
    if plain.is_multicast or plain.is_unspecified or any(plain in net for net in _ALWAYS_REFUSED):
        raise _refused(where, "it leads to an address that no upstream can have")
    if where.host in _METADATA:
        raise _refused(where, "a machine tells of itself there")
    if not plain.is_global and not _named(where, allowed):
        raise _refused(where, "it leads to an address that is not public")


def check_literal(where: Origin, allowed: frozenset[str]) -> None:
    """Refuse what can be seen to be wrong before any name is resolved.

    Raises:
        Refused: as `check_number`.
    """
    number = where.number
    if number is not None:
        check_number(where, number, allowed)
    elif where.host in _METADATA:
        raise _refused(where, "a machine tells of itself there")
    elif (where.host == "localhost" or where.host.endswith(".localhost")) and not _named(where, allowed):
        raise _refused(where, "it leads to an address that is not public")


def _named(where: Origin, allowed: frozenset[str]) -> bool:
    return where.host in allowed or f"{where.host}:{where.port}" in allowed


def _unwrapped(number: Number) -> Number:
    """The IPv4 number inside an IPv6 one that carries it."""
    if isinstance(number, ipaddress.IPv6Address):
        if number.ipv4_mapped is not None:
            return number.ipv4_mapped
        if number.sixtofour is not None:
            return number.sixtofour
        if number in _NAT64 or number.packed[:12] == bytes(12):
            return ipaddress.IPv4Address(number.packed[12:]) if number.packed[12:15] != bytes(3) else number
    return number


def _unfit(address: str, why: str) -> Refused:
    return Refused(
        "upstream-address-unfit",
        f"`{address.rpartition('@')[2][:200]}` is no address of an upstream: {why}",  # a password may stand before it
        remedy="write `https://HOST/PATH`; secrets stand apart from it",
    )


def _refused(where: Origin, why: str) -> Refused:
    return Refused(
        "upstream-address-refused",
        f"the gateway does not go to `{where.authority[:200]}`: {why}",
        place=Place(source=where.host),
        remedy="whoever runs this server names a host inside the house in the setting `upstream_hosts`",
    )
