"""Lands the dictations as an audit reads them: one record each, under the names that each system gives its fields.

Nothing is mended on the way. The pilot's list is joined with its files; version 2 messages and resources are unwrapped.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from examples.landing import delivered, landed, until
from examples.output import records, rows

SEGMENTS = {"sent": ("MSH", 6), "id": ("MSH", 9), "mrn": ("PID", 3), "born": ("PID", 7), "specialty": ("PV1", 10),
            "dictated": ("TXA", 4), "arrived": ("TXA", 7), "clinician": ("TXA", 9), "text": ("OBX", 5)}  # fmt: skip
"""Field to segment and place in it; the header's bars are counted from its name, as in the other segments."""


LAST = "2026-03-30"
"""Last day of the month that was recorded; what arrives later is not there yet when the audit looks."""


def land(folder: Path) -> None:
    """Write `landed/` beside what was generated."""
    landed(folder / "landed" / "pilot.jsonl", _pilot(folder / "pilot"))
    for path in until(folder / "production" / "asterion", LAST):
        landed(folder / "landed" / "asterion" / f"{path.stem}.jsonl", _messages(path))
    for path in until(folder / "production" / "brightwell", LAST):
        landed(folder / "landed" / "brightwell" / path.name, (_resource(each) for each in records(path)))
    delivered(folder / "production" / "carewise", folder / "landed" / "carewise", LAST)


def _pilot(folder: Path) -> Iterator[dict[str, Any]]:
    for row in rows(folder / "index.csv"):
        text = (folder / row.pop("file")).read_text(encoding="utf-8")
        yield {**row, "text": text}


def _messages(path: Path) -> Iterator[dict[str, Any]]:
    for message in path.read_text(encoding="utf-8").split("MSH|")[1:]:
        lines = f"MSH|{message}".split("\n")
        segments = {line[:3]: line.split("|") for line in lines if line}
        yield {field: segments[segment][place] for field, (segment, place) in SEGMENTS.items()}


def _resource(each: dict[str, Any]) -> dict[str, Any]:
    data = each["content"][0]["attachment"]["data"]
    return {
        "id": each["id"],
        "mrn": each["subject"]["identifier"]["value"],
        "birthDate": each["subject"]["birthDate"],
        "author": each["author"][0]["display"],
        "date": each["date"],
        "lastUpdated": each["meta"]["lastUpdated"],
        "practiceSetting": each["context"]["practiceSetting"]["text"],
        "text": base64.b64decode(data).decode("utf-8"),
    }
