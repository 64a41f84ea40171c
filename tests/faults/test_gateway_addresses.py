"""Addresses that would lead the gateway into the house: however they are spelled, a canary there hears nothing.

Upstreams, their proxies and the token endpoints of their identities are all asked through the pool that is tried here.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from roadworthy.foundation.errors import Refused
from roadworthy.operate.calls.wire.addresses import origin
from roadworthy.operate.calls.wire.failures import FailureClass, UpstreamFailure
from roadworthy.operate.calls.wire.pool import Pool, Way

PUBLIC, OTHER = "93.184.215.14", "93.184.215.15"
SPELLED = (
    "http://127.0.0.1:$", "http://127.1:$", "http://127.0.1:$", "http://2130706433:$", "http://017700000001:$",
    "http://0177.0.0.1:$", "http://0x7f000001:$", "http://0x7f.0.0.1:$", "http://127.0.0.1.:$", "http://127.255.255.254:$",
    "http://0.0.0.0:$", "http://0:$", "http://localhost:$", "http://LOCALHOST:$", "http://localhost.:$",
    "http://api.localhost:$", "http://%6cocalhost:$", "http://127%2e0%2e0%2e1:$", "http://①②⑦.⓪.⓪.①:$",
    "http://\uff11\uff12\uff17.0.0.1:$", "http://127。0。0。1:$", "http://[::1]:$", "http://[0:0:0:0:0:0:0:1]:$",
    "http://[::ffff:127.0.0.1]:$", "http://[::ffff:7f00:1]:$", "http://[::127.0.0.1]:$", "http://[64:ff9b::7f00:1]:$",
    "http://[64:ff9b::127.0.0.1]:$", "http://[64:ff9b:1::7f00:1]:$", "http://[2002:7f00:1::]:$", "http://[::]:$",
    "http://[fe80::1%25lo]:$", "http://[fe80::1]:$", "http://[::1%25lo]:$", "http://example.org@127.0.0.1:$",
    "http://127.0.0.1:$@example.org", "http://user:word@127.0.0.1:$", "http://example.org\\@127.0.0.1:$",
    "http://127.0.0.1\\.example.org:$", "http:\\\\127.0.0.1:$", "http:/127.0.0.1:$", "http:127.0.0.1:$",
    "http:///127.0.0.1:$", "http://127.0.0.1:$#@example.org", "http://127.0.0.1:$?@example.org", "http://\t127.0.0.1:$",
    "http://127.0.0.1\t:$", "http://127.0.\n0.1:$", " http://127.0.0.1:$", "HTTP://127.0.0.1:$", "ftp://127.0.0.1:$",
    "file:///etc/passwd", "gopher://127.0.0.1:$", "unix:///run/x.sock", "http://", "//127.0.0.1:$", "127.0.0.1:$",
)  # fmt: skip
"""This machine, in every spelling that some parser takes."""
NEVER = (
    "http://169.254.169.254", "http://2852039166", "http://0xa9fea9fe", "http://[::ffff:169.254.169.254]",
    "http://[64:ff9b::a9fe:a9fe]", "http://[2002:a9fe:a9fe::]", "http://[fd00:ec2::254]", "http://100.100.100.200",
    "http://168.63.129.16", "http://metadata.google.internal", "http://METADATA.google.internal.",
    "http://metadata.goog", "http://instance-data", "http://0.0.0.0", "http://[::]", "http://224.0.0.1",
)  # fmt: skip
"""Where machines tell of themselves; no setting opens these."""
INSIDE = ("http://10.0.0.1", "http://172.16.0.1", "http://192.168.0.1", "http://100.64.0.1", "http://[fc00::1]",
          "http://192.0.0.192", "http://198.18.0.1")  # fmt: skip


class Canary:
    """Counts who connects."""

    def __init__(self) -> None:
        self.heard = 0
        self.port = 0


@contextmanager
def canary() -> Iterator[Canary]:
    """Listens on this machine, by both versions of the protocol where there are both."""
    made = Canary()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made.port = listening.getsockname()[1]
        listening.setblocking(False)
        yield made
        while True:
            try:
                listening.accept()[0].close()
            except BlockingIOError:
                return
            made.heard += 1


class Names(asyncio.SelectorEventLoop):
    """A loop whose names lead where a test says, one answer after the other, and that stays on this machine."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked: list[str] = []
        self.connected: list[str] = []

    async def getaddrinfo(self, host: Any, port: Any, **_how: Any) -> Any:
        """The next answer."""
        self.asked.append(host)
        numbers = self.answers.pop(0) if self.answers else ("127.0.0.1",)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in numbers]

    async def create_connection(self, _factory: Any, host: Any = None, port: Any = None, **how: Any) -> Any:  # type: ignore[override]  # see above
        """Connect, unless it would leave this machine."""
        self.connected.append(host)
        if host in {PUBLIC, OTHER}:
            raise OSError("nothing leaves this machine")
        return await super().create_connection(_factory, host, port, **how)


def asked(address: str, *answers: tuple[str, ...], proxy: str | None = None, allowed: str = "") -> tuple[str, Names]:
    """How asking an address ends, and what was resolved and connected to."""
    loop = Names(*answers)
    try:
        where = origin(address)
        way = Way(where, frozenset(filter(None, [allowed])), None if proxy is None else origin(proxy))
        loop.run_until_complete(asyncio.wait_for(Pool(way).ask("POST", "/x", {}, b"{}", 1), 1))
    except Refused as error:
        return error.code, loop
    except UpstreamFailure as failure:
        return failure.kind.value, loop
    except TimeoutError:
        return "connected", loop
    finally:
        loop.close()
    return "answered", loop


@pytest.mark.parametrize("address", SPELLED)
def test_this_machine_is_not_reached_however_it_is_spelled(address: str) -> None:
    with canary() as listening:
        ended, loop = asked(address.replace("$", str(listening.port)))
    assert ended in {"upstream-address-unfit", FailureClass.ADDRESS.value}
    assert loop.connected == []
    assert listening.heard == 0


@pytest.mark.parametrize("address", NEVER)
def test_where_machines_tell_of_themselves_no_setting_leads(address: str) -> None:
    host = "" if "://" not in address else address.partition("://")[2].strip("[]").rstrip(".").lower()
    ended, loop = asked(address, ("169.254.169.254",), allowed=host)
    assert ended in {"upstream-address-unfit", FailureClass.ADDRESS.value}
    assert loop.connected == []


@pytest.mark.parametrize("address", INSIDE)
def test_the_house_is_reached_only_where_the_settings_name_the_host(address: str) -> None:
    assert asked(address)[0] == FailureClass.ADDRESS.value
    assert asked("http://inside.example", (address.partition("://")[2].strip("[]"),))[0] == FailureClass.ADDRESS.value


def test_a_name_is_resolved_once_and_connected_to_by_the_number_that_was_looked_at() -> None:
    with canary() as listening:
        ended, loop = asked(f"http://rebinds.example:{listening.port}", (PUBLIC,), ("127.0.0.1",))
    assert (ended, loop.asked, loop.connected) == (FailureClass.CONNECT.value, ["rebinds.example"], [PUBLIC])
    assert listening.heard == 0


@pytest.mark.parametrize("numbers", [(PUBLIC, "127.0.0.1"), ("127.0.0.1", PUBLIC), (PUBLIC, OTHER, "169.254.169.254")])
def test_one_number_inside_is_enough_to_go_to_none(numbers: tuple[str, ...]) -> None:
    with canary() as listening:
        ended, loop = asked(f"http://mixed.example:{listening.port}", numbers)
    assert (ended, loop.connected) == (FailureClass.ADDRESS.value, [])
    assert listening.heard == 0


@pytest.mark.parametrize("address", [*SPELLED, *NEVER])
def test_a_proxy_is_not_asked_for_what_can_be_seen_to_lead_inside(address: str) -> None:
    with canary() as listening, canary() as proxy:
        said = address.replace("$", str(listening.port))
        ended, _ = asked(said, proxy=f"http://127.0.0.1:{proxy.port}", allowed=f"127.0.0.1:{proxy.port}")
    assert ended in {"upstream-address-unfit", FailureClass.ADDRESS.value}
    assert (listening.heard, proxy.heard) == (0, 0)


def test_a_proxy_inside_is_used_only_where_the_settings_name_it() -> None:
    with canary() as proxy:
        ended, _ = asked("http://api.example", proxy=f"http://127.0.0.1:{proxy.port}")
    assert (ended, proxy.heard) == (FailureClass.ADDRESS.value, 0)
