"""Reading what an integration declares about its probe: where, what, how often, how fast."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from roadworthy.foundation import spans
from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.foundation.settings import LOOPBACK

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing by their definition (RFC 9110, section 9.2.1); TRACE is not among them on purpose."""
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_SHORTEST, _LONGEST = 1.0, 86_400.0
"""Seconds that a rate can be declared over."""
_PARAMETER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Rate:
    """Calls in a time."""

    calls: int
    seconds: float

    @property
    def pause(self) -> float:
        """Seconds between two calls that keep it without a burst."""
        return self.seconds / self.calls


@dataclass(frozen=True, slots=True)
class Operation:
    """A method with a path that may have parameters in braces."""

    method: str
    path: str

    @property
    def safe(self) -> bool:
        """Whether it only reads, by its method."""
        return self.method in SAFE

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names in braces."""
        return tuple(_PARAMETER.findall(self.path))

    def filled(self, values: Mapping[str, str]) -> str | None:
        """The path with its parameters' values, quoted; None where one has no value."""
        if any(name not in values for name in self.parameters):
            return None
        return _PARAMETER.sub(lambda found: quote(values[found[1]], safe=""), self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a system answers, without user and password."""

    scheme: str
    host: str
    port: int
    path: str
    """With a slash at its begin and none at its end; empty for the root."""

    @property
    def base(self) -> str:
        """As an address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    @property
    def local(self) -> bool:
        """Whether it is this machine."""
        return self.host in LOOPBACK

    def overlaps(self, other: Address) -> bool:
        """Whether one of them is the other, or holds it: then an address can belong to both."""
        ports = {(self.scheme, self.port), (other.scheme, other.port)}
        same_door = self.port == other.port or ports == {("http", 80), ("https", 443)}
        if _plain(self.host) != _plain(other.host) or not same_door:
            return False
        return _within(self.path, other.path) or _within(other.path, self.path)

    def holds(self, other: Address) -> bool:
        """Whether another address is below this one."""
        return (self.scheme, _plain(self.host), self.port) == (
            other.scheme,
            _plain(other.host),
            other.port,
        ) and _within(other.path, self.path)


def _within(path: str, base: str) -> bool:
    return path == base or path.startswith(f"{base}/")


def _plain(host: str) -> str:
    """A host in one spelling; every name of this machine is the same."""
    bare = host.lower().rstrip(".")
    try:
        return "localhost" if ipaddress.ip_address(bare).is_loopback else ipaddress.ip_address(bare).compressed
    except ValueError:
        return "localhost" if bare == "localhost" or bare.endswith(".localhost") else bare


def rate(text: str | None) -> Rate | None:
    """`60/min`, `5/s`, `1000/hour`.

    Raises:
        InvalidInput: it is none of these.
    """
    if text is None:
        return None
    found = re.fullmatch(r"\s*([0-9]{1,9})\s*(?:/|per)\s*([a-z]+)\s*", text.lower())
    window = (found and spans.of_unit(found[2])) or 0.0
    if not found or not _SHORTEST <= window <= _LONGEST or int(found[1]) == 0:
        raise _unusable("rate", text, "write calls and a unit up to a day, such as `60/min` or `5/s`")
    return Rate(int(found[1]), window)


def milliseconds(text: str | None) -> float | None:
    """`500ms`, `2s`, `1.5s`.

    Raises:
        InvalidInput: it is none of these.
    """
    if text is None:
        return None
    found = spans.seconds(text) if re.match(r"\s*[0-9]", text) else None
    if found is None:
        raise _unusable("latency", text, "write a number and a unit, such as `500ms` or `2s`")
    return found * 1_000


def operation(text: str, field: str = "operations") -> Operation:
    """`GET /patients/{id}`.

    Raises:
        InvalidInput: not a method and a path.
    """
    method, _, path = text.strip().partition(" ")
    path = path.strip()
    if method.upper() not in _METHODS or not path.startswith("/") or "://" in path or _climbs(path):
        raise _unusable(field, text, "write a method and a path, such as `GET /patients/{id}`")
    return Operation(method.upper(), path)


def _climbs(path: str) -> bool:
    """Whether a path could lead elsewhere than it seems to, also to a server that unquotes it twice."""
    plain = unquote(unquote(path.partition("?")[0]))
    return plain.startswith("//") or "\\" in plain or any(part in {"..", "."} for part in plain.split("/"))


def address(text: str, field: str = "address", schemes: tuple[str, ...] = ("http", "https")) -> Address:
    """An address that can be tried.

    Raises:
        InvalidInput: another scheme, no host, a password in it, or a link-local place, where clouds keep secrets of
            the machine itself.
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError as error:
        raise _address_fault(field) from error
    host = (parts.hostname or "").lower()
    if parts.scheme not in schemes or not host or parts.username or parts.password or parts.query or parts.fragment:
        raise _address_fault(field)
    if _climbs(parts.path or "/") or "%" in host or _is_link_local(host):
        raise _address_fault(field)
    return Address(parts.scheme, host, port, parts.path.rstrip("/"))


def _is_link_local(host: str) -> bool:
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return found.is_link_local or (mapped is not None and mapped.is_link_local)


def _address_fault(field: str) -> InvalidInput:
    # What was written may hold a password, so it is not repeated.
    return InvalidInput(
        "probe-address-unusable",
        "this is no address that can be probed",
        place=Place(field=f"probe.{field}"),
        remedy="write it as `https://api.example.org/v1`, without user, password, query or fragment; or `env:NAME`",
    )


def _unusable(field: str, text: str, remedy: str) -> InvalidInput:
    return InvalidInput(
        "probe-declaration-unusable",
        f"`{text[:80]}` cannot be understood",
        place=Place(field=f"probe.{field}"),
        remedy=remedy,
    )
