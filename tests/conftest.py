"""Fixtures that every test may ask for.

`runtime` and `real_runtime`; `store` (a fresh store with all tables, once per engine), `sqlite_store` and
`postgres_store` (one engine only), `postgres_url` (a fresh database with all tables); `shared_data` (real input);
`spark` (a local session); `chromium`, `browser` and `axe_source`.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from roadworthy.foundation.runtime import Runtime, simulated
from tests.harness import chromium as chromium_harness
from tests.harness import data, postgres, skips
from tests.harness import spark as spark_harness

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from pyspark.sql import SparkSession

    from roadworthy.foundation.storage.postgres import PostgresStore
    from roadworthy.foundation.storage.sqlite import SqliteStore
    from roadworthy.foundation.storage.store import Store

# Two cores shared by several workers make any deadline a coin toss; examples are the same on every run, so that a
# red build is the change's fault. `make campaign` searches with fresh randomness and many more examples.
settings.register_profile(
    "default", deadline=None, derandomize=True, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("campaign", deadline=None, max_examples=5_000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

_RUN = "ROADWORTHY_TEST_RUN"


def pytest_configure(config: pytest.Config) -> None:
    """Tell the workers who their controller is: shared things live exactly as long as it does."""
    if not hasattr(config, "workerinput"):
        os.environ[_RUN] = str(os.getpid())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Half as many workers more than cores: a third of a worker's time is waiting for what other processes do."""
    if os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS"):
        return None  # somebody knows better
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + cores // 2


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the shared server with the controller."""
    if not hasattr(config, "workerinput"):
        postgres.release(os.getpid())


def pytest_collection_finish() -> None:
    """Keep what the modules and the collected tests hold out of the collector's rounds: each took 0.7 s of a core."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Let the end of the process take everything, so that no library speaks of leaks."""
    gc.unfreeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """No silent skips on CI."""
    report = yield
    skips.fail_instead(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    """No silently skipped modules either."""
    report = yield
    skips.fail_instead(report)
    return report


@pytest.fixture
def runtime() -> Runtime:
    """One thread, a clock that stands still, seeded randomness."""
    return simulated()


@pytest.fixture
def real_runtime() -> Runtime:
    """The machine's own clock, randomness and threads."""
    return Runtime()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data; skips, saying so, where it is absent."""
    folder = data.find()
    if folder is None:
        pytest.skip(data.ABSENT)
    return folder


@pytest.fixture(scope="session")
def _empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed SQLite file that holds all tables."""
    from roadworthy.foundation.storage.sqlite import SqliteStore
    from tests.harness.schema import all_tables

    path = tmp_path_factory.mktemp("template") / "empty.db"
    store = SqliteStore(path, Runtime())
    store.write(all_tables().create_all)
    store.close()
    return path


@pytest.fixture
def sqlite_store(_empty_database: Path, tmp_path: Path, real_runtime: Runtime) -> Iterator[SqliteStore]:
    """A fresh store on a file of its own, with all tables."""
    from roadworthy.foundation.storage.sqlite import SqliteStore

    path = tmp_path / "roadworthy.db"
    shutil.copyfile(_empty_database, path)
    store = SqliteStore(path, real_runtime)
    yield store
    store.close()


@pytest.fixture(scope="session")
def postgres_server() -> postgres.Server:
    """The server of this test run; skips, saying so, where there is none."""
    try:
        return postgres.obtain(int(os.environ[_RUN]))
    except postgres.NoPostgres as missing:
        pytest.skip(str(missing))


@pytest.fixture
def postgres_url(postgres_server: postgres.Server) -> Iterator[str]:
    """A fresh database with all tables. The test needs the marker `postgres`."""
    with postgres.database(postgres_server) as url:
        yield url


@pytest.fixture
def postgres_store(postgres_url: str, real_runtime: Runtime) -> Iterator[PostgresStore]:
    """A fresh store on PostgreSQL, with all tables. The test needs the marker `postgres`."""
    from roadworthy.foundation.storage.postgres import PostgresStore

    store = PostgresStore(postgres_url, real_runtime)
    yield store
    store.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest) -> Store:
    """A fresh, empty store with all tables, once per engine."""
    name = "sqlite_store" if request.param == "sqlite" else "postgres_store"
    fresh: Store = request.getfixturevalue(name)
    return fresh


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A local Spark, shared by all tests of a worker; skips, saying so, where there is none."""
    absent = spark_harness.missing()
    if absent is not None:
        pytest.skip(absent)
    session = spark_harness.start(str(tmp_path_factory.mktemp("spark")))
    yield session
    session.stop()


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The path of a Chromium. The test needs the marker `browser`."""
    found = chromium_harness.find()
    if found is None:
        pytest.skip("no Chromium: run scripts/ensure_chromium.py, or name one in ROADWORTHY_TEST_CHROMIUM")
    return found


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """A running browser for the tests of one module.

    Not for the whole session: while playwright runs, its event loop counts as running in this thread, and a test
    that starts a loop of its own would fail.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=chromium_harness.arguments())
        yield running
        running.close()


@pytest.fixture(scope="session")
def axe_source() -> str:
    """The text of axe-core, for `page.evaluate` (which a strict content policy lets through, unlike a script tag)."""
    return chromium_harness.axe_source()
