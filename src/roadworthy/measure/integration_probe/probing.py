"""Trying one integration: which protocol's trials, with which connections, in which sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from roadworthy.foundation.logs import Secret
from roadworthy.inventory.model import Integration
from roadworthy.measure.integration_probe.declared import Address, address
from roadworthy.measure.integration_probe.guard import Guard
from roadworthy.measure.integration_probe.model import Trial
from roadworthy.measure.integration_probe.probes import http
from roadworthy.measure.integration_probe.probes.ways import Ways
from roadworthy.measure.integration_probe.trying import Bench, Means
from roadworthy.measure.integration_probe.wire import Wire, opened


@dataclass(frozen=True, slots=True)
class Tried:
    """The trials of one integration and how many calls they took."""

    trials: tuple[Trial, ...]
    calls: int


Told = Callable[[Trial], None]
"""Called after each trial."""


def tried(integration: Integration, means: Means, mark: str, told: Told = lambda _trial: None) -> Tried:
    """Try an integration that declares how.

    Args:
        integration: with a probe's target.
        means: credentials, clock and limits.
        mark: names this probe in what it sends.
        told: called after each trial.

    Raises:
        InvalidInput: what is declared cannot be used.
        Refused: a sandbox that is production, or a credential that the settings do not bind to the host.
        Unavailable: a variable or file that is named is not there.
    """
    target = integration.probe
    assert target is not None  # noqa: S101 - the caller asked before
    runs: Mapping[str, Callable[[], Tried]] = {
        "http": lambda: _over_http(integration, means, mark, told),
        "openapi": lambda: _over_http(integration, means, mark, told),
    }
    return runs[target.protocol]()


def check(integration: Integration, means: Means) -> None:
    """Look whether an integration can be tried, without asking its system anything.

    Raises:
        InvalidInput, Refused, Unavailable: as `tried`.
    """
    guard, secret, sandbox_secret = _doors(integration, means)
    bench = Bench.of(integration, means, "", secret, sandbox_secret)
    with _wire(guard.production, guard, bench, secret) as wire:
        Ways.of(bench, wire)


def _over_http(integration: Integration, means: Means, mark: str, told: Told) -> Tried:
    guard, secret, sandbox_secret = _doors(integration, means)
    bench = Bench.of(integration, means, mark, secret, sandbox_secret)
    with _wire(guard.production, guard, bench, secret) as wire:
        trials = tuple(_telling(http.trials(Ways.of(bench, wire)), told))
    return Tried(trials, bench.pace.calls)


def _doors(integration: Integration, means: Means) -> tuple[Guard, Secret | None, Secret | None]:
    target = integration.probe
    assert target is not None  # noqa: S101 - see `tried`
    production = address(means.credentials.address(target.address))
    sandbox = None if target.sandbox is None else address(means.credentials.address(target.sandbox), "sandbox")
    guard = Guard(production, sandbox)
    secret = means.credentials.secret(target.credential, production.host, production.port)
    of_sandbox = (
        None if sandbox is None else means.credentials.of_sandbox(target.credential, sandbox.host, sandbox.port)
    )
    return guard, secret, of_sandbox


@contextmanager
def _wire(where: Address, guard: Guard, bench: Bench, secret: Secret | None) -> Iterator[Wire]:
    with opened(Wire(where, guard, bench.pace, bench.clock, bench.limits, secret)) as wire:
        yield wire


def _telling(trials: Iterator[Trial], told: Told) -> Iterator[Trial]:
    for each in trials:
        told(each)
        yield each
