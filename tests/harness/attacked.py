"""A gateway whose agent may do little, by a certificate and by rules, and what systems know that it did."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from roadworthy.demo.systems.logs import Entry
from roadworthy.demo.systems.offered import Does
from roadworthy.demo.systems.shop import rows
from roadworthy.operate.actions.store import find
from roadworthy.operate.actions.surfaces.mcp.asked import RUN_KEY
from roadworthy.operate.actions.surfaces.mcp.told import ACTION_KEY
from roadworthy.operate.actions.systems.speech import shown
from roadworthy.operate.actions.tables import agent_actions
from roadworthy.operate.admission.keys.model import Wanted
from tests.harness.acting import ACTIONS, More, Shop, action, shop
from tests.harness.gateway import CASE
from tests.harness.injections import Wish
from tests.harness.issued import issued, term
from tests.harness.speaking_mcp import Plain
from tests.harness.upstream import wait_for

PER_CUSTOMER, PER_DAY, CANCELS, COMMENTS, HELD_ABOVE = 45_000, 60_000, 3, 25, 10_000
STANDS, FAULT = 200, 500
"""HTTP status of what should not have happened."""
CERTIFIED: dict[str, dict[str, int]] = {
    "payments.refund": {"EUR minor units per day": PER_DAY, "per day": 40},
    "orders.cancel": {"per day": CANCELS},
    "tickets.comment": {},
    "tickets.look": {},
    "tickets.get": {},
    "orders.get": {},
    "mail.send": {"per day": 5},
}
"""What the certificate lets the agent do; nothing else of what is declared."""
_KNOWN = {"knownBy": ["tickets.look"], "knownAt": "/customer"}
_LOOK: dict[str, Any] = action(
    "ticketing", "GET", "/tickets/{ticket}", "read",
    input={"type": "object", "properties": {"ticket": {"type": "string", "maxLength": 60}}, "required": ["ticket"]},
)  # fmt: skip
MORE = More(
    actions={
        "tickets.look": _LOOK,
        "tickets.get": {**_LOOK, "reads": "untrusted"},
        "payments.refund": {**ACTIONS["payments.refund"], "whose": {"at": "/customer", **_KNOWN}},
        "orders.cancel": {
            **ACTIONS["orders.cancel"],
            "whose": {
                "action": "orders.get", "arguments": {"order": "$.arguments/order"}, "at": "/customer", **_KNOWN,
            },
        },
        "tickets.comment": {
            **ACTIONS["tickets.comment"],
            "limits": [{"count": COMMENTS, "per": "day"}],
            "whose": {
                "action": "tickets.look", "arguments": {"ticket": "$.arguments/ticket"}, "at": "/customer", **_KNOWN,
            },
        },
        "mail.send": {**ACTIONS["mail.send"], "hold": {"always": True}},
    }
)  # fmt: skip


@dataclass
class Blast:
    """What an agent did, by what the systems wrote down themselves."""

    refunded: Counter[str] = field(default_factory=Counter)
    """By customer, in cents."""
    largest: int = 0
    done: Counter[str] = field(default_factory=Counter)
    """Effects, by the system's own name of what was done."""
    strangers: list[Entry] = field(default_factory=list)
    """Effects for another customer than the one for whom the agent run is."""
    nameless: list[Entry] = field(default_factory=list)
    """Effects that carry the id of no action of ours."""


@dataclass
class Attacked:
    """The gateway, two agents, and where systems' logs were when it began."""

    shop: Shop
    agent: str
    """Key of the hijacked agent."""
    victim: str
    """Key of another agent of the same use case."""
    mcp: Plain
    _began: Mapping[str, int]

    def ask(self, wish: Wish) -> str:
        """What became of a wish: a state or a rule, or the error of what is no request."""
        if wish.mcp:
            extra = {} if wish.run is None else {RUN_KEY: wish.run}
            name = {"Mcp-Name": shown(wish.action)}
            answer = self.mcp.call(wish.action, wish.arguments, extra=extra, headers=name)
            assert answer.status_code < FAULT, answer.text
            if "error" in answer.json():
                return f"error {answer.json()['error']['code']}"
            told: Mapping[str, Any] = answer.json()["result"]["_meta"].get(ACTION_KEY, {})
        else:
            run = {} if wish.run is None else {"run": wish.run}
            answer = self.shop.do(wish.action, wish.arguments, **run)
            told = answer.json()
            assert answer.status_code < FAULT or told.get("code") == "action-failed", answer.text
        return told.get("rule") or told.get("code") or str(told.get("state", "nothing"))

    def blast(self) -> Blast:
        """What systems did since the beginning."""
        found = Blast()
        for name, each in self.shop.systems.items():
            for entry in list(each.system.entries)[self._began[name] :]:
                if entry.succeeded and entry.does is not Does.READS:
                    self._count(entry, found)
        return found

    def _count(self, entry: Entry, found: Blast) -> None:
        if entry.operation == "refund":
            found.refunded[entry.body["customer"]] += entry.body["amount"]
            found.largest = max(found.largest, entry.body["amount"])
        with self.shop.running.app.store.read() as connection:
            kept = find(connection, entry.action or "")
            if kept is None:
                found.nameless.append(entry)
                return
            if kept.action.compensates is not None:
                before = find(connection, kept.action.compensates)
                if before is None or before.action.run != kept.action.run:
                    found.strangers.append(entry)
                return
            found.done[entry.operation] += 1
            first = connection.execute(
                sa.select(agent_actions.c.id)
                .where(agent_actions.c.run == kept.action.run, agent_actions.c.action == "tickets.look")
                .where(agent_actions.c.state == "done")
                .order_by(agent_actions.c.place)
            ).first()
        looked = None if first is None else self.shop.get(f"/v1/actions/{first.id}").json()["result"]["customer"]
        if _customer(entry) != looked:
            found.strangers.append(entry)


def _customer(entry: Entry) -> str | None:
    """Whose thing an effect was about."""
    said = {**entry.named, **entry.body}
    if "ticket" in said:
        return str(rows("tickets", "ticket")[said["ticket"]]["customer"])
    by_payment = {each["payment"]: each for each in rows("orders", "order").values()}
    order = rows("orders", "order").get(said.get("order", "")) or by_payment.get(said.get("payment", ""))
    return None if order is None else str(order["customer"])


@contextmanager
def attacked(home: Path) -> Iterator[Attacked]:
    """All of it, until the end of the block."""
    with shop(home, more=MORE) as made:
        app = made.running.app
        context = app.identity.local_user("keeper").context("tests")
        agent, victim = (
            app.admitting.keys.new(context, Wanted(name, CASE, stage="production"))[0]
            for name in ("hijacked", "victim")
        )
        issued(app, context, CASE, envelope={"terms": {"actions": term({"limits": CERTIFIED})}})
        made.key = agent
        wait_for(lambda: made.get("/v1/actions").status_code == STANDS)
        for run, ticket in (("of-t-3001", "t-3001"), ("of-t-3002", "t-3002")):
            wait_for(partial(_looked, made, run, ticket))
        plain = Plain(f"{made.running.address}/mcp", agent)
        began = {name: len(each.system.entries) for name, each in made.systems.items()}
        yield Attacked(made, agent, victim, plain, defaultdict(int, began))
        plain.close()


def _looked(made: Shop, run: str, ticket: str) -> bool:
    """Whether the run is for whoever wrote the ticket; until its certificate is known here, it is a no."""
    return made.do("tickets.look", {"ticket": ticket}, run=run).status_code == STANDS
