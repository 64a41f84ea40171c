"""Whether the process lives and can serve, and which version it is."""

from __future__ import annotations

import platform

import sqlalchemy as sa
from fastapi import APIRouter

from roadworthy import __version__
from roadworthy.foundation.resources.registry import API_VERSION
from roadworthy.foundation.storage.migrations import HEAD
from roadworthy.interfaces.api.wire import Application, Wire

router = APIRouter(tags=["health"])


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
    """The store can be read."""
    with app.store.read() as connection:
        connection.execute(sa.text("SELECT 1"))
    return Health(status="ready")


@router.get("/version")
def version() -> Version:
    """The version of the program, of the declarations it takes, and of its database."""
    return Version(
        version=__version__, api_version=API_VERSION, database_revision=HEAD, python=platform.python_version()
    )
