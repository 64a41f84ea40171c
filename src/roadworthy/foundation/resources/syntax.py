"""Text to trees: runs the YAML parser, explains its complaints, and goes on with the next document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import yaml

from roadworthy.foundation.errors import Finding, Place
from roadworthy.foundation.resources.nodes import Composer, Node, TooMuch

MOST_CHARACTERS = 64_000_000
"""One source; ten thousand use cases are about a third of it."""
MOST_FAULTS = 100
"""Syntax faults reported per source; further ones are nearly always echoes."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where the wheel brings it (some ten times faster). Only its events are used, never its constructors."""

_UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""Everything outside YAML 1.2, production 1 (`c-printable`); a byte order mark is dealt with apart."""
_SEPARATOR = re.compile(r"^---(?=\s|$)", re.MULTILINE)

_UNCLOSED_QUOTE: Final = "the quote that opens here is never closed"
_UNCLOSED_BRACKET: Final = "the bracket that opens here is not closed rightly"
_SAYINGS: Final = (
    (r"quoted scalar.*(end of stream|document (indicator|separator))", _UNCLOSED_QUOTE,
     "close the quote, or double it (`''`) where an apostrophe is meant"),
    (r"escape|chr\(\)", "after `\\` in double quotes stands a letter that means nothing",
     "use single quotes, in which `\\` is just a character"),
    (r"mapping values are not allowed", "a `:` stands where none can",
     "put text that holds `: ` in quotes, and check that the line is indented like its neighbours"),
    (r"flow (sequence|mapping|node)", _UNCLOSED_BRACKET,
     "close it, and separate its items with commas"),
    (r"block (collection|mapping)", "the indentation does not fit the lines above",
     "indent it like the other lines of its group; `- ` starts an item, `name: ` a field"),
    (r"expected ':'", "the line has no colon", "write `name: value`"),
    (r"document start", "something stands after the end of the document",
     "delete it, or start a new document with `---`"),
    (r"(anchor|alias)", "an alias or anchor is not written rightly", "write the value out instead"),
    (r"(tag|directive)", "tags and directives are not read", "delete it"),
    (r"cannot start any token", "the line starts with a sign that YAML keeps for itself", "put the text in quotes"),
)  # fmt: skip


class Tree(NamedTuple):
    """A document; `intact` is False when something in it was refused, though the rest can be looked at."""

    root: Node
    intact: bool


def trees(name: str, text: str, findings: list[Finding]) -> Iterator[Tree]:
    """The documents of a source, one at a time; what is wrong goes into `findings`.

    After a fault reading goes on with the next document, so one slip hides nothing below it.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > MOST_CHARACTERS:
        what = f"the file has more than {MOST_CHARACTERS:,} characters"
        findings.append(Finding("yaml-too-large", what, Place(name), "split it into several files"))
        return
    text = _without_unreadable(name, text, findings)
    offset, first_line = 0, 0
    for _ in range(MOST_FAULTS):
        composer = Composer(name, line_offset=first_line, findings=findings)
        rest = text[offset:] if offset else text
        try:
            faults = len(findings)
            for root in composer.documents(yaml.parse(rest, Loader=_Loader)):
                if root is not None and root.value is not None:
                    yield Tree(root, intact=len(findings) == faults)
                faults = len(findings)
        except (yaml.YAMLError, ValueError) as error:  # PyYAML's own parser lets chr() fail on an escape too large
            finding, line = _explain(name, rest, error, composer)
            findings.append(finding)
        except TooMuch as too_much:
            findings.append(too_much.finding)
            line = too_much.finding.place.line or 1
        else:
            return
        # Skip to the next document: the first separator at or below the fault.
        start = _start_of_line(text, line)
        following = _SEPARATOR.search(text, max(start, offset + 1))
        if following is None:
            return
        offset = following.start()
        first_line = text.count("\n", 0, offset)


def _without_unreadable(name: str, text: str, findings: list[Finding]) -> str:
    """The text with unreadable characters replaced, each reported at its place."""
    found = next(_UNREADABLE.finditer(text), None)
    if found is None:
        return text
    for count, match in enumerate(_UNREADABLE.finditer(text)):
        if count == MOST_FAULTS:
            break
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - text.rfind("\n", 0, match.start())
        what = f"the character U+{ord(match[0]):04X} cannot stand in a file"
        findings.append(Finding("yaml-character", what, Place(name, line, column), "delete it; it may be invisible"))
    return _UNREADABLE.sub("?", text)


def _explain(name: str, text: str, error: Exception, composer: Composer) -> tuple[Finding, int]:
    """The parser's complaint in our words, and the line from which reading may go on."""
    first_line = composer.line_offset
    problem = str(getattr(error, "problem", None) or error)
    context = str(getattr(error, "context", None) or "")
    at, opened = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    line, column = (at.line, at.column) if at is not None else (0, 0)
    message, remedy = "the text is not YAML", "check the line and the one above it"
    for pattern, said, mend in _SAYINGS:
        if re.search(pattern, f"{context} {problem}"):
            message, remedy = said, mend
            break
    place = Place(name, line + 1 + first_line, column + 1)
    if message == _UNCLOSED_QUOTE and opened is not None:
        place = Place(name, opened.line + 1 + first_line, opened.column + 1)
    if message == _UNCLOSED_BRACKET and (bracket := composer.open_bracket()) is not None:
        place = Place(name, *bracket)
    written = text.split("\n", line + 1)[line] if text.count("\n") >= line else ""
    if "\t" in written[: len(written) - len(written.lstrip())]:
        message, remedy = "a tab indents the line", "use spaces; YAML does not take tabs for indentation"
    return Finding("yaml-syntax", message, place, remedy), line + 1 + first_line


def _start_of_line(text: str, line: int) -> int:
    """Offset of the first character of a line, counted from 1."""
    offset = 0
    for _ in range(line - 1):
        found = text.find("\n", offset)
        if found < 0:
            return len(text)
        offset = found + 1
    return offset
