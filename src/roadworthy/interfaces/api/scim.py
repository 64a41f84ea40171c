"""SCIM 2.0 (RFC 7644) under `/scim/v2`: a staff directory brings people and groups, and takes them away.

Bodies are SCIM's own, so they stand in no description of our API; `/scim/v2/Schemas` describes them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request
from starlette.responses import Response

from roadworthy.app import App
from roadworthy.foundation.errors import InvalidInput, NotFound, RoadworthyError
from roadworthy.foundation.identity.scim import schemas
from roadworthy.foundation.identity.scim.faults import SCIM_TYPES, ScimNotOffered, unfit_value, unreadable_body
from roadworthy.foundation.identity.scim.projection import Projection, read_projection
from roadworthy.foundation.identity.scim_resources import Query as Wanted
from roadworthy.foundation.identity.scim_resources import ScimResources
from roadworthy.interfaces.api.wire import Application, may
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.security import Caller

ROOT = "/scim/v2"
MEDIA_TYPE = "application/scim+json"
_MOST_DIGITS = 9

Attributes = Annotated[str | None, Query(max_length=10_000)]
Excluded = Annotated[str | None, Query(alias="excludedAttributes", max_length=10_000)]
Resources = ScimResources[Any]

router = Routes(prefix=ROOT, tags=["scim"], include_in_schema=False)


async def _sent(request: Request) -> Any:  # noqa: ANN401 - whatever JSON holds; read by `documents`
    try:
        return json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise unreadable_body("the body is no JSON") from error


def _base(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}{ROOT}"


def _shown(attributes: Attributes = None, excluded: Excluded = None) -> Projection:
    return read_projection(attributes, excluded)


def _asked(request: Request) -> Wanted:
    return _wanted(request.query_params)


def _wanted(given: Mapping[str, Any]) -> Wanted:
    """What a list is asked for by parameters or a body, whose names come in any case."""
    said = {name.casefold(): value for name, value in given.items()}
    text = said.get("filter")
    if text is not None and not isinstance(text, str):
        raise unreadable_body("`filter` is a text")
    projection = read_projection(_names(said.get("attributes")), _names(said.get("excludedattributes")))
    start = _number(said.get("startindex"), "startIndex", 1)
    count = _number(said.get("count"), "count", None)
    return Wanted(text or None, start or 1, schemas.USUAL_RESULTS if count is None else count, projection)


def _number(text: object, field: str, otherwise: int | None) -> int | None:
    if text is None or text == "":
        return otherwise
    said = str(text).strip()
    if (
        isinstance(text, bool)
        or len(said) > _MOST_DIGITS
        or not said.removeprefix("-").isascii()
        or not said.removeprefix("-").isdigit()
    ):
        raise unfit_value(field, f"`{field}` takes a whole number")
    return int(said)


Program = Annotated[Caller, Depends(may("directory:write"))]
"""The staff directory that calls; the gate lets no person in, who changes people by name and with a reason."""
Sent = Annotated[Any, Depends(_sent)]
Base = Annotated[str, Depends(_base)]
Asked = Annotated[Wanted, Depends(_asked)]
Shown = Annotated[Projection, Depends(_shown)]
IfMatch = Annotated[str | None, Header(max_length=1_000)]
IfNoneMatch = Annotated[str | None, Header(max_length=1_000)]


# ---------------------------------------------------------------- what is offered


@router.get("/ServiceProviderConfig")
def service_provider_config(_caller: Program, base: Base) -> Response:
    """What of SCIM is offered."""
    return _answer(schemas.service_provider_config(base))


@router.get("/ResourceTypes")
def resource_types(_caller: Program, base: Base) -> Response:
    """The two types."""
    found = schemas.resource_types(base)
    return _answer(schemas.listed(found, len(found), 1))


@router.get("/ResourceTypes/{name}")
def resource_type(name: str, _caller: Program, base: Base) -> Response:
    """One type."""
    return _answer(_one(schemas.resource_types(base), name))


@router.get("/Schemas")
def all_schemas(_caller: Program, base: Base) -> Response:
    """The three schemas."""
    found = schemas.schemas(base)
    return _answer(schemas.listed(found, len(found), 1))


@router.get("/Schemas/{urn}")
def schema(urn: str, _caller: Program, base: Base) -> Response:
    """One schema."""
    return _answer(_one(schemas.schemas(base), urn))


@router.post("/Bulk")
def bulk(_caller: Program) -> Response:
    """Not offered: each change is a request of its own, so that each has its own answer and its own entry."""
    raise ScimNotOffered(
        "scim-not-offered",
        "bulk requests are not offered",
        remedy="send one request for each change, as ServiceProviderConfig says",
    )


@router.api_route("/Me", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def me(_caller: Program) -> Response:
    """Not offered: whoever calls is a program."""
    raise ScimNotOffered("scim-not-offered", "a program is no user", remedy="ask for /Users instead")


# ---------------------------------------------------------------- people and groups


def _serve(path: str, of: Callable[[App], Resources]) -> None:
    """The addresses of a type of resource: both types have the same."""

    @router.get(path)
    def those(app: Application, _caller: Program, base: Base, asked: Asked) -> Response:
        """Those that meet a filter."""
        return _answer(of(app).list(asked, base))

    @router.post(f"{path}/.search")
    def search(app: Application, _caller: Program, base: Base, sent: Sent) -> Response:
        """The same, asked for by a body."""
        return _answer(of(app).list(_searched(sent), base))

    @router.post(path)
    def new(app: Application, caller: Program, base: Base, sent: Sent) -> Response:
        """A new one."""
        made = of(app).create(caller.context, sent, base)
        return _answer(made, 201, {"Location": made["meta"]["location"]})

    @router.get(f"{path}/{{ref}}")
    def one(
        ref: str, app: Application, _caller: Program, base: Base, shown: Shown, if_none_match: IfNoneMatch = None
    ) -> Response:
        """One of them."""
        found = of(app).get(ref, base)
        version = found["meta"]["version"]
        if if_none_match is not None and version in {each.strip() for each in if_none_match.split(",")}:
            return Response(status_code=304, headers={"ETag": version})
        return _answer(shown.of(found, of(app).of), version=version)

    @router.put(f"{path}/{{ref}}")
    def put(ref: str, app: Application, caller: Program, base: Base, sent: Sent, if_match: IfMatch = None) -> Response:
        """One as it shall be."""
        return _answer(of(app).replace(caller.context, ref, sent, base, if_match))

    @router.patch(f"{path}/{{ref}}")
    def patch(
        ref: str, app: Application, caller: Program, base: Base, sent: Sent, if_match: IfMatch = None
    ) -> Response:
        """One with some things changed."""
        return _answer(of(app).patch(caller.context, ref, sent, base, if_match))

    @router.delete(f"{path}/{{ref}}")
    def delete(ref: str, app: Application, caller: Program, if_match: IfMatch = None) -> Response:
        """One that is no more."""
        of(app).delete(caller.context, ref, if_match)
        return Response(status_code=204)


_serve("/Users", lambda app: app.staff.users)
_serve("/Groups", lambda app: app.staff.groups)


# ---------------------------------------------------------------- answers


def error_response(error: RoadworthyError) -> Response:
    """An error in SCIM's own shape (RFC 7644, section 3.12); the remedy stands in its detail."""
    about_a_value = isinstance(error, InvalidInput)
    status = 400 if about_a_value and error.status == InvalidInput.status else error.status
    kind = SCIM_TYPES.get(error.code) or ("invalidValue" if about_a_value else None)
    body = {"schemas": [schemas.ERROR], "status": str(status), "detail": f"{error.message}; {error.remedy}"}
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}  # noqa: PLR2004 - the status itself
    return _answer(body if kind is None else {**body, "scimType": kind}, status, headers)


def _answer(
    body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None, version: str | None = None
) -> Response:
    """An answer under the version that it names itself, where the part that is shown left it out."""
    sent = dict(headers or {})
    version = version or body.get("meta", {}).get("version")
    if version is not None:
        sent["ETag"] = version
    return Response(json.dumps(body, ensure_ascii=False), status, sent, MEDIA_TYPE)


def _searched(sent: object) -> Wanted:
    if not isinstance(sent, Mapping):
        raise unreadable_body("a search is a JSON object")
    return _wanted(sent)


def _names(given: object) -> str | None:
    if given is None or isinstance(given, str):
        return given
    if isinstance(given, list) and all(isinstance(each, str) for each in given):
        return ",".join(given)
    raise unreadable_body("attributes are a list of names")


def _one(found: list[dict[str, Any]], wanted: str) -> dict[str, Any]:
    for each in found:
        if str(each["id"]).casefold() == wanted.casefold():
            return each
    raise NotFound("scim-nothing-there", f"there is no `{wanted[:100]}` here", remedy="ask for the whole list")
