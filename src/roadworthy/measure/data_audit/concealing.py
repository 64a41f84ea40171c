"""Takes the values of columns with personal data out of what checks say: their form stays, as in examples."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from roadworthy.measure.data_audit.examples import shown
from roadworthy.measure.data_audit.model import Check, Pair
from roadworthy.measure.fingerprint.model import Column

_QUOTED = re.compile(r"`([^`]*)`")
_CUT = "…"


def concealed(checks: Sequence[Check], pair: Pair) -> tuple[Check, ...]:
    """The checks with every value of such a column as its form only, in finding, detail and scope.

    Two scopes that have one form are told apart by a number, since the identity of a gap rests on them.
    """
    hidden = hidden_values(pair)
    if not hidden:
        return tuple(checks)
    names = {column.name for side in (pair.pilot, pair.production) for column in side.columns}
    met: Counter[tuple[str, str | None, str]] = Counter()
    found = []
    for check in checks:
        scope = _scope(check.scope, hidden)
        if scope != check.scope:
            met[check.rule, check.column, scope] += 1
            scope = f"{scope} #{met[check.rule, check.column, scope]}"
        finding = _QUOTED.sub(lambda match: f"`{_said(match[1], hidden, names)}`", check.finding)
        found.append(replace(check, finding=finding, scope=scope, detail=_counts(check.detail, hidden)))
    return tuple(found)


def hidden_values(pair: Pair) -> frozenset[str]:
    """Every value that the fingerprints hold of a column in which personal data was found on either side."""
    matched = {each.pilot: each.production for each in pair.matching.pairs}
    ours = {column.name for column in pair.pilot.columns if _personal(column)}
    theirs = {column.name for column in pair.production.columns if _personal(column)}
    theirs |= {matched[name] for name in ours if name in matched}
    ours |= {name for name, other in matched.items() if other in theirs}
    values: set[str] = set()
    for side, names in ((pair.pilot, ours), (pair.production, theirs)):
        for name in names:
            column = side.column(name)
            values.update(_held(column) if column is not None else ())
        values.update(value for each in side.breakdowns if each.by in names for value in each.cells)
    return frozenset(values)


def _personal(column: Column) -> bool:
    return column.looks is not None and any(column.looks.personal.values())


def _held(column: Column) -> Iterator[str]:
    nothing = set(column.looks.placeholders) if column.looks is not None else set()
    for counts in (
        column.vocabulary.counts if column.vocabulary is not None else {},
        column.looks.top if column.looks is not None else {},
    ):
        yield from (value for value in counts if value and value not in nothing)


def _said(text: str, hidden: frozenset[str], names: Collection[str]) -> str:
    """What stands in backticks: a value, one that was cut, or the name of a column."""
    if text in names:
        return text
    cut = text.endswith(_CUT) and any(value.startswith(text[: -len(_CUT)]) for value in hidden)
    return shown(text, masked=True) if cut or text in hidden else text


def _scope(scope: str, hidden: frozenset[str]) -> str:
    by, sign, listed = scope.rpartition("=")
    values = listed if listed in hidden else ",".join(_value(each, hidden) for each in listed.split(","))
    return f"{by}{sign}{_value(values, hidden)}" if scope not in hidden else shown(scope, masked=True)


def _value(text: str, hidden: frozenset[str]) -> str:
    return shown(text, masked=True) if text in hidden else text


def _masked(detail: object, hidden: frozenset[str]) -> object:
    if isinstance(detail, str):
        return _value(detail, hidden)
    if isinstance(detail, Mapping):
        return _counts(detail, hidden)
    if isinstance(detail, (list, tuple)):
        return [_masked(each, hidden) for each in detail]
    return detail


def _counts(detail: Mapping[str, object], hidden: frozenset[str]) -> dict[str, object]:
    """Counts of values that have one form are added."""
    made: dict[str, object] = {}
    for key, value in detail.items():
        name, new = _value(str(key), hidden), _masked(value, hidden)
        before = made.get(name)
        made[name] = before + new if isinstance(before, int) and isinstance(new, int) else new
    return made
