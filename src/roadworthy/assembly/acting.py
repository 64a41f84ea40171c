"""Actions of agents, put together: what is declared, who decides, how systems are asked, what goes on by itself."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final, cast

from roadworthy.assembly.admitting import Known
from roadworthy.assembly.agents import Carried, carried_of
from roadworthy.assembly.deciding import Deciding
from roadworthy.assembly.gateway import Gateway
from roadworthy.assembly.ground import Ground
from roadworthy.foundation.credentials import Sources
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.workflow.service import Timers
from roadworthy.operate.actions.advisory.service import Advisory, look
from roadworthy.operate.actions.besides import Besides, Writes
from roadworthy.operate.actions.callbacks.sending import Callbacks
from roadworthy.operate.actions.callbacks.sending import Ground as CallbacksGround
from roadworthy.operate.actions.catalogue.compiled import CATALOGUE, Catalogue
from roadworthy.operate.actions.deciding.stopping import stop_of
from roadworthy.operate.actions.declared import Speaks
from roadworthy.operate.actions.doing.flow import Stands
from roadworthy.operate.actions.doing.keeping import Ground as KeepingGround
from roadworthy.operate.actions.doing.keeping import Keeping
from roadworthy.operate.actions.explaining import Explaining
from roadworthy.operate.actions.model import SUBJECT, AgentAction
from roadworthy.operate.actions.past.service import Replaying
from roadworthy.operate.actions.people.holds import ActionExecutor, Holds
from roadworthy.operate.actions.people.letters import Letters
from roadworthy.operate.actions.ports import Acts
from roadworthy.operate.actions.runner import Ground as RunnerGround
from roadworthy.operate.actions.runner import Runner
from roadworthy.operate.actions.runs.agent_runs import AgentRuns
from roadworthy.operate.actions.runs.rollback import Rollbacks
from roadworthy.operate.actions.service import Actions
from roadworthy.operate.actions.service import Ground as ActionsGround
from roadworthy.operate.actions.systems.fleet import Systems
from roadworthy.operate.actions.systems.http import HttpSystems
from roadworthy.operate.actions.systems.mcp import McpSystems
from roadworthy.operate.actions.systems.processes import commands_of
from roadworthy.operate.actions.systems.python import PythonSystems, modules_of
from roadworthy.operate.actions.systems.stdio import StdioSystems
from roadworthy.operate.actions.watched.metered import MeteredActions, MeteredFlow, MeteredKeeping, Standing, Watch
from roadworthy.operate.actions.watched.metrics import ActionMetrics
from roadworthy.operate.actions.watched.seeing import Seeing
from roadworthy.operate.admission.configuration import Configuration
from roadworthy.operate.admission.identity.pseudonyms import pseudonym_secret
from roadworthy.operate.calls.later.sealing import Sealing

PURPOSE: Final = "agent-actions"
"""Of the deployment's keys: arguments and results are sealed with it."""


@dataclass(frozen=True, slots=True)
class Acting:
    """Actions of agents. Nothing goes on by itself before `runner.start`."""

    actions: Actions
    runs: AgentRuns
    rollbacks: Rollbacks
    letters: Letters
    explaining: Explaining
    replaying: Replaying
    advisory: Advisory
    keeping: Keeping
    metrics: ActionMetrics
    systems: Systems
    runner: Runner
    besides: Besides
    functions: Besides
    """Threads of systems that are functions."""
    processes: StdioSystems
    """Systems that are processes of this gateway."""
    carried: Carried
    seeing: Seeing
    callbacks: Callbacks
    """Nobody is called before `callbacks.start`."""

    def close(self) -> None:
        """Stop, once nothing is done any more."""
        self.callbacks.close()
        self.functions.close()
        self.besides.close()


def acting_of(ground: Ground, known: Known, rights: Deciding, gateway: Gateway) -> Acting:
    """Put it together."""
    admitting, reloading, telemetry = gateway.admitting, gateway.admitting.reloading, gateway.telemetry
    watch = Watch(ActionMetrics(ground.runtime), ground.runtime, telemetry.follow_tool, lambda: telemetry.follows)
    keeping = _keeping(ground, known, gateway, watch)
    rollbacks = Rollbacks(keeping, lambda: _catalogue(reloading.current))
    keeping.ground.ended.extend([rollbacks.ended, Callbacks.ended])
    rights.on(SUBJECT, ActionExecutor(ground.resources, keeping))
    holds = Holds(keeping, rights, lambda: _catalogue(reloading.current))
    systems = Systems(
        gateway.secrets.upstreams, ground.settings.upstream_hosts, ground.settings.home, gateway.delegation
    )
    besides, functions = (Besides(ground.runtime, f"gateway-{each}") for each in ("actions", "functions"))
    writes = Writes(lambda: keeping.ground.units, None if ground.store.dialect == "sqlite" else besides)
    processes = StdioSystems(commands_of(ground.settings.action_commands))
    ways, stopped = _ways(ground, processes, functions), partial(_is_stopped, known)
    flow = MeteredFlow(Stands(keeping, systems, ways, besides, writes, ground.runtime, stopped), watch)
    actions = MeteredActions(
        ActionsGround(
            admission=admitting.admission,
            identities=admitting.identities,
            configuration=lambda: reloading.current,
            keeping=keeping,
            flow=flow,
            beside=besides,
            writes=writes,
            runtime=ground.runtime,
            hold=holds.ask,
            audience=audience_of(ground.settings),
            inside=Reach.of(ground.settings.inside_hosts).allowed,
        ),
        watch,
    )
    runner = Runner(
        RunnerGround(
            keeping, flow, holds, lambda: reloading.current, actions.catalogue, besides,
            lambda: not gateway.not_ready(), partial(_is_stopped, known),
            (partial(look, keeping, actions), Standing(keeping, watch).look),
        )
    )  # fmt: skip
    reloading.watchers.append(partial(_take, systems))
    return Acting(
        actions=actions,
        runs=AgentRuns(actions, rollbacks, runner.wake),
        rollbacks=rollbacks,
        letters=Letters(keeping, actions.catalogue, runner.wake),
        explaining=Explaining(keeping, known.status, lambda: reloading.current, actions.catalogue, ground.runtime),
        replaying=Replaying(keeping, ground.resources),
        advisory=Advisory(actions, runner),
        keeping=keeping,
        metrics=watch.metrics,
        systems=systems,
        runner=runner,
        besides=besides,
        functions=functions,
        processes=processes,
        carried=carried_of(ground, holds, besides),
        seeing=Seeing(ground.store, actions.catalogue),
        callbacks=_callbacks(ground, keeping),
    )


def _callbacks(ground: Ground, keeping: Keeping) -> Callbacks:
    """Who calls agents, with timers of their own: one that is slow to answer keeps nothing else waiting."""
    settings = ground.settings
    return Callbacks(
        CallbacksGround(
            keeping=keeping,
            resources=ground.resources,
            timers=Timers(ground.store, ground.units, ground.runtime),
            runtime=ground.runtime,
            sources=Sources(settings.home),
            reach=Reach.of(settings.inside_hosts),
            source=f"urn:roadworthy:{settings.organisation}",
        )
    )


def audience_of(settings: Settings) -> str:
    """`aud` of users' tokens for actions: as it is set, or the address of `/mcp`, which clients ask for (RFC 8707)."""
    own = settings.gateway_issuer.rstrip("/")
    return settings.action_audience or (f"{own}/mcp" if own else "")


def _keeping(ground: Ground, known: Known, gateway: Gateway, watch: Watch) -> Keeping:
    """Where actions are kept."""
    return MeteredKeeping(
        KeepingGround(
            store=ground.store,
            units=ground.units,
            runtime=ground.runtime,
            sealing=Sealing(ground.keys, ground.runtime.randomness, PURPOSE),
            status=known.status,
            configuration=lambda: gateway.admitting.reloading.current,
            known_as=_KnownAs(ground),
            holder=lambda: gateway.telemetry.writer,
            ended=[],
        ),
        watch,
    )


class _KnownAs:
    """Customers as keyed hashes, with the key of pseudonyms, which is asked for when the first one is made."""

    def __init__(self, ground: Ground) -> None:
        self._secret = lru_cache(maxsize=1)(partial(pseudonym_secret, ground.keys))

    def __call__(self, customer: str) -> str:
        return hmac.new(self._secret(), f"customer\0{customer}".encode(), hashlib.sha256).hexdigest()


def _ways(ground: Ground, processes: StdioSystems, functions: Besides) -> Mapping[Speaks, Acts]:
    """How systems are asked."""
    return {
        Speaks.HTTP: HttpSystems(),
        Speaks.MCP: McpSystems(),
        Speaks.MCP_STDIO: processes,
        Speaks.PYTHON: PythonSystems(modules_of(ground.settings.action_modules), functions),
    }


def _catalogue(configuration: Configuration) -> Catalogue:
    return cast("Catalogue", configuration.others.get(CATALOGUE) or Catalogue())


def _take(systems: Systems, configuration: Configuration) -> None:
    systems.take(_catalogue(configuration).systems)


def _is_stopped(known: Known, action: AgentAction) -> bool:
    said = stop_of(known.status.held, action.use_case, action.workload, action.action, despite_stop=action.despite_stop)
    return said is not None
