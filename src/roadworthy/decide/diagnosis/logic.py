"""Three-valued logic: true, false and not known, and how likely something is while parts of it are not known.

Strong Kleene logic (S. C. Kleene, Introduction to Metamathematics, 1952, section 64): what is known decides where it
can, whatever the rest turns out to be. Where a sign occurs several times in one rule, Kleene's tables alone can leave
open what every completion agrees on (`a or not a`); such signs are tried both ways, so that an answer is open exactly
where two completions differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Protocol

Truth = bool | None
"""None is not known."""


class Node(Protocol):
    """Part of a rule. Signs are named by their position in the sequences that are handed in."""

    def truth(self, known: Sequence[Truth]) -> Truth:
        """Whether it holds, by Kleene's tables."""
        ...

    def chance(self, chances: Sequence[float]) -> float:
        """The probability that it holds, if signs are independent and each occurs once in it."""
        ...

    def support(self, known: Sequence[Truth], *, value: bool) -> Iterator[int]:
        """The signs that make it `value`, which it is."""
        ...

    def leaves(self) -> Iterator[int]:
        """The signs in it, as often as they occur."""
        ...


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign."""

    position: int

    def truth(self, known: Sequence[Truth]) -> Truth:
        """As it is known."""
        return known[self.position]

    def chance(self, chances: Sequence[float]) -> float:
        """Its own."""
        return chances[self.position]

    def support(self, known: Sequence[Truth], *, value: bool) -> Iterator[int]:
        """Itself."""
        if known[self.position] is value:
            yield self.position

    def leaves(self) -> Iterator[int]:
        """Itself."""
        yield self.position


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary of a part."""

    part: Node

    def truth(self, known: Sequence[Truth]) -> Truth:
        """Not known stays not known."""
        found = self.part.truth(known)
        return None if found is None else not found

    def chance(self, chances: Sequence[float]) -> float:
        """What is left."""
        return 1.0 - self.part.chance(chances)

    def support(self, known: Sequence[Truth], *, value: bool) -> Iterator[int]:
        """What makes the part the contrary."""
        return self.part.support(known, value=not value)

    def leaves(self) -> Iterator[int]:
        """Those of the part."""
        return self.part.leaves()


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many of the parts hold: one is "any", all of them is "all"."""

    least: int
    parts: tuple[Node, ...]

    def truth(self, known: Sequence[Truth]) -> Truth:
        """Decided once enough hold, or too few can."""
        holding = open_ = 0
        for part in self.parts:
            found = part.truth(known)
            if found is None:
                open_ += 1
            elif found:
                holding += 1
        if holding >= self.least:
            return True
        return None if holding + open_ >= self.least else False

    def chance(self, chances: Sequence[float]) -> float:
        """By the distribution of how many hold, one part added at a time."""
        counts = [1.0]
        for part in self.parts:
            yes = part.chance(chances)
            grown = [0.0] * (len(counts) + 1)
            for many, weight in enumerate(counts):
                grown[many] += weight * (1.0 - yes)
                grown[many + 1] += weight * yes
            counts = grown
        return min(1.0, sum(counts[self.least :]))

    def support(self, known: Sequence[Truth], *, value: bool) -> Iterator[int]:
        """Those of every part that is so."""
        for part in self.parts:
            if part.truth(known) is value:
                yield from part.support(known, value=value)

    def leaves(self) -> Iterator[int]:
        """Those of every part."""
        for part in self.parts:
            yield from part.leaves()


@dataclass(frozen=True, slots=True)
class Rule:
    """A part as a whole, with the signs that occur in it more than once."""

    root: Node
    repeated: tuple[int, ...]

    @classmethod
    def of(cls, root: Node) -> Rule:
        """Count the signs."""
        often = Counter(root.leaves())
        return cls(root, tuple(position for position, times in often.items() if times > 1))

    def truth(self, known: Sequence[Truth]) -> Truth:
        """Whether it holds: not known exactly where two completions of what is not known differ.

        With its repeated signs fixed, each other sign occurs once, and for such rules Kleene's tables are exact.
        """
        found = self.root.truth(known)
        if found is not None or not self.repeated:
            return found
        outcomes = {self.root.truth(_known) for _known, _ in self._fixed(known, [0.5] * len(known))}
        return outcomes.pop() if len(outcomes) == 1 else None

    def chance(self, known: Sequence[Truth], chances: Sequence[float]) -> float:
        """The exact probability that it holds, the signs being independent.

        Args:
            known: what is known of each sign.
            chances: the probability of each sign that is not known; the others are not looked at.
        """
        return sum(
            weight * self.root.chance([_certain(truth, chance) for truth, chance in zip(fixed, chances, strict=True)])
            for fixed, weight in self._fixed(known, chances)
        )

    def support(self, known: Sequence[Truth], *, value: bool) -> tuple[int, ...]:
        """The signs that make it what it is, each once, in their order."""
        return tuple(sorted(set(self.root.support(known, value=value))))

    def _fixed(self, known: Sequence[Truth], chances: Sequence[float]) -> Iterator[tuple[list[Truth], float]]:
        """What is known with the open repeated signs tried both ways, each with its weight."""
        open_ = [position for position in self.repeated if known[position] is None]
        for values in product((True, False), repeat=len(open_)):
            fixed, weight = list(known), 1.0
            for position, value in zip(open_, values, strict=True):
                fixed[position] = value
                weight *= chances[position] if value else 1.0 - chances[position]
            yield fixed, weight


def _certain(truth: Truth, chance: float) -> float:
    return chance if truth is None else float(truth)
