"""Names of use cases that come from tables: stable from one import to the next, and never two the same."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from roadworthy.inventory.importing.vocabulary import loose_key, says_nothing

LONGEST = 63
"""Characters of a name, as in DNS labels (RFC 1035, section 2.3.4), which names of resources follow."""

_DIGEST = 6
_NOT_NAME = re.compile(r"[^a-z0-9]+")
_LETTER = re.compile(r"[A-Za-z]")
_MOSTLY = 0.8


def slug(text: str, longest: int = LONGEST) -> str:
    """Lower-case words of a text joined with hyphens, cut at a word where possible; may be empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    joined = _NOT_NAME.sub("-", plain).strip("-")
    if len(joined) <= longest:
        return joined
    cut = joined[:longest]
    head, _, _ = cut.rpartition("-")
    return (head if len(head) > longest // 2 else cut).strip("-")


def is_identity(identifiers: Sequence[str]) -> bool:
    """Whether a column of identifiers can name use cases: most rows have one, most are different, letters included.

    Bare numbers only count rows of one file; two files that both start at 1 would claim each other's use cases.
    """
    given = [value.strip() for value in identifiers if not says_nothing(value)]
    if len(given) < len(identifiers) * _MOSTLY or not given:
        return False
    lettered = sum(1 for value in given if _LETTER.search(value))
    return len(set(given)) >= len(given) * _MOSTLY and lettered >= len(given) * _MOSTLY


def name_by_identifier(identifier: str) -> str:
    """A name made of an identifier alone, which no edit of the row changes."""
    found = slug(identifier)
    return found if found and found[0].isalpha() else f"id-{found or _short_digest(identifier)}"[:LONGEST]


def name_by_title(title: str, organisation: str, unit: str, short: str) -> str:
    """A name made of the title, led by the organisation's abbreviation, with a digest of all three.

    The digest tells apart equal titles of two units and stays when rows are added, so no other row can
    change this one's name.
    """
    digest = _short_digest("\x1f".join(loose_key(part) for part in (organisation, unit, title)))
    prefix = slug(short, 12)
    room = LONGEST - len(digest) - 1 - (len(prefix) + 1 if prefix else 0)
    parts = [part for part in (prefix, slug(title, room), digest) if part]
    name = "-".join(parts)
    return name if name[0].isalpha() else f"u-{name}"[:LONGEST]


def _short_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]


class Namer:
    """Gives every name once; the second to ask for one gets it with `-2`."""

    def __init__(self) -> None:
        self._given: Counter[str] = Counter()

    def give(self, name: str) -> tuple[str, int]:
        """The name, or the next free one like it, and which claim to it this was (1 for the first)."""
        self._given[name] += 1
        turn = self._given[name]
        if turn == 1:
            return name, 1
        ending = f"-{turn}"
        other = f"{name[: LONGEST - len(ending)].rstrip('-')}{ending}"
        if self._given[other]:
            return self.give(other)[0], turn
        self._given[other] += 1
        return other, turn
