"""Filters of RFC 7644 (section 3.4.2.2): read into a tree, and written again.

Every filter that is read is written so that reading it gives the same tree. Length and depth are bounded before
anything recursive begins, so no filter can exhaust the stack.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from roadworthy.foundation.identity.scim.attributes import ENTERPRISE, GROUP, USER
from roadworthy.foundation.identity.scim.faults import unreadable_filter

MOST_CHARACTERS = 20_000
MOST_DEPTH = 32
"""Brackets within brackets; what people and directories write has two or three."""
OPERATORS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")

Value: TypeAlias = str | bool | int | Decimal | None


@dataclass(frozen=True, slots=True)
class Path:
    """An attribute, or one of its parts."""

    name: str
    sub: str | None = None
    urn: str | None = None
    """The schema that it was written with; its name is empty where only the schema stands there."""

    def __str__(self) -> str:
        text = self.name if self.sub is None else f"{self.name}.{self.sub}"
        return text if self.urn is None else f"{self.urn}:{text}" if text else self.urn


@dataclass(frozen=True, slots=True)
class Compare:
    """`path operator value`."""

    path: Path
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class Present:
    """`path pr`."""

    path: Path


@dataclass(frozen=True, slots=True)
class And:
    """All of at least two."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of at least two."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    inner: Filter


@dataclass(frozen=True, slots=True)
class Within:
    """`path[filter]`: one value of a multi-valued attribute meets all of it."""

    path: Path
    inner: Filter


Filter: TypeAlias = Compare | Present | And | Or | Not | Within

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\\x00-\x1f]|\\.)*")|(?P<mark>[()\[\]])|(?P<word>[A-Za-z0-9_$:.\-]+))""", re.DOTALL
)
_NAME = re.compile(r"[A-Za-z$][A-Za-z0-9_$-]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,30})(?:\.\d{1,30})?")
_KNOWN = (USER, GROUP, ENTERPRISE)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a filter: its kind, its text, and the character where it begins."""

    kind: str
    text: str
    at: int


def read_filter(text: str) -> Filter:
    """The tree of a filter.

    Raises:
        UsageError: it is not one, or is over a limit; says at which character.
    """
    reader = Reader(text)
    found = reader.either(0)
    reader.end()
    return found


class Reader:
    """Reads filters and the paths of PATCH operations from one text."""

    def __init__(self, text: str) -> None:
        if len(text) > MOST_CHARACTERS:
            raise unreadable_filter(
                f"a filter is at most {MOST_CHARACTERS:,} characters long, this one has {len(text):,}"
            )
        self._tokens = list(_tokens(text))
        self._at = 0
        self._length = len(text)

    def peek(self) -> str:
        """The next piece; empty at the end."""
        return self._tokens[self._at].text if self._at < len(self._tokens) else ""

    def take(self, wanted: str = "") -> Token:
        """The next piece.

        Raises:
            UsageError: there is none, or it is not the one wanted.
        """
        if self._at >= len(self._tokens):
            raise unreadable_filter(f"something is missing at its end, after character {self._length}")
        token = self._tokens[self._at]
        if wanted and token.text != wanted:
            raise self.unexpected(token, f"`{wanted}`")
        self._at += 1
        return token

    def end(self) -> None:
        """Nothing may follow.

        Raises:
            UsageError: something does.
        """
        if self._at < len(self._tokens):
            raise self.unexpected(self._tokens[self._at], "its end")

    @staticmethod
    def unexpected(token: Token, wanted: str) -> Exception:
        """A fault at a piece."""
        return unreadable_filter(f"`{token.text[:60]}` stands at character {token.at + 1} where {wanted} is expected")

    def either(self, depth: int) -> Filter:
        """Parts joined by `or`."""
        if depth > MOST_DEPTH:
            raise unreadable_filter(f"brackets stand within each other more than {MOST_DEPTH} deep")
        parts = [self._every(depth)]
        while self.peek().lower() == "or":
            self.take()
            parts.append(self._every(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _every(self, depth: int) -> Filter:
        parts = [self._one(depth)]
        while self.peek().lower() == "and":
            self.take()
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self, depth: int) -> Filter:
        if self.peek() == "(":
            return self._bracketed(depth)
        if self.peek().lower() == "not":
            self.take()
            return Not(self._bracketed(depth))
        path = self.path()
        if self.peek() == "[":
            return Within(path, self.values(depth))
        token = self.take()
        operator = token.text.lower()
        if operator == "pr":
            return Present(path)
        if operator not in OPERATORS:
            raise self.unexpected(token, f"one of {', '.join(OPERATORS)} or pr")
        return Compare(path, operator, self._value())

    def _bracketed(self, depth: int) -> Filter:
        self.take("(")
        inner = self.either(depth + 1)
        self.take(")")
        return inner

    def values(self, depth: int) -> Filter:
        """What stands between `[` and `]`."""
        self.take("[")
        inner = self.either(depth + 1)
        self.take("]")
        return inner

    def path(self) -> Path:
        """An attribute's path."""
        token = self.take()
        found = path_of(token.text) if token.kind == "word" else None
        if found is None:
            raise self.unexpected(token, "the name of an attribute")
        return found

    def _value(self) -> Value:
        token = self.take()
        if token.kind == "string":
            try:
                text: str = json.loads(token.text)
                text.encode()
            except (ValueError, UnicodeEncodeError) as error:
                raise unreadable_filter(f"the text at character {token.at + 1} is no JSON string") from error
            return text
        word = token.text.lower()
        if word in _CONSTANTS:
            return _CONSTANTS[word]
        if _NUMBER.fullmatch(token.text):
            return Decimal(token.text) if "." in token.text else int(token.text)
        raise self.unexpected(token, "a value; texts stand in double quotes")


_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


def path_of(text: str) -> Path | None:
    """A path out of its text; None where it cannot be one."""
    urn, rest = None, text
    folded = text.lower()
    for known in _KNOWN:
        if folded == known.lower():
            return Path("", None, known)
        if folded.startswith(f"{known.lower()}:"):
            urn, rest = known, text[len(known) + 1 :]
    name, dot, sub = rest.partition(".")
    if not _NAME.fullmatch(name) or (dot and not _NAME.fullmatch(sub)):
        return None
    return Path(name, sub if dot else None, urn)


def to_text(node: Filter) -> str:
    """A filter as it is written; reading it gives the same tree."""
    match node:
        case Compare(path, operator, value):
            return f"{path} {operator} {_written(value)}"
        case Present(path):
            return f"{path} pr"
        case Within(path, inner):
            return f"{path}[{to_text(inner)}]"
        case Not(inner):
            return f"not ({to_text(inner)})"
        case And(parts):
            return " and ".join(_part(each, (And, Or)) for each in parts)
        case Or(parts):
            return " or ".join(_part(each, (Or,)) for each in parts)


def _part(node: Filter, bracketed: Sequence[type]) -> str:
    text = to_text(node)
    return f"({text})" if isinstance(node, tuple(bracketed)) else text


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    return json.dumps(value) if isinstance(value, str) else str(value)


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    end = len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise unreadable_filter(f"character {at + 1} begins nothing that stands in a filter")
        kind = str(found.lastgroup)
        yield Token(kind, found.group(kind), found.start(kind))
        at = found.end()
