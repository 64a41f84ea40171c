"""Columns of both sides beside each other, and what kind of thing a column is for the rules."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from roadworthy.measure.data_audit.model import Pair
from roadworthy.measure.data_audit.rules.standins import stand_ins
from roadworthy.measure.fingerprint.model import BINS_PER_E, Breakdown, Column, Form, Share
from roadworthy.measure.fingerprint.terms import Declared, Values

_IDENTIFIERS = frozenset(
    [
        *(
            "id",
            "ids",
            "uuid",
            "guid",
            "key",
            "number",
            "no",
            "nr",
            "num",
            "mrn",
            "npi",
            "iban",
            "ssn",
            "zip",
            "zipcode",
        ),
        *(
            "postcode",
            "phone",
            "fax",
            "tel",
            "account",
            "card",
            "serial",
            "reference",
            "ref",
            "token",
            "hash",
            "terminal",
        ),
    ]
)
"""Last words of names of columns whose numbers only tell things apart."""
_CODES = frozenset(("code", "type", "status", "class", "category", "mcc", "kind", "level", "grade", "group"))
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_UNIQUE = 0.9
"""Share of different values from which a column tells rows apart."""
_ENOUGH = 20
_SCALE = 10
"""Different values that what is measured has at least; a flag or a grade has no unit that could change."""
_LONG = 5
"""Digits from which whole numbers that all have as many are numbers of things: postcodes, accounts, telephones."""
_SAME = 0.95
"""Share of values that have them."""
_TAIL = 0.05
_MOST_LISTED = 1_000
"""Values beyond which nobody keeps a list by hand."""
_OPEN = 0.02
"""Share of rows with a value met once, from which the list has no end."""


@dataclass(frozen=True, slots=True)
class Both:
    """A column of the pilot and its counterpart."""

    name: str
    """The pilot's."""
    pilot: Column
    production: Column

    @property
    def forms(self) -> frozenset[Form]:
        """Forms of the two sides."""
        return frozenset((self.pilot.form, self.production.form))

    @property
    def numeric(self) -> bool:
        """Whether both sides can be added up."""
        return self.pilot.numbers is not None and self.production.numbers is not None


def both(pair: Pair) -> Iterator[Both]:
    """Every column that both sides have, in the pilot's order, under the names of `matching`."""
    found = {each.pilot: each.production for each in pair.matching.pairs}
    for column in pair.pilot.columns:
        other = pair.production.column(found[column.name]) if column.name in found else None
        if other is not None and column.form is not Form.NESTED:
            yield Both(column.name, column, other)


def words(name: str) -> list[str]:
    """The words of a column's name in small letters: `deviceAge_days` is device, age, days."""
    return [word.lower() for word in _WORD.findall(name)]


def named_identifier(name: str) -> bool:
    """Whether the name says that its values only tell things apart."""
    last = words(name)[-1:]
    return bool(last) and last[0] in _IDENTIFIERS


def unique(column: Column) -> bool:
    """Whether nearly every row has another value."""
    if column.distinct is None or column.present < _ENOUGH:
        return False
    return column.distinct.high >= _UNIQUE * column.present


def identifier(pair: Pair, each: Both) -> bool:
    """Whether values only tell things apart, so that how they are distributed means nothing."""
    keys = {*pair.pilot.declared.key, *pair.production.declared.key}
    if documents(pair, each):
        return False
    if each.name in keys or each.production.name in keys or named_identifier(each.name):
        return True
    whole = each.forms <= {Form.INTEGER, Form.TEXT}
    return whole and unique(each.pilot) and unique(each.production)


def measured(pair: Pair, each: Both) -> bool:
    """Whether the numbers are measured in a unit: neither identifiers nor codes nor a few values such as a flag."""
    last = words(each.name)[-1:]
    if not each.numeric or is_label(pair, each) or identifier(pair, each) or (last and last[0] in _CODES):
        return False
    sides = (each.pilot, each.production)
    if any(named_identifier(column.name) for column in sides):
        return False
    one, two = (_digits(column) for column in sides)
    return all(_varied(column) for column in sides) and (one is None or one != two)


def _varied(column: Column) -> bool:
    return column.distinct is None or column.distinct.high >= _SCALE


def _digits(column: Column) -> int | None:
    """How many digits nearly all have, where these are whole numbers of many, as numbers of things are."""
    numbers = column.numbers
    if numbers is None or not column.present or numbers.whole < _SAME * column.present:
        return None
    by_digits: Counter[int] = Counter()
    for place, count in numbers.histogram.positive.items():
        by_digits[math.floor(math.log10(math.exp((place + 0.5) / BINS_PER_E))) + 1] += count
    digits, count = max(by_digits.items(), key=lambda one: one[1], default=(0, 0))
    return digits if digits >= _LONG and count >= _SAME * numbers.histogram.count else None


def documents(pair: Pair, each: Both) -> bool:
    """Whether it holds documents, which have rules of their own."""
    corpora = (pair.pilot.corpus, pair.production.corpus)
    return any(corpus is not None and corpus.column in {each.name, each.production.name} for corpus in corpora)


def is_label(pair: Pair, each: Both) -> bool:
    """Whether it is what is to be predicted."""
    return each.name == pair.pilot.declared.label or each.production.name == pair.production.declared.label


def roles(declared: Declared) -> frozenset[str]:
    """Columns with a part of their own in time: event, ingest, decision, label."""
    return frozenset(
        name
        for name in (declared.event_time, declared.ingest_time, declared.decision_time, declared.label_time)
        if name is not None
    )


def declared_list(pair: Pair, each: Both) -> bool:
    """Whether somebody governs the list of its values."""
    return each.name in pair.pilot.declared.taxonomy or each.production.name in pair.production.declared.taxonomy


def missing(column: Column) -> Share:
    """Rows without a value that says anything: null, not a number, empty text, placeholders.

    Where placeholders were looked for on a sample only, the share is theirs in the sample, and so is `of`.
    """
    certain = column.missing + (column.numbers.not_a_number if column.numbers else 0)
    certain += column.texts.empty if column.texts else 0
    certain = min(certain, column.rows)
    rest = column.rows - certain
    looks = column.looks
    instead = sum(stand_ins(column).values())
    if looks is None or not instead or not looks.of or not rest:
        return Share(certain, column.rows)
    if looks.of >= rest:
        return Share(min(column.rows, certain + instead), column.rows)
    share = (certain + rest * min(1.0, instead / looks.of)) / column.rows
    return Share(round(share * looks.of), looks.of)


def values(column: Column) -> Mapping[str, int] | None:
    """Counts of every value that says something; None where they were too many, or taken out."""
    if column.vocabulary is None:
        return None
    nothing = {*stand_ins(column), ""}
    return {value: count for value, count in column.vocabulary.counts.items() if value not in nothing and count > 0}


def comparable(pair: Pair) -> bool:
    """Whether values of the two sides can be laid beside each other: both clear, or hashed under one secret."""
    one, two = pair.pilot.privacy, pair.production.privacy
    if Values.NONE in {one.values, two.values}:
        return False
    return (one.values is Values.HASHED) == (two.values is Values.HASHED) and one.salt == two.salt


def listed(pair: Pair, each: Both) -> bool:
    """Whether the values are a list with an end: declared as one, or every value of it is met again and again."""
    one, two = values(each.pilot), values(each.production)
    if not one or not two or each.forms & {Form.DATE, Form.TIMESTAMP, Form.BINARY, Form.NESTED}:
        return False
    if declared_list(pair, each):
        return True
    if Form.DECIMAL in each.forms or max(len(one), len(two)) > _MOST_LISTED or identifier(pair, each):
        return False
    if each.forms == {Form.INTEGER} and not _codes(each):
        return False
    together = Counter(one)
    together.update(two)
    once = sum(count == 1 for count in together.values())
    return once <= _OPEN * together.total()


def _codes(each: Both) -> bool:
    """Whether whole numbers are codes: their name says so, or they leave most numbers between them out."""
    last = words(each.name)[-1:]
    if last and last[0] in _CODES:
        return True
    counts = values(each.production) or {}
    numbers = sorted(int(float(value)) for value in counts)
    # Where most of the rows are, so that a long tail does not make a count look like a code.
    total, filled = sum(counts.values()), 0
    inside: list[int] = []
    for whole in numbers:
        if _TAIL * total <= filled <= (1 - _TAIL) * total:
            inside.append(whole)
        filled += counts.get(str(whole), 0)
    dense = len(inside) > 1 and len(inside) * 2 >= inside[-1] - inside[0] + 1
    return len(inside) > 1 and not dense and not _rounded(each)


def _rounded(each: Both) -> bool:
    """Whether the numbers are amounts that people rounded, rather than codes: most end in a zero or a five."""
    counts = each.production.vocabulary.counts if each.production.vocabulary else {}
    total = sum(counts.values())
    return sum(count for value, count in counts.items() if value[-1:] in {"0", "5"}) > 0.6 * total


def broken_down(pair: Pair, breakdown: Breakdown) -> Breakdown | None:
    """The pilot's breakdown by the same column as one of production's."""
    names = {each.pilot for each in pair.matching.pairs if each.production == breakdown.by}
    return next((each for each in pair.pilot.breakdowns if each.by in names), None)


def new_segment(pair: Pair, by: str, value: str) -> bool:
    """Whether the pilot surely has no row of a segment, because all its values of the column are known."""
    each = next((each for each in both(pair) if each.production.name == by), None)
    known = values(each.pilot) if each is not None and comparable(pair) else None
    return known is not None and value not in known
