"""Paths of PATCH operations (RFC 7644, section 3.5.2): an attribute, one value of it, a part of that."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.foundation.errors import UsageError
from roadworthy.foundation.identity.scim.attributes import Attribute, Resource
from roadworthy.foundation.identity.scim.faults import unreadable_path
from roadworthy.foundation.identity.scim.filters import And, Compare, Filter, Path, Reader


@dataclass(frozen=True, slots=True)
class Target:
    """What a path leads to."""

    extended: bool
    """Whether it lies in the extension."""
    attribute: Attribute | None
    """None for the extension as a whole."""
    chosen: Filter | None = None
    """Which values of a multi-valued attribute."""
    part: Attribute | None = None


@dataclass(frozen=True, slots=True)
class NotKept:
    """A path to something that is taken and forgotten."""


def read_target(text: str, of: Resource) -> Target | NotKept:
    """What a path leads to in a resource.

    Raises:
        UsageError: it is no path, or leads nowhere.
    """
    try:
        reader = Reader(text)
        path = reader.path()
        chosen = reader.values(0) if reader.peek() == "[" else None
        sub = path.sub
        if chosen is not None and reader.peek().startswith("."):
            sub = reader.take().text[1:]
        reader.end()
    except UsageError as error:
        raise unreadable_path(f"the path `{text[:100]}` cannot be read: {error.message}") from error
    return _leading(text, path, chosen, sub, of)


def _leading(text: str, path: Path, chosen: Filter | None, sub: str | None, of: Resource) -> Target | NotKept:
    extended = bool(of.extension_urn) and path.urn == of.extension_urn
    if path.urn is not None and not extended and path.urn != of.urn:
        raise unreadable_path(f"`{text[:100]}` names a schema that a {of.name} does not have")
    if not path.name:
        if not extended or chosen is not None:
            raise unreadable_path(f"`{text[:100]}` names a schema and no attribute")
        return Target(True, None)
    if not extended and path.name.casefold() in of.not_kept:
        return NotKept()
    attribute = (of.in_extension if extended else of.by_name).get(path.name.casefold())
    if attribute is None:
        raise unreadable_path(f"a {of.name} has no attribute `{path.name[:100]}`")
    if chosen is not None and not attribute.multi:
        raise unreadable_path(f"`{attribute.name}` has one value, so there is none to choose")
    part = None
    if sub is not None:
        part = attribute.part(sub)
        if part is None:
            raise unreadable_path(f"`{attribute.name}` has no part `{sub[:100]}`")
    return Target(extended, attribute, chosen, part)


def described(chosen: Filter) -> dict[str, str] | None:
    """The value that a choice such as `type eq "work"` describes; None where it does not name one by equality."""
    parts = chosen.parts if isinstance(chosen, And) else (chosen,)
    found: dict[str, str] = {}
    for each in parts:
        if not isinstance(each, Compare) or each.operator != "eq" or not isinstance(each.value, str) or each.path.sub:
            return None
        found[each.path.name] = each.value
    return found
