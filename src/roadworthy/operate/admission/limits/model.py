"""Values of limits: what bounds whom, what a call sets aside, and what it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol, TypeAlias

import msgspec

from roadworthy.foundation.money import minor_digits
from roadworthy.operate.admission.limits.windows import Window

CALLS: Final = "calls"
TOKENS: Final = "tokens"
CONCURRENT: Final = "concurrent"
"""Calls under way at the same time; given back when a call is over."""
MONEY: Final = "micro-"
"""Prefix of a unit of money: `micro-EUR` is a millionth of a euro."""


class Dimension(StrEnum):
    """By what a call is counted; the keys of what `Limits` is given as scopes."""

    USE_CASE = "use-case"
    TEAM = "team"
    """The part of the organisation that runs the use case, as the inventory has it: its `unit`."""
    STAGE = "stage"
    KEY = "key"
    WORKLOAD = "workload"
    ENDPOINT = "endpoint"
    RELEASE = "release"
    """Digest."""
    USER = "user"
    """Pseudonym."""


class Why(StrEnum):
    """Why a limit says no."""

    FULL = "full"
    """The window has no room for it."""
    TOO_LARGE = "too-large"
    """Alone it is more than the whole window may have."""
    NO_PRICE = "no-price"
    """Money is bounded, and nobody declared what this model costs in that currency."""
    UNREACHABLE = "unreachable"
    """The store, which knows what other processes use, cannot be asked."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound on one unit, as the hot path reads it."""

    name: str
    """Of the budget, the certificate's use case and stage, or the endpoint whose pilot it is."""
    rule: str
    """As refusals and records name it: `limit:NAME`, `envelope:TERM`."""
    counter: str
    """In words: `calls per day`."""
    unit: str
    most: int
    window: Window
    of: tuple[tuple[str, frozenset[str]], ...] = ()
    """Whose calls count, by dimension."""
    each: tuple[str, ...] = ()
    """Dimensions whose values are counted apart."""
    warn: tuple[int, ...] = ()
    """Percentages at which owners are told."""
    use_case: str | None = None
    """Whose owners; None where it is over several."""

    family: tuple[str, str, str] = field(init=False, repr=False, compare=False)
    """What stays the same while its ceiling changes, so that what was counted stays counted; asked of by every call."""
    calendar: tuple[tuple[str, str, str], str] = field(init=False, repr=False, compare=False)
    """The family, with how its time is cut."""

    def __post_init__(self) -> None:
        """Say what every call asks once."""
        object.__setattr__(self, "family", (self.name, self.counter, self.rule.partition(":")[0]))
        object.__setattr__(self, "calendar", (self.family, self.window.words))

    def applies(self, scopes: Mapping[str, str]) -> bool:
        """Whether a call counts."""
        for dimension, values in self.of:  # noqa: SIM110 - `all` over a generator costs twice as much on the hot path
            if scopes.get(dimension) not in values:
                return False
        return True

    def subject(self, scopes: Mapping[str, str]) -> tuple[str, ...]:
        """Under whom it is counted. Those of whom nothing is said are counted together."""
        return tuple([scopes.get(dimension, "") for dimension in self.each])


class Block(Protocol):
    """What a process holds of a window."""

    fence: int
    """Its number, which no other block of the process ever had."""

    def give(self, held: int, used: int) -> None:
        """Take back what was set aside, less what was used."""


class Held(msgspec.Struct, frozen=True, gc=False):
    """What a call set aside in one window."""

    block: Block
    amount: int
    unit: str


class Reserved(msgspec.Struct, gc=False):
    """Room for a call, set aside in every window that it counts in; opaque to everybody but the limits."""

    parts: tuple[Held, ...]
    want: Mapping[str, int]
    """By unit; as records have it."""
    is_open: bool = True
    settled: int | None = None
    """The process counted it as so manieth; None as long as it did not, and where all was given back."""

    @property
    def fences(self) -> tuple[int, ...]:
        """Numbers of the leases that it is taken from."""
        return tuple([part.block.fence for part in self.parts])

    def close(self) -> bool:
        """Whether it was open; settled twice, it counts once."""
        was, self.is_open = self.is_open, False
        return was


@dataclass(frozen=True, slots=True)
class Lacking:
    """One window that this process has no room of in its hands."""

    limit: Limit
    subject: tuple[str, ...]
    starts: int
    """Seconds since 1970."""
    need: int


@dataclass(frozen=True, slots=True)
class Short:
    """Nothing was set aside: await `refill`, then ask again."""

    lacking: tuple[Lacking, ...]


@dataclass(frozen=True, slots=True)
class Over:
    """No."""

    rule: str
    name: str
    counter: str
    why: Why
    most: int
    retry_after: int | None
    """Seconds until it may be otherwise; None where waiting does not help."""
    shown: str
    """What the ceiling is, in words: `2,000 calls per day`; and why not, where it is not simply full."""


Answer: TypeAlias = Reserved | Short | Over


class Cost(msgspec.Struct, frozen=True, gc=False):
    """What a call cost."""

    micro: int
    """In millionths of the currency's unit."""
    currency: str
    prices: str
    """Digest of the price table."""
    estimated: bool = False
    """Whether the tokens were counted here because the upstream did not say."""

    @property
    def amount(self) -> int:
        """In millionths of the currency's unit."""
        return self.micro

    @property
    def unit(self) -> str:
        """As windows count it."""
        return money_unit(self.currency)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a window stands, over all processes."""

    id: str
    budget: str
    rule: str
    counter: str
    unit: str
    most: int
    subject: Mapping[str, str] = field(default_factory=dict)
    use_case: str | None = None
    starts: int = 0
    ends: int | None = None
    """None for what has no end, such as calls at the same time."""
    used: int = 0
    """As far as processes said; every one says so each second."""
    leased: int = 0
    """In the hands of processes, what they used of it included."""
    unknown: int = 0
    """Of `leased`: in the hands of processes that were not heard of any more. It counts as used until reconciled."""


def money_unit(currency: str) -> str:
    """The unit of an amount of money."""
    return f"{MONEY}{currency}"


def currency_of(unit: str) -> str | None:
    """The currency of a unit of money; None of any other."""
    return unit.removeprefix(MONEY) if unit.startswith(MONEY) else None


def micro_per_minor(currency: str) -> int:
    """How many millionths of a currency's unit its smallest coin is."""
    power: int = 10 ** (6 - minor_digits(currency))
    return power
