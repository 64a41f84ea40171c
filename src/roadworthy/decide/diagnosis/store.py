"""SQL of the diagnoses: which are out of date, how new ones are kept, and how often what occurs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from roadworthy.decide.diagnosis.rules import Short
from roadworthy.decide.diagnosis.tables import diagnoses
from roadworthy.evidence.tables import evidence_items
from roadworthy.foundation.storage.statements import portions, upsert
from roadworthy.inventory.facts import Answer
from roadworthy.inventory.tables import use_cases


class Pattern(NamedTuple):
    """What is known and found in the same way of several use cases."""

    signs: str | None
    """None for retired ones."""
    findings: str | None
    many: int


class Row(NamedTuple):
    """A use case in a list, with the letters of one mode."""

    name: str
    title: str
    organisation: str | None
    stage: str | None
    letters: str


def stale(connection: sa.Connection, rules: str, now: dt.datetime) -> list[str]:
    """Use cases whose stored diagnosis does not hold, by name: new, changed, under other rules, or expired."""
    found = (
        sa.select(use_cases.c.name)
        .select_from(use_cases.outerjoin(diagnoses, diagnoses.c.use_case == use_cases.c.name))
        .where(
            sa.or_(
                diagnoses.c.use_case.is_(None),
                diagnoses.c.revision != use_cases.c.revision,
                diagnoses.c.rules != rules,
                diagnoses.c.next_change_at <= now,
            )
        )
        .order_by(use_cases.c.name)
    )
    return list(connection.execute(found).scalars())


def found_before(connection: sa.Connection, rules: str, names: Sequence[str]) -> dict[str, str | None]:
    """The stored findings of some use cases, as far as they were made with these rules."""
    columns = sa.select(diagnoses.c.use_case, diagnoses.c.findings).where(diagnoses.c.rules == rules)
    return {
        name: findings
        for some in portions(names)
        for name, findings in connection.execute(columns.where(diagnoses.c.use_case.in_(some)))
    }


def save(connection: sa.Connection, rules: str, made: Sequence[Short], now: dt.datetime) -> None:
    """Keep diagnoses, replacing earlier ones."""
    rows: list[Mapping[str, Any]] = [
        {
            "use_case": each.use_case,
            "revision": each.revision,
            "rules": rules,
            "next_change_at": each.next_change_at,
            "diagnosed_at": now,
            "signs": each.signs,
            "findings": each.findings,
        }
        for each in made
    ]
    upsert(connection, diagnoses, rows)


def patterns(connection: sa.Connection, rules: str) -> list[Pattern]:
    """How many use cases are known and found in which way, under these rules."""
    query = (
        sa.select(diagnoses.c.signs, diagnoses.c.findings, sa.func.count())
        .where(diagnoses.c.rules == rules)
        .group_by(diagnoses.c.signs, diagnoses.c.findings)
    )
    return [Pattern(signs, findings, many) for signs, findings, many in connection.execute(query)]


def struck(connection: sa.Connection, rules: str, at: int, status: str, page: tuple[int, int]) -> tuple[int, list[Row]]:
    """Use cases with a status in one mode: how many, and a page of them, the most severe first.

    Args:
        connection: a snapshot.
        rules: digest under which `at` counts.
        at: position of the mode's first letter, from 0.
        status: its letter.
        page: how many to leave out, and how many to give at most.
    """
    letters = sa.func.substr(diagnoses.c.findings, at + 1, 3)
    joined = use_cases.join(diagnoses, diagnoses.c.use_case == use_cases.c.name)
    matching = (diagnoses.c.rules == rules, sa.func.substr(diagnoses.c.findings, at + 1, 1) == status)
    many = connection.execute(sa.select(sa.func.count()).select_from(joined).where(*matching)).scalar_one()
    after, most = page
    columns = (use_cases.c.name, use_cases.c.title, use_cases.c.organisation, use_cases.c.stage, letters)
    query = (
        sa.select(*columns)
        .select_from(joined)
        .where(*matching)
        .order_by(sa.func.substr(diagnoses.c.findings, at + 2, 1).desc(), use_cases.c.name)
        .offset(after)
        .limit(most)
    )
    return many, [Row(*row) for row in connection.execute(query)]


def superseded(connection: sa.Connection, names: Sequence[str] | None) -> Mapping[str, Mapping[str, dt.date]]:
    """By use case and fact, the first day of which a superseded yes speaks. There are few of them."""
    items = evidence_items
    query = (
        sa.select(items.c.use_case, items.c.fact, sa.func.min(items.c.observed_to, type_=sa.Date))
        .where(items.c.superseded_by.is_not(None), items.c.withdrawn_at.is_(None), items.c.answer == Answer.YES)
        .group_by(items.c.use_case, items.c.fact)
    )
    found: dict[str, dict[str, dt.date]] = {}
    for some in [None] if names is None else portions(names):
        wanted = query if some is None else query.where(items.c.use_case.in_(some))
        for use_case, fact, day in connection.execute(wanted):
            found.setdefault(use_case, {})[fact] = day
    return found
