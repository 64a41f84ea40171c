"""What of a request's head the gateway reads. Everything else stays here and never goes upstream."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.operate.calls.model import Head
from roadworthy.operate.telemetry.trace_context import parse

_MOST_IN_LIST: Final = 50
_EXTRAS: Final = ("anthropic-beta",)
"""Headers that upstreams of a surface understand, and that switch on what they offer."""


def headers_of(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by name in small letters.

    Raises:
        InvalidInput: one that says who asks stands there twice, so that two readers could read two things.
    """
    found: dict[str, str] = {}
    for name, value in raw:
        key = name.decode("latin-1")
        if key in found and (key in _ONCE or key.startswith(("roadworthy-", "mcp-"))):
            raise InvalidInput(
                "call-header-twice",
                f"the header `{key[:60]}` stands there twice",
                place=Place(field=key[:60]),
                remedy="send it once",
            )
        found[key] = value.decode("latin-1")
    return found


_ONCE: Final = frozenset(
    {
        "api-key",
        "authorization",
        "content-type",
        "host",
        "idempotency-key",
        "origin",
        "traceparent",
        "x-api-key",
    }
)


def head_of(headers: Mapping[str, str], *, endpoint: str | None = None, model: str | None = None) -> Head:
    """What decides about a call."""
    context = parse(headers.get("traceparent", ""))
    trace, parent = (None, None) if context is None else (context.trace, context.span)
    return Head(
        shown=_shown(headers),
        endpoint=endpoint,
        model=model,
        user_token=headers.get("roadworthy-user-token") or None,
        data_classes=frozenset(_listed(headers.get("roadworthy-data-classes", ""))),
        population=_pairs(headers.get("roadworthy-population", "")),
        trace=trace,
        parent=parent,
        state=headers.get("tracestate") if trace else None,
        idempotency=headers.get("idempotency-key") or None,
        later="prefer" in headers and _prefers_later(headers["prefer"]),
        version=headers.get("anthropic-version") or None,
        extras={name: headers[name] for name in _EXTRAS if name in headers},
    )


def _shown(headers: Mapping[str, str]) -> str:
    """The key, in whichever header a client shows it."""
    bearer = headers.get("authorization", "")
    scheme, _, token = bearer.partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return headers.get("x-api-key", "").strip() or headers.get("api-key", "").strip()


def _prefers_later(value: str) -> bool:
    return any(each.partition(";")[0].strip().lower() == "respond-async" for each in _listed(value))


def _listed(value: str) -> list[str]:
    return [each.strip() for each in value.split(",", _MOST_IN_LIST)[:_MOST_IN_LIST] if each.strip()]


def _pairs(value: str) -> dict[str, str]:
    pairs = (each.partition("=") for each in _listed(value))
    return {name.strip(): said.strip() for name, _, said in pairs if name.strip() and said.strip()}
