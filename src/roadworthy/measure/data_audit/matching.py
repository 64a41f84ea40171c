"""Which column of production carries which column of the pilot.

Columns of one name are one column, unless their contents have plainly changed places. What is left on both sides is
put together by what the columns hold and by their names: the assignment whose evidence is greatest as a whole, and of
it only what stands out. Evidence that fits a second column as well is none, so two sides whose columns really differ
stay apart.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from roadworthy.measure.data_audit.assigning import assigned
from roadworthy.measure.data_audit.likeness import Look, contents, names
from roadworthy.measure.data_audit.model import Matching, Pairing
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.fingerprint.model import Fingerprint

SAME_NAME = 0.95
"""What names that differ in case and punctuation only are worth, whatever stands in the columns."""
_BY_NAME = 0.6
"""Most that names of other words are worth."""
_UNLIKE_TOO = 0.7
"""What is left of that where nothing in the columns is alike."""
_ANY = 0.1
_STANDS_OUT = 0.15
"""By how much contents must be more alike than to any other column to count in full."""
_SWAPPED = 0.6
"""Likeness across two columns of which each is hardly like its namesake."""
_UNLIKE = 0.2
_MOST = 400
"""Columns on a side beyond which only names are compared: the work grows with the product."""


def matched(pilot: Fingerprint, production: Fingerprint, policy: Policy | None = None) -> Matching:
    """Pair the columns of two sides."""
    likely = (policy or Policy.shipped()).threshold("column-renamed.likely")
    said = _said(pilot, production)
    settled = {pair.pilot for pair in said}, {pair.production for pair in said}
    there = {column.name for column in production.columns} - settled[1]
    here = {column.name for column in pilot.columns} - settled[0]
    left = [Look(column) for column in pilot.columns if column.name in here - there]
    right = [Look(column) for column in production.columns if column.name in there - here]
    found = [*said, *_renamed(left, right, pilot, production, likely)]
    same = _same(pilot, production, here & there)
    gone = {pair.pilot for pair in found}
    came = {pair.production for pair in found}
    order = {column.name: place for place, column in enumerate(pilot.columns)}
    return Matching(
        pairs=tuple(sorted([*same, *found], key=lambda pair: order[pair.pilot])),
        lost=tuple(look.name for look in left if look.name not in gone),
        new=tuple(look.name for look in right if look.name not in came),
    )


def _said(pilot: Fingerprint, production: Fingerprint) -> list[Pairing]:
    """What people declared, as far as both columns are there."""
    return [
        Pairing(before, after, 1.0, ("people said so",), declared=True)
        for after, before in production.declared.pilot_names.items()
        if pilot.column(before) is not None and production.column(after) is not None
    ]


def _same(pilot: Fingerprint, production: Fingerprint, names: Collection[str]) -> list[Pairing]:
    """Columns of one name, those that changed places put right."""
    both = [(one, two) for one in pilot.columns if one.name in names and (two := production.column(one.name))]
    named = [(Look(one), Look(two)) for one, two in both]
    places = {one.name: one.name for one, _ in named}
    unlike = [pair for pair in named if len(named) <= _MOST and contents(*pair) < _UNLIKE]
    for position, (one, one_there) in enumerate(unlike):
        for other, other_there in unlike[position + 1 :]:
            if places[one.name] != one.name or places[other.name] != other.name:
                continue
            if min(contents(one, other_there), contents(other, one_there)) >= _SWAPPED:
                places[one.name], places[other.name] = other.name, one.name
    return [
        Pairing(name, there, 1.0)
        if name == there
        else Pairing(name, there, _SWAPPED, ("its values stand under the name of the other, and the other way round",))
        for name, there in places.items()
    ]


@dataclass(frozen=True, slots=True)
class _Evidence:
    score: float
    content: float
    name: float


def _renamed(
    left: Sequence[Look], right: Sequence[Look], pilot: Fingerprint, production: Fingerprint, likely: float
) -> list[Pairing]:
    if not left or not right:
        return []
    compare = max(len(pilot.columns), len(production.columns)) <= _MOST
    standing = _standing_out(left, right, pilot, production) if compare else {}
    table = [[_evidence(one, two, standing.get((one.name, two.name), (0.0, True))) for two in right] for one in left]
    found = []
    for row, column in assigned([[cell.score for cell in cells] for cells in table]):
        cell = table[row][column]
        if cell.score >= likely:
            found.append(Pairing(left[row].name, right[column].name, round(cell.score, 3), _why(cell)))
    return found


def _evidence(one: Look, two: Look, found: tuple[float, bool]) -> _Evidence:
    content, alike = found
    name = names(one, two)
    if name >= 1:
        return _Evidence(SAME_NAME, content, name)
    worth = _BY_NAME if alike else _BY_NAME * _UNLIKE_TOO
    return _Evidence(content + (1 - content) * worth * name * name, content, name)


def _why(cell: _Evidence) -> tuple[str, ...]:
    told = []
    if cell.name >= 1:
        told.append("the names differ in case and punctuation only")
    elif cell.name >= _BY_NAME:
        told.append("the names are alike")
    if cell.content >= _BY_NAME:
        told.append("the values are those of no other column")
    elif cell.content > 0:
        told.append("the values are alike")
    return tuple(told)


def _standing_out(
    left: Sequence[Look], right: Sequence[Look], pilot: Fingerprint, production: Fingerprint
) -> Mapping[tuple[str, str], tuple[float, bool]]:
    """Likeness of contents, by how far it exceeds that to any other column of either side; and whether there is any."""
    unmatched = {look.name for look in right}
    others = [*right, *(Look(column) for column in production.columns if column.name not in unmatched)]
    here = {look.name for look in left}
    ours = [*left, *(Look(column) for column in pilot.columns if column.name not in here)]
    rows = {one.name: [contents(one, two) for two in others] for one in left}
    columns = {two.name: [contents(one, two) for one in ours] for two in right}
    found = {}
    for row, one in enumerate(left):
        for column, two in enumerate(right):
            content = rows[one.name][column]
            rival = max(
                _greatest_but(rows[one.name], column),
                _greatest_but(columns[two.name], row),
            )
            stands_out = min(1.0, max(0.0, (content - rival) / _STANDS_OUT))
            found[one.name, two.name] = content * stands_out, content >= _ANY
    return found


def _greatest_but(values: Sequence[float], place: int) -> float:
    return max((value for position, value in enumerate(values) if position != place), default=0.0)
