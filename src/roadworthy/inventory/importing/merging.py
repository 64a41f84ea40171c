"""Comparing three versions of a use case: what was imported last, what stands now, and what the file says now.

What only the file changed is taken. What only a person changed stays. What both changed stays as the person
left it and is listed as a conflict with all three values, at every import, until they agree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Fields: TypeAlias = Mapping[str, Any]
"""Paths of fields to values: mappings are opened (`risk.impact`), lists are one value."""

WHOLE = "(the use case)"
"""The path of a conflict about the use case itself, such as its removal."""


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """A field that a person and a file changed differently; the person's value stands."""

    use_case: str
    path: str
    before: Any
    """What was imported last; None for nothing."""
    current: Any
    new: Any

    @property
    def key(self) -> str:
        """How a decision about it names it."""
        return f"{self.use_case}:{self.path}"


def fields_of(spec: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A spec by paths."""
    found: dict[str, Any] = {}
    for key, value in spec.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping):
            found |= fields_of(value, f"{path}.")
        else:
            found[path] = value
    return found


def spec_of(fields: Fields) -> dict[str, Any]:
    """A spec from its paths."""
    spec: dict[str, Any] = {}
    for path, value in fields.items():
        place = spec
        *parents, last = path.split(".")
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return spec


def covered(targets: Iterable[str]) -> frozenset[str]:
    """The paths that columns with these targets speak about; what a file has no column for it says nothing about."""
    paths: set[str] = set()
    for target in targets:
        field = target.split("[", maxsplit=1)[0]
        paths |= {"class", "techniques"} if field in {"class", "techniques"} else {field}
    return frozenset(paths)


def complete(before: Mapping[str, Any], new: Mapping[str, Any], targets: Collection[str]) -> dict[str, Any]:
    """A new spec with the earlier items of those kinds that the file has no column for.

    A file with a column for vendors and none for models says nothing about models.
    """
    result = dict(new)
    for field, key in (("components", "kind"), ("identifiers", "scheme")):
        fresh = list(new.get(field, ()))
        old = [item for item in before.get(field, ()) if item in fresh or not _speaks(targets, field, item[key])]
        items = [*old, *(item for item in fresh if item not in old)]
        if items:
            result[field] = items
    return result


def _speaks(targets: Collection[str], field: str, kind: str) -> bool:
    return any(target.startswith(f"{field}[{kind}]") for target in targets)


def merge(
    name: str,
    before: Mapping[str, Any] | None,
    current: Mapping[str, Any],
    new: Mapping[str, Any],
    *,
    about: Collection[str],
    take: Collection[str] = (),
) -> tuple[dict[str, Any], dict[str, Any], tuple[FieldConflict, ...]]:
    """Merge what a file says into what stands.

    Args:
        name: of the use case.
        before: the spec as it was imported last, or None when it never was.
        current: the spec that stands.
        new: the spec that the file says.
        about: paths that the file has columns for; others it leaves as they are.
        take: keys of conflicts that a person decided for the file.

    Returns:
        The merged spec; the spec to remember as imported last, in which a field in conflict keeps its earlier
        value so that the conflict is seen again; and the conflicts.
    """
    base, here, there = fields_of(before or {}), fields_of(current), fields_of(new)
    merged = dict(here)
    remembered = dict(there)
    conflicts = []
    for path in dict.fromkeys([*base, *there]):
        old, mine, theirs = base.get(path), here.get(path), there.get(path)
        if theirs is None and path not in about:
            _put(remembered, path, old)
            continue
        if theirs in (mine, old):
            continue
        if mine == old or f"{name}:{path}" in take:
            _put(merged, path, theirs)
            continue
        conflicts.append(FieldConflict(name, path, old, mine, theirs))
        _put(remembered, path, old)
    return spec_of(merged), spec_of(remembered), tuple(conflicts)


def _put(fields: dict[str, Any], path: str, value: object) -> None:
    if value is None:
        fields.pop(path, None)
    else:
        fields[path] = value
