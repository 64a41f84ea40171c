"""Lands the payments' labels: for each payment when it happened, whether it was fraud, and when that was known.

Of the payments it takes those that have come by the end of the quarter.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from examples.landing import delivered, landed, until
from examples.output import records, rows

LAST = "2026-03-31"
"""Last day of the quarter; what arrives later is not there yet when the audit looks."""


def land(folder: Path) -> None:
    """Write `landed/` beside what was generated."""
    delivered(folder / "production" / "authorisations", folder / "landed" / "authorisations", LAST)
    landed(folder / "landed" / "labels-pilot.jsonl", _pilot(folder / "pilot"))
    landed(folder / "landed" / "labels-production.jsonl", _production(folder / "production"))


def _pilot(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("transactions-*.csv")):
        for row in rows(path):
            fraud = row["is_fraud"] == "1"
            yield {
                "id": row["transaction_id"],
                "happened": row["occurred_at"],
                "fraud": fraud,
                "known": row["occurred_at"],
            }


def _production(folder: Path) -> Iterator[dict[str, Any]]:
    disputes = {row["id"]: row for row in rows(folder / "disputes.csv") if row["opened_on"] <= LAST}
    for path in until(folder / "authorisations", LAST):
        for each in records(path):
            dispute = disputes.get(each["id"], {})
            outcome = dispute.get("outcome")
            label = None if outcome is None else outcome == "fraud"
            yield {"id": each["id"], "happened": each["ingested_at"], "fraud": label, "known": dispute.get("opened_on")}
