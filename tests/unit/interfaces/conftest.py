"""The real application on a fresh home, asked without a socket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from roadworthy.app import App, open_home
from roadworthy.foundation.logs import Secret
from roadworthy.foundation.settings import Settings
from roadworthy.interfaces.api.server import create
from roadworthy.interfaces.client import PREFIX
from roadworthy.interfaces.inprocess import InProcess
from tests.harness.homes import fresh

SECRET = "the secret of the home folder"
ADDRESS = "http://127.0.0.1:8470"


@dataclass(frozen=True)
class Deployment:
    """An open home and its application."""

    app: App
    api: FastAPI
    transport: InProcess

    def client(self, **headers: str) -> httpx.Client:
        """A client that is nobody yet. It must not be closed, for that would close the transport they share."""
        return httpx.Client(transport=self.transport, base_url=ADDRESS, headers=headers)

    def owner(self) -> httpx.Client:
        """A client that can read the home folder."""
        return self.client(Authorization=f"Bearer {SECRET}")

    def browser(self, handle: str = "ana@example.org") -> httpx.Client:
        """A signed-in browser, which names the page it is on with every request."""
        client = self.client(Origin=ADDRESS)
        token = self.app.identity.offer(handle)
        answer = client.post("/sign-in", data={"token": token, "handle": handle, "name": ""})
        assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
        return client


@contextmanager
def answering(app: App) -> Iterator[Deployment]:
    """The application of an open home."""
    api = create(app, Secret(SECRET))
    transport = InProcess(api)
    yield Deployment(app, api, transport)
    transport.close()


@contextmanager
def deployed(home: Path) -> Iterator[Deployment]:
    """A fresh deployment in a folder, or the one that is there."""
    settings = Settings(home=home, upload_megabytes=1)
    if not settings.database_file.exists():
        fresh(home)
    with open_home(settings) as (app, _), answering(app) as made:
        yield made


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    """A fresh deployment."""
    with deployed(tmp_path / "home") as made:
        yield made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment for tests that change nothing."""
    with deployed(tmp_path_factory.mktemp("shared") / "home") as made:
        yield made


@pytest.fixture
def owner(deployment: Deployment) -> httpx.Client:
    """A client of the API with the home's secret; addresses are below the API's root."""
    client = deployment.owner()
    client.base_url = httpx.URL(ADDRESS + PREFIX)
    return client


def _directory(deployment: Deployment) -> httpx.Client:
    made = deployment.owner().post(f"{PREFIX}/tokens", json={"name": "staff-directory", "may": ["directory:write"]})
    assert made.status_code == httpx.codes.CREATED, made.text
    authorization = f"Bearer {made.json()['secret']}"
    client = deployment.client(**{"Authorization": authorization, "Content-Type": "application/scim+json"})
    client.base_url = httpx.URL(f"{ADDRESS}/scim/v2")
    return client


@pytest.fixture
def scim(deployment: Deployment) -> httpx.Client:
    """A staff directory with its token; addresses are below `/scim/v2`."""
    return _directory(deployment)


@pytest.fixture(scope="module")
def shared_scim(shared: Deployment) -> httpx.Client:
    """The same, for requests that change nothing."""
    return _directory(shared)
