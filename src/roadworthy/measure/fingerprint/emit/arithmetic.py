"""Whole numbers of 64 bits in SQL: quotients, bits, and the mixing by which rows and keys are drawn."""

from __future__ import annotations

from abc import ABC, abstractmethod

DAY = 86_400_000_000
"""Microseconds."""
PRIME = 2_147_483_647
"""2**31 - 1; products of a number below it with the multipliers below stay inside 64 bits on every engine."""
FIRST, SECOND = 742_938_285, 950_706_376
"""The two best multipliers modulo that prime (Fishman and Moore 1986). A small one would leave neighbours together."""
HALF = 16
"""Bits."""


class Arithmetic(ABC):
    """What one engine writes for it."""

    @abstractmethod
    def quotient(self, dividend: str, divisor: int) -> str:
        """Whole quotient of whole numbers, rounded towards zero."""

    @abstractmethod
    def shifted(self, number: str, bits: int) -> str:
        """A whole number shifted to the right, which rounds down."""

    @abstractmethod
    def low_bits(self, number: str, bits: int) -> str:
        """The lowest bits of a whole number, those of two's complement below zero."""

    @abstractmethod
    def bit_set(self, places: str) -> str:
        """Aggregate: how many different ones of whole numbers from 0 to 63 there are."""

    @abstractmethod
    def class_of(self, hashed: str, classes: int) -> str:
        """The remainder of a hash, from 0 to `classes` - 1."""

    def floored(self, dividend: str, divisor: int) -> str:
        """Whole quotient of a 64-bit number and an even divisor, rounded down also below zero.

        A shift rounds down, and leaves room to lift what remains above zero: a third of the cost of remainders.
        """
        bits = (divisor & -divisor).bit_length() - 1
        odd = divisor >> bits
        lift = -(-(2 ** (63 - bits)) // odd)
        return f"({self.quotient(f'({self.shifted(dividend, bits)} + {lift * odd})', odd)} - {lift})"

    def mixed(self, number: str) -> str:
        """A number from 0 to the prime - 1, halves swapped and multiplied: neighbours and even steps part ways."""
        whole = f"({number})"
        swapped = f"({self.low_bits(whole, HALF)} * {2 ** (HALF - 1)} + {self.shifted(whole, HALF)})"
        return f"({swapped} * {SECOND}) % {PRIME}"
