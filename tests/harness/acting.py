"""A gateway whose agents act on the shop's four systems, with actions declared the way the demo declares them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from roadworthy.app import open_home
from roadworthy.foundation.ledger.store import Filter
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.settings import Settings
from roadworthy.inventory.model import UseCase
from roadworthy.operate.actions.callbacks.declared import AgentCallback
from roadworthy.operate.actions.declared import Action, ActionLimit, System
from roadworthy.operate.admission.keys.model import Wanted
from tests.harness.gateway import Running, gateway
from tests.harness.governed import LEE, RULES, govern, rights, signed_in
from tests.harness.systems import Served, served
from tests.harness.upstream import wait_for

CASE = "triage"
LETS = {"name": "agents", "decides": ["agent-action"], "decision": "ask", "approvers": [{"person": LEE}]}
OVER = {"done", "failed", "refused", "dead-letter", "cancelled"}


@dataclass
class Shop:
    """The gateway, its systems, and an agent's key."""

    running: Running
    systems: Mapping[str, Served]
    key: str
    _http: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=60))

    def do(self, action: str, arguments: Mapping[str, Any] | None = None, **more: Any) -> httpx.Response:
        """Ask for an action; `key`, `run`, `headers` and other fields of the body as they are given."""
        headers = {"Authorization": f"Bearer {more.pop('key', self.key)}", **more.pop("headers", {})}
        body = {"action": action, "arguments": arguments or {}, **more}
        return self._http.post(f"{self.running.address}/v1/actions", content=json.dumps(body), headers=headers)

    def get(self, path: str) -> httpx.Response:
        """Look at something below the gateway's address."""
        return self._http.get(f"{self.running.address}{path}", headers={"Authorization": f"Bearer {self.key}"})

    def post(self, path: str) -> httpx.Response:
        """Have something done to a run."""
        return self._http.post(f"{self.running.address}{path}", headers={"Authorization": f"Bearer {self.key}"})

    def ended(self, id_: str) -> dict[str, Any]:
        """An action, once nothing becomes of it any more."""

        def over() -> dict[str, Any] | None:
            said: dict[str, Any] = self.get(f"/v1/actions/{id_}").json()
            return said if said["state"] in OVER else None

        found: dict[str, Any] = wait_for(over)
        return found

    def run(self, name: str, *states: str) -> dict[str, Any]:
        """A run, once it is in one of some states."""

        def there() -> dict[str, Any] | None:
            said: dict[str, Any] = self.get(f"/v1/agent-runs/{name}").json()
            return said if said["state"] in states else None

        found: dict[str, Any] = wait_for(there)
        return found

    def decide(self, request: str, *, yes: bool) -> None:
        """Have Lee decide about a held action."""
        app = self.running.app
        session = signed_in(app, LEE)
        asked = app.approvals.standing(request).request
        decides = app.approvals.approve if yes else app.approvals.decline
        decides(session.context("web"), session.proof, asked.id, asked.digest, "I have looked at it.")

    def recorded(self, id_: str) -> list[str]:
        """What the ledger says of an action, in order."""
        ledger = self.running.app.ledger
        ledger.settle()
        page = ledger.entries(Filter(resource=f"AgentAction/{id_}"))
        return [each.entry.what for each in reversed(page.entries)]

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()

    def heal(self) -> None:
        """Let systems work, and forget what was known of their health."""
        for each in self.systems.values():
            each.heals()
        for reached in self.running.app.acting.systems.all():
            reached.breaker.well()


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


_ID, _WORDS = {"type": "string", "maxLength": 60}, {"type": "string", "maxLength": 2000}
_AMOUNT = {"type": "integer", "minimum": 1}


def action(system: str, method: str, path: str, effect: str, **more: Any) -> dict[str, Any]:
    """An action over HTTP."""
    return {
        "useCases": [CASE], "system": system, "http": {"method": method, "path": path}, "effect": effect,
        "tier": "medium", "reads": "trusted", **more,
    }  # fmt: skip


FUNCTIONS = "tests.harness.functions"
REFUND = {"payment": "p-7001", "customer": "c-1001", "amount": 2000, "currency": "EUR", "reason": "screen"}
ACTIONS: dict[str, dict[str, Any]] = {
    "orders.get": action("orders", "GET", "/orders/{order}", "read", input=_object(order=_ID)),
    "orders.cancel": action(
        "orders", "POST", "/orders/{order}/cancel", "write",
        input=_object(order=_ID, reference=_ID, reason=_WORDS), onFailure="roll-back",
        compensation={"action": "orders.reopen",
                      "arguments": {"order": "$.arguments/order", "reference": "$.action"}},
    ),
    "orders.reopen": action(
        "orders", "POST", "/orders/{order}/reopen", "write", input=_object(order=_ID, reference=_ID)
    ),
    "orders.readdress": action(
        "orders", "PUT", "/orders/{order}/address", "write",
        input=_object(order=_ID, address={"type": "object"}),
        idempotency={"by": "probe", "argument": "reference",
                     "probe": {"action": "orders.find", "arguments": {"reference": "$.action"}}},
    ),
    "orders.find": action("orders", "GET", "/changes/{reference}", "read", input=_object(reference=_ID)),
    "payments.refund": action(
        "payments", "POST", "/refunds", "write", onFailure="roll-back",
        input=_object(payment=_ID, customer=_ID, amount=_AMOUNT, currency={"type": "string"}, reason=_WORDS),
        amount={"path": "/amount", "unit": "minor", "currencyPath": "/currency", "currencies": ["EUR"]},
        customer="/customer", idempotency={"by": "key"}, hold={"above": "100 EUR"},
        limits=[{"amount": "450 EUR", "per": "day", "each": ["customer"]}],
        compensation={"action": "payments.void", "arguments": {"refund": "$.result/refund"}},
    ),
    "payments.void": action(
        "payments", "POST", "/refunds/{refund}/void", "write", input=_object(refund=_ID), idempotency={"by": "key"}
    ),
    "tickets.comment": action(
        "ticketing", "POST", "/tickets/{ticket}/comments", "write", idempotency={"by": "key"}, tier="low",
        input=_object(ticket=_ID, text=_WORDS), onFailure="roll-back",
    ),
    "tickets.close": action(
        "ticketing", "POST", "/tickets/{ticket}/close", "write", idempotency={"by": "key"}, onFailure="roll-back",
        input=_object(ticket=_ID),
        compensation={"action": "tickets.reopen", "arguments": {"ticket": "$.arguments/ticket"}},
    ),
    "tickets.reopen": action(
        "ticketing", "POST", "/tickets/{ticket}/reopen", "write", idempotency={"by": "key"}, input=_object(ticket=_ID)
    ),
    "notes.add": {
        "useCases": [CASE], "system": "notes", "function": "note", "effect": "write", "tier": "low",
        "input": _object(text=_WORDS), "reads": "trusted", "attempts": 1,
        "idempotency": {"by": "key", "argument": "reference"},
    },
    "notes.other": {
        "useCases": [CASE], "system": "others", "function": "getcwd", "effect": "read", "tier": "low",
        "input": _object(), "attempts": 1,
    },
    "mail.send": action(
        "mail", "POST", "/messages", "irreversible", onFailure="roll-back",
        input=_object(to=_ID, subject=_WORDS, text=_WORDS),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class More:
    """What is declared beside the shop's own."""

    systems: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    actions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Those of the shop's names take their place."""
    limits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    secrets: str = ""
    """Further ones, as the setting `upstream_secrets` has them."""
    callbacks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@contextmanager
def shop(home: Path, audits: Mapping[str, Any] | None = None, more: More = More(), **settings: Any) -> Iterator[Shop]:
    """It, until the end of the block.

    Args:
        home: where it is kept.
        audits: by system, what is declared of its audit log.
        more: what is declared beside.
        settings: of the gateway.
    """
    with ExitStack() as stack:
        systems = stack.enter_context(served())
        secrets = ",".join(filter(None, [_secrets(systems), more.secrets]))
        running = stack.enter_context(gateway(home, upstream_secrets=secrets, action_modules=FUNCTIONS, **settings))
        running.declare_quietly(System, **_systems(systems, audits), **more.systems)
        running.declare(Action, **{**ACTIONS, **more.actions})
        if more.limits:
            running.declare(ActionLimit, **more.limits)
        if more.callbacks:
            running.declare(AgentCallback, **more.callbacks)
        context = running.app.identity.local_user("keeper").context("tests")
        key, _ = running.app.admitting.keys.new(context, Wanted("agent", CASE, stage="pilot"))
        govern(running.app, rights([*RULES, LETS]))
        made = Shop(running, systems, key)
        stack.callback(made.close)
        wait_for(lambda: made.get("/v1/actions").status_code == 200)
        yield made


@dataclass(frozen=True)
class Prepared:
    """A home in which everything is declared and nothing runs, and the systems."""

    home: Path
    systems: Mapping[str, Served]
    key: str
    settings: Mapping[str, str]
    environment: Mapping[str, str]
    """With what its gateway starts: the keys of the systems."""


@contextmanager
def prepared(home: Path, more: More = More(), **chosen: str) -> Iterator[Prepared]:
    """It, with its systems until the end of the block.

    Args:
        home: where it is kept.
        more: what is declared beside.
        chosen: settings of the gateway.
    """
    with served() as systems:
        secrets = _secrets(systems)
        settings: dict[str, Any] = {"upstream_hosts": "127.0.0.1", "upstream_secrets": secrets, **chosen}
        with open_home(Settings(home=home, **settings)) as (app, _):
            context = app.identity.local_user("keeper").context("tests")
            case = {CASE: {"title": "Triage", "stage": "pilot"}}
            said: dict[type[Shape], Mapping[str, Any]] = {
                UseCase: case,
                System: {**_systems(systems, None), **more.systems},
                Action: {**ACTIONS, **more.actions},
            }
            declared = [
                Declared(model.__name__, name, {}, model.model_validate(spec))
                for model, specs in said.items() for name, spec in specs.items()
            ]  # fmt: skip
            app.units.run(context, lambda tx: app.resources.put_all(tx, declared, None, "test"))
            key, _ = app.admitting.keys.new(context, Wanted("agent", CASE, stage="pilot"))
        environment = {name: os.environ[name] for name in os.environ if name.startswith("TEST_")}
        yield Prepared(home, systems, key, settings, environment)


def _secrets(systems: Mapping[str, Served]) -> str:
    """The setting that binds each system's key to its address; the keys themselves are in the environment."""
    bound = ["127.0.0.1=env:TEST_UPSTREAM_SECRET"]
    for name, each in systems.items():
        os.environ[f"TEST_{name.upper()}_KEY"] = each.account.gateway
        bound.append(f"{each.address.removeprefix('http://')}=env:TEST_{name.upper()}_KEY")
    return ",".join(bound)


def _systems(systems: Mapping[str, Served], audits: Mapping[str, Any] | None) -> dict[str, dict[str, Any]]:
    functions = {"notes": {"speaks": "python", "module": FUNCTIONS}, "others": {"speaks": "python", "module": "os"}}
    return functions | {
        name: {
            "speaks": "http", "address": each.address, "secret": f"env:TEST_{name.upper()}_KEY",
            **({"audit": audits[name]} if audits else {}),
        }
        for name, each in systems.items()
    }  # fmt: skip


__all__ = ["ACTIONS", "ActionLimit", "Shop", "action", "shop"]
