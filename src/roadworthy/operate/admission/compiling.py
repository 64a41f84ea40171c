"""From what is declared and kept to a configuration: read in one snapshot, whole or not at all."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, cast

import sqlalchemy as sa

from roadworthy.foundation.access.model import WORKLOAD, Workload
from roadworthy.foundation.digests import Canonical, digest, digest_of
from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.foundation.resources.model import Stored
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.storage.statements import portions
from roadworthy.operate.admission import passes
from roadworthy.operate.admission.configuration import (
    CompiledEndpoint,
    Configuration,
    HeldKey,
    Observing,
    Route,
    Served,
    held_key,
    manner_of,
    observed_of,
)
from roadworthy.operate.admission.generation import Mark
from roadworthy.operate.admission.guards.compiled import EndpointGuards
from roadworthy.operate.admission.keys import store as key_rows
from roadworthy.operate.admission.kinds import ENDPOINT, Endpoint, ServedModel
from roadworthy.operate.admission.ports import CompiledGuards
from roadworthy.operate.admission.transitions import Transition, transitions
from roadworthy.operate.releases.tables import release_parts, releases, running_releases


class Compiles(Protocol):
    """Another part of the gateway that is compiled in the same snapshot: upstreams, budgets, prices."""

    @property
    def name(self) -> str:
        """Under which `Configuration.others` has it."""

    def compile(self, connection: sa.Connection) -> tuple[object, Canonical]:
        """What it comes to, and what the configuration's digest has of it.

        Raises:
            RoadworthyError: it cannot be used; the former configuration stays in place.
        """


class GuardsOf(Protocol):
    """Gets the guards of an endpoint ready."""

    def __call__(self, name: str, spec: Endpoint) -> CompiledGuards:
        """Compile them.

        Raises:
            RoadworthyError: they cannot be used.
        """


def _guarded(name: str, spec: Endpoint) -> CompiledGuards:
    return EndpointGuards(name, spec.guards)


@dataclass(frozen=True, slots=True)
class Compiler:
    """Reads everything.

    Args:
        resources: where endpoints and workloads are declared.
        others: compiled along.
        guards: compiles those of one endpoint.
    """

    resources: Resources
    others: tuple[Compiles, ...] = ()
    guards: GuardsOf = field(default=_guarded)

    def compile(self, connection: sa.Connection, mark: Mark, now: dt.datetime) -> Configuration:
        """The configuration as it stands in a snapshot.

        Raises:
            RoadworthyError: a part of it cannot be used.
        """
        keys = {bytes.fromhex(found[7:]): held_key(key) for found, key in key_rows.standing(connection, now)}
        stored = list(self.resources.all(connection, ENDPOINT))
        known = _Releases.of(connection, stored)
        observed = {each.endpoint: each for each in transitions(connection, stored, now)}
        endpoints = {
            (compiled.use_case, compiled.name): compiled
            for each in stored
            for compiled in (self._endpoint(each, known, observed.get(each.name)),)
        }
        by_model: dict[tuple[str, str], list[CompiledEndpoint]] = defaultdict(list)
        for (use_case, _name), endpoint in sorted(endpoints.items()):
            for model in endpoint.models:
                by_model[use_case, model].append(endpoint)
        compiled = [(each.name, *each.compile(connection)) for each in self.others]
        said: Canonical = {
            "endpoints": sorted([each.name, each.digest] for each in stored),
            "others": {name: words for name, _value, words in compiled},
        }
        number = mark[0]
        return Configuration(
            generation=number if isinstance(number, int) else 0,
            digest=digest_of(said),
            keys=keys,
            endpoints=endpoints,
            by_model={key: tuple(some) for key, some in by_model.items()},
            workloads=self._workloads(connection, keys.values()),
            running=known.running,
            newest=known.newest,
            parts=known.parts,
            passes=passes.standing(connection, now),
            transitions=tuple(observed.values()),
            others={name: value for name, value, _words in compiled},
        )

    def _endpoint(self, stored: Stored, known: _Releases, observed: Transition | None) -> CompiledEndpoint:
        spec = cast("Endpoint", stored.spec)
        return CompiledEndpoint(
            name=stored.name,
            spec=spec,
            surfaces=frozenset(spec.surfaces),
            models={each.name: _served(stored.name, spec, each, known) for each in spec.models},
            observes=observed_of(spec.observes),
            observes_model=None if spec.observes is None else spec.observes.model,
            outside=spec.outside or "refuse",
            observing=_observing(observed),
            unreadable=frozenset(spec.unreadable),
            guards=self.guards(stored.name, spec),
            manner=manner_of(spec),
        )

    def _workloads(self, connection: sa.Connection, keys: Iterable[HeldKey]) -> Mapping[str, tuple[HeldKey, ...]]:
        of: dict[str, list[HeldKey]] = defaultdict(list)
        for key in keys:
            if key.caller.workload is not None:
                of[key.caller.workload].append(key)
        found: dict[str, tuple[HeldKey, ...]] = {}
        for stored in self.resources.all(connection, WORKLOAD, sorted(of)) if of else ():
            cases = cast("Workload", stored.spec).use_cases
            found[stored.name] = tuple(each for each in of[stored.name] if not cases or each.caller.use_case in cases)
        return found


def _served(endpoint: str, spec: Endpoint, model: ServedModel, known: _Releases) -> Served:
    return Served(
        model.name,
        tuple(
            Route(
                upstream=each.upstream,
                model=each.model,
                model_digest=digest(each.model.encode()),
                use_case=each.use_case or spec.use_case,
                release=None
                if each.release is None
                else known.called(endpoint, each.use_case or spec.use_case, each.release),
                weight=each.weight,
            )
            for each in model.targets
        ),
    )


def _observing(transition: Transition | None) -> Observing | None:
    """Observe mode, where somebody approved the transition; else refusals are enforced."""
    if transition is None or transition.why_not:
        return None
    return Observing(transition.until, transition.request)


@dataclass(frozen=True, slots=True)
class _Releases:
    """Releases of the use cases that have an endpoint."""

    running: Mapping[tuple[str, str], str]
    newest: Mapping[str, str]
    names: Mapping[tuple[str, str], str]
    """Digest by use case and name."""
    parts: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, connection: sa.Connection, endpoints: Iterable[Stored]) -> _Releases:
        """Read what endpoints go by."""
        use_cases: set[str] = set()
        for each in endpoints:
            spec = cast("Endpoint", each.spec)
            use_cases |= {spec.use_case}
            use_cases |= {to.use_case for model in spec.models for to in model.targets if to.use_case is not None}
        running: dict[tuple[str, str], str] = {}
        newest: dict[str, str] = {}
        names: dict[tuple[str, str], str] = {}
        parts: dict[str, dict[str, str]] = defaultdict(dict)
        runs, all_, made = running_releases.c, releases.c, release_parts.c
        for some in portions(sorted(use_cases)):
            for row in connection.execute(sa.select(running_releases).where(runs.use_case.in_(some))):
                running[row.use_case, row.stage] = row.release
            found = sa.select(all_.use_case, all_.name, all_.digest).where(all_.use_case.in_(some))
            for row in connection.execute(found.order_by(all_.number)):
                names[row.use_case, row.name] = row.digest
                newest[row.use_case] = row.digest
            joined = (
                sa.select(made.release, made.kind, made.name, made.digest).join(releases).where(all_.use_case.in_(some))
            )
            for row in connection.execute(joined):
                parts[row.release][f"{row.kind}/{row.name}"] = row.digest
        return cls(running, newest, names, parts)

    def called(self, endpoint: str, use_case: str, called: str) -> str:
        """The release that a target names.

        Raises:
            InvalidInput: there is none.
        """
        found = self.names.get((use_case, called)) or (called if called in self.parts else None)
        if found is None:
            raise InvalidInput(
                "endpoint-release-unknown",
                f"`{called[:80]}` is no release of `{use_case}`",
                place=Place(source=f"{ENDPOINT}/{endpoint}"),
                remedy="record it with `roadworthy release record`, or declare the endpoint with one that is there",
            )
        return found
