"""Probes of integrations: try them as the production workload, and what came back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Path, Query
from pydantic import Field

from roadworthy.interfaces.api.wire import Application, Signed, Wire, may
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.security import Caller
from roadworthy.inventory.model import Integration
from roadworthy.measure.integration_probe.model import Area, Probe, Verdict
from roadworthy.measure.integration_probe.service import KINDS

router = Routes(tags=["integration probes"])

UseCaseName = Annotated[str, Path(max_length=200)]
Submitting = Annotated[Caller, Depends(may("evidence:submit"))]


class QuantileBody(Wire):
    """A quantile of measured times."""

    share: float
    milliseconds: float
    low: float | None = Field(description="Lower bound at 95 percent; null where so few calls give none.")
    high: float | None = Field(description="Upper bound at 95 percent; null where so few calls give none.")


class TrialBody(Wire):
    """One thing that was tried."""

    name: str
    area: Area
    did: str
    expected: str
    got: str
    verdict: Verdict
    remedy: str
    blocks: bool = Field(description="False for what is worth knowing and stops no launch.")
    n: int = Field(description="Calls that it rests on.")
    seconds: float = Field(description="From its first call to its last answer.")
    quantiles: list[QuantileBody]
    details: list[str]


class ProbeBody(Wire):
    """One integration, tried as the production workload."""

    id: str
    use_case: str | None
    system: str
    protocol: str
    address: str
    identity: str | None
    verdict: Verdict
    started_at: datetime
    finished_at: datetime
    calls: int = Field(description="Requests, statements and messages that were sent in all.")
    trials: list[TrialBody]
    evidence: list[str] = Field(description="Ids of the evidence items that came of it.")


class ProbeWanted(Wire):
    """Which integrations."""

    system: Annotated[str, Field(max_length=1_000)] | None = Field(
        default=None, description="As it stands in the declaration; every one that declares how it is tried without it."
    )


class ProbeKeyBody(Wire):
    """With which key Roadworthy's own collector signs what its probes find."""

    public_key: str = Field(description="PEM; register it as a collector, so that probes count as measured.")
    kinds: list[str] = Field(description="Evidence kinds to register it for.")
    collector: str | None = Field(description="Under which name it is registered; null where it is not.")


@router.post("/use-cases/{name}/integration-probes", status_code=201)
def probe(name: UseCaseName, given: ProbeWanted, app: Application, caller: Submitting) -> list[ProbeBody]:
    """Try integrations now; production is only read. It takes a minute or two and becomes evidence."""
    return [_body(each) for each in app.probes.probe(caller.context, name, given.system)]


@router.get("/use-cases/{name}/integration-probes")
def listed(
    name: UseCaseName,
    app: Application,
    _caller: Signed,
    system: Annotated[str | None, Query(max_length=1_000)] = None,
) -> list[ProbeBody]:
    """The finished probes of a use case, the latest first."""
    return [_body(each) for each in app.probes.of(name, system)]


@router.post("/integration-probes/attempts")
def attempt(given: Integration, app: Application, caller: Signed) -> ProbeBody:
    """Try an integration that no use case declares; nothing is kept of it."""
    return _body(app.probes.attempt(caller.context, given))


@router.get("/integration-probes/key")
def key(app: Application, _caller: Signed) -> ProbeKeyBody:
    """The public key to register, so that what probes find counts as measured."""
    collector = app.probes.collector()
    return ProbeKeyBody(
        public_key=app.probes.public_key(),
        kinds=list(KINDS),
        collector=None if collector is None else collector.name,
    )


@router.get("/integration-probes/{probe_id}")
def get(probe_id: Annotated[str, Path(max_length=100)], app: Application, _caller: Signed) -> ProbeBody:
    """One finished probe."""
    return _body(app.probes.find(probe_id))


def _body(found: Probe) -> ProbeBody:
    return ProbeBody.model_validate(found)
