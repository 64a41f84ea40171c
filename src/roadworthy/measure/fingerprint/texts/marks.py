"""Marks that a document carries: of its form, of redaction, of recognition, of damage.

Every pattern keeps the rules of `personal`: no backslash, flag, dot, look-around, quote or `$` that a newline could
satisfy, and no bracket inside brackets, so that RE2, Java and Python read it alike. They are true of a text in which
the mark stands anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping

from roadworthy.measure.fingerprint.personal import cased


def one_of(*words: str) -> str:
    """A pattern for any of some phrases in any case, with any white space between their words."""
    spaced = (cased(word).replace("[ _-]?", "[ \t\r\n]+") for word in words)
    return "(?:" + "|".join(spaced) + ")"


def signs(*ranges: tuple[int, int]) -> str:
    """What stands inside brackets for ranges of code points, both ends included."""
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


START = "(?:^|[^0-9A-Za-z])"
END = "(?:[^0-9A-Za-z]|$)"
LINE = "(?:^|[\r\n])[ \t*#>_-]*"
_ROUND = "[^0-9A-Za-z \t\r\n.,;:!?-]"
"""A bracket of any kind, said without naming one, since engines disagree about brackets inside brackets."""
_BLACKENED = one_of("redacted", "private", "removed", "withheld", "deleted", "sensitive", "anonymized", "anonymised")
_TAG = "</?[A-Za-z][0-9A-Za-z]{0,14}(?:[ ][^<>]{0,400})?/?>"
_STAMP = one_of("received", "fax", "scanned", "filed", "copy")

FEATURES: Mapping[str, str] = {
    "headings": "(?:^|[\r\n]|[.;] )[ \t*_#]{0,6}[A-Z][a-z]+(?: [A-Za-z]+){0,3}:[ \t\r\n*]"
    "|(?:^|[\r\n])#{1,6} [^\r\n]|(?:^|[\r\n])<h[1-6]",
    "markup": f"{_TAG}|&(?:[A-Za-z]{{2,8}}|#[0-9]{{2,5}}|#x[0-9A-Fa-f]{{2,5}});",
    "links": "https?://",
    "page-furniture": f"{LINE}{one_of('page', 'seite', 'página')}[ ]?[0-9]{{1,4}}(?:[ ](?:of|von|de|/)[ ][0-9]{{1,4}})?"
    f"[ \t]*(?:[\r\n]|$)|{LINE}{_STAMP}[ :][^a-z\r\n]{{3,40}}(?:[\r\n]|$)|\f",
    "redaction-words": f"{_ROUND}[ ]?{_BLACKENED}[ ]?{_ROUND}",
    "redaction-exemptions": f"{START}[(]b[)][ ]?[(][1-9][)]",
    "redaction-blocks": "[■█▇▓]{2,}|(?:^|[^*])[*]{5,}(?:[^*]|$)|[Xx]{6,}|_{12,}",
}
"""Feature of form to its pattern, looked for in the whole text."""

NOISE: Mapping[str, str] = {
    "digit-in-word": "[a-z][0-9]+[a-z]|[^0-9A-Za-z:/.@#_-][01][a-z]{2,}|[a-z]{2,}[01][^0-9A-Za-z]",
    "broken-word": "[a-z]-[\r\n]+[a-z]",
    "lone-letters": "[ ][b-hj-np-zB-HJ-NP-Z](?:[ ][b-hj-np-zB-HJ-NP-Z])+[ ]",
    "odd-sign": f"[a-z][{chr(0xFFFD)}¬¦§¤©®¢¥~^|—][a-z]",
    "comma-for-stop": ", [A-Z][a-z]+ [a-z]+ [a-z]",
}
"""Trace of recognition to its pattern; every occurrence counts."""

_LATIN_1 = signs((0x80, 0xBF))
_WINDOWS = "".join(map(chr, (0x152, 0x153, 0x160, 0x161, 0x178, 0x17D, 0x17E, 0x192, 0x2C6, 0x2DC, 0x20AC, 0x2122)))
_CURLY = signs((0x2013, 0x203A))
DAMAGED = "|".join((
    f"[ÂÃ][{_LATIN_1}{_WINDOWS}{_CURLY}]",
    f"â(?:€|{chr(0x80)})[{_LATIN_1}{_WINDOWS}{_CURLY}]",
    f"[ÐÑ][{_LATIN_1}{_WINDOWS}{_CURLY}][ÐÑ]",
    "ï»¿",
    f"[{signs((1, 8), (0xE, 0x1F), (0x7F, 0x84), (0x86, 0x9F))}{chr(0xB)}]",
    f"[^ ]{chr(0xFEFF)}",
))  # fmt: skip
"""UTF-8 that was read as Latin-1 or Windows-1252, control characters, a byte order mark inside."""
DECOMPOSED = f"[A-Za-z][{signs((0x300, 0x36F))}]"
"""A letter and its accent as two code points."""
ENTITIES = f"&(?:amp|lt|gt|quot|apos|nbsp|#[0-9]{{2,5}}|#x[0-9A-Fa-f]{{2,5}});|{_TAG}"
"""Entities and tags in what should be plain text."""

_UNFINISHED = one_of("draft", "entwurf", "borrador", "brouillon", "superseded", "obsolete", "deprecated", "withdrawn")
DRAFT = f"{LINE}(?:{_UNFINISHED}){END}"
"""At the head of a line among the first of a document: it is not the version that holds."""
_VERSION_WORDS = (
    "draft",
    "entwurf",
    "borrador",
    "brouillon",
    "superseded",
    "obsolete",
    "archived",
    "deprecated",
    "final",
)
VERSIONS = "|".join((
    one_of(*_VERSION_WORDS),
    "[Vv](?:ersion|er)?[ .]?[0-9]{1,3}(?:[.][0-9]{1,3}){0,2}",
    "[Rr]ev(?:ision)?[ .]{1,2}[0-9A-Z]{1,3}",
    "(?:19|20)[0-9]{2}(?:[-_/.][0-9]{2}(?:[-_/.][0-9]{2})?)?",
    "[(]?[Cc]opy(?: [0-9]+)?[)]?",
    "[.](?:docx?|pdf|md|txt|html?)",
))  # fmt: skip
"""What in a title tells one version of a document from another."""
