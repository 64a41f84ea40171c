"""Structured logs on standard error, in which secrets redact themselves."""

from __future__ import annotations

import io
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, TextIO, cast

import structlog

REDACTED = "[redacted]"
_SECRET_NAMES = re.compile(r"token|secret|password|passwd|authorization|cookie|api[-_]?key|private", re.IGNORECASE)
_SECRET_IN_TEXT = re.compile(r"(?i)\b(bearer\s+|token=|://[^/\s:@]+:)[^\s&@]+")


class Secret:
    """A value that can be used and cannot be printed."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, at the one place that needs it."""
        return self._value

    def __repr__(self) -> str:
        return REDACTED

    __str__ = __repr__


def redact(value: object, name: str = "") -> object:
    """A copy of `value` in which nothing secret is left: by type, by the name it stands under, by its look."""
    if isinstance(value, Secret) or (name and _SECRET_NAMES.search(name)):
        return REDACTED
    if isinstance(value, str):
        return _SECRET_IN_TEXT.sub(lambda found: found[1] + REDACTED, value)
    if isinstance(value, Mapping):
        return {key: redact(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    return value


def _redacting(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {name: redact(value, name) for name, value in event.items()}


class _StandardError(io.TextIOBase):
    """Standard error as it is when something is written, not as it was when logging was set up."""

    def write(self, text: str) -> int:
        """Write to the present standard error."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Flush the present standard error."""
        sys.stderr.flush()


def configure(level: str = "info", form: Literal["text", "json"] = "text") -> None:
    """Set up logging for the process: one line an event, on standard error, redacted last before it is written."""
    renderer = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _redacting,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _StandardError())),
        cache_logger_on_first_use=False,
    )


def log(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger that says which part of the system speaks.

    It stays unbound until its first event: modules ask for theirs before the process is configured, and a logger
    bound by then would print what the configuration redacts.
    """
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(part=name)
    return logger
