"""What a tool says of itself, a digest for each part: these pin an action to the tool that was approved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from roadworthy.foundation.digests import digest
from roadworthy.operate.actions.declared import Pin

CHANGED: Final = "action-changed"
"""Error of a receipt where a tool is not what was approved; also the code of the refusal."""
UNKNOWN: Final = "action-pin-unread"
"""Error of a receipt where the tool's definition could not be read."""


def pin_of(tool: Mapping[str, Any]) -> Pin:
    """The pin of a tool.

    Args:
        tool: an item of `tools/list`.
    """
    said = {
        "schema": _digest({"input": tool.get("inputSchema"), "output": tool.get("outputSchema")}),
        "description": _digest({"title": tool.get("title"), "description": tool.get("description")}),
        "annotations": _digest(tool.get("annotations")),
    }
    return Pin.model_validate(said)


def changes(pin: Pin, tool: Mapping[str, Any] | None) -> tuple[str, ...]:
    """What of a tool is not as it was pinned: `tool` where it is gone, `schema`, `description`, `annotations`."""
    if tool is None:
        return ("tool",)
    now = pin_of(tool)
    pairs = (
        ("schema", pin.schema_, now.schema_),
        ("description", pin.description, now.description),
        ("annotations", pin.annotations, now.annotations),
    )
    return tuple(name for name, was, is_ in pairs if was != is_)


def _digest(value: object) -> str:
    written = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
    return digest(written.encode("ascii"))
