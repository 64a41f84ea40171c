"""PostgreSQL is stopped at once, again and again, while processes work on it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator

import pytest

from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.postgres import PostgresStore
from tests.faults.test_workflow_crash import check, workers
from tests.harness.schema import all_tables
from tests.harness.stopped_postgres import StoppedServer, stopped_server

pytestmark = [pytest.mark.campaign, pytest.mark.postgres]


@pytest.fixture
def server() -> Iterator[StoppedServer]:
    with stopped_server() as made:
        yield made


def test_a_server_that_is_stopped_at_once_under_load_loses_and_doubles_nothing(server: StoppedServer) -> None:
    store = PostgresStore(server.url, Runtime())
    store.write(all_tables().create_all)
    moments = random.Random(7)
    stops = 12

    def stop_again_and_again() -> None:
        for _ in range(stops):
            time.sleep(moments.uniform(0.3, 1.2))
            server.stop_at_once()
            server.process = server.start()

    stopping = threading.Thread(target=stop_again_and_again)
    with workers(server.url) as running:
        stopping.start()
        running.run(25)
        stopping.join()
        running.run(1)
        words = check(store, running.acknowledged)
        assert words >= len(running.acknowledged) > stops
    store.close()
