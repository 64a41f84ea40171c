"""Three gateways that are started at the same moment on one PostgreSQL: each becomes ready and does actions."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.harness.acting import More
from tests.harness.acting_replicas import acting_replicas
from tests.harness.stopped_postgres import stopped_server

pytestmark = [pytest.mark.postgres, pytest.mark.campaign]

REPLICAS = 3


def test_three_that_are_started_at_once_become_ready_and_do_actions(tmp_path: Path) -> None:
    wanted = {"action": "tickets.comment", "arguments": {"ticket": "t-3001", "text": "x"}}
    with stopped_server() as server, acting_replicas(tmp_path, server.url, REPLICAS, More()) as made:
        for address in made.addresses:
            said = httpx.post(f"{address}/v1/actions", json=wanted, timeout=60, trust_env=False,
                              headers={"Authorization": f"Bearer {made.made.key}"})  # fmt: skip
            assert said.json()["state"] == "done", said.text
        assert len(made.made.systems["ticketing"].did("commentTicket")) == REPLICAS
