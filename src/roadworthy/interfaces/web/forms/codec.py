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

    Items of a list in which nothing was entered disappear.
    """
    spec = copy.deepcopy(dict(base))
    for name, entry in entries_of(groups, counts_in(entered, groups)):
        _put(spec, name.split("."), _meant(entered.get(name, ""), entry.codec))
    for group in groups:
        if group.each:
            spec[group.each] = [item for item in spec.get(group.each, ()) if item]
    pruned: dict[str, Any] = _prune(spec)
    return pruned


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
    here: Json = spec
    for step, following in pairwise(path):
        here = _enter(here, step, [] if following.isdigit() else {})
    if value is None:
        here.pop(path[-1], None)
    else:
        here[path[-1]] = value


def _enter(here: Json, step: str, fresh: Json) -> Json:
    if isinstance(here, list):
        while len(here) <= int(step):
            here.append({})
        return here[int(step)]
    if not isinstance(here.get(step), type(fresh)):
        here[step] = fresh
    return here[step]


def _prune(value: Json) -> Json:
    """Without empty objects and lists: an object of which nothing is said is not said."""
    if isinstance(value, dict):
        kept = {name: _prune(each) for name, each in value.items()}
        return {name: each for name, each in kept.items() if each not in (None, {}, [])}
    return [_prune(each) for each in value] if isinstance(value, list) else value


def _shown(value: Json, codec: Codec) -> str:
    if value is None:
        return ""
    if codec == "lines":
        return "\n".join(value)
    if codec == "yes-no":
        return "yes" if value else "no"
    return str(value)


def _meant(text: str, codec: Codec) -> Json:
    entered = text.replace("\r\n", "\n").strip()
    if not entered:
        return None
    if codec == "lines":
        return [line.strip() for line in entered.split("\n") if line.strip()]
    if codec == "yes-no":
        return entered == "yes"
    return entered
