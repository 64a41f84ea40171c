"""Corpora for tests: documents that are made up, measured by whichever engine is given."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from roadworthy.measure.fingerprint.corpora import corpus
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.model import Corpus, Form
from roadworthy.measure.fingerprint.relation import Engine, Field, Relation
from roadworthy.measure.fingerprint.terms import Declared

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
SUBJECTS = (
    "harbour",
    "bridge",
    "library",
    "market",
    "school",
    "garden",
    "station",
    "museum",
    "canal",
    "theatre",
    "clinic",
)
DOINGS = (
    "was repaired by",
    "is closed for",
    "has been painted by",
    "will be shown to",
    "was described to",
    "is cleaned by",
)
WHO = (
    "the council",
    "our engineers",
    "two visitors",
    "a contractor",
    "many people",
    "the new director",
    "her colleagues",
)
WHEN = (
    "in the morning",
    "on the following day",
    "after a long debate",
    "before the winter",
    "with great care",
    "at once",
)


def letter(number: int, sentences: int = 12) -> str:
    """A text of ordinary English sentences, another one for each number."""
    draws = random.Random(number)
    parts = [
        f"The {draws.choice(SUBJECTS)} {draws.choice(DOINGS)} {draws.choice(WHO)} {draws.choice(WHEN)}, "
        f"number {draws.randrange(1_000_000)}."
        for _ in range(sentences)
    ]
    return " ".join(parts)


def relation_of(engine: Engine, source: str) -> Relation:
    """Every column of a query as text."""
    columns = engine.describe(source)
    quote = "`" if engine.dialect == "spark" else '"'
    fields = tuple(Field(name, f"{quote}{name}{quote}", kind, Form.TEXT) for name, kind in columns.items())
    return Relation(source=source, fields=fields)


def written(path: Path, rows: Sequence[Mapping[str, str | None]]) -> Path:
    """Rows as lines of JSON."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def measured(
    folder: Path, rows: Sequence[Mapping[str, str | None]], declared: Declared | None = None, column: str = "text"
) -> Corpus:
    """The corpus of some documents, measured by DuckDB."""
    path = written(folder / "documents.jsonl", rows)
    with DuckEngine(threads=2) as engine:
        names = ", ".join(f"{name}: 'VARCHAR'" for name in dict.fromkeys(name for row in rows for name in row))
        source = f"(SELECT * FROM read_json('{path}', format='newline_delimited', columns={{{names}}}))"
        found = corpus(relation_of(engine, source), engine, declared or Declared(), column, now=NOW)
    if found is None:
        raise AssertionError("no corpus was measured")
    return found
