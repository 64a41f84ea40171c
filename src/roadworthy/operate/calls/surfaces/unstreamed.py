"""Surfaces that do not stream."""

from __future__ import annotations

from abc import ABC, abstractmethod

from roadworthy.operate.calls.model import Document, Question, Reply, Told
from roadworthy.operate.calls.wire.failures import FailureClass, UpstreamFailure


class Silent:
    """Listens to a stream that never comes."""

    @staticmethod
    def read(name: str, document: Document) -> Reply:  # noqa: ARG004 - the protocol's
        """No event is expected.

        Raises:
            UpstreamFailure: always.
        """
        raise UpstreamFailure(FailureClass.WRONG_TYPE)

    @staticmethod
    def with_text(where: str, text: str) -> bytes:  # noqa: ARG004 - the protocol's
        """Nothing is held back of what never comes."""
        return b""


class Unstreamed(ABC):
    """What such surfaces share."""

    @staticmethod
    def listener(question: Question) -> Silent:  # noqa: ARG004 - the protocol's
        """Nobody asks for a stream here."""
        return Silent()

    @abstractmethod
    def error(self, told: Told) -> bytes:
        """A failure as the body of an answer."""

    def error_event(self, told: Told) -> bytes:
        """There are no events."""
        return self.error(told)
