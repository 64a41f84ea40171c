"""Sources of thousands of columns, measured some hundred at a time: memory and the time of a statement stay bounded."""

from __future__ import annotations

from collections.abc import Iterator

from roadworthy.measure.fingerprint.emit.base import Emitter
from roadworthy.measure.fingerprint.model import Share
from roadworthy.measure.fingerprint.relation import Engine, Field, Relation
from roadworthy.measure.fingerprint.terms import Declared

WIDTH = 500
"""Columns of a pass: what an engine holds of one, and plans at once, is then the same for any width."""


def passes(relation: Relation, declared: Declared) -> list[tuple[Field, ...]]:
    """The columns of each pass; one for all of them unless they are far more than a pass holds.

    What is declared stands in the first, where rows are tied together by it.
    """
    fields = relation.fields
    if len(fields) <= 2 * WIDTH:
        return [fields]
    named = set(_named(declared))
    ordered = sorted(fields, key=lambda each: each.name not in named)
    return [tuple(ordered[begin : begin + WIDTH]) for begin in range(0, len(ordered), WIDTH)]


def _named(declared: Declared) -> Iterator[str]:
    single = (
        declared.event_time, declared.ingest_time, declared.decision_time, declared.label, declared.label_time,
        declared.text, declared.document_owner, declared.document_reviewed, declared.document_access,
        declared.document_title,
    )  # fmt: skip
    yield from (each for each in single if each is not None)
    yield from (*declared.key, *declared.taxonomy)


class Copies:
    """Counts rows that are equal in every column, from hashes that each pass adds to.

    Rows go by their number, so it needs a source that numbers them.
    """

    def __init__(self, engine: Engine, emit: Emitter) -> None:
        self._engine = engine
        self._emit = emit
        self._kept: str | None = None
        self._known = True

    def add(self, relation: Relation) -> None:
        """Take the columns of a pass in."""
        hashed = [
            part
            for each in relation.fields
            if self._emit.hashable(each)
            for part in (each.expression, each.raw)
            if part is not None
        ]
        self._known = self._known and relation.row_number is not None
        if not self._known or not hashed:
            return
        now = f"SELECT {relation.row_number} AS n, {self._emit.row_hash(hashed)} AS h FROM {relation.source}"
        if self._kept is None:
            self._kept = self._engine.keep("rows_0", now)
            return
        both = self._emit.row_hash(["b.h", "a.h"])
        name = "rows_1" if "rows_0" in self._kept else "rows_0"
        sql = f"SELECT b.n AS n, {both} AS h FROM {self._kept} AS b JOIN ({now}) AS a ON a.n = b.n"
        self._kept = self._engine.keep(name, sql)

    def found(self) -> Share | None:
        """Rows beyond the first of equal ones; None where rows have no number to go by."""
        if not self._known or self._kept is None:
            return None
        rows, different = self._engine.rows(f"SELECT count(*), count(DISTINCT h) FROM {self._kept}")[0]
        return Share(int(rows) - int(different), int(rows))
