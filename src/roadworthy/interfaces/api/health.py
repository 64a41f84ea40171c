"""Whether the process lives and can serve, and which version it is."""

from __future__ import annotations

import platform

import sqlalchemy as sa
from pydantic import Field

from roadworthy import __version__
from roadworthy.foundation.errors import Unavailable
from roadworthy.foundation.resources.registry import API_VERSION
from roadworthy.foundation.storage.migrations import HEAD
from roadworthy.interfaces.api.wire import Application, Signed, Wire
from roadworthy.interfaces.check import CheckState
from roadworthy.interfaces.checks import checks
from roadworthy.interfaces.routes import Routes

router = Routes(tags=["health"])


class Health(Wire):
    """A sign of life."""

    status: str


class Version(Wire):
    """What runs here."""

    version: str
    api_version: str
    database_revision: str
    python: str


@router.get("/health/live")
def live() -> Health:
    """The process answers."""
    return Health(status="live")


@router.get("/health/ready")
def ready(app: Application) -> Health:
    """The store can be read, and the process was not told to stop."""
    if app.processes.draining:
        raise Unavailable(
            "server-draining",
            "this process was told to stop and takes nothing new",
            remedy="ask another one; whoever divides the load does so by itself",
        )
    with app.store.read() as connection:
        connection.execute(sa.text("SELECT 1"))
    return Health(status="ready")


class CheckBody(Wire):
    """One thing that was looked at."""

    name: str
    state: CheckState
    message: str
    remedy: str


class ChecksBody(Wire):
    """What keeps this deployment from doing its work, or soon will."""

    state: CheckState = Field(description="The worst of all.")
    checks: list[CheckBody]


@router.get("/health/checks")
def all_checks(app: Application, _caller: Signed) -> ChecksBody:
    """Look at rights, roles, people, providers, tokens, and what waits; each finding with what to do about it."""
    found = checks(app)
    states = {each.state for each in found}
    worst = next((each for each in (CheckState.FAIL, CheckState.WARN) if each in states), CheckState.OK)
    return ChecksBody(state=worst, checks=[CheckBody.model_validate(each) for each in found])


@router.get("/version")
def version() -> Version:
    """The version of the program, of the declarations it takes, and of its database."""
    return Version(
        version=__version__, api_version=API_VERSION, database_revision=HEAD, python=platform.python_version()
    )
