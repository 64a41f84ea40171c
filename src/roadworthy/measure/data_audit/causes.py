"""Findings of one cause, put together: people mend causes, and a list that names each one once is read to its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from roadworthy.measure.data_audit.model import Check, Verdict

EXPLAINS: Mapping[str, frozenset[str]] = {
    "source-identical": frozenset({"pilot-in-production"}),
    "unit-changed": frozenset({"distribution-shifted", "out-of-range", "meaning-changed", "column-retyped"}),
    "clock-shifted": frozenset({"distribution-shifted", "out-of-range"}),
    "encoding-damaged": frozenset({"vocabulary-unseen", "format-changed"}),
    "column-retyped": frozenset({"format-changed", "vocabulary-unseen", "missing-values", "segments-unproven"}),
    "format-changed": frozenset({"vocabulary-unseen", "distribution-shifted"}),
    "vocabulary-unseen": frozenset({"distribution-shifted", "segments-unproven", "meaning-changed"}),
    "missing-values": frozenset({"distribution-shifted"}),
    "out-of-range": frozenset({"distribution-shifted"}),
    "label-leaked": frozenset({"column-missing", "missing-values", "distribution-shifted"}),
    "label-shifted": frozenset({"distribution-shifted"}),
    "label-unavailable": frozenset({"missing-values"}),
    "text-noisy": frozenset({"text-length-changed"}),
}
"""A finding about a column, and the findings about the same column that it usually is the reason for."""
_ORDER = {rule: place for place, rule in enumerate(EXPLAINS)}

TOGETHER = frozenset({"column-renamed", "column-extra"})
"""Rules of which all findings of a source have one cause: somebody wrote another list of columns."""


@dataclass(slots=True)
class Group:
    """Checks of one verdict that have one cause; the first names it."""

    checks: list[Check]

    @property
    def first(self) -> Check:
        """The one that names the gap."""
        return self.checks[0]

    @property
    def column(self) -> str | None:
        """The one column that it is about; None where there are several, or none."""
        columns = {check.column for check in self.checks}
        return self.first.column if len(columns) == 1 else None


def grouped(checks: Iterable[Check]) -> list[Group]:
    """Put together what has one cause; matches are left out."""
    found = list(checks)
    gaps = [check for check in found if check.verdict is Verdict.GAP]
    unknown = [check for check in found if check.verdict is Verdict.UNKNOWN]
    return [*_by_column(_by_cause(gaps)), *_by_rule(unknown, gaps)]


def _by_cause(gaps: Sequence[Check]) -> list[Group]:
    """One group for each named cause and each rule of one cause, one for each other check."""
    named: dict[str, Group] = {}
    groups: list[Group] = []
    for check in gaps:
        cause = check.cause or (check.rule if check.rule in TOGETHER else None)
        known = named.get(cause) if cause else None
        if known is not None:
            known.checks.append(check)
            continue
        group = Group([check])
        groups.append(group)
        if cause:
            named[cause] = group
    for group in groups:
        group.checks.sort(key=lambda check: (_place(check.rule), -(check.affected or 0.0)))
    return groups


def _place(rule: str) -> int:
    """Reasons before what they explain."""
    return _ORDER.get(rule, len(_ORDER))


def _by_column(groups: Sequence[Group]) -> list[Group]:
    """Within one column, what is explained by another finding joins it."""
    left = sorted(groups, key=lambda group: _place(group.first.rule))
    taken: set[int] = set()
    for group in left:
        if id(group) in taken or group.column is None:
            continue
        for other in left:
            apart = other is group or id(other) in taken or other.column != group.column
            if not apart and _explains(group, other.first):
                group.checks.extend(other.checks)
                taken.add(id(other))
    return [group for group in left if id(group) not in taken]


def _explains(group: Group, other: Check) -> bool:
    """Whether any finding of the group is the reason for another; so a chain of reasons ends up in one group."""
    same_rule = other.rule == group.first.rule
    return same_rule or any(other.rule in EXPLAINS.get(check.rule, ()) for check in group.checks)


def _by_rule(unknown: Sequence[Check], gaps: Sequence[Check]) -> list[Group]:
    """One group for each rule: what nobody can tell of twenty columns is one piece of work, a larger pilot.

    An unknown about a place that has a gap of the same rule says nothing more.
    """
    told = {(check.rule, check.column) for check in gaps}
    by_rule: dict[str, Group] = {}
    for check in unknown:
        if (check.rule, check.column) in told:
            continue
        by_rule.setdefault(check.rule, Group([])).checks.append(check)
    for group in by_rule.values():
        group.checks.sort(key=lambda check: -(check.needed or 0))
    return list(by_rule.values())
