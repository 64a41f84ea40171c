"""Which documents are looked at, laid down where the queries that follow find them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from roadworthy.measure.fingerprint.model import BINS_PER_E, LogHistogram
from roadworthy.measure.fingerprint.relation import Engine, Field, Relation
from roadworthy.measure.fingerprint.terms import Declared
from roadworthy.measure.fingerprint.texts.dialect import Dialect, dialect_of, literal

MOST_DOCUMENTS = 20_000
"""Documents up to which all are looked at closely."""
MOST_SIGNS = 160_000_000
"""Characters up to which all are."""
LONGEST = 200_000
"""Characters of one document that are looked at; its length is counted whole."""
LAST = 2**63 - 1
"""The greatest `rid`."""
_SPIKE = 10
"""Fewest documents of one length, and how many times more than of each length near it, for a cut to be seen."""
EXCERPT = 2_000
"""Characters of a document in which script, language and traces of recognition are looked for."""
SPACE = "' '"
"""A blank, as a literal."""
_NEAR = 50

_TITLES = ("title", "document_title", "subject", "heading", "headline")
_OWNERS = ("owner", "document_owner", "custodian", "steward", "maintainer", "responsible", "content_owner")
_REVIEWS = ("review_due", "next_review", "review_date", "reviewed", "last_reviewed", "reviewed_at", "valid_until",
            "valid_to", "expires", "expires_at", "expires_on")  # fmt: skip
_ACCESS = ("acl", "access", "access_list", "allowed_groups", "permissions", "audience", "visibility")
_VERSIONS = ("version", "revision", "draft", "document_version")
_IDS = ("id", "document_id", "doc_id", "document", "path", "filename", "file", "number", "key")


@dataclass(frozen=True, slots=True)
class Beside:
    """Columns that stand beside the text, as SQL; None where there is none."""

    name: str
    """SQL of what a document is called."""
    title: str | None
    owner: str | None
    reviewed: str | None
    review_is_due: bool
    """Whether the day is when the next review is due, rather than when the last one was."""
    access: str | None
    version: str | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A corpus, ready to be asked."""

    engine: Engine
    sql: Dialect
    total: int
    of: int
    lengths: LogHistogram
    cut_off: int
    beside: Beside
    documents: str
    """Columns `rid`, `name`, `body`, `title`, `owner`, `reviewed`, `access`, `version`."""
    words: str
    """Columns `rid`, `w` (a list of words in small letters), `words` (how many)."""

    def among(self, documents: int) -> int:
        """The `rid` below which about so many documents lie."""
        return LAST if documents >= self.of else int(LAST * documents / self.of)


def drawn(relation: Relation, engine: Engine, declared: Declared, column: Field) -> Drawn | None:
    """Count the lengths of all documents and lay down those that are looked at; None where there are none."""
    sql = dialect_of(engine.dialect)
    body = column.expression
    lengths, cut_off, signs = _lengths(relation, engine, body)
    total = lengths.count
    if total == 0:
        return None
    beside = _beside(relation, declared, sql)
    classes = max(1, math.ceil(max(total / MOST_DOCUMENTS, signs / MOST_SIGNS)))
    drawn_by = sql.hash.format(f"lower(trim({body}))")
    chosen = "" if classes == 1 else f" AND {drawn_by} % {classes} = 0"
    columns = (beside.title, beside.owner, beside.reviewed, beside.access, beside.version)
    said = ", ".join(
        f"{sql.text.format(each) if each else 'NULL'} AS {name}"
        for each, name in zip(columns, ("title", "owner", "reviewed", "access", "version"), strict=True)
    )
    number = sql.hash_three.format(beside.name, drawn_by, relation.row_number or sql.row)
    documents = engine.keep(
        "rw_documents",
        # Numbers spread evenly and without regard to the text: those below some number are a sample of themselves.
        f"SELECT {number} AS rid, {beside.name} AS name, "
        f"left({body}, {LONGEST}) AS body, {said} FROM {relation.source} WHERE {body} IS NOT NULL{chosen}",
    )
    split = f"SELECT rid, {in_words(sql, 'body')} AS w FROM {documents}"
    words = engine.keep("rw_words", f"SELECT rid, w, {sql.size.format('w')} AS words FROM ({split}) t")
    of = int(engine.rows(f"SELECT count(*) FROM {documents}")[0][0])
    return Drawn(engine, sql, total, of, lengths, cut_off, beside, documents, words)


def in_words(sql: Dialect, text: str) -> str:
    """A text as the list of its words in small letters: runs of letters and figures."""
    apart = literal(f"[^0-9a-z{chr(0xAA)}-{chr(0xD7FF)}]+")
    return sql.split.format(f"trim({sql.replace_all.format(f'lower({text})', apart, SPACE)})", SPACE)


def _lengths(relation: Relation, engine: Engine, body: str) -> tuple[LogHistogram, int, int]:
    """The lengths as a histogram, documents cut at one length, characters in all."""
    open_end = f"(right({body}, 1) >= 'a' AND right({body}, 1) <= 'z')"
    rows = engine.rows(
        f"SELECT length({body}) AS n, count(*), count(*) FILTER (WHERE {open_end}) "
        f"FROM {relation.source} WHERE {body} IS NOT NULL GROUP BY 1"
    )
    counts = {int(length): (int(count), int(open_)) for length, count, open_ in rows}
    bins: dict[int, int] = {}
    for length, (count, _) in counts.items():
        if length:
            bins[math.floor(math.log(length) * BINS_PER_E)] = (
                bins.get(math.floor(math.log(length) * BINS_PER_E), 0) + count
            )
    zero = counts.get(0, (0, 0))[0]
    signs = sum(length * count for length, (count, _) in counts.items())
    return LogHistogram(zero=zero, positive=dict(sorted(bins.items()))), _cut_off(counts), signs


def _cut_off(counts: dict[int, tuple[int, int]]) -> int:
    """Documents of a length at which far more end, in the middle of a word, than at the lengths around it."""
    total = 0
    for length, (count, open_) in counts.items():
        around = [counts.get(length + step, (0, 0))[0] for step in range(-_NEAR, _NEAR + 1) if step]
        usual = sum(around) / len(around)
        if open_ >= _SPIKE // 2 and count > _SPIKE * usual and 2 * open_ > count:
            total += open_
    return total


def _beside(relation: Relation, declared: Declared, sql: Dialect) -> Beside:
    by_name = {field.name.lower(): field for field in relation.fields}
    declared_fields = {field.name: field for field in relation.fields}

    def column(said: str | None, usual: tuple[str, ...]) -> Field | None:
        if said is not None:
            return declared_fields.get(said)
        return next((by_name[name] for name in usual if name in by_name), None)

    def expression(field: Field | None) -> str | None:
        return (field.raw or field.expression) if field is not None else None

    keys = [declared_fields[name].expression for name in declared.key if name in declared_fields]
    called = column(None, _IDS)
    if keys:
        name = " || '/' || ".join(sql.text.format(key) for key in keys)
    elif called is not None:
        name = sql.text.format(called.expression)
    else:
        name = sql.text.format(relation.part or relation.row_number or "'?'")
    reviewed = column(declared.document_reviewed, _REVIEWS)
    due = reviewed is not None and any(
        word in reviewed.name.lower() for word in ("due", "next", "until", "valid", "expire", "to_review")
    )
    return Beside(
        name=name,
        title=expression(column(declared.document_title, _TITLES)),
        owner=expression(column(declared.document_owner, _OWNERS)),
        reviewed=expression(reviewed),
        review_is_due=due,
        access=expression(column(declared.document_access, _ACCESS)),
        version=expression(column(None, _VERSIONS)),
    )


def both(first: object, last: object) -> tuple[str, ...]:
    """Two names of documents as examples: each once, none where there is none."""
    return tuple(dict.fromkeys(str(each) for each in (first, last) if each is not None))


def listed(pairs: Sequence[tuple[str, str]], columns: tuple[str, str]) -> str:
    """A query that gives these rows."""
    rows = ", ".join(f"({literal(first)}, {literal(second)})" for first, second in pairs)
    return f"SELECT * FROM (VALUES {rows}) AS v({columns[0]}, {columns[1]})"
