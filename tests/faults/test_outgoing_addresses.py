"""Whatever people may declare as an address: a canary inside hears nothing, however it is spelled or pointed to.

Each way out is tried with its own client and real sockets. Upstreams, their proxies and token endpoints go through the
gateway's pool, which `test_gateway_addresses.py` tries.
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import http.server
import itertools
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from roadworthy.decide.tickets.adapters.credentials import Secrets
from roadworthy.decide.tickets.adapters.opening import exchanging
from roadworthy.decide.tickets.model import Login, TicketSystem
from roadworthy.foundation.credentials import Sources
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.identity.oidc.fetching import Fetcher
from roadworthy.foundation.ledger.outside import leaving
from roadworthy.foundation.ledger.outside.client import WitnessClient
from roadworthy.foundation.ledger.outside.cosignatures import WitnessKey
from roadworthy.foundation.notify.model import ChannelType, Delivery, DeliveryState, NotificationChannel
from roadworthy.foundation.notify.sending import Parcel, Sender
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Settings
from roadworthy.inventory.discovery.mlflow import opened
from roadworthy.inventory.model import Integration
from roadworthy.measure.integration_probe.credentials import Credentials
from roadworthy.measure.integration_probe.model import Limits
from roadworthy.measure.integration_probe.probing import tried
from roadworthy.measure.integration_probe.trying import Means
from roadworthy.operate.calls.secrets.outside import Outside
from roadworthy.operate.telemetry.fan_out import FanOut
from roadworthy.operate.telemetry.rows import Finished
from tests.faults.test_gateway_addresses import INSIDE, NEVER, OTHER, PUBLIC, SPELLED
from tests.harness.loopback import ANYWHERE, running
from tests.unit.foundation.ledger.outside.parts import Log, key, leaves
from tests.unit.operate.telemetry.samples import INTENT, RESULT

CLOCK = Runtime().clock
LOG = Log(leaves(3))
KEY = base64.b64encode(b"k" * 32).decode()


class Canary:
    """Listens on this machine, by both versions of the protocol, and counts who connects."""

    def __init__(self) -> None:
        self.port = 0
        self._listening: list[socket.socket] = []

    @contextmanager
    def listening(self) -> Iterator[Canary]:
        """Until the end of the block."""
        with ExitStack() as stack:
            first = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            self.port = first.getsockname()[1]
            self._listening = [first]
            with contextlib.suppress(OSError):
                self._listening.append(
                    stack.enter_context(socket.create_server(("::1", self.port), family=socket.AF_INET6))
                )
            yield self

    @property
    def heard(self) -> int:
        """Connections since this was last asked."""
        count = 0
        for each in self._listening:
            each.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    each.accept()[0].close()
                    count += 1
        return count


class Names:
    """Leads names where a test says, one answer after the other, and keeps every connection on this machine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: list[tuple[str, ...]] = []
        self.asked: list[str] = []
        self.gone_to: list[str] = []
        real_resolve, real_connect = socket.getaddrinfo, socket.socket.connect

        def resolve(host: Any, port: Any, *more: Any, **how: Any) -> Any:
            name = host.decode() if isinstance(host, bytes) else host
            flags = how.get("flags", more[3] if len(more) > 3 else 0)
            if not isinstance(name, str) or not name.rstrip(".").endswith((".example", ".nip.io")) or flags:
                return real_resolve(host, port, *more, **how)
            self.asked.append(name)
            numbers = self.answers.pop(0) if self.answers else ("127.0.0.1",)
            families = (socket.AF_INET6 if ":" in each else socket.AF_INET for each in numbers)
            return [
                (family, socket.SOCK_STREAM, 6, "", (each, port))
                for family, each in zip(families, numbers, strict=True)
            ]

        def connect(sock: socket.socket, where: Any) -> None:
            if sock.family in {socket.AF_INET, socket.AF_INET6}:
                self.gone_to.append(where[0])
                if not where[0].startswith(("127.", "::1")):
                    raise ConnectionRefusedError("nothing leaves this machine")
            real_connect(sock, where)

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    return Names(monkeypatch)


@pytest.fixture
def canary() -> Iterator[Canary]:
    with Canary().listening() as made:
        yield made


# ------------------------------------------------------------ the ways out


def delivery() -> Delivery:
    at = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    return Delivery("d", "t", "s", "/p", "c", None, DeliveryState.QUEUED, at, at, 0, None, None)


def webhook(address: str, reach: Reach) -> None:
    channel = NotificationChannel.model_construct(
        title="Room", type=ChannelType.WEBHOOK, address=address, secret="env:KEY", topics=(), groups=()
    )
    sender = Sender(Sources(Path("/nonexistent"), {"KEY": KEY}), CLOCK, "https://roadworthy.example", reach)
    sender.send(Parcel("c", channel, None, (delivery(),)))


def ticket_system(address: str, reach: Reach) -> None:
    system = TicketSystem.model_construct(base_url=address, login=Login.BASIC)  # type: ignore[call-arg]  # no more is asked of it
    secrets = Secrets(f"{system.host}=env:DESK", Path("/nonexistent"), {"DESK": "robot:letmein"})
    secrets.reach = reach
    with exchanging(system, secrets, CLOCK) as exchange:
        exchange.get("/rest/api/2/myself")


def cosigner(address: str, reach: Reach) -> None:
    WitnessClient(address, WitnessKey("one.example", key(1).public), reach).cosign(LOG.note(), LOG.proof)


def witness_webhook(address: str, reach: Reach) -> None:
    leaving.send(reach, address, LOG.note(), "s3cret")


def time_stamp(address: str, reach: Reach) -> None:
    leaving.stamp(reach, address, LOG.note(), "")


def mlflow(address: str, reach: Reach) -> None:
    settings = Settings(inside_hosts=",".join(reach.allowed))
    with opened(settings, CLOCK, address, {}) as server:
        server.models()


def announced(address: str, reach: Reach) -> None:
    """What a provider says is its token endpoint; its own host is the only one that the settings name."""
    fetcher = Fetcher("https://login.example", CLOCK, 2.0, reach)
    fetcher.get(fetcher.check(address, "`jwks_uri`"))


def _probe(protocol: str, address: str, reach: Reach) -> None:
    probe = {"protocol": protocol, "address": address, "operations": ["GET /a"], "rate": "60000/min"}
    declared = Integration.model_validate({"system": "EHR", "identity": "workload", "probe": probe})
    found = Credentials("", Path("/nonexistent"), {})
    tried(declared, Means(found, CLOCK, Limits(patience=0.5), inside=reach), "mark")


def http_probe(address: str, reach: Reach) -> None:
    _probe("http", address, reach)


def mcp_probe(address: str, reach: Reach) -> None:
    _probe("mcp", address, reach)


def database_probe(address: str, reach: Reach) -> None:
    _probe("postgres", address.replace("http://", "postgresql://role@", 1), reach)


Way = Callable[[str, Reach], None]
WAYS: tuple[Way, ...] = (
    webhook, ticket_system, cosigner, witness_webhook, time_stamp, mlflow, announced, http_probe, mcp_probe,
    database_probe,
)  # fmt: skip
OVER_HTTP = tuple(way for way in WAYS if way is not database_probe)
NOBODY = Reach()


def gone(way: Way, address: str, reach: Reach = NOBODY) -> str:
    """How it ends: with an error of ours, whatever it was told."""
    try:
        way(address, reach)
    except RoadworthyError as error:
        return error.code
    return ""


# ------------------------------------------------------------ tries


@pytest.mark.parametrize("way", WAYS)
def test_this_machine_is_not_reached_however_it_is_spelled(way: Way, canary: Canary, names: Names) -> None:
    for spelled in SPELLED:
        address = spelled.replace("$", str(canary.port))
        gone(way, address)
        assert (canary.heard, names.gone_to) == (0, []), address


@pytest.mark.parametrize("way", WAYS)
def test_where_machines_tell_of_themselves_no_setting_leads(way: Way, names: Names) -> None:
    for address in NEVER:
        host = address.partition("://")[2].strip("[]").rstrip(".").lower()
        names.answers = [("169.254.169.254",)] * 4
        gone(way, address, Reach(frozenset({host, f"{host}:80"})))
        assert names.gone_to == [], address


@pytest.mark.parametrize("way", WAYS)
def test_the_house_is_reached_only_where_the_settings_name_the_host(way: Way, names: Names) -> None:
    for address in INSIDE:
        gone(way, address)
        number = address.partition("://")[2].strip("[]")
        names.answers = [(number,)] * 4
        gone(way, "http://inside.example")
        names.answers = [(PUBLIC, number)] * 4
        gone(way, "http://mixed.example")
        assert names.gone_to == [], address


@pytest.mark.parametrize("way", WAYS)
def test_a_name_that_leads_inside_or_there_the_second_time_leads_nowhere(
    way: Way, canary: Canary, names: Names
) -> None:
    for name in ("127.0.0.1.nip.io", "rebinds.example", "rebinds.example."):
        gone(way, f"http://{name}:{canary.port}")
    assert (canary.heard, names.gone_to) == (0, [])
    names.answers = [(PUBLIC,), ("127.0.0.1",), ("127.0.0.1",), ("127.0.0.1",)]
    gone(way, f"http://rebinds.example:{canary.port}")
    assert canary.heard == 0
    assert set(names.gone_to) <= {PUBLIC, OTHER}


@contextmanager
def pointing(*where: str) -> Iterator[tuple[list[str], int]]:
    """A server that points to the next address each time it is asked, the last again and again; and who asked it."""
    asked: list[str] = []
    turns, statuses = iter(where), itertools.cycle((307, 301, 302, 303, 308))

    class Points(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(next(statuses))
            self.send_header("Location", next(turns, where[-1]))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_OPTIONS(self) -> None:
            self.do_GET()

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_said: object) -> None:
            """Nothing."""

    with running(http.server.ThreadingHTTPServer(ANYWHERE, Points)) as server:
        yield asked, server.server_port


@pytest.mark.parametrize("way", OVER_HTTP)
def test_where_a_host_points_to_nothing_goes(way: Way, canary: Canary, names: Names) -> None:
    inside = [f"http://127.0.0.1:{canary.port}/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/"]
    with pointing(f"http://127.0.0.1:{canary.port}/", *inside) as (asked, port):
        scheme = "https" if way is announced else "http"
        gone(way, f"{scheme}://inside.example:{port}", Reach(frozenset({f"inside.example:{port}"})))
    assert names.gone_to, "the host that is named is gone to"
    assert set(names.gone_to) == {"127.0.0.1"}
    assert asked or way is announced
    assert canary.heard == 0


def test_a_database_that_the_settings_name_is_reached(canary: Canary, names: Names) -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as closed:
        port = closed.getsockname()[1]
    assert names.answers == []
    allowed = Reach(frozenset({f"inside.example:{canary.port}", f"inside.example:{port}"}))
    gone(database_probe, f"http://inside.example:{canary.port}", allowed)
    assert canary.heard  # libpq opens its connections itself, to the number that was looked at


@pytest.mark.parametrize("way", OVER_HTTP)
def test_a_proxy_of_the_environment_is_not_asked_for_what_leads_inside(
    way: Way, canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pointing("http://example.org/") as (asked, port):
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        for spelled in (each for each in SPELLED if "example.org" not in each):
            gone(way, spelled.replace("$", str(canary.port)))
    assert (canary.heard, asked) == (0, [])


# ------------------------------------------------------------ what whoever runs the server wrote


def test_who_keeps_secrets_is_asked_where_the_setting_says_and_nowhere_else(canary: Canary, names: Names) -> None:
    with pointing(f"http://127.0.0.1:{canary.port}/") as (asked, port):
        status, _ = Outside(f"http://127.0.0.1:{port}", None, CLOCK, "vault_address").raw("GET", "/v1/x", {})
    assert (status, len(asked), canary.heard) == (307, 1, 0)
    names.gone_to.clear()
    with pytest.raises(RoadworthyError):
        Outside("https://169.254.169.254", None, CLOCK, "vault_address").raw("GET", "/v1/x", {})
    assert names.gone_to == []


def test_what_takes_spans_is_told_where_it_is_and_no_redirect_leads_on(canary: Canary) -> None:
    with pointing(f"http://127.0.0.1:{canary.port}/") as (asked, port):
        fan_out = FanOut(f"http://127.0.0.1:{port}")
        fan_out.follow([Finished(INTENT, RESULT)])
        fan_out.close()
    assert asked
    assert canary.heard == 0


def test_what_apprise_is_told_leads_nowhere_else(canary: Canary) -> None:
    with pointing(f"http://127.0.0.1:{canary.port}/") as (asked, port):
        room = NotificationChannel(title="Room", type=ChannelType.ROOM, address="env:ROOM")
        sources = Sources(Path("/nonexistent"), {"ROOM": f"json://127.0.0.1:{port}/hook"})
        with pytest.raises(RoadworthyError):
            Sender(sources, CLOCK, "https://roadworthy.example", NOBODY).send(Parcel("r", room, None, (delivery(),)))
    assert len(asked) == 1
    assert canary.heard == 0
