"""Many fingerprints of parts of one source as the fingerprint of the whole.

The parts must not share rows. Counts, sums, least and greatest values, histograms, days and vocabularies come out as if
the whole had been measured at once. What cannot be known from parts stays honest: distinct values without a vocabulary
become a range, copies of rows are those within parts, and the samples' shares are of all samples together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import TypeVar

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.measure.fingerprint import adding
from roadworthy.measure.fingerprint.histogram import added
from roadworthy.measure.fingerprint.model import (
    MOST_LOADS,
    Arrival,
    Breakdown,
    Cell,
    Column,
    Corpus,
    Fingerprint,
    Form,
    KeyPrint,
    LogHistogram,
    Looks,
    Pairs,
)
from roadworthy.measure.fingerprint.terms import Sampling

Part = TypeVar("Part")
_CLASSES = 2**31
_EXAMPLES = 20
_MASKS = 50
_TOP = 1_000
_CELLS = 50
_NO_NUMBERS = LogHistogram()


def merged(prints: Sequence[Fingerprint]) -> Fingerprint:
    """One fingerprint of all of them; the names and the place are those that come first in the alphabet.

    Associative and commutative, but for the order of columns and parts and the last digits of floating sums.

    Raises:
        InvalidInput: there is none, or they were made under different declarations or rules of privacy.
    """
    if not prints:
        raise InvalidInput("fingerprints-none", "there is no fingerprint to add", remedy="name at least one")
    return reduce(_merge, prints)


def settled(fingerprint: Fingerprint) -> Fingerprint:
    """The commonest masks, values and cells only, as one measurement of the whole would keep them."""
    columns = tuple(replace(column, looks=_commonest_looks(column)) for column in fingerprint.columns)
    breakdowns = tuple(
        replace(each, cells=dict(sorted(each.cells.items(), key=lambda cell: (-cell[1].rows, cell[0]))[:_CELLS]))
        for each in fingerprint.breakdowns
    )
    return replace(fingerprint, columns=columns, breakdowns=breakdowns)


def _commonest_looks(column: Column) -> Looks | None:
    looks = column.looks
    if looks is None:
        return None
    top = {} if column.vocabulary is not None else _commonest(looks.top, _TOP)
    return replace(looks, masks=_commonest(looks.masks, _MASKS), top=top)


def _commonest(counts: Mapping[str, int], most: int) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most])


def _merge(left: Fingerprint, right: Fingerprint) -> Fingerprint:
    _alike(left, right)
    names = list(dict.fromkeys(column.name for column in (*left.columns, *right.columns)))
    left, right = _padded(left, names), _padded(right, names)
    others = {column.name: column for column in right.columns}
    return Fingerprint(
        name=min(left.name, right.name),
        location=min(left.location, right.location),
        engine=adding.words(left.engine, right.engine, ", "),
        measured_at=max(left.measured_at, right.measured_at),
        rows=left.rows + right.rows,
        columns=tuple(adding.columns(column, others[column.name]) for column in left.columns),
        declared=left.declared,
        parts=(*left.parts, *right.parts),
        key=_either(left, right, left.key, right.key, _keys),
        copies=_either(left, right, left.copies, right.copies, adding.shares),
        arrival=_either(left, right, left.arrival, right.arrival, _arrivals),
        breakdowns=_breakdowns(left, right),
        pairs=_pairs(left, right),
        corpus=_either(left, right, left.corpus, right.corpus, _corpora),
        sampling=_sampling(left, right),
        privacy=left.privacy,
        size=None if left.size is None or right.size is None else left.size + right.size,
        partial=adding.words(left.partial or "", right.partial or "", "; ") or None,
    )


def _alike(left: Fingerprint, right: Fingerprint) -> None:
    for what, same in (
        ("what is declared of them", left.declared == right.declared),
        ("what was taken out for privacy", left.privacy == right.privacy),
    ):
        if not same:
            raise InvalidInput(
                "fingerprints-unlike",
                f"`{left.name}` and `{right.name}` differ in {what}",
                place=Place(source=right.location),
                remedy="measure the parts alike, then add them up",
            )


def _padded(one: Fingerprint, names: Sequence[str]) -> Fingerprint:
    """With the columns that only the other part has, all of them missing here."""
    have = {column.name: column for column in one.columns}
    extra = [name for name in names if name not in have]
    if not extra and tuple(have) == tuple(names):
        return one
    absent = {name: Column(name, "", Form.EMPTY, one.rows, missing=one.rows) for name in extra}
    breakdowns = tuple(
        replace(
            each,
            cells={
                value: replace(cell, missing={**cell.missing, **dict.fromkeys(extra, cell.rows)})
                for value, cell in each.cells.items()
            },
        )
        for each in one.breakdowns
    )
    return replace(one, columns=tuple(have.get(name) or absent[name] for name in names), breakdowns=breakdowns)


def _either(
    left: Fingerprint,
    right: Fingerprint,
    first: Part | None,
    second: Part | None,
    both: Callable[[Part, Part], Part | None],
) -> Part | None:
    """Of both; of one where the other has no rows; else of none."""
    if first is not None and second is not None:
        return both(first, second)
    return (first if right.rows == 0 else None) or (second if left.rows == 0 else None)


def _keys(left: KeyPrint, right: KeyPrint) -> KeyPrint | None:
    if left.columns != right.columns:
        return None
    threshold = min(left.threshold, right.threshold)
    kept = [{key: rows for key, rows in each.hashes.items() if key < threshold} for each in (left, right)]
    # Keys in both parts were counted twice. How many they are is read from the sketch, which holds each key alike.
    twice = len(kept[0].keys() & kept[1].keys()) * _CLASSES // threshold if threshold else 0
    distinct = left.distinct + right.distinct - twice
    return KeyPrint(
        columns=left.columns,
        rows=left.rows + right.rows,
        distinct=max(distinct, left.distinct, right.distinct),
        missing=left.missing + right.missing,
        inferred=left.inferred or right.inferred,
        repeated_soon=left.repeated_soon + right.repeated_soon,
        hashes=adding.counts(kept[0], kept[1]),
        threshold=threshold,
    )


def _arrivals(left: Arrival, right: Arrival) -> Arrival | None:
    if (left.event, left.ingest) != (right.event, right.ingest):
        return None
    return Arrival(
        left.event,
        left.ingest,
        added(left.lags, right.lags),
        adding.latest(adding.counts(left.loads, right.loads), MOST_LOADS)[0],
        adding.latest(adding.counts(left.events, right.events), MOST_LOADS)[0],
    )


def _breakdowns(left: Fingerprint, right: Fingerprint) -> tuple[Breakdown, ...]:
    others = {each.by: each for each in right.breakdowns}
    if left.rows == 0 or right.rows == 0:
        return left.breakdowns if right.rows == 0 else right.breakdowns
    return tuple(
        Breakdown(each.by, each.of + others[each.by].of, _cells(each.cells, others[each.by].cells))
        for each in left.breakdowns
        if each.by in others
    )


def _cells(left: Mapping[str, Cell], right: Mapping[str, Cell]) -> dict[str, Cell]:
    found = dict(left)
    for value, cell in right.items():
        found[value] = _cell(found[value], cell) if value in found else cell
    return found


def _cell(left: Cell, right: Cell) -> Cell:
    histograms = {
        name: added(left.histograms.get(name, _NO_NUMBERS), right.histograms.get(name, _NO_NUMBERS))
        for name in (*left.histograms, *(name for name in right.histograms if name not in left.histograms))
    }
    return Cell(
        left.rows + right.rows,
        adding.counts(left.missing, right.missing),
        histograms,
        adding.counts(left.days, right.days),
        adding.tuples(left.hours, right.hours),
    )


def _pairs(left: Fingerprint, right: Fingerprint) -> tuple[Pairs, ...]:
    if left.rows == 0 or right.rows == 0:
        return left.pairs if right.rows == 0 else right.pairs
    others = {each.columns: each for each in right.pairs}
    return tuple(
        Pairs(each.columns, adding.counts(each.counts, others[each.columns].counts))
        for each in left.pairs
        if each.columns in others
    )


def _corpora(left: Corpus, right: Corpus) -> Corpus | None:
    if left.column != right.column:
        return None
    named = {
        feature: {*left.examples.get(feature, ()), *right.examples.get(feature, ())}
        for feature in (*left.examples, *right.examples)
    }
    return Corpus(
        column=left.column,
        of=left.of + right.of,
        lengths=added(left.lengths, right.lengths),
        scripts=adding.counts(left.scripts, right.scripts),
        languages=adding.counts(left.languages, right.languages),
        noise=adding.tuples(left.noise, right.noise),
        features=adding.counts(left.features, right.features),
        cut_off=left.cut_off + right.cut_off,
        copies=left.copies + right.copies,
        near_copies=left.near_copies + right.near_copies,
        conflicts=left.conflicts + right.conflicts,
        hidden=adding.counts(left.hidden, right.hidden),
        words=adding.counts(left.words, right.words),
        stale=adding.shares(left.stale, right.stale),
        unowned=adding.shares(left.unowned, right.unowned),
        access_lists=adding.counts(left.access_lists, right.access_lists),
        examples={feature: tuple(sorted(ids)[:_EXAMPLES]) for feature, ids in named.items()},
    )


def _sampling(left: Fingerprint, right: Fingerprint) -> Sampling | None:
    if left.sampling is None and right.sampling is None:
        return None
    first = left.sampling or Sampling(left.rows, left.rows, "")
    second = right.sampling or Sampling(right.rows, right.rows, "")
    return Sampling(first.rows + second.rows, first.of + second.of, adding.words(first.method, second.method, " + "))
