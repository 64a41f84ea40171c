"""Lands the tickets' outcomes: for each ticket when it came, what was right, and when that was known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from examples.landing import landed
from examples.output import records, rows


def land(folder: Path) -> None:
    """Write `landed/` beside what was generated."""
    landed(folder / "landed" / "outcomes-pilot.jsonl", _pilot(folder / "pilot"))
    landed(folder / "landed" / "outcomes-production.jsonl", _production(folder))


def _pilot(folder: Path) -> Iterator[dict[str, Any]]:
    received = {row["ticket"]: row["received"] for row in rows(folder / "tickets.csv")}
    for each in records(folder / "expected.jsonl"):
        day = received[each["ticket"]]
        yield {"ticket": each["ticket"], "received": day, "action": each["action"], "settled_on": day}


def _production(folder: Path) -> Iterator[dict[str, Any]]:
    settled = {each["ticket"]: each for each in records(folder / "reference" / "expected.jsonl")}
    for path in sorted((folder / "production" / "tickets").glob("*.jsonl")):
        for each in records(path):
            outcome = settled.get(each["ticket"], {})
            yield {
                "ticket": each["ticket"],
                "received": each["received"],
                "action": outcome.get("action"),
                "settled_on": outcome.get("settled_on"),
            }
