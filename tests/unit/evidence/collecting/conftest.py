"""One real MLflow server for all of these tests, and a fresh home for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from roadworthy.app import App, open_home
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.resources.documents import declare
from roadworthy.foundation.settings import Settings
from roadworthy.inventory.kinds import USE_CASE
from tests.harness.homes import fresh
from tests.harness.mlflow_server import Running, mlflow_server

PERSON = Context(Actor(ActorKind.PERSON, "person-1", via="cli", authenticated="local-user"))


@pytest.fixture(scope="session")
def tracking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with mlflow_server(tmp_path_factory.mktemp("mlflow")) as running:
        yield running


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """A home with two use cases."""
    with open_home(Settings(home=fresh(tmp_path / "home"), inside_hosts="127.0.0.1")) as (opened, _):
        kind = opened.registry.get(USE_CASE)
        declared = [
            declare(
                kind, "card-fraud", {"title": "Card fraud", "components": [{"kind": "model", "name": "fraud-model"}]}
            ),
            declare(kind, "mail", {"title": "Sort the mail", "identifiers": [{"scheme": "id", "value": "AB-7"}]}),
        ]
        opened.resources.apply(PERSON, opened.resources.plan(declared))
        yield opened
