"""From the rows of a table to use cases: every row becomes one, every cell is kept, what does not fit is listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.foundation.resources.names import check_name
from roadworthy.inventory.facts import FACTS, Answer
from roadworthy.inventory.importing.answers import read_answer
from roadworthy.inventory.importing.dates import month_first
from roadworthy.inventory.importing.evidence import DATES, LED_BY_ID, splits_into_id_and_title
from roadworthy.inventory.importing.filling import Draft, fill
from roadworthy.inventory.importing.model import (
    KEEP,
    ColumnMapping,
    PlacedRow,
    Placement,
    Proposal,
    Reported,
    Row,
    Table,
    Unplaced,
    Variants,
    letters,
)
from roadworthy.inventory.importing.naming import Namer, is_identity, name_by_identifier, name_by_title
from roadworthy.inventory.importing.settling import settle
from roadworthy.inventory.importing.synonyms import IDENTITY, NAME, ORGANISATION, SHORT, TITLE, UNIT
from roadworthy.inventory.importing.vocabulary import ENUMERATED, merge_variants, says_nothing

_SPELLED = frozenset({ORGANISATION, UNIT, "topic", "components[vendor].name", SHORT})
"""Targets whose text is stored in the spelling that most rows use."""

_SMALL_VOCABULARY = 60
_EITHER = frozenset({"governance.appeal-offered"})
"""Facts that two columns may answer, a yes of either being a yes: to appeal or to opt out."""

NO_OWNER = "no owner is named"
NO_ID = "no identifier"


@dataclass(frozen=True, slots=True)
class _Filling:
    """A column that fills a field or answers a question."""

    position: int
    target: str
    label: str
    letters: str
    is_fact: bool
    spelling: Mapping[str, str]
    """From a spelling to the one that most rows use."""
    months_first: bool


@dataclass(slots=True)
class _Reading:
    """What is known about the columns before the first row is read."""

    table: Table
    proposals: Sequence[Proposal]
    constants: Mapping[str, str]
    spelling: dict[int, dict[str, str]] = field(default_factory=dict)
    months_first: dict[int, bool] = field(default_factory=dict)
    variants: list[Variants] = field(default_factory=list)
    at: dict[str, int] = field(default_factory=dict)
    """From a target that one column has to the column's position."""
    by_identifier: bool = False
    splits_title: bool = False
    filling: tuple[_Filling, ...] = ()


def place(table: Table, proposals: Sequence[Proposal], mapping: ColumnMapping | None = None) -> Placement:
    """Make a use case of every row.

    Args:
        table: what `layout` found.
        proposals: one for each column, in order.
        mapping: gives values for the whole file, such as the organisation.

    Raises:
        InvalidInput: no column can serve as the title.
    """
    reading = _prepare(table, proposals, mapping.constants if mapping is not None else {})
    namer = Namer()
    seen: dict[str, str] = {}
    rows = tuple(_place_row(reading, row, namer, seen) for row in table.rows)
    notes = [
        f"`{proposal.column.label}` is read day first" for position, proposal in enumerate(proposals)
        if not reading.months_first.get(position, True)
    ]  # fmt: skip
    if IDENTITY in reading.at and not reading.by_identifier:
        label = proposals[reading.at[IDENTITY]].column.label
        notes.append(f"`{label}` does not name use cases (empty, repeated or bare numbers); "
                     "organisation, unit and title do")  # fmt: skip
    return Placement(rows, tuple(reading.variants), tuple(notes))


def _prepare(table: Table, proposals: Sequence[Proposal], constants: Mapping[str, str]) -> _Reading:
    reading = _Reading(table, proposals, constants)
    for position, proposal in enumerate(proposals):
        reading.at.setdefault(proposal.target, position)
        values = [row.cells[position] for row in table.rows]
        _learn_spelling(reading, position, proposal, values)
        if proposal.target in DATES:
            reading.months_first[position] = month_first(values)
    if TITLE not in reading.at:
        raise InvalidInput(
            "import-no-title",
            "no column holds the titles of the use cases",
            place=Place(sheet=table.sheet or None),
            remedy="say in a mapping which column is the `title`",
        )
    reading.filling = tuple(
        _Filling(
            position=position,
            target=proposal.target,
            label=proposal.column.label,
            letters=letters(proposal.column.index),
            is_fact=proposal.target in FACTS,
            spelling=reading.spelling.get(position, {}),
            months_first=reading.months_first.get(position, True),
        )
        for position, proposal in enumerate(proposals)
        if proposal.target not in {KEEP, SHORT, NAME}
    )
    titles = [row.cells[reading.at[TITLE]] for row in table.rows]
    reading.splits_title = IDENTITY not in reading.at and splits_into_id_and_title(titles)
    if reading.splits_title:
        reading.by_identifier = is_identity([_split(title)[0] for title in titles])
    elif IDENTITY in reading.at:
        reading.by_identifier = is_identity([row.cells[reading.at[IDENTITY]] for row in table.rows])
    return reading


def _learn_spelling(reading: _Reading, position: int, proposal: Proposal, values: Sequence[str]) -> None:
    target = proposal.target
    distinct = len(set(values))
    worded = target in ENUMERATED or target in FACTS or target == "topic"
    small = distinct <= _SMALL_VOCABULARY and distinct * 4 <= len(values)
    if target not in _SPELLED and not ((worded or target == KEEP) and small):
        return
    heads = small and target not in _SPELLED - {"topic"}
    spelling, variants = merge_variants(proposal.column.label, values, heads=heads)
    reading.variants += variants
    if target in _SPELLED:
        reading.spelling[position] = spelling


def _split(title: str) -> tuple[str, str]:
    found = LED_BY_ID.match(title.strip())
    return (found["id"].strip(), found["title"].strip()) if found else ("", title)


def _place_row(reading: _Reading, row: Row, namer: Namer, seen: dict[str, str]) -> PlacedRow:
    draft = Draft()
    answers: dict[str, Reported] = {}
    for target, value in reading.constants.items():
        fill(draft, target, value, cell="", column="the mapping")
    for column in reading.filling:
        raw = row.cells[column.position]
        if not raw or raw.isspace():
            continue
        cell = f"{column.letters}{row.index + 1}"
        if column.is_fact:
            _answer(draft, answers, column.target, raw, cell=cell, column=column.label)
            continue
        value = column.spelling.get(raw, raw)
        if column.target == TITLE and reading.splits_title:
            identifier, value = _split(raw)
            fill(draft, IDENTITY, identifier, cell=cell, column=column.label)
        fill(draft, column.target, value, cell=cell, column=column.label, months_first=column.months_first)
    _ensure_title(row, draft)
    spec, use_case, left = settle(draft.spec())
    for path, reason in left:
        _leave_out(reading, row, draft, path, reason)
    placed = PlacedRow(
        sheet=row.sheet,
        row=row.index + 1,
        name="",
        spec=spec,
        use_case=use_case,
        answers=answers,
        cells=row.cells,
        unplaced=tuple(draft.unplaced),
        flags=tuple(draft.flags),
    )
    return _named(reading, row, placed, namer, seen)


def _leave_out(reading: _Reading, row: Row, draft: Draft, path: str, reason: str) -> None:
    """Note a field that the rules refuse, with the cell it came from."""
    field_ = path.split("[", maxsplit=1)[0]
    position = next((at for target, at in reading.at.items() if target.startswith(field_)), 0)
    column = reading.proposals[position].column
    draft.leave(column.label, reading.table.cell(row, position), str(draft.values.get(field_, "")), reason)


def _answer(draft: Draft, answers: dict[str, Reported], fact: str, raw: str, *, cell: str, column: str) -> None:
    answer = read_answer(fact, raw)
    if answer is None:
        if not says_nothing(raw):
            draft.leave(column, cell, raw, "it does not answer the question with yes, no, in progress or waived")
        return
    known = answers.get(fact)
    if known is None or (fact in _EITHER and answer is Answer.YES):
        answers[fact] = Reported(answer, cell)
    elif known.answer is not answer and fact not in _EITHER:
        draft.leave(column, cell, raw, f"cell {known.cell} answers the same question with {known.answer.value}")


def _ensure_title(row: Row, draft: Draft) -> None:
    """A row without a title is still a use case; its name says where it came from, and it is flagged."""
    if "title" not in draft.values:
        where = f"sheet {row.sheet} row {row.index + 1}" if row.sheet else f"row {row.index + 1}"
        draft.values["title"] = f"untitled ({where})"
        draft.flags.append("no title")


def _named(reading: _Reading, row: Row, placed: PlacedRow, namer: Namer, seen: dict[str, str]) -> PlacedRow:
    spec = placed.spec
    identifiers = [item["value"] for item in spec.get("identifiers", ()) if item["scheme"] == "id"]
    short = _value(reading, row, SHORT) or reading.constants.get(SHORT, "")
    organisation, unit, title = str(spec.get("organisation", "")), str(spec.get("unit", "")), str(spec["title"])
    flags = list(placed.flags)
    described = name_by_title(title, organisation, unit, short)
    wanted = name_by_identifier(identifiers[0]) if identifiers and reading.by_identifier else described
    given = _value(reading, row, NAME)
    if given and check_name(given) is None:
        wanted = given
    name, turn = namer.give(wanted)
    if not identifiers:
        flags.append(NO_ID)
    if not spec.get("owners"):
        flags.append(NO_OWNER)
    where = f"row {placed.row}" + (f" of sheet {placed.sheet}" if placed.sheet else "")
    if turn > 1 and wanted != described and identifiers:
        flags.append(f"the identifier `{identifiers[0]}` is also claimed by {seen[wanted]}")
    elif turn > 1 or described in seen:
        flags.append(f"the same organisation, unit and title as {seen[described]}")
    seen.setdefault(wanted, where)
    seen.setdefault(described, where)
    alone = not given and wanted == described and not (organisation or unit or short)
    return replace(placed, name=name, flags=tuple(flags), by_title_alone=alone)


def _value(reading: _Reading, row: Row, target: str) -> str:
    position = reading.at.get(target)
    if position is None or says_nothing(row.cells[position]):
        return ""
    raw = row.cells[position]
    return reading.spelling.get(position, {}).get(raw, raw).strip()


def unplaced_by_reason(placement: Placement) -> dict[tuple[str, str], list[Unplaced]]:
    """What found no place, grouped by column and reason, for a report that a person can read."""
    grouped: dict[tuple[str, str], list[Unplaced]] = {}
    for row in placement.rows:
        for item in row.unplaced:
            grouped.setdefault((item.column, item.reason), []).append(item)
    return grouped
