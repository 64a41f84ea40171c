"""Kinds of personal data and secrets: patterns that an engine matches, and checksums for a second look at what matched.

The patterns are for RE2 (DuckDB), Java (Spark) and Python alike, and agree in all three because they use only what
these read the same way: no backslash (so that no dialect's string literal has to escape anything), no flags, no `.`,
no look-around, no `$` that a trailing newline could satisfy. Case is written out, since engines fold different letters.

A pattern only finds candidates. One number of sixteen digits in ten passes the check digit of a card by chance, so
`counted` takes off what chance alone gives before it says that a column holds cards.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

SECRETS = ("api-key", "password", "private-key", "token")
"""Kinds that give access rather than tell of a person."""


def cased(words: str) -> str:
    """A pattern for words of ASCII letters in any case; a blank stands for one of blank, `_`, `-`, or nothing."""
    return "".join(
        f"[{letter.upper()}{letter.lower()}]" if letter.isascii() and letter.isalpha() else _plain(letter)
        for letter in words
    )


def _plain(sign: str) -> str:
    return "[ _-]?" if sign == " " else sign


def _any(*words: str) -> str:
    return "(?:" + "|".join(cased(word) for word in words) + ")"


def _either(*alternatives: str) -> str:
    return "|".join(alternatives)


_BEFORE = "(?:^|[^0-9A-Za-z])"
_AFTER = "(?:[^0-9A-Za-z]|$)"
_APART = "(?:[^0-9A-Za-z-]|$)"
_GAP = "[ \t]{0,3}"
_IS = f"(?:{_GAP}(?:[:=#]|{_any('is', 'was', 'number', 'no', 'nr', 'num')}[.:#]?){_GAP}){{0,2}}[ \t]{{0,3}}"
"""What stands between a cue and what it announces: `Passport no.: X`, `passport is X`."""
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_HEX = "[0-9A-Fa-f]{1,4}"
_GROUPS = "[0-9]{1,4}(?:[ ./-]?[0-9]{2,4}){1,4}(?:[^0-9]|$)"
_MONTH = _any("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec") + "[a-z]{0,6}"
_DATE = "(?:" + _either(
    "[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ][0-9]{2,4}",
    "[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}",
    f"[0-9]{{1,2}}(?:st|nd|rd|th|[.])?[ -](?:of )?{_MONTH}[., -]+[0-9]{{2,4}}",
    f"{_MONTH}[. ]+[0-9]{{1,2}}(?:st|nd|rd|th)?,?[ ]+[0-9]{{2,4}}",
) + ")"  # fmt: skip
_BORN = _any("dob", "d[.]o[.]b[.]?", "born", "date of birth", "birth date", "birthday", "geboren")
_RING = _any("phone", "telephone", "tel", "mobile", "cell", "fax", "call", "telefon", "handy", "dial")
_REACH = _any("reach", "reached", "reachable", "call", "called", "ring", "text")
_PASSPORT = _any("passport", "reisepass", "pasaporte", "passeport")
_LICENCE = _any("driving", "drivers", "driver", "driver[^0-9]s") + "[ ]" + _any("licence", "license")
_PLATE = _any("license plate", "licence plate", "number plate", "registration plate", "kennzeichen")
_RECORD = _any("mrn", "medical record", "patient id", "patient number", "chart")
_STREET = (
    "(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Terrace|Way|Parkway|Pkwy|Square"
    "|Circle|Highway|Close|Crescent)[.]?"
)
_TITLE = "(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herr|Frau|Mme|Señora?|Sra?)[.]?"
_KEY = _any("api key", "secret key", "access key", "client secret")
_PASSWORD = _any("password", "passwd", "pwd", "passwort", "passphrase")

_PATTERNS: dict[str, str] = {
    "email": "[0-9A-Za-z][0-9A-Za-z._%+-]{0,63}@(?:[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?[.])+[A-Za-z]{2,24}",
    "phone": _either(
        # International, with its country code.
        f"(?:^|[^0-9A-Za-z+])[+][1-9][0-9]{{0,2}}[ ./-]?(?:[(]0?[0-9]{{1,4}}[)][ ./-]?)?{_GROUPS}",
        f"(?:^|[^0-9A-Za-z+])00[1-9][0-9]{{0,2}}[ .-]{_GROUPS}",
        # North America: three, three, four.
        f"(?:^|[^0-9A-Za-z.-])(?:1[ .-])?(?:[(][2-9][0-9]{{2}}[)][ .-]{{0,2}}|[2-9][0-9]{{2}}[.-])"
        f"[2-9][0-9]{{2}}[ .-][0-9]{{4}}{_APART}",
        f"(?:^|[^0-9A-Za-z.-])(?:001|[+]?1)[.-][(]?[2-9][0-9]{{2}}[)]?[.-][2-9][0-9]{{2}}[.-][0-9]{{4}}{_APART}",
        # A trunk zero and at least two more groups.
        f"(?:^|[^0-9A-Za-z.,/-])(?:[(]0[1-9][0-9]{{1,4}}[)]|0[1-9][0-9]{{0,4}})[ /](?:[0-9]{{2,4}}[ -]){{1,3}}"
        f"[0-9]{{2,4}}{_APART}",
        # Anything like a number after a word that announces one.
        f"{_BEFORE}{_RING}[a-z]{{0,2}}[.]?{_IS}[(+]?[0-9][0-9 ()./-]{{5,18}}[0-9]{_AFTER}",
        f"{_BEFORE}{_REACH} {_any('at', 'on', 'under')} [(+]?[0-9][0-9 ()./-]{{5,18}}[0-9]{_AFTER}",
    ),
    "card": f"(?:^|[^0-9A-Za-z.+-])(?:[0-9][ -]?){{11,18}}[0-9]{_APART}",
    "iban": f"{_BEFORE}[A-Za-z]{{2}}[0-9]{{2}}(?:[ -]?[0-9A-Za-z]{{4}}){{2,7}}[ -]?[0-9A-Za-z]{{1,4}}{_AFTER}",
    "us-ssn": _either(
        f"(?:^|[^0-9A-Za-z-])[0-8][0-9]{{2}}(?:-[0-9]{{2}}-|[ ][0-9]{{2}}[ ])[0-9]{{4}}{_APART}",
        f"{_BEFORE}{_any('ssn', 'social security')}{_IS}[0-8][0-9]{{8}}{_AFTER}",
    ),
    "us-npi": f"^[12][0-9]{{9}}{_AFTER}|{_BEFORE}{cased('npi')}{_IS}[12][0-9]{{9}}{_AFTER}",
    "uk-nino": f"{_BEFORE}[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ ]?(?:[0-9]{{2}}[ ]?){{3}}[A-D]{_AFTER}",
    "uk-nhs": f"{_BEFORE}{cased('nhs')}{_IS}[0-9]{{3}}[ -]?[0-9]{{3}}[ -]?[0-9]{{4}}{_AFTER}",
    "es-dni": f"{_BEFORE}(?:[0-9]{{8}}|[XYZ][0-9]{{7}})[ -]?[A-HJ-NP-TV-Z]{_AFTER}",
    "ip-address": _either(
        f"(?:^|[^0-9A-Za-z.])(?:{_OCTET}[.]){{3}}{_OCTET}(?:[^0-9A-Za-z.]|[.](?:[^0-9]|$)|$)",
        f"(?:^|[^0-9A-Za-z:])(?:{_HEX}:){{7}}{_HEX}(?:[^0-9A-Za-z:]|$)",
        f"(?:^|[^0-9A-Za-z:])(?:{_HEX}:){{2,6}}:(?:{_HEX}:){{0,5}}{_HEX}(?:[^0-9A-Za-z:]|$)",
    ),
    "mac-address": "(?:^|[^0-9A-Za-z:-])(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}(?:[^0-9A-Za-z:-]|$)",
    "birth-date": f"{_BEFORE}{_BORN}(?:[ ]{_any('on', 'am')})?{_IS}{_DATE}",
    "passport": f"{_BEFORE}{_PASSPORT}{_IS}[A-Z]{{0,2}}[0-9]{{6,9}}{_AFTER}",
    "driving-licence": f"{_BEFORE}{_LICENCE}{_IS}[A-Z]{{0,5}}[0-9][0-9A-Z -]{{4,16}}[0-9A-Z]{_AFTER}",
    "number-plate": f"{_BEFORE}{_PLATE}{_IS}[0-9A-Z]{{1,4}}[ -]?[0-9A-Z]{{1,4}}[ -]?[0-9]{{0,4}}{_AFTER}",
    "record-number": f"{_BEFORE}{_RECORD}{_IS}[A-Z]{{0,3}}-?[0-9]{{5,12}}{_AFTER}",
    "street-address": _either(
        f"{_BEFORE}[0-9]{{1,5}}[A-Za-z]?[ ](?:(?:[NSEW]|[NS][EW])[.]?[ ])?(?:[A-Z][a-z]+[ ]){{1,3}}{_STREET}{_AFTER}",
        f"{_BEFORE}{_any('po', 'p[.]o[.]')}[ ]?{cased('box')}[ ][0-9]{{1,6}}{_AFTER}",
    ),
    "person-name": _either(
        f"{_BEFORE}{_TITLE}[ ](?:[A-Z][.][ ]?)?[A-Z][a-z]{{2,}}",
        f"{_BEFORE}(?:[Mm]y name is|[Tt]his is|[Pp]atient name:?|[Nn]ame:)[ ][A-Z][a-z]+[ ][A-Z][a-z]+",
    ),
    "api-key": _either(
        f"{_BEFORE}(?:A(?:KIA|SIA)[0-9A-Z]{{16}}|AIza[0-9A-Za-z_-]{{35}}|gh[pousr]_[0-9A-Za-z]{{36}})",
        f"{_BEFORE}(?:github_pat_[0-9A-Za-z_]{{40,90}}|glpat-[0-9A-Za-z_-]{{20}}|npm_[0-9A-Za-z]{{36}})",
        f"{_BEFORE}(?:[sr]k_(?:live|test)_[0-9A-Za-z]{{16,99}}|sk-[0-9A-Za-z_-]{{20,200}})",
        f"{_BEFORE}xox[abprs]-[0-9A-Za-z-]{{10,80}}",
        f'{_KEY}["]?{_GAP}[:=]{_GAP}["]?[0-9A-Za-z/+_-]{{16,}}',
    ),
    "private-key": "-----BEGIN (?:[A-Z]+ ){0,3}PRIVATE KEY-----",
    "token": _either(
        "eyJ[0-9A-Za-z_-]{8,}[.]eyJ[0-9A-Za-z_-]{8,}[.][0-9A-Za-z_-]{8,}",
        f"{cased('bearer')}[ ][0-9A-Za-z._~+/-]{{24,}}",
    ),
    "password": _either(
        f'{_BEFORE}{_PASSWORD}["]?{_GAP}(?:[:=]|is[ ]){_GAP}["]?[^ \t\r\n",;]{{6,}}',
        "[a-z][0-9a-z+.-]{1,15}://[^/ @:\t\r\n]{1,64}:[^/ @\t\r\n]{3,64}@",
    ),
}

KINDS: tuple[str, ...] = tuple(_PATTERNS)
"""Names of all kinds, as `Declared.personal` and `Looks.personal` use them."""


def patterns() -> Mapping[str, str]:
    """Kind to a regular expression that is true of a text in which a candidate stands, wherever it stands."""
    return dict(_PATTERNS)


def digits_of(text: str) -> str:
    """The ASCII digits of a text."""
    return "".join(sign for sign in text if sign in "0123456789")


def luhn(digits: str) -> bool:
    """Whether the last digit checks the others: ISO/IEC 7812-1, annex B."""
    total = 0
    for place, sign in enumerate(reversed(digits)):
        value = int(sign) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the digit sum of 10 to 18 is that less nine
    return bool(digits) and total % 10 == 0


def is_card(text: str) -> bool:
    """A number of 13 to 19 digits in a range that card schemes were given, with its check digit."""
    digits = digits_of(text)
    first = re.match("4|5[1-5]|2[2-7]|3[0-9]|6[0-9]|50|5[6-8]|18|21", digits)
    return first is not None and len(digits) in range(12, 20) and len(set(digits)) > 1 and luhn(digits)


def is_iban(text: str) -> bool:
    """ISO 13616: country, check digits, account; the whole as a number leaves 1 when divided by 97."""
    signs = "".join(sign for sign in text if sign.isascii() and sign.isalnum()).upper()
    if not re.fullmatch("[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}", signs):
        return False
    return int("".join(str(int(sign, 36)) for sign in signs[4:] + signs[:4])) % 97 == 1


def is_ssn(text: str) -> bool:
    """Nine digits that the US Social Security Administration can have given: no area 000, 666 or from 900 on."""
    digits = digits_of(text)[-9:]
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return len(digits) == 9 and area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000"  # noqa: PLR2004 - three, two and four


def is_npi(text: str) -> bool:
    """A US National Provider Identifier: ten digits, checked by Luhn under the prefix 80840 (45 CFR 162.406)."""
    digits = digits_of(text)[-10:]
    return len(digits) == 10 and digits[0] in "12" and luhn("80840" + digits)  # noqa: PLR2004 - ten digits


def is_nhs(text: str) -> bool:
    """A number of the English health service: ten digits, weights 10 to 2, modulo 11."""
    digits = digits_of(text)[-10:]
    if len(digits) != 10:  # noqa: PLR2004 - ten digits
        return False
    check = 11 - sum(int(sign) * (10 - place) for place, sign in enumerate(digits[:9])) % 11
    return check % 11 == int(digits[9]) and check != 10  # noqa: PLR2004 - ten cannot be written as a digit


def is_dni(text: str) -> bool:
    """A Spanish identity number: the letter is the number modulo 23 in a fixed order."""
    signs = "".join(sign for sign in text.upper() if sign.isascii() and sign.isalnum())
    found = re.search("([XYZ0-9][0-9]{7})([A-Z])$", signs)
    if found is None:
        return False
    number = found[1].translate(str.maketrans("XYZ", "012"))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == found[2]


def is_public_ip(text: str) -> bool:
    """An address that somebody outside can be found by; versions such as 1.2.0.0 pass too."""
    try:
        return ipaddress.ip_address(re.sub("[^0-9A-Fa-f.:]", "", text).strip(".")).is_global
    except ValueError:
        return False


def is_past_date(text: str) -> bool:
    """A date whose year, if written in full, is one in which somebody now alive can have been born."""
    year = re.search("(?:19|20)[0-9]{2}", text)
    return year is None or 1900 < int(year[0]) <= dt.date.max.year  # noqa: PLR2004 - nobody alive is older


CHECKS: Mapping[str, Callable[[str], bool]] = {
    "card": is_card, "iban": is_iban, "us-ssn": is_ssn, "us-npi": is_npi, "uk-nhs": is_nhs, "es-dni": is_dni,
    "ip-address": is_public_ip, "birth-date": is_past_date,
}  # fmt: skip
"""Kind to the second look at a candidate; the other kinds have nothing that could be checked."""
CHANCE: Mapping[str, float] = {"card": 0.1, "iban": 1 / 97, "us-npi": 0.1, "uk-nhs": 1 / 11, "es-dni": 1 / 23}
"""Share of candidates that pass by chance alone."""


@cache
def _compiled(kind: str) -> re.Pattern[str]:
    return re.compile(_PATTERNS[kind])


def found(kind: str, text: str) -> list[str]:
    """Candidates of a kind within a text that pass the second look, in their order, with the signs around them cut."""
    hits = [match[0].strip(" \t\r\n,;:.()[]<>\"'") for match in _compiled(kind).finditer(text)]
    check = CHECKS.get(kind)
    return hits if check is None else [hit for hit in hits if check(hit)]


def counted(kind: str, matched: int, looked: Sequence[str]) -> int:
    """How many of `matched` values hold the kind, after a second look at some of them.

    Shapes: `matched` values fitted the pattern; `looked` are some of these, drawn without regard to their content. What
    chance alone passes is taken off; where the rest is within 2.58 standard deviations of nothing, it is nothing.
    """
    if kind not in CHECKS or not looked:
        return matched
    passed = sum(1 for value in looked if found(kind, value))
    chance = CHANCE.get(kind, 0.0)
    expected = chance * len(looked)
    if passed - expected <= 2.58 * math.sqrt(expected * (1 - chance)):  # 99 %, as everywhere
        return 0 if chance or not passed else round(matched * passed / len(looked))
    return round(matched * min(1.0, (passed - expected) / (len(looked) - expected)))
