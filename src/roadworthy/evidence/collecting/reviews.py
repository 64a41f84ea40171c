"""A spreadsheet of past reviews as claims: one row each, with the day it speaks of apart from the day it was uploaded.

The reviewer that a row names stands in its statement. They are not the attester: nobody stood up for it here, the file
documents it, and the claim says which row of which file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from roadworthy.evidence.collecting.model import Prepared
from roadworthy.evidence.model import Submission
from roadworthy.foundation.errors import Finding, InvalidInput, Place, closest, did_you_mean
from roadworthy.inventory.facts import FACTS, Answer
from roadworthy.inventory.importing.answers import read_answer
from roadworthy.inventory.importing.dates import ReadDate, month_first, read_date
from roadworthy.inventory.importing.layout import find_table
from roadworthy.inventory.importing.model import Row, Table
from roadworthy.inventory.importing.reading import read
from roadworthy.inventory.importing.vocabulary import key_of, loose_key

KIND = "review"

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "use-case": ("use case", "use case name", "use case id", "id", "name", "title", "system", "ai system", "project",
                 "application", "roadworthy name", "model"),
    "fact": ("fact", "question", "control", "check", "requirement", "criterion", "review type", "type of review",
             "topic"),
    "answer": ("answer", "outcome", "result", "decision", "conclusion", "verdict", "status", "finding", "passed"),
    "to": ("reviewed on", "review date", "date of review", "date", "observed to", "to", "completed", "completed on",
           "completion date", "end date", "end", "assessed on", "performed on", "signed off on", "approved on"),
    "from": ("observed from", "from", "start date", "start", "begun", "started", "started on", "period start"),
    "reviewer": ("reviewer", "reviewed by", "assessor", "auditor", "performed by", "approver", "approved by", "by",
                 "signed off by", "owner"),
    "notes": ("notes", "comment", "comments", "summary", "statement", "remarks", "description", "findings", "details"),
    "link": ("link", "url", "document", "evidence", "report", "reference link", "location"),
    "sample": ("sample size", "sample", "n", "cases", "number of cases", "records", "observations"),
}  # fmt: skip
"""What a column means by its name, in lower case without punctuation; the first of a list is surest."""

_MORE_ANSWERS: Final[Mapping[Answer, tuple[str, ...]]] = {
    Answer.YES: (
        "pass",
        "passed",
        "approved",
        "accepted",
        "satisfactory",
        "ok",
        "compliant",
        "met",
        "signed off",
        "closed",
    ),
    Answer.NO: ("fail", "failed", "rejected", "unsatisfactory", "non compliant", "not met", "refused", "denied"),
    Answer.IN_PROGRESS: (
        "conditional",
        "conditionally approved",
        "approved with conditions",
        "open",
        "draft",
        "partly met",
    ),
    Answer.WAIVED: ("waived", "exception granted", "exempt"),
}
_STATEMENT = 10_000


@dataclass(frozen=True, slots=True)
class Given:
    """What whoever collects says about the whole file; columns go before it."""

    columns: Mapping[str, str]
    """From a header to what it means, see `COLUMNS`; goes before the names."""
    use_case: str | None = None
    fact: str | None = None


class Names:
    """The registered use cases, by everything that a row may call them."""

    def __init__(self, known: Sequence[tuple[str, str, Sequence[str]]]) -> None:
        """Name, title and identifiers of each."""
        self._exact: dict[str, set[str]] = {}
        self._titles: list[str] = []
        for name, title, identifiers in known:
            for text in (name, title, *identifiers):
                self._exact.setdefault(loose_key(text), set()).add(name)
            self._titles += [name, title]

    def find(self, text: str, place: Place) -> str | Finding:
        """The use case that a cell means, or why none."""
        found = self._exact.get(loose_key(text), set())
        if len(found) == 1:
            return next(iter(found))
        if found:
            shown = ", ".join(f"`{name}`" for name in sorted(found)[:5])
            return Finding(
                "review-use-case-ambiguous", f"`{text[:80]}` can be {shown}", place, "write the name or an identifier"
            )
        near = closest(text, self._titles)
        remedy = f"did you mean `{near}`?" if near else "register it first, or write its name, title or identifier"
        return Finding("review-use-case-unknown", f"no use case is called `{text[:80]}`", place, remedy)


def prepare(
    name: str, content: bytes, digest: str, names: Names, given: Given
) -> tuple[list[Prepared], list[Finding], tuple[str, ...]]:
    """The claims of a file, what is wrong with its other rows, and notes about the whole.

    Raises:
        InvalidInput: it is no spreadsheet, has no table, or nothing says which use case, question, answer or day.
    """
    table = find_table(read(name, content))
    places = _places(name, table, given)
    reader = _Reader(name, digest, table, places, names, given)
    claims: list[Prepared] = []
    findings: list[Finding] = []
    for row in table.rows:
        found = reader.row(row)
        if isinstance(found, Prepared):
            claims.append(found)
        else:
            findings += found
    read_as = ", ".join(
        f"`{table.columns[at].label}` = {target}" for target, at in sorted(places.items(), key=lambda p: p[1])
    )
    return claims, findings, (*table.notes, f"read: {read_as}")


def _places(name: str, table: Table, given: Given) -> dict[str, int]:
    """Target to the position of its column."""
    headers = {
        key_of(column.name or column.label): position for position, column in reversed(list(enumerate(table.columns)))
    }
    places: dict[str, int] = {}
    for header, target in given.columns.items():
        if target not in COLUMNS:
            raise InvalidInput(
                "review-target-unknown", f"`{target[:60]}` is nothing that a column can mean", place=Place(source=name),
                remedy=did_you_mean(target, COLUMNS),
            )  # fmt: skip
        if key_of(header) not in headers:
            raise InvalidInput(
                "review-column-unknown", f"the file has no column `{header[:60]}`", place=Place(source=name),
                remedy=did_you_mean(header, [column.label for column in table.columns]),
            )  # fmt: skip
        places[target] = headers[key_of(header)]
    free = {key: position for key, position in headers.items() if position not in places.values()}
    for target, words in COLUMNS.items():
        word = next((word for word in words if word in free), None)
        if target not in places and word is not None:
            places[target] = free.pop(word)
    missing = [
        target
        for target, said in (("use-case", given.use_case), ("fact", given.fact), ("answer", None), ("to", None))
        if target not in places and not said
    ]
    if missing:
        raise InvalidInput(
            "review-columns-missing",
            f"no column says {' and '.join(_ASKED[target] for target in missing)}",
            place=Place(source=name, sheet=table.sheet or None),
            remedy=f"name the column, as in `--column 'Signed off=to'`; it has: "
            f"{', '.join(f'`{column.label}`' for column in table.columns[:15])}",
        )
    return places


_ASKED = {
    "use-case": "which use case a row is about (`use-case`)",
    "fact": "which question it answers (`fact`)",
    "answer": "what came out (`answer`)",
    "to": "on which day (`to`)",
}


class _Reader:
    """Rows of one table to claims."""

    def __init__(
        self, name: str, digest: str, table: Table, places: Mapping[str, int], names: Names, given: Given
    ) -> None:
        self._name = name
        self._digest = digest
        self._table = table
        self._places = places
        self._names = names
        self._given = given
        self._questions = {loose_key(fact.question): fact.name for fact in FACTS.values()}
        self._questions |= {loose_key(fact): fact for fact in FACTS}
        self._months_first = month_first(
            row.cells[places[target]] for target in ("to", "from") if target in places for row in table.rows
        )

    def row(self, row: Row) -> Prepared | list[Finding]:
        """A claim, or everything that is wrong with the row."""
        use_case = self._use_case(row)
        fact = self._fact(row)
        answer = self._answer(row, fact if isinstance(fact, str) else "")
        days = self._days(row)
        findings = [found for found in (use_case, fact, answer) if isinstance(found, Finding)]
        if isinstance(days, Finding):
            findings.append(days)
        if findings or isinstance(days, Finding):
            return findings
        first, last, notes = days
        link = self._text(row, "link")
        sample = self._text(row, "sample").replace(",", "")
        submission = Submission(
            fact=str(fact),
            answer=Answer(str(answer)),
            kind=KIND,
            statement=self._statement(row),
            link=link if link.lower().startswith(("http://", "https://")) else None,
            observed_from=first,
            observed_to=last,
            sample_size=int(sample) if sample.isdigit() and len(sample) < 12 else None,  # noqa: PLR2004 - the field's limit
            attachments=(self._digest,),
        )
        return Prepared(str(use_case), submission, self._place(row, "answer"), notes)

    def _use_case(self, row: Row) -> str | Finding:
        text = self._text(row, "use-case")
        if not text:
            if self._given.use_case:
                return self._given.use_case
            return Finding(
                "review-use-case-missing", "the row names no use case", self._place(row, "use-case"), "fill the cell"
            )
        return self._names.find(text, self._place(row, "use-case"))

    def _fact(self, row: Row) -> str | Finding:
        text = self._text(row, "fact")
        if not text and self._given.fact:
            return self._given.fact
        found = self._questions.get(loose_key(text))
        if found is not None:
            return found
        if self._given.fact:
            return self._given.fact
        near = closest(text, [*FACTS, *(fact.question for fact in FACTS.values())])
        remedy = f"did you mean `{near}`?" if near else "name a fact; `roadworthy evidence attest USE-CASE` lists them"
        message = f"`{text[:80]}` is no question that is asked here" if text else "the row names no question"
        return Finding("review-fact-unknown", message, self._place(row, "fact"), remedy)

    def _answer(self, row: Row, fact: str) -> str | Finding:
        text = self._text(row, "answer")
        key = key_of(text)
        for answer, words in _MORE_ANSWERS.items():
            if key in words:
                return answer.value
        found = read_answer(fact, text) if text else None
        if found is not None:
            return found.value
        message = f"`{text[:80]}` is no answer that is understood" if text else "the row has no answer"
        return Finding(
            "review-answer-unclear",
            message,
            self._place(row, "answer"),
            "write yes, no, in progress, waived or not applicable",
        )

    def _days(self, row: Row) -> tuple[dt.date, dt.date, tuple[str, ...]] | Finding:
        last = self._day(row, "to")
        if last.date is None:
            message = last.note or "the row has no day"
            return Finding(
                "review-date-missing",
                message,
                self._place(row, "to"),
                "write the day of the review, such as 2026-05-01",
            )
        first = self._day(row, "from")
        return first.date or last.date, last.date, tuple(note for note in (first.note, last.note) if note)

    def _day(self, row: Row, target: str) -> ReadDate:
        text = self._text(row, target)
        return read_date(text, months_first=self._months_first) if text else ReadDate(None)

    def _statement(self, row: Row) -> str:
        reviewer = self._text(row, "reviewer")
        said = f"Row {row.index + 1} of {self._name}."
        if reviewer:
            said = f"{said} The file names {reviewer} as reviewer; they have not attested it here."
        return f"{said} {self._text(row, 'notes')}".strip()[:_STATEMENT]

    def _text(self, row: Row, target: str) -> str:
        at = self._places.get(target)
        return "" if at is None else " ".join(row.cells[at].split())

    def _place(self, row: Row, target: str) -> Place:
        at = self._places.get(target)
        cell = self._table.cell(row, at) if at is not None else None
        return Place(source=self._name, sheet=row.sheet or None, line=None if cell else row.index + 1, cell=cell)


def same(
    claims: Sequence[Prepared], recorded: Iterator[tuple[str, str, dt.date, Sequence[str], str | None]]
) -> set[int]:
    """Positions of claims that were recorded before: same use case, question and last day, of the same file or link.

    Args:
        claims: what would be handed in.
        recorded: use case, fact, last day, digests of attachments and link of each item that still stands.
    """
    known = {
        (use_case, fact, day, source)
        for use_case, fact, day, digests, link in recorded
        for source in (*digests, *((link,) if link else ()))
    }
    return {position for position, claim in enumerate(claims) if _identity(claim) & known}


def _identity(claim: Prepared) -> set[tuple[str, str, dt.date, str]]:
    given = claim.submission
    day = (
        given.observed_to.astimezone(dt.UTC).date() if isinstance(given.observed_to, dt.datetime) else given.observed_to
    )
    sources = (*given.attachments, *((given.link,) if given.link and not given.attachments else ()))
    return {(claim.use_case, given.fact, day, source) for source in sources}
