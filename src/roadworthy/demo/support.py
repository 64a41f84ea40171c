"""What the demo's support agent acts on, declared: four systems, what may be done in each, and within which limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from roadworthy.demo.pilots import AGENT
from roadworthy.demo.systems.offered import Operation
from roadworthy.demo.systems.running import MAKERS, PORTS, secret_of
from roadworthy.demo.systems.service import Keys
from roadworthy.foundation.resources.documents import Declared, declare
from roadworthy.foundation.resources.registry import Registry
from roadworthy.foundation.runtime import SystemClock
from roadworthy.operate.actions.declared import ACTION, ACTION_LIMIT, SYSTEM

_PART: Final = re.compile(r"\{(\w+)\}")
_NAME: Final = {"type": "string", "minLength": 1, "maxLength": 64}
Spec = dict[str, Any]


@cache
def _told() -> Mapping[str, Mapping[str, Spec]]:
    found: Mapping[str, Mapping[str, Spec]] = yaml.safe_load(
        files(__package__).joinpath("support.yaml").read_text(encoding="utf-8")
    )
    return found


def declared(registry: Registry, addresses: Mapping[str, str] | None = None) -> list[Declared]:
    """All of it, ready to be applied.

    Args:
        registry: of kinds.
        addresses: by system, where it is; where the demo has it if not said.
    """
    specs = specs_of(addresses)
    return [declare(registry.get(kind), name, spec) for kind, named in specs.items() for name, spec in named.items()]


def specs_of(addresses: Mapping[str, str] | None = None) -> Mapping[str, Mapping[str, Spec]]:
    """By kind and name, the specs."""
    at = addresses or {name: f"http://127.0.0.1:{port}" for name, port in PORTS.items()}
    told = _told()
    systems = {name: _system(name, at[name], spec) for name, spec in told["systems"].items()}
    actions = {name: _action(spec) for name, spec in told["actions"].items()}
    limits = {name: {**spec, "useCases": [AGENT]} for name, spec in told["limits"].items()}
    return {SYSTEM: systems, ACTION: actions, ACTION_LIMIT: limits}


def _system(name: str, address: str, spec: Spec) -> Spec:
    named = {operation: action for action, (system, operation) in _done_by().items() if system == name}
    audit = {**spec["audit"], "operations": named}
    return {**spec, "speaks": "http", "address": address, "secret": secret_of(name), "audit": audit}


def _done_by() -> Mapping[str, tuple[str, str]]:
    """By action, its system and the system's own word for it."""
    return {name: (spec["system"], spec["operation"]) for name, spec in _told()["actions"].items()}


def _action(spec: Spec) -> Spec:
    operation = _operations()[spec["system"]][spec["operation"]]
    hidden = spec.get("idempotency", {}).get("argument")
    body = operation.body or {"properties": {}, "required": []}
    parts = dict.fromkeys(_PART.findall(operation.path), _NAME)
    properties = {**parts, **{name: each for name, each in body["properties"].items() if name != hidden}}
    required = [*parts, *(name for name in body["required"] if name != hidden)]
    return {
        "reads": "trusted",
        **{name: value for name, value in spec.items() if name != "operation"},
        "description": f"{operation.summary}. In {_told()['systems'][spec['system']]['title']}.",
        "useCases": [AGENT],
        "http": {"method": operation.method, "path": operation.path},
        "input": {"type": "object", "additionalProperties": False, "properties": properties, "required": required},
        "output": {"type": "object", "properties": dict(operation.returns), "required": list(operation.returns)},
        "timeout": "5s",
    }


@cache
def _operations() -> Mapping[str, Mapping[str, Operation]]:
    """By system and its own word for it, what it offers; nobody has a key of these."""
    clock = SystemClock()
    return {name: {each.name: each for each in maker(Keys({}, ""), clock).operations} for name, maker in MAKERS.items()}
