"""Money as whole minor units of a currency; no float ever touches an amount."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from roadworthy.foundation.errors import InvalidInput

_MINOR_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"), 0),
    **dict.fromkeys(("UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Currencies whose minor unit is not a hundredth (ISO 4217, list one)."""

_FORM = re.compile(
    r"(?P<sign>-?)(?P<whole>\d{1,15}|\d{1,3}(?:[ ,_]\d{3}){1,4})(?:\.(?P<part>\d{1,3}))? (?P<currency>[A-Z]{3})"
)


def minor_digits(currency: str) -> int:
    """How many decimals a currency has; two where ISO 4217 says nothing else."""
    return _MINOR_DIGITS.get(currency, 2)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units (cents, yen, fils) of an ISO 4217 currency."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, text: str) -> Money:
        """Read `1250000 EUR`, `1,250,000 EUR` or `0.05 USD`.

        Raises:
            InvalidInput: no amount and currency, or more decimals than the currency has.
        """
        found = _FORM.fullmatch(text.strip())
        if found is None:
            raise InvalidInput(
                "money-unreadable",
                f"`{text}` is not an amount of money",
                remedy="write the amount, a space and a three-letter currency code, such as `1250000 EUR`",
            )
        digits = minor_digits(found["currency"])
        part = found["part"] or ""
        if len(part) > digits:
            raise InvalidInput(
                "money-too-precise",
                f"`{text}` has {len(part)} decimals, {found['currency']} has {digits}",
                remedy=f"round it to {digits} decimals",
            )
        whole = re.sub(r"[ ,_]", "", found["whole"])
        minor = int(whole + part.ljust(digits, "0"))
        return cls(-minor if found["sign"] else minor, found["currency"])

    def __str__(self) -> str:
        digits = minor_digits(self.currency)
        amount = Decimal(self.minor).scaleb(-digits)
        shown = f"{amount:,.{digits}f}"
        return f"{shown.removesuffix('.' + '0' * digits) if digits else shown} {self.currency}"

    def __add__(self, other: Money) -> Money:
        if self.currency != other.currency:
            message = f"cannot add {other.currency} to {self.currency}"
            raise ValueError(message)
        return Money(self.minor + other.minor, self.currency)
