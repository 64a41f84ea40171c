"""What a system said, made fit to be kept and told: without the secret that it was shown, in whole characters. Pure.

Systems that help to find faults say back what they were sent, headers included. What an agent reads it can be made to
tell anybody, so the gateway's own secret is taken out. A system that means harm has the secret anyway; it is the others
that this is for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from roadworthy.foundation.logs import Secret
from roadworthy.operate.actions.model import Receipt

HIDDEN: Final = "…"
_SHORTEST: Final = 8
"""Characters of a secret that is looked for: a shorter one would be found where it is not meant."""
_MOST_REFERENCE: Final = 200
_HALF: Final = re.compile("[\ud800-\udfff]")
_UNKNOWN: Final = "\ufffd"


def veiled(receipt: Receipt, secret: Secret | None) -> Receipt:
    """A receipt as it may be kept; the same one where nothing has to be changed.

    Args:
        receipt: what the system said.
        secret: that it was shown.
    """
    shown = "" if secret is None else secret.reveal()
    hides = shown if len(shown) >= _SHORTEST else ""
    result = _walked(receipt.result, hides)
    reference, at = _named(receipt.reference, hides), _named(receipt.at, hides)
    if result is receipt.result and (reference, at) == (receipt.reference, receipt.at):
        return receipt
    return replace(receipt, result=result, reference=reference, at=at)


def _named(said: str | None, hides: str) -> str | None:
    """A name that the system gave; none where it cannot be kept and found again as it is."""
    if said is None or not said.isprintable() or len(said) > _MOST_REFERENCE or (hides and hides in said):
        return None
    return said


def _walked(value: Any, hides: str) -> Any:  # noqa: ANN401 - any JSON
    """A value with every text in it made fit; the same object where all of them are."""
    if isinstance(value, str):
        return _text(value, hides)
    if isinstance(value, Mapping):
        pairs = {_text(name, hides): _walked(each, hides) for name, each in value.items()}
        same = len(pairs) == len(value) and all(
            name == left and each is right
            for (name, each), (left, right) in zip(pairs.items(), value.items(), strict=True)
        )
        return value if same else pairs
    if isinstance(value, list):
        made = [_walked(each, hides) for each in value]
        return value if all(left is right for left, right in zip(made, value, strict=True)) else made
    return value


def _text(value: str, hides: str) -> str:
    if hides and hides in value:
        value = value.replace(hides, HIDDEN)
    return value if value.isascii() or _HALF.search(value) is None else _HALF.sub(_UNKNOWN, value)
