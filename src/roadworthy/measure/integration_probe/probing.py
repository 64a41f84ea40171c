"""Trying one integration: which protocol's trials, with which connections, in which sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from roadworthy.foundation.logs import Secret
from roadworthy.inventory.model import Integration
from roadworthy.measure.integration_probe import session
from roadworthy.measure.integration_probe.declared import Address, address, operation
from roadworthy.measure.integration_probe.guard import Guard
from roadworthy.measure.integration_probe.model import Area, Trial
from roadworthy.measure.integration_probe.probes import http, openapi, postgres
from roadworthy.measure.integration_probe.probes.tables import table
from roadworthy.measure.integration_probe.probes.ways import Ways
from roadworthy.measure.integration_probe.session import Door
from roadworthy.measure.integration_probe.trying import Bench, Means, failed, trial
from roadworthy.measure.integration_probe.wire import NoAnswer, Wire, opened


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
        "postgres": lambda: _of_database(integration, means, mark, told),
        "mcp": lambda: _over_mcp(integration, means, mark, told),
    }
    return runs[target.protocol]()


def check(integration: Integration, means: Means) -> None:
    """Look whether an integration can be tried, without asking its system anything.

    Raises:
        InvalidInput, Refused, Unavailable: as `tried`.
    """
    target = integration.probe
    assert target is not None  # noqa: S101 - see `tried`
    if target.protocol == "postgres":
        _database(integration, means, "")
        [table(each) for each in target.operations]
        return
    _, secret, sandbox_secret = _doors(integration, means)
    Bench.of(integration, means, "", secret, sandbox_secret)
    if target.protocol != "mcp":
        [operation(each) for each in target.operations]


def _over_http(integration: Integration, means: Means, mark: str, told: Told) -> Tried:
    guard, secret, sandbox_secret = _doors(integration, means)
    bench = Bench.of(integration, means, mark, secret, sandbox_secret)
    with _wire(guard.production, guard, bench, secret) as wire:
        ways = Ways.of(bench, wire)
        made = openapi.trials(ways) if bench.target.protocol == "openapi" else http.trials(ways)
        trials = tuple(_telling(made, told))
    return Tried(trials, bench.pace.calls)


def _over_mcp(integration: Integration, means: Means, mark: str, told: Told) -> Tried:
    # Half a second of imports that only this protocol needs.
    from roadworthy.measure.integration_probe.probes import mcp  # noqa: PLC0415 - see above

    guard, secret, sandbox_secret = _doors(integration, means)
    bench = Bench.of(integration, means, mark, secret, sandbox_secret)
    trials = tuple(_telling(mcp.trials(mcp.Room(bench, guard, guard.production)), told))
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


def _of_database(integration: Integration, means: Means, mark: str, told: Told) -> Tried:
    guard, found, bench = _database(integration, means, mark)
    try:
        with session.opened(found, guard, bench.pace, mark, means.limits.patience) as opened_session:
            trials = tuple(_telling(postgres.trials(postgres.Desk.of(bench, found, opened_session)), told))
    except NoAnswer as silent:
        trials = (_silent(bench, silent),)
    return Tried(trials, bench.pace.calls)


def _database(integration: Integration, means: Means, mark: str) -> tuple[Guard, Door, Bench]:
    target = integration.probe
    assert target is not None  # noqa: S101 - see `tried`
    declared = not target.address.startswith("env:")
    bare = session.door(means.credentials.address(target.address), None, declared=declared)
    secret = means.credentials.secret(target.credential, bare.where.host, bare.where.port)
    found = replace(bare, options={**bare.options, "password": secret.reveal()}) if secret is not None else bare
    bench = Bench.of(integration, means, mark, secret or _password(bare), None)
    return Guard(bare.where), found, bench


def _password(found: Door) -> Secret | None:
    """The password in an address of the environment, so that it is kept out of results."""
    value = found.options.get("password", "")
    return Secret(value) if value else None


def _silent(bench: Bench, silent: NoAnswer) -> Trial:
    return trial(bench, "answers", Area.REACH, did="Connected as the workload", expected="an answer",
                 run=lambda: failed(silent.why, "look at the system, the way to it and the credential"))  # fmt: skip


@contextmanager
def _wire(where: Address, guard: Guard, bench: Bench, secret: Secret | None) -> Iterator[Wire]:
    with opened(Wire(where, guard, bench.pace, bench.clock, bench.limits, secret)) as wire:
        yield wire


def _telling(trials: Iterator[Trial], told: Told) -> Iterator[Trial]:
    for each in trials:
        told(each)
        yield each
