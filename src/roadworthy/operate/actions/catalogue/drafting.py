"""Drafts of declared actions: written as YAML for a person to confirm, and compared with what is declared."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from roadworthy.foundation.digests import digest
from roadworthy.foundation.resources.emitting import to_yaml
from roadworthy.foundation.resources.names import LONGEST_NAME, proposed
from roadworthy.foundation.resources.registry import API_VERSION
from roadworthy.foundation.resources.schemas import fractions, kept
from roadworthy.operate.actions.declared import ACTION

LARGEST_SCHEMA: Final = 100_000
"""Bytes of one schema; a larger one is no list of arguments that a person could read."""
DEEPEST: Final = 24
LONGEST_DESCRIPTION: Final = 4_000
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]"
)
"""Controls, what turns the direction of reading, and tags: what a model reads and a person does not see."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An action as it could be declared."""

    name: str
    of: str
    """What the server or the document calls it."""
    spec: Mapping[str, Any]
    """As it is declared; of a draft with faults, nothing."""
    notes: tuple[str, ...] = ()
    """What a person has to look at."""
    faults: tuple[str, ...] = ()
    """Why it cannot be declared."""


@dataclass(slots=True)
class Notes:
    """What is found on the way."""

    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def draft(system: str, of: str, spec: Mapping[str, Any], found: Notes) -> Draft:
    """A draft, or why there is none."""
    name = name_of(system, of)
    for which in ("input", "output"):
        schema = spec.get(which)
        if schema is not None:
            found.faults += unkeepable(which, schema)
    if not name.removeprefix(f"{system}."):
        found.faults.append(f"`{of[:60]}` has no letter of which a name could be made")
    if found.faults:
        return Draft(name, of, {}, tuple(found.notes), tuple(found.faults))
    made = {**spec, "input": kept(spec["input"])}
    if spec.get("output") is not None:
        made["output"] = kept(spec["output"])
    return Draft(name, of, made, tuple(found.notes))


def name_of(system: str, of: str) -> str:
    """`SYSTEM.operation`: `createRefund` is `create-refund`."""
    operation = proposed(_HUMP.sub("-", of).replace("_", "-")).replace(".", "-")
    return f"{system}.{re.sub('-+', '-', operation)}"[:LONGEST_NAME].rstrip("-.")


def distinct(drafts: Iterable[Draft]) -> list[Draft]:
    """Drafts, with a fault where two would have one name."""
    found: dict[str, Draft] = {}
    for each in drafts:
        if each.name in found:
            other = f"`{found[each.name].of[:60]}` would have the same name `{each.name}`"
            found[f"{each.name} {each.of}"] = Draft(each.name, each.of, {}, each.notes, (*each.faults, other))
        else:
            found[each.name] = each
    return list(found.values())


def only(drafts: Iterable[Draft], patterns: Sequence[str]) -> list[Draft]:
    """Those whose name, or what the server calls them, is like one of some patterns; all where there is none."""
    return [each for each in drafts if meant(each.name, patterns) or meant(each.of, patterns)]


def meant(name: str, patterns: Sequence[str]) -> bool:
    """Whether a name is like one of some patterns; every one is where there is none."""
    return not patterns or any(fnmatch.fnmatchcase(name, each) for each in patterns)


def described(text: object, found: Notes) -> str | None:
    """A description as it can be kept; what a person would not see in it is named."""
    if not isinstance(text, str) or not text.strip():
        return None
    hidden = _UNSEEN.findall(text)
    if hidden:
        found.notes.append(f"the description has {len(hidden)} characters that nobody sees; they are left out here")
        text = _UNSEEN.sub("", text)
    if len(text) > LONGEST_DESCRIPTION:
        found.notes.append(f"the description has {len(text):,} characters; the first {LONGEST_DESCRIPTION:,} are kept")
        text = text[:LONGEST_DESCRIPTION]
    return text.strip() or None


def title_of(text: object) -> str | None:
    """A title as it can be kept: one line."""
    if not isinstance(text, str):
        return None
    return " ".join(_UNSEEN.sub("", text).split())[:300] or None


def unkeepable(which: str, schema: Mapping[str, Any]) -> Iterator[str]:
    """Why a schema cannot be declared."""
    size = len(json.dumps(schema, default=str))
    if size > LARGEST_SCHEMA:
        yield f"the schema `{which}` has {size:,} bytes, more than {LARGEST_SCHEMA:,}"
    elif _depth(schema) > DEEPEST:
        yield f"the schema `{which}` is nested more than {DEEPEST} deep"
    else:
        for path in list(fractions(schema))[:3]:
            yield f"a fraction stands at `{which}{path}`, where it would become a text"


def _depth(value: object) -> int:
    if isinstance(value, Mapping):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list | tuple) else 0


def digest_of(value: object) -> str:
    """Of what a document says, over canonical JSON."""
    written = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
    return digest(written.encode("ascii"))


# ---------------------------------------------------------------- as a file


def written(draft_: Draft, source: str) -> str:
    """A draft as YAML, with what a person has to confirm in comments above what it is about."""
    content = {"apiVersion": API_VERSION, "kind": ACTION, "metadata": {"name": draft_.name}, "spec": draft_.spec}
    head = [f"# Imported from {_line(source)}: `{_line(draft_.of)}`. Nothing is in force before it is applied."]
    head += [f"# Look at this: {_line(each)}." for each in draft_.notes]
    return "".join(f"{line}\n" for line in head) + to_yaml(content)


def _line(text: str) -> str:
    return " ".join(_UNSEEN.sub("", text).split())[:200]


# ---------------------------------------------------------------- against what is declared


@dataclass(frozen=True, slots=True)
class Difference:
    """An action that is not as it was declared."""

    name: str
    what: tuple[str, ...]
    """In words, the pinned parts first; empty where nothing is changed."""
    was: Mapping[str, Any] | None = None
    """The spec as it is declared; None of what is new."""
    now: Mapping[str, Any] | None = None
    """As the system says it now; None of what is gone."""


def differences(drafts: Sequence[Draft], declared: Mapping[str, Mapping[str, Any]]) -> list[Difference]:
    """What changed, by name.

    Args:
        drafts: what the server or the document says now.
        declared: specs of the actions that are declared for the system.
    """
    now = {each.name: each for each in drafts if not each.faults}
    same = _same(now, declared)
    fresh = now.keys() - same.values()
    found = [Difference(name, ("it is new",), None, now[name].spec) for name in sorted(fresh)]
    found += [Difference(name, ("it is gone",), declared[name]) for name in sorted(declared.keys() - same.keys())]
    for name, of in same.items():
        what = tuple(_changed(declared[name], now[of].spec))
        if what:
            found.append(Difference(name, what, declared[name], now[of].spec))
    return sorted(found, key=lambda each: each.name)


def _same(now: Mapping[str, Draft], declared: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """By name of a declared action, the draft that is of the same thing: one of its name, or else of its tool or path.

    Whoever imports an action may call it otherwise; it is the same tool all the same.
    """
    same = {name: name for name in now.keys() & declared.keys()}
    ways = {_way(each.spec): name for name, each in now.items() if name not in same}
    for name in sorted(declared.keys() - same.keys()):
        of = ways.pop(_way(declared[name]), None)
        if of is not None:
            same[name] = of
    return same


def _way(spec: Mapping[str, Any]) -> str:
    """What of a system an action is: its tool, or method and path."""
    http = spec.get("http") or {}
    return f"tool {spec['tool']}" if spec.get("tool") else f"{http.get('method')} {http.get('path')}"


def _changed(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    pinned, pin = was.get("pin"), now.get("pin") or {}
    if pinned is None:
        yield "it is not pinned"
    else:
        changed = [name for name in ("schema", "description", "annotations") if pinned.get(name) != pin.get(name)]
        for name in changed:
            details = "; ".join(_schemas(was, now)) if name == "schema" else ""
            yield f"pin `{name}` changed{f': {details}' if details else ''}"
    for way in ("http", "tool"):
        if was.get(way) != now.get(way):
            yield f"`{way}` is another one"


def _schemas(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Which arguments came, went, or are otherwise."""
    before, after = was.get("input") or {}, now.get("input") or {}
    old, new = before.get("properties") or {}, after.get("properties") or {}
    yield from (f"argument `{name}` is new" for name in sorted(new.keys() - old.keys()))
    yield from (f"argument `{name}` is gone" for name in sorted(old.keys() - new.keys()))
    yield from (f"argument `{name}` is otherwise" for name in sorted(old.keys() & new.keys()) if old[name] != new[name])
    needed, needs = set(before.get("required") or ()), set(after.get("required") or ())
    yield from (f"argument `{name}` is required now" for name in sorted(needs - needed))
    yield from (f"argument `{name}` is not required any more" for name in sorted(needed - needs))
    if was.get("output") != now.get("output"):
        yield "the result is otherwise"
