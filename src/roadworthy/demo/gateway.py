"""What the demo's gateway has to reach, and the keys by which a visitor tries it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from roadworthy.app import App
from roadworthy.demo.pilots import AGENT
from roadworthy.demo.telling import DOOR
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.resources.documents import Declared, declare
from roadworthy.inventory.model import Stage
from roadworthy.operate.admission.keys.model import Wanted

PORTS: Final = {"meridian-east": 8481, "meridian-west": 8482}
"""Two servers of one model: the second is called when the first does not answer."""
ENDPOINT: Final = "support"
FILE: Final = "gateway-keys.json"
_STAGES: Final = (Stage.PILOT, Stage.PRODUCTION)
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
def models() -> Iterator[tuple[Serving, ...]]:
    """The models, each a process of its own until the end of the block."""
    processes: dict[str, subprocess.Popen[str]] = {}
    try:
        for name, port in PORTS.items():
            command = [sys.executable, "-m", "roadworthy.demo.models", name, str(port)]
            pipe = subprocess.PIPE
            processes[name] = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, start_new_session=True)  # noqa: S603 - our own module
        yield tuple(_said(name, process) for name, process in processes.items())
    finally:
        for process in processes.values():
            process.terminate()
            process.communicate(timeout=_PATIENCE_SECONDS)


def _said(name: str, process: subprocess.Popen[str]) -> Serving:
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    listens = bool(process.stdout.readline())
    return Serving(name, _address(name), process.pid if listens else None)


def _address(name: str) -> str:
    return f"http://127.0.0.1:{PORTS[name]}"


def declared(app: App) -> list[Declared]:
    """What the gateway needs for the support agent."""
    said: list[tuple[str, str, dict[str, Any]]] = [
        ("Upstream", name, {"adapter": "openai", "address": f"{_address(name)}/v1"}) for name in PORTS
    ]
    targets = [{"upstream": name, "model": "meridian-small"} for name in PORTS]
    said += [
        (
            "Endpoint",
            ENDPOINT,
            {
                "useCase": AGENT,
                "surfaces": ["chat-completions"],
                "models": [{"name": "support", "targets": targets}],
                "pilot": {"callsPerDay": 500},
                "guards": {"patterns": [{"name": "personal-data", "request": "mask", "answer": "mask"}]},
            },
        ),
        ("PriceTable", "meridian", {"currency": "EUR", "prices": [{"model": "*", "input": "0.4", "output": "1.6"}]}),
        ("Budget", ENDPOINT, {"useCases": [AGENT], "limits": [{"money": "20 EUR", "per": "day"}]}),
    ]
    return [declare(app.registry.get(kind), name, spec) for kind, name, spec in said]


def keys(app: App) -> Mapping[str, str]:
    """By stage, the secret of a key of the support agent; made once and kept in the demo's home, for nobody else."""
    path = app.settings.home / FILE
    if path.is_file():
        kept: dict[str, str] = json.loads(path.read_text("utf-8"))
        return kept
    made = {
        stage.value: app.admitting.keys.new(_ITSELF, Wanted(f"visitor-{stage.value}", AGENT, stage=stage.value))[0]
        for stage in _STAGES
    }
    _keep(path, made)
    return made


def _keep(path: Path, made: Mapping[str, str]) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps(made, indent=2) + "\n", "utf-8")
