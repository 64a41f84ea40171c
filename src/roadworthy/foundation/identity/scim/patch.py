"""PATCH (RFC 7644, section 3.5.2): operations read from a body, and what they make of a resource.

Members of groups are changed elsewhere (`members`): a group may hold tens of thousands, and this walks lists.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from roadworthy.foundation.identity.scim.attributes import Attribute, Resource
from roadworthy.foundation.identity.scim.documents import Document, coerce, only_one_primary, read_parts, refuse_many
from roadworthy.foundation.identity.scim.faults import missing_target, read_only, unfit_value, unreadable_body
from roadworthy.foundation.identity.scim.matching import matches_value
from roadworthy.foundation.identity.scim.paths import NotKept, Target, described, read_target

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MOST_OPERATIONS = 20_000
MOST_CHANGES = 200
"""Of one resource, members apart. Directories send some dozen; each walks lists, in the one place that writes."""
MOST_PATH = 1_000
"""Characters."""
_OPERATIONS = ("add", "replace", "remove")


@dataclass(frozen=True, slots=True)
class Operation:
    """One change."""

    op: str
    """`add`, `replace` or `remove`."""
    path: str | None
    value: Any


def read_operations(body: object) -> list[Operation]:
    """The operations of a body, in their order.

    Raises:
        UsageError: it is no PATCH message.
    """
    if not isinstance(body, Mapping):
        raise unreadable_body("a PATCH is a JSON object")
    fields = {str(key).casefold(): value for key, value in body.items()}
    schemas = fields.get("schemas")
    if schemas is not None and (not isinstance(schemas, list) or PATCH_OP not in schemas):
        raise unreadable_body(f"`schemas` does not name `{PATCH_OP}`")
    given = fields.get("operations")
    if not isinstance(given, list) or not given:
        raise unreadable_body("`Operations` is a list of at least one operation")
    if len(given) > MOST_OPERATIONS:
        raise unreadable_body(f"`Operations` has at most {MOST_OPERATIONS:,} operations, not {len(given):,}")
    return [_operation(each) for each in given]


def _operation(given: object) -> Operation:
    if not isinstance(given, Mapping):
        raise unreadable_body("an operation is a JSON object")
    fields = {str(key).casefold(): value for key, value in given.items()}
    op = str(fields.get("op", "")).casefold()
    if op not in _OPERATIONS:
        raise unreadable_body(f"`{op[:60]}` is no operation; there are {', '.join(_OPERATIONS)}")
    path = fields.get("path")
    if path is not None and (not isinstance(path, str) or len(path) > MOST_PATH):
        raise unreadable_body(f"`path` is a text of at most {MOST_PATH:,} characters")
    if op == "remove" and not path:
        raise missing_target("a remove without a path says nothing to remove")
    return Operation(op, path or None, fields.get("value"))


def spread(operation: Operation) -> list[Operation]:
    """An operation without a path as one operation for each attribute that its value names.

    Names may be paths themselves, as some directories write them: `name.givenName`.

    Raises:
        UsageError: the value is no object.
    """
    if operation.path is not None:
        return [operation]
    if not isinstance(operation.value, Mapping):
        raise unfit_value("value", "an operation without a path takes an object of attributes")
    return [Operation(operation.op, str(key), value) for key, value in operation.value.items()]


def apply(document: Mapping[str, Any], operations: Sequence[Operation], of: Resource) -> Document:
    """What operations make of a resource; the one given stays as it is.

    Args:
        document: as `documents.read_document` gives it.
        operations: in their order.
        of: its type.

    Raises:
        UsageError: one cannot be carried out; nothing of any is meant to be kept then.
    """
    changed: Document = copy.deepcopy(dict(document))
    wanted = [(each, operation.path is None) for operation in operations for each in spread(operation)]
    if len(wanted) > MOST_CHANGES:
        raise unreadable_body(f"a PATCH changes at most {MOST_CHANGES} things at once, not {len(wanted):,}")
    for each, by_name in wanted:
        _carry_out(changed, each, of, by_name=by_name)
    return changed


def _carry_out(document: Document, operation: Operation, of: Resource, *, by_name: bool) -> None:
    path = str(operation.path)
    if by_name and _says_nothing(path, of):
        return
    target = read_target(path, of)
    if isinstance(target, NotKept):
        return
    if target.attribute is None:
        _whole_extension(document, operation, of)
        return
    if target.attribute.mutability == "readOnly" or target.attribute.name == "schemas":
        raise read_only(target.attribute.name)
    place: Document = document.setdefault(of.extension_urn, {}) if target.extended else document
    if operation.op == "remove":
        _remove(place, target, operation.value)
    else:
        _set(place, target, operation)
    if target.extended and not place:
        del document[of.extension_urn]


def _says_nothing(name: str, of: Resource) -> bool:
    """Whether a name in the value of a path-less operation is one that we set, or that the schema does not have."""
    if name.casefold().startswith("urn:"):
        return False
    attribute = of.by_name.get(name.partition(".")[0].partition("[")[0].casefold())
    return attribute is None or attribute.mutability == "readOnly" or attribute.name == "schemas"


def _whole_extension(document: Document, operation: Operation, of: Resource) -> None:
    if operation.op == "remove":
        document.pop(of.extension_urn, None)
        return
    parts = read_parts(operation.value, of.in_extension, of.extension_urn)
    merged = {**document.get(of.extension_urn, {}), **parts}
    for key, value in operation.value.items() if isinstance(operation.value, Mapping) else ():
        attribute = of.in_extension.get(str(key).casefold())
        if attribute is not None and attribute.mutability != "readOnly" and coerce(attribute, value) is None:
            merged.pop(attribute.name, None)
    if merged:
        document[of.extension_urn] = merged
    else:
        document.pop(of.extension_urn, None)


def _remove(place: Document, target: Target, value: object) -> None:
    attribute, part = _known(target), target.part
    if attribute.required and part is None:
        raise unfit_value(attribute.name, f"`{attribute.name}` cannot be taken away; a resource needs one")
    if attribute.multi and (target.chosen is not None or value):
        _remove_some(place, target, attribute, value)
    elif part is None:
        place.pop(attribute.name, None)
    elif isinstance(found := place.get(attribute.name), dict):
        found.pop(part.name, None)
        _drop_empty(place, attribute.name)
    else:
        for each in found or ():
            each.pop(part.name, None)
        _drop_empty(place, attribute.name)


def _remove_some(place: Document, target: Target, attribute: Attribute, value: object) -> None:
    values: list[Any] = place.get(attribute.name) or []
    if target.chosen is None:
        unwanted = {each.get("value") for each in coerce(attribute, value) or ()}
        place[attribute.name] = [each for each in values if each.get("value") not in unwanted]
    elif target.part is None:
        place[attribute.name] = [each for each in values if not matches_value(target.chosen, each, attribute)]
    else:
        for each in values:
            if matches_value(target.chosen, each, attribute):
                each.pop(target.part.name, None)
    _drop_empty(place, attribute.name)


def _set(place: Document, target: Target, operation: Operation) -> None:
    attribute = _known(target)
    if attribute.multi:
        _set_many(place, target, attribute, operation)
        return
    if target.part is not None:
        _set_part(place.setdefault(attribute.name, {}), target.part, operation.value)
        _drop_empty(place, attribute.name)
        return
    fit = coerce(attribute, operation.value)
    if fit is None:
        if attribute.required:
            raise unfit_value(attribute.name, f"`{attribute.name}` cannot be empty")
        place.pop(attribute.name, None)
    elif attribute.type == "complex":
        place[attribute.name] = {**place.get(attribute.name, {}), **fit}
    else:
        place[attribute.name] = fit


def _set_many(place: Document, target: Target, attribute: Attribute, operation: Operation) -> None:
    values: list[Any] = place.get(attribute.name) or []
    if target.chosen is None and target.part is None:
        fit = coerce(attribute, operation.value) or []
        if operation.op == "add":
            fit = [*values, *(each for each in fit if each not in values)]
        refuse_many(attribute, fit)
        place[attribute.name] = only_one_primary(fit)
        _drop_empty(place, attribute.name)
        return
    chosen = [each for each in values if target.chosen is None or matches_value(target.chosen, each, attribute)]
    if not chosen:
        chosen = [_described(target, attribute)]
        values = [*values, *chosen]
        refuse_many(attribute, values)
    for each in chosen:
        if target.part is not None:
            _set_part(each, target.part, operation.value)
        else:
            each.update(coerce(replace_multi(attribute), operation.value) or {})
    place[attribute.name] = only_one_primary(values)
    _drop_empty(place, attribute.name)


def replace_multi(attribute: Attribute) -> Attribute:
    """The attribute as one value of it is."""
    return Attribute(attribute.name, attribute.description, attribute.type, sub=attribute.sub)


def _described(target: Target, attribute: Attribute) -> Document:
    """A new value for a choice that matches none, where the choice says what it would be: `type eq "work"`."""
    wanted = None if target.chosen is None else described(target.chosen)
    if wanted is None and target.chosen is not None:
        raise missing_target(f"no value of `{attribute.name}` matches")
    return read_parts(wanted or {}, {each.name.casefold(): each for each in attribute.sub}, attribute.name)


def _set_part(place: Document, part: Attribute, value: object) -> None:
    if part.mutability == "readOnly":
        raise read_only(part.name)
    fit = coerce(part, value)
    if fit is None:
        place.pop(part.name, None)
    else:
        place[part.name] = fit


def _drop_empty(place: Document, name: str) -> None:
    found = place.get(name)
    if isinstance(found, list):
        place[name] = [each for each in found if each]
    if not place.get(name):
        place.pop(name, None)


def _known(target: Target) -> Attribute:
    assert target.attribute is not None  # noqa: S101 - whoever calls this has looked
    return target.attribute
