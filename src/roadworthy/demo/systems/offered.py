"""What a system offers: its operations, what one of them is asked, and what it says no with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

Json = dict[str, Any]
ID: Final[Json] = {"type": "string", "minLength": 1, "maxLength": 64}
TEXT: Final[Json] = {"type": "string", "minLength": 1, "maxLength": 4000}
REFERENCE: Final[Json] = {**ID, "description": "What the caller calls this; it can be asked for by it."}
RECEIPT: Final[Json] = {
    "receipt": {"type": "string", "description": "The id of what was done."},
    "time": {"type": "string", "format": "date-time", "description": "When it was done."},
}


class Does(StrEnum):
    """What an operation does to what it is about."""

    READS = "reads"
    CREATES = "creates"
    CHANGES = "changes"
    REMOVES = "removes"


class No(Exception):
    """What a system refuses, as RFC 9457 tells it.

    Args:
        status: of HTTP.
        code: for programs.
        detail: for people.
    """

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Asked:
    """What one operation is asked."""

    named: Mapping[str, str]
    """Parts of the path and parameters of the query, by name."""
    body: Json
    """Empty where none is sent."""
    principal: str
    now: datetime

    @property
    def time(self) -> str:
        """Now, as receipts have it."""
        return self.now.isoformat()


@dataclass(frozen=True, slots=True)
class Operation:
    """Something a system does."""

    name: str
    """Its `operationId`."""
    method: str
    path: str
    """With the names of its parts in braces."""
    summary: str
    does: Does
    run: Callable[[Asked], Json]
    """Raises `No` where it will not."""
    returns: Mapping[str, Any]
    """Properties of the object that it answers with."""
    body: Mapping[str, Any] | None = None
    """JSON Schema of what is sent; None where nothing is."""
    status: int = 200


def takes(required: Mapping[str, Any], optional: Mapping[str, Any] | None = None) -> Json:
    """The schema of an object that has these properties and no others."""
    properties = {**required, **(optional or {})}
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}


@dataclass(slots=True)
class Numbers:
    """Ids that count up, each kind by itself."""

    last: dict[str, int] = field(default_factory=dict)

    def next(self, kind: str) -> str:
        """The next one, such as `re-0001`."""
        self.last[kind] = self.last.get(kind, 0) + 1
        return f"{kind}-{self.last[kind]:04d}"
