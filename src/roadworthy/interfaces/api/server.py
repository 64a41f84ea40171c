"""The HTTP application: the API and the pages behind one guard."""

from __future__ import annotations

import getpass
import os
import pwd
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from roadworthy import __version__
from roadworthy.app import App
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.logs import Secret
from roadworthy.interfaces.api import (
    evidence,
    health,
    identity,
    imports,
    ledger,
    readiness,
    resources,
    use_cases,
)
from roadworthy.interfaces.api.wire import PROBLEMS
from roadworthy.interfaces.client import PREFIX
from roadworthy.interfaces.problems import from_framework, from_validation, problem_response
from roadworthy.interfaces.security import Doorkeeper, Guard, most_bytes
from roadworthy.interfaces.web import site

SUMMARY = "Readiness of AI use cases: inventory, evidence, assessments, and the ledger under them."


def create(app: App, secret: Secret) -> FastAPI:
    """The application.

    Args:
        app: the services.
        secret: what a program on the same home folder shows to be let in.
    """
    api = FastAPI(
        title="Roadworthy",
        version=__version__,
        description=SUMMARY,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,  # both documentation pages fetch scripts from other servers
        redoc_url=None,
        redirect_slashes=False,
    )
    api.state.roadworthy = app
    api.state.doorkeeper = Doorkeeper(app.identity, secret, account())
    api.include_router(routes(), prefix=PREFIX, responses=PROBLEMS)
    api.add_exception_handler(RoadworthyError, _on_error)
    api.add_exception_handler(HTTPException, _on_framework_error)
    api.add_exception_handler(RequestValidationError, _on_invalid_request)
    api.add_middleware(Guard, most_bytes=most_bytes(app.settings), render=render)
    site.mount(api, app)
    return api


def routes() -> APIRouter:
    """Every route of the API."""
    router = APIRouter()
    for part in (health, resources, use_cases, evidence, readiness, imports, ledger, identity):
        router.include_router(part.router)
    return router


def openapi(api: FastAPI) -> dict[str, Any]:
    """The description of the API as it is committed."""
    return api.openapi()


def account() -> str:
    """The operating-system account that this process runs as."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # containers run under numbers that no account has
        return getpass.getuser() if os.environ.get("USER") else f"uid-{os.getuid()}"


def render(request: Request, error: RoadworthyError) -> Response:
    """An error as problem details for programs, as a page for people."""
    if request.url.path.startswith("/api/"):
        return problem_response(error, request.url.path)
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
