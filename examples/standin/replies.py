"""What the stand-in answers: no language model, but enough sense to go through a set of tools in order.

With tools it plays a plain plan. It calls the tools it was given one after the other, fills their arguments from the
text by name and pattern, passes on what earlier results said under the same name, and hands over (to a tool called
`escalate`, if there is one) where a result holds an error. Without tools it repeats the question.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DIMENSIONS = 64
"""Of an embedding."""
REFUSAL = "I am sorry, I cannot help with that."
LAST_RESORT = "escalate"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the model asks for."""

    name: str
    arguments: str
    """JSON, or what was meant to be JSON."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in text, or calls."""

    content: str | None
    calls: tuple[ToolCall, ...] = ()
    refusal: str | None = None


def answer(messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> Reply:
    """The next message of the assistant."""
    last = max((at for at, each in enumerate(messages) if each.get("role") == "user"), default=-1)
    text = _text(messages[last]) if last >= 0 else ""
    functions = {each["function"]["name"]: each["function"] for each in tools}
    if not functions:
        return Reply(f"You asked: {text[:400]}")
    called = [call["function"]["name"] for each in messages[last + 1 :] for call in each.get("tool_calls") or ()]
    known = _results(messages[last + 1 :])
    if LAST_RESORT in called or (called and _over(called, functions)):
        return Reply("It is done. Thank you for your patience.")
    if "error" in known and LAST_RESORT in functions:
        return _hand_over(functions[LAST_RESORT], str(known["error"]))
    for name, function in functions.items():
        if name in called or name == LAST_RESORT:
            continue
        reply = _call(function, text, known)
        if reply is not None:
            return reply
    if LAST_RESORT in functions:
        return _hand_over(functions[LAST_RESORT], "what is needed is not in the message")
    return Reply(f"You asked: {text[:400]}")


def _hand_over(function: Mapping[str, Any], reason: str) -> Reply:
    return Reply(None, (ToolCall(str(function["name"]), json.dumps({"reason": reason})),))


def _over(called: Sequence[str], functions: Mapping[str, Any]) -> bool:
    """Whether every tool but the last resort was called."""
    return set(functions) - {LAST_RESORT} <= set(called)


def _results(messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Everything that the results of tools said, by name; later ones win."""
    known: dict[str, Any] = {}
    for each in messages:
        if each.get("role") != "tool":
            continue
        try:
            told = json.loads(_text(each))
        except ValueError:
            known["error"] = "a tool's result could not be read"
            continue
        if isinstance(told, dict):
            known |= told
    return known


def _call(function: Mapping[str, Any], text: str, known: Mapping[str, Any]) -> Reply | None:
    """A call with every required argument filled, or None where one cannot be."""
    parameters = function.get("parameters") or {}
    properties = parameters.get("properties") or {}
    arguments = {}
    for name in parameters.get("required") or properties:
        value = known.get(name, _from_text(properties.get(name) or {}, text))
        if value is None:
            return None
        arguments[name] = value
    return Reply(None, (ToolCall(function["name"], json.dumps(arguments)),))


def _from_text(schema: Mapping[str, Any], text: str) -> object:
    kind = schema.get("type")
    if "enum" in schema:
        return schema["enum"][0]
    if "pattern" in schema:
        found = re.search(str(schema["pattern"]).strip("^$"), text)
        return found.group() if found else None
    if kind in {"integer", "number"}:
        found = re.search(r"\d+", text)
        return int(found.group()) if found else None
    return {"string": text[:200], "boolean": True, "array": [], "object": {}}.get(str(kind))


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        return " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


def tokens(text: str) -> int:
    """About as many as a tokeniser would count: four characters each."""
    return math.ceil(len(text) / 4)


def embedding(text: str) -> list[float]:
    """A vector of length 1 out of the words' hashes, so that texts that share words lie near each other."""
    vector = [0.0] * DIMENSIONS
    for word in re.findall(r"\w+", text.lower()):
        digest = hashlib.sha256(word.encode()).digest()
        vector[digest[0] % DIMENSIONS] += 1.0 if digest[1] % 2 else -1.0
    length = math.sqrt(sum(value * value for value in vector)) or 1.0
    return [value / length for value in vector]
