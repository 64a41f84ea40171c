"""The shop's users, orders and products, read where the real data lies, with amounts that are exact."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.harness import data

Row = dict[str, Any]
BELOW = Path("agent-tau-bench") / "retail"


def folder() -> Path:
    """Where the benchmark's retail part lies; the test skips, saying so, where it is absent."""
    found = data.find()
    if found is None or not (found / BELOW).is_dir():
        pytest.skip(data.ABSENT)
    return found / BELOW


@cache
def read(path: Path) -> Any:
    """JSON in which prices are decimals."""
    return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


class Rows(Mapping[str, Row]):
    """Rows by name over other rows: what is taken from here can be changed, and those below stay as they are."""

    def __init__(self, below: Mapping[str, Row]) -> None:
        self._below = below
        self._taken: dict[str, Row] = {}

    def __getitem__(self, name: str) -> Row:
        if name not in self._taken:
            self._taken[name] = copy.deepcopy(self._below[name])
        return self._taken[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._below)

    def __len__(self) -> int:
        return len(self._below)

    def seen(self) -> Iterator[tuple[str, Row]]:
        """All of them, to look at only."""
        below = self._below.seen() if isinstance(self._below, Rows) else self._below.items()
        return ((name, self._taken.get(name, row)) for name, row in below)


@dataclass
class Database:
    """What the tools act on."""

    users: Rows
    orders: Rows
    products: Mapping[str, Row]

    @classmethod
    def load(cls, at: Path) -> Database:
        """As it lies there, for itself alone."""
        users, orders, products = (read(at / "db" / f"{name}.json") for name in ("users", "orders", "products"))
        return cls(Rows(users), Rows(orders), products)

    def copy(self) -> Database:
        """Itself as it is now, over which others can act."""
        return Database(Rows(self.users), Rows(self.orders), self.products)

    def variant(self, item: str) -> tuple[str, Row] | None:
        """The product of an item, and the item; None where there is none."""
        found = ((product, row["variants"]) for product, row in self.products.items())
        return next(((product, variants[item]) for product, variants in found if item in variants), None)


def plain(value: Any) -> Any:
    """The same with decimals as JSON numbers."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value
