"""The demo's support agent before a gateway: its four systems, its actions as the demo declares them, and its key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from roadworthy.demo import support
from roadworthy.demo.pilots import AGENT
from roadworthy.demo.systems.running import accounts, bindings
from roadworthy.foundation.runtime import SystemRandomness
from roadworthy.inventory.model import UseCase
from roadworthy.operate.admission.keys.model import Wanted
from tests.harness.acting import LETS, Shop
from tests.harness.gateway import gateway
from tests.harness.governed import RULES, SAM, govern, rights
from tests.harness.systems import served
from tests.harness.upstream import wait_for

CHANGES = {"name": "policy", "decides": ["change-policy"], "decision": "ask", "approvers": [{"person": SAM}]}
"""Whoever changes what agents may do asks for it."""


@contextmanager
def support_desk(home: Path, **settings: Any) -> Iterator[Shop]:
    """It, until the end of the block."""
    with ExitStack() as stack:
        systems = stack.enter_context(served(known=accounts(home, SystemRandomness())))
        addresses = {name: each.address for name, each in systems.items()}
        ports = {name: urlsplit(address).port or 0 for name, address in addresses.items()}
        secrets = f"127.0.0.1=env:TEST_UPSTREAM_SECRET, {bindings(ports)}"
        running = stack.enter_context(gateway(home, upstream_secrets=secrets, **settings))
        running.declare_quietly(UseCase, **{AGENT: {"title": "Support agent that refunds", "stage": "pilot"}})
        app = running.app
        context = app.identity.local_user("keeper").context("tests")
        declared = support.declared(app.registry, addresses)
        app.units.run(context, lambda tx: app.resources.put_all(tx, declared, None, "test"))
        govern(app, rights([*RULES, LETS, CHANGES]))
        key, _ = app.admitting.keys.new(context, Wanted("support", AGENT, stage="pilot"))
        desk = Shop(running, systems, key)
        stack.callback(desk.close)
        wait_for(lambda: (said := desk.get("/v1/actions")).status_code == 200 and "refund" in said.text)
        yield desk
