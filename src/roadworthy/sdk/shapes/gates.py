"""Types of the API: gates. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, TypeAlias

from roadworthy.sdk.shapes.shared import CertificateState

CheckName: TypeAlias = Literal["stop", "release", "matches", "observed", "certificate", "whole", "trouble", "agenda"]
"""What is looked at."""


Outcome: TypeAlias = Literal["passed", "warned", "failed"]
"""What a look says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCheck:
    """One thing that was looked at."""

    name: CheckName
    title: str
    """What would be good."""
    outcome: Outcome
    says: str
    remedy: str
    """What to do next; empty where there is nothing to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Whether a use case may go on at a stage."""

    use_case: str
    stage: str
    passed: bool
    """Whether nothing failed."""
    release: str | None
    """Digest of the release that it is about."""
    release_name: str | None
    certificate: str | None
    """Serial of the certificate that counts."""
    certificate_state: CertificateState | None
    expires_at: dt.datetime | None
    checks: tuple[GateCheck, ...]
    at: dt.datetime
