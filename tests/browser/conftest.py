"""Deployments for the browser tests: the demo organisation, and an empty one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from roadworthy.app import open_home
from roadworthy.demo.service import generate
from roadworthy.foundation.settings import Settings
from tests.browser.running import Site, context_of, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext


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


@pytest.fixture(scope="module")
def visitor(browser: Browser, demo: Site) -> Iterator[BrowserContext]:
    """Somebody signed in to the demo organisation."""
    with context_of(browser) as context:
        demo.sign_in(context).close()
        yield context


@pytest.fixture(scope="module")
def newcomer(browser: Browser, bare: Site) -> Iterator[BrowserContext]:
    """Somebody signed in where nothing was done yet."""
    with context_of(browser) as context:
        bare.sign_in(context).close()
        yield context
