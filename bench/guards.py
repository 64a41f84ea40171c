"""Guards: `python -m bench.guards`.

What the patterns find of 1,500 texts that others labelled (`pii-presidio-research`, where it lies beside the clone),
span by span; then what guards cost: a request of 3 kB in which nothing is found, one with six finds, and an answer that
comes in a hundred events. The floor is the same text searched by the standard library's `re`, all patterns in one
alternation.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roadworthy.operate.admission.guards.compiled import EndpointGuards
from roadworthy.operate.admission.guards.patterns import CLASSES, PERSONAL
from roadworthy.operate.admission.guards.scanning import Scanner
from roadworthy.operate.admission.guards.shapes import Guards
from roadworthy.operate.admission.model import Text
from tests.harness import data

LABELLED = {
    "EMAIL_ADDRESS": "email",
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "US_SSN": "us-ssn",
    "PHONE_NUMBER": "phone",
    "IP_ADDRESS": "ip-address",
}
"""Labels of the set that have a class here; names, addresses and dates have none."""
LEAST = {"email": 0.99, "card": 0.98, "iban": 0.95, "us-ssn": 0.99, "phone": 0.8, "ip-address": 0.9}
"""The least recall; what lies lower than 1 is said in the documents."""
CALLS = 2_000
PLAIN = "The claim is complete, the photos are sharp, and nothing in it speaks against a settlement this week. " * 30
FINDS = (
    "Ann (ann.lee@example.com, +1 555-123-4567) paid with 4111 1111 1111 1111 into DE89 3704 0044 0532 0130 00 from "
    "93.184.216.34; her number is 078-05-1120."
)


@dataclass(frozen=True, slots=True)
class Found:
    """How a class did."""

    right: int
    missed: int
    wrong: int

    @property
    def recall(self) -> float:
        """Of what is there, how much was found."""
        return self.right / (self.right + self.missed)

    @property
    def precision(self) -> float:
        """Of what was found, how much is there."""
        return self.right / max(1, self.right + self.wrong)


def labelled(folder: Path) -> list[dict[str, Any]] | None:
    """The labelled texts; None where they are not there."""
    path = folder / "pii-presidio-research" / "data" / "synth_dataset_v2.json"
    if not path.is_file():
        return None
    texts: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return texts


def tried(texts: Sequence[dict[str, Any]]) -> dict[str, Found]:
    """Each labelled class: a span counts as found where one of the same class overlaps it."""
    scanner = Scanner(each.name for each in CLASSES if each.kind == PERSONAL)
    right, missed, wrong = Counter[str](), Counter[str](), Counter[str]()
    for text in texts:
        wanted = [
            (each["start_position"], each["end_position"], LABELLED[each["entity_type"]])
            for each in text["spans"]
            if each["entity_type"] in LABELLED
        ]
        found = [(each.start, each.end, each.name) for each in scanner.spans(text["full_text"])]
        for span in wanted:
            (right if any(_same(span, each) for each in found) else missed)[span[2]] += 1
        for each in found:
            wrong[each[2]] += not any(_same(span, each) for span in wanted)
    return {name: Found(right[name], missed[name], wrong[name]) for name in LABELLED.values()}


def _same(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    return one[2] == other[2] and one[0] < other[1] and other[0] < one[1]


def _micros(work: Callable[[], object], times: int) -> float:
    work()
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) / times * 1e6


def costs() -> None:
    """What guards cost."""
    everything = [{"name": name, "request": "mask", "answer": "mask"} for name in ("personal-data", "secrets")]
    guards = EndpointGuards("bench", Guards.model_validate({"patterns": everything}))
    together = re.compile(
        "|".join(f"(?:{each.pattern.replace('(?i)', '').replace('{10FFFF}', 'ff')})" for each in CLASSES)
    )
    plain, finds = (Text("user", PLAIN, "a"),), (Text("user", FINDS, "a"),)
    words = [f"{word} " for word in PLAIN.split()[:100]]

    def stream() -> None:
        answer = guards.answer()
        for word in words:
            answer.feed(word)
        answer.end()

    print(
        f"a request of {len(PLAIN):,} characters: {_micros(lambda: guards.request(plain), CALLS):.1f} us with nothing "
        f"in it (the same by `re`: {_micros(lambda: together.search(PLAIN), 50):.0f} us), "
        f"{_micros(lambda: guards.request(finds), CALLS):.1f} us for {len(FINDS)} with six finds"
    )
    print(f"an answer in events of a word each: {_micros(stream, CALLS // 10) / len(words):.1f} us an event")


def main() -> None:
    """Measure and print."""
    folder = data.find()
    texts = None if folder is None else labelled(folder)
    if texts is None:
        print(data.ABSENT)
    else:
        for name, found in tried(texts).items():
            print(
                f"{name:11} recall {found.recall:.3f}, precision {found.precision:.3f}: {found.right} found, "
                f"{found.missed} missed, {found.wrong} found that are none"
            )
    costs()


if __name__ == "__main__":
    main()
