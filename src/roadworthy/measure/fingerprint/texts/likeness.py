"""Documents that are one document: copies, near copies, and versions that contradict each other.

Near copies are found by one-permutation MinHash (Li, Owen and Zhang 2012): every three neighbouring words are hashed,
the least hash in each of 16 classes is kept, and documents that agree in all four classes of one of four bands are
compared. Two documents that share nine tenths of their triples meet with a chance of 99 %, two that share half with
one of 23 %; what meets is then counted exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.measure.fingerprint.texts import marks
from roadworthy.measure.fingerprint.texts.dialect import literal
from roadworthy.measure.fingerprint.texts.drawing import Drawn

CLASSES, BANDS = 16, 4
NEAR = 0.7
"""Least share of common triples of words among all of two documents, for one to be a near copy of the other."""
SIZES = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)
"""At which copies are counted too: the more documents, the more of them are copies."""
_FEWEST_WORDS = 10
_MOST_IN_GROUP = 200
"""Documents of one title beyond which it is a form's and tells no documents apart."""


@dataclass(frozen=True, slots=True)
class Alike:
    """What was found, in documents; groups for `conflicts`."""

    copies: int
    near_copies: int
    conflicts: int
    by_size: dict[int, int]
    """Copies and near copies that so many documents hold, drawn without regard to their content."""
    examples: dict[str, tuple[str, ...]]


def alike(drawn: Drawn) -> Alike:
    """Copies, near copies and conflicts among the documents that are looked at."""
    engine, sql = drawn.engine, drawn.sql
    same = engine.keep(
        "rw_same",
        f"SELECT rid, words, min(rid) OVER (PARTITION BY {sql.hash.format('w')}) AS first FROM {drawn.words}",
    )
    pairs = _pairs(drawn, same)
    copies = f"SELECT rid, first FROM {same} WHERE rid <> first AND words > 0"
    near = f"SELECT b AS rid, min(a) AS first FROM {pairs} GROUP BY 1"
    examples: dict[str, tuple[str, ...]] = {}
    counts: dict[str, int] = {}
    for kind, found in (("copies", copies), ("near-copies", near)):
        counts[kind] = int(engine.rows(f"SELECT count(*) FROM ({found}) t")[0][0])
        one = engine.rows(
            f"SELECT d.name, o.name FROM ({found}) t JOIN {drawn.documents} d ON d.rid = t.rid "
            f"JOIN {drawn.documents} o ON o.rid = t.first ORDER BY t.rid LIMIT 1"
        )
        if one:
            examples[kind] = tuple(str(name) for name in one[0])
    both = f"SELECT rid FROM ({copies}) c UNION SELECT rid FROM ({near}) n"
    sizes = [size for size in SIZES if size <= drawn.of]
    # The first of a group comes before the others, so it is within whatever beginning the others are in.
    each = ", ".join(f"count(*) FILTER (WHERE rid <= {drawn.among(size)})" for size in sizes) or "count(*)"
    by_size = dict(zip(sizes, map(int, engine.rows(f"SELECT {each} FROM ({both}) t")[0]), strict=False))
    conflicts, named = _conflicts(drawn, pairs)
    if named:
        examples["conflicts:titles" if drawn.beside.title is not None else "conflicts:near-copies"] = named
    return Alike(counts["copies"], counts["near-copies"], conflicts, by_size, examples)


def _pairs(drawn: Drawn, same: str) -> str:
    """Near copies: `a` before `b`, one row for a pair; each `b` is compared with the first of every group it is in."""
    engine, sql = drawn.engine, drawn.sql
    triples = sql.shingles.format("w")
    several = f"{drawn.words} WHERE rid IN (SELECT rid FROM {same} WHERE rid = first AND words >= {_FEWEST_WORDS})"
    least = (
        f"SELECT rid, h % {CLASSES} AS class, min(h) AS least FROM (SELECT rid, {sql.explode.format(triples)} AS h "
        f"FROM {several}) t GROUP BY 1, 2"
    )
    width = CLASSES // BANDS
    # A short document has no triple in some class; the sum of hashes stands for the band either way.
    bands = (
        f"SELECT rid, CAST(floor(class / {width}) AS INT) AS band, count(*) AS classes, "
        f"sum(CAST(least AS DECIMAL(38, 0))) AS mark FROM ({least}) m GROUP BY 1, 2"
    )
    met = engine.keep(
        "rw_met",
        "SELECT DISTINCT first AS a, rid AS b FROM (SELECT rid, min(rid) OVER (PARTITION BY band, classes, mark) "
        f"AS first FROM ({bands}) g) t WHERE rid <> first",
    )
    compared = engine.keep(
        "rw_triples",
        f"SELECT rid, {sql.distinct.format(triples)} AS triples FROM {drawn.words} "
        f"WHERE rid IN (SELECT a FROM {met} UNION SELECT b FROM {met})",
    )
    shared = sql.common.format("x.triples", "y.triples")
    sizes = f"({sql.size.format('x.triples')} + {sql.size.format('y.triples')})"
    return engine.keep(
        "rw_pairs",
        f"SELECT a, b FROM (SELECT a, b, {shared} AS shared, {sizes} AS sizes FROM {met} m "
        f"JOIN {compared} x ON x.rid = a JOIN {compared} y ON y.rid = b) t WHERE shared >= {NEAR} * (sizes - shared)",
    )


def _conflicts(drawn: Drawn, pairs: str) -> tuple[int, tuple[str, ...]]:
    """Groups of one title whose texts differ in figures, negations or version, and one of them by name.

    Without titles, near copies that a version column or a version word at their head tells apart.
    """
    sql = drawn.sql
    if drawn.beside.title is not None:
        folded = sql.replace_all.format("lower(title)", literal(f"(?:{marks.VERSIONS})"), "' '")
        plain = sql.replace_all.format(folded, literal("[^a-z]+"), "' '")
        groups = (
            f"SELECT trim({plain}) AS said, count(*) AS n, count(DISTINCT lower(trim(body))) AS bodies, "
            f"min(name) AS one, max(name) AS other FROM {drawn.documents} WHERE title IS NOT NULL GROUP BY 1"
        )
        where = f"length(said) > 2 AND bodies > 1 AND n <= {_MOST_IN_GROUP}"
        found = drawn.engine.rows(f"SELECT count(*), min(one), min_by(other, one) FROM ({groups}) g WHERE {where}")
    else:
        head = sql.matches.format(
            "left({0}.body, 300)", literal(marks.one_of("draft", "entwurf", "borrador", "superseded"))
        )
        differs = f"coalesce(x.version, '') <> coalesce(y.version, '') OR {head.format('x')} <> {head.format('y')}"
        found = drawn.engine.rows(
            f"SELECT count(DISTINCT a), min(x.name), min_by(y.name, x.name) FROM {pairs} JOIN {drawn.documents} x "
            f"ON x.rid = a JOIN {drawn.documents} y ON y.rid = b WHERE {differs}"
        )
    count, first, second = found[0]
    return int(count), tuple(str(name) for name in (first, second) if name is not None)
