"""From the bytes of a text file to its characters, whatever program wrote it.

A byte order mark decides. Without one, UTF-8 is tried first because text in another encoding is almost never
valid UTF-8; then UTF-16 shows itself by its zero bytes. What is left are the single-byte encodings, told apart
by the quotes and dashes that office programs put into text.
"""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""UTF-32 before UTF-16, whose little-endian mark is a prefix of it."""

_WINDOWS_MARKS = re.compile(rb"[\x80\x85\x91-\x97\xa0\xa9\xae]")
"""Euro, ellipsis, curly quotes, bullet, dashes, hard space, copyright, registered in cp1252."""

_MAC_MARKS = re.compile(rb"[\xa5\xc9\xca\xd0-\xd5\x8e\x87]")
"""Bullet, ellipsis, hard space, dashes, curly quotes and the commonest accents in Mac Roman."""

_SAMPLE = 4096
_MULTIBYTE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]+")


def decode(content: bytes) -> tuple[str, tuple[str, ...]]:
    """The text of `content` and notes about how it was read; never fails, says what it could not know."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return _without_nul(*_strict_or_replaced(content[len(mark) :], name))
    wide = _wide(content)
    if wide is not None:
        return _without_nul(
            content.decode(wide, errors="replace"), (f"read as {wide.upper()} without a byte order mark",)
        )
    try:
        return _without_nul(content.decode("utf-8"), ())
    except UnicodeDecodeError as error:
        return _without_nul(*_single_byte(content, error.start))


def _strict_or_replaced(content: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    try:
        return content.decode(name), ()
    except UnicodeDecodeError as error:
        if name == "utf-8":
            return _single_byte(content, error.start)
        note = f"byte {error.start:,} is no {name.upper()}; what could not be read stands as a replacement character"
        return content.decode(name, errors="replace"), (note,)


def _wide(content: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of Latin text is zero."""
    sample = content[:_SAMPLE]
    if len(sample) < 4 or b"\x00" not in sample:  # noqa: PLR2004 - two characters of two bytes
        return None
    even, odd = sample[0::2], sample[1::2]
    enough = len(even) // 3
    if odd.count(0) > enough and even.count(0) * 4 < odd.count(0):
        return "utf-16-le"
    if even.count(0) > enough and odd.count(0) * 4 < even.count(0):
        return "utf-16-be"
    return None


def _single_byte(content: bytes, first_bad: int) -> tuple[str, tuple[str, ...]]:
    if len(_MULTIBYTE.findall(content)) > _bad_bytes(content):
        text = content.decode("utf-8", errors="windows-bytes")
        return text, (
            f"read as UTF-8; bytes that are not UTF-8 (the first is byte {first_bad:,}) were read as Windows-1252",
        )
    if len(_MAC_MARKS.findall(content)) > 2 * len(_WINDOWS_MARKS.findall(content)) and b"\n" not in content:
        return content.decode("mac_roman"), ("read as Mac Roman, because lines end as on old Macintosh systems",)
    return content.decode("cp1252", errors="latin-bytes"), ("read as Windows-1252, because it is not UTF-8",)


def _bad_bytes(content: bytes) -> int:
    return content.decode("utf-8", errors="replace").count("\N{REPLACEMENT CHARACTER}")


def _without_nul(text: str, notes: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    count = text.count("\x00")
    if not count:
        return text, notes
    return text.replace("\x00", ""), (*notes, f"{count:,} zero bytes were left out")


def _windows_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return bad.decode("cp1252", errors="latin-bytes"), error.end


def _latin_bytes(error: UnicodeError) -> tuple[str, int]:
    """Five bytes mean nothing in Windows-1252; Latin-1 keeps them apart, so nothing is lost."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("windows-bytes", _windows_bytes)
codecs.register_error("latin-bytes", _latin_bytes)
