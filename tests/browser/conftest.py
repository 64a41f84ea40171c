"""Deployments for the browser tests: the demo organisation, and an empty one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from roadworthy.app import open_home
from roadworthy.demo.service import generate
from roadworthy.foundation.settings import Settings
from tests.browser.running import Site, serving


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed home with the demo organisation."""
    home = tmp_path_factory.mktemp("demo") / "home"
    with open_home(Settings(home=home)) as (app, _):
        generate(app)
    return home


@pytest.fixture(scope="module")
def demo(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo organisation, served; a copy of its own for each module."""
    home = tmp_path_factory.mktemp("served") / "home"
    shutil.copytree(demo_home, home)
    with serving(home) as site:
        yield site


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A deployment in which nothing was done yet."""
    with serving(tmp_path_factory.mktemp("bare") / "home") as site:
        yield site
