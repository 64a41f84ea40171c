"""Resources as clients send them, brought into one form: canonical names, types that fit, nothing that is not kept.

Directories have habits: booleans as texts, a manager as a bare reference, empty texts for nothing, names in any case.
What they mean is plain, so it is taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from roadworthy.foundation.identity.scim.attributes import Attribute, Resource
from roadworthy.foundation.identity.scim.faults import unfit_value, unreadable_body

MOST_TEXT = 1_000
MOST_VALUES = 100
MOST_MEMBERS = 100_000
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

Document = dict[str, Any]


def read_document(body: object, of: Resource) -> Document:
    """A resource that was sent, without what we set ourselves and without what is not kept.

    Raises:
        UsageError: it is no such resource, or a value does not fit.
    """
    if not isinstance(body, Mapping):
        raise unreadable_body(f"a {of.name} is a JSON object")
    _check_schemas(body, of)
    document: Document = {}
    for key, value in body.items():
        if of.extension_urn and str(key).casefold() == of.extension_urn.casefold():
            extension = read_parts(value, of.in_extension, str(key))
            if extension:
                document[of.extension_urn] = extension
            continue
        attribute = of.by_name.get(str(key).casefold())
        if attribute is None or attribute.mutability == "readOnly" or attribute.name == "schemas":
            continue
        fit = coerce(attribute, value)
        if fit is not None:
            document[attribute.name] = fit
    return document


def read_parts(value: object, by_name: Mapping[str, Attribute], where: str) -> Document:
    """The attributes of an extension, or of a complex value.

    Raises:
        UsageError: it is no object, or a value does not fit.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise unfit_value(where[-60:], f"`{where[-60:]}` takes an object")
    found: Document = {}
    for key, each in value.items():
        attribute = by_name.get(str(key).casefold())
        if attribute is None or attribute.mutability == "readOnly":
            continue
        fit = coerce(attribute, each)
        if fit is not None:
            found[attribute.name] = fit
    return found


def coerce(attribute: Attribute, value: object) -> Any:  # noqa: ANN401 - as many types as JSON has
    """A value as the attribute keeps it; None for nothing.

    Raises:
        UsageError: it does not fit.
    """
    if value is None or value in ("", []):
        return None
    if attribute.multi:
        return _many(attribute, value)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]  # some directories wrap the one value that there is
    return _one(attribute, value)


def _many(attribute: Attribute, value: object) -> list[Any] | None:
    given = value if isinstance(value, list) else [value]
    refuse_many(attribute, given)
    found = [fit for each in given if each is not None and (fit := _one(attribute, each))]
    return only_one_primary(found) or None


def refuse_many(attribute: Attribute, values: list[Any]) -> None:
    """Refuse more values than an attribute takes.

    Raises:
        UsageError: there are more.
    """
    most = MOST_MEMBERS if attribute.name == "members" else MOST_VALUES
    if len(values) > most:
        raise unfit_value(attribute.name, f"`{attribute.name}` takes at most {most:,} values, not {len(values):,}")


def only_one_primary(values: list[Any]) -> list[Any]:
    """The last value that says it is primary stays so (RFC 7643, section 2.4)."""
    primary = [at for at, each in enumerate(values) if isinstance(each, Mapping) and each.get("primary") is True]
    return [{**each, "primary": False} if at in primary[:-1] else each for at, each in enumerate(values)]


def _one(attribute: Attribute, value: object) -> Any:  # noqa: ANN401 - see `coerce`
    if attribute.type == "complex":
        given = {"value": value} if isinstance(value, str | int) and attribute.part("value") else value
        by_name = {each.name.casefold(): each for each in attribute.sub}
        return read_parts(given, by_name, attribute.name) or None
    if attribute.type == "boolean":
        return _boolean(attribute, value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise unfit_value(attribute.name, f"`{attribute.name}` takes a text")
    text = str(value).strip()
    if len(text) > MOST_TEXT:
        raise unfit_value(attribute.name, f"`{attribute.name}` takes at most {MOST_TEXT:,} characters")
    if _UNFIT.search(text):
        raise unfit_value(attribute.name, f"`{attribute.name}` has a control character")
    return text or None


def _boolean(attribute: Attribute, value: object) -> bool:
    if isinstance(value, bool):
        return value
    known = {"true": True, "false": False}.get(value.strip().casefold()) if isinstance(value, str) else None
    if known is None:
        raise unfit_value(attribute.name, f"`{attribute.name}` takes true or false")
    return known


def _check_schemas(body: Mapping[Any, Any], of: Resource) -> None:
    schemas = next((value for key, value in body.items() if str(key).casefold() == "schemas"), None)
    if schemas is None:
        return  # needed by the letter, left out by some; the address says what it is
    if not isinstance(schemas, list) or not all(isinstance(each, str) for each in schemas):
        raise unreadable_body("`schemas` is a list of URNs")
    if of.urn.casefold() not in {each.casefold() for each in schemas}:
        raise unreadable_body(f"`schemas` does not name `{of.urn}`")
