"""Questions: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.questions import QuestionsQuestion


class QuestionsCalls:
    """Questions."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def ask(self, asked: str, name: str) -> QuestionsQuestion:
        """Who let this happen, knowing what: six chapters of lines, each with the entry that says it."""
        call: Call[QuestionsQuestion] = Call(
            "GET", f"/questions/{quote(asked, safe='')}/{quote(name, safe='')}", QuestionsQuestion
        )
        return self._send(call)

    def as_markdown(self, asked: str, name: str) -> str:
        """The answer as Markdown."""
        call: Call[str] = Call("GET", f"/questions/{quote(asked, safe='')}/{quote(name, safe='')}/markdown", str)
        return self._send(call)

    def as_html(self, asked: str, name: str) -> str:
        """The answer as one HTML file that needs nothing else, to be sent or printed."""
        call: Call[str] = Call("GET", f"/questions/{quote(asked, safe='')}/{quote(name, safe='')}/html", str)
        return self._send(call)
