"""Where upstreams may not be: no spelling of this machine or of the house, nor where machines tell of themselves."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import Refused
from roadworthy.foundation.reaching.addresses import allowed_hosts, check_number
from roadworthy.operate.calls.wire.addresses import origin
from roadworthy.operate.calls.wire.failures import FailureClass, UpstreamFailure
from roadworthy.operate.calls.wire.pool import Pool, Way
from tests.harness.upstream import Upstream, upstream

INSIDE = [
    "127.0.0.1", "localhost", "LOCALHOST.", "a.localhost", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "0", "0.0",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]", "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]", "①②⑦.⓪.⓪.①", "127。0。0。1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1",
    "169.254.169.254", "[fe80::1]", "[fd00::1]", "metadata.google.internal", "224.0.0.1", "255.255.255.255",
]  # fmt: skip
NOBODY = frozenset[str]()


@pytest.fixture(scope="module")
def canary() -> Iterator[Upstream]:
    with upstream() as made:
        yield made


@pytest.mark.parametrize("host", INSIDE)
def test_no_spelling_leads_inside(host: str, canary: Upstream) -> None:
    async def ask(port: str) -> None:
        where = origin(f"http://{host}:{port}/v1")
        await Pool(Way(where)).ask("POST", "/x", {}, b"{}", 1.0)

    with pytest.raises((UpstreamFailure, Refused)) as refused:
        asyncio.run(ask(canary.address.rpartition(":")[2]))
    assert getattr(refused.value, "kind", FailureClass.ADDRESS) is FailureClass.ADDRESS
    assert canary.opened == 0


@pytest.mark.parametrize(
    "address",
    ["ftp://a.example", "file:///etc/passwd", "http://", "http://u:p@a.example", "http://a.example/?x=1",
     "http://a.example/#x", "gopher://a.example", "//a.example", "http:///etc"],
)  # fmt: skip
def test_what_is_no_address_of_an_upstream_is_refused(address: str) -> None:
    def reach() -> None:
        where = origin(address)
        check_number(where.host, where.port, ipaddress.ip_address("10.0.0.1"), NOBODY)

    with pytest.raises(Refused) as refused:
        reach()
    assert refused.value.code in {"upstream-address-unfit", "address-refused"}


@given(st.ip_addresses())
def test_whatever_is_not_public_needs_its_host_named(number: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    try:
        check_number("inside.example", 443, number, NOBODY)
    except Refused:
        return
    assert number.is_global


def test_a_named_host_is_reached_and_machines_own_tales_are_not() -> None:
    allowed = allowed_hosts("inside.example:8443, other.example, 169.254.169.254")
    check_number("inside.example", 8443, ipaddress.ip_address("10.0.0.1"), allowed)
    check_number("other.example", 1, ipaddress.ip_address("10.0.0.1"), allowed)
    for where, number in (("inside.example", "10.0.0.1"), ("169.254.169.254", "169.254.169.254")):
        with pytest.raises(Refused):
            check_number(where, 443, ipaddress.ip_address(number), allowed)
