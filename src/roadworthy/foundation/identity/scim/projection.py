"""What of a resource is answered: `attributes` and `excludedAttributes` (RFC 7644, section 3.9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from roadworthy.foundation.identity.scim.attributes import Resource
from roadworthy.foundation.identity.scim.faults import unfit_value
from roadworthy.foundation.identity.scim.filters import Path, path_of

ALWAYS = frozenset({"id", "schemas"})
_MOST_NAMES = 100


@dataclass(frozen=True, slots=True)
class Projection:
    """Which attributes are wanted; both empty for all that are shown by default."""

    wanted: tuple[Path, ...] = ()
    unwanted: tuple[Path, ...] = ()

    def shows(self, name: str) -> bool:
        """Whether an attribute of the core schema is answered, at least in part."""
        folded = name.casefold()
        if self.wanted:
            return any(path.name.casefold() == folded for path in self.wanted)
        return not any(path.name.casefold() == folded and path.sub is None for path in self.unwanted)

    def of(self, document: Mapping[str, Any], of: Resource) -> dict[str, Any]:
        """The part of a resource that is answered."""
        if self.wanted:
            chosen = [*(Path(name) for name in ALWAYS), *self.wanted]
            return _kept(document, of, chosen)
        return _without(document, of, self.unwanted)


def read_projection(attributes: str | None, excluded: str | None) -> Projection:
    """The projection of two query parameters; where both are given, what is wanted counts.

    Raises:
        UsageError: a name cannot be an attribute's.
    """
    return Projection(_paths(attributes, "attributes"), _paths(excluded, "excludedAttributes"))


def _paths(text: str | None, field: str) -> tuple[Path, ...]:
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    if len(names) > _MOST_NAMES:
        raise unfit_value(field, f"`{field}` takes at most {_MOST_NAMES} names")
    found = []
    for name in names:
        path = path_of(name)
        if path is None:
            raise unfit_value(field, f"`{name[:100]}` is no attribute's name")
        found.append(path)
    return tuple(found)


def _matches(path: Path, key: str, urn: str | None) -> bool:
    return (path.urn is None or urn is None or path.urn == urn) and path.name.casefold() == key.casefold()


def _kept(document: Mapping[str, Any], of: Resource, wanted: Sequence[Path]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in document.items():
        if key == of.extension_urn:
            whole = any(path.urn == key and not path.name for path in wanted)
            parts = value if whole else _kept_of(value, [path for path in wanted if path.urn == key], key)
            if parts:
                found[key] = parts
            continue
        subs = [path.sub for path in wanted if path.urn != of.extension_urn and _matches(path, key, None)]
        if subs:
            found[key] = value if None in subs else _parts(value, {str(sub).casefold() for sub in subs}, keep=True)
    return found


def _kept_of(value: Mapping[str, Any], wanted: Sequence[Path], urn: str) -> dict[str, Any]:
    return {key: each for key, each in value.items() if any(_matches(path, key, urn) for path in wanted)}


def _without(document: Mapping[str, Any], of: Resource, unwanted: Sequence[Path]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in document.items():
        if key in ALWAYS:
            found[key] = value
            continue
        if of.extension_urn and key == of.extension_urn:
            here = [path for path in unwanted if path.urn == key]
            if not any(not path.name for path in here):
                kept = {
                    name: each for name, each in value.items() if not any(_matches(path, name, key) for path in here)
                }
                if kept:
                    found[key] = kept
            continue
        subs = [path.sub for path in unwanted if path.urn != of.extension_urn and _matches(path, key, None)]
        if None in subs:
            continue
        found[key] = _parts(value, {str(sub).casefold() for sub in subs}, keep=False) if subs else value
    return found


def _parts(value: object, names: set[str], *, keep: bool) -> Any:  # noqa: ANN401 - a complex value or a list of them
    if isinstance(value, list):
        return [_parts(each, names, keep=keep) for each in value]
    if not isinstance(value, Mapping):
        return value
    return {key: each for key, each in value.items() if (key.casefold() in names) is keep}
