"""Amounts, semantic checks and taint of an action. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any, Final

from roadworthy.foundation.money import Money, minor_digits
from roadworthy.operate.actions.arguments import MISSING, pointer
from roadworthy.operate.actions.declared import Action, ArgumentCheck, Effect, Tier
from roadworthy.operate.actions.model import Reason

LARGEST: Final = 10**15
"""Minor units that one action may move: more than any currency's total would be a slip of units."""
_DIGITS: Final = 20
_TEXT: Final = re.compile(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?")
"""An amount that is a text, as JSON writes a number: `1.`, `.5` and `007` are read otherwise elsewhere."""
_UNSEEN: Final = re.compile(
    "[\u0300-\u036f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
"""Accents, and what has a class of visible characters and shows nothing."""
_EXACT: Final = Context(prec=400)
"""Digits that no amount has, so that none is rounded."""


class Unfit(Exception):
    """An amount that is none, said in words."""


@dataclass(frozen=True, slots=True)
class Read:
    """What the gateway reads out of arguments."""

    amount: Money | None = None
    customer: str | None = None
    """As limits count it."""


def folded(name: str) -> str:
    """A customer as limits count it: ways to write it that a system may take for the same one are one here.

    Many databases do not tell apart case, accents, width and spaces. Counting two customers as one refuses too early;
    counting one as two would let an agent have as many windows as there are ways to write a name.
    """
    if name.isascii() and name.isalnum():
        return name.casefold()
    spread = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    return "".join(each for each in _UNSEEN.sub("", spread) if unicodedata.category(each)[0] not in "CZ")


def read_of(spec: Action, arguments: Mapping[str, Any]) -> Read:
    """Amount and customer.

    Raises:
        Unfit: the amount is negative, nothing, no number, too exact, or in a currency that may not be.
    """
    amount = None if spec.amount is None else _amount(spec, arguments)
    customer = None
    if spec.customer is not None:
        found = pointer(arguments, spec.customer)
        if not isinstance(found, str | int) or isinstance(found, bool) or found == "":
            message = f"`{spec.customer}` names no customer"
            raise Unfit(message)
        customer = folded(str(found))
        if not customer:
            message = f"`{spec.customer}` names no customer"
            raise Unfit(message)
    return Read(amount, customer)


def _amount(spec: Action, arguments: Mapping[str, Any]) -> Money:
    said = spec.amount
    assert said is not None  # noqa: S101 - asked only where there is one
    currency = said.currency
    if currency is None:
        assert said.currency_path is not None  # noqa: S101 - the kind's check sees to it
        found = pointer(arguments, said.currency_path)
        if not isinstance(found, str) or len(found) != 3 or not found.isascii() or not found.isupper():  # noqa: PLR2004 - ISO 4217
            message = f"`{said.currency_path}` is no currency code such as `EUR`"
            raise Unfit(message)
        currency = found
    if said.currencies and currency not in said.currencies:
        message = f"{currency} is none of {', '.join(said.currencies)}"
        raise Unfit(message)
    minor = _minor(pointer(arguments, said.path), said.unit, minor_digits(currency), said.path)
    if minor <= 0:
        message = f"`{said.path}` is {minor} minor units of {currency}; an amount is above nothing"
        raise Unfit(message)
    if minor > LARGEST:
        message = f"`{said.path}` is larger than anything that is moved at once"
        raise Unfit(message)
    return Money(minor, currency)


def _minor(found: Any, unit: str, digits: int, path: str) -> int:  # noqa: ANN401 - whatever stands in the arguments
    if found is MISSING:
        message = f"`{path}` is missing"
        raise Unfit(message)
    if isinstance(found, bool) or not isinstance(found, int | Decimal | str):
        message = f"`{path}` is no number"
        raise Unfit(message)
    if isinstance(found, str):
        if _TEXT.fullmatch(found) is None:
            message = f"`{path}` is no number"
            raise Unfit(message)
        found = Decimal(found)
    exact = Decimal(found)
    if not exact.is_finite():
        message = f"`{path}` is no number"
        raise Unfit(message)
    if exact.adjusted() > _DIGITS:
        message = f"`{path}` is larger than anything that is moved at once"
        raise Unfit(message)
    scaled = exact if unit == "minor" else _EXACT.scaleb(exact, digits)
    if scaled != scaled.to_integral_value():
        message = (
            f"`{path}` has more decimals than the currency's {digits}" if unit == "major" else f"`{path}` is not whole"
        )
        raise Unfit(message)
    return int(scaled)


def checked(spec: Action, arguments: Mapping[str, Any]) -> Iterator[Reason]:
    """What the declared checks say no to."""
    for check in spec.checks:
        why = _broken(check, pointer(arguments, check.path))
        if why:
            yield Reason(
                f"check:{check.path}",
                "deny",
                why,
                "whoever may change the action",
                "send a value that is allowed there",
            )


def _broken(check: ArgumentCheck, found: Any) -> str:  # noqa: ANN401, PLR0911 - whatever stands there; a row of checks
    unit = f" {check.unit}" if check.unit else ""
    if found is MISSING:
        return f"`{check.path}` is missing"
    if check.one_of and (not isinstance(found, str | int) or isinstance(found, bool) or str(found) not in check.one_of):
        return f"`{check.path}` is none of the {len(check.one_of)} values that are allowed"
    if check.at_least is None and check.at_most is None:
        return ""
    if isinstance(found, bool) or not isinstance(found, int | Decimal) or not Decimal(found).is_finite():
        return f"`{check.path}` is no number"
    if check.at_least is not None and found < check.at_least:
        return f"`{check.path}` is below {check.at_least}{unit}"
    if check.at_most is not None and found > check.at_most:
        return f"`{check.path}` is above {check.at_most}{unit}"
    return ""


def tainted(spec: Action) -> str:
    """What becomes of an action in a run that has read untrusted content: `allow`, `hold` or `refuse`."""
    if spec.tainted is not None:
        return spec.tainted
    harmless = spec.effect is Effect.READ or (spec.effect is Effect.WRITE and spec.tier is Tier.LOW)
    return "allow" if harmless else "hold"


def taints(spec: Action) -> bool:
    """Whether the run is tainted once it has read the result."""
    return spec.reads != "trusted"


def holds(spec: Action, amount: Money | None) -> str:
    """Why a person decides, in words; empty where nobody has to."""
    rule = spec.hold
    if rule is None:
        return ""
    if rule.always:
        return "a person decides about each of them"
    if rule.above is not None:
        most = Money.parse(rule.above)
        if amount is None or amount.currency != most.currency:
            return f"the amount cannot be compared with {most}"
        if amount.minor > most.minor:
            return f"{amount} is above {most}"
    return ""
