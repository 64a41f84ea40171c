"""What single documents are like: form, script, language, traces of recognition, what is hidden in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roadworthy.measure.fingerprint.texts import marks, words
from roadworthy.measure.fingerprint.texts.dialect import Dialect, literal
from roadworthy.measure.fingerprint.texts.drawing import EXCERPT, SPACE, Drawn, both, in_words, listed
from roadworthy.measure.fingerprint.texts.hidden import ADDRESSING, HIDDEN

_NEXT_LINE = "[^ \t\r\n][ \t]*[\r\n]+[ \t]*[^ \t\r\n]"
_REDACTED = ["redaction-words", "redaction-exemptions", "redaction-blocks"]
EXCERPT_WORDS = 300
"""Words in which language and misreadings are."""
_ENOUGH_WORDS = 25
"""Fewest words of a document of which missing punctuation says something."""
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
    counts, examples = _counted(
        drawn, features | hidden, f"{drawn.documents} d JOIN (SELECT rid, words FROM {drawn.words}) n USING (rid)"
    )
    return (_of(features, counts), _of(features, examples)), (_of(hidden, counts), _of(hidden, examples))


def _plain(sql: Dialect) -> dict[str, str]:
    """Features that need no pattern of their own."""
    many = f"words >= {_ENOUGH_WORDS}"
    letters = sql.matches.format("body", literal("[A-Za-z]"))
    stop = sql.matches.format("body", literal("[A-Za-z)][.!?](?:[ \t\r\n]|$)"))
    return {
        "punctuation-missing": f"{many} AND NOT {stop} AND NOT contains(body, ',')",
        "no-capitals": f"{many} AND {letters} AND body = lower(body)",
        "all-capitals": f"{letters} AND length(body) >= 20 AND body = upper(body)",
        "nearly-empty": f"length(trim(body)) < {NEARLY_EMPTY}",
        "one-line": f"{many} AND NOT {sql.matches.format('body', literal(_NEXT_LINE))}",
        "redaction": " OR ".join(sql.matches.format("body", literal(marks.FEATURES[each])) for each in _REDACTED),
        "drafts": sql.matches.format("coalesce(version, left(body, 300))", literal(marks.DRAFT)),
        "not-text-characters": sql.matches.format("body", literal(marks.DAMAGED)),
    }


def _of(names: Mapping[str, str], values: Mapping[str, object]) -> dict[str, Any]:
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
    named = {name: both(row[3 * place + 1], row[3 * place + 2]) for place, name in enumerate(conditions)}
    return counts, named


def excerpts(drawn: Drawn) -> str:
    """The beginning of every document (`rid`, `name`, `excerpt`) without addresses, which are of no language."""
    address = literal("(?:https?://|www[.]|[0-9A-Za-z._+-]+@)[^ \t\r\n<>]+")
    clean = drawn.sql.replace_all.format(f"left(body, {EXCERPT})", address, SPACE)
    return drawn.engine.keep(
        "rw_excerpts", f"SELECT rid, name, ' ' || {clean} || ' ' AS excerpt FROM {drawn.documents}"
    )


def heads(drawn: Drawn, excerpts_: str) -> str:
    """The first words of every document, one a row: `rid`, `w`."""
    first = drawn.sql.first.format(in_words(drawn.sql, "excerpt"), EXCERPT_WORDS)
    return drawn.engine.keep("rw_heads", f"SELECT rid, {drawn.sql.explode.format(first)} AS w FROM {excerpts_}")


def noise(drawn: Drawn, excerpts_: str, heads_: str) -> tuple[tuple[int, ...], Found]:
    """Documents per twentieth of the noise score, which traces there are, and documents that show them.

    The score is the square root of the share of words with a trace (so that the bins are finest where texts differ):
    bin b holds documents of which from (b/20)**2 to ((b+1)/20)**2 of the words are traces.
    """
    sql = drawn.sql
    traces = {name: sql.occurrences.format("excerpt", literal(pattern)) for name, pattern in marks.NOISE.items()}
    wrong = listed(
        [(word, "misread") for word in words.misread()] + [(word, "filler") for word in words.FILLERS], ("w", "kind")
    )
    kinds = [*traces, "misread-word", "filler"]
    looked = (
        f"WITH wrong AS ({wrong}), hits AS (SELECT rid, count(*) FILTER (WHERE kind = 'misread') AS misread, "
        f"count(*) FILTER (WHERE kind = 'filler') AS filler FROM {heads_} JOIN wrong USING (w) GROUP BY 1), "
        f"sizes AS (SELECT rid, count(*) AS words FROM {heads_} WHERE length(w) > 0 GROUP BY 1) "
        f"SELECT name, words, {', '.join(f'{count} AS t{place}' for place, count in enumerate(traces.values()))}, "
        f"coalesce(misread, 0) AS t{len(traces)}, coalesce(filler, 0) AS t{len(traces) + 1} FROM {excerpts_} e "
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
    named = {"noise": both(min(first for first, _ in noisy), max(last for _, last in noisy))} if noisy else {}
    return (tuple(bins) if any(bins) else ()), (found[0], found[1] | named)
