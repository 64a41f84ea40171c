"""Trying one integration: which protocol's trials, with which connections, in which sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain

from roadworthy.foundation.logs import Secret
from roadworthy.inventory.model import Integration
from roadworthy.measure.integration_probe import session
from roadworthy.measure.integration_probe.declared import Address, address, operation
from roadworthy.measure.integration_probe.guard import Guard
from roadworthy.measure.integration_probe.model import Area, Trial
from roadworthy.measure.integration_probe.probes import http, openapi, postgres, postgres_sandbox, sandbox
from roadworthy.measure.integration_probe.probes.tables import table
from roadworthy.measure.integration_probe.probes.ways import Ways
from roadworthy.measure.integration_probe.session import Door
from roadworthy.measure.integration_probe.trying import Bench, Found, Means, failed, trial
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
        trials = tuple(_telling(chain(made, _writing(ways, guard, sandbox_secret)), told))
    return Tried(trials, bench.pace.calls)


def _writing(ways: Ways, guard: Guard, secret: Secret | None) -> Iterator[Trial]:
    if guard.sandbox is None:
        yield from sandbox.undeclared(ways.bench, writes=any(not each.safe for each in ways.operations))
    elif ways.wire.seen:
        with _wire(guard.sandbox, guard, ways.bench, secret) as wire:
            yield from sandbox.trials(replace(ways, wire=wire))


def _over_mcp(integration: Integration, means: Means, mark: str, told: Told) -> Tried:
    # Half a second of imports that only this protocol needs.
    from roadworthy.measure.integration_probe.probes import mcp  # noqa: PLC0415 - see above

    guard, secret, sandbox_secret = _doors(integration, means)
    bench = Bench.of(integration, means, mark, secret, sandbox_secret)
    writing = sandbox.undeclared(bench, writes=False) if guard.sandbox is None else sandbox.untried(bench)
    trials = tuple(_telling(chain(mcp.trials(mcp.Room(bench, guard, guard.production)), writing), told))
    return Tried(trials, bench.pace.calls)


def _doors(integration: Integration, means: Means) -> tuple[Guard, Secret | None, Secret | None]:
    target = integration.probe
    assert target is not None  # noqa: S101 - see `tried`
    production = address(means.credentials.address(target.address))
    other = None if target.sandbox is None else address(means.credentials.address(target.sandbox), "sandbox")
    guard = Guard(production, other)
    secret = means.credentials.secret(target.credential, production.host, production.port)
    of_sandbox = None if other is None else means.credentials.of_sandbox(target.credential, other.host, other.port)
    for declared, where in ((target.address, production), (target.sandbox, other)):
        if declared is not None and where is not None and not declared.startswith("env:"):
            means.reach.seen(where.host, where.port)
    return guard, secret, of_sandbox


def _of_database(integration: Integration, means: Means, mark: str, told: Told) -> Tried:
    guard, found, other, bench = _database(integration, means, mark)
    try:
        with session.opened(found, guard, bench.pace, mark, means.limits.patience) as own:
            desk = postgres.Desk.of(bench, found, own)
            trials = tuple(_telling(chain(postgres.trials(desk), _writing_rows(desk, guard, other)), told))
    except NoAnswer as silent:
        trials = (_silent(bench, silent),)
    return Tried(trials, bench.pace.calls)


def _writing_rows(desk: postgres.Desk, guard: Guard, other: Door | None) -> Iterator[Trial]:
    bench, grants = desk.bench, desk.bench.target.grants or ()
    if other is None:
        yield from sandbox.undeclared(bench, writes=False)
        return

    def run() -> Found:
        with session.opened(other, guard, bench.pace, bench.mark, bench.limits.patience) as there:
            postgres_sandbox.refuse_production(desk.session, there)
            return postgres_sandbox.undone(there, grants)

    yield desk.trial("rollback-works", Area.SANDBOX, "Used every declared right that writes, in a transaction of the "
                     "sandbox, and rolled it back", "each is allowed, and nothing remains", run)  # fmt: skip


def _database(integration: Integration, means: Means, mark: str) -> tuple[Guard, Door, Door | None, Bench]:
    target = integration.probe
    assert target is not None  # noqa: S101 - see `tried`
    credentials = means.credentials
    bare = session.door(
        credentials.address(target.address), means.reach, declared=not target.address.startswith("env:")
    )
    secret = credentials.secret(target.credential, bare.where.host, bare.where.port)
    other, of_other = None, None
    if target.sandbox is not None:
        named, declared = credentials.address(target.sandbox), not target.sandbox.startswith("env:")
        other = session.door(named, means.reach, declared=declared, field="sandbox")
        if declared and target.credential is not None:
            of_other = credentials.of_sandbox(target.credential, other.where.host, other.where.port)
        other = other if of_other is None else other.shown(of_other)
    bench = Bench.of(integration, means, mark, secret or bare.password, of_other)
    guard = Guard(bare.where, None if other is None else other.where)
    return guard, bare if secret is None else bare.shown(secret), other, bench


def _silent(bench: Bench, silent: NoAnswer) -> Trial:
    return trial(bench, "answers", Area.REACH, did="Connected as the workload", expected="an answer",
                 run=lambda: failed(silent.why, "look at the system, the way to it and the credential"))  # fmt: skip


@contextmanager
def _wire(where: Address, guard: Guard, bench: Bench, secret: Secret | None) -> Iterator[Wire]:
    with opened(Wire(where, guard, bench.pace, bench.clock, bench.limits, secret, bench.reach)) as wire:
        yield wire


def _telling(trials: Iterator[Trial], told: Told) -> Iterator[Trial]:
    for each in trials:
        told(each)
        yield each
