"""What a corpus of documents is like beyond being strings: measured by SQL on the engine that holds it."""

from __future__ import annotations

import datetime as dt

from roadworthy.measure.fingerprint.model import Corpus, Share
from roadworthy.measure.fingerprint.progress import Progress, Quiet
from roadworthy.measure.fingerprint.relation import Engine, Relation
from roadworthy.measure.fingerprint.terms import Declared
from roadworthy.measure.fingerprint.texts import languages, likeness, looking, usage
from roadworthy.measure.fingerprint.texts.dialect import literal
from roadworthy.measure.fingerprint.texts.drawing import Drawn, drawn

REVIEW_DAYS = 365
"""Days after which a document is due for review where only the last review is known and nobody has said otherwise."""
MOST_LISTS = 200
"""Access lists that are kept."""
NO_LIST = ""
"""Stands for documents whose access list is empty."""
_NOBODY = "^[ ]*(?:-+|n/?a|none|null|nobody|unknown|tbd|[?]+)?[ ]*$"
_STEPS = 7


def corpus(
    relation: Relation,
    engine: Engine,
    declared: Declared,
    column: str,
    *,
    now: dt.datetime | None = None,
    progress: Progress | None = None,
) -> Corpus | None:
    """Measure one column of texts; None where there is no such column or it holds nothing.

    Lengths are counted over all documents. The rest is of those that `drawing` lays down: all of them up to 20,000
    documents and 160 million characters, beyond that those whose text hashes into one class of many, so that equal
    texts are drawn together; near copies and conflicts among more are then a lower bound.

    Args:
        relation: where the documents are.
        engine: what holds them.
        declared: which columns beside the text say who owns a document, when it was reviewed, who may read it.
        column: name of the text column.
        now: the day against which a review is late; without it nothing is said of reviews.
        progress: told between the steps.

    Raises:
        InvalidInput: the data made a query fail.
    """
    told = progress or Quiet()
    field = next((each for each in relation.fields if each.name == column), None)
    if field is None:
        return None
    told.step("drawing documents", 0, _STEPS)
    found = drawn(relation, engine, declared, field)
    return None if found is None else _measured(found, column, declared, now, told)


def _measured(found: Drawn, column: str, declared: Declared, now: dt.datetime | None, told: Progress) -> Corpus:
    """One look after the other at what was drawn."""
    told.step("marks in documents", 1, _STEPS)
    (features, shown), (hidden, hiding) = looking.marked(found)
    told.step("scripts and languages", 2, _STEPS)
    scripts = languages.scripts(found)
    excerpts = looking.excerpts(found)
    heads = looking.heads(found, excerpts)
    spoken_in, speaking = languages.languages(found, heads, scripts)
    told.step("traces of recognition", 3, _STEPS)
    noise, (traces, traced) = looking.noise(found, excerpts, heads)
    told.step("words in use", 4, _STEPS)
    words_of = usage.read(found)
    words, words_floor = usage.words(found, words_of)
    lines, lines_floor = usage.lines(found, words_of)
    told.step("copies and versions", 5, _STEPS)
    like = likeness.alike(found)
    told.step("owners, reviews and access", 6, _STEPS)
    spoken = {f"language:{language}": names for language, names in speaking.items()}
    return Corpus(
        column=column,
        of=found.of,
        lengths=found.lengths,
        scripts=scripts,
        languages=spoken_in,
        noise=noise,
        features=dict(sorted((features | {name: count for name, count in traces.items() if count}).items())),
        cut_off=found.cut_off,
        copies=like.copies,
        near_copies=like.near_copies,
        conflicts=like.conflicts,
        hidden=hidden,
        words=words | lines,
        stale=_stale(found, declared, now),
        unowned=_unowned(found),
        access_lists=_access(found),
        examples=shown | hiding | {name: each for name, each in traced.items() if each} | spoken | like.examples,
        total=found.total,
        words_of=words_of,
        words_floor=words_floor,
        lines_floor=lines_floor,
        copies_by_size=like.by_size,
    )


def _unowned(found: Drawn) -> Share | None:
    if found.beside.owner is None:
        return None
    nobody = found.sql.matches.format("lower(owner)", literal(_NOBODY))
    return _share(found, f"owner IS NULL OR {nobody}", "TRUE")


def _stale(found: Drawn, declared: Declared, now: dt.datetime | None) -> Share | None:
    """Documents whose day is past, among those that have one."""
    if found.beside.reviewed is None or now is None:
        return None
    day = found.sql.day.format("reviewed")
    limit = (
        now.date()
        if found.beside.review_is_due
        else now.date() - dt.timedelta(days=declared.review_days or REVIEW_DAYS)
    )
    return _share(found, f"{day} < DATE '{limit.isoformat()}'", f"{day} IS NOT NULL")


def _share(found: Drawn, condition: str, among: str) -> Share | None:
    counted = f"SELECT count(*) FILTER (WHERE {condition}), count(*) FROM {found.documents} WHERE {among}"
    count, of = found.engine.rows(counted)[0]
    return Share(int(count), int(of)) if of else None


def _access(found: Drawn) -> dict[str, int]:
    if found.beside.access is None:
        return {}
    rows = found.engine.rows(
        f"SELECT coalesce(access, '{NO_LIST}') AS list, count(*) AS n FROM {found.documents} GROUP BY 1 "
        f"ORDER BY n DESC, list LIMIT {MOST_LISTS}"
    )
    return {str(name): int(count) for name, count in rows}
