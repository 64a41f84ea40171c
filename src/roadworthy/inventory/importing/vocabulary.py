"""What the values of a column say, in the words of the inventory; and which spellings are one word.

A reader returns None for what it does not understand: such a value stays in its cell and is listed as not
placed. The vocabularies read here are those of the US federal inventories of 2023 (stages of the system
development life cycle), 2024 (OMB guidance under M-24-10) and 2025 (M-25-21), and the plain words that
organisations use in their own lists.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from rapidfuzz import fuzz

from roadworthy.inventory.importing.model import Variants

_SPACE = re.compile(r"\s+")
_OPTION = re.compile(r"^\(?[a-z][).]\s*|^stage \d\s*[-:–—]\s*")
_PUNCTUATION = re.compile(r"[^\w&/+#%-]+")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−¤"), "-")
_QUOTES = {ord("’"): "'", ord("‘"): "'", ord("“"): '"', ord("”"): '"', ord("\u200b"): None, ord("\ufeff"): None}
_TAIL = re.compile(r"^(.{4,}?)(?:\s*[:(]| - ).+$")

NOTHING = frozenset({
    "", "-", "--", "---", ".", "n/a", "na", "n.a", "n-a", "none", "null", "nil", "blank", "tbd", "tba", "unknown",
    "nan", "not applicable", "not available", "not provided",
    "blank/not provided", "not reported", "no data", "?", "pending",
    "to be determined", "see description",
})  # fmt: skip
"""What people write into a cell that has nothing to say."""

_LONGEST_NOTHING = 200
_NO_DATA = re.compile(r"^(data not reported|outputs were not documented|withheld|redacted)\b")


@lru_cache(maxsize=65536)
def key_of(text: str) -> str:
    """What is left when spelling is set aside: case, spaces, dashes, quotes, a leading `a)` and a final period."""
    folded = unicodedata.normalize("NFKC", text).translate(_DASHES).translate(_QUOTES).casefold()
    folded = _SPACE.sub(" ", folded).strip(" \"'`.;,:*[]{}?")
    folded = _OPTION.sub("", folded)
    return folded.strip(" .;,:")


@lru_cache(maxsize=65536)
def loose_key(text: str) -> str:
    """`key_of` without punctuation and with `&` and `and` alike."""
    return " ".join(_PUNCTUATION.sub(" ", key_of(text).replace("&", " and ").replace("-", " ")).split())


@lru_cache(maxsize=65536)
def says_nothing(text: str) -> bool:
    """Whether a cell is empty or holds a word for nothing, such as `N/A`."""
    if len(text) > _LONGEST_NOTHING:
        return False
    key = key_of(text)
    return key in NOTHING or _NO_DATA.match(key) is not None


_STAGES: tuple[tuple[str, str], ...] = (
    ("retired", r"^(retired|decommission|discontinued|sunset|withdrawn|cancel|closed|terminated|inactive|archived)"),
    (
        "proposed",
        (
            r"^pre-? ?deploy|"
            r"^(initiat|plan|ideation|idea\b|propos|concept\b|intake|submitted|not started|backlog|requested|"
            r"exploring|discovery)"
        ),
    ),
    ("pilot", r"pilot|proof of concept|proof-of-concept|\bpoc\b|prototype|sandbox|\btrial|experiment"),
    ("proposed", r"^research\b.*planned"),
    (
        "candidate",
        (
            r"^(implementation|assessment|testing|uat|user acceptance|pre-? ?production|ready for production|staging|"
            r"validation|candidate)|^successfully tested but not in production"
        ),
    ),
    (
        "pilot",
        (
            r"^(acquisition|development|initial development|currently under development|in development|"
            r"under development|build|in progress|design)"
        ),
    ),
    (
        "production",
        (
            r"^(operation|in-? ?use|in-? ?mission|in-? ?production|production|deploy|live|active|go-?live|launched|"
            r"released|scaled)"
        ),
    ),
)
"""Read from the top: `pilot - deployed in a limited way` is a pilot, `development (not in production)` is not live.

The five stages of the 2024 guidance stand for ours one by one: initiated is proposed, acquisition and development
is pilot, implementation and assessment is candidate, operation and maintenance is production.
"""

_CLASSES: tuple[tuple[str, str], ...] = (
    ("agentic", r"\bagentic|\bai agents?\b|autonomous agents?|multi-?agent"),
    (
        "generative",
        (
            r"generative|\bgen ?ai\b|\bllms?\b|large language|\bgpt|foundation model|diffusion|retrieval augmented|"
            r"\brag\b|image generation|text generation|copilot"
        ),
    ),
    (
        "predictive",
        (
            r"predict|classical|machine learning|\bml\b|neural|regression|classif|computer vision|machine vision|"
            r"natural lang|\bnlp\b|reinforcement|cluster|forecast|anomaly|random forest|deep learning|decision tree|"
            r"supervised|recommend|optimi[sz]ation|time series|object detection|speech|\bocr\b|bayes|"
            r"ensemble|statistical"
        ),
    ),
)
"""What acts is agentic, what writes or draws is generative, what scores, finds or recognises is predictive."""

_IMPACTS: tuple[tuple[str, str], ...] = (
    ("none", r"^neither|^not high|^no$|presumed high.*\bnot high|^low\b|^minimal|^none$|^none of|^not (rights|safety)"),
    ("rights-and-safety", r"^both|^high\b|^high-impact|^yes$|rights\W+and\W+safety"),
    ("rights", r"^rights"),
    ("safety", r"^safety"),
    ("money", r"^(financial|money|monetary)"),
)  # fmt: skip
"""`High-impact` (M-25-21) covers both rights and safety and does not say which, so the wider is taken."""

_AUTONOMY: tuple[tuple[str, str], ...] = (
    ("recommends", r"^no\b|human in the loop|recommend|advis|require direct human"),
    ("decides", r"^yes\b|decides|automated decision|fully automat"),
    ("acts", r"^acts|autonomous action"),
    ("informs", r"^inform|assist"),
)  # fmt: skip

_SECTORS: tuple[tuple[str, str], ...] = (
    ("healthcare", r"health|hospital|clinical|pharma|life science|medical"),
    ("financial-services", r"financ|bank|insur|asset management|capital market|payment"),
    ("government", r"government|public|federal|municipal|defen[cs]e"),
    ("enterprise-technology", r"technology|software|\bit\b|saas|telecom"),
    ("other", r"^other|retail|manufactur|energy|transport|education|logistics|media|agricultur"),
)  # fmt: skip

_READERS: dict[str, tuple[tuple[str, re.Pattern[str]], ...]] = {
    target: tuple((word, re.compile(pattern)) for word, pattern in table)
    for target, table in (
        ("stage", _STAGES), ("class", _CLASSES), ("techniques", _CLASSES), ("risk.impact", _IMPACTS),
        ("risk.autonomy", _AUTONOMY), ("sector", _SECTORS),
        ("risk.personalData", (("special", r"special categor|health data|biometric|sensitive personal|\bphi\b"),
                               ("none", r"^(no|false|n)\b(?!/)|^none"),
                               ("personal", r"^(yes|true|y)\b|personal|\bpii\b"))),
        ("risk.exposure", (("public", r"^(yes|true|y)\b|public|citizen"),
                           ("customers", r"customer|client|patient|partner|external"),
                           ("internal", r"internal|employee|staff"))),
    )
}  # fmt: skip

NONE_SAYS_SOMETHING = frozenset({"risk.impact", "risk.personalData"})
"""Targets for which `none` is an answer."""

ENUMERATED = frozenset(_READERS) - {"techniques"}
"""Targets whose values are one of a few words."""


@lru_cache(maxsize=65536)
def read_word(target: str, text: str) -> str | None:
    """The word of the inventory for a value of an enumerated target, or None when it is not understood."""
    key = key_of(text)
    if target not in NONE_SAYS_SOMETHING and says_nothing(text):
        return None
    for word, pattern in _READERS[target]:
        if pattern.search(key):
            return word
    return None


def merge_variants(
    column: str, values: Iterable[str], *, heads: bool = False
) -> tuple[dict[str, str], tuple[Variants, ...]]:
    """Find spellings of the same word in a column.

    Args:
        column: the label of the column, for the report.
        values: its cells.
        heads: count `Documentation is complete` and `Documentation is complete: it exists for ...` as one, and
            near-equal spellings too; only right where a column has a small vocabulary of its own.

    Returns:
        From each spelling to the one that is used for all (the most frequent; among equals the shortest), and what
        was merged, for the report. Values that say nothing are left out.
    """
    counts = Counter(value for value in values if not says_nothing(value))
    groups: dict[str, list[str]] = defaultdict(list)
    for value in counts:
        groups[loose_key(value)].append(value)
    if heads:
        _join_heads(groups)
        _join_near(groups)
    spelling: dict[str, str] = {}
    merged = []
    for group in groups.values():
        chosen = min(group, key=lambda value: (-counts[value], len(value), value))
        chosen = _SPACE.sub(" ", chosen).strip()
        spelling |= dict.fromkeys(group, chosen)
        if len(group) > 1:
            spellings = Counter({value: counts[value] for value in group})
            merged.append(Variants(column, chosen, dict(spellings.most_common())))
    return spelling, tuple(merged)


def _join_heads(groups: dict[str, list[str]]) -> None:
    """Join a value to the one that is its beginning, up to a colon, a dash or a bracket."""
    for key in sorted(groups, key=len, reverse=True):
        found = _TAIL.match(key_of(groups[key][0]))
        if found is None:
            continue
        head = loose_key(found[1])
        if head != key and head in groups:
            groups[head] += groups.pop(key)


_FEW = 60
_NEAR = 94.0
_LONG_ENOUGH = 12


def _join_near(groups: dict[str, list[str]]) -> None:
    """Join slips of the pen: long values that differ in a letter or two and in no digit and no `not`."""
    if len(groups) > _FEW:
        return
    kept: list[str] = []
    for key in list(groups):
        near = next((other for other in kept if _slip(key, other)), None)
        if near is None:
            kept.append(key)
        else:
            groups[near] += groups.pop(key)


def _slip(one: str, other: str) -> bool:
    if min(len(one), len(other)) < _LONG_ENOUGH or one.startswith("not ") != other.startswith("not "):
        return False
    if re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return False
    negations = {"no", "not", "none", "without", "non"}
    if negations & set(one.split()) != negations & set(other.split()):
        return False
    return fuzz.ratio(one, other) >= _NEAR


def counted(values: Iterable[str], spelling: Mapping[str, str]) -> Counter[str]:
    """How often each word occurs when its spellings are counted as one."""
    return Counter(spelling.get(value, value) for value in values if not says_nothing(value))
