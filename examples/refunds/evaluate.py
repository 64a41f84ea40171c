"""What the agent did against what the policy asks for, and what it cost, on both sides."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from examples.measuring import Share
from examples.output import records, rows
from examples.refunds.agent import Planner, Rules, Ticket, handle
from examples.refunds.office import BackOffice, Done, Stored
from examples.refunds.shop import CURRENCY, MINOR, PER_EURO, TENANTS, till


def pilot(folder: Path) -> tuple[BackOffice, Iterator[Ticket], dict[str, Any]]:
    """The pilot's office, its tickets, and what was expected of each."""
    office = BackOffice()
    for row in rows(folder / "pilot" / "orders.csv"):
        minor = round(float(row["amount_eur"]) * 100)
        stored = Stored("", row["order"], row["customer"], minor, "EUR", row["delivered_on"], row["payment"])
        office.add(stored)
    tickets = (
        Ticket(row["ticket"], dt.date.fromisoformat(row["received"]), row["text"])
        for row in rows(folder / "pilot" / "tickets.csv")
    )
    return office, tickets, _expected(folder / "pilot" / "expected.jsonl")


def production(folder: Path) -> tuple[BackOffice, Iterator[Ticket], dict[str, Any]]:
    """Production's."""
    office = BackOffice()
    for record in records(folder / "production" / "orders.jsonl"):
        office.add(
            Stored(
                record["tenant"],
                record["order_no"],
                record["customer"]["email"],
                record["amount_minor"],
                record["currency"],
                record["delivered_on"],
                record["payment_id"],
            )
        )
    tickets = (
        Ticket(record["ticket"], dt.date.fromisoformat(record["received"][:10]), record["text"])
        for path in sorted((folder / "production" / "tickets").glob("*.jsonl"))
        for record in records(path)
    )
    return office, tickets, _expected(folder / "reference" / "expected.jsonl")


def _expected(path: Path) -> dict[str, Any]:
    return {record["ticket"]: record for record in records(path)}


def measure(
    office: BackOffice, tickets: Iterator[Ticket], expected: Mapping[str, Any], planner: Planner
) -> dict[str, Any]:
    """Run the agent over the tickets; see `told` for what comes back."""
    counts: Counter[str] = Counter()
    wrong_euros = 0.0
    for ticket in tickets:
        before = len(office.done)
        handle(ticket, planner, office)
        right = expected[ticket.id]
        done = office.done[before:]
        action = done[0].tool if done else "answer"
        counts["tickets"] += 1
        counts["due"] += right["action"] == "refund"
        exact = action == right["action"] and (action != "refund" or _same(done[0], right))
        counts["right"] += exact
        for each in done:
            if each.tool != "refund":
                continue
            counts["refunds"] += 1
            counts["paid right"] += exact
            if not exact:
                counts[_fault(each, right)] += 1
                wrong_euros += _euros(each)
    return _told(counts, wrong_euros)


def _same(done: Done, right: Mapping[str, Any]) -> bool:
    return (done.payment, done.amount_minor) == (right["payment"], right["minor"])


def _fault(done: Done, right: Mapping[str, Any]) -> str:
    """What is wrong with a refund, by the worst of it."""
    if not str(done.payment).startswith(till(right["tenant"])):
        return "another shop's customer was paid"
    if right["action"] != "refund":
        return f"paid where the policy says {right['action']}: {right['reason']}"
    return "another amount was paid"


def _euros(done: Done) -> float:
    """What a refund costs; the payment's id tells the shop and so the currency."""
    tenant = next(each for each in TENANTS if str(done.payment).startswith(till(each)))
    currency = CURRENCY[tenant]
    return done.amount_minor / MINOR[currency] / PER_EURO[currency]


def _told(counts: Counter[str], wrong_euros: float) -> dict[str, Any]:
    named = {"tickets", "right", "due", "refunds", "paid right"}
    return {
        "tickets": counts["tickets"],
        "did_as_the_policy_says": Share(counts["right"], counts["tickets"]).told(),
        "due_refunds_paid": Share(counts["paid right"], counts["due"]).told(),
        "wrong_refunds": Share(counts["refunds"] - counts["paid right"], counts["refunds"]).told(),
        "wrong_refunds_eur": round(wrong_euros, 2),
        "faults": {fault: many for fault, many in counts.most_common() if fault not in named},
    }


def evaluate(folder: Path, seed: int) -> Mapping[str, Any]:
    """Run the rules over both sides and print the comparison. `seed` changes nothing: rules have no chance in them."""
    del seed
    found = {"pilot": measure(*pilot(folder), Rules()), "production": measure(*production(folder), Rules())}
    for name, figures in found.items():
        print(f"{name}: {figures['tickets']:,} tickets")
        for what in ("did_as_the_policy_says", "due_refunds_paid", "wrong_refunds"):
            share = Share(figures[what]["hits"], figures[what]["n"])
            print(f"  {what.replace('_', ' '):24} {share}")
        print(f"  paid wrongly: {figures['wrong_refunds_eur']:,.2f} EUR")
        for fault, many in figures["faults"].items():
            print(f"    {many:>6,}  {fault}")
    return {"example": "refunds", **found}
