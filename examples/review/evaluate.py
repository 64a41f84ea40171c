"""What would have gone out that must not, and what was held back that need not be, on both sides."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from examples.measuring import Share
from examples.output import records, rows
from examples.review.model import Review, review

ENOUGH = 0.8
"""Share of a passage's characters that must be covered for it to be unreadable; our own choice."""


class Tally:
    """Counts over documents."""

    def __init__(self) -> None:
        self.documents = 0
        self.agreed = 0
        self.leaked = 0
        """Documents of which a passage that must not go out would have."""
        self.decisions: Counter[str] = Counter()
        self.passages: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        """Per ground: found, and in all."""
        self.proposed = 0
        self.needless = 0

    def add(self, proposed: Review, rule: str, passages: list[Mapping[str, Any]]) -> None:
        """Count one document."""
        self.documents += 1
        self.agreed += proposed.decision == rule
        self.decisions[f"{rule} -> {proposed.decision}"] += 1
        held = proposed.decision == "withhold"
        spans = [(passage.begin, passage.end) for passage in proposed.passages]
        leaks = False
        for passage in passages:
            size = passage["end"] - passage["begin"]
            covered = held or _covered(spans, passage["begin"], passage["end"]) >= ENOUGH * size
            self.passages[passage["ground"]][0] += covered
            self.passages[passage["ground"]][1] += 1
            leaks = leaks or not covered
        self.leaked += leaks
        self.proposed += len(spans)
        self.needless += sum(
            not any(begin < passage["end"] and passage["begin"] < end for passage in passages) for begin, end in spans
        )

    def told(self) -> dict[str, Any]:
        """For a file."""
        return {
            "documents": self.documents,
            "decision_as_the_rules_say": Share(self.agreed, self.documents).told(),
            "documents_that_leak": Share(self.leaked, self.documents).told(),
            "passages_found": {ground: Share(*counts).told() for ground, counts in sorted(self.passages.items())},
            "needless_passages": Share(self.needless, self.proposed).told(),
            "decisions": dict(sorted(self.decisions.items())),
        }

    def say(self, name: str) -> None:
        """For people."""
        print(f"{name}: {self.documents:,} documents")
        print(f"  decided as the rules say     {Share(self.agreed, self.documents)}")
        print(f"  would let something out      {Share(self.leaked, self.documents)}")
        for ground, counts in sorted(self.passages.items()):
            print(f"  passages found, {ground:13}{Share(*counts)}")


def _covered(spans: list[tuple[int, int]], begin: int, end: int) -> int:
    """Characters from `begin` to `end` that any span covers."""
    covered = 0
    at = begin
    for low, high in sorted(spans):
        covered += max(0, min(high, end) - max(low, at))
        at = max(at, min(high, end))
    return covered


def evaluate(folder: Path, seed: int) -> Mapping[str, Any]:
    """Run the rules over both sides and print the comparison. `seed` changes nothing: rules have no chance in them."""
    del seed
    pilot, production, officers = Tally(), Tally(), Counter[bool]()
    labels = {label["document"]: label for label in records(folder / "pilot" / "labels.jsonl")}
    for row in rows(folder / "pilot" / "index.csv"):
        label = labels[row["document"]]
        text = (folder / "pilot" / "documents" / row["file"]).read_text(encoding="utf-8")
        pilot.add(review(text), label["decision"], label["passages"])
    labels = {label["document"]: label for label in records(folder / "reference" / "decisions.jsonl")}
    for path in sorted((folder / "production" / "deliveries").glob("*.jsonl")):
        for record in records(path):
            label = labels[record["document"]]
            proposed = review(record["text"])
            production.add(proposed, label["decision"], label["passages"])
            officers[proposed.decision == label["officer"]] += 1
    pilot.say("pilot")
    production.say("production")
    agreed = Share(officers[True], officers.total())
    print(f"  decided as the officer did   {agreed}")
    return {
        "example": "review",
        "pilot": pilot.told(),
        "production": {**production.told(), "decision_as_the_officer": agreed.told()},
    }
