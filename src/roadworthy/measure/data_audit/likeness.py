"""How much a column of one side looks like a column of the other: by name, by values, and by how they are spread."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz

from roadworthy.measure.fingerprint.histogram import counts_on, quantile, shifted
from roadworthy.measure.fingerprint.model import Column, Form, LogHistogram

BINS = 10
"""Bins between quantiles on which numbers and lengths are compared."""
FEWEST = 10
"""Rows a bin needs."""
_SHAPE_ONLY = 0.7
"""Most that equal shape counts without a value in common: another column may be written the same way."""
_CHANCE = 0.4
"""Likeness that unrelated columns of one kind often have; only what is above it counts."""

_LONG_WORD = 2.0
"""Bits that a long value in common adds to what its column's distribution tells."""
_SAME_WORDS = 0.8
"""Most that spelt values in common count for, when their shares do not agree."""
_FEW_WORDS = 3
"""Spelt values in common that tell half of that."""
_RECURS = 0.25
"""Share of either side's rows that has them, from which they count in full."""
_LETTERS = 8
"""Letters from which a value is long."""
_OTHER_MOMENT = 0.7
"""What the likeness of a date to an instant counts for."""

_BARE = 0.97
"""Likeness of names that differ in such words only."""
_ABBREVIATED = 0.9
"""Likeness of a name to one whose words it has cut short."""
_CUT = 3
"""Letters of which a word cut short has at least."""
_SAYS_NOTHING = frozenset({"id", "ident", "identifier", "key", "no", "nr", "num", "number", "code", "name", "value"})
_SCALED = 0.8
"""What the likeness of numbers counts for when one side has to be multiplied by a power of ten first."""
_POWERS = (-3, -2, -1, 1, 2, 3)

_GENERIC = frozenset({"true", "false", "yes", "no", "none", "null", "unknown", "empty", "other", "male", "female"})
_NEARLY = 0.98
"""Share of the rows that have a value of their own, from which a column tells rows apart; estimates are 2 % wide."""
_OF_A_SERIES = 0.5
"""What is left of the likeness of `address_1` to `address_2`."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Za-z])(?=\d)")
_DIGITS = re.compile(r"\d+")
_NUMBERED = re.compile(r"^\d+ (?=\S)")
_APART = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Look:
    """A column with what is compared of it, worked out once."""

    column: Column

    @property
    def name(self) -> str:
        """Its name."""
        return self.column.name

    @cached_property
    def words(self) -> str:
        """Its name in small letters, its words apart: `ProviderNumber` and `provider_number` become one."""
        return _APART.sub(" ", _CAMEL.sub(" ", self.column.name).lower()).strip()

    @cached_property
    def kind(self) -> str:
        """Numbers, moments or words: what can be compared with what."""
        form = self.column.form
        if form.numeric:
            return "number"
        return "moment" if form.temporal else "text" if form in {Form.TEXT, Form.BOOLEAN} else form.value

    @property
    def identifies(self) -> bool:
        """Whether no two rows have one value, as far as is known."""
        distinct, present = self.column.distinct, self.column.present
        return distinct is not None and present > 1 and distinct.high >= _NEARLY * present

    @cached_property
    def values(self) -> Mapping[str, float]:
        """Values in small letters, each with its share of the rows, where they are known."""
        column = self.column
        counts: Mapping[str, int] = {}
        if column.vocabulary is not None and column.vocabulary.counts:
            counts = column.vocabulary.counts
        elif column.looks is not None:
            counts = column.looks.top
        total = sum(counts.values())
        folded: dict[str, float] = {}
        for value, count in counts.items():
            key = value.strip().lower()
            folded[key] = folded.get(key, 0.0) + count / total
        return folded

    @cached_property
    def masks(self) -> Mapping[str, float]:
        """How its values are written, each way with its share."""
        if self.column.looks is None or not self.column.looks.masks:
            return {}
        total = sum(self.column.looks.masks.values())
        return {mask: count / total for mask, count in self.column.looks.masks.items()}


def names(first: Look, second: Look) -> float:
    """Likeness of two names, 0 to 1; 1 where only case and punctuation differ."""
    if first.words.replace(" ", "") == second.words.replace(" ", ""):
        return 1.0
    one, two = _unnumbered(first.words, second.words)
    if _bare(one) == _bare(two) != "":
        return _BARE
    likeness = max(
        fuzz.ratio(one, two), 0.9 * fuzz.token_set_ratio(one, two), 100 * _ABBREVIATED * _shortened(one, two)
    )
    digits = [_DIGITS.findall(each.words) for each in (first, second)]
    series = all(digits) and digits[0] != digits[1]
    return min(_BARE, float(likeness) / 100) * (_OF_A_SERIES if series else 1)


def _unnumbered(first: str, second: str) -> tuple[str, str]:
    """Both without the number that one of them begins with, as questions of a form do: `18 date begun`."""
    one, two = _NUMBERED.sub("", first), _NUMBERED.sub("", second)
    return (first, second) if (one != first and two != second) or not one or not two else (one, two)


def _shortened(first: str, second: str) -> bool:
    """Whether one is the other with words cut short: `dev stage` for `development stage`."""
    pairs = list(zip(first.split(), second.split(), strict=False))
    same = len(first.split()) == len(second.split()) > 0
    return same and all(
        one == two or (min(len(one), len(two)) >= _CUT and (one.startswith(two) or two.startswith(one)))
        for one, two in pairs
    )


def _bare(words: str) -> str:
    """A name without the words that say no more than that it is a name."""
    return " ".join(word for word in words.split() if word not in _SAYS_NOTHING)


def alike(first: Look, second: Look) -> float:
    """Likeness of what two columns hold, 0 to 1, however little it tells: columns of yes and no are all alike."""
    return _alike(first, second)[0]


def contents(first: Look, second: Look) -> float:
    """Likeness of what two columns hold, 0 to 1, as far as it could not be chance.

    What is alike counts by how much it tells: columns that hold two values, or one, look like many others.
    """
    alike, bits = _alike(first, second)
    above = max(0.0, (alike - _CHANCE) / (1 - _CHANCE))
    return float(above * (1 - 2**-bits))


def _alike(first: Look, second: Look) -> tuple[float, float]:
    """Likeness, and the bits that the distribution has on which it was found."""
    shared = _shared(first, second)
    if first.kind != second.kind:
        return shared
    if first.kind == "number":
        return max(shared, _numbers(first.column, second.column), key=_weight)
    if first.kind == "moment":
        return _moments(first.column, second.column)
    shape = _written(first, second)
    return max(shared, (shape[0] * _SHAPE_ONLY, shape[1]), key=_weight)


def _weight(found: tuple[float, float]) -> float:
    alike, bits = found
    return float(max(0.0, alike - _CHANCE) * (1 - 2**-bits))


def _shared(first: Look, second: Look) -> tuple[float, float]:
    """Values in common: the mean of how far the shares agree and how much of each side is in the other.

    A pilot of fifty rows of a column of names can agree in no share and yet be contained whole. And where a dozen names
    that are spelt out recur, the list is the same, however often each is met in another year.
    """
    one, two = first.values, second.values
    if not one or not two:
        return 0.0, 0.0
    both = one.keys() & two.keys()
    agree = sum(min(one[value], two[value]) for value in both)
    contained = max(sum(one[value] for value in both), sum(two[value] for value in both))
    told = sum(_spelt(value) for value in both - _GENERIC) / _LONG_WORD
    recurring = min(1.0, contained / _RECURS) * (1 - 2 ** -(told / _FEW_WORDS))
    bits = _bits(list(one.values()))
    # One word throughout, or a yes and no, stands in many columns.
    spelt = min(1.0, bits) * sum(one[value] * _spelt(value) for value in both - _GENERIC)
    return max((agree + contained) / 2, _CHANCE + (_SAME_WORDS - _CHANCE) * recurring), bits + spelt


def _spelt(value: str) -> float:
    """Bits for a value in common that is spelt out: nobody writes `acute care hospitals` in two columns by chance."""
    letters = sum(each.isalpha() for each in value)
    return _LONG_WORD * min(1.0, max(0, letters - 1) / _LETTERS)


def _bits(shares: Sequence[float]) -> float:
    return -sum(share * math.log2(share) for share in shares if share > 0)


def _written(first: Look, second: Look) -> tuple[float, float]:
    """How values are written, and how long they are."""
    one, two = first.masks, second.masks
    texts, others = first.column.texts, second.column.texts
    if not one or not two or texts is None or others is None:
        return 0.0, 0.0
    masks = sum(min(one[mask], two[mask]) for mask in one.keys() & two.keys())
    lengths, bits = _histograms(texts.lengths, others.lengths)
    return (masks + lengths) / 2, bits + _bits(list(one.values()))


def _numbers(first: Column, second: Column) -> tuple[float, float]:
    """How numbers are spread, on one scale or on two that are a power of ten apart: cents for euros."""
    if first.numbers is None or second.numbers is None:
        return 0.0, 0.0
    one, two = first.numbers.histogram, second.numbers.histogram
    alike, bits = _histograms(one, two)
    found = [alike * (1 - abs(_fractions(first) - _fractions(second)) / 2)]
    if alike < _SCALED:
        found += [_SCALED * _histograms(shifted(one, 10.0**power), two)[0] for power in _POWERS]
    return max(found), bits


def _fractions(column: Column) -> float:
    numbers = column.numbers
    return 0.0 if numbers is None or not numbers.histogram.count else 1 - numbers.whole / numbers.histogram.count


def _moments(first: Column, second: Column) -> tuple[float, float]:
    """Hours and weekdays: when things happen, whatever the years. An even course of the week tells nothing."""
    if first.moments is None or second.moments is None:
        return 0.0, 0.0
    one, two = first.moments, second.moments
    pairs = [
        (ours, theirs)
        for ours, theirs in ((one.hours, two.hours), (one.weekdays, two.weekdays))
        if sum(ours) and sum(theirs)
    ]
    if not pairs:
        return 0.0, 0.0
    alike = [
        sum(min(a / sum(ours), b / sum(theirs)) for a, b in zip(ours, theirs, strict=True)) for ours, theirs in pairs
    ]
    told = [math.log2(len(ours)) - _bits([count / sum(ours) for count in ours]) for ours, _ in pairs]
    kind = 1.0 if first.form is second.form else _OTHER_MOMENT
    return kind * sum(alike) / len(alike), sum(told)


def _histograms(first: LogHistogram, second: LogHistogram) -> tuple[float, float]:
    """One less the share that would have to move between the first one's quantiles."""
    if not first.count or not second.count:
        return 0.0, 0.0
    bins = max(2, min(BINS, first.count // FEWEST))
    edges = sorted({quantile(first, step / bins) for step in range(1, bins)})
    one, two = counts_on(first, edges), counts_on(second, edges)
    p, q = [count / first.count for count in one], [count / second.count for count in two]
    return sum(min(a, b) for a, b in zip(p, q, strict=True)), _bits(p)
