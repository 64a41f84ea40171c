"""The closed set of what an engine may be asked, as values.

A `Scalar` is one number per column and shares a SELECT with others. A `Grouped` is counts by a key. An emitter has one
piece of SQL for each class in here and nothing else, so that a new engine is a table of some thirty expressions, proven
by the conformance file. Metrics are hashable: results are kept by the metric that asked for them.
"""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.measure.fingerprint.relation import Field


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of the source."""


@dataclass(frozen=True, slots=True)
class Present:
    """Values that read as the column's form."""

    field: Field


@dataclass(frozen=True, slots=True)
class Given:
    """Values before they were read: what is present in the store, whether it reads as the form or not."""

    field: Field


@dataclass(frozen=True, slots=True)
class Estimated:
    """Different values, by the engine's own estimate: within 10 % on either engine (measured: 6.5 %)."""

    field: Field


@dataclass(frozen=True, slots=True)
class Counted:
    """Different values, counted."""

    field: Field


@dataclass(frozen=True, slots=True)
class Least:
    """Least finite number."""

    field: Field


@dataclass(frozen=True, slots=True)
class Greatest:
    """Greatest finite number."""

    field: Field


@dataclass(frozen=True, slots=True)
class Total:
    """Sum of the finite numbers in double precision.

    Engines add in their own order: two sums are equal within 1e-9 of the sum of the absolute values.
    """

    field: Field


@dataclass(frozen=True, slots=True)
class Squares:
    """Sum of the squares of the finite numbers in double precision. Tolerance as of `Total`."""

    field: Field


@dataclass(frozen=True, slots=True)
class NotANumber:
    """Values that are NaN, which is neither NULL nor a number."""

    field: Field


@dataclass(frozen=True, slots=True)
class Infinite:
    """Values that are infinite, of either sign."""

    field: Field


@dataclass(frozen=True, slots=True)
class Whole:
    """Finite numbers without a fraction."""

    field: Field


@dataclass(frozen=True, slots=True)
class Earliest:
    """Least moment, in microseconds since 1970 in UTC."""

    field: Field


@dataclass(frozen=True, slots=True)
class Latest:
    """Greatest moment, in microseconds since 1970 in UTC."""

    field: Field


@dataclass(frozen=True, slots=True)
class Midnights:
    """Moments at exactly 00:00 UTC."""

    field: Field


@dataclass(frozen=True, slots=True)
class Later:
    """Moments after one."""

    field: Field
    than: int
    """Microseconds since 1970 in UTC."""


@dataclass(frozen=True, slots=True)
class Padded:
    """Texts with white space at an edge (`WHITE`)."""

    field: Field


@dataclass(frozen=True, slots=True)
class BeyondAscii:
    """Texts that need more bytes than characters."""

    field: Field


@dataclass(frozen=True, slots=True)
class Replaced:
    """Texts with U+FFFD."""

    field: Field


@dataclass(frozen=True, slots=True)
class Longest:
    """Greatest length in bytes, which an engine knows without looking at the characters."""

    field: Field


@dataclass(frozen=True, slots=True)
class Octets:
    """Sum of the lengths in bytes."""

    field: Field


@dataclass(frozen=True, slots=True)
class Matching:
    """Rows per column whose value holds a match of a pattern; asked of `words`, see `looks`."""

    pattern: str
    """Read alike by RE2 and Java: no look-around, no `$` (Java's accepts a trailing line break), no `\\d`."""
    early: bool = False
    """Whether it matches only what begins with a digit, a sign or a point, which is cheaper to see."""


@dataclass(frozen=True, slots=True)
class KeysOfClass:
    """Different keys, rows with a whole key, and rows without: of the keys whose hash falls into one class.

    Different keys are counted by a 64-bit hash of the engine's own: of 20 million keys, two share one with a
    probability of 1e-5.
    """

    fields: tuple[Field, ...]
    remainder: int
    classes: int


@dataclass(frozen=True, slots=True)
class DenseKeys:
    """The same, exactly, of a key that is one whole number and leaves few numbers out: as bits of blocks of 64.

    Takes a sixth of the time of counting hashes (measured: 0.9 against 5.9 s for 20 million keys in order).
    """

    field: Field
    remainder: int
    classes: int
    """Of blocks, of which one is counted at a time; rows without a key with the first."""


@dataclass(frozen=True, slots=True)
class CopiesOfClass:
    """Rows, and wholly different rows, among those whose class (by the hash of some columns) is the first."""

    fields: tuple[Field, ...]
    by: tuple[Field, ...]
    """What the class is of; empty for all rows. Equal rows are equal in these too, and few columns hash faster."""
    classes: int


@dataclass(frozen=True, slots=True)
class Resent:
    """Rows that follow another of the same key and the same content within `seconds`, in one class of keys."""

    key: tuple[Field, ...]
    content: tuple[Field, ...]
    moment: Field
    seconds: int
    remainder: int
    classes: int


Scalar = (
    Rows | Present | Given | Estimated | Counted
    | Least | Greatest | Total | Squares | NotANumber | Infinite | Whole
    | Earliest | Latest | Midnights | Later
    | Padded | BeyondAscii | Replaced | Longest | Octets
)  # fmt: skip
"""One value each; many share a SELECT."""


@dataclass(frozen=True, slots=True)
class Values:
    """Rows per value, of a column that has at most `most` of them; one more than `most` where it has more."""

    field: Field
    most: int


@dataclass(frozen=True, slots=True)
class Commonest:
    """Rows per value, of the commonest values that are not too long to show."""

    field: Field
    most: int
    longest: int
    """Characters."""


@dataclass(frozen=True, slots=True)
class Among:
    """Rows per value, of the numbers in a list, or of the moments on the days in it."""

    field: Field
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bins:
    """Finite numbers per bin of a `LogHistogram`, packed: see `histogram.unpacked`."""

    field: Field


@dataclass(frozen=True, slots=True)
class Lengths:
    """Texts per length in code points."""

    field: Field


@dataclass(frozen=True, slots=True)
class Days:
    """Moments per day since 1970, the fullest days first."""

    field: Field
    most: int


@dataclass(frozen=True, slots=True)
class Hours:
    """Moments per hour since 1970, the fullest first."""

    field: Field
    most: int


@dataclass(frozen=True, slots=True)
class Clock:
    """Moments per hour of the week, 0 on Monday at midnight UTC."""

    field: Field


@dataclass(frozen=True, slots=True)
class Lags:
    """Rows per bin of the seconds from one moment to another, packed as `Bins`."""

    event: Field
    ingest: Field


@dataclass(frozen=True, slots=True)
class Listed:
    """Texts of `words` (see `looks`) per column and value: those in a list, edges and ASCII case apart."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Masks:
    """Texts of `words` per column and mask, the commonest: digits 9, capitals A, small letters a, runs with `+`."""

    most: int


@dataclass(frozen=True, slots=True)
class Together:
    """Rows per pair of values, the commonest first."""

    first: Field
    second: Field
    most: int


@dataclass(frozen=True, slots=True)
class Sketch:
    """Rows per hash of the key, of the hashes under `threshold`; the same hash on every engine (see `hashing`)."""

    fields: tuple[Field, ...]
    threshold: int
    narrow: bool = False
    """Whether the key is one whole number from 0 to 2**31 - 2."""


@dataclass(frozen=True, slots=True)
class CellRows:
    """Rows per value, of the values in a list."""

    by: Field
    within: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GapsWithin:
    """Missing values of a column per value of another."""

    by: Field
    field: Field
    within: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BinsWithin:
    """`Bins` of a column per value of another."""

    by: Field
    field: Field
    within: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DaysWithin:
    """`Days` of a column per value of another."""

    by: Field
    field: Field
    within: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HoursWithin:
    """Moments per hour of the day, per value of another column."""

    by: Field
    field: Field
    within: tuple[str, ...]


Cellwise = CellRows | GapsWithin | BinsWithin | DaysWithin | HoursWithin
"""Counts per value of another column."""

Grouped = Values | Commonest | Among | Bins | Lengths | Days | Hours | Clock | Lags | Together | Sketch | Cellwise
"""Counts by one key or two."""

Tallied = Lengths
"""Counts by a key that some engines also give as one aggregate; see `Emitter.tallied`."""

Special = KeysOfClass | DenseKeys | CopiesOfClass | Resent
"""Statements of their own with one row of several numbers."""

NO_BREAK = "\N{NO-BREAK SPACE}"
WHITE = "".join(map(chr, range(33))) + NO_BREAK
"""White space at an edge: the blank, the control characters before it, the blank that does not break.

Comparing with `!` costs a tenth of trimming (measured: 1 and 10 s for 20 million texts)."""
