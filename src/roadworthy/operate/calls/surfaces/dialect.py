"""The shape that every surface has."""

from __future__ import annotations

from typing import Any, Protocol

from roadworthy.operate.admission.model import Text
from roadworthy.operate.calls.model import Document, Head, Places, Question, Reply, Told
from roadworthy.operate.telemetry.model import Surface


class Listener(Protocol):
    """Reads the events of one stream."""

    def read(self, name: str, document: Document) -> Reply:
        """What an event says; what the client did not ask for is taken out of it."""

    def with_text(self, where: str, text: str) -> bytes:
        """An event that says a rest of a text, as the upstream would."""


class Dialect(Protocol):
    """A way in which clients speak."""

    surface: Surface

    def read(self, document: Document, head: Head) -> ReadBody:
        """What a request asks for.

        Raises:
            InvalidInput: it is not readable as such.
        """

    def answer(self, document: Document) -> Reply:
        """What an answer says."""

    def listener(self, question: Question) -> Listener:
        """Begin to read a stream."""

    def error(self, told: Told) -> bytes:
        """A failure as the body of an answer."""

    def error_event(self, told: Told) -> bytes:
        """A failure within a stream."""


class ReadBody:
    """What a surface read of a body.

    Args:
        model: as the client names it.
        texts: all of it that a guard can read.
        places: where they stand.
    """

    __slots__ = (
        "capped_in",
        "choices",
        "effects",
        "input_tokens",
        "model",
        "output_tokens",
        "parts",
        "places",
        "stream",
        "texts",
        "unreadable",
        "wants_usage",
    )

    def __init__(self, model: str, texts: tuple[Text, ...], places: Places, input_tokens: int) -> None:
        self.model = model
        self.texts = texts
        self.places = places
        self.input_tokens = input_tokens
        self.output_tokens = self.choices = 0
        self.capped_in: tuple[str, ...] = ()
        self.stream = False
        self.unreadable: tuple[str, ...] = ()
        self.parts: dict[str, str] = {}
        self.wants_usage = True
        self.effects = False


def text_of(value: Any) -> str | None:  # noqa: ANN401 - any JSON
    """A text, where it is one."""
    return value if isinstance(value, str) else None
