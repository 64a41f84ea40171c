"""What differs between two versions of a spec, field by field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from roadworthy.foundation.resources.model import Change

_NAMES = ("name", "id", "system", "value", "agent")
"""Fields by which an item of a list is known, in order of preference."""


State: TypeAlias = tuple[str, str]
"""Labels and spec as stored: two JSON texts."""


def state_changes(before: State | None, labels: Mapping[str, Any], spec: Mapping[str, Any]) -> tuple[Change, ...]:
    """Every field that differs between a stored state of a resource, or nothing, and new labels and spec."""
    old: tuple[Any, Any] = (None, None) if before is None else (json.loads(before[0]), json.loads(before[1]))
    return changes_between(old[0], labels, "metadata.labels") + changes_between(old[1], spec)


def changes_between(
    before: Mapping[str, Any] | None, after: Mapping[str, Any], path: str = "spec"
) -> tuple[Change, ...]:
    """Changes from `before` to `after`; from nothing, one change for each field at the top."""
    if before is None:
        return tuple(Change(f"{path}.{key}", None, value) for key, value in sorted(after.items()))
    return tuple(_mapping(path, before, after))


def _mapping(path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for key in sorted({*before, *after}):
        yield from _value(f"{path}.{key}", before.get(key), after.get(key))


def _value(path: str, before: object, after: object) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _mapping(path, before, after)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _items(path, before, after)
    else:
        yield Change(path, before, after)


def _items(path: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Change]:
    """Items that have names are compared by name, so an item put in between is one change and not many."""
    for field in _NAMES:
        old, new = _by(field, before), _by(field, after)
        if old is not None and new is not None:
            break
    else:
        yield Change(path, before, after)
        return
    for name in [*old, *(name for name in new if name not in old)]:
        yield from _value(f"{path}[{name}]", old.get(name), new.get(name))
    if sorted(old) == sorted(new) and list(old) != list(new):
        yield Change(path, list(old), list(new))


def _by(field: str, items: Sequence[Any]) -> dict[str, Any] | None:
    """The items by their value of `field`; None when one has none or two share one."""
    names = [item.get(field) if isinstance(item, dict) else None for item in items]
    if all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
        return dict(zip((str(name) for name in names), items, strict=True))
    return None
