"""One shape for every error of the HTTP interface: RFC 9457 problem details, whoever raised it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from roadworthy.foundation.errors import (
    Finding,
    InvalidInput,
    NotFound,
    Place,
    RoadworthyError,
    TooLarge,
    Unavailable,
    UsageError,
)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = "10"


class MethodNotAllowed(UsageError):
    """The address exists and does not answer to this method."""

    status = 405
    title = "The method is not allowed here"


class PreconditionMissing(UsageError):
    """A write has to say which version it replaces."""

    status = 428
    title = "Say which version this replaces"


class PreconditionFailed(UsageError):
    """The version named is not the one in force."""

    status = 412
    title = "The version is not the one in force"


class TooSlow(UsageError):
    """The request did not arrive in time."""

    status = 408
    title = "The request took too long to arrive"


class TooMany(UsageError):
    """Too many requests of a kind came at once."""

    status = 429
    title = "Too many requests"


class Unexpected(RoadworthyError):
    """A fault of ours; the log has the details, the answer has none."""


def problem(error: RoadworthyError, instance: str) -> dict[str, Any]:
    """The problem details of an error, with the exit code that a command line answers with."""
    return {**error.to_problem(instance), "exitCode": int(error.exit_code)}


def problem_response(error: RoadworthyError, instance: str, headers: Mapping[str, str] | None = None) -> Response:
    """The error as an HTTP response."""
    sent = dict(headers or {})
    if error.status == HTTPStatus.UNAUTHORIZED:
        sent["WWW-Authenticate"] = "Bearer"
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        sent["Retry-After"] = RETRY_AFTER_SECONDS
    content = json.dumps(problem(error, instance), ensure_ascii=False)
    return Response(content, error.status, sent, MEDIA_TYPE)


def unexpected() -> Unexpected:
    """What is told of a fault of ours: nothing internal."""
    return Unexpected(
        "unexpected-fault",
        "something failed that should not have; nothing of this request was kept",
        remedy="try again; if it happens again, look at the server's log at this time and report what stands there",
    )


def from_framework(error: HTTPException) -> RoadworthyError:
    """What the web framework complains about, in our words."""
    if isinstance(error.__cause__, RoadworthyError):
        return error.__cause__  # raised while a body was read; the framework put its own around it
    if error.status_code == HTTPStatus.NOT_FOUND:
        return NotFound(
            "route-unknown",
            "there is nothing at this address",
            remedy="start at the portfolio; programs find what there is in `/api/v1alpha1/openapi.json`",
        )
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "another method")
        return MethodNotAllowed(
            "method-not-allowed", "this address does not answer to this method", remedy=f"use {allowed}"
        )
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return TooLarge("body-too-large", "the request is over a limit", remedy="send less at once")
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unavailable("unavailable", "the server cannot answer now", remedy="try again in a moment")
    return UsageError(
        "request-malformed",
        "the request cannot be read",
        remedy="compare it with what `GET /api/v1alpha1/openapi.json` says",
    )


def from_validation(error: RequestValidationError) -> InvalidInput:
    """Parameters or a body that do not fit, with all their faults."""
    findings = [_finding(fault) for fault in error.errors()]
    return InvalidInput.of(findings, "the request")


def _finding(fault: Mapping[str, Any]) -> Finding:
    place = Place(field=".".join(str(part) for part in fault["loc"]))
    name = str(fault["loc"][-1]) if fault["loc"] else "the request"
    kind = str(fault["type"])
    if kind == "missing":
        return Finding("request-field-missing", f"`{name}` is missing", place, "add it")
    if kind == "extra_forbidden":
        return Finding("request-field-unknown", f"there is no `{name}` here", place, "remove it, or mend its spelling")
    if kind == "json_invalid":
        return Finding("request-not-json", "the body is not JSON", place, "send JSON with this content type")
    said = str(fault["msg"]).removeprefix("Value error, ")
    said = said[:1].lower() + said[1:]
    return Finding("request-field-unusable", f"`{name}` cannot be used: {said}", place, "mend the value")
