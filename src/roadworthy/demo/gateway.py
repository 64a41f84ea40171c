"""What the demo's gateway has to reach, and the keys by which a visitor tries it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

from roadworthy.app import App
from roadworthy.demo import support
from roadworthy.demo.pilots import AGENT, ASSISTANT
from roadworthy.demo.systems.running import KEYS_OF_AGENT, Running, key_file
from roadworthy.demo.systems.running import PORTS as PORTS_OF_SYSTEMS
from roadworthy.demo.telling import DOOR
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.resources.documents import Declared, declare
from roadworthy.inventory.model import Stage
from roadworthy.operate.admission.keys.model import Wanted
from roadworthy.operate.calls.upstreams.declared import UPSTREAM, Upstream

PORTS: Final = {"meridian-east": 8481, "meridian-west": 8482}
"""Two servers of one model: the second is called when the first does not answer."""
MODEL: Final = "meridian-small"
"""What both call it."""
FILES: Final = {ASSISTANT: "gateway-keys.json", AGENT: KEYS_OF_AGENT}
"""By use case, where the secrets of its keys are kept."""
_STAGES: Final = {ASSISTANT: (Stage.PILOT, Stage.PRODUCTION), AGENT: (Stage.PILOT,)}
_PATIENCE_SECONDS: Final = 5
_ITSELF: Final = Context(Actor(ActorKind.SYSTEM, "demo-generator", DOOR))


@dataclass(frozen=True, slots=True)
class Serving:
    """A model of the demo."""

    name: str
    address: str
    pid: int | None
    """None where it does not run, because its port is taken."""


@contextmanager
def models(addresses: Mapping[str, str]) -> Iterator[tuple[Serving, ...]]:
    """The models, each a process of its own until the end of the block.

    Args:
        addresses: by name, where each is reached.
    """
    processes: dict[str, subprocess.Popen[str]] = {}
    try:
        for name, address in addresses.items():
            command = [sys.executable, "-m", "roadworthy.demo.models", name, str(urlsplit(address).port)]
            pipe = subprocess.PIPE
            processes[name] = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, start_new_session=True)  # noqa: S603 - our own module
        yield tuple(_said(name, addresses[name], process) for name, process in processes.items())
    finally:
        for process in processes.values():
            process.terminate()
            process.communicate(timeout=_PATIENCE_SECONDS)


def _said(name: str, address: str, process: subprocess.Popen[str]) -> Serving:
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    listens = bool(process.stdout.readline())
    return Serving(name, address, process.pid if listens else None)


def addresses(app: App) -> Mapping[str, str]:
    """By name, where the declared models of the demo are reached."""
    with app.store.read() as connection:
        found = {each.name: cast("Upstream", each.spec) for each in app.resources.all(connection, UPSTREAM)}
    return {name: found[name].address for name in PORTS if name in found}


def declared(app: App) -> list[Declared]:
    """What the gateway needs for the assistant and the support agent."""
    said: list[tuple[str, str, dict[str, Any]]] = [
        ("Upstream", name, {"adapter": "openai", "address": f"http://127.0.0.1:{port}/v1"})
        for name, port in PORTS.items()
    ]
    said += [
        ("Endpoint", "handbook", _endpoint(ASSISTANT, outside="hold", observes={"model": f"model/{ASSISTANT}-model"})),
        ("Endpoint", "support", _endpoint(AGENT)),
        ("PriceTable", "meridian", {"currency": "EUR", "prices": [{"model": "*", "input": "0.4", "output": "1.6"}]}),
        ("Budget", "handbook", {"useCases": [ASSISTANT], "limits": [{"money": "5 EUR", "per": "day"}]}),
        ("Budget", "support", {"useCases": [AGENT], "limits": [{"money": "20 EUR", "per": "day"}]}),
    ]
    return [
        *(declare(app.registry.get(kind), name, spec) for kind, name, spec in said),
        *support.declared(app.registry),
    ]


def _endpoint(use_case: str, **more: object) -> dict[str, Any]:
    targets = [{"upstream": name, "model": MODEL} for name in PORTS]
    return {
        "useCase": use_case,
        "surfaces": ["chat-completions"],
        "models": [{"name": use_case, "targets": targets}],
        "maxOutputTokens": 500,
        "pilot": {"callsPerDay": 500},
        "guards": {"patterns": [{"name": "personal-data", "request": "mask", "answer": "mask"}]},
        **more,
    }


def keys(app: App, use_case: str = ASSISTANT) -> Mapping[str, str]:
    """By stage, the secret of a key of a use case; made once and kept in the demo's home, for nobody else."""
    path = app.settings.home / FILES[use_case]
    if path.is_file():
        kept: dict[str, str] = json.loads(path.read_text("utf-8"))
        return kept
    made = {stage.value: _new(app, use_case, stage.value) for stage in _STAGES[use_case]}
    _keep(path, made)
    return made


def _new(app: App, use_case: str, stage: str) -> str:
    name = f"visitor-{stage}" if use_case == ASSISTANT else f"visitor-{use_case}-{stage}"
    secret, _ = app.admitting.keys.new(_ITSELF, Wanted(name, use_case, stage=stage))
    return secret


def _keep(path: Path, made: Mapping[str, str]) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps(made, indent=2) + "\n", "utf-8")


def told(app: App, serving: Sequence[Serving]) -> Iterator[str]:
    """What a visitor has to know to try the gateway."""
    for each in serving:
        if each.pid is None:
            yield f"The model {each.name} does not run: another program uses {each.address}"
        else:
            yield f"The model {each.name} is process {each.pid}; `kill {each.pid}` shows what comes without it"
    for use_case in FILES:
        for stage, secret in keys(app, use_case).items():
            yield f"A key of {use_case} for {stage}: {secret}"


def told_of_systems(app: App, running: Running) -> Iterator[str]:
    """What a visitor has to know of the support agent, and of the systems on which it acts."""
    home = app.settings.home
    if app.gateway.address:
        yield f"Agents act at {app.gateway.address}/mcp; `python -m roadworthy.demo.agent small` sends one"
    for name, port in PORTS_OF_SYSTEMS.items():
        address = running.addresses.get(name)
        if address is None:
            yield f"The system {name} does not run: another program uses http://127.0.0.1:{port}"
        else:
            yield f"The system {name} answers at {address}; its operator's key is in {key_file(home, name, 'operator')}"
