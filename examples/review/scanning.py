"""What scanning does to text, and where the passages lie afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from examples.draws import Draws
from examples.review.writing import Piece

CONFUSED = {
    "1": "l",
    "0": "O",
    "5": "S",
    "8": "B",
    "l": "1",
    "o": "0",
    "m": "rn",
    "e": "c",
    "@": "©",
    "-": "—",
    ".": ",",
}
BLACK = ("[REDACTED]", "(b)(6)", "█████")
FURNITURE = ("\nPage {} of 12\n", "\nRECEIVED {} MAY\n", "\nFAX 09:{} P.03\n")


@dataclass(frozen=True, slots=True)
class Passage:
    """Characters `begin` to `end` of a text, which may not go out."""

    begin: int
    end: int
    ground: str


def recognised(text: str, draws: Draws, rate: float = 0.03) -> str:
    """The text as character recognition gives it: about `rate` of the characters that can be confused are."""
    return "".join(CONFUSED[sign] if sign in CONFUSED and draws.chance(rate) else sign for sign in text)


def broken(text: str, draws: Draws) -> str:
    """Long words broken at a line's end, now and then."""
    words = text.split(" ")
    return " ".join(f"{word[:4]}-\n{word[4:]}" if len(word) > 8 and draws.chance(0.06) else word for word in words)


def scanned(pieces: list[Piece], draws: Draws) -> list[Piece]:
    """Every piece through the scanner."""
    return [Piece(broken(recognised(piece.text, draws), draws), piece.ground) for piece in pieces]


def blackened(pieces: list[Piece], draws: Draws) -> list[Piece]:
    """Some passages blackened already; what is black needs no ground any more."""
    return [Piece(draws.pick(BLACK)) if piece.ground is not None and draws.chance(0.5) else piece for piece in pieces]


def furnished(pieces: list[Piece], draws: Draws) -> list[Piece]:
    """With a page number, a stamp or a fax header somewhere between two pieces."""
    at = draws.between(1, len(pieces) - 1)
    return [*pieces[:at], Piece(draws.pick(FURNITURE).format(draws.between(10, 59))), *pieces[at:]]


def joined(pieces: list[Piece]) -> tuple[str, list[Passage]]:
    """The text, and where in it the passages lie."""
    text, passages, at = [], [], 0
    for piece in pieces:
        if piece.ground is not None:
            passages.append(Passage(at, at + len(piece.text), piece.ground))
        text.append(piece.text)
        at += len(piece.text)
    return "".join(text), passages
