"""Putting one value into the draft of a use case: read for its target, or left out with the reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from roadworthy.inventory.importing.dates import read_date
from roadworthy.inventory.importing.model import Unplaced
from roadworthy.inventory.importing.vocabulary import ENUMERATED, NONE_SAYS_SOMETHING, read_word, says_nothing

LINE = 1_000
"""Characters of a `Line` of the model."""

TEXT = 20_000
"""Characters of a `Text` of the model."""

PERSON = 320
"""Characters of a person's name or address in the model."""

_BREAKS = re.compile(r"\s*[;\n|]\s*")
_COMMAS = re.compile(r"\s*[,;\n|]\s*")
_URL = re.compile(r"(?:https?://|www\.)[^\s,;\"'<>]+", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?[\d\s,_]*\d(?:\.\d+)?\s*%?")
_SHIELDED = re.compile(r"'[=+\-@]")
_PEOPLE = frozenset(
    {"contact", "owners.product", "owners.platform", "owners.governance", "owners.business", "outcome.owner"}
)
_LONG = {"purpose", "benefits", "outputs"}
_SHOWN = 200


@dataclass(slots=True)
class Draft:
    """A use case that is being filled from one row; nested values by their path."""

    values: dict[str, Any] = field(default_factory=dict)
    unplaced: list[Unplaced] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)

    def leave(self, column: str, cell: str, value: str, reason: str) -> None:
        """Note a value that fills no field; the cell itself is kept elsewhere, so the note may be short."""
        shown = " ".join(value.split())
        self.unplaced.append(
            Unplaced(column, cell, shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 3]}...", reason)
        )

    def append(self, path: str, item: str | dict[str, str]) -> None:
        """Add to a list unless it is there already."""
        items = self.values.setdefault(path, [])
        if item not in items:
            items.append(item)

    def spec(self) -> dict[str, Any]:
        """The draft in the form that files have: nested, camelCase."""
        result: dict[str, Any] = {}
        for path, value in self.values.items():
            place = result
            *parents, last = path.split(".")
            for parent in parents:
                place = place.setdefault(parent, {})
            place[last] = value
        if "outcome" in result and "metric" not in result["outcome"]:
            # A target or a date without a number to move is no outcome; the cells are kept.
            del result["outcome"]
        return result


def fill(draft: Draft, target: str, raw: str, *, cell: str, column: str, months_first: bool = True) -> None:
    """Put a value where its target says, or leave it with a reason; a word for nothing fills nothing."""
    if says_nothing(raw) and target not in NONE_SAYS_SOMETHING:
        return
    # Exports put an apostrophe before what a spreadsheet program would run as a formula.
    raw = raw[1:] if raw[0] == "'" and _SHIELDED.match(raw) else raw
    if target == "class":
        _fill_class(draft, raw, cell, column)
    elif target in ENUMERATED:
        _fill_word(draft, target, raw, cell, column)
    elif target in {"started", "inUseSince", "retired", "outcome.by"}:
        _fill_date(draft, target, raw, cell, column, months_first=months_first)
    elif target in _LISTS:
        _LISTS[target](draft, raw, cell, column)
    elif target.startswith("identifiers["):
        line = _line(draft, raw, cell, column)
        draft.append("identifiers", {"scheme": target[len("identifiers[") : -1], "value": line})
    elif target in _PEOPLE:
        _fill_person(draft, target, raw, cell, column)
    elif target in {"outcome.baseline", "outcome.target"}:
        _fill_number(draft, target, raw, cell, column)
    elif target in _LONG:
        _fill_text(draft, target, raw, cell, column)
    else:
        draft.values[target] = _line(draft, raw, cell, column)


def _fill_word(draft: Draft, target: str, raw: str, cell: str, column: str) -> None:
    word = read_word(target, raw)
    if word is not None:
        draft.values[target] = word
    elif target == "risk.exposure" and raw.strip().casefold() == "no":
        draft.leave(column, cell, raw, "not the public, which leaves open whether customers or only employees")
    elif not says_nothing(raw):
        draft.leave(column, cell, raw, f"it is no known word for {target}")


def _fill_date(draft: Draft, target: str, raw: str, cell: str, column: str, *, months_first: bool) -> None:
    found = read_date(raw, months_first=months_first)
    if found.date is not None:
        draft.values[target] = found.date.isoformat()
        if found.note:
            draft.flags.append(f"{column}: {found.note}")
        return
    draft.leave(column, cell, raw, found.note or "it is no date")


def _fill_person(draft: Draft, target: str, raw: str, cell: str, column: str) -> None:
    name = " ".join(raw.split())
    if len(name) > PERSON:
        draft.leave(column, cell, raw, "it is too long for the name of one person")
        return
    draft.values[target] = name


def _fill_number(draft: Draft, target: str, raw: str, cell: str, column: str) -> None:
    text = raw.strip()
    if _NUMBER.fullmatch(text) is None:
        draft.leave(column, cell, raw, "it is no number")
        return
    draft.values[target] = re.sub(r"[\s,_%]", "", text)


def _fill_text(draft: Draft, target: str, raw: str, cell: str, column: str) -> None:
    text = raw.strip()
    if len(text) > TEXT:
        draft.leave(
            column, cell, raw, f"it has {len(text):,} characters, the field holds {TEXT:,}; the beginning was placed"
        )
    draft.values[target] = text[:TEXT]


def _line(draft: Draft, raw: str, cell: str, column: str) -> str:
    line = " ".join(raw.split())
    if len(line) > LINE:
        draft.leave(
            column, cell, raw, f"it has {len(line):,} characters, the field holds {LINE:,}; the beginning was placed"
        )
    return line[:LINE]


def _fill_links(draft: Draft, raw: str, cell: str, column: str) -> None:
    found = [link.rstrip(".)") for link in _URL.findall(raw)]
    if not found:
        draft.leave(column, cell, raw, "it holds no link")
    for link in found:
        draft.append("links", link[:LINE])


def _fill_techniques(draft: Draft, raw: str, cell: str, column: str) -> None:
    for part in _COMMAS.split(raw.strip()):
        if part and not says_nothing(part):
            draft.append("techniques", _line(draft, part, cell, column))
    word = read_word("techniques", raw)
    if word is not None:
        draft.values.setdefault("class", word)


def _fill_class(draft: Draft, raw: str, cell: str, column: str) -> None:
    word = read_word("class", raw)
    if word is None:
        draft.leave(column, cell, raw, "it does not tell whether it predicts, generates or acts")
    else:
        draft.values["class"] = word
    said = _line(draft, raw.split(":", maxsplit=1)[0], cell, column)
    if said != word:
        draft.append("techniques", said)


def _fill_data(draft: Draft, raw: str, cell: str, column: str) -> None:
    draft.append("data", {"name": _line(draft, raw, cell, column)})


def _fill_systems(draft: Draft, raw: str, cell: str, column: str) -> None:
    for part in _BREAKS.split(raw.strip()):
        if part and not says_nothing(part):
            draft.append("integrations", {"system": _line(draft, part, cell, column)})


def _fill_postures(draft: Draft, raw: str, cell: str, column: str) -> None:
    for part in _COMMAS.split(raw.strip()):
        if part and not says_nothing(part):
            draft.append("postures", _line(draft, part, cell, column))


def _component(kind: str) -> Callable[[Draft, str, str, str], None]:
    def add(draft: Draft, raw: str, cell: str, column: str) -> None:
        for part in _BREAKS.split(raw.strip()):
            if part and not says_nothing(part):
                draft.append("components", {"kind": kind, "name": _line(draft, part, cell, column)})

    return add


_LISTS: dict[str, Callable[[Draft, str, str, str], None]] = {
    "links": _fill_links,
    "techniques": _fill_techniques,
    "data[].name": _fill_data,
    "integrations[].system": _fill_systems,
    "postures": _fill_postures,
    "components[vendor].name": _component("vendor"),
    "components[model].name": _component("model"),
    "components[tool].name": _component("tool"),
}
