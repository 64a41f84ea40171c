"""Drafts of actions from the tools of an MCP server, or from functions as OpenAI's interface declares them.

What a server says of its own tools is its word and nobody else's. The effect is guessed from it, and every guess is
marked, for a person to confirm before the action is applied.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.operate.actions.catalogue.drafting import Draft, Notes, described, distinct, draft, title_of
from roadworthy.operate.actions.catalogue.exacting import exact_numbers
from roadworthy.operate.actions.catalogue.pins import pin_of

MOST: Final = 2_000
_TOOL = re.compile(r"[A-Za-z0-9_./-]{1,128}")
_READS: Final = re.compile(r"(get|list|find|search|read|fetch|show|describe|lookup|count|calculate|think)([_A-Z.-]|$)")
"""How names of tools begin that only look; where a server says nothing of its tools."""


def of_tools(system: str, use_cases: Sequence[str], tools: Sequence[Any]) -> list[Draft]:
    """A draft of each tool.

    Args:
        system: name of the declared system.
        use_cases: whose agents may do it.
        tools: items of `tools/list`.

    Raises:
        InvalidInput: it is no list of tools.
    """
    if len(tools) > MOST:
        raise _unfit(f"it has {len(tools):,} tools, more than {MOST:,}")
    for index, each in enumerate(tools):
        if not isinstance(each, Mapping) or not isinstance(each.get("name"), str):
            raise _unfit(f"item {index} has no `name`")
    return distinct(_of_tool(system, use_cases, each) for each in tools)


def tools_of(content: object) -> list[Any]:
    """The tools in a file: a list of them, or an answer of `tools/list`.

    Raises:
        InvalidInput: it holds none.
    """
    if isinstance(content, Mapping):
        result = content.get("result")
        content = (result if isinstance(result, Mapping) else content).get("tools")
    if not isinstance(content, list):
        raise _unfit("it is neither a list of tools nor an answer of `tools/list`")
    return content


def tools_of_functions(content: object) -> list[Any]:
    """Functions as chat completions declare them, as tools of MCP.

    Raises:
        InvalidInput: they are none.
    """
    found = []
    for index, each in enumerate(tools_of(content)):
        said = each.get("function", each) if isinstance(each, Mapping) else None
        if not isinstance(said, Mapping) or not isinstance(said.get("name"), str):
            raise _unfit(f"item {index} is no function with a `name`")
        schema = said.get("parameters") or {"type": "object", "properties": {}}
        found.append({"name": said["name"], "description": said.get("description"), "inputSchema": schema})
    return found


def _of_tool(system: str, use_cases: Sequence[str], tool: Mapping[str, Any]) -> Draft:
    found, name = Notes(), str(tool["name"])
    if _TOOL.fullmatch(name) is None:
        found.faults.append(f"`{name[:60]}` is no name that the protocol lets tools have")
    execution = tool.get("execution")
    if isinstance(execution, Mapping) and execution.get("taskSupport") == "required":
        found.faults.append("it can only be called as a task of the protocol, which the gateway does not do")
    schema = _schema(tool.get("inputSchema"), "inputSchema", found)
    output = None if tool.get("outputSchema") is None else _schema(tool["outputSchema"], "outputSchema", found)
    effect = _effect(name, tool.get("annotations"), found)
    spec: dict[str, Any] = {}
    title = title_of(tool.get("title")) or title_of(_annotated(tool).get("title"))
    description = described(tool.get("description"), found)
    if title is not None:
        spec["title"] = title
    if description is not None:
        spec["description"] = description
    spec |= {"useCases": list(use_cases), "system": system, "tool": name, "input": schema}
    if output is not None:
        spec["output"] = output
    spec |= {"effect": effect, "tier": "medium", "pin": pin_of(tool).model_dump(mode="json", by_alias=True)}
    return draft(system, name, spec, found)


def _annotated(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    said = tool.get("annotations")
    return said if isinstance(said, Mapping) else {}


def _effect(name: str, said: object, found: Notes) -> str:
    """What it leaves behind, as far as anybody says so."""
    hints: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
    if hints.get("readOnlyHint") is True:
        effect, why = "read", "its server says `readOnlyHint`"
    elif hints.get("destructiveHint") is True:
        effect, why = "irreversible", "its server says `destructiveHint`"
    elif hints.get("destructiveHint") is False or hints.get("readOnlyHint") is False:
        effect, why = "write", "its server says that it changes something, and not that it destroys"
    elif _READS.match(name):
        effect, why = "read", "its server says nothing of it, and its name begins like one that only looks"
    else:
        effect, why = "write", "its server says nothing of it"
    found.notes.append(f"`effect: {effect}` and `tier: medium` are guesses ({why}); confirm both")
    if hints.get("idempotentHint") is True and effect != "read":
        found.notes.append("its server says `idempotentHint`; say in `idempotency` what makes sure of it")
    return effect


def _schema(said: object, which: str, found: Notes) -> dict[str, Any]:
    """A schema as draft 2020-12 has it."""
    if not isinstance(said, Mapping):
        found.faults.append(f"`{which}` is no schema")
        return {"type": "object"}
    made = exact_numbers(said, found)
    made.pop("$schema", None)
    if which == "inputSchema" and made.setdefault("type", "object") != "object":
        found.faults.append("its arguments have no names")
    return made


def _unfit(message: str) -> InvalidInput:
    return InvalidInput(
        "action-import-unreadable",
        message,
        place=Place(source="tools"),
        remedy="give what `tools/list` answered, or functions as chat completions declare them, as JSON",
    )
