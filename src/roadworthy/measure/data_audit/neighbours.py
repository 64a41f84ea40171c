"""Columns told by where they stand: between the same two neighbours on both sides, and alike in what they hold.

Questions that are answered with yes or no hold the same whatever they ask. What tells them apart in two editions of a
table is their order, which hardly anybody changes when names are changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from roadworthy.measure.data_audit.likeness import Look, alike, names
from roadworthy.measure.data_audit.model import Pairing

_ALIKE = 0.6
"""Likeness of what two columns hold, or of their names, from which their place counts."""
_WORTH = 0.65
"""What a place counts for: enough for a question, never enough to be sure."""
_MUTE = frozenset({"moment", "empty"})
"""Kinds of columns whose contents tell little of what they are: dates of other years, and nothing."""
_WHY = ("it stands between the same columns", "the values are alike")


def by_place(
    orders: tuple[Sequence[str], Sequence[str]],
    pairs: Mapping[str, str],
    left: Mapping[str, Look],
    right: Mapping[str, Look],
) -> Iterator[Pairing]:
    """Pairings of columns that stand at the same place of a run between two columns that are the same on both sides.

    Args:
        orders: the names of the pilot's columns and of production's, each as they stand.
        pairs: which of them are the same, the pilot's name before production's.
        left: the pilot's columns without a counterpart.
        right: production's columns without one.
    """
    here, there = orders
    at = {name: place for place, name in enumerate(there)}
    for before, run, after in _runs(here, left):
        if before not in pairs or after not in pairs:
            continue
        between = there[at[pairs[before]] + 1 : at[pairs[after]]]
        if len(between) != len(run) or not all(name in right for name in between):
            continue
        for one, two in zip(run, between, strict=True):
            held = alike(left[one], right[two]) >= _ALIKE
            mute = left[one].kind == right[two].kind and left[one].kind in _MUTE
            called = mute and names(left[one], right[two]) >= _ALIKE
            if held or called:
                yield Pairing(one, two, _WORTH, _WHY if held else (_WHY[0], "the names are alike"))


def _runs(order: Sequence[str], left: Mapping[str, Look]) -> Iterator[tuple[str, list[str], str]]:
    """Columns without a counterpart that follow one another, with the column before and the one after them."""
    before: str | None = None
    run: list[str] = []
    for name in order:
        if name in left:
            run.append(name)
            continue
        if run and before is not None:
            yield before, run, name
        before, run = name, []
