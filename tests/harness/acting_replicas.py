"""Several gateways and a worker as processes of their own on one PostgreSQL; agents act on the shop's systems."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from roadworthy.app import open_home
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.migrate import migrate_postgres
from tests.harness.acting import LETS, More, Prepared, prepared
from tests.harness.governed import RULES, govern, rights
from tests.harness.ports import free_port
from tests.harness.upstream import wait_for

PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Replicas:
    """The processes, and what they stand on."""

    made: Prepared
    url: str
    """Of the database."""
    addresses: list[str]
    environment: dict[str, str]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command of ours beside them."""
        program = str(Path(sys.executable).with_name("roadworthy"))
        return subprocess.run([program, *command], env=self.environment, capture_output=True, text=True, check=False)


@contextmanager
def acting_replicas(folder: Path, url: str, count: int, more: More) -> Iterator[Replicas]:
    """So many, until the end of the block.

    Args:
        folder: for their home.
        url: of a database without tables.
        count: how many; all are started at once, as whoever deploys them starts them.
        more: what is declared beside the shop's own.
    """
    migrate_postgres(url)
    with ExitStack() as stack:
        made = stack.enter_context(prepared(folder / "home", more, database=url))
        with open_home(Settings(home=made.home, **dict[str, Any](made.settings))) as (app, _):
            govern(app, rights([*RULES, LETS]))
        settings = {f"ROADWORTHY_{name.upper()}": value for name, value in made.settings.items()}
        environment = {**os.environ, **made.environment, **settings, "ROADWORTHY_HOME": str(made.home),
                       "ROADWORTHY_DRAIN_SECONDS": "1"}  # fmt: skip
        ports = [free_port() for _ in range(count)]
        said = [folder / f"gateway-{port}.log" for port in ports]
        gateways = [
            stack.enter_context(_running(environment, log, "gateway", "serve", "--port", str(port)))
            for port, log in zip(ports, said, strict=True)
        ]
        addresses = [f"http://127.0.0.1:{port}" for port in ports]
        for gateway, log, address in zip(gateways, said, addresses, strict=True):
            wait_for(partial(_ready, gateway, log, address), PATIENCE_SECONDS)
        stack.enter_context(_running(environment, folder / "worker.log", "worker"))
        yield Replicas(made, url, addresses, environment)


@contextmanager
def _running(environment: dict[str, str], log: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    program = str(Path(sys.executable).with_name("roadworthy"))
    with log.open("wb") as said:
        process = subprocess.Popen([program, *command], env=environment, stdout=said, stderr=said)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


def _ready(gateway: subprocess.Popen[bytes], log: Path, address: str) -> bool:
    assert gateway.poll() is None, log.read_text()
    try:
        # Without certificates to load, which would take a processor's half while the gateways want both.
        return httpx.get(f"{address}/readyz", trust_env=False, verify=False).status_code == 200  # noqa: S501 - it is no TLS
    except httpx.HTTPError:
        return False
