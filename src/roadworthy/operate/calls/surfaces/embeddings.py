"""OpenAI embeddings.

https://platform.openai.com/docs/api-reference/embeddings
"""

from __future__ import annotations

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.operate.calls.model import Document, Head, Places, Reply, Told
from roadworthy.operate.calls.surfaces import openai
from roadworthy.operate.calls.surfaces.bodies import model_of, parts_of, texts_in, tokens_of
from roadworthy.operate.calls.surfaces.dialect import ReadBody, text_of
from roadworthy.operate.calls.surfaces.unstreamed import Unstreamed
from roadworthy.operate.telemetry.model import Surface


class Embeddings(Unstreamed):
    """The surface."""

    surface = Surface.EMBEDDINGS

    @staticmethod
    def read(document: Document, head: Head) -> ReadBody:
        """What a request asks for. Numbers in `input` are ids of tokens, which no guard can read."""
        given = document.get("input")
        if given is None or given in ("", []):
            raise InvalidInput(
                "call-input-missing",
                "the request has no input",
                place=Place(field="input"),
                remedy="send a text, or a list of texts",
            )
        places: Places = {}
        texts = tuple(texts_in(document, "", "input", places, skip=frozenset({"model"})))
        numbers = _numbers(given)
        read = ReadBody(model_of(document, head.model), texts, places, tokens_of(texts) + numbers)
        read.unreadable = ("token-ids",) if numbers else ()
        read.parts = parts_of((), None, {})
        return read

    @staticmethod
    def answer(document: Document) -> Reply:
        """What an answer says; there is no text in it."""
        return Reply(document, usage=openai.usage_of(document.get("usage")), model=text_of(document.get("model")))

    def error(self, told: Told) -> bytes:
        """A failure as the body of an answer."""
        return openai.error(told)


def _numbers(given: object) -> int:
    if not isinstance(given, list):
        return 0
    return sum(len(each) if isinstance(each, list) else isinstance(each, int) for each in given)
