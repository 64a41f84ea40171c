"""Resources as YAML that reads back to exactly the same."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from roadworthy.foundation.resources.model import Stored
from roadworthy.foundation.resources.nodes import scalar
from roadworthy.foundation.resources.registry import API_VERSION

_PLAIN = re.compile(r"[A-Za-z0-9_/(][^\x00-\x1f\x7f-\uffff]*")
"""Starts with nothing that YAML keeps for itself, and is ASCII on one line."""
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_OTHERS_READ_AS_TRUTH: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Readers of YAML 1.1 take these for truth values (yaml.org/type/bool.html), so they are quoted for them."""
_OTHERS_READ_AS_NUMBER = re.compile(r"[-+.]?[0-9][0-9_.,:eExXobA-Fa-f+-]*")
_BLOCK = re.compile(r"[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]*")


def document(stored: Stored) -> str:
    """One resource as a document, from `---` to its last line."""
    spec = stored.spec.model_dump(mode="python", by_alias=True, exclude_defaults=True)
    metadata: dict[str, Any] = {"name": stored.name}
    if stored.labels:
        metadata["labels"] = dict(stored.labels)
    content = {"apiVersion": API_VERSION, "kind": stored.kind, "metadata": metadata, "spec": spec}
    return "---\n" + to_yaml(content)


def to_yaml(content: Mapping[str, Any]) -> str:
    """Values in block style, keys in their own order."""
    return "".join(f"{line}\n" for line in _mapping(content, ""))


def _mapping(content: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in content.items():
        yield from _entry(f"{indent}{_text(str(key))}:", value, indent)


def _sequence(items: Sequence[Any], indent: str) -> Iterator[str]:
    for item in items:
        if isinstance(item, Mapping) and item:
            first, *rest = _mapping(item, indent + "  ")
            yield f"{indent}- {first.removeprefix(indent + '  ')}"
            yield from rest
        else:
            yield from _entry(f"{indent}-", item, indent)


def _entry(head: str, value: object, indent: str) -> Iterator[str]:
    """`head` with its value behind or below it."""
    if isinstance(value, Mapping):
        yield from ((head, *_mapping(value, indent + "  ")) if value else (f"{head} {{}}",))
    elif isinstance(value, list | tuple | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        yield from ((head, *_sequence(items, indent + "  ")) if items else (f"{head} []",))
    elif isinstance(value, str) and _fits_block(value):
        text = value.removesuffix("\n")
        yield f"{head} |{'' if text != value else '-'}"
        yield from (f"{indent}  {line}" if line else "" for line in text.split("\n"))
    else:
        yield f"{head} {_scalar(value)}"


def _fits_block(text: str) -> bool:
    """Whether a literal block keeps the text exactly: its lines neither start it nor end in white space."""
    lines = text.removesuffix("\n").split("\n")
    return (
        len(lines) > 1
        and _BLOCK.fullmatch(text) is not None
        and bool(lines[0].strip())
        and lines[0][0] != " "
        and bool(lines[-1])
        and all(line == line.rstrip() for line in lines)
    )


def _scalar(value: object) -> str:
    match value:
        case None:
            text = "null"
        case bool():
            text = "true" if value else "false"
        case Enum():
            text = _scalar(value.value)
        case int():
            text = str(value)
        case Decimal() if isinstance(scalar(str(value)), int | Decimal):
            text = str(value)
        case dt.datetime() | dt.date() | dt.time():
            text = _text(value.isoformat())
        case _:
            text = _text(str(value))
    return text


def _text(text: str) -> str:
    """A text, in quotes where anybody could read it as something else."""
    plain = (
        _PLAIN.fullmatch(text) is not None
        and text == text.strip()
        and ": " not in text
        and " #" not in text
        and not text.endswith(":")
        and isinstance(scalar(text), str)
        and text.lower() not in _OTHERS_READ_AS_TRUTH
        and (_OTHERS_READ_AS_NUMBER.fullmatch(text) is None or _DATE.fullmatch(text) is not None)
    )
    return text if plain else _quoted(text)


def _quoted(text: str) -> str:
    """Double-quoted; JSON's escapes are YAML's."""
    raw = json.dumps(text, ensure_ascii=False)
    return re.sub(
        "[\x7f-\xa0\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]", lambda found: f"\\u{ord(found[0]):04x}", raw
    )
