"""Resolves a name once and says to which of its numbers one may go."""

from __future__ import annotations

import ipaddress
import socket  # noqa: TID251 - the one place where names become numbers on a thread; nothing is opened here
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from roadworthy.foundation.reaching.addresses import allowed_hosts, check_literal, check_number, number_of

Resolve = Callable[..., Sequence[tuple[Any, ...]]]
"""As `socket.getaddrinfo`."""
_USUAL = {"http": 80, "https": 443}


def _resolve(host: str, port: int, **how: int) -> Sequence[tuple[Any, ...]]:
    return socket.getaddrinfo(host, port, **how)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far requests go: to public numbers, and to hosts inside that the deployment names."""

    allowed: frozenset[str] = frozenset()
    """`HOST` or `HOST:PORT`."""
    resolve: Resolve = field(default=_resolve, compare=False)

    @classmethod
    def of(cls, *settings: str) -> Reach:
        """By settings such as `inside_hosts`."""
        return cls(allowed_hosts(*settings))

    def beside(self, *addresses: str) -> Reach:
        """The same, and the hosts of addresses that whoever runs the server wrote."""
        named = set()
        for each in addresses:
            parts = urlsplit(each)
            host = (parts.hostname or "").rstrip(".")
            port = parts.port or _USUAL.get(parts.scheme)
            if host and port:
                named.add(f"{host}:{port}")
        return Reach(self.allowed | named, self.resolve)

    def with_hosts(self, hosts: frozenset[str]) -> Reach:
        """The same, and hosts that another setting names."""
        return Reach(self.allowed | hosts, self.resolve)

    def numbers(self, host: str, port: int) -> Sequence[str]:
        """The numbers of a host, each of which may be connected to; at least one. Asks the resolver, once.

        Raises:
            Refused: one of them may not be connected to.
            OSError: the name has no number.
        """
        name = host.lower().rstrip(".")
        check_literal(name, port, self.allowed)
        number = number_of(name)
        if number is not None:
            return (str(number),)
        try:
            found = self.resolve(name, port, type=socket.SOCK_STREAM)
        except UnicodeError as error:  # a label of no or too many letters
            raise OSError("the name cannot be resolved") from error
        numbers = tuple(dict.fromkeys(str(each[4][0]).partition("%")[0] for each in found))
        if not numbers:
            raise OSError("the name has no number")
        for each in numbers:
            check_number(name, port, ipaddress.ip_address(each), self.allowed)
        return numbers

    def seen(self, host: str, port: int) -> None:
        """Refuse what can be seen to lead inside, where a proxy resolves the name.

        Raises:
            Refused: as `numbers`, for numbers in every spelling that a resolver takes.
        """
        name = host.lower().rstrip(".")
        check_literal(name, port, self.allowed)
        try:
            found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        except (OSError, UnicodeError):
            return  # a name
        for each in found:
            check_number(name, port, ipaddress.ip_address(str(each[4][0]).partition("%")[0]), self.allowed)
