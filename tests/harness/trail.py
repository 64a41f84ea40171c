"""The trail on a store: our actions are rows that a test writes, and what systems say is what it brings."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.ids import new_id
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.ledger.store import Filter
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.runtime import Runtime, SeededRandomness, SimulatedClock
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.actions.declared import Speaks, System
from roadworthy.operate.actions.model import State, Why
from roadworthy.operate.actions.tables import agent_actions
from roadworthy.operate.actions.trail.declared import Audit, AuditFields, AuditFormat
from roadworthy.operate.actions.trail.finding_store import Wanted
from roadworthy.operate.actions.trail.looking import Looking
from roadworthy.operate.actions.trail.model import Intent, Taken, TrailFinding
from roadworthy.operate.actions.trail.service import Ground, Trail
from roadworthy.operate.actions.trail.veil import Veil
from tests.unit.foundation.ledger.samples import CONTEXT, ledger_on

START = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
FIELDS = AuditFields(
    id="/no", at="/at", operation="/did", principal="/who", action="/action", trace="/trace", reference="/receipt",
    arguments="/with", status="/code", amount="/with/amount", currency="/with/currency", subject="/with/customer",
)  # fmt: skip
AUDIT = Audit(
    format=AuditFormat.JSON_LINES, fields=FIELDS, operations={"refund": "refund-payment", "void": "void-refund"},
    reads=("getPayment",), others=("back-office",), skew="2s", delay="5m",
)  # fmt: skip
PAYMENTS = "payments"


@dataclass
class Told:
    """The trail of one system, with what owners were told and which actions were confirmed."""

    store: Store
    folder: Path
    audit: Audit = AUDIT
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(START))
    told: list[TrailFinding] = field(default_factory=list)
    confirmed: list[tuple[str, str | None]] = field(default_factory=list)
    arguments: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    numbers: int = 0

    def __post_init__(self) -> None:
        self.runtime = Runtime(clock=self.clock, randomness=SeededRandomness(1), threaded=False)
        self.ledger: Ledger = ledger_on(self.store, self.folder, self.runtime)
        self.veil = Veil(Keys(self.folder / "keys", self.clock), self.runtime.randomness)
        self.trail = Trail(
            Ground(
                self.store, self.ledger.units, self.runtime, self.veil, self._declared,
                lambda _system: {"find-payment"}, self._asked, self._tell,
                [self._confirm],
            )
        )  # fmt: skip
        self.looking = Looking(self.store, self.ledger.units, self.veil)

    def _declared(self, name: str) -> System | None:
        known = {PAYMENTS: self.audit, "silent": None}
        return System(speaks=Speaks.HTTP, address="https://pay.example", audit=known[name]) if name in known else None

    def _asked(self, _connection: sa.Connection, intent: Intent) -> tuple[Mapping[str, Any], Any] | None:
        found = self.arguments.get(intent.id)
        return None if found is None else (found, found.get("customer"))

    def _tell(self, tx: Transaction, finding: TrailFinding) -> None:  # noqa: ARG002 - as `Tells` has it
        self.told.append(finding)

    def _confirm(self, tx: Transaction, action: str, reference: str | None) -> None:  # noqa: ARG002 - as `Confirms` has it
        self.confirmed.append((action, reference))

    # ------------------------------------------------------------ our side

    def action(
        self, state: State = State.DONE, *, reference: str | None = None, amount: int | None = 2_000,
        arguments: Mapping[str, Any] | None = None, why: Why | None = None, trace: str | None = None, tries: int = 1,
        name: str = "refund-payment",
    ) -> str:  # fmt: skip
        """One of our actions, asked for now and, where that is over, ended a second later."""
        now = self.clock.now()
        id_ = new_id(now, self.runtime.randomness)
        over = state not in {State.HELD, State.QUEUED, State.RUNNING, State.PROBING, State.PARKED}
        row = {
            "id": id_, "use_case": "support", "stage": "pilot", "run": id_, "place": 1, "action": name,
            "system": PAYMENTS, "effect": "write", "tier": "medium", "key": "k-1", "workload": None, "agent": None,
            "user": None, "state": state.value, "asked_at": now, "due_at": now, "arguments": "sha256:0",
            "definition": "sha256:1", "rule": "", "about": "", "amount": amount, "currency": "EUR",
            "certificate": None, "enforcement": "enforced", "charges": "[]", "fence": 1, "holder": None,
            "tries": tries, "why": why.value if why else None, "error": None, "reference": reference, "request": None,
            "compensates": None, "compensated_by": None, "ended_at": now + dt.timedelta(seconds=1) if over else None,
            "seen_to_by": None, "seen_to_at": None, "replay_of": None, "tainted": False, "repeated": None,
            "trace": trace,
        }  # fmt: skip
        self.store.write(lambda connection: connection.execute(agent_actions.insert(), row))
        if arguments is not None:
            self.arguments[id_] = arguments
        return id_

    def becomes(self, action: str, state: State) -> None:
        """An action goes on."""
        ended = self.clock.now()
        change = agent_actions.update().where(agent_actions.c.id == action).values(state=state.value, ended_at=ended)
        self.store.write(lambda connection: connection.execute(change))

    # ------------------------------------------------------------ the other side

    def event(self, **said: Any) -> dict[str, Any]:
        """An event of the system's log, now."""
        self.numbers += 1
        made = {
            "no": f"pay-{self.numbers:04d}", "at": self.clock.now().isoformat(), "who": "roadworthy-gateway",
            "did": "refund", "with": {"payment": "p-1", "amount": 2_000, "currency": "EUR"}, "code": 201,
            "receipt": f"rc-{self.numbers:04d}",
        }  # fmt: skip
        return {name: value for name, value in {**made, **said}.items() if value is not None}

    def take(self, *events: Mapping[str, Any]) -> Taken:
        """Bring events."""
        return self.trail.take(CONTEXT, PAYMENTS, lines(events))

    def open(self) -> list[tuple[str, str | None]]:
        """Kind and action of the findings that are open, in order."""
        found = self.looking.findings(Wanted(state="open", limit=500))
        return sorted((each.kind.value, each.intent) for each in found)

    def recorded(self, what: str) -> int:
        """Entries of an event in the ledger."""
        self.ledger.settle()
        return len(self.ledger.entries(Filter(what=what), limit=500).entries)

    def on(self, seconds: float) -> None:
        """Time passes."""
        self.clock.advance(dt.timedelta(seconds=seconds))


def lines(events: Sequence[Mapping[str, Any]]) -> bytes:
    """Events as lines of JSON."""
    return b"".join(json.dumps(each).encode() + b"\n" for each in events)
