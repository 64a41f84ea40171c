"""Planning by a language model behind an OpenAI-compatible interface, with what can go wrong on the way.

Whatever cannot be understood ends in an escalation: a ticket that a person reads costs minutes, a wrong refund money.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx

from examples.refunds.agent import Call, Step, Ticket
from examples.refunds.office import TOOLS

TRIES = 3
INSTRUCTIONS = (
    "You answer customers of a shop. Look the order up, then refund what the policy allows or escalate to a person. "
    "Today is {today}."
)


class Model:
    """A planner that asks a model.

    Args:
        client: with the interface's address as its base.
        wait: sleeps so many seconds between tries, as `Retry-After` asks.
        name: of the model.
    """

    def __init__(self, client: httpx.Client, wait: Callable[[float], None], name: str = "standin-1") -> None:
        self._client = client
        self._wait = wait
        self._name = name
        self.tokens = 0

    def plan(self, ticket: Ticket, so_far: Sequence[Step]) -> Call | str:
        """See `Planner`."""
        told = self._ask(_messages(ticket, so_far))
        if told is None:
            return _unless_escalated(so_far, "the model could not be reached")
        try:
            message = told["choices"][0]["message"]
            calls = message.get("tool_calls") or []
            if calls:
                called = calls[0]["function"]
                arguments = json.loads(called["arguments"])
                if not isinstance(arguments, dict):
                    return _unless_escalated(so_far, "the model's call could not be read")
                return Call(str(called["name"]), arguments)
            if message.get("refusal") or not so_far:
                return _unless_escalated(so_far, "the model did not say what to do")
            return str(message["content"])
        except (KeyError, IndexError, TypeError, ValueError):
            return _unless_escalated(so_far, "the model's answer could not be read")

    def _ask(self, messages: list[dict[str, Any]]) -> dict[str, Any] | None:
        body = {"model": self._name, "messages": messages, "tools": list(TOOLS)}
        for _ in range(TRIES):
            try:
                response = self._client.post("/v1/chat/completions", json=body)
                if response.status_code == 200:
                    told: dict[str, Any] = response.json()
                    self.tokens += int(told.get("usage", {}).get("total_tokens", 0))
                    return told
                self._wait(float(response.headers.get("retry-after", 0.5)))
            except httpx.HTTPError:
                self._wait(0.5)
            except ValueError:
                return {}
        return None


def _unless_escalated(so_far: Sequence[Step], reason: str) -> Call | str:
    """Hand over, once."""
    if any(step.call.tool == "escalate" for step in so_far):
        return "A person will look at this."
    return Call("escalate", {"reason": reason})


def _messages(ticket: Ticket, so_far: Sequence[Step]) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": INSTRUCTIONS.format(today=ticket.today)},
        {"role": "user", "content": ticket.text},
    ]
    for number, step in enumerate(so_far):
        called = {"name": step.call.tool, "arguments": json.dumps(dict(step.call.arguments))}
        call = {"id": f"call_{number}", "type": "function", "function": called}
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": f"call_{number}", "content": json.dumps(dict(step.result))})
    return messages
