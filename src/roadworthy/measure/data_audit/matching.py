"""Which column of production carries which column of the pilot.

Columns of one name are one column, unless their contents have plainly changed places. What is left on both sides is
put together by what the columns hold and by their names: the assignment whose evidence is greatest as a whole, and of
it only what stands out. Evidence that fits a second column as well is none, so two sides whose columns really differ
stay apart; what is left then is asked by where it stands among the columns that were found.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from roadworthy.measure.data_audit.assigning import assigned
from roadworthy.measure.data_audit.likeness import Look, contents, names
from roadworthy.measure.data_audit.model import Matching, Pairing
from roadworthy.measure.data_audit.neighbours import by_place
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.swapping import LEAST, places
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
_MOST = 400
"""Columns on a side beyond which only names are compared: the work grows with the product."""


def matched(pilot: Fingerprint, production: Fingerprint, policy: Policy | None = None) -> Matching:
    """Pair the columns of two sides."""
    likely = (policy or Policy.shipped()).threshold("column-renamed.likely")
    said = _said(pilot, production)
    settled = {pair.pilot for pair in said}, {pair.production for pair in said}
    there = {column.name for column in production.columns} - settled[1]
    here = {column.name for column in pilot.columns} - settled[0]
    same = _same(pilot, production, here, there)
    kept = {pair.pilot for pair in same}, {pair.production for pair in same}
    left = [Look(column) for column in pilot.columns if column.name in here - kept[0]]
    right = [Look(column) for column in production.columns if column.name in there - kept[1]]
    found = [*said, *_renamed(left, right, pilot, production, likely)]
    found += _in_between(left, right, pilot, production, [*same, *found])
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


def _same(pilot: Fingerprint, production: Fingerprint, here: Collection[str], there: Collection[str]) -> list[Pairing]:
    """Columns of one name, those whose contents stand under another name put right."""
    both = [(Look(one), Look(two)) for one in pilot.columns if one.name in here and one.name in there
            and (two := production.column(one.name))]  # fmt: skip
    lost = [Look(column) for column in pilot.columns if column.name in here and column.name not in there]
    new = [Look(column) for column in production.columns if column.name in there and column.name not in here]
    compare = len(both) + max(len(lost), len(new)) <= _MOST
    moved = places(both, lost, new) if compare else {}
    taken = set(moved.values())
    stay = [Pairing(one.name, one.name, 1.0) for one, _ in both if one.name not in moved and one.name not in taken]
    return [*stay, *(Pairing(one, two, LEAST, (_why_moved(one, two, moved),)) for one, two in moved.items())]


def _why_moved(one: str, two: str, moved: Mapping[str, str]) -> str:
    if moved.get(two) == one:
        return "its values stand under the name of the other, and the other way round"
    return "its values stand under that name and under no other"


def _in_between(
    left: Sequence[Look],
    right: Sequence[Look],
    pilot: Fingerprint,
    production: Fingerprint,
    pairs: Sequence[Pairing],
) -> list[Pairing]:
    """What is left on both sides, by where it stands among the columns that were found."""
    gone, came = {pair.pilot for pair in pairs}, {pair.production for pair in pairs}
    orders = tuple(column.name for column in pilot.columns), tuple(column.name for column in production.columns)
    return list(
        by_place(
            orders,
            {pair.pilot: pair.production for pair in pairs},
            {look.name: look for look in left if look.name not in gone},
            {look.name: look for look in right if look.name not in came},
        )
    )


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
    # Numbers that count on, and marks that are given once, never stand on both sides.
    worth = (
        _BY_NAME if alike or (one.kind == two.kind and one.identifies and two.identifies) else _BY_NAME * _UNLIKE_TOO
    )
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
