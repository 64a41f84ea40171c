"""Which words and lines are in use, by how many documents hold them: what came in or went out is found by comparing."""

from __future__ import annotations

import math

from roadworthy.measure.fingerprint.texts.dialect import literal
from roadworthy.measure.fingerprint.texts.drawing import Drawn

MOST_READ = 5_000
"""Documents of which the words are counted: a share among these is known to 1.9 points at 99 %."""
MOST_WORDS = 1_500
MOST_LINES = 300
_FEWEST = 2
_LINE_SHARE = 0.01
"""Least share of documents that a line is in, to be kept: a line that is in fewer is their own text, not a form."""
_LINE = (12, 160)
"""Shortest and longest line, in characters."""
_WORD = (2, 30)


def words(drawn: Drawn, of: int) -> tuple[dict[str, int], int]:
    """Documents per word among the `of` that are read; and the count under which a word is not listed.

    Figures are left out: they tell documents apart, not ways of writing.
    """
    fewest = max(_FEWEST, math.ceil(of / 1000))
    each = drawn.sql.explode.format(drawn.sql.distinct.format("w"))
    rows = drawn.engine.rows(
        f"SELECT w, count(*) AS n FROM (SELECT {each} AS w FROM {drawn.words} WHERE rid <= {drawn.among(MOST_READ)}) t "
        f"WHERE length(w) BETWEEN {_WORD[0]} AND {_WORD[1]} AND NOT {drawn.sql.matches.format('w', literal('[0-9]'))} "
        f"GROUP BY 1 HAVING count(*) >= {fewest} ORDER BY n DESC, w LIMIT {MOST_WORDS}"
    )
    counts = {str(word): int(count) for word, count in rows}
    return counts, (min(counts.values()) if len(counts) == MOST_WORDS else fewest)


def lines(drawn: Drawn, of: int) -> tuple[dict[str, int], int]:
    """Documents per line or sentence that stands in many of them, figures written as 9; and the count as in `words`."""
    sql = drawn.sql
    fewest = max(_FEWEST + 1, math.ceil(of * _LINE_SHARE))
    cut = sql.split.format("replace(replace(body, '. ', '.' || chr(10)), '? ', '?' || chr(10))", "chr(10)")
    tidy = sql.replace_all.format(
        sql.replace_all.format("trim(line)", literal("[ \t\r*_]+"), "' '"), literal("[0-9]+"), "'9'"
    )
    rows = drawn.engine.rows(
        f"SELECT line, count(DISTINCT rid) AS n FROM (SELECT rid, trim({tidy}) AS line FROM (SELECT rid, "
        f"{sql.explode.format(sql.distinct.format(cut))} AS line FROM {drawn.documents} "
        f"WHERE rid <= {drawn.among(MOST_READ)}) t "
        f"WHERE length(line) BETWEEN {_LINE[0]} AND {_LINE[1]}) u WHERE contains(line, ' ') "
        f"GROUP BY 1 HAVING count(DISTINCT rid) >= {fewest} ORDER BY n DESC, line LIMIT {MOST_LINES}"
    )
    counts = {str(line): int(count) for line, count in rows}
    return counts, (min(counts.values()) if len(counts) == MOST_LINES else fewest)


def read(drawn: Drawn) -> int:
    """Documents of which the words are counted."""
    return int(drawn.engine.rows(f"SELECT count(*) FROM {drawn.documents} WHERE rid <= {drawn.among(MOST_READ)}")[0][0])
