"""Values of calls: what of a request's head is needed, how a request and an answer were read, what a client is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

from roadworthy.operate.admission.model import Asking, Text
from roadworthy.operate.telemetry.model import Usage

Document: TypeAlias = dict[str, Any]
"""A JSON object."""
Places: TypeAlias = dict[str, tuple[Any, Any]]
"""Where a text stands: its path to what holds it, and its name or index there."""

PROBLEMS = "https://roadworthy.dev/problems/"


class Head(msgspec.Struct, frozen=True, gc=False):
    """What of a request's head decides about a call."""

    shown: str = ""
    """The key or token as it came. Never recorded."""
    endpoint: str | None = None
    """Where the path names it."""
    model: str | None = None
    """Where the path names it."""
    user_token: str | None = None
    data_classes: frozenset[str] = frozenset()
    population: Mapping[str, str] = {}
    trace: str | None = None
    parent: str | None = None
    state: str | None = None
    """`tracestate`, sent on with our own span as parent."""
    idempotency: str | None = None
    later: bool = False
    """Whether the client would rather fetch the answer later (RFC 7240, `Prefer: respond-async`)."""
    version: str | None = None
    """Of the surface, where clients name one: `anthropic-version`, `api-version`."""
    extras: Mapping[str, str] = {}
    """Headers that an upstream of the same surface understands and that tell nothing of the client."""


@dataclass(frozen=True, slots=True)
class Told:
    """A failure or refusal, as a client is told it in whatever shape."""

    code: str
    message: str
    status: int
    remedy: str = ""
    retry_after: int | None = None
    field: str | None = None
    """Which part of the request it is about, where one is."""
    held: str | None = None
    challenge: str = ""
    """`WWW-Authenticate`, where signing in helps."""

    @property
    def uri(self) -> str:
        """The problem's page."""
        return f"{PROBLEMS}{self.code}"

    @property
    def sentence(self) -> str:
        """Message and remedy."""
        return f"{self.message}; {self.remedy}" if self.remedy else self.message


class Question(msgspec.Struct):
    """A request as its surface read it."""

    asking: Asking
    document: Document
    """What goes upstream in the end; changed in place."""
    places: Places
    """Of each text, so that a masked one can be put in its place."""
    wants_usage: bool = True
    """Whether the client asked for the usage in a stream; where not, it is asked for and taken out."""
    effects: bool = False
    """Whether the upstream may do something beyond answering, so that nothing is tried twice that may have begun."""

    capped_in: tuple[str, ...] = ()
    """Fields of the document that bound how long one answer may be."""

    def cap(self, most: int) -> None:
        """Ask for no more than so many tokens in one answer; 0 leaves it open."""
        if most:
            self.document.update(dict.fromkeys(self.capped_in, most))

    def put(self, texts: Mapping[str, str]) -> None:
        """Put changed texts in their places."""
        for where, text in texts.items():
            holder, name = self.places[where]
            holder[name] = text


class Reply(msgspec.Struct):
    """An answer, or an event of one, as its surface read it."""

    document: Document
    texts: Sequence[Text] = ()
    """What a guard looks at; `where` says to which stream of text it belongs."""
    asides: Sequence[Text] = ()
    """Of an event: texts that are whole in it, and nothing follows them, beside those that do come in pieces."""
    places: Places = msgspec.field(default_factory=dict)
    echoes: Sequence[tuple[Document, str]] = ()
    """Where the texts stand a second time, token by token: emptied where a guard changes anything."""
    usage: Usage | None = None
    model: str | None = None
    id: str | None = None
    finish: str | None = None
    hidden: bool = False
    """Of an event: the client did not ask for it."""
    changed: bool = False
    """Of an event: it does not read any more as it came."""
    comes_whole: bool = False
    """Of an event: all its texts are whole in it, and nothing follows them."""
    ends: tuple[str, ...] = ()
    """Of an event: the beginnings of the streams of text that end with it."""
    final: bool = False
    """Of an event: with it the answer is whole."""
    failed: str | None = None
    """Of an event: the upstream says that it failed, in the class that it names."""

    def put(self, where: str, text: str) -> None:
        """Put a changed text in its place."""
        holder, name = self.places[where]
        holder[name] = text
        self.changed = True
        for echoing, named in self.echoes:
            echoing[named] = [] if isinstance(echoing[named], list) else None


class Sending(msgspec.Struct, frozen=True, gc=False):
    """A request to an upstream."""

    path: str
    """Behind the path of its address."""
    headers: Mapping[str, str]
    method: str = "POST"
