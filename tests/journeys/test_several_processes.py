"""A deployment of several processes on PostgreSQL: one answers, one works, one signs, and one of them goes away."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import httpx
import psycopg
import pytest

from roadworthy.foundation.ledger.notes import VerifierKey
from tests.journeys.home import PATIENCE, Home, Running, first_line, use_case

pytestmark = pytest.mark.postgres

API = "/api/v1alpha1"


@pytest.fixture
def homes(home: Home, postgres_url: str) -> tuple[Home, Home]:
    """Two folders on one database: of the signer, which alone has the ledger's key, and of everything else."""
    with psycopg.connect(postgres_url) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    signing = replace(home, folder=home.folder / "signing")
    signing.write("roadworthy.toml", f'database = "{postgres_url}"\n')
    signing.run("migrate", code=0)
    home.write("roadworthy.toml", f'database = "{postgres_url}"\nsigner = "apart"\ndrain_seconds = 1\n')
    return home, signing


@contextmanager
def running(home: Home, *command: str) -> Iterator[Running]:
    """A process of the deployment, stopped in the end as a service manager stops it."""
    process = home.start(*command)
    try:
        assert first_line(process).startswith("Roadworthy")
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err


def eventually(look: Callable[[], Any], seconds: float = 60) -> Any:
    """What a look finds, once it finds something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)
    return found


def placed(home: Home, more_than: int) -> int:
    """How many entries have their place in the ledger, where it is more than so many."""
    newest = home.run("ledger", "show", "--limit", "1", "-o", "json", code=0).json()[0]
    size = int(newest["position"]) + 1
    return size if size > more_than else 0


def status(address: str) -> int:
    """What a server answers; 0 where it does not."""
    try:
        return httpx.get(address, timeout=60).status_code
    except httpx.TransportError:
        return 0


def test_whoever_has_not_the_key_needs_its_public_half(homes: tuple[Home, Home]) -> None:
    home, signing = homes
    refused = home.run("get", "use-cases", code=1)
    assert "signer-key-unknown" in refused.err
    assert not list((home.folder / ".roadworthy").rglob("*.pem")), "no key is made where none belongs"
    assert "signer-apart-here" in home.run("signer", code=2).err
    signing.run("ledger", "checkpoint", code=0)
    signing.run("keys", "publish", home.folder / ".roadworthy" / "keys", code=0)
    home.run("get", "use-cases", code=0)


def test_each_does_its_part_and_the_work_goes_on_without_the_signer(homes: tuple[Home, Home]) -> None:
    home, signing = homes
    keys = home.folder / ".roadworthy" / "keys"
    with ExitStack() as stack:
        signer = stack.enter_context(running(signing, "signer"))
        signing.run("keys", "publish", keys, code=0)
        stack.enter_context(running(home, "worker"))
        with home.served(options=["--without-work"]) as server:
            home.write("a.yaml", use_case("a"))
            home.run("apply", "a.yaml", code=0)
            signed = home.run("ledger", "checkpoint", "-o", "json", code=0).json()
            assert signed["size"] >= 1
            assert signed["vkey"] == str(VerifierKey.parse(signed["vkey"]))
            assert not list(keys.glob("ledger-checkpoint/*.pem"))

            rows = home.run("processes", "--expect", "serve", "--expect", "worker", "-o", "json", code=0).json()
            assert sorted(role for row in rows for role in row["roles"]) == ["serve", "signer", "worker"]

            os.kill(signer.pid, signal.SIGSTOP)
            home.write("b.yaml", use_case("b"))
            home.run("apply", "b.yaml", code=0)
            found = eventually(lambda: placed(home, signed["size"]))
            os.kill(signer.pid, signal.SIGCONT)
            assert home.run("ledger", "checkpoint", "-o", "json", code=0).json()["size"] >= found

            server.process.send_signal(signal.SIGTERM)
            eventually(lambda: status(f"{server.address}{API}/health/ready") == 503)
            assert status(f"{server.address}{API}/health/live") == 200, "it still answers while it drains"
    home.run("ledger", "verify", code=0)
