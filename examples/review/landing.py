"""Lands the documents with what is known of them: the pilot's list joined with its files and its labels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from examples.landing import delivered, landed, until
from examples.output import records, rows

LAST = "2026-06-30"
"""Last day of the quarter; what arrives later is not there yet when the audit looks."""


def land(folder: Path) -> None:
    """Write `landed/` beside what was generated."""
    delivered(folder / "production" / "deliveries", folder / "landed" / "deliveries", LAST)
    landed(folder / "landed" / "documents-pilot.jsonl", _pilot(folder / "pilot"))
    landed(folder / "landed" / "decisions-pilot.jsonl", _decided(folder / "pilot"))
    landed(folder / "landed" / "decisions-production.jsonl", _decisions(folder))


def _pilot(folder: Path) -> Iterator[dict[str, Any]]:
    for row in rows(folder / "index.csv"):
        text = (folder / "documents" / row.pop("file")).read_text(encoding="utf-8")
        yield {**row, "text": text}


def _decided(folder: Path) -> Iterator[dict[str, Any]]:
    dated = {row["document"]: row["dated"] for row in rows(folder / "index.csv")}
    for each in records(folder / "labels.jsonl"):
        day = dated[each["document"]]
        yield {"document": each["document"], "received": day, "decision": each["decision"], "decided_on": day}


def _decisions(folder: Path) -> Iterator[dict[str, Any]]:
    known = {each["document"]: each for each in records(folder / "reference" / "decisions.jsonl")}
    for path in until(folder / "production" / "deliveries", LAST):
        for each in records(path):
            decision = known.get(each["document"], {})
            yield {
                "document": each["document"],
                "received": each["received"],
                "decision": decision.get("officer"),
                "decided_on": decision.get("decided_on"),
            }
