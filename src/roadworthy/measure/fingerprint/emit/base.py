"""What the SQL of two engines has in common: where it is the same it stands here once.

An aggregate is a template over pieces of its column: `{x}` the value, `{d}` the value as a double, `{f}` the same where
it is finite (else NULL), `{t}` microseconds since 1970 in UTC, `{raw}` the value before it was read, and what
`Emitter.pieces` of the engine adds. Other names in braces are the metric's own attributes.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from roadworthy.measure.fingerprint import metrics as m
from roadworthy.measure.fingerprint.emit.arithmetic import DAY, FIRST, PRIME, SECOND, Arithmetic
from roadworthy.measure.fingerprint.model import Form
from roadworthy.measure.fingerprint.relation import Field

MASKED = 64
"""Characters of a value that its mask is made of: more of them do not tell more about its shape."""
TALLIED = 300
"""Keys of a count that is one aggregate: it holds a number for each."""


class Emitter(Arithmetic):
    """Writes the SQL of one engine."""

    dialect: ClassVar[str]
    text_type: ClassVar[str]
    quote: ClassVar[str]
    at_once: ClassVar[int]
    """How many aggregates over all rows share a SELECT: more of them reread fewer columns, and fill the caches."""
    at_once_of_few: ClassVar[int]
    """The same over few rows: a statement of thousands takes longer to plan than to run, and is over some limits."""
    together: ClassVar[int]
    """How many grouped metrics share a statement: on a cluster a statement costs more than a scan of two columns."""
    stacks: ClassVar[bool]
    """Whether few rows are counted by many columns in one scan; see `stacking`."""

    scalars: ClassVar[Mapping[type[Any], str]] = {
        m.Rows: "count(*)",
        m.Present: "count({x})",
        m.Given: "count({raw})",
        m.Estimated: "approx_count_distinct({x})",
        m.Counted: "count(DISTINCT {x})",
        m.Least: "min({f})",
        m.Greatest: "max({f})",
        m.Total: "sum({f})",
        m.Squares: "sum({f} * {f})",
        m.NotANumber: "count(*) FILTER (WHERE isnan({d}))",
        m.Infinite: "count(*) FILTER (WHERE abs({d}) = {infinity})",
        m.Whole: "count(*) FILTER (WHERE {integral})",
        m.Earliest: "min({t})",
        m.Latest: "max({t})",
        m.Midnights: f"count(*) FILTER (WHERE {{t}} % {DAY} = 0)",
        m.Later: "count(*) FILTER (WHERE {t} > {than})",
        # The last sign is cut out of a text last of all: it costs as much as the rest together.
        m.Padded: "count(*) FILTER (WHERE {x} <> '' AND ({x} < '!' OR {ends_hard} OR {begins_hard} OR {last} < '!'))",
        m.BeyondAscii: "count(*) FILTER (WHERE {octets} <> {length})",
        m.Replaced: "count(*) FILTER (WHERE contains({x}, {lost}))",
        m.Longest: "max({octets})",
        m.Octets: "sum(CAST({octets} AS BIGINT))",
    }

    tallied: ClassVar[Mapping[type[Any], str]] = {}
    """Grouped metrics that the engine can also give as one aggregate, a map of key to rows, beside others.

    Keys are from 0 to `TALLIED` - 1; what lies beyond is counted under a key that is none of them.
    """

    # ------------------------------------------------------------ what each engine spells in its own way

    @abstractmethod
    def literal(self, text: str) -> str:
        """A text as a literal."""

    @abstractmethod
    def double(self, field: Field) -> str:
        """The value of a numeric column in double precision."""

    @abstractmethod
    def finite(self, field: Field) -> str:
        """The same, NULL where it is not finite."""

    @abstractmethod
    def micros(self, field: Field) -> str:
        """Microseconds since 1970 in UTC as a 64-bit number, NULL where it is infinite."""

    @abstractmethod
    def zoned(self, physical: str) -> bool:
        """Whether a type of moments knows the offset from UTC."""

    @abstractmethod
    def pieces(self, expression: str) -> dict[str, str]:
        """SQL for `octets`, `length`, `last` sign of a text; for `infinity` and `lost` (U+FFFD).

        `begins_hard` and `ends_hard` are whether it does with a blank that does not break.
        """

    @abstractmethod
    def hashable(self, field: Field) -> bool:
        """Whether `row_hash` takes it."""

    @abstractmethod
    def whole(self, finite: str) -> str:
        """Whether a finite double has no fraction."""

    @abstractmethod
    def matched(self, expression: str, pattern: str) -> str:
        """Whether a text holds a match of a pattern."""

    @abstractmethod
    def folded(self, expression: str) -> str:
        """A text without white space at its edges, with ASCII capitals made small."""

    @abstractmethod
    def replaced(self, expression: str, pattern: str, by: str) -> str:
        """A text with all matches of a pattern replaced."""

    @abstractmethod
    def row_hash(self, expressions: Sequence[str]) -> str:
        """The engine's own 64-bit hash of several values, in which a NULL counts as a value of its place."""

    @abstractmethod
    def digest_part(self, expression: str) -> str:
        """The first 31 bits of the MD5 of a text's UTF-8 as a 64-bit number."""

    # ------------------------------------------------------------ what is the same everywhere

    def name(self, text: str) -> str:
        """A quoted name."""
        return f"{self.quote}{text.replace(self.quote, self.quote * 2)}{self.quote}"

    def as_text(self, expression: str) -> str:
        """A value written as text."""
        return f"CAST({expression} AS {self.text_type})"

    def sampled(self, row_number: str, threshold: int) -> str:
        """Whether a row is drawn, by its number: the same rows on every run, evenly spread over the source.

        By the engine's own hash, which takes a quarter of the time of `mixed` (measured: 0.3 and 1.3 s for 20 million).
        """
        return f"{self.class_of(self.row_hash([row_number]), PRIME)} < {threshold}"

    def sampled_again(self, row_number: str, threshold: int) -> str:
        """The same of rows that are a sample already, all of whose hashes lie under a threshold."""
        return f"{self.mixed(f'((({row_number}) % {PRIME}) * {FIRST}) % {PRIME}')} < {threshold}"

    def key_hash(self, fields: Sequence[Field], *, narrow: bool) -> str:
        """From 0 to 2**31 - 1, and the same on every engine; NULL where a part of the key is.

        `narrow` says that all whole numbers are from 0 to the prime - 1, where half of the arithmetic does nothing.
        Whole numbers by arithmetic, since MD5 of 20 million keys costs as much as everything else together (measured:
        20 of 54 seconds); other keys by MD5 of their parts with U+001F between.
        """
        if len(fields) == 1 and fields[0].form is Form.INTEGER:
            x = f"({fields[0].expression})"
            if narrow:
                return self.mixed(f"(CAST({x} AS BIGINT) * {FIRST}) % {PRIME}")
            low, high = f"CAST({x} % {PRIME} AS BIGINT)", f"(CAST({self.quotient(x, PRIME)} AS BIGINT) % {PRIME})"
            return self.mixed(f"(({low} * {FIRST} + {high} * {SECOND}) % {PRIME} + {PRIME}) % {PRIME}")
        between = f" || {self.literal(chr(31))} || "
        return self.digest_part(between.join(self.as_text(each.expression) for each in fields))
