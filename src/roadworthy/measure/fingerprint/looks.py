"""What values look like, by regular expressions over a sample: masks, how they read, placeholders, damage, persons.

The patterns are read alike by RE2 and by Java: no look-around, no `$` (Java's accepts a trailing line break), digits as
`[0-9]`. Values are grouped before they are looked at, so a column of few values costs nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from roadworthy.measure.fingerprint import metrics as m
from roadworthy.measure.fingerprint import personal
from roadworthy.measure.fingerprint.assembling import written
from roadworthy.measure.fingerprint.drawing import number_of
from roadworthy.measure.fingerprint.emit import statements
from roadworthy.measure.fingerprint.emit.arithmetic import PRIME
from roadworthy.measure.fingerprint.model import Form, Looks
from roadworthy.measure.fingerprint.relation import Field, Relation
from roadworthy.measure.fingerprint.scanning import Counts, Scanner

LOOKED_AT = 10_000
"""Characters of a value that are looked at."""
MOST_MASKS = 50
MOST_TOP = 1_000
LONGEST_TOP = 200
"""Bytes of a value that is shown among the commonest."""
TOGETHER = 200
"""Columns whose values are looked at in one statement: to read the patterns costs more than to match short values."""
MOST_BYTES = 64_000_000
"""Of a column's texts that are looked at."""
SECOND_LOOK = 400
"""Values that fitted a pattern of personal data and have their check digits looked at."""

_YEAR, _MONTH, _DAY = "[12][0-9]{3}", "(?:0?[1-9]|1[0-2])", "(?:0?[1-9]|[12][0-9]|3[01])"
_NAMED = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_TIME = "(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?"
_ZONE = "(?:Z|[+-][0-9]{2}:?[0-9]{2})"

PARSES: Mapping[str, str] = {
    "integer": "^[+-]?[0-9]{1,18}\\z",
    "decimal": "^[+-]?(?:[0-9]+[.][0-9]*|[.][0-9]+|[0-9]+)(?:[eE][+-]?[0-9]{1,3})?\\z",
    "decimal:comma": "^[+-]?[0-9]{1,3}(?:[.]?[0-9]{3})*,[0-9]+\\z",
    "decimal:thousands": "^[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:[.][0-9]+)?\\z",
    "boolean": "^(?:[Tt]rue|TRUE|[Ff]alse|FALSE|[Yy]es|YES|[Nn]o|NO|[TtFfYyNn])\\z",
    "date:%Y-%m-%d": f"^{_YEAR}-{_MONTH}-{_DAY}\\z",
    "date:%Y/%m/%d": f"^{_YEAR}/{_MONTH}/{_DAY}\\z",
    "date:%Y%m%d": "^[12][0-9]{3}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])\\z",
    "date:%d.%m.%Y": f"^{_DAY}[.]{_MONTH}[.]{_YEAR}\\z",
    "date:%d/%m/%Y": f"^{_DAY}/{_MONTH}/{_YEAR}\\z",
    "date:%m/%d/%Y": f"^{_MONTH}/{_DAY}/{_YEAR}\\z",
    "date:%d-%m-%Y": f"^{_DAY}-{_MONTH}-{_YEAR}\\z",
    "date:%m-%d-%Y": f"^{_MONTH}-{_DAY}-{_YEAR}\\z",
    "date:%d/%m/%y": f"^{_DAY}/{_MONTH}/[0-9]{{2}}\\z",
    "date:%m/%d/%y": f"^{_MONTH}/{_DAY}/[0-9]{{2}}\\z",
    "date:%d %b %Y": f"^{_DAY}[ -]{_NAMED}[ -]{_YEAR}\\z",
    "date:%b %d, %Y": f"^{_NAMED} {_DAY},? {_YEAR}\\z",
    "timestamp:%Y-%m-%d %H:%M:%S": f"^{_YEAR}-{_MONTH}-{_DAY}[T ]{_TIME}\\z",
    "timestamp:%Y-%m-%d %H:%M:%S%z": f"^{_YEAR}-{_MONTH}-{_DAY}[T ]{_TIME} ?{_ZONE}\\z",
    "timestamp:%d.%m.%Y %H:%M:%S": f"^{_DAY}[.]{_MONTH}[.]{_YEAR} {_TIME}\\z",
    "timestamp:%d/%m/%Y %H:%M:%S": f"^{_DAY}/{_MONTH}/{_YEAR} {_TIME}\\z",
    "timestamp:%m/%d/%Y %H:%M:%S": f"^{_MONTH}/{_DAY}/{_YEAR} {_TIME}\\z",
}
"""How a text can read. A date need not exist (30 February reads as one), so that engines agree."""

BY_LETTER = frozenset({"boolean", "date:%b %d, %Y"})
"""Those that can begin with a letter; all others begin with a digit, a sign or a point."""

LEADING_ZERO = "^0[0-9]+\\z"
DAMAGED = (
    "[\\x{00C2}\\x{00C3}][\\x{0080}-\\x{00BF}\\x{0152}\\x{0153}\\x{0160}\\x{0161}\\x{0178}\\x{017D}\\x{017E}\\x{0192}"
    "\\x{02C6}\\x{02DC}\\x{2013}-\\x{2026}\\x{2030}\\x{2039}\\x{203A}\\x{20AC}\\x{2122}]"
    "|\\x{00E2}(?:\\x{20AC}|\\x{0080})"
    "|[\\x{0000}-\\x{0008}\\x{000B}\\x{000E}-\\x{001F}\\x{007F}-\\x{009F}]|\\x{FEFF}"
)
"""UTF-8 read as Latin-1 or Windows-1252 (a lead byte, then a continuation as either of them shows it), a control
character, a byte order mark."""
DECOMPOSED = "\\p{L}[\\x{0300}-\\x{036F}]"
MARKUP = (
    "&(?:amp|lt|gt|quot|apos|nbsp|#[0-9]{1,6}|#[xX][0-9a-fA-F]{1,6});|</?[A-Za-z][A-Za-z0-9]{0,15}(?: [^<>]{0,300})?/?>"
)

WORDS = (
    "", "-", "--", "---", ".", "..", "...", "?", "??", "???", "*", "/", "_", "x", "xx", "xxx", "xxxx", "zz", "zzz",
    "n/a", "na", "n.a.", "n/k", "n/d", "nan", "#n/a", "#ref!", "#value!", "#null!", "#name?", "#div/0!", "\\n",
    "null", "(null)", "<null>", "[null]", "nil", "none", "(none)", "nul", "undefined", "undef", "void",
    "unknown", "unk", "not known", "not available", "not applicable", "not specified", "not recorded", "not provided",
    "not stated", "no data", "no value", "missing", "blank", "(blank)", "empty", "(empty)", "<na>", "pending",
    "tbd", "tba", "tbc", "to be determined", "dummy", "default", "other/unknown", "unspecified", "unassigned",
    "unbekannt", "keine angabe", "k.a.", "ohne angabe", "nicht bekannt", "inconnu", "non renseigné", "s/o",
    "desconocido", "sin datos", "sconosciuto", "onbekend", "okänd",
    "-1", "-9", "-99", "-999", "-9999", "999", "9999", "99999", "999999", "9999999", "99999999", "999999999",
    "9999999999", "000", "0000", "00000", "000000", "0000000", "00000000", "000000000",
    "0000-00-00", "0001-01-01", "1900-01-01", "1970-01-01", "9999-12-31", "2999-12-31", "1899-12-30", "1899-12-31",
    "01/01/1900", "12/31/9999", "31/12/9999", "01/01/1970", "01.01.1900", "31.12.9999", "01.01.1970", "19000101",
    "99991231", "19700101",
)  # fmt: skip
"""Texts that stand for `missing`, without white space at the edges and in small letters."""
NUMBERS = (
    "-1", "-8", "-9", "-88", "-99", "-888", "-999", "-9999", "-99999", "-999999", "99", "999", "9999", "99999",
    "999999", "9999999", "99999999", "999999999", "9999999999", "2147483647", "-2147483648",
)  # fmt: skip
"""Numbers that do. Whether one does in a column is for a rule to say: -1 is a temperature too."""
DAYS = (
    "0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1901-01-01", "1970-01-01", "2099-12-31",
    "2999-12-31", "9998-12-31", "9999-01-01", "9999-12-31",
)  # fmt: skip
"""Days that do."""


def looks(
    fields: Sequence[Field], sample: Relation, scanner: Scanner, *, bytes_of: Mapping[Field, float], most: int
) -> Looked:
    """Look at the columns of a sample.

    Args:
        fields: as the sample has them.
        sample: where they are.
        scanner: the engine.
        bytes_of: mean bytes of a text, so that documents are looked at in smaller numbers.
        most: values of a text column to look at.

    Raises:
        InvalidInput: the data made a query fail.
    """
    looked = Looked({}, {})
    # Dates that were read from text are looked at as they are written.
    texts = [field for field in fields if field.form is Form.TEXT or (field.form.temporal and field.raw is not None)]
    for begin in range(0, len(texts), TOGETHER):
        some = texts[begin : begin + TOGETHER]
        scanner.step("looks of texts", 0.3 * len(some))
        wanted = [_words(field, sample, scanner, bytes_of.get(field, 0.0), most) for field in some]
        source = scanner.engine.keep("words", statements.words(scanner.emit, wanted, sample.source))
        looked.texts.update(_text_looks(some, source, scanner))
    listed: dict[m.Grouped, Field] = {
        m.Among(field, NUMBERS if field.form.numeric else DAYS): field
        for field in fields
        if field.form.numeric or field.form.temporal
    }
    answers = scanner.count("placeholders", list(listed), sample.source, weight=0.02 * len(listed), small=True)
    for metric, field in listed.items():
        looked.placeholders[field] = _placeholders(field, answers.groups[metric])
    return looked


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen, by the sample's column."""

    texts: dict[Field, Looks]
    placeholders: dict[Field, dict[str, int]]

    def of(self, field: Field, present: int, top: Mapping[str, int]) -> Looks:
        """The looks of one column, with its commonest values."""
        seen = self.texts.get(field) or Looks(present)
        if field.form is not Form.TEXT:
            # Of how dates are written, masks and formats say something; the rest was looked for by value.
            part = min(1.0, seen.of / present) if present else 1.0
            days = {value: round(rows * part) for value, rows in self.placeholders.get(field, {}).items()}
            seen = Looks(seen.of, masks=seen.masks, parses=seen.parses, placeholders=days)
        return replace(seen, top=top)


def _words(field: Field, sample: Relation, scanner: Scanner, mean: float, most: int) -> tuple[str, str]:
    """SQL of the values of a column, and of the rows that are wanted, which hold no more than `MOST_BYTES`."""
    x = (field.raw or field.expression) if field.form.temporal else field.expression
    where = f"{x} IS NOT NULL"
    present = scanner.answers.number(m.Present(field))
    share = min(MOST_BYTES / max(1.0, mean * present), most / max(1, present))
    if share < 1:
        where += f" AND {scanner.emit.sampled_again(number_of(sample, scanner.emit), round(PRIME * share))}"
    return f"left({x}, {LOOKED_AT})", where


def _placeholders(field: Field, counts: Counts) -> dict[str, int]:
    """Numbers by how they are written, days by date."""
    found: Counter[str] = Counter()
    for key, _, rows in counts:
        found[written(field.form, key)] += rows
    return dict(sorted(found.items()))


def commonest(fields: Sequence[Field], sample: Relation, scanner: Scanner) -> dict[Field, dict[str, int]]:
    """The commonest values that more than one row of the sample has; what one row alone has may name somebody.

    Raises:
        InvalidInput: the data made a query fail.
    """
    wanted: dict[m.Grouped, Field] = {m.Commonest(field, MOST_TOP, LONGEST_TOP): field for field in fields}
    answers = scanner.count("commonest values", list(wanted), sample.source, weight=0.02 * len(wanted), small=True)
    found = {}
    for metric, field in wanted.items():
        shared: Counter[str] = Counter()
        for key, _, rows in answers.groups[metric]:
            shared[written(field.form, key)] += rows
        found[field] = dict(sorted(((key, rows) for key, rows in shared.items() if rows > 1), key=_fullest))
    return found


def _fullest(pair: tuple[str, int]) -> tuple[int, str]:
    return (-pair[1], pair[0])


def _text_looks(fields: Sequence[Field], source: str, scanner: Scanner) -> dict[Field, Looks]:
    kinds = personal.patterns()
    patterns = (*PARSES.values(), LEADING_ZERO, DAMAGED, DECOMPOSED, MARKUP, *kinds.values())
    early = {pattern for name, pattern in PARSES.items() if name not in BY_LETTER} | {LEADING_ZERO}
    wanted = [m.Matching(pattern, pattern in early) for pattern in patterns]
    rows = scanner.engine.rows(statements.matching(scanner.emit, wanted, source))
    hits = {place: dict(zip(patterns, map(int_of, matched), strict=True)) for place, _, *matched in rows}
    totals = {place: int(total) for place, total, *_ in rows}
    masks: dict[int, dict[str, int]] = {}
    for place, mask, count in scanner.engine.rows(statements.masks(scanner.emit, m.Masks(MOST_MASKS), source)):
        masks.setdefault(place, {})[mask] = int(count)
    stands: dict[int, dict[str, int]] = {}
    for place, value, count in scanner.engine.rows(statements.listed(scanner.emit, m.Listed(WORDS), source)):
        if value:  # an empty text is counted as such already
            stands.setdefault(place, {})[value] = int(count)
    return {
        fields[place]: Looks(
            of=totals[place],
            masks=masks.get(place, {}),
            parses={name: found[pattern] for name, pattern in PARSES.items() if found[pattern]},
            leading_zeros=found[LEADING_ZERO],
            placeholders=dict(sorted(stands.get(place, {}).items())),
            damaged=found[DAMAGED],
            decomposed=found[DECOMPOSED],
            markup=found[MARKUP],
            personal={
                kind: count
                for kind, pattern in kinds.items()
                if (
                    count := _second_look(
                        kind, found[pattern], f"(SELECT v FROM {source} WHERE m = {place}) AS w", scanner
                    )
                )
            },
        )
        for place, found in sorted(hits.items())
    }


def int_of(value: object) -> int:
    """A count that may be NULL where nothing was counted."""
    return int(str(value)) if value is not None else 0


def _personal(found: Mapping[str, int], source: str, scanner: Scanner) -> dict[str, int]:
    """Values per kind of personal data, of kinds that are there."""
    kinds = personal.patterns()
    counts = {kind: _second_look(kind, found[pattern], source, scanner) for kind, pattern in kinds.items()}
    return {kind: count for kind, count in counts.items() if count}


def _second_look(kind: str, matched: int, source: str, scanner: Scanner) -> int:
    """How many values hold it, after check digits and the like of some of them."""
    if not matched or kind not in personal.CHECKS:
        return matched
    fits = scanner.emit.matched("v", personal.patterns()[kind])
    sql = f"SELECT v FROM {source} WHERE {fits} ORDER BY {scanner.emit.digest_part('v')}, v LIMIT {SECOND_LOOK}"
    return personal.counted(kind, matched, [str(row[0]) for row in scanner.engine.rows(sql)])
