"""How much of a text that is still coming may leave: nothing of what a later character could complete.

`IN_PROGRESS` matches from the leftmost place at which something may have begun that is not over yet. Whatever a pattern
finds beyond the end of what is here begins there or later, so what lies before it is as it will stay, and what is
found in it does not depend on the pieces in which it came.
"""

from __future__ import annotations

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
MOST_HELD: Final = 8_192
"""Characters without an end after which a part leaves all the same; longer than any pattern but two."""
KEPT_BACK: Final = 4_096


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

    def feed(self, text: str, least: int = 0) -> tuple[str, list[Span]]:
        """Take in a piece.

        Args:
            text: the piece.
            least: how many characters at the end stay for another reason.

        Returns:
            What may leave, and what is in it.
        """
        self.held += text
        cut = min(IN_PROGRESS.search(self.held).start(), len(self.held) - least)
        if len(self.held) > MOST_HELD and not cut:
            cut = len(self.held) - KEPT_BACK
        return self._cut(cut) if cut > 0 else ("", [])

    def end(self) -> tuple[str, list[Span]]:
        """Everything else."""
        return self._cut(len(self.held)) if self.held else ("", [])

    def _cut(self, cut: int) -> tuple[str, list[Span]]:
        shift = len(self._before)
        spans = [Span(each.start - shift, each.end - shift, each.name) for each in self._found()]
        for each in spans:
            if each.start < cut < each.end:
                cut = each.start
                break
        leaving = self.held[:cut]
        if leaving:
            self._before, self.held = leaving[-1], self.held[cut:]
        return leaving, [each for each in spans if each.end <= cut]

    def _found(self) -> Sequence[Span]:
        return [each for each in self._scanner.spans(self._before + self.held) if each.start >= len(self._before)]
