"""How much of a text that is still coming may leave: nothing of what a later character could complete.

`IN_PROGRESS` matches from the leftmost place at which something may have begun that is not over yet. Whatever a pattern
finds beyond the end of what is here begins there or later, so what lies before it is as it will stay, and what is
found in it does not depend on the pieces in which it came.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import re2

from roadworthy.operate.admission.guards.scanning import Scanner, Span

IN_PROGRESS: Final = re2.compile(
    r"(?:[+(]?[0-9][0-9 ().\-/]*"  # numbers with blanks between: telephones, cards
    r"|[A-Z]{2}[0-9]{2}[A-Z0-9 ]*"  # account numbers in groups
    r"|-----[A-Z ]*"  # the first line of a key
    r"|(?i:password|passwd|passphrase|pwd|api[_-]?key|client[_-]secret)[\"']?[ \t]{0,2}[:=]?[ \t]{0,2}"
    r")?[\x21-\x7e]*$"  # a word of letters, digits and signs that is not over
)
_SETTLED: Final = re.compile(r"(?:\A[ \t]*|[a-z,;!?][ \t]+|[^\x20-\x7e\t])([\x21-\x7e]*)\Z")
"""The last word of a text, and before it what no number, account number or first line of a key goes on after. It says
the same as `IN_PROGRESS`, where it says anything, in a tenth of the time; a law compares them."""
_KEYS: Final = ("pass", "pwd", "key", "secret")
"""What a password may follow after a blank; one of these is in every word of `IN_PROGRESS` for that."""
MOST_HELD: Final = 8_192
"""Characters without an end after which a part leaves all the same; longer than any pattern but two."""
KEPT_BACK: Final = 4_096


def begun(text: str) -> int:
    """Where something may have begun in a text that is not over yet; its length where nothing has."""
    settled = _SETTLED.search(text)
    if settled is not None:
        folded = text.casefold()
        for each in _KEYS:
            if each in folded:
                break
        else:
            return settled.start(1)
    started: int = IN_PROGRESS.search(text).start()
    return started


class Window:
    """What came and has not left.

    Args:
        scanner: what is looked for.
    """

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._before = ""
        """The last character that left: whether a word begins depends on it."""
        self.held = ""

    def feed(self, text: str, least: int = 0) -> tuple[str, Sequence[Span]]:
        """Take in a piece.

        Args:
            text: the piece.
            least: how many characters at the end stay for another reason.

        Returns:
            What may leave, and what is in it.
        """
        held = self.held = self.held + text
        cut = min(begun(held), len(held) - least)
        if len(held) > MOST_HELD and not cut:
            cut = len(held) - KEPT_BACK
        return self._cut(cut) if cut > 0 else ("", ())

    def end(self) -> tuple[str, Sequence[Span]]:
        """Everything else."""
        return self._cut(len(self.held)) if self.held else ("", ())

    def _cut(self, cut: int) -> tuple[str, Sequence[Span]]:
        found = self._scanner.spans(self._before + self.held)
        spans = self._within(found) if found else ()
        for each in spans:
            if each.start < cut < each.end:
                cut = each.start
                break
        leaving = self.held[:cut]
        if leaving:
            self._before, self.held = leaving[-1], self.held[cut:]
        return leaving, [each for each in spans if each.end <= cut] if spans else ()

    def _within(self, found: Sequence[Span]) -> Sequence[Span]:
        """What was found, counted from the begin of what is held."""
        shift = len(self._before)
        return [Span(each.start - shift, each.end - shift, each.name) for each in found if each.start >= shift]
