"""SQL of the inventory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.identity.tables import people
from roadworthy.foundation.storage.statements import portions, upsert
from roadworthy.inventory.facts import Answer
from roadworthy.inventory.model import Duty, Owners, UseCase
from roadworthy.inventory.rules import Acceptance, tier_of
from roadworthy.inventory.tables import acceptances, reported_answers, use_cases

_ANSWERS = {answer.value: answer for answer in Answer}
_DUTIES = {duty.value: duty for duty in Duty}
"""Looked up and not called: a portfolio has a hundred thousand of them."""


@dataclass(frozen=True, slots=True)
class ReportedAnswer:
    """What an imported cell said about a fact."""

    use_case: str
    fact: str
    answer: Answer
    import_id: str
    place: str
    reported_at: datetime


def index(connection: sa.Connection, specs: Iterable[tuple[str, int, UseCase]], now: datetime) -> None:
    """Bring the index rows of some use cases up to date: (name, generation, spec) each."""
    rows = [
        {
            "name": name,
            "title": spec.title,
            "organisation": spec.organisation,
            "unit": spec.unit,
            "sector": spec.sector,
            "class_": spec.class_,
            "stage": spec.stage,
            "tier": tier_of(spec.risk, spec.class_).tier,
            "search": " ".join(filter(None, (name, spec.title, spec.organisation, spec.unit, spec.topic))).lower(),
            "generation": generation,
            "revision": 1,
            "changed_at": now,
        }
        for name, generation, spec in specs
    ]
    upsert(connection, use_cases, rows, computed={"revision": use_cases.c.revision + 1})


def unindex(connection: sa.Connection, names: Sequence[str]) -> None:
    """Forget everything about removed use cases except what the ledger and the versions keep."""
    for table, column in (
        (use_cases, use_cases.c.name),
        (acceptances, acceptances.c.use_case),
        (reported_answers, reported_answers.c.use_case),
    ):
        for some in portions(names):
            connection.execute(table.delete().where(column.in_(some)))


def touch(connection: sa.Connection, names: Sequence[str] | None) -> None:
    """Say that something an assessment reads has changed; `None` means for every use case."""
    bump = use_cases.update().values(revision=use_cases.c.revision + 1)
    if names is None:
        connection.execute(bump)
        return
    for some in portions(names):
        connection.execute(bump.where(use_cases.c.name.in_(some)))


def revisions(connection: sa.Connection, names: Sequence[str] | None) -> dict[str, int]:
    """Name to revision, of all or of some use cases."""
    columns = sa.select(use_cases.c.name, use_cases.c.revision)
    if names is None:
        return {row.name: row.revision for row in connection.execute(columns)}
    found: dict[str, int] = {}
    for some in portions(names):
        for row in connection.execute(columns.where(use_cases.c.name.in_(some))):
            found[row.name] = row.revision
    return found


def accept(connection: sa.Connection, use_case: str, acceptance: Acceptance, entry_id: str) -> None:
    """Keep a person's yes, replacing any earlier one for the duty."""
    row = {
        "use_case": use_case,
        "duty": acceptance.duty,
        "named": acceptance.named,
        "person_ref": acceptance.person_ref,
        "accepted_at": acceptance.accepted_at,
        "entry_id": entry_id,
    }
    upsert(connection, acceptances, [row])


def release(connection: sa.Connection, use_case: str, duty: Duty) -> None:
    """Take a person's yes back."""
    connection.execute(acceptances.delete().where(acceptances.c.use_case == use_case, acceptances.c.duty == duty))


def acceptances_by_name(connection: sa.Connection, names: Sequence[str] | None) -> Mapping[str, list[Acceptance]]:
    """Acceptances of all or of some use cases."""
    found: defaultdict[str, list[Acceptance]] = defaultdict(list)
    for row in _rows(connection, acceptances, acceptances.c.use_case, names):
        found[row.use_case].append(Acceptance(_DUTIES[row.duty], row.named, row.person_ref, row.accepted_at))
    return found


def people_named(connection: sa.Connection, owners: Sequence[Owners] | None) -> Mapping[str, str]:
    """References of the people whom these owners name, or of all people, by the name that they are known under."""
    columns = sa.select(people.c.handle, people.c.ref)
    if owners is None:
        known = connection.execute(columns.where(people.c.handle.is_not(None)))
        return {row.handle: row.ref for row in known}
    wanted = {named.strip().casefold() for each in owners for duty in Duty if (named := each.of(duty)) is not None}
    return {
        row.handle: row.ref
        for some in portions(sorted(wanted))
        for row in connection.execute(columns.where(people.c.handle.in_(some)))
    }


def people_gone(connection: sa.Connection) -> frozenset[str]:
    """References of people who left, as everybody has who was erased: few beside those who are here."""
    return frozenset(connection.execute(sa.select(people.c.ref).where(people.c.left_at.is_not(None))).scalars())


def report(connection: sa.Connection, answers: Sequence[ReportedAnswer]) -> None:
    """Keep what a spreadsheet said, replacing what an earlier one said of the same fact."""
    rows = [
        {
            "use_case": answer.use_case,
            "fact": answer.fact,
            "answer": answer.answer,
            "import_id": answer.import_id,
            "place": answer.place,
            "reported_at": answer.reported_at,
        }
        for answer in answers
    ]
    upsert(connection, reported_answers, rows)


def answers_by_name(connection: sa.Connection, names: Sequence[str] | None) -> Mapping[str, dict[str, ReportedAnswer]]:
    """Reported answers of all or of some use cases, by use case and fact."""
    found: defaultdict[str, dict[str, ReportedAnswer]] = defaultdict(dict)
    # Unpacked, because a portfolio has a hundred thousand of them: half the time of naming each column.
    for use_case, fact, answer, import_id, place, reported_at in _rows(
        connection, reported_answers, reported_answers.c.use_case, names
    ):
        found[use_case][fact] = ReportedAnswer(use_case, fact, _ANSWERS[answer], import_id, place, reported_at)
    return found


def _rows(
    connection: sa.Connection, table: sa.Table, column: sa.Column[str], names: Sequence[str] | None
) -> Iterator[sa.Row[*tuple[Any, ...]]]:
    if names is None:
        yield from connection.execute(sa.select(table)).all()
        return
    for some in portions(names):
        yield from connection.execute(sa.select(table).where(column.in_(some))).all()
