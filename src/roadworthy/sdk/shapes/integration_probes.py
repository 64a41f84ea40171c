"""Types of the API: integration probes. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

IntegrationProbeArea: TypeAlias = Literal[
    "reachability", "identity", "entitlement", "contract", "pace", "errors", "audit", "sandbox"
]
"""What a trial is about."""


IntegrationProbeVerdict: TypeAlias = Literal["pass", "fail", "unknown"]
"""How a trial ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeTarget:
    """How an integration is tried: where, as whom, and with what that only reads."""

    protocol: Literal["http", "openapi", "postgres", "mcp"]
    address: str
    """Where it answers: an address, or `env:NAME` of a variable that holds it."""
    credential: str | None = None
    """The production workload's own: `env:NAME` or `file:PATH`; never the secret itself."""
    description: str | None = None
    """Address or path of the OpenAPI description."""
    operations: tuple[str, ...] | None = None
    """What the use case calls: `GET /patients/{id}`, a table, a tool."""
    parameters: Mapping[str, str] | None = None
    """Values for what stands in braces."""
    grants: tuple[str, ...] | None = None
    """What the workload is meant to be allowed; more than this is a finding."""
    rate: str | None = None
    """Calls that it must bear, such as `60/min`."""
    latency: str | None = None
    """Time to answer that it must keep, such as `500ms`."""
    sandbox: str | None = None
    """Address of a sandbox, in which alone writing is tried; production is only read."""
    audit_trail: str | None = None
    """Operation that reads the record of who did what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """A system of the organisation that the use case talks to."""

    system: str
    direction: Literal["reads", "writes", "both"] | None = None
    identity: str | None = None
    """Whose identity the call carries: on-behalf-of, workload."""
    failure_modes: tuple[str, ...] | None = None
    """What happens when the system is slow, wrong or down."""
    audit: str | None = None
    """Where it is recorded who did what through it."""
    retry: str | None = None
    """What is tried again, how often, and why that is safe."""
    dead_letter: str | None = None
    """Where a call ends that failed for good, and who looks."""
    rollback: str | None = None
    """How an effect is undone: compensate, restore, none needed."""
    probe: ProbeTarget | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantile:
    """A quantile of measured times."""

    share: float
    milliseconds: float
    low: float | None
    """Lower bound at 95 percent; null where so few calls give none."""
    high: float | None
    """Upper bound at 95 percent; null where so few calls give none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One thing that was tried."""

    name: str
    area: IntegrationProbeArea
    did: str
    expected: str
    got: str
    verdict: IntegrationProbeVerdict
    remedy: str
    blocks: bool
    """False for what is worth knowing and stops no launch."""
    n: int
    """Calls that it rests on."""
    seconds: float
    """From its first call to its last answer."""
    quantiles: tuple[Quantile, ...]
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One integration, tried as the production workload."""

    id: str
    use_case: str | None
    system: str
    protocol: str
    address: str
    identity: str | None
    verdict: IntegrationProbeVerdict
    started_at: dt.datetime
    finished_at: dt.datetime
    calls: int
    """Requests, statements and messages that were sent in all."""
    trials: tuple[Trial, ...]
    evidence: tuple[str, ...]
    """Ids of the evidence items that came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeKey:
    """With which key Roadworthy's own collector signs what its probes find."""

    public_key: str
    """PEM; register it as a collector, so that probes count as measured."""
    kinds: tuple[str, ...]
    """Evidence kinds to register it for."""
    collector: str | None
    """Under which name it is registered; null where it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeWanted:
    """Which integrations."""

    system: str | None = None
    """As it stands in the declaration; every one that declares how it is tried without it."""
