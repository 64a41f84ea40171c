"""Commonest small words of some languages, by which a text's language is told, and what recognition makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

SCRIPT_LANGUAGE: Mapping[str, str] = {
    "arabic": "ar", "armenian": "hy", "devanagari": "hi", "georgian": "ka", "greek": "el", "han": "zh", "hangul": "ko",
    "hebrew": "he", "kana": "ja", "thai": "th",
}  # fmt: skip
"""Scripts that we tell no languages apart in, with the one that is most written in them."""

SCRIPTS: Mapping[str, tuple[tuple[int, int], ...]] = {
    "arabic": ((0x600, 0x6FF), (0x750, 0x77F), (0x8A0, 0x8FF)),
    "armenian": ((0x530, 0x58F),),
    "cyrillic": ((0x400, 0x52F),),
    "devanagari": ((0x900, 0x97F),),
    "georgian": ((0x10A0, 0x10FF),),
    "greek": ((0x370, 0x3FF),),
    "han": ((0x3400, 0x4DBF), (0x4E00, 0x9FFF)),
    "hangul": ((0x1100, 0x11FF), (0xAC00, 0xD7AF)),
    "hebrew": ((0x590, 0x5FF),),
    "kana": ((0x3040, 0x30FF),),
    "thai": ((0xE00, 0xE7F),),
}
"""Blocks of code points (Unicode 15) per script; what is in none of them counts as Latin when it is a letter of it."""

ENDINGS: tuple[tuple[str, str], ...] = (
    ("cs", "ých"), ("cs", "ího"), ("de", "ung"), ("de", "eit"), ("es", "ión"), ("es", "ías"), ("fr", "eux"),
    ("fr", "ité"), ("fr", "ées"), ("it", "ità"), ("pl", "ość"), ("pt", "ção"), ("pt", "ões"),
    ("ro", "ția"), ("ro", "ții"),
)  # fmt: skip
"""Language and last three letters that are common in it and rare in the others; for texts of few small words."""

FILLERS = ("uh", "um", "uhm", "umm", "er", "erm", "hmm", "hm", "mm", "mhm", "äh", "ähm", "euh", "ehm")
"""What a recogniser of speech leaves standing and a writer does not write."""

_SEEN_AS: tuple[tuple[str, str], ...] = (
    ("e", "c"), ("h", "b"), ("m", "rn"), ("o", "0"), ("l", "1"), ("i", "1"), ("s", "5"), ("w", "vv"), ("d", "cl"),
    ("u", "ii"), ("i", "l"), ("t", "l"), ("a", "o"), ("n", "ri"), ("f", "t"),
)  # fmt: skip
"""Signs and what recognition of characters takes them for, as every handbook of it lists them."""
_SHORTEST = 3

_ALSO_WORDS = "also-words"
"""The line of misreadings that are words, names or abbreviations of their own."""


@cache
def _lines() -> Mapping[str, frozenset[str]]:
    lines = (files("roadworthy.measure.fingerprint.texts") / "stop_words.txt").read_text("utf-8").splitlines()
    pairs = (line.split(":", 1) for line in lines if not line.startswith("#"))
    return {language: frozenset(words.split()) for language, words in pairs}


def languages() -> Mapping[str, frozenset[str]]:
    """Language (ISO 639-1) to its commonest small words."""
    return {language: words for language, words in _lines().items() if language != _ALSO_WORDS}


@cache
def stop_words() -> tuple[tuple[str, str], ...]:
    """Pairs of language and word, each once, without single letters, which stand for other things in any language."""
    return tuple(sorted((language, word) for language, words in languages().items() for word in words if len(word) > 1))


@cache
def misread() -> tuple[str, ...]:
    """What recognition of characters makes of the commonest English words, such as `thc`; none is a word itself."""
    words: frozenset[str] = frozenset().union(*_lines().values())
    found: set[str] = set()
    for word in languages()["en"]:
        for sign, taken in _SEEN_AS:
            places = [place for place, letter in enumerate(word) if letter == sign]
            found.update(word[:place] + taken + word[place + 1 :] for place in places)
    return tuple(sorted(each for each in found - words if len(each) >= _SHORTEST))
