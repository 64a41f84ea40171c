"""Facts as people write them in one line each: `name=value`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from roadworthy.decide.approvals.facts import FACTS
from roadworthy.decide.approvals.model import DecisionClass
from roadworthy.foundation.conditions import ValueKind
from roadworthy.foundation.errors import InvalidInput, Place

_TEXTS = frozenset({ValueKind.TEXT})


def facts_of_text(lines: Iterable[str], decides: str) -> Mapping[str, Any]:
    """Names and values of `name=value` lines, each in the type that the class gives the fact.

    A value that is JSON is taken as that (`true`, `3`, `["a", "b"]`), but for facts that are text; anything else is
    text. Whether the class has such facts is looked at where they are used.

    Raises:
        InvalidInput: a line is no pair, or names a fact twice.
    """
    kinds = FACTS.get(DecisionClass(decides), {}) if decides in set(DecisionClass) else {}
    found: dict[str, Any] = {}
    for line in lines:
        if not line.strip():
            continue
        name, divider, value = line.partition("=")
        name = name.strip().replace("-", "_")
        if not divider or not name or name in found:
            raise InvalidInput(
                "fact-line-unfit",
                f"`{line.strip()[:120]}` is no fact" if not divider else f"`{name[:80]}` is said twice or has no name",
                place=Place(field="facts"),
                remedy="write each once, as `stage_to=production`",
            )
        is_text = name in kinds and kinds[name].kind in _TEXTS
        found[name] = value.strip() if is_text else _read(value.strip())
    return found


def _read(value: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        read = json.loads(value)
    except ValueError:
        return value
    return value if isinstance(read, float) else read
