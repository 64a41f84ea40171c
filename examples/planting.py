"""What is planted in the generated data, and how often it was.

Each example keeps a `key.yaml` beside its code: one line of it per difference between the pilot and production. The
generator takes its rates from there and nowhere else, so that the list cannot say something that the data does not.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml

from examples.draws import Draws


@dataclass(frozen=True, slots=True)
class Planted:
    """One difference between the pilot's data and production's."""

    id: str
    gap: str
    """Kind of gap: schema, nulls, units, encodings, late, duplicates, cadence, population, labels, leakage, volume,
    keys, personal-data, text, ownership, adversaries or content."""
    where: str
    """File and field."""
    what: str
    why: str
    """How such a thing comes about in life."""
    rate: float | None
    """Share of the cases it could strike; None where it is a property of the whole."""


class Planting:
    """Strikes at the rates of a key and counts."""

    def __init__(self, package: str) -> None:
        text = files(package).joinpath("key.yaml").read_text(encoding="utf-8")
        self.planted = {each["id"]: Planted(**{"rate": None, **each}) for each in yaml.safe_load(text)["planted"]}
        self._hits: Counter[str] = Counter()
        self._tries: Counter[str] = Counter()

    def rate(self, name: str) -> float:
        """The rate at which something is planted.

        Raises:
            KeyError: the key has no such line, or no rate in it.
        """
        rate = self.planted[name].rate
        if rate is None:
            raise KeyError(f"{name} has no rate")
        return rate

    def strikes(self, name: str, draws: Draws) -> bool:
        """Whether it strikes this case; counted."""
        hit = draws.chance(self.rate(name))
        self.note(name, hit=hit)
        return hit

    def note(self, name: str, *, hit: bool = True, many: int = 1) -> None:
        """Count cases of something that was decided elsewhere."""
        if name not in self.planted:
            raise KeyError(name)
        self._tries[name] += many
        self._hits[name] += many if hit else 0

    def counts(self) -> list[dict[str, Any]]:
        """Per line of the key: how many cases it struck, of how many it could have."""
        return [
            {
                "id": each.id,
                "gap": each.gap,
                "where": each.where,
                "rate": each.rate,
                "planted": self._hits[each.id],
                "of": self._tries[each.id],
            }
            for each in self.planted.values()
        ]
