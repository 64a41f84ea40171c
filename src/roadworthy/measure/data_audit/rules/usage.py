"""What came into use or went out of it: words, and lines that many documents share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from roadworthy.measure.data_audit.model import Check, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules import wording
from roadworthy.measure.fingerprint.model import Corpus
from roadworthy.measure.statistics.intervals import newcombe_p
from roadworthy.measure.statistics.multiple import holm

FEWEST = 20
"""Documents of a side under which its words say nothing about anything else."""
_LISTED = 15
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class _Entry:
    text: str
    pilot: float
    production: float

    @property
    def difference(self) -> float:
        return self.production - self.pilot


def checks(pilot: Corpus, production: Corpus, policy: Policy) -> Iterator[Check]:
    """One check of the words and one of the lines; an unknown where a side has too few documents."""
    delta, confidence = policy.threshold("text-noisy.usage"), policy.threshold("any.confidence")
    sampled = pilot.words_of < pilot.total or production.words_of < production.total
    for scope, what in (("words", "words"), ("lines", "lines or sentences that many documents share")):
        if min(pilot.words_of, production.words_of) < FEWEST:
            finding = f"Too few documents to compare their {what} ({pilot.words_of:,} and {production.words_of:,})."
            yield Check(
                "text-noisy", Verdict.UNKNOWN, column=pilot.column, scope=scope, finding=finding, needed=FEWEST,
                sampled=sampled,
            )  # fmt: skip
            continue
        moved = _moved(pilot, production, scope == "lines", delta, 1 - confidence)
        came = sorted((entry for entry in moved if entry.difference > 0), key=lambda entry: -entry.difference)
        went = sorted((entry for entry in moved if entry.difference < 0), key=lambda entry: entry.difference)
        verdict = Verdict.GAP if moved else Verdict.MATCH
        finding = _finding(what, came, went, delta)
        yield Check(
            "text-noisy", verdict, column=pilot.column, scope=scope, finding=finding, rank=3 if moved else None,
            affected=max((abs(entry.difference) for entry in moved), default=None), sampled=sampled,
            detail={"came": _listed(came), "went": _listed(went)},
        )  # fmt: skip


def _moved(pilot: Corpus, production: Corpus, lines: bool, delta: float, alpha: float) -> list[_Entry]:  # noqa: FBT001 - words or lines
    """Entries whose share of documents differs by more than delta, and more than chance among so many.

    An entry that a side does not list is in fewer documents than that side's floor; it is taken to be in as many as
    that allows, whichever way makes the difference smaller.
    """
    floors = [(side.lines_floor if lines else side.words_floor) or 1 for side in (pilot, production)]
    texts = sorted(text for text in {**pilot.words, **production.words} if (" " in text) is lines)
    entries, chances = [], []
    for text in texts:
        one, two = _counts(text, pilot.words, production.words, floors)
        entry = _Entry(text, one / pilot.words_of, two / production.words_of)
        entries.append(entry)
        beyond = abs(entry.difference) > delta
        chances.append(newcombe_p(one, pilot.words_of, two, production.words_of) if beyond else 1.0)
    return [entry for entry, counts in zip(entries, holm(chances, alpha), strict=True) if counts]


def _counts(text: str, pilot: Mapping[str, int], production: Mapping[str, int], floors: list[int]) -> tuple[int, int]:
    return pilot.get(text, floors[0] - 1), production.get(text, floors[1] - 1)


def _finding(what: str, came: list[_Entry], went: list[_Entry], delta: float) -> str:
    if not came and not went:
        return f"No {what} differ by more than {wording.percent(delta)} of the documents."
    parts = []
    for verb, entries in (("came into use", came), ("went out of use", went)):
        if entries:
            shown = ", ".join(
                f"`{entry.text[:60]}` ({wording.percent(entry.pilot)} to {wording.percent(entry.production)})"
                for entry in entries[:_SHOWN]
            )
            more = f" and {len(entries) - _SHOWN:,} more" if len(entries) > _SHOWN else ""
            parts.append(f"{verb}: {shown}{more}")
    return f"The {what} of the documents differ; " + "; ".join(parts) + "."


def _listed(entries: list[_Entry]) -> list[dict[str, object]]:
    return [
        {"text": entry.text, "pilot": round(entry.pilot, 4), "production": round(entry.production, 4)}
        for entry in entries[:_LISTED]
    ]
