"""Values under keys of a tree with lines, whatever stands there."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from roadworthy.foundation.resources.nodes import Node


def value(node: Node, key: str) -> Node | None:
    """The node under a key; None where there is none or it is null."""
    held = node.value
    found = held.get(key) if isinstance(held, dict) else None
    return found if isinstance(found, Node) and found.value is not None else None


def members(node: Node) -> list[Node]:
    """What stands in a list; nothing where it is none."""
    return [each for each in node.value if isinstance(each, Node)] if isinstance(node.value, list) else []


def items(node: Node, key: str) -> list[Node]:
    """The mappings of a list; anything else in it is passed over."""
    found = value(node, key)
    if found is None or not isinstance(found.value, list):
        return []
    return [each for each in found.value if isinstance(each, Node) and isinstance(each.value, Mapping)]


def as_text(node: Node) -> str | None:
    """A scalar as text."""
    match node.value:
        case bool():
            return "true" if node.value else "false"
        case str() | int() | Decimal():
            return str(node.value)
        case _:
            return None


def text(node: Node, key: str) -> str | None:
    """The scalar under a key as text."""
    found = value(node, key)
    return None if found is None else as_text(found)


def texts(node: Node, key: str) -> list[str]:
    """The scalars of a list under a key."""
    found = value(node, key)
    if found is None or not isinstance(found.value, list):
        return []
    return [text for each in found.value if (text := as_text(each)) is not None]


def truth(node: Node, key: str) -> bool | None:
    """The truth value under a key."""
    found = value(node, key)
    if found is None:
        return None
    if isinstance(found.value, bool):
        return found.value
    return {"true": True, "yes": True, "false": False, "no": False}.get((as_text(found) or "").lower())


def as_number(node: Node) -> float | None:
    """A scalar as a number."""
    if isinstance(node.value, bool) or not isinstance(node.value, str | int | Decimal):
        return None
    try:
        return float(node.value)
    except ValueError:
        return None


def number(node: Node, key: str) -> float | None:
    """The number under a key."""
    found = value(node, key)
    return None if found is None else as_number(found)
