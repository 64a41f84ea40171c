"""Making sure that a spec made of cells is one that the inventory accepts: what contradicts the rules is left out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from roadworthy.foundation.errors import Finding
from roadworthy.inventory.kinds import check_use_case
from roadworthy.inventory.model import UseCase

_FIELD = re.compile(r"spec\.(\w+)(?:\.(\d+))?")
_DATES = frozenset({"retired", "started", "inUseSince"})
_ATTEMPTS = 20
"""More faults than fields cannot be mended one by one."""


def settle(spec: Mapping[str, Any]) -> tuple[dict[str, Any], UseCase, tuple[tuple[str, str], ...]]:
    """Leave out of a spec what its rules refuse.

    Returns:
        The spec that is accepted, the same as a value, and for each field left out (`data[1]` for an item of a
        list) the reason.
    """
    kept = dict(spec)
    left: list[tuple[str, str]] = []
    for _ in range(_ATTEMPTS):
        try:
            use_case = UseCase.model_validate(kept, by_alias=True, by_name=False)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            left.append(_drop(kept, str(first["loc"][0]), None, str(first["msg"]).lower()))
            continue
        findings = check_use_case("", use_case)
        if not findings:
            return kept, use_case, tuple(left)
        left.append(_drop_found(kept, findings[0]))
    bare = {"title": kept.get("title", "untitled")}
    return bare, UseCase.model_validate(bare), (*left, ("spec", "it contradicts itself in too many fields"))


def _drop_found(kept: dict[str, Any], finding: Finding) -> tuple[str, str]:
    found = _FIELD.match(finding.place.field or "")
    if found is None:
        return _drop(kept, next(name for name in reversed(kept) if name != "title"), None, finding.message)
    field, position = found[1], found[2]
    if field == "stage" and "retired" in kept:
        # The stage says what is; the date next to it may be a plan.
        field = "retired"
    return _drop(kept, field, position, finding.message)


def _drop(kept: dict[str, Any], field: str, position: str | None, reason: str) -> tuple[str, str]:
    if position is None:
        kept.pop(field, None)
        return field, reason
    kept[field] = [item for index, item in enumerate(kept[field]) if index != int(position)]
    return f"{field}[{position}]", reason
