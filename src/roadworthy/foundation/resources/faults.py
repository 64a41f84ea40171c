"""What does not fit a shape, in our own words and with the path of the field.

Shapes are checked by pydantic; its messages speak to programmers, so each kind of fault is said anew here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from pydantic import ValidationError

from roadworthy.foundation.errors import Finding, Place, closest, did_you_mean
from roadworthy.foundation.resources.schema import Schema, alternatives

LONGEST_SHOWN: Final = 60

_ABSENT: Final = object()

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")

Path: TypeAlias = Sequence[str | int]
Said: TypeAlias = tuple[str, str, str]
"""Code, message, remedy."""


def shown(value: object) -> str:
    """A value as messages show it: short, on one line, without characters that change how the line reads."""
    text = "true" if value is True else "false" if value is False else str(value)
    text = _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return f"`{text[:LONGEST_SHOWN]}…`" if len(text) > LONGEST_SHOWN else f"`{text}`"


def dotted(path: Path) -> str:
    """`spec.data[2].steward`, items counted from 0 as in JSON."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{_UNPRINTABLE.sub('?', part)}" if text else part
    return text


def explain(error: ValidationError, data: object, schema: Schema) -> list[tuple[Path, Finding]]:
    """Every fault with its path inside `data`; `Place.field` of the finding is that path under `spec`.

    Args:
        error: what validation of `data` raised.
        data: what was validated; tells which parts of an error's location are real.
        schema: JSON Schema of the shape, for suggestions.
    """
    found: dict[tuple[Path, str], Finding] = {}
    for fault in error.errors(include_url=False):
        path = _real_path(fault["loc"], data, missing=fault["type"] in {"missing", "extra_forbidden"})
        code, message, remedy = _say(fault["type"], fault, path, schema)
        finding = Finding(code, message, Place(field=dotted(("spec", *path))), remedy)
        found.setdefault((path, message), finding)
    return [(path, finding) for (path, _message), finding in found.items()]


def _real_path(location: Iterable[str | int], data: object, *, missing: bool) -> tuple[str | int, ...]:
    """The location without the parts that name members of a union rather than fields."""
    path: list[str | int] = []
    at = data
    parts = list(location)
    for index, part in enumerate(parts):
        inside = _inside(at, part)
        if inside is not _ABSENT:
            at = inside
            path.append(part)
        elif missing and index == len(parts) - 1:
            path.append(part)
    return tuple(path)


def _inside(at: object, part: str | int) -> object:
    if isinstance(at, Mapping):
        return at.get(part, _ABSENT)
    if isinstance(at, list | tuple) and isinstance(part, int) and part < len(at):
        return at[part]
    return _ABSENT


def _say(kind: str, fault: Mapping[str, Any], path: Path, schema: Schema) -> Said:
    """Code, message and remedy."""
    name = str(path[-1]) if path else "spec"
    if kind == "extra_forbidden":
        return _unknown_key(name, path, schema)
    if kind == "missing":
        return "resource-missing-field", f"`{name}` is missing", f"add `{name}:`"
    if kind in {"enum", "literal_error", "union_tag_invalid"}:
        return _not_a_choice(kind, fault, path, schema)
    if kind in {"value_error", "assertion_error"}:
        return "resource-wrong-value", _own_words(fault), "mend the value"
    return _wrong_type(kind, name, fault.get("input")) or _wrong_value(kind, name, fault)


def _wrong_type(kind: str, name: str, value: object) -> Said | None:
    code = "resource-wrong-type"
    if value is None:
        return code, f"`{name}` has no value", "give it one, or leave the line out when nobody knows"
    if kind == "string_type" and isinstance(value, bool):
        plain = shown(value)
        return code, f"`{name}` is text, but {plain} reads as a truth value", f'write it in quotes: "{plain[1:-1]}"'
    wanted = next((words for start, words in _WANTED.items() if kind.startswith(start)), None)
    if wanted is None:
        return None
    needs, remedy = wanted
    found = "fields" if isinstance(value, Mapping) else "a list" if isinstance(value, list | tuple) else shown(value)
    return code, f"`{name}` needs {needs}, not {found}", remedy


def _wrong_value(kind: str, name: str, fault: Mapping[str, Any]) -> Said:
    limit = _LIMITS.get(kind)
    if limit is not None:
        message = limit(name, fault.get("ctx", {}))
    else:
        said = str(fault["msg"]).removesuffix(".").replace("Input ", "the value ")
        message = f"`{name}`: {said[:1].lower()}{said[1:]}"
    return "resource-wrong-value", message, "mend the value"


def _unknown_key(name: str, path: Path, schema: Schema) -> Said:
    known = sorted({key for part in alternatives(schema, path[:-1]) for key in part.get("properties", {})})
    # A word that people split or write with other signs is nearer than letters alone tell.
    folded = {re.sub(r"[-_ ]", "", key).lower(): key for key in known}
    same = folded.get(re.sub(r"[-_ ]", "", name).lower())
    remedy = f"did you mean `{same}`?" if same else did_you_mean(name, known) if known else "delete it"
    return "resource-unknown-key", f"{shown(name)} is not a field of {_owner(path[:-1])}", remedy


def _owner(path: Path) -> str:
    return f"`{dotted(('spec', *path))}`"


def _not_a_choice(kind: str, fault: Mapping[str, Any], path: Path, schema: Schema) -> Said:
    choices = [
        str(choice) for part in alternatives(schema, path) for choice in (*part.get("enum", ()), part.get("const"))
    ]
    choices = [choice for choice in choices if choice != "None"]
    value = fault.get("input")
    if kind == "union_tag_invalid":
        context = fault.get("ctx", {})
        value = context.get("tag")
        choices = re.findall(r"'([^']*)'", str(context.get("expected_tags", "")))
    near = closest(str(value), choices)
    remedy = f"did you mean `{near}`?" if near else f"use one of: {', '.join(choices)}"
    return "resource-unknown-choice", f"{shown(value)} is not a choice for `{path[-1] if path else 'spec'}`", remedy


def _own_words(fault: Mapping[str, Any]) -> str:
    raised = fault.get("ctx", {}).get("error")
    return str(raised) if raised is not None else str(fault["msg"])


_WANTED: Final[Mapping[str, tuple[str, str]]] = {
    "string_type": ("text", "write a text"),
    "string_unicode": ("text", "delete the characters that are only half there"),
    "int_": ("a whole number", "write digits only, such as `12`"),
    "decimal_type": ("a number", "write a number such as `6.2`"),
    "decimal_parsing": ("a number", "write a number such as `6.2`"),
    "bool_": ("`true` or `false`", "write `true` or `false`, or leave the line out when nobody knows"),
    "date_": ("a date", "write year, month and day, such as `2026-11-21`"),
    "datetime_": ("a date and time", "write it as `2026-11-21T09:30:00Z`"),
    "timezone_": ("a time zone", "end it with `Z` or an offset such as `+01:00`"),
    "time_delta_": ("a duration", "write it as `P14D` or `PT6H`"),
    "model_": ("fields of its own", "indent its fields below it, each as `name: value`"),
    "dict_": ("fields of its own", "indent its fields below it, each as `name: value`"),
    "mapping_": ("fields of its own", "indent its fields below it, each as `name: value`"),
    "tuple_type": ("a list", "write each item on a line that starts with `- `"),
    "list_type": ("a list", "write each item on a line that starts with `- `"),
    "set_type": ("a list", "write each item on a line that starts with `- `"),
    "frozen_set_type": ("a list", "write each item on a line that starts with `- `"),
    "finite_number": ("a finite number", "write digits"),
    "url_": ("a web address", "write it with `https://` in front"),
}
"""What each family of type faults asks for, and how to write it; the first start that fits counts."""

_LIMITS: Final[Mapping[str, Callable[[str, Mapping[str, Any]], str]]] = {
    "string_too_long": lambda name, context: f"`{name}` has more than {context['max_length']:,} characters",
    "string_too_short": lambda name, context: (
        f"`{name}` is empty"
        if context["min_length"] == 1
        else f"`{name}` has fewer than {context['min_length']} characters"
    ),
    "string_pattern_mismatch": lambda name, context: f"`{name}` does not match `{context['pattern']}`",
    "too_long": lambda name, context: f"`{name}` has more than {context['max_length']:,} items",
    "too_short": lambda name, context: f"`{name}` has fewer than {context['min_length']} items",
    "greater_than": lambda name, context: f"`{name}` has to be above {context['gt']}",
    "greater_than_equal": lambda name, context: f"`{name}` has to be at least {context['ge']}",
    "less_than": lambda name, context: f"`{name}` has to be below {context['lt']}",
    "less_than_equal": lambda name, context: f"`{name}` has to be at most {context['le']}",
    "union_tag_not_found": lambda name, context: (
        f"`{name}` does not say which form it has (" + str(context["discriminator"]).replace("'", "`") + ")"
    ),
}
