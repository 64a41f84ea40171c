"""What the API sends and takes: closed, camelCase, every field described by its type."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Header, Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from roadworthy.app import App
from roadworthy.foundation.access.permissions import SCOPES
from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.interfaces.client import PREFIX
from roadworthy.interfaces.permitting.gate import known_caller
from roadworthy.interfaces.security import CSRF_HEADER, Caller, check_csrf, doorkeeper

Item = TypeVar("Item")

_READING = frozenset({"GET", "HEAD"})
CsrfToken = Annotated[str, Header(alias=CSRF_HEADER, include_in_schema=False)]


class Wire(BaseModel):
    """Base of all bodies; built from our frozen values by their attributes."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        from_attributes=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


class PlaceBody(Wire):
    """Where a fault is; lines, columns and rows count from 1."""

    source: str | None = None
    line: int | None = None
    column: int | None = None
    sheet: str | None = None
    cell: str | None = None
    field: str | None = None


class FindingBody(Wire):
    """One thing that is wrong."""

    code: str
    message: str
    place: PlaceBody
    remedy: str


class ProblemBody(Wire):
    """An error, as RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str = Field(description="Stable name of the fault; the documentation has an entry under it.")
    remedy: str = Field(description="What to do next.")
    place: PlaceBody
    findings: list[FindingBody]
    exit_code: int = Field(description="What the command line answers with.")


class Page(Wire, Generic[Item]):
    """A part of a list; ask again with `cursor` set to `next` for what follows."""

    items: list[Item]
    next: str | None = Field(default=None, description="Absent at the end of the list.")


class Done(Wire):
    """A change was made."""

    done: bool = True


PROBLEMS: dict[int | str, dict[str, Any]] = {"default": {"description": "Any error.", "model": ProblemBody}}

Limit = Annotated[int, Field(ge=1, le=1000, description="Most items to answer with.")]
Cursor = Annotated[str | None, Field(max_length=1000, description="`next` of the page before.")]


def encode_cursor(after: str) -> str:
    """A cursor that says where to go on; opaque to the caller."""
    return base64.urlsafe_b64encode(after.encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str | None) -> str | None:
    """Where to go on.

    Raises:
        InvalidInput: not a cursor that we gave.
    """
    if cursor is None:
        return None
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(
            "cursor-unusable",
            "this cursor was not given by this list",
            place=Place(field="query.cursor"),
            remedy="use `next` of the page before, or leave `cursor` out to begin anew",
        ) from error


def the_app(request: Request) -> App:
    """The application that serves this request."""
    found: App = request.app.state.roadworthy
    return found


def _called(request: Request, csrf: str) -> Caller:
    caller = known_caller(request) or doorkeeper(request).require(request, via="api")
    if request.method not in _READING:
        check_csrf(caller, csrf)
    return caller


def _check_about(request: Request, caller: Caller) -> None:
    """A token for certain use cases opens only their addresses."""
    if caller.token is not None:
        named = request.url.path.startswith(f"{PREFIX}/use-cases/")
        caller.check_about(request.path_params.get("name") if named else None)


async def signed_in(request: Request, x_csrf_token: CsrfToken = "") -> Caller:
    """Who is calling; a browser's session must show the token of its pages with every change.

    A program may read here, if the table of permissions lets it, and change nothing.
    """
    caller = _called(request, x_csrf_token)
    if request.method in _READING:
        _check_about(request, caller)
    else:
        _ = caller.session  # only a person has one
    return caller


async def anybody(request: Request, x_csrf_token: CsrfToken = "") -> Caller:
    """Who is calling, a person or a program."""
    return _called(request, x_csrf_token)


def may(scope: str, *, anywhere: bool = False) -> Callable[..., Awaitable[Caller]]:
    """A dependency: who is calling, a person or a program whose token carries this scope.

    Which scopes open an address says the table of permissions alone (`roadworthy.interfaces.permitting`).

    Args:
        scope: one of `roadworthy.foundation.access.permissions.SCOPES`; here for whoever reads the route.
        anywhere: the address is open to tokens for certain use cases too, because it is about none of them, or
            because what it does looks itself at which one it is about (`Caller.check_about`).
    """
    assert scope in SCOPES  # noqa: S101 - a slip of a route, found when it is imported

    async def allowed(request: Request, x_csrf_token: CsrfToken = "") -> Caller:
        caller = _called(request, x_csrf_token)
        if not anywhere:
            _check_about(request, caller)
        return caller

    return allowed


Application = Annotated[App, Depends(the_app)]
Signed = Annotated[Caller, Depends(signed_in)]
"""A person, or for reading a program that may read. What else programs may do says so itself, by `may`."""
Anybody = Annotated[Caller, Depends(anybody)]
Knowing = Annotated[Caller, Depends(may("read", anywhere=True))]
"""Whoever may read, for what is about no use case: what there is to say and in which words."""
