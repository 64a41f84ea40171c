"""How much of the signed note the draft holds, and how much of the draft is right, on the pilot and on production."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from examples.clinical.model import Note, extract
from examples.clinical.systems import read_all
from examples.measuring import Found, Share
from examples.output import records, rows

FIELDS = tuple(Note.__dataclass_fields__)


def _values(note: Mapping[str, Any], field: str) -> set[Any]:
    value = note.get(field)
    if value is None:
        return set()
    return set(value) if isinstance(value, list) else {value}


class Tally:
    """Counts per field and in all."""

    def __init__(self) -> None:
        self.fields: dict[str, Found] = {field: Found() for field in FIELDS}
        self.dictations = 0

    def add(self, draft: Mapping[str, Any], signed: Mapping[str, Any]) -> None:
        """Count one dictation."""
        self.dictations += 1
        for field, found in self.fields.items():
            found.add(_values(draft, field), _values(signed, field))

    @property
    def all(self) -> Found:
        """Over all fields."""
        together = Found()
        for found in self.fields.values():
            together.right += found.right
            together.wrong += found.wrong
            together.missed += found.missed
        return together

    def told(self) -> dict[str, Any]:
        """For a file."""
        fields = {field: found.told() for field, found in self.fields.items()}
        return {"dictations": self.dictations, "all": self.all.told(), "fields": fields}


def evaluate(folder: Path, seed: int) -> Mapping[str, Any]:
    """Run the model over both sides and print the comparison. `seed` changes nothing: the model has no chance in it."""
    del seed
    pilot = Tally()
    signed = {note["dictation"]: note for note in records(folder / "pilot" / "notes.jsonl")}
    for row in rows(folder / "pilot" / "index.csv"):
        text = (folder / "pilot" / row["file"]).read_text(encoding="utf-8")
        pilot.add(asdict(extract(text)), signed[row["dictation"]])
    production, by_system, apart = _production(folder)
    print(f"pilot       {pilot.dictations:>7,} dictations  precision {pilot.all.precision}  recall {pilot.all.recall}")
    for name, tally in {"production": production, **by_system}.items():
        all_fields = tally.all
        told = f"precision {all_fields.precision}  recall {all_fields.recall}"
        print(f"{name:11} {tally.dictations:>7,} dictations  {told}")
    for field in FIELDS:
        before, after = pilot.fields[field].recall, production.fields[field].recall
        print(f"  {field:16} recall {before} on the pilot, {after} in production")
    wrong = apart["weights_in_other_units"]
    print(f"weights written into the note in the wrong unit: {wrong}")
    print(f"messages without a signed note (addenda, repeats, never signed): {apart['without_signed_note']:,}")
    return {
        "example": "clinical",
        "pilot": pilot.told(),
        "production": production.told(),
        "systems": {name: tally.told() for name, tally in by_system.items()},
        "weights_in_other_units": wrong.told(),
        "without_signed_note": apart["without_signed_note"],
    }


def _production(folder: Path) -> tuple[Tally, dict[str, Tally], dict[str, Any]]:
    signed = {
        note["dictation"]: note
        for note in records(folder / "reference" / "notes.jsonl")
        if note["signed_at"] is not None
    }
    whole = Tally()
    by_system: dict[str, Tally] = defaultdict(Tally)
    counts: Counter[str] = Counter()
    seen: set[str] = set()
    for read in read_all(folder):
        truth = signed.get(read.id)
        if truth is None or read.id in seen:
            counts["without"] += 1
            continue
        seen.add(read.id)
        draft = asdict(extract(read.text))
        whole.add(draft, truth)
        by_system[read.system].add(draft, truth)
        weight = draft["weight_lb"]
        counts["weights"] += weight is not None
        counts["off"] += weight is not None and abs(weight / truth["weight_lb"] - 1 / 2.20462) < 0.02
    apart = {
        "weights_in_other_units": Share(counts["off"], counts["weights"]),
        "without_signed_note": counts["without"],
    }
    return whole, dict(sorted(by_system.items())), apart
