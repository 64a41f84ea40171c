"""What a probe of an integration finds: one trial after the other, each with what was expected and what came back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """How a trial ended."""

    PASS = "pass"  # noqa: S105 - a word for people, no password
    FAIL = "fail"
    UNKNOWN = "unknown"
    """Nobody declared what to hold it against, or what came back is too little to tell."""


class Area(StrEnum):
    """What a trial is about."""

    REACH = "reachability"
    IDENTITY = "identity"
    ENTITLEMENT = "entitlement"
    """What the workload may do, and whether that is more than was declared."""
    CONTRACT = "contract"
    """Whether the system does what its description says."""
    PACE = "pace"
    """Latency and rate."""
    ERRORS = "errors"
    """What comes back for bad input."""
    AUDIT = "audit"
    SANDBOX = "sandbox"
    """Writing, which is tried in a sandbox and nowhere else."""


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile of measured times with its interval."""

    share: float
    """Between 0 and 1, such as 0.95."""
    milliseconds: float
    low: float | None
    """Lower end of the interval at 95 percent, in milliseconds; None where so few calls give none."""
    high: float | None


@dataclass(frozen=True, slots=True)
class Trial:
    """One thing that was tried."""

    name: str
    """Stable, such as `credential-required`; one probe has each name once."""
    area: Area
    did: str
    expected: str
    got: str
    verdict: Verdict
    remedy: str = ""
    """What to do about it; empty where it passed."""
    blocks: bool = True
    """False for what is worth knowing and stops no launch."""
    n: int = 0
    """Calls that it rests on."""
    seconds: float = 0.0
    """From its first call to its last answer."""
    quantiles: tuple[Quantile, ...] = ()
    details: tuple[str, ...] = ()
    """Lines that say more, such as each grant that is too much."""

    @property
    def holds_up(self) -> bool:
        """Whether it stands in the way of production."""
        return self.blocks and self.verdict is Verdict.FAIL


@dataclass(frozen=True, slots=True)
class Probe:
    """One integration, tried as the production workload."""

    id: str
    use_case: str | None
    """None where an integration was tried that no use case declares."""
    system: str
    protocol: str
    address: str
    """As it was declared; never with a password in it."""
    target: str
    """Digest of the declared integration; another declaration asks for another probe."""
    started_at: dt.datetime
    finished_at: dt.datetime
    by: str
    trials: tuple[Trial, ...]
    identity: str | None = None
    operations: tuple[str, ...] = ()
    calls: int = 0
    """Requests, statements and messages that were sent in all."""
    evidence: tuple[str, ...] = field(default=())
    """Ids of the evidence items that came of it."""

    @property
    def verdict(self) -> Verdict:
        """The worst of its trials that block; unknown where none is left."""
        found = {trial.verdict for trial in self.trials if trial.blocks}
        if Verdict.FAIL in found:
            return Verdict.FAIL
        return Verdict.PASS if found == {Verdict.PASS} else Verdict.UNKNOWN


@dataclass(frozen=True, slots=True)
class Running:
    """A probe that goes on now, or was broken off."""

    use_case: str
    system: str
    started_at: dt.datetime
    broken_off: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a probe asks of a system."""

    calls: int = 60
    """Most calls for latency: 59 are the fewest of which the largest bounds the 95th percentile at 95 percent."""
    seconds: float = 60.0
    """Longest window of those calls."""
    patience: float = 10.0
    """Seconds that one call may take."""
    pause: float = 0.5
    """Seconds between calls where no rate is declared."""
    audit_wait: float = 5.0
    """Seconds to wait for a call to stand in the audit trail."""
    answer_bytes: int = 1_000_000
    """Most of an answer that is read."""
