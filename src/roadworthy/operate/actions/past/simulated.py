"""Limit windows in memory, charged and given back as the database's are. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from roadworthy.operate.actions.deciding.charging import Over
from roadworthy.operate.actions.model import Charge

_CLEAN_EVERY: Final = 10_000
"""Charges after which windows that count no more are let go."""


class Windows:
    """What was used of each piece of each window."""

    def __init__(self) -> None:
        self._used: dict[str, dict[int, int]] = {}
        self._until: dict[tuple[str, int], int] = {}
        self._charged = 0

    def charge(self, charges: Sequence[Charge], at: float) -> Over | None:
        """Take room from every window, or from none.

        Args:
            charges: what is taken.
            at: the time, in seconds since 1970.

        Returns:
            The first window in the order of their ids that has no room; None where all have.
        """
        ordered = sorted(charges, key=lambda one: (one.window, one.starts))
        for each in ordered:
            if self._counted(each) + each.amount > each.most:
                return Over(each, self.used(each))
        self.take(ordered, at)
        return None

    def without_room(self, charges: Iterable[Charge]) -> Over | None:
        """The first window that has no room; nothing is taken."""
        looked = (Over(each, self.used(each)) for each in charges)
        return next((each for each in looked if each.used + each.charge.amount > each.charge.most), None)

    def take(self, charges: Iterable[Charge], at: float) -> None:
        """Take room whether it is there or not, for what is known to have been taken."""
        for each in charges:
            pieces = self._used.setdefault(each.window, {})
            pieces[each.starts] = pieces.get(each.starts, 0) + each.amount
            self._until[each.window, each.starts] = each.until
            self._charged += 1
        if self._charged >= _CLEAN_EVERY:
            self._clean(int(at))

    def give_back(self, charges: Iterable[Charge]) -> None:
        """Give back what an action took that was not done."""
        for each in charges:
            pieces = self._used.get(each.window)
            if pieces is not None and each.starts in pieces:
                pieces[each.starts] -= each.amount

    def used(self, each: Charge) -> int:
        """What is used of a window, as whoever is refused is told."""
        since = each.starts - each.back
        return sum(used for starts, used in self._used.get(each.window, {}).items() if starts >= since)

    def _counted(self, each: Charge) -> int:
        return self.used(each) if each.back else self._used.get(each.window, {}).get(each.starts, 0)

    def _clean(self, now: int) -> None:
        self._charged = 0
        for key in [key for key, until in self._until.items() if until <= now]:
            del self._until[key]
            pieces = self._used[key[0]]
            del pieces[key[1]]
            if not pieces:
                del self._used[key[0]]
