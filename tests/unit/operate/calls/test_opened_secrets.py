"""Stored secrets in memory whose keys a service wraps: asked beside the calls, once, and again after a while."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from roadworthy.foundation.errors import Unavailable
from roadworthy.foundation.runtime import SeededRandomness, SimulatedClock, simulated
from roadworthy.operate.calls.secrets.memory import AGAIN_SECONDS, Opened
from roadworthy.operate.calls.secrets.model import About, State, Version, bound_of
from roadworthy.operate.calls.secrets.sealing import seal
from roadworthy.operate.calls.secrets.wrapping import Wrappers
from roadworthy.operate.calls.wire.addresses import origin

WHERE = origin("https://api.openai.com")
AT = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)


@dataclass
class Service:
    """Keeps data keys and hands them out while it answers."""

    keys: dict[bytes, bytes] = field(default_factory=dict)
    asked: int = 0
    away: bool = False
    remote: bool = True

    def wrap(self, key: bytes, about: Mapping[str, str]) -> tuple[str, bytes]:
        name = about["name"].encode()
        self.keys[name] = key
        return "service:1", name

    def opens(self, key: str) -> bool:
        return key == "service:1"

    def unwrap(self, key: str, wrapped: bytes, about: Mapping[str, str]) -> bytes:
        del key, about
        self.asked += 1
        if self.away:
            raise Unavailable("secret-keeper-unavailable", "the service does not answer", remedy="wait")
        return self.keys[wrapped]


def version(service: Service, name: str) -> Version:
    about = About("halden", name, "api.openai.com", f"v-{name}")
    sealed = seal(f"sk-{name}", about, service, SeededRandomness(1))
    return Version(f"v-{name}", name, bound_of("api.openai.com"), State.IN_USE, sealed, "f", AT, "somebody")


def test_a_service_is_asked_in_turns_alone_once_for_each_version_and_once_while_it_is_away() -> None:
    runtime, service = simulated(), Service()
    assert isinstance(runtime.clock, SimulatedClock)
    opened = Opened(Wrappers((service,)), "halden", runtime)
    changes: list[int] = []
    opened.changed = lambda: changes.append(1)
    versions = [version(service, name) for name in ("a", "b", "c")]
    service.away = True
    opened.take(versions)
    assert service.asked == 0, "whoever reads the configuration waits for no network"
    assert "not answered yet" in opened.why_not("a", WHERE)
    opened.turn()
    opened.turn()
    assert (service.asked, opened.find("a", WHERE)) == (1, None)
    assert "does not answer" in opened.why_not("a", WHERE)
    service.away = False
    runtime.clock.advance(dt.timedelta(seconds=AGAIN_SECONDS))
    opened.turn()
    assert (service.asked, changes) == (4, [1])
    for name in ("a", "b", "c"):
        found = opened.find(name, WHERE)
        assert found is not None
        assert found.reveal() == f"sk-{name}"
        assert "sk-" not in f"{found} {found!r}"
    service.away = True
    opened.take(versions[:2])
    opened.turn()
    assert service.asked == 4, "what is open stays open"
    assert opened.why_not("c", WHERE) == "no stored secret of this name is in use"
