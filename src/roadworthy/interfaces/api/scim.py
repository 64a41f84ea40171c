"""SCIM 2.0 (RFC 7644) under `/scim/v2`: a staff directory brings people and groups, and takes them away.

Bodies are SCIM's own, so they stand in no description of our API; `/scim/v2/Schemas` describes them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response

from roadworthy.foundation.errors import InvalidInput, NotFound, Refused, RoadworthyError
from roadworthy.foundation.identity.scim import schemas
from roadworthy.foundation.identity.scim.attributes import MANY, PERSON, Resource
from roadworthy.foundation.identity.scim.faults import SCIM_TYPES, ScimNotOffered, unfit_value, unreadable_body
from roadworthy.foundation.identity.scim.projection import read_projection
from roadworthy.foundation.identity.scim_groups import ScimGroups
from roadworthy.foundation.identity.scim_people import Query as Wanted
from roadworthy.foundation.identity.scim_people import ScimPeople
from roadworthy.interfaces.api.wire import Application, may
from roadworthy.interfaces.security import Caller

ROOT = "/scim/v2"
MEDIA_TYPE = "application/scim+json"
_MOST_DIGITS = 9

router = APIRouter(prefix=ROOT, tags=["scim"], include_in_schema=False)


def _program(caller: Annotated[Caller, Depends(may("directory:write"))]) -> Caller:
    """The staff directory that calls; people change people through the API, by name and with a reason."""
    if caller.token is None:
        raise Refused(
            "scim-for-programs",
            "this address is for staff directories, which call with a token",
            remedy="make one with `roadworthy token new NAME --may directory:write`; people use `roadworthy people`",
        )
    return caller


async def _sent(request: Request) -> Any:  # noqa: ANN401 - whatever JSON holds; read by `documents`
    try:
        return json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise unreadable_body("the body is no JSON") from error


def _base(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}{ROOT}"


def _asked(request: Request) -> Wanted:
    given = request.query_params
    projection = read_projection(given.get("attributes"), given.get("excludedAttributes"))
    start, count = _number(given.get("startIndex"), "startIndex", 1), _number(given.get("count"), "count", None)
    return Wanted(
        given.get("filter") or None, start or 1, schemas.USUAL_RESULTS if count is None else count, projection
    )


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


Program = Annotated[Caller, Depends(_program)]
Sent = Annotated[Any, Depends(_sent)]
Base = Annotated[str, Depends(_base)]
Asked = Annotated[Wanted, Depends(_asked)]
IfMatch = Annotated[str | None, Header(max_length=1_000)]
IfNoneMatch = Annotated[str | None, Header(max_length=1_000)]
Attributes = Annotated[str | None, Query(max_length=10_000)]
Excluded = Annotated[str | None, Query(alias="excludedAttributes", max_length=10_000)]


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


# ---------------------------------------------------------------- people


@router.get("/Users")
def users(app: Application, _caller: Program, base: Base, asked: Asked) -> Response:
    """People that meet a filter."""
    return _answer(app.staff.users.list(asked, base))


@router.post("/Users/.search")
def search_users(app: Application, _caller: Program, base: Base, sent: Sent) -> Response:
    """The same, asked for by a body."""
    return _answer(app.staff.users.list(_searched(sent), base))


@router.post("/Users")
def new_user(app: Application, caller: Program, base: Base, sent: Sent) -> Response:
    """A new person."""
    return _made(app.staff.users.create(caller.context, sent, base))


@router.get("/Users/{ref}")
def user(
    ref: str,
    app: Application,
    _caller: Program,
    base: Base,
    attributes: Attributes = None,
    excluded: Excluded = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """One person."""
    return _read(app.staff.users, ref, base, (attributes, excluded), if_none_match, PERSON)


@router.put("/Users/{ref}")
def put_user(ref: str, app: Application, caller: Program, base: Base, sent: Sent, if_match: IfMatch = None) -> Response:
    """A person as they shall be."""
    return _answer(app.staff.users.replace(caller.context, ref, sent, base, if_match))


@router.patch("/Users/{ref}")
def patch_user(
    ref: str, app: Application, caller: Program, base: Base, sent: Sent, if_match: IfMatch = None
) -> Response:
    """A person with some things changed."""
    return _answer(app.staff.users.patch(caller.context, ref, sent, base, if_match))


@router.delete("/Users/{ref}")
def delete_user(ref: str, app: Application, caller: Program, if_match: IfMatch = None) -> Response:
    """A person who is gone."""
    app.staff.users.delete(caller.context, ref, if_match)
    return Response(status_code=204)


# ---------------------------------------------------------------- groups


@router.get("/Groups")
def groups(app: Application, _caller: Program, base: Base, asked: Asked) -> Response:
    """Groups that meet a filter."""
    return _answer(app.staff.groups.list(asked, base))


@router.post("/Groups/.search")
def search_groups(app: Application, _caller: Program, base: Base, sent: Sent) -> Response:
    """The same, asked for by a body."""
    return _answer(app.staff.groups.list(_searched(sent), base))


@router.post("/Groups")
def new_group(app: Application, caller: Program, base: Base, sent: Sent) -> Response:
    """A new group."""
    return _made(app.staff.groups.create(caller.context, sent, base))


@router.get("/Groups/{ref}")
def group(
    ref: str,
    app: Application,
    _caller: Program,
    base: Base,
    attributes: Attributes = None,
    excluded: Excluded = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """One group."""
    return _read(app.staff.groups, ref, base, (attributes, excluded), if_none_match, MANY)


@router.put("/Groups/{ref}")
def put_group(
    ref: str, app: Application, caller: Program, base: Base, sent: Sent, if_match: IfMatch = None
) -> Response:
    """A group as it shall be."""
    return _answer(app.staff.groups.replace(caller.context, ref, sent, base, if_match))


@router.patch("/Groups/{ref}")
def patch_group(
    ref: str, app: Application, caller: Program, base: Base, sent: Sent, if_match: IfMatch = None
) -> Response:
    """A group with some things changed."""
    return _answer(app.staff.groups.patch(caller.context, ref, sent, base, if_match))


@router.delete("/Groups/{ref}")
def delete_group(ref: str, app: Application, caller: Program, if_match: IfMatch = None) -> Response:
    """A group that is no more."""
    app.staff.groups.delete(caller.context, ref, if_match)
    return Response(status_code=204)


# ---------------------------------------------------------------- answers


def error_response(error: RoadworthyError) -> Response:
    """An error in SCIM's own shape (RFC 7644, section 3.12); the remedy stands in its detail."""
    about_a_value = isinstance(error, InvalidInput)
    status = 400 if about_a_value and error.status == InvalidInput.status else error.status
    kind = SCIM_TYPES.get(error.code) or ("invalidValue" if about_a_value else None)
    body = {"schemas": [schemas.ERROR], "status": str(status), "detail": f"{error.message}; {error.remedy}"}
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}  # noqa: PLR2004 - the status itself
    return _answer(body if kind is None else {**body, "scimType": kind}, status, headers)


def _answer(body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    sent = dict(headers or {})
    version = body.get("meta", {}).get("version")
    if version is not None:
        sent["ETag"] = version
    return Response(json.dumps(body, ensure_ascii=False), status, sent, MEDIA_TYPE)


def _made(body: Mapping[str, Any]) -> Response:
    return _answer(body, 201, {"Location": body["meta"]["location"]})


def _read(
    of: ScimPeople | ScimGroups,
    ref: str,
    base: str,
    names: tuple[str | None, str | None],
    if_none_match: str | None,
    resource: Resource,
) -> Response:
    found = of.get(ref, base)
    version = found["meta"]["version"]
    if if_none_match is not None and version in {each.strip() for each in if_none_match.split(",")}:
        return Response(status_code=304, headers={"ETag": version})
    shown = _answer(read_projection(*names).of(found, resource))
    shown.headers["ETag"] = version
    return shown


def _searched(sent: object) -> Wanted:
    if not isinstance(sent, Mapping):
        raise unreadable_body("a search is a JSON object")
    given = {str(key).casefold(): value for key, value in sent.items()}
    text = given.get("filter")
    if text is not None and not isinstance(text, str):
        raise unreadable_body("`filter` is a text")
    projection = read_projection(_names(given.get("attributes")), _names(given.get("excludedattributes")))
    start = _number(given.get("startindex"), "startIndex", 1)
    count = _number(given.get("count"), "count", None)
    return Wanted(text or None, start or 1, schemas.USUAL_RESULTS if count is None else count, projection)


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
