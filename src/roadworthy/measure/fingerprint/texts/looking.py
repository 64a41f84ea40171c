"""What single documents are like: form, script, language, traces of recognition, what is hidden in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from roadworthy.measure.fingerprint.texts import marks, words
from roadworthy.measure.fingerprint.texts.dialect import Dialect, literal
from roadworthy.measure.fingerprint.texts.drawing import Drawn
from roadworthy.measure.fingerprint.texts.hidden import ADDRESSING, HIDDEN

EXCERPT = 2_000
"""Characters of a document in which script and traces of recognition are looked for."""
EXCERPT_WORDS = 300
"""Words in which language and misreadings are."""
_ENOUGH_WORDS = 25
"""Fewest words of a document of which missing punctuation says something."""
_ENOUGH_FOR_LANGUAGE = 3
_SMALL_WORDS = 0.12
"""Least share of a language's commonest words in a text of it; running text of every language here has twice that."""
_AHEAD = 1.05
"""How much more of them the first language has than the second."""
NEARLY_EMPTY = 10
"""Characters under which a document says nothing."""
NOISE_BINS = 20
NOISY = 0.0225
"""Share of words with a trace of recognition from which a document is named as an example: three bins of twenty."""

Found = tuple[dict[str, int], dict[str, tuple[str, ...]]]
"""Documents per mark, and the names of the first and last of them."""


def marked(drawn: Drawn) -> tuple[Found, Found]:
    """Features of form, and what is hidden."""
    forms = {name: drawn.sql.matches.format("body", literal(pattern)) for name, pattern in marks.FEATURES.items()}
    hidden = {
        name: drawn.sql.matches.format("body", literal(pattern)) for name, pattern in {**HIDDEN, **ADDRESSING}.items()
    }
    features = forms | _plain(drawn.sql)
    counts, examples = _counted(drawn, features | hidden, f"{drawn.documents} d JOIN {drawn.words} USING (rid)")
    return (_of(features, counts), _of(features, examples)), (_of(hidden, counts), _of(hidden, examples))


def _plain(sql: Dialect) -> dict[str, str]:
    """Features that need no pattern of their own."""
    many = f"{sql.size.format('w')} >= {_ENOUGH_WORDS}"
    letters = sql.matches.format("body", literal("[A-Za-z]"))
    stop = sql.matches.format("body", literal("[A-Za-z)][.!?](?:[ \t\r\n]|$)"))
    return {
        "punctuation-missing": f"{many} AND NOT {stop} AND NOT contains(body, ',')",
        "no-capitals": f"{many} AND {letters} AND body = lower(body)",
        "all-capitals": f"{letters} AND length(body) >= 20 AND body = upper(body)",
        "nearly-empty": f"length(trim(body)) < {NEARLY_EMPTY}",
        "one-line": f"{many} AND NOT contains(trim(body), chr(10))",
        "not-text-characters": sql.matches.format("body", literal(marks.DAMAGED)),
    }


def _of(names: Mapping[str, str], values: Mapping[str, object]) -> dict:  # type: ignore[type-arg]
    return {name: values[name] for name in names if values.get(name)}


def _counted(
    drawn: Drawn, conditions: Mapping[str, str], source: str
) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
    """Documents for which each condition holds, and two of their names."""
    inner = ", ".join(f"({condition}) AS c{place}" for place, condition in enumerate(conditions.values()))
    outer = ", ".join(
        f"count(*) FILTER (WHERE c{place}), min(name) FILTER (WHERE c{place}), max(name) FILTER (WHERE c{place})"
        for place in range(len(conditions))
    )
    row = drawn.engine.rows(f"SELECT {outer} FROM (SELECT name, {inner} FROM {source}) t")[0]
    counts = {name: int(row[3 * place]) for place, name in enumerate(conditions)}
    named = {name: _both(row[3 * place + 1], row[3 * place + 2]) for place, name in enumerate(conditions)}
    return counts, named


def _both(first: object, last: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(each) for each in (first, last) if each is not None))


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


def heads(drawn: Drawn) -> str:
    """The first words of every document, one a row: `rid`, `w`."""
    first = drawn.sql.first.format("w", EXCERPT_WORDS)
    return drawn.engine.keep("rw_heads", f"SELECT rid, {drawn.sql.explode.format(first)} AS w FROM {drawn.words}")


def languages(
    drawn: Drawn, heads_: str, by_script: Mapping[str, int]
) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
    """Documents per language by its commonest small words; `und` where they do not tell. Examples of each.

    Scripts in which we tell no languages apart name the one that is most written in them.
    """
    stop = _values(words.stop_words(), ("language", "w"))
    rows = drawn.engine.rows(
        f"WITH stop AS ({stop}), hits AS (SELECT rid, language, count(*) AS n FROM {heads_} JOIN stop USING (w) "
        f"GROUP BY 1, 2), ranked AS (SELECT rid, language, n, row_number() OVER (PARTITION BY rid ORDER BY n DESC, "
        f"language) AS place, lead(n, 1, 0) OVER (PARTITION BY rid ORDER BY n DESC, language) AS next FROM hits), "
        f"sizes AS (SELECT rid, count(*) AS words FROM {heads_} WHERE length(w) > 0 GROUP BY 1), "
        f"told AS (SELECT d.name, CASE WHEN n >= {_ENOUGH_FOR_LANGUAGE} AND n >= {_SMALL_WORDS} * words "
        f"AND n >= {_AHEAD} * next THEN language ELSE 'und' END AS language FROM {drawn.documents} d "
        "LEFT JOIN sizes ON sizes.rid = d.rid LEFT JOIN ranked ON ranked.rid = d.rid AND place = 1) "
        "SELECT language, count(*), min(name), max(name) FROM told GROUP BY 1"
    )
    counts = {str(language): int(count) for language, count, _, _ in rows}
    named = {str(language): _both(first, last) for language, _, first, last in rows}
    for script, language in words.SCRIPT_LANGUAGE.items():
        moved = min(by_script.get(script, 0), counts.get("und", 0))
        if moved:
            counts[language] = counts.get(language, 0) + moved
            counts["und"] -= moved
    return dict(sorted((name, count) for name, count in counts.items() if count)), named


def noise(drawn: Drawn, heads_: str) -> tuple[tuple[int, ...], Found]:
    """Documents per twentieth of the noise score, which traces there are, and documents that show them.

    The score is the square root of the share of words with a trace (so that the bins are finest where texts differ):
    bin b holds documents of which from (b/20)**2 to ((b+1)/20)**2 of the words are traces.
    """
    sql = drawn.sql
    traces = {name: sql.occurrences.format("excerpt", literal(pattern)) for name, pattern in marks.NOISE.items()}
    wrong = _values(
        [(word, "misread") for word in words.misread()] + [(word, "filler") for word in words.FILLERS], ("w", "kind")
    )
    excerpts = f"SELECT rid, name, ' ' || left(body, {EXCERPT}) || ' ' AS excerpt FROM {drawn.documents}"
    kinds = [*traces, "misread-word", "filler"]
    looked = (
        f"WITH wrong AS ({wrong}), hits AS (SELECT rid, count(*) FILTER (WHERE kind = 'misread') AS misread, "
        f"count(*) FILTER (WHERE kind = 'filler') AS filler FROM {heads_} JOIN wrong USING (w) GROUP BY 1), "
        f"sizes AS (SELECT rid, count(*) AS words FROM {heads_} WHERE length(w) > 0 GROUP BY 1) "
        f"SELECT name, words, {', '.join(f'{count} AS t{place}' for place, count in enumerate(traces.values()))}, "
        f"coalesce(misread, 0) AS t{len(traces)}, coalesce(filler, 0) AS t{len(traces) + 1} FROM ({excerpts}) e "
        "JOIN sizes ON sizes.rid = e.rid LEFT JOIN hits ON hits.rid = e.rid WHERE words >= 5"
    )
    table = drawn.engine.keep("rw_noise", looked)
    total = " + ".join(f"t{place}" for place in range(len(kinds)))
    share = f"least(1.0, ({total}) / CAST(words AS DOUBLE))"
    rows = drawn.engine.rows(
        f"SELECT CAST(least({NOISE_BINS - 1}, floor({NOISE_BINS} * sqrt({share}))) AS INT) AS bin, count(*), "
        f"min(name), max(name) FROM {table} GROUP BY 1"
    )
    bins = [0] * NOISE_BINS
    for place, count, _, _ in rows:
        bins[int(place)] = int(count)
    found = _counted(drawn, {f"trace:{kind}": f"t{place} > 0" for place, kind in enumerate(kinds)}, table)
    noisy = [(first, last) for place, _, first, last in rows if (int(place) / NOISE_BINS) ** 2 >= NOISY]
    named = {"noise": _both(min(first for first, _ in noisy), max(last for _, last in noisy))} if noisy else {}
    return (tuple(bins) if any(bins) else ()), (found[0], found[1] | named)


def _values(pairs: Sequence[tuple[str, str]], columns: tuple[str, str]) -> str:
    listed = ", ".join(f"({literal(first)}, {literal(second)})" for first, second in pairs)
    return f"SELECT * FROM (VALUES {listed}) AS v({columns[0]}, {columns[1]})"
