"""What every protocol's trials are made with, and how one that breaks is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.logs import Secret
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.runtime import Clock
from roadworthy.inventory.model import Integration, ProbeTarget
from roadworthy.measure.integration_probe import declared
from roadworthy.measure.integration_probe.credentials import Credentials, in_full
from roadworthy.measure.integration_probe.declared import Rate
from roadworthy.measure.integration_probe.model import Area, Limits, Trial, Verdict
from roadworthy.measure.integration_probe.rules import scrubbed
from roadworthy.measure.integration_probe.wire import NoAnswer, Pace


@dataclass(frozen=True, slots=True)
class Means:
    """With what integrations are tried."""

    credentials: Credentials
    clock: Clock
    limits: Limits
    stopping: Callable[[], bool] = lambda: False
    """Whether the process ends; asked before each call."""
    inside: Reach = field(default_factory=Reach)
    """How far the setting `inside_hosts` lets requests go."""

    @property
    def reach(self) -> Reach:
        """How far requests go: what `inside_hosts` names, and the hosts that a credential is bound to."""
        return self.inside.with_hosts(self.credentials.hosts)


@dataclass(slots=True)
class Bench:
    """Everything that the trials of one integration need."""

    integration: Integration
    target: ProbeTarget
    clock: Clock
    limits: Limits
    pace: Pace
    mark: str
    """Names this probe in what it sends, to be found again in the other system's records."""
    rate: Rate | None
    latency: float | None
    """In milliseconds."""
    reach: Reach
    secret: Secret | None
    sandbox_secret: Secret | None = None
    secrets: list[str] = field(default_factory=list)
    """What must not stand in any result."""

    def __post_init__(self) -> None:
        """Remember what to keep out of results."""
        for each in (self.secret, self.sandbox_secret):
            self.secrets += in_full(each)

    @classmethod
    def of(
        cls, integration: Integration, means: Means, mark: str, secret: Secret | None, sandbox_secret: Secret | None
    ) -> Bench:
        """For an integration with a target.

        Raises:
            InvalidInput: a rate or a latency cannot be understood.
        """
        target = integration.probe
        assert target is not None  # noqa: S101 - the service asks for one first
        rate = declared.rate(target.rate)
        return cls(
            integration=integration,
            target=target,
            clock=means.clock,
            limits=means.limits,
            pace=Pace.of(means.clock, rate, means.limits, means.stopping),
            mark=mark,
            rate=rate,
            latency=declared.milliseconds(target.latency),
            reach=_reach(means, target),
            secret=secret,
            sandbox_secret=sandbox_secret,
        )


def _reach(means: Means, target: ProbeTarget) -> Reach:
    """Beside the settings' hosts, those that stand in the server's own environment."""
    named = (each for each in (target.address, target.sandbox) if each is not None and each.startswith("env:"))
    return means.reach.beside(*(means.credentials.address(each) for each in named))


@dataclass(frozen=True, slots=True)
class Found:
    """How a trial went, before it is put together."""

    got: str
    verdict: Verdict
    remedy: str = ""
    more: dict[str, Any] = field(default_factory=dict)


def passed(got: str, **more: Any) -> Found:  # noqa: ANN401 - fields of a trial
    """It is as expected."""
    return Found(got, Verdict.PASS, "", more)


def failed(got: str, remedy: str, **more: Any) -> Found:  # noqa: ANN401 - see above
    """It is not."""
    return Found(got, Verdict.FAIL, remedy, more)


def unknown(got: str, remedy: str, **more: Any) -> Found:  # noqa: ANN401 - see above
    """Too little to tell."""
    return Found(got, Verdict.UNKNOWN, remedy, more)


def trial(
    bench: Bench, name: str, area: Area, *, did: str, expected: str, run: Callable[[], Found], blocks: bool = True
) -> Trial:
    """Run one trial; one that cannot be carried through is unknown, and the next ones go on."""
    begun, calls = bench.clock.monotonic(), bench.pace.calls
    try:
        found = run()
    except NoAnswer as silent:
        found = unknown(f"no answer: {silent.why}", "look at the system and the way to it, then probe again")
    except RoadworthyError as error:
        found = unknown(f"it could not be tried: {error.message}", error.remedy)
    made = Trial(
        name, area, did, expected, found.got, found.verdict, found.remedy, blocks,
        **({"n": bench.pace.calls - calls, "seconds": round(bench.clock.monotonic() - begun, 3)} | found.more),
    )  # fmt: skip
    return clean(made, bench.secrets)


def clean(made: Trial, secrets: Sequence[str]) -> Trial:
    """A trial in which no secret stands."""
    return replace(
        made,
        did=scrubbed(made.did, secrets),
        expected=scrubbed(made.expected, secrets),
        got=scrubbed(made.got, secrets),
        remedy=scrubbed(made.remedy, secrets),
        details=tuple(scrubbed(line, secrets) for line in made.details),
    )


Trials = Iterator[Trial]
