"""What the values of a column say about its meaning: they support a name, contradict it, or stand in for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice

from roadworthy.inventory.facts import FACTS
from roadworthy.inventory.importing.answers import WRITTEN, read_answer
from roadworthy.inventory.importing.dates import read_date
from roadworthy.inventory.importing.model import KEEP, Proposal
from roadworthy.inventory.importing.synonyms import IDENTITY, ORGANISATION, SHORT
from roadworthy.inventory.importing.vocabulary import ENUMERATED, read_word, says_nothing

_SAMPLE = 400
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_URL = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)
_ID = re.compile(r"[A-Za-z]{1,8}[ \-–_#]{0,3}\d[\w\-]*|[A-Za-z]{2,8}-[A-Za-z]{2,8}-\d+")
_SHORT = re.compile(r"[A-Z&]{2,8}")
_ENOUGH = 0.8
_CONTRADICTS = 0.3
_A_WORD = 160
_TITLE_LENGTH = range(4, 200)
_TITLES_DIFFER = 0.9

DATES = frozenset({"started", "inUseSince", "retired", "outcome.by"})

_SHOWS: tuple[tuple[str, float, str, Callable[[str], object]], ...] = (
    ("contact", 0.6, "e-mail addresses", _EMAIL.fullmatch),
    ("links", 0.6, "links", _URL.match),
    ("stage", 0.6, "stages", lambda value: len(value) < _A_WORD and read_word("stage", value)),
    (
        "risk.impact",
        0.5,
        "impacts on rights and safety",
        re.compile(r"(rights|safety|(not )?high)[- ]impact", re.IGNORECASE).match,
    ),
)


def weigh(draft: Proposal, values: Sequence[str]) -> Proposal:
    """The proposal of a name, strengthened, weakened or replaced by what the column holds."""
    sample = _sample(values)
    if not sample:
        return replace(draft, reason=f"{draft.reason}; no row has a value")
    if draft.confidence == 0.0:
        return _by_values(draft, sample)
    if draft.target == ORGANISATION and all(_SHORT.fullmatch(value) for value in sample):
        return replace(
            draft, confidence=draft.confidence - 0.05, reason=f"{draft.reason}; its values are abbreviations"
        )
    understood = _understood(draft.target, sample)
    if understood is None:
        return draft
    share = sum(understood) / len(understood)
    if share < _CONTRADICTS:
        shown = next(value for value, good in zip(sample, understood, strict=True) if not good)
        doubt = f"; but most values are not understood, such as `{_short(shown)}`"
        return replace(draft, confidence=round(draft.confidence * 0.5, 2), reason=draft.reason + doubt)
    return replace(draft, reason=f"{draft.reason}; {share:.0%} of its values are understood")


def _sample(values: Sequence[str]) -> list[str]:
    """The first values that say something."""
    return list(islice((value.strip() for value in values if value and not says_nothing(value)), _SAMPLE))


def _understood(target: str, sample: Sequence[str]) -> list[bool] | None:
    if target in ENUMERATED:
        return [read_word(target, value) is not None for value in sample]
    if target in FACTS and target not in WRITTEN:
        return [read_answer(target, value) is not None for value in sample]
    if target in DATES:
        return [read_date(value).date is not None for value in sample]
    return None


def _by_values(draft: Proposal, sample: Sequence[str]) -> Proposal:
    for target, confidence, what, shows in _SHOWS:
        if _share(sample, shows) >= _ENOUGH:
            return replace(draft, target=target, confidence=confidence, reason=f"its values are {what}")
    distinct = len(set(sample)) / len(sample)
    if distinct > _TITLES_DIFFER and len(sample) > 2 and _share(sample, _ID.fullmatch) >= _ENOUGH:  # noqa: PLR2004 - a pattern needs a few
        return replace(
            draft, target=IDENTITY, confidence=0.6, reason="every value is different and reads like an identifier"
        )
    return replace(draft, target=KEEP)


def _share(sample: Sequence[str], test: Callable[[str], object]) -> float:
    return sum(1 for value in sample if test(value)) / len(sample)


def reads_like_titles(values: Sequence[str]) -> bool:
    """Whether a column holds short texts that are nearly all different, and neither links, dates nor numbers."""
    sample = _sample(values)
    if len(sample) < max(1, len(values) * 0.5):
        return False
    return _share(sample, _is_title) >= _ENOUGH and len(set(sample)) / len(sample) >= _TITLES_DIFFER


def _is_title(value: str) -> bool:
    if len(value) not in _TITLE_LENGTH or not any(map(str.isalpha, value)) or "\n\n" in value:
        return False
    return not _URL.match(value) and not _EMAIL.fullmatch(value) and read_date(value).date is None


def splits_into_id_and_title(values: Sequence[str]) -> bool:
    """Whether a title column starts every title with an identifier, as `USDA-001: Repair Spend` does."""
    sample = _sample(values)
    return bool(sample) and _share(sample, LED_BY_ID.match) >= _ENOUGH


LED_BY_ID = re.compile(r"(?P<id>[A-Z]{2,10}[ -]{0,3}\d[\w-]*)\s*(?::|–|—| -)\s+(?P<title>\S.*)", re.DOTALL)


def _short(text: str) -> str:
    collapsed = " ".join(text.split())
    return collapsed if len(collapsed) <= 60 else f"{collapsed[:57]}..."  # noqa: PLR2004 - fits a table's column


__all__ = ["DATES", "LED_BY_ID", "SHORT", "reads_like_titles", "splits_into_id_and_title", "weigh"]
