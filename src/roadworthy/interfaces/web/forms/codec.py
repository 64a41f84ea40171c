"""Between a spec, as JSON has it, and the flat texts that a form carries."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

from roadworthy.interfaces.web.forms.entries import Codec, Entry, Group

Json: TypeAlias = Any
"""A value as `json.loads` gives it."""

Entered: TypeAlias = Mapping[str, str]
"""Field name to what was entered, as the browser sent it."""


def entries_of(groups: Sequence[Group], counts: Mapping[str, int]) -> Iterator[tuple[str, Entry]]:
    """Every field of the form by its full name; lists have as many items as `counts` says."""
    for group in groups:
        for prefix in prefixes(group, counts):
            for entry in group.entries:
                yield prefix + entry.path, entry


def prefixes(group: Group, counts: Mapping[str, int]) -> list[str]:
    """What stands before the names of a group's fields, once per item."""
    if group.each is None:
        return [""]
    return [f"{group.each}.{position}." for position in range(counts[group.each])]


def flatten(spec: Mapping[str, Any], groups: Sequence[Group], counts: Mapping[str, int]) -> dict[str, str]:
    """What the form's fields hold for a spec; a field of which nobody has said anything holds nothing."""
    return {name: _shown(_look(spec, name.split(".")), entry.codec) for name, entry in entries_of(groups, counts)}


def counts_of(spec: Mapping[str, Any], groups: Sequence[Group]) -> dict[str, int]:
    """How many items each list of the form has."""
    return {group.each: len(spec.get(group.each, ())) for group in groups if group.each}


def counts_in(entered: Entered, groups: Sequence[Group]) -> dict[str, int]:
    """How many items of each list were sent."""
    found = {}
    for group in groups:
        if group.each:
            positions = [
                int(match[1]) for name in entered if (match := re.match(rf"{group.each}\.(\d{{1,4}})\.", name))
            ]
            found[group.each] = max(positions, default=-1) + 1
    return found


def apply(base: Mapping[str, Any], groups: Sequence[Group], entered: Entered) -> dict[str, Any]:
    """A new spec: `base` with the form's fields as entered. What the form does not ask stays as it is.

    Items of a list in which nothing was entered disappear, with what the form does not ask about them. An item that was
    moved to another place by its name takes along what the form does not ask.
    """
    spec = copy.deepcopy(dict(base))
    counts = counts_in(entered, groups)
    for group in groups:
        if group.each and isinstance(spec.get(group.each), list):
            spec[group.each] = _aligned(spec[group.each], group, counts[group.each], entered)
    for name, entry in entries_of(groups, counts):
        _put(spec, name.split("."), _meant(entered.get(name, ""), entry.codec))
    for group in groups:
        if group.each and group.each in spec:
            kept = [
                item
                for prefix, item in zip(prefixes(group, counts), spec[group.each], strict=False)
                if any(entered.get(prefix + entry.path, "").strip() for entry in group.entries)
            ]
            if kept:
                spec[group.each] = kept
            else:
                del spec[group.each]
    return spec


def _aligned(items: Sequence[Json], group: Group, count: int, entered: Entered) -> list[Json]:
    """The items of a list in the places where they were entered; the first question of a group is an item's name."""
    path = group.entries[0].path
    known = {item.get(path): item for item in items if isinstance(item, Mapping)}
    places: list[Json] = []
    for position in range(count):
        here = items[position] if position < len(items) else {}
        name = entered.get(f"{group.each}.{position}.{path}", "").strip()
        moved = name in known and name != (here.get(path) if isinstance(here, Mapping) else None)
        places.append(copy.deepcopy(known[name]) if moved else here)
    return places


def _look(value: Json, path: Sequence[str]) -> Json:
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            value = value[int(step)] if int(step) < len(value) else None
        else:
            return None
    return value


def _put(spec: dict[str, Any], path: Sequence[str], value: Json) -> None:
    if value is None:
        _take(spec, path)
        return
    here: Json = spec
    for step, following in pairwise(path):
        here = _enter(here, step, [] if following.isdigit() else {})
    here[path[-1]] = value


def _take(here: Json, path: Sequence[str]) -> None:
    """Take a value out, with objects that are empty without it: an object of which nothing is said is not said.

    An empty list stays: it says that there is none, which a form shows as it shows nothing.
    """
    step, rest = path[0], path[1:]
    if isinstance(here, list):
        if int(step) < len(here) and rest:
            _take(here[int(step)], rest)
        return
    if not isinstance(here, dict) or step not in here:
        return
    if not rest:
        if here[step] != []:
            del here[step]
        return
    _take(here[step], rest)
    if here[step] == {}:
        del here[step]


def _enter(here: Json, step: str, fresh: Json) -> Json:
    if isinstance(here, list):
        while len(here) <= int(step):
            here.append({})
        return here[int(step)]
    if not isinstance(here.get(step), type(fresh)):
        here[step] = fresh
    return here[step]


def _shown(value: Json, codec: Codec) -> str:
    if value is None:
        return ""
    if codec == "lines":
        return "\n".join(value)
    if codec == "pairs":
        return "\n".join(f"{name} = {each}" for name, each in value.items())
    if codec == "yes-no":
        return "yes" if value else "no"
    return str(value)


def _meant(text: str, codec: Codec) -> Json:
    entered = text.replace("\r\n", "\n").strip()
    if not entered:
        return None
    if codec == "lines":
        return [line.strip() for line in entered.split("\n") if line.strip()]
    if codec == "pairs":
        named = (line.partition("=") for line in entered.split("\n") if line.strip())
        return {name.strip(): value.strip() for name, _, value in named}
    if codec == "yes-no":
        return entered == "yes"
    return entered
