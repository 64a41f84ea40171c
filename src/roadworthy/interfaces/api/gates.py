"""The gate: whether a use case may go on at a stage, for pipelines that ask before they go on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from roadworthy.decide.certificate.states import CertificateState
from roadworthy.interfaces.api.evidence import UseCaseName
from roadworthy.interfaces.api.wire import Application, Signed, Wire
from roadworthy.interfaces.routes import Routes
from roadworthy.inventory.model import Stage
from roadworthy.operate.releases.gate_rules import CheckName, Gate, Outcome

router = Routes(tags=["gates"])

Tolerable = Literal["observed", "whole", "agenda"]


class GateCheckBody(Wire):
    """One thing that was looked at."""

    name: CheckName
    title: str = Field(description="What would be good.")
    outcome: Outcome
    says: str
    remedy: str = Field(description="What to do next; empty where there is nothing to do.")


class GateBody(Wire):
    """Whether a use case may go on at a stage."""

    use_case: str
    stage: str
    passed: bool = Field(description="Whether nothing failed.")
    release: str | None = Field(description="Digest of the release that it is about.")
    release_name: str | None
    certificate: str | None = Field(description="Serial of the certificate that counts.")
    certificate_state: CertificateState | None
    expires_at: datetime | None
    checks: list[GateCheckBody]
    at: datetime

    @classmethod
    def of(cls, gate: Gate) -> GateBody:
        """From what was looked at."""
        certificate = gate.certificate
        return cls(
            use_case=gate.use_case,
            stage=gate.stage,
            passed=gate.passed,
            release=None if gate.release is None else gate.release.digest,
            release_name=None if gate.release is None else gate.release.release.name,
            certificate=None if certificate is None else certificate.serial,
            certificate_state=None if certificate is None else certificate.state,
            expires_at=None if certificate is None else certificate.expires_at,
            checks=[GateCheckBody.model_validate(each) for each in gate.checks],
            at=gate.at,
        )


@router.get("/use-cases/{name}/gate")
def look(
    name: UseCaseName,
    app: Application,
    _caller: Signed,
    stage: Annotated[Literal["pilot", "candidate", "production"], Query(description="Where it is to run.")],
    release: Annotated[
        str | None,
        Query(max_length=80, description="Name or digest; without it the one that is to run there."),
    ] = None,
    tolerate: Annotated[
        list[Tolerable] | None, Query(description="What is to be a warning and no failure; say it once for each.")
    ] = None,
) -> GateBody:
    """Look whether a use case may go on at a stage: certificate, release, stop switches, and what blocks a go."""
    app.inventory.subject(name)
    tolerated = [CheckName(each) for each in tolerate or ()]
    return GateBody.of(app.operation.gates.look(name, Stage(stage), release, tolerated))
