"""The gateway, put together: who may call, where to, and what is recorded of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from roadworthy.assembly.admitting import Admitting
from roadworthy.assembly.ground import Ground
from roadworthy.assembly.secrets import SecretsOfUpstreams
from roadworthy.foundation.runtime import Future
from roadworthy.foundation.spans import seconds
from roadworthy.operate.admission.configuration import Configuration
from roadworthy.operate.admission.limits.model import Short
from roadworthy.operate.admission.limits.settling import Settling
from roadworthy.operate.admission.model import Decision, Text
from roadworthy.operate.calls.advising import Advising
from roadworthy.operate.calls.delegation.service import Delegation
from roadworthy.operate.calls.delegation.service import Ground as DelegationGround
from roadworthy.operate.calls.delegation.signing import GatewaySigner
from roadworthy.operate.calls.kinds import Upstreams
from roadworthy.operate.calls.ports import AnswersLater
from roadworthy.operate.calls.secrets.memory import NAME as SEALED
from roadworthy.operate.calls.secrets.model import Version
from roadworthy.operate.calls.service import Calls
from roadworthy.operate.calls.service import Ground as CallsGround
from roadworthy.operate.calls.upstreams.declared import Upstream
from roadworthy.operate.calls.upstreams.fleet import Fleet
from roadworthy.operate.telemetry.service import Telemetry

UPSTREAMS = "upstreams"
"""Under which the configuration has them."""
_WHOLE = 10_000


@dataclass(slots=True)
class Gateway:
    """Calls and everything that they go by. Nothing runs before `start`."""

    admitting: Admitting
    telemetry: Telemetry
    fleet: Fleet
    calls: Calls
    advising: Advising
    secrets: SecretsOfUpstreams
    signer: GatewaySigner
    delegation: Delegation
    settling: Settling
    address: str = ""
    """Where it listens; empty where this process has no gateway."""
    started: bool = False
    later: AnswersLater | None = None
    """Keeps requests that are answered later."""

    def start(self) -> None:
        """Begin to record, and read what is declared."""
        if not self.telemetry.recording:
            self.record()
        self.admitting.limits.leasing.replica = self.telemetry.writer
        self.admitting.start()
        self.secrets.start()
        self.started = True

    def record(self) -> None:
        """Begin to record, and look after what replicas left that are gone."""
        self.telemetry.start()
        self.settling.start()

    def close(self) -> None:
        """Stop, once no call is under way any more."""
        self.settling.close()
        if self.started:
            self.started = False
            self.advising.close()
            self.secrets.close()
            self.admitting.close()

    def jwks(self) -> bytes:
        """Public keys of the tokens that the gateway signs."""
        return self.signer.jwks()

    def exposition(self) -> bytes:
        """Metrics as Prometheus reads them."""
        return self.telemetry.metrics.exposition()

    def without_secret(self) -> list[str]:
        """Upstreams that are not asked, because their secret cannot be had here."""
        return [each.name for each in self.fleet.all() if each.secret is None]

    def observed(self) -> list[dict[str, Any]]:
        """Endpoints that declare observe mode, each with the days that are left of it."""
        return self.admitting.reloading.observed()

    def not_ready(self) -> str:
        """Why it cannot take calls now; empty where it can."""
        if not self.started or not self.admitting.reloading.current.digest:
            return "the configuration is not there yet"
        if self.telemetry.recorder.fault is not None:
            return "calls cannot be recorded"
        return ""


@dataclass(frozen=True, slots=True)
class KeptContents:
    """Keeps what is said in calls of endpoints that want it kept."""

    telemetry: Telemetry
    configuration: Callable[[], Configuration]

    def content(self, decision: Decision, direction: str, texts: Sequence[Text]) -> str | None:
        """Keep texts; the commitment for the record, or None where they are not kept."""
        if decision.caller is None or decision.endpoint is None:
            return None
        endpoint = self.configuration().endpoints.get((decision.caller.use_case, decision.endpoint))
        kept = endpoint.spec.content if endpoint is not None else None
        if kept is None or kept.keep == "none":
            return None
        span = seconds(kept.retention) if kept.retention else None
        return self.telemetry.contents.keep(
            decision.id,
            direction,
            {each.where: each.text for each in texts},
            use_case=decision.caller.use_case,
            sample=_WHOLE if kept.keep == "all" else kept.sample or 0,
            span=None if span is None else dt.timedelta(seconds=span),
        )


def upstreams_of(ground: Ground) -> Upstreams:
    """Reads the declared upstreams along with the endpoints."""
    return Upstreams(ground.resources, UPSTREAMS)


def gateway_of(ground: Ground, admitting: Admitting, telemetry: Telemetry, secrets: SecretsOfUpstreams) -> Gateway:
    """Put it together."""
    settings = ground.settings
    hosts, home = settings.upstream_hosts, settings.home
    signer = GatewaySigner(ground.keys, ground.runtime, settings.gateway_issuer)
    delegation = Delegation(DelegationGround(secrets.upstreams, hosts, home, ground.runtime, signer))
    fleet = Fleet(secrets.upstreams, hosts, home, delegation)
    lock = ground.runtime.lock()

    def take(configuration: Configuration) -> None:
        declared, versions = (configuration.others.get(each) for each in (UPSTREAMS, SEALED))
        with lock:
            if versions is not None:
                secrets.take(cast("Sequence[Version]", versions))
            if declared is not None:
                fleet.take(cast("Mapping[str, Upstream]", declared))

    def again() -> None:
        with lock:
            fleet.again()

    def refill(short: object) -> Future[None]:
        return admitting.limits.refill(cast("Short", short))

    made: list[Gateway] = []
    admitting.reloading.watchers.append(take)
    secrets.on_change(again)
    calls = Calls(
        CallsGround(
            admission=admitting.admission,
            records=lambda: telemetry.recorder,
            fleet=fleet,
            runtime=ground.runtime,
            refill=refill,
            contents=KeptContents(telemetry, lambda: admitting.reloading.current),
            most=settings.gateway_calls,
            turned_away=telemetry.turned_away,
            later=lambda: made[0].later,
        )
    )
    advising = Advising(admitting.admission, lambda: telemetry.recorder, ground.runtime, refill)
    settling = Settling(ground.store, ground.units, ground.runtime, lambda: telemetry.left)
    made.append(Gateway(admitting, telemetry, fleet, calls, advising, secrets, signer, delegation, settling))
    return made[0]
