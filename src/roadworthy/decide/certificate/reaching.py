"""What a change would reach, worked out before anybody makes it: what would permit less or more, and who is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from roadworthy.decide.certificate import deciding, stop_rows, telling, trouble_rows
from roadworthy.decide.certificate import store as rows
from roadworthy.decide.certificate.deciding import Asked, Change
from roadworthy.decide.certificate.finding import ACTION
from roadworthy.decide.certificate.ground import Ground
from roadworthy.decide.certificate.model import ALL, Certificate, Envelope, Stop
from roadworthy.decide.certificate.scopes import Scope, ScopeKind, scope_of
from roadworthy.foundation.access.model import WORKLOAD
from roadworthy.foundation.digests import digest_of
from roadworthy.foundation.resources.service import Resources

_NAMES_NOTHING = deciding.LESS | {Change.LIFT_STOP}


@dataclass(frozen=True, slots=True)
class Reach:
    """What a change would reach as things stand."""

    certificates: tuple[Certificate, ...]
    """For less: those that permit something now. For more: those that would permit something again."""
    after: Envelope | None
    """The envelope that would hold, where it becomes another one."""
    stops: tuple[Stop, ...]
    """Stop switches that are set and bear on them."""
    told: frozenset[str]
    """References of the people who are told."""
    agents: tuple[str, ...] = ()
    """Of a stop switch: declared workloads that are stopped by it, or that lose something by it."""
    actions: tuple[str, ...] = ()
    """Of a stop switch: declared actions that are stopped by it, or that an agent loses by it."""
    waiting: Mapping[str, int] = field(default_factory=dict)
    """Of a stop switch: actions that are not over and will wait until it is lifted, by how far they are."""

    @property
    def state(self) -> str:
        """Names what it was worked out from, so that whoever confirms it has seen it as it stands."""
        return digest_of(
            {
                "certificates": {each.serial: [each.state.value, each.digest] for each in self.certificates},
                "stops": sorted(each.id for each in self.stops),
                "agents": list(self.agents),
                "actions": list(self.actions),
            }
        )


def of_change(ground: Ground, connection: sa.Connection, asked: Asked) -> Reach:
    """What a change of a certificate, or lifting a stop switch, would reach, whatever stands against it.

    Raises:
        NotFound: there is no such certificate, or no such switch is set.
        Conflict: it leads nowhere from where things stand.
    """
    standing = () if asked.change in _NAMES_NOTHING else trouble_rows.standing(connection, asked.about)
    despite = tuple(sorted(each.id for each in standing if each.accepted_by is None))
    want = deciding.wanted(ground, connection, replace(asked, despite=despite))
    if want.certificate is None:
        return of_stop(ground, connection, asked.about)
    certificate, now = want.certificate, ground.runtime.clock.now()
    reached = asked.change not in deciding.LESS or certificate.permits(now)
    return Reach(
        certificates=(certificate,) if reached else (),
        after=want.envelope if asked.change in {Change.NARROW, Change.WIDEN, Change.RESUME} else None,
        stops=_stops(connection, certificate.use_case),
        told=telling.circle(ground, connection, certificate.use_case),
    )


def of_stop(ground: Ground, connection: sa.Connection, scope: str) -> Reach:
    """What setting or lifting a stop switch reaches: everything of its scope that would run without it."""
    now, what = ground.runtime.clock.now(), scope_of(scope)
    found = () if what.is_narrow else rows.live(connection, None if scope == ALL else scope)
    agents, actions = touched(ground.resources, connection, what)
    return Reach(
        certificates=tuple(each for each in found if each.permits(now)),
        after=None,
        stops=_stops(connection, scope),
        told=telling.circle_of_stop(ground, connection, scope),
        agents=agents,
        actions=actions,
        waiting=ground.waits.waiting(connection, what),
    )


def touched(resources: Resources, connection: sa.Connection, scope: Scope) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the declared workloads and actions to which a stop switch makes a difference, each in order."""
    agents: dict[str, Any] = {each.name: each.spec for each in resources.all(connection, WORKLOAD)}
    acts = any(each.name == ACTION for each in resources.registry.all())
    actions: dict[str, Any] = {each.name: each.spec for each in resources.all(connection, ACTION)} if acts else {}
    match scope.kind:
        case ScopeKind.ALL:
            pass
        case ScopeKind.USE_CASE:
            agents = {name: each for name, each in agents.items() if not each.use_cases or scope.name in each.use_cases}
            actions = {name: each for name, each in actions.items() if scope.name in each.use_cases}
        case ScopeKind.AGENT:
            agents = {name: each for name, each in agents.items() if name == scope.name}
            actions = {name: each for name, each in actions.items() if any(_may(*one, each) for one in agents.items())}
        case ScopeKind.ACTION:
            actions = {name: each for name, each in actions.items() if name == scope.name}
            agents = {name: each for name, each in agents.items() if any(_may(name, each, a) for a in actions.values())}
    return tuple(agents), tuple(actions)


def _may(name: str, workload: Any, action: Any) -> bool:  # noqa: ANN401 - the shape of an action belongs to a layer above
    """Whether a workload is one of those that may do an action."""
    shares = not workload.use_cases or not set(workload.use_cases).isdisjoint(action.use_cases)
    return shares and (not action.agents or name in action.agents)


def _stops(connection: sa.Connection, scope: str) -> tuple[Stop, ...]:
    return tuple(each for each in stop_rows.listed(connection, lifted=False) if each.scope in {ALL, scope})
