"""A funnel in memory: endpoints, keys and certificates as they would be compiled, and calls that ask."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from roadworthy.decide.certificate.model import Term, TermName
from roadworthy.decide.certificate.states import CertificateState
from roadworthy.decide.certificate.status.compiled import Asked, compiled
from roadworthy.decide.certificate.status.model import Ages, Snapshot, Standing, Stop
from roadworthy.decide.certificate.status.verdicts import Held, Verdict, held, verdict
from roadworthy.foundation.digests import digest
from roadworthy.foundation.runtime import Runtime, simulated
from roadworthy.operate.admission.configuration import (
    CompiledEndpoint,
    Configuration,
    Observing,
    Route,
    Served,
    held_key,
    manner_of,
    observed_of,
    secret_key,
)
from roadworthy.operate.admission.guards.compiled import EndpointGuards
from roadworthy.operate.admission.keys.model import Key
from roadworthy.operate.admission.kinds import Endpoint
from roadworthy.operate.admission.model import Asking
from roadworthy.operate.admission.ports import CompiledGuards, Limits
from roadworthy.operate.admission.service import Admission, Ground, Identities, Nobody
from roadworthy.operate.telemetry.model import Surface
from tests.harness.certified import NOON, ORIGIN, RELEASE, Wanted, issued
from tests.harness.unbounded import Unbounded

CASE = "triage"
PROMPT = "Be kind."
PILOT, LIVE = "rwg_00000000000a_pilot", "rwg_00000000000b_live"
SPEC: Mapping[str, Any] = {
    "useCase": CASE,
    "surfaces": ["chat-completions"],
    "models": [
        {
            "name": "gpt",
            "targets": [{"upstream": "first", "model": "gpt-4o"}, {"upstream": "second", "model": "gpt-4o"}],
        },
        {"name": "small", "targets": [{"upstream": "first", "model": "gpt-mini"}]},
    ],
}


@dataclass
class Told:
    """The status snapshot of a test."""

    held: Held | None = None

    def verdict(
        self, use_case: str, stage: str, release: str, asked: Asked | None = None, at: dt.datetime | None = None
    ) -> Verdict:
        """As a replica answers."""
        return verdict(self.held, use_case, stage, release, asked or Asked(), at or NOON)


def certified(
    bounds: Mapping[TermName, Term] | None = None,
    state: CertificateState = CertificateState.VALID,
    stops: Sequence[str | None] = (),
    release: str = RELEASE,
) -> Held:
    """A snapshot with one certificate."""
    made = issued(Wanted(use_case=CASE, bounds=dict(bounds or {}), state=state, release=release))
    standing = Standing((made.listed,), tuple(Stop(each or "all", NOON) for each in stops))
    snapshot = Snapshot(ORIGIN, 7, NOON, Ages(dt.timedelta(hours=1)), standing)
    of = made.certificate
    return held(snapshot, {of.digest: (of.issued_at, compiled(of.envelope))})


def endpoint(name: str = "chat", **changed: Any) -> CompiledEndpoint:
    """An endpoint as it would be compiled; `observing` and `guards` as values."""
    observing: Observing | None = changed.pop("observing", None)
    guards: CompiledGuards | None = changed.pop("guards", None)
    spec = Endpoint.model_validate({**SPEC, **changed})
    models = {
        each.name: Served(
            each.name,
            tuple(
                Route(to.upstream, to.model, digest(to.model.encode()), spec.use_case, to.release, to.weight)
                for to in each.targets
            ),
        )
        for each in spec.models
    }
    return CompiledEndpoint(
        name=name,
        spec=spec,
        surfaces=frozenset(spec.surfaces),
        models=models,
        observes=observed_of(spec.observes),
        observes_model=None if spec.observes is None else spec.observes.model,
        outside=spec.outside or "refuse",
        observing=observing,
        unreadable=frozenset(spec.unreadable),
        guards=guards or EndpointGuards(name, spec.guards),
        manner=manner_of(spec),
    )


def gateway_key(number: str, stage: str, **changed: Any) -> Key:
    """A key of the use case."""
    plain = Key(number, f"app-{stage}", CASE, stage, NOON, "ana", NOON + dt.timedelta(days=30))
    return replace(plain, **changed)


@dataclass
class Gate:
    """The funnel with everything that it goes by."""

    endpoints: tuple[CompiledEndpoint, ...] = field(default_factory=lambda: (endpoint(),))
    keys: Mapping[str, Key] = field(
        default_factory=lambda: {PILOT: gateway_key("a", "pilot"), LIVE: gateway_key("b", "production")}
    )
    status: Told = field(default_factory=Told)
    limits: Limits = field(default_factory=Unbounded)
    identities: Identities = field(default_factory=Nobody)
    parts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    running: Mapping[tuple[str, str], str] = field(default_factory=dict)
    seen_parts: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)
    runtime: Runtime = field(default_factory=simulated)

    def seen(self, of: CompiledEndpoint, stage: str, release: str, parts: Mapping[str, str]) -> None:
        """Keeps what was told."""
        self.seen_parts.append((f"{of.name}@{stage}", release, parts))

    @property
    def configuration(self) -> Configuration:
        """As it would be compiled."""
        by_model: dict[tuple[str, str], tuple[CompiledEndpoint, ...]] = {}
        for each in self.endpoints:
            for model in each.models:
                by_model[each.use_case, model] = (*by_model.get((each.use_case, model), ()), each)
        return Configuration(
            generation=1,
            digest="sha256:settings",
            keys={secret_key(secret): held_key(key) for secret, key in self.keys.items()},
            endpoints={(each.use_case, each.name): each for each in self.endpoints},
            by_model=by_model,
            running=self.running,
            parts=self.parts,
        )

    @property
    def admission(self) -> Admission:
        """On all of it."""
        config = self.configuration
        return Admission(
            Ground(self.runtime, lambda: config, self.status, lambda: self.limits, self.identities, seen=self)
        )


def asking(shown: str = LIVE, model: str = "gpt", **changed: Any) -> Asking:
    """A call."""
    return msgspec.structs.replace(Asking(Surface.CHAT, NOON + dt.timedelta(minutes=1), shown, model), **changed)
