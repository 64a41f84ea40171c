"""Many tests at once: how small a probability must be among so many others."""

from __future__ import annotations

from collections.abc import Sequence


def holm(probabilities: Sequence[float], alpha: float = 0.01) -> list[bool]:
    """Which of them count while a false one among all stays rarer than alpha (Holm 1979), in the order given."""
    order = sorted(range(len(probabilities)), key=probabilities.__getitem__)
    counts = [False] * len(probabilities)
    for position, index in enumerate(order):
        if probabilities[index] > alpha / (len(order) - position):
            break
        counts[index] = True
    return counts
