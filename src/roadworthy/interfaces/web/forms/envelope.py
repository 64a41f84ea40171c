"""The terms of an envelope as somebody writes them in a form: a line for each bound, in the words that pages use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from roadworthy.decide.certificate.codec import SHAPES
from roadworthy.decide.certificate.model import (
    Actions,
    Bound,
    Ceilings,
    Dimensions,
    Fingerprints,
    Members,
    TermName,
)
from roadworthy.foundation.errors import InvalidInput, Place

PREFIX: Final = "term."
"""Before the name of a term, in names of fields."""
WRITTEN: Final = tuple(name for name in TermName if SHAPES[name] is not Fingerprints)
"""Terms that people write. What data it works on is measured, and nobody writes a digest."""
HINTS: Final[Mapping[TermName, str]] = {
    TermName.VOLUME: "The most, a line each: `40000 calls per day`.",
    TermName.RATE: "The most, a line each: `20 calls per minute`.",
    TermName.POPULATION: "A line each: `language: de, en`.",
    TermName.DATA_CLASSES: "A line each; nothing else may go in.",
    TermName.ACTIONS: "A line each, with its limits: `refund: 30 per hour, 200000 EUR minor units per day`.",
    TermName.COST: "The most, a line each: `4 EUR minor units per call`.",
    TermName.LATENCY: "The most, a line each: `250 p95 milliseconds`.",
    TermName.COHORT: "Groups, a line each; nobody else may.",
}
MOST_LINES: Final = 200


def written(bound: Bound) -> str | None:
    """A bound as a field shows it; None where what it says cannot be written so and read back."""
    text = "\n".join(_lines(bound))
    try:
        same = read(_name_of(bound), text) == bound
    except InvalidInput:
        same = False
    return text if same else None


def read(name: TermName, text: str) -> Bound | None:
    """The bound that somebody wrote; None where they wrote nothing, and nothing is bounded.

    Raises:
        InvalidInput: a line cannot be read; names the term.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return None
    if len(lines) > MOST_LINES:
        raise _unfit(name, f"it has {len(lines)} lines", f"write {MOST_LINES} at most")
    shape = SHAPES[name]
    if shape is Members:
        return Members(frozenset(lines))
    if shape is Ceilings:
        return Ceilings(_ceilings(name, lines))
    found: dict[str, str] = {}
    for line in lines:
        key, colon, rest = line.partition(":")
        key = key.strip()
        if not key or (shape is Dimensions and not colon):
            raise _unfit(name, f"`{line[:80]}` names nothing before a colon", HINTS[name])
        if key in found:
            raise _unfit(name, f"`{key[:80]}` stands there twice", "put it into one line")
        found[key] = rest
    if shape is Dimensions:
        return Dimensions({key: frozenset(_parts(rest)) for key, rest in found.items()})
    return Actions({key: _ceilings(name, list(_parts(rest))) for key, rest in found.items()})


def _ceilings(name: TermName, parts: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in parts:
        number, _, counter = part.partition(" ")
        figure = number.replace(",", "").replace("_", "")
        if not counter.strip() or not (figure.isascii() and figure.isdigit()):
            raise _unfit(name, f"`{part[:80]}` is not a whole number and what it counts", HINTS[name])
        if counter.strip() in found:
            raise _unfit(name, f"`{counter.strip()[:80]}` is bounded twice", "give one number for it")
        found[counter.strip()] = int(figure)
    return found


def _parts(text: str) -> Iterator[str]:
    return (part.strip() for part in text.split(",") if part.strip())


def _lines(bound: Bound) -> Iterator[str]:
    match bound:
        case Ceilings(most):
            yield from _figures(most)
        case Members(values):
            yield from sorted(values)
        case Dimensions(values):
            yield from (f"{name}: {', '.join(sorted(some))}" for name, some in sorted(values.items()))
        case Actions(limits):
            yield from (
                f"{name}: {', '.join(_figures(most))}" if most else name for name, most in sorted(limits.items())
            )
        case _:
            return


def _figures(most: Mapping[str, int]) -> Iterator[str]:
    return (f"{number} {counter}" for counter, number in sorted(most.items()))


def _name_of(bound: Bound) -> TermName:
    """Any term of this form: what can be written is the same for all of them."""
    return next(name for name, shape in SHAPES.items() if isinstance(bound, shape))


def _unfit(name: TermName, message: str, remedy: str) -> InvalidInput:
    return InvalidInput(
        "envelope-term-unfit", f"the term `{name}`: {message}", place=Place(field=f"{PREFIX}{name}"), remedy=remedy
    )
