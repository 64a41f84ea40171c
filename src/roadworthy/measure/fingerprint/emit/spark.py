"""The SQL of Spark, under ANSI rules and a session in UTC."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import ClassVar

from roadworthy.measure.fingerprint.emit.base import Emitter
from roadworthy.measure.fingerprint.metrics import NO_BREAK, WHITE
from roadworthy.measure.fingerprint.model import Form
from roadworthy.measure.fingerprint.relation import Field


class SparkEmitter(Emitter):
    """Writes what Spark 4 reads."""

    dialect: ClassVar[str] = "spark"
    text_type: ClassVar[str] = "STRING"
    quote: ClassVar[str] = "`"
    at_once: ClassVar[int] = 240
    at_once_of_few: ClassVar[int] = 48
    stacks: ClassVar[bool] = True
    together: ClassVar[int] = 16

    def literal(self, text: str) -> str:
        """Backslashes are escapes in Spark's literals, unlike in the standard's."""
        plain = text.replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\u0000")
        return f"'{plain}'"

    def double(self, field: Field) -> str:
        """A cast; whole numbers of 64 bits and more lose their last digits."""
        return f"CAST({field.expression} AS DOUBLE)"

    def finite(self, field: Field) -> str:
        """NaN and infinities become NULL; other types than floating ones have none."""
        double = self.double(field)
        if field.form is Form.INTEGER or field.physical.upper().startswith(("DECIMAL", "NUMERIC")):
            return double
        infinite = "CAST('Infinity' AS DOUBLE)"
        return f"CASE WHEN NOT isnan({double}) AND abs({double}) <> {infinite} THEN {double} END"

    def micros(self, field: Field) -> str:
        """A moment without a zone is read in the session's, which is UTC."""
        if field.form is Form.DATE:
            return f"(CAST(unix_date({field.expression}) AS BIGINT) * 86400000000)"
        return f"unix_micros(CAST({field.expression} AS TIMESTAMP))"

    def zoned(self, physical: str) -> bool:
        """`timestamp` is an instant, `timestamp_ntz` a reading of some clock."""
        return physical.lower() in {"timestamp", "timestamp_ltz"}

    def hashable(self, field: Field) -> bool:
        """A map has no order, and Spark therefore no hash of it."""
        kind = field.physical.lower()
        return field.form is not Form.BINARY and "map<" not in kind and "variant" not in kind

    def pieces(self, expression: str) -> dict[str, str]:
        """`char_length` counts code points."""
        return {
            "octets": f"octet_length({expression})",
            "length": f"char_length({expression})",
            "last": f"right({expression}, 1)",
            "begins_hard": f"startswith({expression}, {self.literal(NO_BREAK)})",
            "ends_hard": f"endswith({expression}, {self.literal(NO_BREAK)})",
            "infinity": "CAST('Infinity' AS DOUBLE)",
            "lost": self.literal("\N{REPLACEMENT CHARACTER}"),
        }

    def folded(self, expression: str) -> str:
        """Without white space at the edges, ASCII capitals made small."""
        trimmed = f"trim(BOTH {self.literal(WHITE)} FROM {expression})"
        return f"translate({trimmed}, '{string.ascii_uppercase}', '{string.ascii_lowercase}')"

    def matched(self, expression: str, pattern: str) -> str:
        """Java's expressions."""
        return f"regexp_like({expression}, {self.literal(pattern)})"

    def replaced(self, expression: str, pattern: str, by: str) -> str:
        """All matches are."""
        return f"regexp_replace({expression}, {self.literal(pattern)}, '{by}')"

    def whole(self, finite: str) -> str:
        """`floor` gives a 64-bit number, into which the largest doubles do not fit; `rint` does not."""
        return f"{finite} = rint({finite})"

    def quotient(self, dividend: str, divisor: int) -> str:
        """`div` rounds towards zero."""
        return f"({dividend} div {divisor})"

    def shifted(self, number: str, bits: int) -> str:
        """`shiftright` keeps the sign."""
        return f"shiftright({number}, {bits})"

    def low_bits(self, number: str, bits: int) -> str:
        """Bits in common with as many ones."""
        return f"(({number}) & {2**bits - 1})"

    def bit_set(self, places: str) -> str:
        """The highest bit is the sign here, and counted like any other."""
        return f"bit_count(bit_or(shiftleft(1L, CAST({places} AS INT))))"

    def row_hash(self, expressions: Sequence[str]) -> str:
        """Spark passes over NULLs, so that (1, NULL) and (NULL, 1) would be the same."""
        parts = (part for expression in expressions for part in (expression, f"({expression}) IS NULL"))
        return f"xxhash64({', '.join(parts)})"

    def class_of(self, hashed: str, classes: int) -> str:
        """The hash is signed."""
        return f"pmod({hashed}, {classes})"

    def digest_part(self, expression: str) -> str:
        """Eight digits of the hexadecimal text, of which the last bit is dropped."""
        return f"(CAST(conv(left(md5({expression}), 8), 16, 10) AS BIGINT) div 2)"
