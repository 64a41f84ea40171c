"""What values look like, by regular expressions over a sample: masks, how they read, placeholders, damage, persons.

The patterns are read alike by RE2 and by Java: no look-around, no `$` (Java's accepts a trailing line break), digits as
`[0-9]`. Values are grouped before they are looked at, so a column of few values costs nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from roadworthy.measure.fingerprint import metrics as m
from roadworthy.measure.fingerprint import personal
from roadworthy.measure.fingerprint.assembling import written
from roadworthy.measure.fingerprint.model import Form, Looks
from roadworthy.measure.fingerprint.relation import Field
from roadworthy.measure.fingerprint.scanning import Scanner

LOOKED_AT = 10_000
"""Characters of a value that are looked at."""
MOST_MASKS = 50
MOST_TOP = 1_000
LONGEST_TOP = 200
"""Bytes of a value that is shown among the commonest."""
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


def words(field: Field, sample: str) -> str:
    """What stands after FROM: the values of a text column with their counts `n`."""
    head = f"left({field.expression}, {LOOKED_AT})"
    return f"(SELECT {head} AS v, count(*) AS n FROM {sample} WHERE {field.expression} IS NOT NULL GROUP BY 1) AS w"


def viewed(field: Field) -> Field:
    """The field inside `words`."""
    return Field(field.name, "v", field.physical, Form.TEXT)


def looks(field: Field, sample: str, scanner: Scanner, *, of: int, top: bool) -> Looks | None:
    """Look at a column of the sample.

    Args:
        field: as the sample has it.
        sample: what stands after FROM.
        scanner: the engine.
        of: values of it in the sample.
        top: whether its commonest values are wanted; not where a vocabulary is kept, nor of documents.

    Raises:
        InvalidInput: the data made a query fail.
    """
    if not of or not (field.form.numeric or field.form.temporal or field.form is Form.TEXT):
        return None
    listed = WORDS if field.form is Form.TEXT else NUMBERS if field.form.numeric else DAYS
    wanted: list[m.Grouped] = [m.Among(field, listed)]
    if top and not field.form.temporal:
        wanted.append(m.Commonest(field, MOST_TOP, LONGEST_TOP))
    answers = scanner.count(f"looks of {field.name}", wanted, sample, weight=0.02)
    common = _kept(field, answers.groups.get(wanted[1], ())) if len(wanted) > 1 else {}
    found = Looks(of=of, placeholders=_placeholders(field, answers.groups[wanted[0]]), top=common)
    return _text_looks(field, sample, scanner, found) if field.form is Form.TEXT else found


def _placeholders(field: Field, counts: Sequence[tuple[str, str | None, int]]) -> dict[str, int]:
    """Values by how they are written; an empty text is counted as such already."""
    found: Counter[str] = Counter()
    for key, _, rows in counts:
        if key:
            found[key[:10] if field.form.temporal else written(field.form, key)] += rows
    return dict(sorted(found.items()))


def _kept(field: Field, counts: Sequence[tuple[str, str | None, int]]) -> dict[str, int]:
    """The commonest values that more than one row has: one row alone tells nothing and may name somebody."""
    pairs = sorted(((written(field.form, key), rows) for key, _, rows in counts if rows > 1), key=_fullest)
    return dict(pairs)


def _fullest(pair: tuple[str, int]) -> tuple[int, str]:
    return (-pair[1], pair[0])


def _text_looks(field: Field, sample: str, scanner: Scanner, found: Looks) -> Looks:
    seen, source = viewed(field), words(field, sample)
    patterns = {**PARSES, "0": LEADING_ZERO, "damaged": DAMAGED, "decomposed": DECOMPOSED, "markup": MARKUP}
    kinds = personal.patterns()
    asked: list[m.Scalar] = [m.Matching(seen, pattern) for pattern in (*patterns.values(), *kinds.values())]
    what = f"looks of {field.name}"
    answers = scanner.ask(what, asked, source, weight=0.2)
    masks = m.Masks(seen, MOST_MASKS)
    scanner.count(what, [masks], source, weight=0.05)

    def hits(pattern: str) -> int:
        return answers.number(m.Matching(seen, pattern))

    persons = {kind: _second_look(kind, hits(pattern), source, scanner) for kind, pattern in kinds.items()}
    return Looks(
        of=found.of,
        masks={key: rows for key, _, rows in scanner.answers.groups[masks]},
        parses={name: count for name, pattern in PARSES.items() if (count := hits(pattern))},
        leading_zeros=hits(LEADING_ZERO),
        placeholders=found.placeholders,
        damaged=hits(DAMAGED),
        decomposed=hits(DECOMPOSED),
        markup=hits(MARKUP),
        top=found.top,
        personal={kind: count for kind, count in persons.items() if count},
    )


def _second_look(kind: str, matched: int, source: str, scanner: Scanner) -> int:
    """How many values hold it, after check digits and the like of some of them."""
    if not matched or kind not in personal.CHECKS:
        return matched
    fits = scanner.emit.matched("v", personal.patterns()[kind])
    mixed = scanner.emit.digest_part("v")
    sql = f"SELECT v FROM {source} WHERE {fits} ORDER BY {mixed}, v LIMIT {SECOND_LOOK}"
    return personal.counted(kind, matched, [str(row[0]) for row in scanner.engine.rows(sql)])
