"""Makes blockers of checks: one for each cause, with its rank, consequence, next step, owner and proof of closure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from roadworthy.measure.data_audit.causes import TOGETHER, Group, grouped
from roadworthy.measure.data_audit.examples import examples
from roadworthy.measure.data_audit.model import Check, Effort, Gap, Pair, Verdict
from roadworthy.measure.data_audit.policy import WHERE, Policy, Rule
from roadworthy.measure.data_audit.reproducing import query
from roadworthy.measure.fingerprint.model import Fingerprint

MOST_NAMED = 3
"""Columns that are named in a sentence before the rest is counted."""
_EFFORTS = tuple(Effort)
_UNKNOWN_RANK = 2
"""An unknown blocks like a gap of this rank."""


def gaps(checks: Sequence[Check], pair: Pair, policy: Policy) -> tuple[Gap, ...]:
    """The list, the most urgent first: by rank, then by the share of production that is touched."""
    order = {name: place for place, name in enumerate(policy.rules)}
    a_day = rows_a_day(pair.production)
    made = [_gap(group, pair, policy, a_day) for group in grouped(checks)]
    return tuple(
        sorted(
            made,
            key=lambda gap: (gap.rank, gap.verdict is Verdict.UNKNOWN, -(gap.affected or 0.0), order[gap.rule], gap.id),
        )
    )


def rows_a_day(production: Fingerprint) -> float | None:
    """Rows that arrive on a day, over the days from the first to the last event; None where no time is declared."""
    declared = production.declared.event_time or production.declared.ingest_time
    column = production.column(declared) if declared else None
    if column is None or column.moments is None or not column.moments.days:
        return None
    days = (max(column.moments.days) - min(column.moments.days)).days + 1
    return sum(column.moments.days.values()) / days


def identity(source: str, check: Check) -> str:
    """The id that a gap keeps from audit to audit."""
    whole = check.verdict is Verdict.UNKNOWN or check.rule in TOGETHER
    column = "" if whole else check.column or ""
    scope = check.verdict.value if whole else check.scope
    text = f"{source}\n{check.rule}\n{column}\n{scope}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _gap(group: Group, pair: Pair, policy: Policy, a_day: float | None) -> Gap:
    first = group.first
    rule = policy.rule(first.rule)
    affected = max((check.affected for check in group.checks if check.affected is not None), default=None)
    where = where_of(group.checks, pair.context.source)
    return Gap(
        id=identity(pair.context.source, first),
        rule=first.rule,
        area=rule.area,
        verdict=first.verdict,
        rank=_rank(group, policy),
        title=title_of(rule, group.checks, where),
        finding=finding_of(group.checks),
        source=pair.context.source,
        column=group.column,
        scope=first.scope,
        checks=tuple(group.checks),
        affected=affected,
        rows_a_day=None if a_day is None or affected is None else affected * a_day,
        consequence=rule.consequence_for(pair.context.use_case_class),
        remediation=_next_step(rule, group, where),
        effort=max((policy.rule(check.rule).effort for check in group.checks), key=_EFFORTS.index),
        owner=pair.context.steward or pair.context.owners.get(rule.duty.value),
        proof=rule.proof.replace(WHERE, where),
        query=query(group.checks, pair),
        examples=examples(group.checks, pair),
    )


def _rank(group: Group, policy: Policy) -> int:
    if group.first.verdict is Verdict.UNKNOWN:
        return _UNKNOWN_RANK
    return min(check.rank or policy.rule(check.rule).rank for check in group.checks)


def where_of(checks: Sequence[Check], source: str) -> str:
    """The columns that the checks are about, as they stand in a sentence; the source where there are none."""
    columns = list(dict.fromkeys(check.column for check in checks if check.column is not None))
    if not columns:
        return f"`{source}`"
    shown = [f"`{column}`" for column in columns[:MOST_NAMED]]
    more = len(columns) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def title_of(rule: Rule, checks: Sequence[Check], where: str) -> str:
    """What is wrong and where."""
    named = any(check.column is not None for check in checks)
    return f"{rule.title}: {where}" if named else rule.title


def finding_of(checks: Sequence[Check]) -> str:
    """What was seen, in sentences; of many checks of one rule the first few."""
    first = checks[0]
    if first.verdict is Verdict.UNKNOWN and len(checks) > 1:
        needed = max((check.needed or 0 for check in checks), default=0)
        settled = f" {needed:,} rows of the pilot would settle all of them." if needed else ""
        return f"{_sentence(first.finding)} The same holds for {len(checks) - 1} more.{settled}"
    told = [_sentence(check.finding) for check in checks[:MOST_NAMED] if check.finding]
    more = len(checks) - len(told)
    return " ".join([*told, *([f"{more} more findings have the same cause."] if more > 1 else [])])


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _next_step(rule: Rule, group: Group, where: str) -> str:
    if group.first.verdict is not Verdict.UNKNOWN:
        return rule.remediation.replace(WHERE, where)
    needed = max((check.needed or 0 for check in group.checks), default=0)
    if needed:
        return f"Extend the pilot to {needed:,} rows, drawn as production has them, and audit again."
    return rule.unknown.replace(WHERE, where)
