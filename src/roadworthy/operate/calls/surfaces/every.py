"""Every surface, ready to be spoken."""

from __future__ import annotations

from typing import Final

from roadworthy.operate.calls.surfaces.chat import Chat
from roadworthy.operate.calls.surfaces.dialect import Dialect
from roadworthy.operate.calls.surfaces.embeddings import Embeddings
from roadworthy.operate.calls.surfaces.messages import Messages
from roadworthy.operate.calls.surfaces.predictive import Infer, Invocations
from roadworthy.operate.calls.surfaces.responses import Responses

CHAT: Final[Dialect] = Chat()
RESPONSES: Final[Dialect] = Responses()
EMBEDDINGS: Final[Dialect] = Embeddings()
MESSAGES: Final[Dialect] = Messages()
INFER: Final[Dialect] = Infer()
INVOCATIONS: Final[Dialect] = Invocations()
EVERY: Final = (CHAT, RESPONSES, EMBEDDINGS, MESSAGES, INFER, INVOCATIONS)
