"""The HTTP application: the API and the pages behind one guard."""

from __future__ import annotations

import getpass
import json
import os
import pwd
from collections.abc import Iterator
from functools import cache
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from roadworthy import __version__
from roadworthy.app import App
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.logs import Secret
from roadworthy.interfaces.api import (
    access,
    action_drafts,
    action_replays,
    agent_actions,
    attachments,
    audits,
    break_glass,
    budgets,
    calls,
    certificates,
    collecting,
    collectors,
    dead_letters,
    decisions,
    diagnosis,
    directory,
    discovery,
    evidence,
    evidence_changes,
    evidence_kinds,
    exports,
    fingerprints,
    gates,
    gateway_keys,
    health,
    identity,
    imports,
    integration_probes,
    keeping,
    later_calls,
    ledger,
    notifications,
    outside,
    packs,
    plans,
    processes,
    questions,
    ranking,
    readiness,
    releases,
    reports,
    resources,
    reviews,
    rights,
    scim,
    status,
    tickets,
    timers,
    tokens,
    trail,
    upstream_secrets,
    use_cases,
)
from roadworthy.interfaces.api.wire import PROBLEMS
from roadworthy.interfaces.brake import Brake
from roadworthy.interfaces.client import PREFIX
from roadworthy.interfaces.doors import Doors
from roadworthy.interfaces.permitting.gate import Bound, bind, gate
from roadworthy.interfaces.problems import MEDIA_TYPE, from_framework, from_validation, problem_response
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.security import Doorkeeper, Guard, most_bytes, most_bytes_of_files

SUMMARY = "Readiness of AI use cases: inventory, evidence, assessments, and the ledger under them."


def create(app: App, secret: Secret, *, pages: bool = True) -> FastAPI:
    """The application.

    Args:
        app: the services.
        secret: what a program on the same home folder shows to be let in.
        pages: serve the pages too; a command that asks the API in its own process does without them.
    """
    api = _empty()
    api.router.routes[:], api.state.permits = answering(pages=pages)
    api.state.roadworthy = app
    api.state.brake = Brake(app.runtime)
    api.state.doorkeeper = Doorkeeper(app.identity, app.tokens, secret, account())
    api.add_exception_handler(RoadworthyError, _on_error)
    api.add_exception_handler(HTTPException, _on_framework_error)
    api.add_exception_handler(RequestValidationError, _on_invalid_request)
    api.add_middleware(
        Guard,
        most_bytes=most_bytes(app.settings),
        render=render,
        most_bytes_of_files=most_bytes_of_files(app.settings),
        doors=Doors.of(app.settings),
    )
    return api


@cache
def answering(*, pages: bool) -> tuple[tuple[BaseRoute, ...], Bound]:
    """What an application answers to, and what each of it takes.

    Routes find the services on the application that was asked, so all applications of a process share them.
    """
    api = served(pages=pages)
    return tuple(api.routes), bind(api)


def served(*, pages: bool) -> FastAPI:
    """All addresses, without services behind them."""
    api = _empty()
    for part, prefix in _parts():
        api.router.routes += part.deferred(_shared, prefix)
    if pages:
        from roadworthy.interfaces.web import site  # noqa: PLC0415 - a tenth of a second that a command saves

        for part in site.parts():
            api.router.routes += part.deferred(_shared)
        site.mount(api)
    return api


class _Api(FastAPI):
    """Describes errors as the problem details that they are, and makes no route for it before somebody asks."""

    def openapi(self) -> dict[str, Any]:
        """The description, made on first use."""
        if self.openapi_schema is None:
            self.openapi_schema = description()
        return self.openapi_schema


def description() -> dict[str, Any]:
    """The OpenAPI document, with every route made for it."""
    described = _empty()
    for part, prefix in _parts():
        part.onto(described.router, prefix)
    document = FastAPI.openapi(described)
    for path in document["paths"].values():
        for operation in path.values():
            error = operation["responses"]["default"]
            error["content"] = {MEDIA_TYPE: next(iter(error["content"].values()))}
    return document


def _empty() -> FastAPI:
    return _Api(
        title="Roadworthy",
        version=__version__,
        description=SUMMARY,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,  # both documentation pages fetch scripts from other servers
        redoc_url=None,
        redirect_slashes=False,
        responses=PROBLEMS,
        dependencies=[Depends(gate)],
        generate_unique_id_function=_operation,
    )


def _shared() -> APIRouter:
    """A router with what all addresses share."""
    return APIRouter(
        dependencies=[Depends(gate)],
        responses=PROBLEMS,
        generate_unique_id_function=_operation,
        redirect_slashes=False,
    )


def _parts() -> Iterator[tuple[Routes, str]]:
    """The routes of the API, in the order in which addresses are tried, each with what goes before its paths."""
    for part in (
        health,
        processes,
        access,
        resources,
        plans,
        use_cases,
        evidence_kinds,
        collectors,
        evidence,
        evidence_changes,
        attachments,
        readiness,
        decisions,
        rights,
        diagnosis,
        ranking,
        releases,
        reports,
        reviews,
        certificates,
        imports,
        exports,
        discovery,
        collecting,
        audits,
        fingerprints,
        gates,
        integration_probes,
        ledger,
        outside,
        keeping,
        packs,
        status,
        questions,
        identity,
        directory,
        break_glass,
        tokens,
        gateway_keys,
        upstream_secrets,
        budgets,
        calls,
        later_calls,
        action_drafts,
        action_replays,
        agent_actions,
        trail,
        tickets,
        timers,
        dead_letters,
        notifications,
    ):
        yield part.router, PREFIX
    yield scim.router, ""


def openapi_text() -> str:
    """The description of the API as it is committed under `docs/openapi.json`."""
    return json.dumps(description(), indent=1, ensure_ascii=False) + "\n"


def _operation(route: APIRoute) -> str:
    """`resources-get`: stable names for the methods of generated clients; pages are in no description and untagged."""
    group = str(route.tags[0]) if route.tags else "page"
    return f"{group.replace(' ', '-')}-{route.name.replace('_', '-')}"


def account() -> str:
    """The operating-system account that this process runs as."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # containers run under numbers that no account has
        return getpass.getuser() if os.environ.get("USER") else f"uid-{os.getuid()}"


def render(request: Request, error: RoadworthyError) -> Response:
    """An error as problem details for programs, as a page for people."""
    if request.url.path.startswith(f"{scim.ROOT}/"):
        return scim.error_response(error)
    if request.url.path.startswith("/api/"):
        return problem_response(error, request.url.path)
    from roadworthy.interfaces.web import site  # noqa: PLC0415 - see `create`

    return site.error_page(request, error)


def _on_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RoadworthyError)  # noqa: S101 - the framework's signature is wider than what it sends
    return render(request, error)


def _on_framework_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - see above
    response = render(request, from_framework(error))
    response.headers.update({name: value for name, value in (error.headers or {}).items() if name == "Allow"})
    return response


def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - see above
    return render(request, from_validation(error))
