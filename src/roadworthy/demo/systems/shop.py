"""What Halden's shop has sold and been paid, before anybody acts on it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from roadworthy.demo.systems.offered import Json


@cache
def _told() -> dict[str, list[Json]]:
    text = files(__package__).joinpath("shop.yaml").read_text(encoding="utf-8")
    found: dict[str, list[Json]] = yaml.safe_load(text)
    return found


def rows(name: str, key: str) -> dict[str, dict[str, Any]]:
    """Copies of the rows of one list, by one of their fields."""
    return {row[key]: dict(row) for row in _told()[name]}
