"""Whether a resource meets a filter.

Texts compare without case unless the attribute says otherwise. An attribute that a resource lacks, or that its schema
does not have, meets nothing but `ne` and `eq null` (RFC 7644, section 3.4.2.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from roadworthy.foundation.identity.scim.attributes import Attribute, Resource
from roadworthy.foundation.identity.scim.faults import unreadable_filter
from roadworthy.foundation.identity.scim.filters import And, Compare, Filter, Not, Or, Path, Present, Value, Within

_ORDERED = frozenset({"gt", "ge", "lt", "le"})
_PARTIAL = frozenset({"co", "sw", "ew"})


def matches(node: Filter, document: Mapping[str, Any], of: Resource) -> bool:
    """Whether a resource, as it is shown, meets a filter.

    Raises:
        UsageError: the filter compares what cannot be compared so, such as a boolean by `gt`.
    """
    return _matches(node, document, of, None)


def matches_value(node: Filter, value: Mapping[str, Any], attribute: Attribute) -> bool:
    """Whether one value of a multi-valued attribute meets the filter in its brackets."""
    return _matches(node, value, None, attribute)


def _matches(node: Filter, document: Mapping[str, Any], of: Resource | None, inside: Attribute | None) -> bool:
    match node:
        case And(parts):
            return all(_matches(each, document, of, inside) for each in parts)
        case Or(parts):
            return any(_matches(each, document, of, inside) for each in parts)
        case Not(inner):
            return not _matches(inner, document, of, inside)
        case Present(path):
            return any(_is_there(value) for value in _values(path, document, of, inside)[1])
        case Within(path, inner):
            attribute, values = _values(path, document, of, inside)
            return attribute is not None and any(
                isinstance(value, Mapping) and _matches(inner, value, None, attribute) for value in values
            )
        case Compare(path, operator, wanted):
            attribute, values = _values(path, document, of, inside)
            return _compares(attribute, [value for value in values if _is_there(value)], operator, wanted)


def _values(
    path: Path, document: Mapping[str, Any], of: Resource | None, inside: Attribute | None
) -> tuple[Attribute | None, list[Any]]:
    """The attribute that a path names, and its values; a complex one stands for its `value` where it is compared."""
    if of is None:
        attribute = None if inside is None or path.urn or path.sub else inside.part(path.name)
        return attribute, [] if attribute is None else [document.get(attribute.name)]
    extended = bool(of.extension_urn) and path.urn == of.extension_urn
    if path.urn is not None and not extended and path.urn != of.urn:
        return None, []
    attribute = (of.in_extension if extended else of.by_name).get(path.name.casefold())
    if attribute is None:
        return None, []
    within: Mapping[str, Any] = document.get(of.extension_urn) or {} if extended else document
    found = within.get(attribute.name)
    values = found if isinstance(found, list) else [found]
    if path.sub is None:
        return attribute, values
    part = attribute.part(path.sub)
    return part, [] if part is None else [value.get(part.name) for value in values if isinstance(value, Mapping)]


def _is_there(value: object) -> bool:
    return value is not None and value not in ("", [], {})


def _compares(attribute: Attribute | None, values: list[Any], operator: str, wanted: Value) -> bool:
    if operator == "ne":
        return not _compares(attribute, values, "eq", wanted)
    if wanted is None:
        if operator != "eq":
            raise unreadable_filter(f"`null` can be compared by eq and ne only, not by {operator}")
        return not values
    if attribute is not None and attribute.type == "complex":
        attribute = attribute.part("value")
        values = [value.get("value") for value in values if isinstance(value, Mapping)]
    if attribute is None:
        return False
    if operator in _ORDERED and (attribute.type == "boolean" or isinstance(wanted, bool)):
        raise unreadable_filter(f"a boolean can be compared by eq and ne only, not by {operator}")
    return any(_one(value, operator, wanted, exact=attribute.case_exact) for value in values)


def _one(value: object, operator: str, wanted: Value, *, exact: bool) -> bool:
    if isinstance(value, bool):
        # Directories write booleans as texts; "True" has to find what true finds.
        return operator == "eq" and value is _truth(wanted)
    if not isinstance(value, str) or not isinstance(wanted, str):
        if isinstance(wanted, bool) or isinstance(value, str) or not isinstance(wanted, int | Decimal):
            return False
        return _ordered(value, operator, wanted)
    left, right = (value, wanted) if exact else (value.casefold(), wanted.casefold())
    if operator in _PARTIAL:
        return {"co": right in left, "sw": left.startswith(right), "ew": left.endswith(right)}[operator]
    return _ordered(left, operator, right)


def _truth(wanted: Value) -> bool | None:
    if isinstance(wanted, str):
        return {"true": True, "false": False}.get(wanted.casefold())
    return wanted if isinstance(wanted, bool) else None


def _ordered(left: Any, operator: str, right: Any) -> bool:  # noqa: ANN401 - two texts or two numbers
    return bool(
        {
            "eq": left == right,
            "gt": operator == "gt" and left > right,
            "ge": operator == "ge" and left >= right,
            "lt": operator == "lt" and left < right,
            "le": operator == "le" and left <= right,
        }.get(operator, False)
    )
