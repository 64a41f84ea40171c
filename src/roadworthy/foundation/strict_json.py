"""JSON that reads in one way only: what is signed, or decides something, must say the same to every reader."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NoReturn


def read(content: bytes | str, *, fractions: bool = True, exact: bool = False) -> Any:  # noqa: ANN401 - whatever the JSON holds
    """A JSON value in UTF-8 in which no name stands twice and every number is one.

    Args:
        content: the text; bytes are UTF-8 without a byte order mark.
        fractions: whether numbers with a point or an exponent may stand in it.
        exact: whether those are `Decimal`, as they were written, and no floats.

    Raises:
        ValueError: it is not JSON, reads in more than one way, or is nested too deeply.
    """
    text = content.decode("utf-8") if isinstance(content, bytes) else content
    fraction = (Decimal if exact else float) if fractions else _no_fraction
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number, parse_float=fraction)
    except RecursionError as error:
        message = "it is nested too deeply"
        raise ValueError(message) from error


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a name stands twice"
        raise ValueError(message)
    return found


def _no_number(word: str) -> NoReturn:
    message = f"{word} is not JSON"
    raise ValueError(message)


def _no_fraction(text: str) -> NoReturn:
    message = f"{text[:40]} is no whole number"
    raise ValueError(message)
