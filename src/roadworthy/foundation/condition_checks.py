"""Reads a condition and says what is wrong with it before it is ever asked: names, types, words, depth.

The grammar is that of CEL without floats, maps, bytes, messages, times and conversions. It decides only what is let
through; what is let through is evaluated by CEL from the text as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from roadworthy.foundation.condition_types import FactType, ValueKind
from roadworthy.foundation.errors import InvalidInput, Place, did_you_mean

LONGEST: Final = 2_000
"""Characters of a condition."""
DEEPEST: Final = 30
"""Parentheses, lists and calls inside each other."""

LONGEST_PATTERN: Final = 100
_COSTLY: Final = re.compile(r"\{|\(\?|\\[A-Za-z0-9]")
"""In patterns: counts, flags, classes of all scripts, letters as numbers. Fifty `\\w` take a tenth of a second."""

_TOKEN: Final = re.compile(
    r"""\s+|(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?P<number>\d+(?![\w.]))|(?P<name>[A-Za-z_]\w*)"""
    r"""|(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]])""",
    re.ASCII,
)
_BOOL, _INT, _TEXT, _MONEY, _TEXTS, _INTS, _EMPTY = "a yes or no", "a number", "text", "money", "texts", "numbers", "[]"
_OF: Final = {
    ValueKind.TEXT: _TEXT, ValueKind.YES_NO: _BOOL, ValueKind.MONEY: _MONEY, ValueKind.TEXTS: _TEXTS,
    ValueKind.NUMBER: _INT, ValueKind.SPAN: _INT, ValueKind.PERCENT: _INT,
}  # fmt: skip
_LISTS: Final = {_TEXTS: _TEXT, _INTS: _INT, _EMPTY: _TEXT}
_TEXT_CALLS: Final = ("startsWith", "endsWith", "contains", "matches")
_EACH_CALLS: Final = ("all", "exists", "exists_one")
_CALLS: Final = (*_TEXT_CALLS, *_EACH_CALLS, "size")
_LARGEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class _Part:
    """What a part of a condition is."""

    type: str
    words: tuple[str, ...] = ()
    """What text of it can be, where that is known."""
    literals: tuple[str, ...] = ()
    """Texts that stand there as they are."""
    name: str = ""
    """Of the value, where it is nothing but that."""
    quoted: str = ""
    """As it stands there, where it is nothing but one text."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


def fault(code: str, message: str, remedy: str, column: int | None = None) -> InvalidInput:
    """A fault of a condition; whoever knows where it stands adds the place."""
    at = "" if column is None else f" at character {column}"
    return InvalidInput(code, f"{message}{at}", remedy=remedy, place=Place(field="when"))


class _Tokens:
    """The words and signs of a condition, one after the other."""

    def __init__(self, text: str) -> None:
        self._all = _tokens(text)
        self._at = 0

    @property
    def now(self) -> _Token:
        """The one that comes next."""
        return self._all[self._at]

    def next(self) -> _Token:
        """Take it; the end stays."""
        token = self.now
        self._at = min(self._at + 1, len(self._all) - 1)
        return token

    def takes(self, *signs: str) -> _Token | None:
        """Take it if it is one of these."""
        return self.next() if self.now.kind != "text" and self.now.text in signs else None

    def wants(self, sign: str) -> None:
        """Take this one, or say that it is missing."""
        if self.takes(sign) is None:
            before = f" before `{self.now.text}`" if self.now.text else ""
            self.unreadable(f"`{sign}` is missing{before}")

    def unreadable(self, message: str) -> NoReturn:
        """Say what is wrong with how it is written."""
        raise fault("condition-unreadable", message, "write it in CEL, such as `stage_to == 'pilot'`", self.now.column)

    def mismatch(self, message: str, remedy: str) -> NoReturn:
        """Say what does not go together."""
        raise fault("condition-types", message, remedy, self.now.column)


class Checker:
    """Reads one condition."""

    def __init__(self, text: str, schema: Mapping[str, FactType]) -> None:
        self._text = text
        self._schema = schema
        self._bound: list[tuple[str, _Part]] = []
        self._used: set[str] = set()
        self._amounts: dict[str, set[str]] = {}
        self._depth = 0
        self.patterns: list[str] = []
        """Of `matches`, as they are written."""
        self._tokens = _Tokens("")

    def check(self) -> frozenset[str]:
        """The values that the condition asks about.

        Raises:
            InvalidInput: something is wrong with it; the message says what and where.
        """
        if len(self._text) > LONGEST:
            message = f"it has {len(self._text):,} characters, and {LONGEST:,} is the most"
            raise fault("condition-too-long", message, "split the rule into several")
        self._tokens = _Tokens(self._text)
        whole = self._choice()
        if self._tokens.now.kind != "end":
            self._tokens.unreadable(f"`{self._tokens.now.text}` cannot stand here")
        if whole.type != _BOOL:
            raise fault("condition-no-answer", f"it is {whole.type}, no yes or no", "compare it with something")
        for name, parts in self._amounts.items():
            if parts == {"minor"}:
                raise fault(
                    "condition-currency",
                    f"`{name}.minor` is compared without its currency",
                    f"add `{name}.currency == 'EUR'`, or use a threshold, which has a currency",
                )
        return frozenset(self._used)

    # ------------------------------------------------------------ grammar

    def _choice(self) -> _Part:
        self._depth += 1
        if self._depth > DEEPEST:
            raise fault("condition-too-deep", f"it nests deeper than {DEEPEST}", "split the rule into several")
        found = self._either()
        if self._tokens.takes("?"):
            _be(self._tokens, found, _BOOL, "before `?`")
            left = self._choice()
            self._tokens.wants(":")
            right = self._choice()
            _be(self._tokens, right, left.type, "after `:`")
            found = _Part(left.type, literals=left.literals + right.literals)
        self._depth -= 1
        return found

    def _either(self) -> _Part:
        return self._joined("||", self._both)

    def _both(self) -> _Part:
        return self._joined("&&", self._compared)

    def _joined(self, sign: str, part: Callable[[], _Part]) -> _Part:
        found = part()
        while self._tokens.takes(sign):
            _be(self._tokens, found, _BOOL, f"before `{sign}`")
            found = part()
            _be(self._tokens, found, _BOOL, f"after `{sign}`")
        return found

    def _compared(self) -> _Part:
        left = self._sum()
        while (sign := self._tokens.takes("==", "!=", "<", "<=", ">", ">=", "in")) is not None:
            right = self._sum()
            if sign.text == "in":
                _within(self._tokens, left, right)
            elif sign.text in {"==", "!="}:
                _equal(self._tokens, left, right)
            else:
                _be(self._tokens, left, _INT, f"before `{sign.text}`")
                _be(self._tokens, right, _INT, f"after `{sign.text}`")
            left = _Part(_BOOL)
        return left

    def _sum(self) -> _Part:
        return self._counted(("+", "-"), lambda: self._counted(("*", "/", "%"), self._negated))

    def _counted(self, signs: Sequence[str], part: Callable[[], _Part]) -> _Part:
        found = part()
        while (sign := self._tokens.takes(*signs)) is not None:
            _be(self._tokens, found, _INT, f"before `{sign.text}`")
            _be(self._tokens, part(), _INT, f"after `{sign.text}`")
            found = _Part(_INT)
        return found

    def _negated(self) -> _Part:
        signs = []
        while (sign := self._tokens.takes("!", "-")) is not None:
            signs.append(sign.text)
        if len(signs) > DEEPEST or len(set(signs)) > 1:
            self._tokens.unreadable("too many signs stand before this")
        found = self._member()
        if signs:
            _be(self._tokens, found, _BOOL if signs[0] == "!" else _INT, f"after `{signs[0]}`")
            return _Part(found.type)
        return found

    def _member(self) -> _Part:
        found = self._primary()
        while (sign := self._tokens.takes(".", "[")) is not None:
            found = self._item(found) if sign.text == "[" else self._field(found)
        return found

    def _item(self, owner: _Part) -> _Part:
        index = self._choice()
        self._tokens.wants("]")
        if owner.type not in _LISTS:
            self._tokens.mismatch(f"{owner.type} has no parts to take by number", "take a part of a list")
        _be(self._tokens, index, _INT, "in brackets")
        return _Part(_LISTS[owner.type], owner.words)

    def _field(self, owner: _Part) -> _Part:
        name = self._tokens.next()
        if name.kind != "name":
            self._tokens.unreadable("a name is missing after the point")
        if self._tokens.takes("("):
            found = self._called(owner, name.text)
            self._tokens.wants(")")
            return found
        if owner.type != _MONEY:
            self._tokens.mismatch(f"{owner.type} has no `{name.text}`", "only money has parts: `minor` and `currency`")
        self._amounts.setdefault(owner.name, set()).add(name.text)
        if name.text not in {"minor", "currency"}:
            raise fault(
                "condition-unknown-name",
                f"money has no `{name.text}`",
                did_you_mean(name.text, ("minor", "currency")),
                name.column,
            )
        return _Part(_INT if name.text == "minor" else _TEXT)

    def _called(self, owner: _Part, name: str) -> _Part:
        if name == "size":
            return _size(self._tokens, owner)
        if name in _TEXT_CALLS:
            _be(self._tokens, owner, _TEXT, f"before `.{name}`")
            pattern = self._choice()
            _be(self._tokens, pattern, _TEXT, f"in `{name}()`")
            if name == "matches":
                if not pattern.quoted:
                    self._tokens.mismatch("a pattern is written out", "write `matches('...')` with the pattern itself")
                _check_pattern(pattern.quoted, self._tokens.now.column)
                self.patterns.append(pattern.quoted)
            return _Part(_BOOL)
        if name in _EACH_CALLS:
            return self._each(owner, name)
        raise fault(
            "condition-unknown-function", f"there is no `{name}`", did_you_mean(name, _CALLS), self._tokens.now.column
        )

    def _each(self, owner: _Part, name: str) -> _Part:
        if owner.type not in _LISTS:
            self._tokens.mismatch(f"`{name}` asks about each of a list, and this is {owner.type}", "ask about a list")
        if self._bound:
            raise fault("condition-too-deep", f"`{name}` stands within another", "ask about one list at a time")
        variable = self._tokens.next()
        if variable.kind != "name" or variable.text in self._schema or variable.text in {"true", "false", "in"}:
            self._tokens.unreadable(f"`{name}` needs a name of its own for each, such as `each`")
        self._tokens.wants(",")
        self._bound.append((variable.text, _Part(_LISTS[owner.type], owner.words)))
        _be(self._tokens, self._choice(), _BOOL, f"in `{name}()`")
        self._bound.pop()
        return _Part(_BOOL)

    def _primary(self) -> _Part:
        token = self._tokens.next()
        if token.kind == "text":
            return _Part(_TEXT, literals=(token.text[1:-1],), quoted=token.text)
        if token.kind == "number":
            if int(token.text) > _LARGEST:
                self._tokens.unreadable(f"`{token.text}` is too large")
            return _Part(_INT)
        if token.kind == "name":
            return self._named(token)
        if token.text == "(":
            found = self._choice()
            self._tokens.wants(")")
            return found
        if token.text == "[":
            return self._list()
        return self._tokens.unreadable(f"`{token.text}` cannot stand here" if token.text else "it ends too early")

    def _list(self) -> _Part:
        parts: list[_Part] = []
        while self._tokens.takes("]") is None:
            parts.append(self._choice())
            if self._tokens.now.text != "]":
                self._tokens.wants(",")
        types = {part.type for part in parts}
        if len(types) > 1 or not types <= {_TEXT, _INT}:
            self._tokens.mismatch("a list holds either texts or numbers", "write a list for each")
        literals = tuple(text for part in parts for text in part.literals)
        return _Part({_TEXT: _TEXTS, _INT: _INTS}[types.pop()] if types else _EMPTY, literals=literals)

    def _named(self, token: _Token) -> _Part:
        name = token.text
        if name in {"true", "false"}:
            return _Part(_BOOL)
        if self._tokens.takes("("):
            if name != "size":
                raise fault(
                    "condition-unknown-function", f"there is no `{name}`", did_you_mean(name, _CALLS), token.column
                )
            found = _size(self._tokens, self._choice())
            self._tokens.wants(")")
            return found
        for bound, part in self._bound:
            if bound == name:
                return part
        if name not in self._schema:
            raise fault(
                "condition-unknown-name", f"there is no `{name}`", did_you_mean(name, self._schema), token.column
            )
        self._used.add(name)
        expected = self._schema[name]
        return _Part(_OF[expected.kind], expected.words, name=name)


def _size(tokens: _Tokens, owner: _Part) -> _Part:
    if owner.type not in {_TEXT, *_LISTS}:
        tokens.mismatch(f"{owner.type} has no size", "ask for the size of a text or a list")
    return _Part(_INT)


def _be(tokens: _Tokens, part: _Part, wanted: str, where: str) -> None:
    if part.type != wanted:
        hint = "compare its `.minor` and its `.currency`" if part.type == _MONEY else f"put {wanted} there"
        tokens.mismatch(f"{wanted} has to stand {where}, and this is {part.type}", hint)


def _equal(tokens: _Tokens, left: _Part, right: _Part) -> None:
    if left.type not in {_TEXT, _INT, _BOOL} or left.type != right.type:
        hint = "compare its `.minor` and its `.currency`" if _MONEY in {left.type, right.type} else "compare alike"
        tokens.mismatch(f"{left.type} is compared with {right.type}", hint)
    _spelled(left, right)


def _within(tokens: _Tokens, left: _Part, right: _Part) -> None:
    if right.type not in _LISTS or (right.type != _EMPTY and left.type != _LISTS[right.type]):
        tokens.mismatch(f"{left.type} is looked for in {right.type}", "look for text among texts")
    _spelled(left, right)


def _spelled(left: _Part, right: _Part) -> None:
    """A word that can never be there is a slip of the pen, and a rule that never applies."""
    for literals, words in ((left.literals, right.words), (right.literals, left.words)):
        wrong = next((text for text in literals if words and text not in words), None)
        if wrong is not None:
            raise fault("condition-unknown-word", f"`{wrong}` is never said there", did_you_mean(wrong, words))


def _check_pattern(quoted: str, column: int) -> None:
    if len(quoted) > LONGEST_PATTERN or _COSTLY.search(quoted):
        raise fault(
            "condition-pattern",
            "the pattern is too long or has parts that take long to match",
            f"write at most {LONGEST_PATTERN} characters, `[0-9]` for `\\d`, and no counts such as `{{3}}`",
            column,
        )


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            message = f"`{text[at]}` cannot be read"
            raise fault("condition-unreadable", message, "use text, whole numbers, lists and names of facts", at + 1)
        if found.lastgroup is not None:
            tokens.append(_Token(found.lastgroup, found[0], at + 1))
        at = found.end()
    tokens.append(_Token("end", "", len(text) + 1))
    return tokens
