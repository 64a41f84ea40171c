"""The agent: plans one call after the other until there is nothing left to do.

`Rules` plans by rules that were written while reading the pilot's hundred tickets. It looks an order up by its number
alone, because there was one shop; it asks nobody who is writing, because all were signed in; it takes an amount for
euros, and an amount that the customer names for the right one. `Model` lets a language model plan instead.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from examples.refunds.office import BackOffice
from examples.refunds.shop import LIMIT, WINDOW

MOST_CALLS = 6
"""Calls after which the agent gives up and hands over."""

_NUMBER = re.compile(r"\bH-\d{5}\b")
_WANTS = re.compile(r"refund|money back", re.IGNORECASE)
_CLAIMED = re.compile(r"\b(?:refund|was)\s+(\d+\.\d\d)\b", re.IGNORECASE)
_THREAT = re.compile(r"\blawyer\b|\bcharge it back\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the agent is given."""

    id: str
    today: dt.date
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool."""

    tool: str
    arguments: Mapping[str, Any]


@dataclass(slots=True)
class Step:
    """A call with its result."""

    call: Call
    result: Mapping[str, Any] = field(default_factory=dict)


class Planner(Protocol):
    """Says what to do next."""

    def plan(self, ticket: Ticket, so_far: Sequence[Step]) -> Call | str:
        """A call, or the reply with which the ticket is done."""


class Rules:
    """The pilot's rules."""

    def plan(self, ticket: Ticket, so_far: Sequence[Step]) -> Call | str:
        """See `Planner`."""
        if not so_far:
            return self._first(ticket)
        last = so_far[-1]
        if last.call.tool != "lookup_order":
            return "Thank you, we have seen to it."
        return self._about(ticket, last.result)

    def _first(self, ticket: Ticket) -> Call | str:
        if not _WANTS.search(ticket.text):
            return "Thank you for your message. Here is the page with our answers."
        if _THREAT.search(ticket.text):
            return Call("escalate", {"reason": "threatens"})
        number = _NUMBER.search(ticket.text)
        if number is None:
            return "Please send us your order number."
        return Call("lookup_order", {"order_no": number.group()})

    def _about(self, ticket: Ticket, order: Mapping[str, Any]) -> Call | str:
        if "error" in order:
            return Call("escalate", {"reason": "the order was not found"})
        delivered = order["delivered_on"]
        if delivered is not None and (ticket.today - dt.date.fromisoformat(delivered)).days > WINDOW:
            return "The time for returns is over."
        amount = int(order["amount_minor"])
        if claimed := _CLAIMED.search(ticket.text):
            amount = round(float(claimed[1]) * 100)
        if amount > LIMIT * 100:
            return Call("escalate", {"reason": "above the limit"})
        return Call("refund", {"payment_id": order["payment_id"], "amount_minor": amount})


def handle(ticket: Ticket, planner: Planner, office: BackOffice) -> tuple[str, list[Step]]:
    """Work on a ticket to its end: the reply, and the calls on the way."""
    steps: list[Step] = []
    while len(steps) < MOST_CALLS:
        planned = planner.plan(ticket, steps)
        if isinstance(planned, str):
            return planned, steps
        steps.append(Step(planned, office.call(ticket.id, planned.tool, planned.arguments)))
    handed = Call("escalate", {"reason": f"no end after {MOST_CALLS} calls"})
    steps.append(Step(handed, office.call(ticket.id, handed.tool, handed.arguments)))
    return "A person will look at this.", steps
