"""Text as it is: what cannot be seen gets a mark, what can deceive gets a hint, nothing is left out.

Whoever decides about something must see what they decide about. Text can hide that: characters without a width, ones
that turn the direction of what follows (Unicode UAX #9), letters of another script that look like those one expects
(UTS #39). Nothing here changes what is kept; it is about what people are shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

MOST_HINTS = 5
"""Words that are named in hints of one text; how many more there are is said."""

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Letters and marks that have a class of visible ones and show nothing: fillers, joiners, variation selectors."""
_ODD = re.compile(r"[^\x20-\x7e\n]")
_WORD = re.compile(r"[^\W\d_]+")
_STACKED: Final = 4
"""Combining marks on one letter from which on they can cover what stands around them."""

_NAMES: Final = {
    "\t": "tab",
    "\u00a0": "no-break space",
    "\u00ad": "soft hyphen",
    "\u200b": "zero width space",
    "\u200c": "zero width non-joiner",
    "\u200d": "zero width joiner",
    "\u200e": "left-to-right mark",
    "\u200f": "right-to-left mark",
    "\u202a": "left-to-right embedding",
    "\u202b": "right-to-left embedding",
    "\u202c": "pop directional formatting",
    "\u202d": "left-to-right override",
    "\u202e": "right-to-left override",
    "\u2066": "left-to-right isolate",
    "\u2067": "right-to-left isolate",
    "\u2068": "first strong isolate",
    "\u2069": "pop directional isolate",
    "\ufeff": "byte order mark",
}
_ALIKE: Final = frozenset("АВЕЅІЈКМНОРСТУХаеорсухіјѕһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧο")  # noqa: RUF001 - they are what is looked for
"""Letters of Cyrillic and Greek that most typefaces draw as they draw a Latin one."""
_TOGETHER: Final = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "GEORGIAN", "FULLWIDTH"})
"""Scripts that have letters in common by their looks; one word is written in one of them."""


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """A text in its order: what can be shown as it is, and what has to be shown by a mark.

    Yields:
        Text with an empty name, or a single hidden character with its name. Line ends are text. Spaces at the two ends
        of the text come as one hidden character each, since nobody sees them there.
    """
    begin = len(text) - len(text.lstrip(" "))
    end = max(begin, len(text.rstrip(" ")))
    for each in text[:begin]:
        yield each, "space"
    here = begin
    for found in _ODD.finditer(text, begin, end):
        if not hidden(found[0]):
            continue
        if found.start() > here:
            yield text[here : found.start()], ""
        yield found[0], named(found[0])
        here = found.end()
    if here < end:
        yield text[here:end], ""
    for each in text[end:]:
        yield each, "space"


@lru_cache(maxsize=4096)
def hidden(character: str) -> bool:
    """Whether nobody sees a character: controls, formats, spaces that are not the usual one, what is not assigned."""
    return not character.isprintable() or _INVISIBLE.match(character) is not None


def mark(character: str) -> str:
    """What stands in a hidden character's place: `⟨U+202E⟩`."""
    return f"⟨U+{ord(character):04X}⟩"


def named(character: str) -> str:
    """What a hidden character is called."""
    return _NAMES.get(character) or unicodedata.name(character, "character without a name").lower()


def revealed(text: str) -> str:
    """A text with a mark in place of each hidden character, for where there is nothing but text.

    Line ends are marked too, so that the answer is one line.
    """
    shown = "".join(mark(piece) if name else piece for piece, name in pieces(text))
    return shown.replace("\n", mark("\n"))


def hints(text: str) -> tuple[str, ...]:
    """What a reader should know about a text that its looks do not tell; a sentence each."""
    if text.isascii():
        return ()
    said = [*_mixed_words(text)]
    if _turns(text):
        said.append("It has right-to-left letters; below it stands in the order of its characters.")
    if _stacked(text):
        said.append("It has letters with several marks on top of each other, which can cover what stands around them.")
    if unicodedata.normalize("NFC", text) != text:
        said.append("It is not in the usual composed form (NFC); another text can look the same.")
    return tuple(said)


def turns(text: str) -> bool:
    """Whether it has letters that are written from right to left, so that its order on screen is not its own."""
    return not text.isascii() and _turns(text)


@lru_cache(maxsize=4096)
def _direction(character: str) -> str:
    return unicodedata.bidirectional(character)


def _turns(text: str) -> bool:
    return any(_direction(each) in {"R", "AL", "AN"} for each in text if each > "\u0590")


def _stacked(text: str) -> bool:
    count = 0
    for each in text:
        count = count + 1 if each > "\u02ff" and unicodedata.combining(each) else 0
        if count >= _STACKED:
            return True
    return False


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    """The script of a letter, by the first word of its name; enough for those that are confused with each other."""
    return unicodedata.name(letter, "").partition(" ")[0]


def _mixed_words(text: str) -> list[str]:
    found: dict[str, str] = {}
    latin = False
    lookalikes = []
    for match in _WORD.finditer(text):
        word = match[0]
        if word.isascii():
            latin = True
            continue
        if word in found:
            continue
        scripts = sorted({_script(each) for each in word} & _TOGETHER)
        if len(scripts) > 1:
            written = " and ".join(each.capitalize() for each in scripts)
            found[word] = f"The word “{word}” mixes {written} letters: {_spelt(word)}."
        elif _ALIKE.issuperset(word):
            lookalikes.append((word, scripts[0].capitalize()))
    if latin:
        for word, written in lookalikes:
            found.setdefault(
                word, f"The word “{word}” looks Latin and is written in {written} letters: {_spelt(word)}."
            )
    said = list(found.values())
    if len(said) > MOST_HINTS:
        said = [*said[:MOST_HINTS], f"There are {len(said) - MOST_HINTS} more such words."]
    return said


def _spelt(word: str) -> str:
    """Which letters are not what one takes them for."""
    odd = [each for each in word if not each.isascii()]
    return ", ".join(f"{each} is U+{ord(each):04X}" for each in dict.fromkeys(odd))
