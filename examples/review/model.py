"""Rules that decide on a document and find what must be blackened, as they were written against the pilot's folder."""

from __future__ import annotations

import re
from dataclasses import dataclass

from examples.review.scanning import Passage

_PATTERNS = (
    re.compile(r"(?<=Re: )[A-Z][\w-]+ [A-Z][\w-]+"),
    re.compile(r"\b555-01\d\d\b"),
    re.compile(r"\b[\w.]+@[\w.]+\.\w+\b"),
    re.compile(r"\b\d{3}-\d{2}-\d{4}\b"),
    re.compile(r"\b\d{1,4} (?:[A-Z]\w+ ){1,3}?(?:Street|Road|Lane|Avenue)\b"),
)
_WITHHOLD = re.compile(r"attorney-client|privileged|personnel|annual review", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Review:
    """What is proposed to the officer."""

    decision: str
    """release, redact or withhold."""
    passages: tuple[Passage, ...]


def review(text: str) -> Review:
    """Decide on a document by its text alone."""
    found: list[Passage] = [
        Passage(match.start(), match.end(), "privacy") for pattern in _PATTERNS for match in pattern.finditer(text)
    ]
    names = {text[passage.begin : passage.end] for passage in found if text[: passage.begin].endswith("Re: ")}
    for name in sorted(names):
        again = re.finditer(re.escape(name), text)
        found += [Passage(match.start(), match.end(), "privacy") for match in again]
    passages = tuple(sorted(set(found), key=lambda passage: (passage.begin, passage.end)))
    if _WITHHOLD.search(text):
        return Review("withhold", passages)
    return Review("redact" if passages else "release", passages)
