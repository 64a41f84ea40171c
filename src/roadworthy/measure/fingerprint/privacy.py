"""What a fingerprint gives away when it leaves its house.

Counts, shares, histograms and days tell about many rows. Values tell about one: a vocabulary, the commonest values, the
cells of a breakdown, the ends of a range, the words of documents, the names of files, the conditions of a filter. Under
`common` such a value stays only where at least `floor` rows share it and the column holds no personal data; under
`hashed` it becomes a keyed hash that two houses with one secret can compare; under `none` it goes.

Bins and days with fewer rows than the floor are values too: a bin of one row is its value within 5 %. They are joined
with their neighbours until there are enough, so that counts stay what they are, and least and greatest become the edges
of what is left. Of a column with personal data neither values nor hashes nor numbers nor days are told.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from roadworthy.foundation.errors import InvalidInput, Place, Refused
from roadworthy.measure.fingerprint.histogram import lower, upper
from roadworthy.measure.fingerprint.model import (
    Arrival,
    Breakdown,
    Cell,
    Column,
    Corpus,
    Fingerprint,
    KeyPrint,
    LogHistogram,
    Looks,
    Moments,
    Numbers,
    Pairs,
    PartState,
    Texts,
    Vocabulary,
)
from roadworthy.measure.fingerprint.terms import Declared, Privacy, Values

SHORTEST_SECRET = 16
"""Bytes. A shorter one is guessed, and with it every value."""
_SHOWN = 32
"""Hexadecimal digits of a keyed hash that are kept: 128 bits."""

When = TypeVar("When", dt.date, dt.datetime)


@dataclass(frozen=True, slots=True)
class _Rules:
    privacy: Privacy
    secret: bytes | None

    @property
    def floor(self) -> int:
        return max(self.privacy.floor, 1)

    def kept(self, counts: Mapping[str, int], *, personal: bool) -> dict[str, int]:
        """Values that may be told, with their counts."""
        if self.privacy.values is Values.NONE or personal:
            return {}
        if self.privacy.values is Values.HASHED:
            return {self.hashed(value): count for value, count in counts.items()}
        return {value: count for value, count in counts.items() if count >= self.floor}

    def hashed(self, value: str) -> str:
        """A keyed hash (HMAC-SHA-256, 128 bits of it); equal for equal values under one secret."""
        return hmac.new(self.secret or b"", value.encode(), hashlib.sha256).hexdigest()[:_SHOWN]


def mark_of(secret: bytes) -> str:
    """What two fingerprints compare to know that their hashes compare: a hash of the secret, not the secret."""
    return hmac.new(secret, b"roadworthy.dev/fingerprint/salt", hashlib.sha256).hexdigest()[:16]


def released(fingerprint: Fingerprint, privacy: Privacy, secret: bytes | None = None) -> Fingerprint:
    """The fingerprint as it may leave the house.

    Args:
        fingerprint: as it was measured, with its values.
        privacy: what may be told; `salt` is set here.
        secret: what both houses share, for `Values.HASHED`.

    Raises:
        Refused: values were taken out before; what is gone cannot be hashed or counted again.
        InvalidInput: hashes are asked for without a secret, or with one that is too short.
    """
    if privacy.values is Values.CLEAR:
        return fingerprint
    if fingerprint.privacy.values is not Values.CLEAR:
        raise Refused(
            "fingerprint-already-released",
            "values were already taken out of this fingerprint",
            place=Place(source=fingerprint.name),
            remedy="start from the fingerprint as it was measured",
        )
    if privacy.values is Values.HASHED and (secret is None or len(secret) < SHORTEST_SECRET):
        raise InvalidInput(
            "fingerprint-secret-short",
            f"hashes need a secret of at least {SHORTEST_SECRET} bytes that both sides know",
            place=Place(source=fingerprint.name),
            remedy="make one, hand it over by another way than the fingerprints, and give it to both sides",
        )
    rules = _Rules(privacy, secret)
    personal = {column.name for column in fingerprint.columns if _personal(column)}
    return replace(
        fingerprint,
        location="",
        columns=tuple(_column(column, rules, personal=column.name in personal) for column in fingerprint.columns),
        declared=_declared(fingerprint.declared),
        parts=_parts(fingerprint),
        key=_key(fingerprint.key, rules),
        arrival=_arrival(fingerprint.arrival, rules),
        breakdowns=tuple(
            _breakdown(each, rules, personal) for each in fingerprint.breakdowns if each.by not in personal
        ),
        pairs=tuple(_pair(each, rules) for each in fingerprint.pairs if not personal & set(each.columns)),
        corpus=_corpus(fingerprint.corpus, rules),
        partial=None if fingerprint.partial is None else "parts of it could not be read",
        privacy=replace(privacy, salt=mark_of(secret) if secret and privacy.values is Values.HASHED else None),
    )


def _personal(column: Column) -> bool:
    return column.looks is not None and any(column.looks.personal.values())


# ---------------------------------------------------------------- columns


def _column(column: Column, rules: _Rules, *, personal: bool) -> Column:
    return replace(
        column,
        numbers=_numbers(column.numbers, rules, personal=personal),
        moments=_moments(column.moments, rules, personal=personal),
        texts=_texts(column.texts, rules),
        vocabulary=_vocabulary(column.vocabulary, rules, personal=personal),
        looks=_looks(column.looks, rules, personal=personal),
        label=None,
    )


def _vocabulary(found: Vocabulary | None, rules: _Rules, *, personal: bool) -> Vocabulary | None:
    if found is None:
        return None
    kept = rules.kept(found.counts, personal=personal)
    return Vocabulary(
        kept,
        found.rare_rows + sum(found.counts.values()) - sum(kept.values()),
        found.rare_values + len(found.counts) - len(kept),
    )


def _looks(looks: Looks | None, rules: _Rules, *, personal: bool) -> Looks | None:
    if looks is None:
        return None
    return replace(
        looks,
        # A mask is no value, but letters of other scripts stand in it as they are, and a mask of one row comes close.
        masks={mask: count for mask, count in looks.masks.items() if count >= rules.floor and _mask_tells_shape(mask)},
        placeholders=rules.kept(looks.placeholders, personal=personal),
        top=rules.kept(looks.top, personal=personal),
    )


def _mask_tells_shape(mask: str) -> bool:
    return all(sign in "9Aa+" or not sign.isalnum() for sign in mask)


def _texts(texts: Texts | None, rules: _Rules) -> Texts | None:
    return None if texts is None else replace(texts, lengths=coarser(texts.lengths, rules.floor))


def _numbers(numbers: Numbers | None, rules: _Rules, *, personal: bool) -> Numbers | None:
    if numbers is None or personal or numbers.histogram.count < rules.floor:
        return None
    histogram = coarser(numbers.histogram, rules.floor)
    least, greatest = ends(histogram)
    return replace(numbers, histogram=histogram, least=least, greatest=greatest)


def ends(histogram: LogHistogram) -> tuple[float, float]:
    """Between which edges of bins everything in it lies."""
    low = [-upper(number) for number in histogram.negative]
    low += [0.0] if histogram.zero else []
    low += [lower(number) for number in histogram.positive]
    high = [-lower(number) for number in histogram.negative]
    high += [0.0] if histogram.zero else []
    high += [upper(number) for number in histogram.positive]
    return (min(low), max(high)) if low else (math.nan, math.nan)


def coarser(histogram: LogHistogram, floor: int) -> LogHistogram:
    """The histogram with no bin under the floor: lone rows are moved to a neighbour, and the sum stays.

    A histogram that is under the floor as a whole comes out empty.
    """
    if histogram.count < floor:
        return LogHistogram()
    # One line of places: negative bins from far to near, zero, positive ones from near to far.
    places = [(-1, number, histogram.negative[number]) for number in sorted(histogram.negative, reverse=True)]
    places += [(0, 0, histogram.zero)] if histogram.zero else []
    places += [(1, number, histogram.positive[number]) for number in sorted(histogram.positive)]
    kept: list[tuple[int, int, int]] = []
    for sign, number, count in _gathered(places, floor):
        kept.append((sign, number, count))
    return LogHistogram(
        zero=sum(count for sign, _, count in kept if sign == 0),
        positive={number: count for sign, number, count in kept if sign > 0},
        negative={number: count for sign, number, count in sorted(kept) if sign < 0},
    )


def _gathered(places: list[tuple[int, int, int]], floor: int) -> list[tuple[int, int, int]]:
    """Neighbours joined from the left until each group has enough; a group stands at its fullest place."""
    found: list[tuple[int, int, int]] = []
    group: list[tuple[int, int, int]] = []
    for place in places:
        group.append(place)
        if sum(each[2] for each in group) >= floor:
            found.append(_fullest(group))
            group = []
    if group and found:
        found[-1] = _fullest([found[-1], *group])
    return found


def _fullest(group: list[tuple[int, int, int]]) -> tuple[int, int, int]:
    sign, number, _ = max(group, key=lambda each: each[2])
    return sign, number, sum(each[2] for each in group)


# ---------------------------------------------------------------- time


def _moments(moments: Moments | None, rules: _Rules, *, personal: bool) -> Moments | None:
    if moments is None or personal:
        return None
    days, lost = _days(moments.days, rules.floor)
    if not days:
        return None
    return replace(
        moments,
        least=_midnight(min(days), moments.least),
        greatest=_midnight(max(days), moments.greatest),
        days=days,
        other_days=moments.other_days + lost,
        hours=tuple(count if count >= rules.floor else 0 for count in moments.hours),
        weekdays=tuple(count if count >= rules.floor else 0 for count in moments.weekdays),
    )


def _midnight(day: dt.date, like: dt.datetime) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), like.tzinfo)


def _days(days: Mapping[When, int], floor: int) -> tuple[dict[When, int], int]:
    kept = {day: count for day, count in days.items() if count >= floor}
    return kept, sum(days.values()) - sum(kept.values())


def _arrival(arrival: Arrival | None, rules: _Rules) -> Arrival | None:
    if arrival is None:
        return None
    return replace(
        arrival,
        lags=coarser(arrival.lags, rules.floor),
        loads=_days(arrival.loads, rules.floor)[0],
        events=_days(arrival.events, rules.floor)[0],
    )


# ---------------------------------------------------------------- together


def _key(key: KeyPrint | None, rules: _Rules) -> KeyPrint | None:
    """Without its sketch, unless hashes may be told: an unkeyed hash of a short key is found by trying all of them."""
    if key is None:
        return None
    if rules.privacy.values is not Values.HASHED or rules.secret is None:
        return replace(key, hashes={}, threshold=0)
    # Keyed anew, in the same range, so that two houses compare and nobody else does.
    keyed: dict[int, int] = {}
    for number, rows in key.hashes.items():
        told = int(rules.hashed(str(number)), 16) % key.threshold
        keyed[told] = keyed.get(told, 0) + rows
    return replace(key, hashes=keyed)


def _breakdown(breakdown: Breakdown, rules: _Rules, personal: set[str]) -> Breakdown:
    names = rules.kept({value: cell.rows for value, cell in breakdown.cells.items()}, personal=False)
    told: Callable[[str], str] = rules.hashed if rules.privacy.values is Values.HASHED else str
    cells = {
        told(value): _cell(cell, rules, personal) for value, cell in breakdown.cells.items() if told(value) in names
    }
    return replace(breakdown, cells=cells)


def _cell(cell: Cell, rules: _Rules, personal: set[str]) -> Cell:
    return Cell(
        cell.rows,
        cell.missing,
        {name: coarser(each, rules.floor) for name, each in cell.histograms.items() if name not in personal},
        _days(cell.days, rules.floor)[0],
        tuple(count if count >= rules.floor else 0 for count in cell.hours),
    )


def _pair(pairs: Pairs, rules: _Rules) -> Pairs:
    if rules.privacy.values is Values.NONE:
        return replace(pairs, counts={})
    if rules.privacy.values is Values.HASHED:
        counts = {(rules.hashed(one), rules.hashed(two)): count for (one, two), count in pairs.counts.items()}
        return replace(pairs, counts=counts)
    return replace(pairs, counts={both: count for both, count in pairs.counts.items() if count >= rules.floor})


def _corpus(corpus: Corpus | None, rules: _Rules) -> Corpus | None:
    if corpus is None:
        return None
    return replace(
        corpus,
        lengths=coarser(corpus.lengths, rules.floor),
        words=rules.kept(corpus.words, personal=False),
        access_lists=rules.kept(corpus.access_lists, personal=False),
        examples={},
    )


def _declared(declared: Declared) -> Declared:
    """Without the pilot's filters: conditions hold values."""
    return replace(declared, filters=())


def _parts(fingerprint: Fingerprint) -> tuple[PartState, ...]:
    """Numbered, because names of files hold names; without sizes and times that tell one file from another."""
    return tuple(
        replace(part, name=f"part {place}", version=None, fault=None if part.fault is None else "could not be read")
        for place, part in enumerate(fingerprint.parts, 1)
    )
