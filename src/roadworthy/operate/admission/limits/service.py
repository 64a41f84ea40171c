"""Limits as the hot path asks them: from blocks in memory, which are leased from the store beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Future, Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.admission.limits.blocks import Block
from roadworthy.operate.admission.limits.book import Book, Counted, counted
from roadworthy.operate.admission.limits.leasing import Leasing
from roadworthy.operate.admission.limits.model import (
    CALLS,
    CONCURRENT,
    TOKENS,
    Answer,
    Cost,
    Dimension,
    Held,
    Lacking,
    Limit,
    Over,
    Reserved,
    Short,
    Why,
    currency_of,
    money_unit,
)
from roadworthy.operate.admission.limits.words import shown
from roadworthy.operate.admission.model import Asking
from roadworthy.operate.telemetry.model import Usage

LEASE_SECONDS: Final = 60.0
TURN_SECONDS: Final = 1.0
STUCK_SECONDS: Final = 10.0
MOST_AT_ONCE: Final = 200
"""Leases in one transaction."""
Result = TypeVar("Result")
_MOST_KNOWN: Final = 4_096
_ONE_CALL: Final[Mapping[str, int]] = {CALLS: 1}

_log = log("limits")


class Ceilings(Protocol):
    """Whoever knows what is certified."""

    def __call__(self, use_case: str, stage: str) -> Mapping[str, int] | None:
        """Counters of the certificate that stands, each with its ceiling; None where there is none."""


@dataclass(frozen=True, slots=True)
class _Counting:
    """What calls of the same scopes count in."""

    book: Book
    ceilings: Mapping[str, int] | None
    certified: tuple[Counted, ...]
    limits: tuple[tuple[Limit, tuple[str, ...]], ...]
    """Each with the subject under which it counts."""


def _none_certified(use_case: str, stage: str) -> Mapping[str, int] | None:  # noqa: ARG001 - the protocol's
    return None


class Limits:
    """What calls may use, as this process knows it.

    One for each process. What is asked on the hot path touches memory alone, under a lock that nobody holds for long;
    any thread may ask. Everything that touches the store happens on one thread of its own, one thing after the other.

    Args:
        store: which all processes share.
        runtime: clock and threads.
        ceilings: what is certified.
        ttl: how long a lease lasts without being heard of, in seconds.
    """

    def __init__(
        self, store: Store, runtime: Runtime, ceilings: Ceilings = _none_certified, ttl: float = LEASE_SECONDS
    ) -> None:
        self._clock = runtime.clock
        self._ceilings = ceilings
        self._book = Book()
        self._known: dict[tuple[tuple[str, str], ...], _Counting] = {}
        self._counted: dict[tuple[str, str], tuple[Mapping[str, int], tuple[Counted, ...]]] = {}
        self.leasing = Leasing(store, runtime, ttl)
        """What goes on beside the hot path."""
        self._lock, self._holding = self.leasing.lock, self.leasing.holding

    # ------------------------------------------------------------ from start to end

    def start(self) -> None:
        """Tell the store every second from now on."""
        self.leasing.start()

    def close(self) -> None:
        """Give everything back that no call holds."""
        self.leasing.close()

    def turn(self) -> None:
        """Tell the store what was used, and give back what nobody needs; done by itself once started."""
        self.leasing.turn()

    @property
    def replica(self) -> str:
        """Of this run of this process: who comes after it is another."""
        return self.leasing.replica

    def take(self, book: Book) -> None:
        """Go by other budgets and prices from now on. What was counted stays counted."""
        self._book = book

    @property
    def book(self) -> Book:
        """Budgets and prices as they are gone by."""
        return self._book

    # ------------------------------------------------------------ the hot path

    def reserve(
        self,
        scopes: Mapping[str, str],
        want: Mapping[str, int],
        at: dt.datetime,
        passed: Collection[tuple[str, str]] = (),
    ) -> Answer:
        """Set aside what a call may use at most, in every window that it counts in, or in none.

        Args:
            scopes: of whom it is, by `Dimension`.
            want: the most that it may use, by unit.
            at: now.
            passed: rules with their counters, such as `envelope:volume` and `calls per day`, outside of which people
                let this call go on.

        Returns:
            `Reserved`; `Short` where `refill` has to be awaited first; `Over`.
        """
        now, second, scopes = self._clock.monotonic(), at.timestamp(), self._book.scoped(scopes)
        taken: list[tuple[Block, int]] = []
        lacking: list[Lacking] = []
        with self._lock:
            for limit, subject in self._counting(scopes).limits:
                need = want.get(limit.unit)
                if need is None and currency_of(limit.unit) is not None:
                    return _over(limit, Why.NO_PRICE, None)
                if not need or (passed and (limit.rule, limit.counter) in passed):
                    continue
                block = self._holding.block(limit, subject, second)
                if block.free >= need and now < block.until and (block.until_wall is None or at < block.until_wall):
                    taken.append((block, need))
                    continue
                why = _why_not(block, need, now)
                if why is not None:
                    return _over(limit, why, _retry_after(block, second) if why is Why.FULL else None)
                lacking.append(Lacking(limit, subject, block.starts, need))
            if lacking:
                return Short(tuple(lacking))
            for block, need in taken:
                block.take(need, now)
        return Reserved(tuple([Held(block, need, block.limit.unit) for block, need in taken]), want)

    def settle(self, reserved: Reserved | None, used: Mapping[str, int]) -> None:
        """Count what a call used and give the rest back; of a unit that is not named, all counts as used."""
        if reserved is None:
            return
        with self._lock:
            if reserved.close():
                reserved.settled = self._holding.settled = self._holding.settled + 1
                for part in reserved.parts:
                    spent = 0 if part.unit == CONCURRENT else used.get(part.unit, part.amount)
                    part.block.give(part.amount, max(0, spent))

    def release(self, reserved: Reserved | None) -> None:
        """Give everything back: the call used nothing."""
        if reserved is None:
            return
        with self._lock:
            if reserved.close():
                for part in reserved.parts:
                    part.block.give(part.amount, 0)

    def counts(
        self, scopes: Mapping[str, str], at: dt.datetime, want: Mapping[str, int] = _ONE_CALL
    ) -> Mapping[str, int]:
        """What the certificate's counters would come to with this call, for the verdict.

        A counter that is known to be full comes to more than its ceiling. One that is not known yet comes to as much as
        is known: `reserve` has the last word, because only what is set aside is sure.
        """
        found: dict[str, int] = {}
        second, now = at.timestamp(), self._clock.monotonic()
        with self._lock:
            for each in self._counting(self._book.scoped(scopes)).certified:
                need = want.get(each.unit, 0)
                if each.limit is None:
                    if each.unit in want:
                        found[each.counter] = -(-need // each.scale)
                    continue
                block = self._holding.block(each.limit, (), second)
                known = block.elsewhere + block.used + block.held + need
                if block.free < need and _why_not(block, need, now) in {Why.FULL, Why.TOO_LARGE}:
                    known = max(known, each.limit.most + 1)
                elif known > each.limit.most and need <= each.limit.most:
                    known = each.limit.most
                found[each.counter] = -(-known // each.scale)
        return found

    def refill(self, short: Short) -> Future[None]:
        """Lease what is lacking.

        Returns:
            Done when the store was asked, whatever came of it: ask again then.
        """
        return self.leasing.refill(short)

    def cost(self, usage: Usage, model: str, at: dt.datetime) -> Cost | None:
        """What tokens of a model cost; None where nobody declared a price.

        Args:
            usage: as the upstream says it.
            model: `UPSTREAM/MODEL`, or the model alone.
            at: when it was asked.
        """
        return self._book.prices.cost(usage, model, at)

    def worst(self, asking: Asking, model: str | Sequence[str]) -> Mapping[str, int]:
        """The most that a call may use, by unit.

        Args:
            asking: with its tokens, estimated from above.
            model: `UPSTREAM/MODEL`; several where a fallback may answer.
        """
        want = {CALLS: 1, CONCURRENT: 1, TOKENS: asking.input_tokens + asking.output_tokens}
        most: dict[str, int] | None = None
        for each in (model,) if isinstance(model, str) else model:
            priced = {
                money_unit(tariff.currency): tariff.most(asking.input_tokens, asking.output_tokens)
                for tariff in self._book.prices.of(each, asking.at)
            }
            if most is None:
                most = priced
            else:
                most = {unit: max(most[unit], priced[unit]) for unit in most.keys() & priced.keys()}
        return want | (most or {})

    def _counting(self, scopes: Mapping[str, str]) -> _Counting:
        """What a call counts in: looked up once for all that are alike, until budgets or the certificate change."""
        ceilings = self._ceilings(scopes.get("use-case", ""), scopes.get("stage", ""))
        key = tuple(scopes.items())
        known = self._known.get(key)
        if known is None or known.book is not self._book or known.ceilings is not ceilings:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[key] = self._looked_up(scopes, ceilings)
        return known

    def _looked_up(self, scopes: Mapping[str, str], ceilings: Mapping[str, int] | None) -> _Counting:
        book = self._book
        key = (scopes.get(Dimension.USE_CASE, ""), scopes.get(Dimension.STAGE, ""))
        certified: tuple[Counted, ...] = ()
        if ceilings:
            before = self._counted.get(key)
            if before is None or before[0] is not ceilings:
                before = self._counted[key] = (ceilings, counted(*key, ceilings))
            certified = before[1]
        limits = [*book.of(scopes), *(each.limit for each in certified if each.limit is not None)]
        return _Counting(book, ceilings, certified, tuple((each, each.subject(scopes)) for each in limits))


def _why_not(block: Block, need: int, now: float) -> Why | None:
    """Why there is no room; None where the store has to be asked."""
    if need > block.limit.most:
        return Why.TOO_LARGE
    if now < block.fault_until:
        return Why.UNREACHABLE
    if now < block.room_until and need > max(block.free, 0) + block.room:
        return Why.FULL
    return None


def _retry_after(block: Block, second: float) -> int:
    """Seconds until there may be room."""
    if block.ends is None:
        return 1
    return max(1, round(block.ends - second + 0.5))


_BECAUSE: Final[Mapping[Why, str]] = {
    Why.FULL: "",
    Why.TOO_LARGE: "; alone it may need more than that",
    Why.NO_PRICE: "; nobody declared what this model costs",
    Why.UNREACHABLE: "; the store cannot be asked what is left",
}


def _over(limit: Limit, why: Why, retry_after: int | None) -> Over:
    return Over(
        rule=limit.rule,
        name=limit.name,
        counter=limit.counter,
        why=why,
        most=limit.most,
        retry_after=1 if why is Why.UNREACHABLE else retry_after,
        shown=f"{shown(limit)}{_BECAUSE[why]}",
    )
