"""Calls as they are read: listed by the index, shown and proven from their records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from roadworthy.foundation.errors import Conflict, NotFound, RoadworthyError
from roadworthy.foundation.ledger.segments.proofs import RecordProof
from roadworthy.foundation.ledger.segments.service import Segments
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.telemetry.codec import decode
from roadworthy.operate.telemetry.model import Intent, Outcome, Result
from roadworthy.operate.telemetry.tables import call_replicas, calls

OPEN = "open"
"""In place of an outcome: there is none yet."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A call as the index knows it."""

    id: str
    at: dt.datetime
    writer: str
    surface: str
    ruling: str
    enforcement: str
    key: str | None
    use_case: str | None
    stage: str | None
    endpoint: str | None
    release: str | None
    certificate: str | None
    model: str
    rule: str | None
    trace: str | None
    intent_segment: str
    intent_index: int
    outcome: str | None
    """None while it goes on."""
    ended_at: dt.datetime | None
    status: int | None
    error: str | None
    upstream: str | None
    attempts: int | None
    milliseconds: int | None
    first_token_milliseconds: int | None
    input_tokens: int | None
    output_tokens: int | None
    cost: int | None
    currency: str | None
    result_segment: str | None
    result_index: int | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls."""

    use_case: str | None = None
    endpoint: str | None = None
    key: str | None = None
    stage: str | None = None
    outcome: str | None = None
    """One of `Outcome`, or `open`."""
    rule: str | None = None
    trace: str | None = None
    before: str | None = None
    """Id of the last call of the page before."""
    limit: int = 100
    certificate: str | None = None
    """Serial."""


@dataclass(frozen=True, slots=True)
class Proven:
    """A record of a call with the proof that it was kept."""

    what: str
    """`intent` or `result`."""
    record: bytes
    proof: RecordProof


@dataclass(frozen=True, slots=True)
class Shown:
    """One call, from endpoint to upstream and back."""

    listed: Listed
    intent: Intent | None
    """None where its segment does not lie here, or was kept as long as it had to be."""
    result: Result | None
    absent: RoadworthyError | None
    """Why a record cannot be read here."""


class Calls:
    """Reads calls.

    Args:
        store: where the index lies.
        segments: what lies here of segments.
        flush: brings the index of this process up to date.
    """

    def __init__(self, store: Store, segments: Callable[[], Segments], flush: Callable[[], None]) -> None:
        self._store = store
        self._segments = segments
        self._flush = flush

    def listed(self, wanted: Wanted) -> list[Listed]:
        """Calls, the latest first."""
        query = sa.select(calls)
        for name in ("use_case", "endpoint", "key", "stage", "rule", "trace", "certificate"):
            if (value := getattr(wanted, name)) is not None:
                query = query.where(calls.c[name] == value)
        if wanted.outcome == OPEN:
            query = query.where(calls.c.outcome.is_(None))
        elif wanted.outcome is not None:
            query = query.where(calls.c.outcome == wanted.outcome)
        if wanted.before is not None:
            query = query.where(calls.c.id < wanted.before)
        with self._store.read() as connection:
            found = connection.execute(query.order_by(calls.c.id.desc()).limit(wanted.limit)).all()
        return [Listed(**row._mapping) for row in found]  # noqa: SLF001 - SQLAlchemy's own name for a row as a mapping

    def get(self, call: str) -> Listed:
        """A call by its id, or by as much of the end or beginning of it as names one.

        Raises:
            NotFound: there is none.
        """
        found = self._find(call)
        if found is None:
            self._flush()
            found = self._find(call)
        if found is None:
            raise NotFound(
                "call-unknown",
                f"no call `{call[:40]}` is known",
                remedy="take the id from the answer's header `Roadworthy-Call`; calls go when their time to be kept "
                "is over",
            )
        return found

    def show(self, call: str) -> Shown:
        """A call with its records.

        Raises:
            NotFound: there is none.
        """
        listed = self.get(call)
        intent: Intent | None = None
        result: Result | None = None
        absent: RoadworthyError | None = None
        try:
            for segment, index in _places(listed):
                record = decode(self._segments().record(segment, index))
                if isinstance(record, Intent):
                    intent = record
                else:
                    result = record
        except RoadworthyError as error:
            absent = error
        return Shown(listed, intent, result, absent)

    def prove(self, call: str) -> tuple[Proven, ...]:
        """The records of a call, each with the proof that it was kept.

        Raises:
            NotFound: there is no such call, or its segment does not lie here.
            Conflict: a segment is not sealed yet, or has no place in the ledger yet.
            IntegrityBroken: a file is not what was sealed.
        """
        listed = self.get(call)
        proven = []
        for what, (segment, index) in zip(("intent", "result"), _places(listed), strict=False):
            try:
                record, proof = self._segments().prove(segment, index)
            except NotFound as error:
                if self._segments().lies_open(segment):
                    raise _too_early(call) from error
                raise
            proven.append(Proven(what, record, proof))
        return tuple(proven)

    def unknown(self, limit: int = 50) -> list[Listed]:
        """Calls of which nobody knows what came, the latest first."""
        return self.listed(Wanted(outcome=Outcome.UNKNOWN.value, limit=limit))

    def replicas(self) -> Sequence[sa.Row[tuple[object, ...]]]:
        """Replicas that record calls, as each said of itself, without those that are gone."""
        with self._store.read() as connection:
            query = sa.select(call_replicas).where(call_replicas.c.left_at.is_(None))
            return connection.execute(query.order_by(call_replicas.c.started_at)).all()

    def _find(self, call: str) -> Listed | None:
        query = sa.select(calls).where(calls.c.id == call)
        with self._store.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Listed(**row._mapping)  # noqa: SLF001 - see above


def _places(listed: Listed) -> list[tuple[str, int]]:
    places = [(listed.intent_segment, listed.intent_index)]
    if listed.result_segment is not None and listed.result_index is not None:
        places.append((listed.result_segment, listed.result_index))
    return places


def _too_early(call: str) -> Conflict:
    return Conflict(
        "call-not-sealed",
        f"the record of call `{call[:40]}` is durable, and its segment is not sealed yet",
        remedy="ask again in a second",
    )
