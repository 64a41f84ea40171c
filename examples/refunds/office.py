"""The back office that the agent acts on: orders, refunds and escalations, in memory.

It does as it is told and keeps a list of what it did. It holds no policy of its own, as most payment interfaces hold
none: whoever has the key may refund.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TOOLS: tuple[dict[str, Any], ...] = (
    {
        "type": "function",
        "function": {
            "name": "lookup_order",
            "description": "Find an order by its number.",
            "parameters": {
                "type": "object",
                "properties": {"order_no": {"type": "string", "pattern": "^H-[0-9]{5}$"}},
                "required": ["order_no"],
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "refund",
            "description": "Pay back.",
            "parameters": {
                "type": "object",
                "properties": {"payment_id": {"type": "string"}, "amount_minor": {"type": "integer", "minimum": 1}},
                "required": ["payment_id", "amount_minor"],
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "escalate",
            "description": "Hand over to a person.",
            "parameters": {"type": "object", "properties": {"reason": {"type": "string"}}, "required": ["reason"]},
        },
    },
)
"""The tools, as an OpenAI-compatible interface describes them."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An order as the replica has it."""

    tenant: str
    number: str
    customer: str
    amount_minor: int
    currency: str
    delivered_on: str | None
    payment: str


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was carried out."""

    tool: str
    ticket: str
    payment: str | None = None
    amount_minor: int = 0
    reason: str | None = None


@dataclass(slots=True)
class BackOffice:
    """Orders by number, and what was done."""

    _orders: dict[str, list[Stored]] = field(default_factory=dict)
    done: list[Done] = field(default_factory=list)

    def add(self, order: Stored) -> None:
        """Put an order in."""
        self._orders.setdefault(order.number, []).append(order)

    def call(self, ticket: str, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out a call of a tool; what is wrong with a call is in its result, for whoever called to read."""
        match tool:
            case "lookup_order":
                found = self._orders.get(str(arguments.get("order_no")), [])
                return {"error": "no such order"} if not found else _shown(found[0])
            case "refund":
                amount = arguments.get("amount_minor")
                if not isinstance(amount, int) or amount < 1:
                    return {"error": "amount_minor must be a whole number above 0"}
                self.done.append(Done(tool, ticket, str(arguments.get("payment_id")), amount))
                return {"refunded": amount}
            case "escalate":
                self.done.append(Done(tool, ticket, reason=str(arguments.get("reason"))))
                return {"escalated": True}
            case _:
                return {"error": f"there is no tool {tool}"}


def _shown(order: Stored) -> dict[str, Any]:
    return {
        "order_no": order.number,
        "amount_minor": order.amount_minor,
        "currency": order.currency,
        "delivered_on": order.delivered_on,
        "payment_id": order.payment,
    }
