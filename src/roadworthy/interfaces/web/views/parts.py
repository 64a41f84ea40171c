"""The parts that every page is put together from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal


class Tone(StrEnum):
    """How something stands. Each tone has a colour, a shape and is never shown without a word."""

    GO = "go"
    MIND = "mind"
    STOP = "stop"
    STALE = "stale"
    UNKNOWN = "unknown"
    ASIDE = "aside"
    """Neither good nor bad: it does not apply."""


@dataclass(frozen=True, slots=True)
class Badge:
    """A tone with the word that says it."""

    tone: Tone
    word: str


@dataclass(frozen=True, slots=True)
class Link:
    """Somewhere to go."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant: how long ago in words, and exactly, with its zone, for those who hover, focus or listen."""

    words: str
    exact: str
    machine: str

    @classmethod
    def of(cls, instant: datetime, now: datetime) -> Moment:
        """Say `instant` relative to `now`; both need a zone."""
        at = instant.astimezone(UTC)
        exact = f"{at.day} {at:%B %Y, %H:%M:%S} UTC"
        return cls(words=relative(at, now), exact=exact, machine=at.isoformat(timespec="seconds"))


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a strip, with what it counts."""

    value: str
    label: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Empty:
    """An empty state that teaches: one sentence, one command, one button."""

    title: str
    sentence: str
    command: str | None = None
    button: Link | None = None


@dataclass(frozen=True, slots=True)
class Say:
    """A message on a page: a tone, what is so, and what follows from it."""

    tone: Tone
    title: str
    text: str = ""
    items: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of a bar; `start` and `width` in percent of the bar."""

    tone: Tone
    word: str
    count: int
    start: float
    width: float
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """A whole cut into tones, always shown with its numbers in words."""

    name: str
    segments: tuple[Segment, ...]

    @classmethod
    def of(cls, name: str, counts: tuple[tuple[Tone, str, int, str | None], ...]) -> Bar:
        """Cut a bar by counts, each a tone, a word, a count and where the count leads; zero counts vanish."""
        total = sum(count for _, _, count, _ in counts)
        segments, start = [], 0.0
        for tone, word, count, href in counts:
            if count:
                width = round(100 * count / total, 3)
                segments.append(Segment(tone, word, count, round(start, 3), width, href))
                start += width
        return cls(name, tuple(segments))


@dataclass(frozen=True, slots=True)
class Pager:
    """Which stretch of a long list is shown."""

    first: int
    last: int
    total: int
    previous: str | None = None
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a select, a radio group or a list of check boxes."""

    value: str
    label: str
    chosen: bool = False


FieldKind = Literal["text", "email", "date", "number", "area", "select", "radio", "file", "check", "password"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form with what was entered, so that nothing entered is lost when the form comes back."""

    name: str
    label: str
    kind: FieldKind = "text"
    value: str = ""
    hint: str = ""
    fault: str = ""
    options: tuple[Option, ...] = ()
    suggestions: tuple[str, ...] = ()
    required: bool = False
    wide: bool = False

    @property
    def described_by(self) -> str | None:
        """The ids of hint and fault, for assistive technology."""
        ids = [f"{self.name}-{part}" for part in ("hint", "fault") if getattr(self, part)]
        return " ".join(ids) or None


_STEPS = (
    (timedelta(minutes=1), timedelta(seconds=1), "second"),
    (timedelta(hours=1), timedelta(minutes=1), "minute"),
    (timedelta(days=1), timedelta(hours=1), "hour"),
    (timedelta(days=60), timedelta(days=1), "day"),
    (timedelta(days=730), timedelta(days=30), "month"),
)


def span(length: timedelta) -> str:
    """A length of time in its largest sensible unit: `3 days`, `14 minutes`, `2 years`."""
    for below, unit, word in _STEPS:
        if length < below:
            return plural(length // unit, word)
    return plural(length // timedelta(days=365), "year")


def relative(instant: datetime, now: datetime) -> str:
    """How long ago, or how far ahead."""
    difference = now - instant
    if abs(difference) < timedelta(seconds=10):
        return "just now"
    return f"{span(difference)} ago" if difference > timedelta(0) else f"in {span(-difference)}"


def plural(count: int, word: str, many: str | None = None) -> str:
    """`1 use case`, `2 use cases`, `1,204 use cases`."""
    return f"{count:,} {word if count == 1 else many or word + 's'}"


def shortened(text: str, most: int) -> str:
    """Text cut at a word near `most` characters, with an ellipsis where something was cut."""
    if len(text) <= most:
        return text
    cut = text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:.")
    return f"{cut or text[: most - 1]}…"
