"""What measuring texts needs of an engine's SQL, where two engines spell it differently.

Not the same on both: hashes (each engine's own, so that a sample of one engine holds other documents than that of the
other) and lower case of the few letters that fold differently. No count that leaves a corpus rests on a hash's value
where all documents were looked at.
"""

from __future__ import annotations

from dataclasses import dataclass


def literal(text: str) -> str:
    """A text as an SQL literal; callers pass patterns and words, which hold neither quotes nor backslashes.

    Raises:
        ValueError: it holds what the two engines would read differently.
    """
    if "'" in text or chr(92) in text:
        raise ValueError("a quote or backslash in a literal")
    return f"'{text}'"


@dataclass(frozen=True, slots=True)
class Dialect:
    """Templates; `{0}` and so on are the arguments."""

    explode: str
    """One row for each element of a list, as a column."""
    split: str
    """A text by a constant sign."""
    replace_all: str
    occurrences: str
    """How often a pattern is found."""
    matches: str
    size: str
    distinct: str
    """A list without repetitions."""
    first: str
    """The first so many elements of a list."""
    element: str
    """One element of a list, from 1."""
    hash: str
    """Of one value, as a number from 0."""
    hash_three: str
    octets: str
    shingles: str
    """Hash of every three neighbours in a list of words."""
    common: str
    """How many elements two lists share."""
    day: str
    """A value as a date, NULL where it is none."""
    text: str
    """A value as text."""
    row: str
    """A number of its own for each row, not the same in another run."""


DUCKDB = Dialect(
    explode="unnest({0})",
    split="string_split({0}, {1})",
    replace_all="regexp_replace({0}, {1}, {2}, 'g')",
    occurrences="len(regexp_extract_all({0}, {1}))",
    matches="regexp_matches({0}, {1})",
    size="len({0})",
    distinct="list_distinct({0})",
    first="list_slice({0}, 1, {1})",
    element="list_extract({0}, {1})",
    hash="(hash({0}) >> 1)::BIGINT",
    hash_three="(hash({0}, {1}, {2}) >> 1)::BIGINT",
    octets="strlen({0})",
    shingles="list_transform(range(1, len({0}) - 1), lambda i: (hash({0}[i], {0}[i + 1], {0}[i + 2]) >> 1)::BIGINT)",
    common="len(list_intersect({0}, {1}))",
    day="TRY_CAST(CAST({0} AS VARCHAR) AS DATE)",
    text="CAST({0} AS VARCHAR)",
    row="row_number() OVER ()",
)
SPARK = Dialect(
    explode="explode({0})",
    split="split({0}, {1})",
    replace_all="regexp_replace({0}, {1}, {2})",
    occurrences="size(regexp_extract_all({0}, {1}, 0))",
    matches="rlike({0}, {1})",
    size="size({0})",
    distinct="array_distinct({0})",
    first="slice({0}, 1, {1})",
    element="element_at({0}, {1})",
    hash="shiftrightunsigned(xxhash64({0}), 1)",
    hash_three="shiftrightunsigned(xxhash64({0}, {1}, {2}), 1)",
    octets="octet_length({0})",
    shingles="CASE WHEN size({0}) > 2 THEN transform(sequence(1, size({0}) - 2), i -> shiftrightunsigned(xxhash64("
    "element_at({0}, i), element_at({0}, i + 1), element_at({0}, i + 2)), 1)) END",
    common="size(array_intersect({0}, {1}))",
    day="try_cast(CAST({0} AS STRING) AS DATE)",
    text="CAST({0} AS STRING)",
    row="monotonically_increasing_id()",
)


def dialect_of(name: str) -> Dialect:
    """The dialect of an engine.

    Raises:
        KeyError: nobody has written it.
    """
    return {"duckdb": DUCKDB, "spark": SPARK}[name]
