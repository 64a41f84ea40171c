"""What a corpus of documents is like beyond being strings: measured by SQL on the engine that holds it."""

from __future__ import annotations

from roadworthy.measure.fingerprint.model import BINS_PER_E, Corpus, Declared, LogHistogram
from roadworthy.measure.fingerprint.relation import Engine, Relation


def corpus(relation: Relation, engine: Engine, declared: Declared, column: str) -> Corpus | None:  # noqa: ARG001 - the document columns come with the next step
    """Measure one column of texts; None where it has none or holds nothing.

    Raises:
        InvalidInput: the data made a query fail.
    """
    found = next((field for field in relation.fields if field.name == column), None)
    if found is None:
        return None
    texts = f"SELECT length({found.expression}) AS n FROM {relation.source} WHERE {found.expression} IS NOT NULL"  # noqa: S608 - expressions are the planner's
    bin_of = f"CASE WHEN n = 0 THEN NULL ELSE CAST(floor(ln(n) * {BINS_PER_E}) AS INT) END"
    rows = engine.rows(f"SELECT {bin_of} AS bin, count(*) FROM ({texts}) t GROUP BY 1")  # noqa: S608 - as above
    bins = {int(bin_): int(count) for bin_, count in rows if bin_ is not None}
    zero = sum(int(count) for bin_, count in rows if bin_ is None)
    lengths = LogHistogram(zero=zero, positive=bins)
    return Corpus(column=column, of=lengths.count, lengths=lengths) if lengths.count else None
