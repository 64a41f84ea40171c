"""What conditions may say: the types of the values that they ask about, and what a value of a type is.

There are no fractions. Money is whole minor units of a currency, a share whole percents, a time whole seconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from roadworthy.foundation.digests import LARGEST_INTEGER

LONGEST_TEXT: Final = 2_000
LONGEST_LIST: Final = 1_000


class ValueKind(StrEnum):
    """What a value can be. There are no fractions: they travel as whole numbers of a smaller unit."""

    TEXT = "text"
    YES_NO = "yes or no"
    NUMBER = "whole number"
    MONEY = "money"
    """`{"minor": 125000, "currency": "EUR"}`; a condition asks for `NAME.minor` and `NAME.currency`."""
    SPAN = "span of time"
    """Whole seconds."""
    PERCENT = "percent"
    """Whole percents."""
    TEXTS = "list of text"

    @property
    def expects(self) -> str:
        """What to hand in, as the remedy of an error says it."""
        return _EXPECTS[self]


_EXPECTS: Final = {
    ValueKind.TEXT: f"text of at most {LONGEST_TEXT} characters",
    ValueKind.YES_NO: "`true` or `false`",
    ValueKind.NUMBER: "a whole number",
    ValueKind.MONEY: 'whole minor units and a currency, such as `{"minor": 125000, "currency": "EUR"}`',
    ValueKind.SPAN: "a whole number of seconds, 0 or more",
    ValueKind.PERCENT: "a whole number of percents",
    ValueKind.TEXTS: f"a list of at most {LONGEST_LIST} texts",
}
_WHOLE: Final = frozenset({ValueKind.NUMBER, ValueKind.SPAN, ValueKind.PERCENT})


@dataclass(frozen=True, slots=True)
class FactType:
    """The type of one named value."""

    kind: ValueKind
    about: str = ""
    words: tuple[str, ...] = ()
    """The only texts that it can be, where they are known."""


def fault_of(expected: FactType, value: object) -> str | None:
    """What keeps a value from being of a type, as the end of a sentence; None where nothing does."""
    kind = expected.kind
    if kind is ValueKind.TEXTS:
        if not isinstance(value, list | tuple) or len(value) > LONGEST_LIST:
            return f"is not {kind.expects}"
        return next((fault for each in value if (fault := _text_fault(expected, each)) is not None), None)
    if kind is ValueKind.TEXT:
        return _text_fault(expected, value)
    if kind is ValueKind.YES_NO:
        return None if isinstance(value, bool) else f"is not {kind.expects}"
    if kind is ValueKind.MONEY:
        return None if _is_money(value) else f"is not {kind.expects}"
    return None if _is_whole(value) and (kind is not ValueKind.SPAN or value >= 0) else f"is not {kind.expects}"  # type: ignore[operator] # a whole number by then


def _text_fault(expected: FactType, value: object) -> str | None:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        return f"is not {ValueKind.TEXT.expects}"
    if expected.words and value not in expected.words:
        return f"is `{value[:80]}`, which is none of {', '.join(expected.words)}"
    return None


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_INTEGER


def _is_money(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and set(value) == {"minor", "currency"}
        and _is_whole(value["minor"])
        and isinstance(value["currency"], str)
        and re.fullmatch("[A-Z]{3}", value["currency"]) is not None
    )
