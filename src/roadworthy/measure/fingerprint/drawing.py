"""Laying rows out for measuring: the sample, and text that is read once instead of in every scan."""

from __future__ import annotations

from collections.abc import Iterator

from roadworthy.measure.fingerprint.emit.arithmetic import PRIME
from roadworthy.measure.fingerprint.emit.base import Emitter
from roadworthy.measure.fingerprint.relation import Engine, Field, Relation
from roadworthy.measure.fingerprint.terms import Sampling

WHOLE = 200_000
"""Rows up to which a source is its own sample. Above it about as many are drawn: a share of 1 % is then known within
0.06 points at 99 %, and everything that is asked of the sample takes about as long as two scans (measured)."""


def laid(relation: Relation, engine: Engine, emit: Emitter, name: str, *, threshold: int | None = None) -> Relation:
    """Copy the rows, or those whose number is drawn, into a table of the engine with each value read once.

    Raises:
        InvalidInput: the data made the query fail.
    """
    columns = list(_columns(relation))
    if relation.row_number is not None:
        columns.append((f"({relation.row_number})", "row_number"))
    listed = ", ".join(f"{expression} AS {emit.name(alias)}" for expression, alias in columns)
    sql = f"SELECT {listed} FROM {relation.source}"
    if threshold is not None:
        sql += f" WHERE {emit.sampled(number_of(relation, emit), threshold)}"
    kept = engine.keep(name, sql)
    return Relation(
        kept,
        tuple(_moved(field, place, emit) for place, field in enumerate(relation.fields)),
        emit.name("row_number") if relation.row_number is not None else None,
        emit.name("part") if relation.part is not None else None,
    )


def _columns(relation: Relation) -> Iterator[tuple[str, str]]:
    """Expressions and names; of text that was read, only what did not read is copied beside the value.

    Of dates all of it is: how they are written is looked at later.
    """
    for place, field in enumerate(relation.fields):
        yield field.expression, f"c{place}"
        if field.raw is not None and field.form.temporal:
            yield field.raw, f"r{place}"
        elif field.raw is not None:
            yield f"CASE WHEN ({field.expression}) IS NULL THEN {field.raw} END", f"r{place}"
    if relation.part is not None:
        yield relation.part, "part"
    if not relation.fields:
        yield "1", "nothing"


def _moved(field: Field, place: int, emit: Emitter) -> Field:
    value, rest = emit.name(f"c{place}"), emit.name(f"r{place}")
    raw = None if field.raw is None else f"CASE WHEN {value} IS NULL THEN {rest} ELSE '' END"
    if raw is not None and field.form.temporal:
        raw = rest
    return Field(field.name, value, field.physical, field.form, raw, field.label)


def number_of(relation: Relation, emit: Emitter) -> str:
    """A whole number per row that is the same on every run; of a store without row numbers, of the row's content."""
    if relation.row_number is not None:
        return relation.row_number
    return emit.class_of(emit.row_hash([field.expression for field in relation.fields if emit.hashable(field)]), PRIME)


def share_of(rows: int) -> int:
    """Threshold for `Emitter.sampled` by which about `WHOLE` rows are drawn."""
    return max(1, PRIME * WHOLE // rows)


def sampling(relation: Relation, drawn: int, rows: int) -> Sampling:
    """How the sample came about, for the fingerprint."""
    if drawn == rows:
        return Sampling(rows, rows, "all rows")
    by = "row number" if relation.row_number is not None else "content, so that equal rows are drawn together"
    return Sampling(drawn, rows, f"rows drawn by a fixed hash of their {by}")
