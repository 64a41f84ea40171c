"""The blocks of one process, by window: found, filled, given back. Whoever calls holds the limits' lock."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from roadworthy.operate.admission.limits.blocks import Block
from roadworthy.operate.admission.limits.model import Lacking, Limit
from roadworthy.operate.admission.limits.store import Ask, Granted, Report

IDLE_SECONDS = 30.0
"""What nobody took from for so long is given back."""
WANTED_SECONDS = 1.0
"""The same, where another process lately found no room."""
FRESH_SECONDS = 0.25
"""How long it is believed that a window had no more room."""
FAULT_SECONDS = 0.5
"""How long nobody asks a store again that could not be reached."""
SAFE = 0.9
"""A lease is used for that part of its time, so that clocks that run a little differently do no harm."""


Key: TypeAlias = tuple[tuple[str, str, str], tuple[str, ...], int]
"""Family of the limit, subject, begin of the window."""

Whose: TypeAlias = tuple[tuple[str, str, str], tuple[str, ...]]
"""The same without the window."""


@dataclass(slots=True)
class _Piece:
    """Where the calendar of one limit stands."""

    starts: int
    ends: float
    block_ends: int | None


@dataclass(slots=True)
class Holding:
    """Every block that this process has.

    Args:
        ttl: how long a lease lasts, in seconds.
    """

    ttl: float
    blocks: dict[Key, Block] = field(default_factory=dict)
    leaving: list[Block] = field(default_factory=list)
    """Blocks from which nothing is taken any more: their windows ended, or they were given up."""
    settled: int = 0
    """Calls that were counted, in whatever block."""
    _fence: int = 0
    """Counts the blocks: none has the lease of another."""
    _rates: dict[Whose, float] = field(default_factory=dict)
    """What was taken in a second lately, so that the next window does not begin as if nobody had called before."""
    _pieces: dict[tuple[tuple[str, str, str], str], _Piece] = field(default_factory=dict)

    def block(self, limit: Limit, subject: tuple[str, ...], at: float) -> Block:
        """The block of a limit's present window; an empty one where there is none yet."""
        name = limit.calendar
        piece = self._pieces.get(name)
        if piece is None or not piece.starts <= at < piece.ends:
            starts, ends = limit.window.piece_at(at)
            piece = self._pieces[name] = _Piece(starts, float("inf") if ends is None else ends, ends)
        key = (limit.family, subject, piece.starts)
        block = self.blocks.get(key)
        if block is None:
            block = self._made(key, limit, piece.block_ends)
        elif block.limit is not limit:
            if limit.most < block.limit.most:
                _shrink(block, 0)
                block.room_until = 0.0
            block.limit = limit
        return block

    def existing(self, lacking: Lacking) -> Block:
        """The block that somebody waits for; made anew where it left meanwhile."""
        key = (lacking.limit.family, lacking.subject, lacking.starts)
        block = self.blocks.get(key)
        if block is None:
            _, ends = lacking.limit.window.piece_at(lacking.starts)
            block = self._made(key, lacking.limit, ends)
        return block

    def _made(self, key: Key, limit: Limit, ends: int | None) -> Block:
        _, subject, starts = key
        self._fence += 1
        block = self.blocks[key] = Block(_id_of(limit, subject), limit, subject, (starts, ends), self._fence)
        block.rate = self._rates.get(key[:2], 0.0)
        return block

    # ------------------------------------------------------------ asking the store

    def ask(self, block: Block, needs: Iterable[int]) -> Ask:
        """What is asked of the store for a block."""
        wanted = list(needs)
        least = min(wanted)
        ready = max(block.free, 0)
        return Ask(
            id=block.id,
            limit=block.limit,
            subject=block.subject,
            starts=block.starts,
            ends=block.ends,
            fence=block.fence,
            amount=block.amount,
            used=block.used,
            settled=self.settled,
            least=max(1, least - ready),
            need=max(1, sum(wanted) - block.free),
            ideal=block.ideal(least),
        )

    def low(self) -> list[tuple[Block, Ask]]:
        """Blocks that are about to run empty, with what is asked for them; nobody waits for it yet."""
        return [
            (
                block,
                Ask(
                    id=block.id,
                    limit=block.limit,
                    subject=block.subject,
                    starts=block.starts,
                    ends=block.ends,
                    fence=block.fence,
                    amount=block.amount,
                    used=block.used,
                    settled=self.settled,
                    least=0,
                    need=0,
                    ideal=block.ideal(0) - max(block.free, 0),
                ),
            )
            for block in self.blocks.values()
            if block.is_low
        ]

    def land(self, block: Block, ask: Ask, granted: Granted, now: float, wall: dt.datetime) -> None:
        """Take what the store gave."""
        if granted.lapsed:
            self._give_up(block)
            return
        more = granted.amount - ask.amount
        block.amount += more
        block.free += more
        block.room, block.elsewhere = granted.room, granted.elsewhere
        block.room_until = now + FRESH_SECONDS
        block.fault_until = 0.0
        block.reported = (granted.amount, ask.used)
        self.renew(block, now, wall)

    def renew(self, block: Block, now: float, wall: dt.datetime) -> None:
        """The store lets it run on."""
        block.until = now + self.ttl * SAFE
        block.until_wall = wall + dt.timedelta(seconds=self.ttl * SAFE)

    def _give_up(self, block: Block) -> None:
        """Take nothing from a block any more; the next call gets another one."""
        key = (block.limit.family, block.subject, block.starts)
        if self.blocks.get(key) is block:
            del self.blocks[key]
            self._leave(block)

    # ------------------------------------------------------------ telling the store

    def turn(self, now: float, wall: float, since: float, wanted: frozenset[str]) -> None:
        """See what is to be given back.

        Args:
            now: by the steady clock.
            wall: seconds since 1970.
            since: seconds since the last turn.
            wanted: subjects of which others found no room lately.
        """
        rates: dict[Whose, float] = {}
        for key, block in list(self.blocks.items()):
            block.rate = block.rate / 2 + block.taken / max(since, 0.001) / 2 if block.taken else block.rate / 2
            block.taken = 0
            rates[key[:2]] = max(rates.get(key[:2], 0.0), block.rate)
            idle = WANTED_SECONDS if block.id in wanted else IDLE_SECONDS
            if (block.ends is not None and block.ends <= wall) or (block.is_over and now - block.touched > idle):
                del self.blocks[key]
                self._leave(block)
                continue
            keeps = round(block.rate) if block.id in wanted else 2 * block.ideal(1)
            if block.free > keeps and (block.id in wanted or block.rate):
                _shrink(block, keeps)
        self._rates = rates

    def leave_all(self) -> None:
        """Take nothing from any block any more."""
        for block in self.blocks.values():
            self._leave(block)
        self.blocks.clear()

    def reports(self, now: float) -> list[tuple[Block, Report]]:
        """What the store has to be told: of blocks that leave, that changed, or whose lease has to run on."""
        leaving = [(block, self._report(block, closes=block.is_over)) for block in self.leaving]
        due = now + self.ttl * SAFE * 2 / 3
        staying = [
            (block, self._report(block, closes=False))
            for block in self.blocks.values()
            if block.reported is not None and (block.until < due or (block.amount, block.used) != block.reported)
        ]
        return leaving + staying

    def told(self, block: Block, report: Report, *, gone: bool, now: float, wall: dt.datetime) -> None:
        """The store took what it was told.

        Args:
            block: of which it was told.
            report: what.
            gone: whether the store gave the lease up meanwhile.
            now: when the telling began, by the steady clock.
            wall: the same, by the calendar.
        """
        if report.closes:
            self.leaving.remove(block)
        elif gone:
            self._give_up(block)
        else:
            block.reported = (report.amount, report.used)
            self.renew(block, now, wall)

    def _report(self, block: Block, *, closes: bool) -> Report:
        return Report(block.id, block.starts, block.fence, block.amount, block.used, self.settled, closes)

    def _leave(self, block: Block) -> None:
        _shrink(block, 0)
        if block.reported is not None:
            self.leaving.append(block)


def _shrink(block: Block, keeps: int) -> None:
    """Give back what is free beyond what it keeps."""
    more = block.free - keeps
    if more > 0:
        block.free -= more
        block.amount -= more


def _id_of(limit: Limit, subject: tuple[str, ...]) -> str:
    words = "\x1f".join((*limit.family, limit.unit, limit.window.words, *limit.each, "", *subject))
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:40]
