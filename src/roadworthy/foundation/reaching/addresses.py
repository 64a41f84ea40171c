"""Which numbers may be connected to. Whoever connects resolves a name once and goes to the number that was looked at.

Numbers that are not public, this machine among them, are reached only where the settings name their host; numbers
under which machines tell of themselves are never reached.
"""

from __future__ import annotations

import ipaddress
from typing import TypeAlias

from roadworthy.foundation.errors import Place, Refused

Number: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_METADATA = frozenset({"metadata.google.internal", "metadata.goog", "instance-data"})
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


def allowed_hosts(*settings: str) -> frozenset[str]:
    """Hosts that settings name, as `HOST` or `HOST:PORT`, in small letters."""
    return frozenset(filter(None, (part.strip().lower() for setting in settings for part in setting.split(","))))


def check_number(host: str, port: int, number: Number, allowed: frozenset[str]) -> None:
    """Let a number be connected to.

    Args:
        host: the name or number that was asked for, in small letters, without brackets.
        port: of the connection.
        number: what it leads to.
        allowed: hosts of which the settings say that they may have numbers that are not public.

    Raises:
        Refused: it is not public and its host is not among those allowed, or machines tell of themselves there.
    """
    plain = _unwrapped(number)
    if plain.is_multicast or plain.is_unspecified or any(plain in net for net in _ALWAYS_REFUSED):
        raise _refused(host, port, "it leads to an address under which no other system can be")
    if _bare(host) in _METADATA:
        raise _refused(host, port, "a machine tells of itself there")
    if not plain.is_global and not _named(host, port, allowed):
        raise _refused(host, port, "it leads to an address that is not public")


def check_literal(host: str, port: int, allowed: frozenset[str]) -> None:
    """Refuse what can be seen to be wrong before any name is resolved.

    Raises:
        Refused: as `check_number`.
    """
    number = number_of(host)
    if number is not None:
        check_number(host, port, number, allowed)
    elif "%" in host:
        raise _refused(host, port, "it is no name, and another reader may unquote it to one")
    elif _bare(host) in _METADATA:
        raise _refused(host, port, "a machine tells of itself there")
    elif (_bare(host) == "localhost" or _bare(host).endswith(".localhost")) and not _named(host, port, allowed):
        raise _refused(host, port, "it leads to an address that is not public")


def number_of(host: str) -> Number | None:
    """The number that a host is; None for a name. A zone behind a number of IPv6 is left out."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _bare(host: str) -> str:
    return host.rstrip(".")


def _named(host: str, port: int, allowed: frozenset[str]) -> bool:
    bare = _bare(host)
    return bare in allowed or f"{bare}:{port}" in allowed or f"[{bare}]:{port}" in allowed


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


def _refused(host: str, port: int, why: str) -> Refused:
    shown = f"[{host[:200]}]" if ":" in host else host[:200]
    return Refused(
        "address-refused",
        f"nothing here goes to `{shown}:{port}`: {why}",
        place=Place(source=host[:200]),
        remedy="whoever runs this server names a host inside the house in `inside_hosts`, or for upstreams in "
        "`upstream_hosts`; where machines tell of themselves nothing leads",
    )
