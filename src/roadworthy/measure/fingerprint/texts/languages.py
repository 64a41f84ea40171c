"""Script and language of documents: blocks of code points, and the commonest small words of a language."""

from __future__ import annotations

from collections.abc import Mapping

from roadworthy.measure.fingerprint.texts import marks, words
from roadworthy.measure.fingerprint.texts.dialect import literal
from roadworthy.measure.fingerprint.texts.drawing import EXCERPT, Drawn, both, listed

UNDECIDED = "und"
"""ISO 639-2 for a language that is not told."""
FEWEST = 3
"""Different small words that a text must have of its language."""
SURE = ((0.12, 1.05), (0.05, 1.5))
"""Share of small words among all, and how many times those of the next language they must be: running text has a
quarter; notes and forms have few, and then must have far more of one language than of any other."""


def scripts(drawn: Drawn) -> dict[str, int]:
    """Documents per main script: that of the largest part of the letters of the excerpt."""
    sql = drawn.sql
    found = {
        name: sql.occurrences.format("excerpt", literal(f"[{marks.signs(*ranges)}]"))
        for name, ranges in words.SCRIPTS.items()
    }
    latin = sql.occurrences.format("excerpt", literal(f"[A-Za-z{marks.signs((0xC0, 0x24F))}]"))
    columns = ", ".join(f"{count} AS s{place}" for place, count in enumerate([*found.values(), latin]))
    most = "greatest(" + ", ".join(f"s{place}" for place in range(len(found) + 1)) + ")"
    cases = " ".join(f"WHEN s{place} = {most} THEN '{name}'" for place, name in enumerate([*found, "latin"]))
    # The usual text is all ASCII, and costs no look at eleven scripts.
    usual = f"{sql.octets.format('body')} * 10 < length(body) * 11"
    letters = sql.matches.format("body", literal("[A-Za-z]"))
    rows = drawn.engine.rows(
        f"SELECT script, count(*) FROM (SELECT CASE WHEN {most} = 0 THEN 'none' {cases} END AS script FROM "
        f"(SELECT {columns} FROM (SELECT left(body, {EXCERPT}) AS excerpt FROM {drawn.documents} "
        f"WHERE NOT {usual}) e) s) t GROUP BY 1 UNION ALL SELECT CASE WHEN {letters} THEN 'latin' ELSE 'none' END, "
        f"count(*) FROM {drawn.documents} WHERE {usual} GROUP BY 1"
    )
    counts: dict[str, int] = {}
    for name, count in rows:
        if count:
            counts[str(name)] = counts.get(str(name), 0) + int(count)
    return dict(sorted(counts.items()))


def languages(
    drawn: Drawn, heads: str, by_script: Mapping[str, int]
) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
    """Documents per language by its commonest small words; `und` where they do not tell. Examples of each.

    Scripts in which we tell no languages apart name the one that is most written in them.
    """
    either = " OR ".join(f"n >= {share} * words AND n >= {ahead} * next" for share, ahead in SURE)
    stop = listed(words.stop_words(), ("language", "w"))
    endings = listed(words.ENDINGS, ("language", "ending"))
    sure = f"different >= {FEWEST} AND ({either})"
    rows = drawn.engine.rows(
        f"WITH stop AS ({stop}), hits AS (SELECT rid, language, count(*) AS n, count(DISTINCT w) AS different "
        f"FROM (SELECT rid, language, w FROM {heads} JOIN stop USING (w) UNION ALL "
        f"SELECT rid, language, w FROM {heads} JOIN ({endings}) e "
        "ON right(w, 3) = ending) h GROUP BY 1, 2), ranked AS (SELECT rid, language, n, different, "
        "row_number() OVER (PARTITION BY rid ORDER BY n DESC, language) AS place, "
        "lead(n, 1, 0) OVER (PARTITION BY rid ORDER BY n DESC, language) AS next FROM hits), "
        f"sizes AS (SELECT rid, count(*) AS words FROM {heads} WHERE length(w) > 0 GROUP BY 1), "
        f"told AS (SELECT d.name, CASE WHEN {sure} THEN language ELSE '{UNDECIDED}' END AS language "
        f"FROM {drawn.documents} d LEFT JOIN sizes ON sizes.rid = d.rid "
        "LEFT JOIN ranked ON ranked.rid = d.rid AND place = 1) "
        "SELECT language, count(*), min(name), max(name) FROM told GROUP BY 1"
    )
    counts = {str(language): int(count) for language, count, _, _ in rows}
    named = {str(language): both(first, last) for language, _, first, last in rows}
    for script, language in words.SCRIPT_LANGUAGE.items():
        moved = min(by_script.get(script, 0), counts.get(UNDECIDED, 0))
        if moved:
            counts[language] = counts.get(language, 0) + moved
            counts[UNDECIDED] -= moved
    return dict(sorted((name, count) for name, count in counts.items() if count)), named
