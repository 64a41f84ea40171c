"""Rows of the index, from records. Pure.

A row is a tuple in the order of the table, of values as both engines' drivers take them, because every call makes one.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

import sqlalchemy as sa

from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.segments.journal import Receipt
from roadworthy.operate.telemetry.codec import Record
from roadworthy.operate.telemetry.model import Enforcement, Intent, Outcome, Result, Ruling
from roadworthy.operate.telemetry.tables import calls

COLUMNS: Final = tuple(column.key for column in calls.columns)
BEGUN: Final = COLUMNS[: COLUMNS.index("outcome") + 1]
"""What an intent says."""
ENDED: Final = COLUMNS[COLUMNS.index("outcome") :]
"""What a result says; a row of it ends with the id."""
_LENGTHS: Final = {each.key: each.type.length or 0 for each in calls.columns if isinstance(each.type, sa.String)}
_STOPPED: Final = frozenset({Ruling.REFUSED, Ruling.HELD})
Row: TypeAlias = tuple[Any, ...]


class Kept(NamedTuple):
    """A record, and where it stands."""

    record: Record
    receipt: Receipt


class Finished(NamedTuple):
    """A call of which there is nothing more to come."""

    intent: Intent
    result: Result | None
    """None where the funnel refused it."""

    @property
    def outcome(self) -> Outcome:
        """What came of it."""
        return Outcome.REFUSED if self.result is None else self.result.outcome


class Rows(NamedTuple):
    """What some records make of the index; each call is in one of these, once."""

    whole: list[Row]
    """Calls from begin to end, by `COLUMNS`."""
    begun: list[Row]
    """Intents alone, by `BEGUN`."""
    ended: list[Row]
    """Results of intents that came before, by `ENDED` and the id."""


def stopped(intent: Intent) -> bool:
    """Whether the funnel ended the call: nothing more comes of it."""
    return intent.ruling in _STOPPED and intent.enforcement is not Enforcement.OBSERVED


def rows_of(kept: Iterable[Kept], writer: str) -> Rows:
    """Rows of all the records that there are, such as those of a segment."""
    begun: dict[str, Kept] = {}
    ended: dict[str, Kept] = {}
    for each in kept:
        record = each.record
        if isinstance(record, Intent):
            begun[record.id] = each
        else:
            supersede(ended, each)
    both = [each for each in begun if each in ended]
    return Rows(
        whole=[whole_row(begun.pop(each), ended.pop(each), writer) for each in both],
        begun=[begun_row(each, writer) for each in begun.values()],
        ended=[ended_row(each) for each in ended.values()],
    )


def supersede(ended: dict[str, Kept], kept: Kept) -> None:
    """The first result of a call stands; that nobody knows what came of it gives way to whoever does."""
    before = ended.get(kept.record.id)
    if before is None or (isinstance(before.record, Result) and before.record.outcome is Outcome.UNKNOWN):
        ended[kept.record.id] = kept


def whole_row(intent: Kept, result: Kept, writer: str) -> Row:
    """A call from begin to end."""
    return begun_row(intent, writer)[:-1] + ended_row(result)[:-1]


def begun_row(kept: Kept, writer: str) -> Row:
    """What an intent says."""
    intent, receipt = kept
    assert isinstance(intent, Intent)  # noqa: S101 - said by whoever calls
    return (
        intent.id,
        to_text(intent.at),
        writer,
        intent.surface.value,
        intent.ruling.value,
        intent.enforcement.value,
        _fit("key", intent.key),
        _fit("use_case", intent.use_case),
        _fit("stage", intent.stage),
        _fit("endpoint", intent.endpoint),
        _fit("release", intent.release),
        _fit("certificate", intent.certificate),
        _fit("model", intent.model),
        _fit("rule", intent.rule),
        None if intent.trace is None else _cut("trace", intent.trace),
        receipt.segment,
        receipt.index,
        Outcome.REFUSED.value if stopped(intent) else None,
    )


def ended_row(kept: Kept) -> Row:
    """What a result says, and of which call."""
    result, receipt = kept
    assert isinstance(result, Result)  # noqa: S101 - said by whoever calls
    attempts, usage = result.attempts, result.usage
    return (
        result.outcome.value,
        to_text(result.at),
        result.status or None,
        _fit("error", result.error),
        _fit("upstream", attempts[-1].upstream if attempts else None),
        len(attempts),
        result.milliseconds,
        result.first_token_milliseconds,
        None if usage is None else usage.input,
        None if usage is None else usage.output,
        result.cost,
        _fit("currency", result.currency),
        receipt.segment,
        receipt.index,
        result.id,
    )


@lru_cache(maxsize=4_096)  # names of few things, in every row
def _fit(name: str, text: str | None) -> str | None:
    return None if text is None else _cut(name, text)


def _cut(name: str, text: str) -> str:
    """What a column takes: what a client said may be longer, and PostgreSQL refuses a zero in a text."""
    return text[: _LENGTHS[name]].replace("\0", "?").encode("utf-8", "replace").decode("utf-8")
