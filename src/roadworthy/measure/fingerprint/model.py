"""A fingerprint: what was measured of one source, in values that add up.

Everything that is kept of a part of a source (a file, a day) is a count, a sum, a least or greatest value, or counts in
bins whose edges never depend on the data. So the fingerprints of two parts add up to that of both, a new day costs a
day, and two sides that were measured by different engines, in different years, can be laid side by side. What cannot be
added exactly (distinct values, a sample's shares) says so by its own `Share` or `Distinct`.

Everything in here is frozen and JSON-ready by `codec`; nothing in here does I/O.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from roadworthy.measure.fingerprint.indexing import by_name
from roadworthy.measure.fingerprint.terms import IN_CLEAR, UNDECLARED, Declared, Privacy, Sampling

FORMAT = "roadworthy.dev/fingerprint/v1"
"""What a file of this shape says of itself. Another version is refused, not guessed at."""


class Form(StrEnum):
    """What a column holds, whatever type the store gives it: a column of text whose every value is a number is one."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TEXT = "text"
    BINARY = "binary"
    NESTED = "nested"
    """A list, struct or map; its fields are columns of their own under a dotted path."""
    EMPTY = "empty"
    """Nothing but missing values: the form cannot be known."""

    @property
    def numeric(self) -> bool:
        """Whether it can be added up."""
        return self in {Form.INTEGER, Form.DECIMAL}

    @property
    def temporal(self) -> bool:
        """Whether it is a point in time."""
        return self in {Form.DATE, Form.TIMESTAMP}


@dataclass(frozen=True, slots=True)
class Share:
    """A count among so many. From a sample where `of` is less than the rows of the source."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        """The share from 0 to 1; None of nothing."""
        return self.count / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Distinct:
    """How many different values there are, as a range when it was estimated."""

    low: int
    value: int
    high: int

    @property
    def exact(self) -> bool:
        """Whether it was counted."""
        return self.low == self.high


@dataclass(frozen=True, slots=True)
class LogHistogram:
    """Counts in bins that never move: floor(ln|x| * 20) per sign, and one bin for zero.

    A bin is 5 % wide, so that a quantile read from it is within 2.5 % of the true value; measured, with the reasons,
    on 22.5 million rows where two engines agreed on every bin.
    """

    zero: int = 0
    positive: Mapping[int, int] = field(default_factory=dict)
    """Bin number to count; bin b holds exp(b/20) <= x < exp((b+1)/20)."""
    negative: Mapping[int, int] = field(default_factory=dict)
    """The same of |x| for x < 0."""

    @property
    def count(self) -> int:
        """How many values are in it."""
        return self.zero + sum(self.positive.values()) + sum(self.negative.values())


BINS_PER_E = 20
"""Bins of a `LogHistogram` per factor of e."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A numeric column. Values that are not finite are counted apart and are in nothing else."""

    least: float
    greatest: float
    total: float
    """Sum, in double precision."""
    squares: float
    """Sum of squares, in double precision."""
    histogram: LogHistogram
    not_a_number: int = 0
    infinite: int = 0
    whole: int = 0
    """Values without a fraction."""


@dataclass(frozen=True, slots=True)
class Moments:
    """A column of dates or instants, read as UTC where it says no zone."""

    least: dt.datetime
    greatest: dt.datetime
    zoned: bool
    """Whether the store knows the offset from UTC."""
    days: Mapping[dt.date, int] = field(default_factory=dict)
    """Rows per day; at most `MOST_DAYS` days, the rest in `other_days`."""
    other_days: int = 0
    hours: tuple[int, ...] = ()
    """Rows per hour of the day, 24 of them; empty for dates."""
    weekdays: tuple[int, ...] = ()
    """Rows per weekday, Monday first."""
    at_midnight: int = 0
    future: int = 0
    """Rows later than the moment of measuring."""


MOST_DAYS = 4_000


@dataclass(frozen=True, slots=True)
class Texts:
    """A text column, counted over all rows."""

    lengths: LogHistogram
    """Of the length in code points; zero are the empty ones."""
    empty: int = 0
    padded: int = 0
    """With white space at an edge."""
    beyond_ascii: int = 0
    replaced: int = 0
    """With U+FFFD, where something was lost in decoding."""
    total_length: int = 0


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Values with their counts: exact, of all rows, or absent altogether where there are too many of them.

    `counts` is keyed by the value written as text. In a fingerprint that has left its house (`Privacy`) values under
    the floor are in `rare_rows` and `rare_values` only, and keys may be keyed hashes instead of values.
    """

    counts: Mapping[str, int]
    rare_rows: int = 0
    rare_values: int = 0


MOST_VALUES = 10_000
"""Distinct values up to which a vocabulary is kept."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What values look like, found on a sample of the rows (all of them where the source is small)."""

    of: int
    """Values looked at, missing ones apart."""
    masks: Mapping[str, int] = field(default_factory=dict)
    """Value with digits as 9, capitals as A, small letters as a, runs shortened with `+`; the commonest 50."""
    parses: Mapping[str, int] = field(default_factory=dict)
    """How many read as each `Form` or format of dates (`date:%d.%m.%Y`); a value may read as several."""
    leading_zeros: int = 0
    """All digits, more than one, the first a 0."""
    placeholders: Mapping[str, int] = field(default_factory=dict)
    """Values that stand for `missing`: `n/a`, `-`, `9999`, `1900-01-01`."""
    damaged: int = 0
    """With the marks of a wrong decoding (`Ã©`), control characters, or a byte order mark inside."""
    decomposed: int = 0
    """Letters and accents as two code points."""
    markup: int = 0
    """With HTML entities or tags."""
    top: Mapping[str, int] = field(default_factory=dict)
    """The commonest values, where no vocabulary is kept; at most 1,000."""
    personal: Mapping[str, int] = field(default_factory=dict)
    """Kind of personal data or secret (see `personal.KINDS`) to the number of values that hold it."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column, or one path inside a nested one."""

    name: str
    physical: str
    """The store's type, as it names it."""
    form: Form
    rows: int
    missing: int = 0
    """NULL only; NaN, empty text and placeholders are counted on their own."""
    unread: int = 0
    """Values that do not read as the form that the others have."""
    distinct: Distinct | None = None
    numbers: Numbers | None = None
    moments: Moments | None = None
    texts: Texts | None = None
    vocabulary: Vocabulary | None = None
    looks: Looks | None = None
    label: str | None = None
    """Description from the store, where it has one."""

    @property
    def present(self) -> int:
        """Rows with a value."""
        return self.rows - self.missing


@dataclass(frozen=True, slots=True)
class PartState:
    """A file or partition of a source, as it was read."""

    name: str
    rows: int
    size: int | None = None
    """Bytes."""
    version: str | None = None
    """What changes when the part does: time and size of the file, an object's tag."""
    columns: tuple[tuple[str, str], ...] = ()
    """Name and physical type, in the part's own order."""
    fault: str | None = None
    """Why it could not be read; its rows are in nothing."""
    lost: str | None = None
    """What of it could not be read while the rest was, and where; that is in nothing."""


@dataclass(frozen=True, slots=True)
class KeyPrint:
    """What was found about the declared (or, for `inferred`, the likely) key."""

    columns: tuple[str, ...]
    rows: int
    distinct: int
    missing: int
    inferred: bool = False
    repeated_soon: int = 0
    """Rows that repeat key and content within seconds of another: sent again, not recorded again."""
    hashes: Mapping[int, int] = field(default_factory=dict)
    """Sketch: hash of the key to rows, of those hashes under `threshold`; comparable between engines and years."""
    threshold: int = 0
    """Out of 2**31; 0 where no sketch is kept."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """When things happen against when they can be read."""

    event: str
    """Column of the event's time."""
    ingest: str
    """Column of the time from which it could be read."""
    lags: LogHistogram
    """Seconds from event to ingest; negative ones arrived before they happened."""
    loads: Mapping[dt.datetime, int] = field(default_factory=dict)
    """Rows per hour of ingest; at most `MOST_LOADS`."""
    events: Mapping[dt.datetime, int] = field(default_factory=dict)
    """Rows per hour of the event; at most `MOST_LOADS`."""


MOST_LOADS = 20_000


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a breakdown: its rows, and every other column within it."""

    rows: int
    missing: Mapping[str, int] = field(default_factory=dict)
    """Per column."""
    histograms: Mapping[str, LogHistogram] = field(default_factory=dict)
    """Per numeric column."""
    days: Mapping[dt.date, int] = field(default_factory=dict)
    """Rows per day of the event time, where one is declared."""
    hours: tuple[int, ...] = ()
    """Rows per hour of the day of the event time."""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The source by the values of one column, on a sample; at most 50 values."""

    by: str
    of: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows by the values of two columns together, counted over all rows."""

    columns: tuple[str, str]
    counts: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Corpus:
    """A column (or folder) of texts: what documents are like beyond being strings."""

    column: str
    of: int
    """Documents looked at."""
    lengths: LogHistogram
    """Characters."""
    scripts: Mapping[str, int] = field(default_factory=dict)
    """Documents per main script."""
    languages: Mapping[str, int] = field(default_factory=dict)
    """Documents per language (ISO 639-1), `und` where the words do not tell."""
    noise: tuple[int, ...] = ()
    """Documents per twentieth of the noise score from 0 to 1; 20 counts."""
    features: Mapping[str, int] = field(default_factory=dict)
    """Documents that show something: `punctuation-missing`, `all-capitals`, `headings`, `redaction-marks`, ..."""
    cut_off: int = 0
    """Ending inside a word at one and the same length."""
    copies: int = 0
    """Documents beyond the first of a group with the same words."""
    near_copies: int = 0
    """Documents beyond the first of a group that differ in a few words."""
    conflicts: int = 0
    """Groups of one title or key whose numbers, dates or negations disagree."""
    hidden: Mapping[str, int] = field(default_factory=dict)
    """Documents with invisible characters, invisible styling, or sentences that address a model."""
    words: Mapping[str, int] = field(default_factory=dict)
    """Documents per word or phrase, the commonest; for what came in or went out of use."""
    stale: Share | None = None
    """Past their review date or interval."""
    unowned: Share | None = None
    access_lists: Mapping[str, int] = field(default_factory=dict)
    """Documents per access list; empty where no such column is declared."""
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Feature to ids of documents that show it; ids only, never text."""
    total: int = 0
    """Documents in all, of which `of` were looked at; their lengths are counted all the same."""
    words_of: int = 0
    """Documents of which the words were counted; `words` is of these."""
    words_floor: int = 0
    """A word in fewer documents than this is not in `words`."""
    lines_floor: int = 0
    """A line or sentence (an entry of `words` with a blank) in fewer documents than this is not in `words`."""
    copies_by_size: Mapping[int, int] = field(default_factory=dict)
    """Copies and near copies among so many of them, drawn without regard to content: more documents, more copies."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One source, measured."""

    name: str
    location: str
    """Without credentials."""
    engine: str
    """Name and version, such as `duckdb 2.0.0`."""
    measured_at: dt.datetime
    rows: int
    columns: tuple[Column, ...]
    declared: Declared = UNDECLARED
    parts: tuple[PartState, ...] = ()
    key: KeyPrint | None = None
    copies: Share | None = None
    """Rows beyond the first of a group of wholly equal rows; on the rows whose hash falls into one of 64 classes when
    the source is large, so that equal rows are drawn together."""
    arrival: Arrival | None = None
    breakdowns: tuple[Breakdown, ...] = ()
    pairs: tuple[Pairs, ...] = ()
    corpus: Corpus | None = None
    sampling: Sampling | None = None
    privacy: Privacy = IN_CLEAR
    size: int | None = None
    """Bytes as stored."""
    partial: str | None = None
    """Why it is not of the whole source: cancelled, or what could not be read."""
    format: str = FORMAT

    def column(self, name: str) -> Column | None:
        """A column by its name."""
        return by_name(self.columns, name)

    @property
    def faults(self) -> tuple[PartState, ...]:
        """Parts that could not be read."""
        return tuple(part for part in self.parts if part.fault is not None)
