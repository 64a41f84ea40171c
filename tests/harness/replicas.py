"""A deployment of gateways as processes on a PostgreSQL that a test may stop, with clients that never pause."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import httpx
import psycopg
import yaml

from tests.harness.ports import free_port
from tests.harness.stopped_postgres import StoppedServer, stopped_server
from tests.harness.upstream import Upstream, upstream
from tests.journeys.home import PATIENCE, Home, Running, first_line, use_case

CASE = "triage"
_ASKED = {"model": "gpt", "messages": [{"role": "user", "content": "It hurts."}]}


@dataclass
class Replica:
    """One gateway, as often as it is started."""

    home: Home
    port: int
    process: Running | None = None

    def start(self) -> None:
        """Start it, and wait until it takes calls."""
        self.process = self.home.start("gateway", "serve", "--port", str(self.port))
        assert "serves at" in first_line(self.process)
        end = time.monotonic() + PATIENCE
        while not self.ready():
            assert time.monotonic() < end, "the gateway does not become ready"
            time.sleep(0.05)

    def ready(self) -> bool:
        """Whether it says that it takes calls."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", trust_env=False, timeout=60).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self) -> None:
        """As a service manager stops it."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        _, err = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, err
        self.process = None

    def end(self) -> None:
        """At the end of a test, whatever became of it."""
        if self.process is not None:
            self.kill()

    def kill(self) -> None:
        """At once."""
        assert self.process is not None
        self.process.kill()
        self.process.communicate(timeout=PATIENCE)
        self.process = None


@dataclass
class Deployment:
    """Gateways and what they stand on."""

    home: Home
    database: StoppedServer
    upstream: Upstream
    replicas: list[Replica]
    key: str

    def answered(self) -> set[str]:
        """Ids of the calls that stand in the index as admitted and answered."""
        with psycopg.connect(self.database.url) as connection:
            rows = connection.execute("SELECT id FROM calls WHERE ruling = 'admitted' AND outcome = 'answered'")
            return {row[0] for row in rows}

    def leases(self) -> dict[tuple[str, str, int], tuple[int, int]]:
        """What is left and what is used of each lease that a gateway has of a limit, as it said last."""
        with psycopg.connect(self.database.url) as connection:
            rows = connection.execute("SELECT replica, id, starts, amount - used, used FROM limit_leases")
            return {(replica, id_, starts): (free, used) for replica, id_, starts, free, used in rows}


@dataclass
class Clients:
    """What clients heard who call again as soon as they are answered."""

    answered: list[str] = field(default_factory=list)
    """Ids of calls that were answered whole."""
    refused: list[tuple[int, str]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


@contextmanager
def calling(address: str, key: str, at_once: int = 4) -> Iterator[Clients]:
    """Clients that call until the end of the block."""
    heard, over = Clients(), threading.Event()

    def calls() -> None:
        with httpx.Client(trust_env=False, timeout=60, headers={"Authorization": f"Bearer {key}"}) as client:
            while not over.is_set():
                try:
                    answer = client.post(f"{address}/v1/chat/completions", json=_ASKED)
                except httpx.HTTPError as error:
                    heard.broken.append(repr(error))
                    time.sleep(0.02)
                    continue
                if answer.status_code == 200:
                    heard.answered.append(answer.headers["roadworthy-call"])
                else:
                    heard.refused.append((answer.status_code, answer.text))
                    time.sleep(0.02)

    threads = [threading.Thread(target=calls) for _ in range(at_once)]
    for each in threads:
        each.start()
    try:
        yield heard
    finally:
        over.set()
        for each in threads:
            each.join()


@contextmanager
def deployment(home: Home, count: int) -> Iterator[Deployment]:
    """So many gateways that take calls of a pilot."""
    with ExitStack() as stack:
        database = stack.enter_context(stopped_server())
        behind = stack.enter_context(upstream())
        home.write("roadworthy.toml", f'database = "{database.url}"\nupstream_hosts = "127.0.0.1"\ndrain_seconds = 1\n')
        home.run("migrate", code=0)
        home.write("case.yaml", use_case(CASE, stage="pilot"))
        home.write("gateway.yaml", yaml.safe_dump_all(_declared(behind.address)))
        home.run("apply", "case.yaml", "gateway.yaml", code=0)
        key = home.run("key", "new", "app", "--use-case", CASE, "-o", "json", code=0).json()["secret"]
        replicas = [Replica(home, free_port()) for _ in range(count)]
        for each in replicas:
            each.start()
        try:
            yield Deployment(home, database, behind, replicas, key)
        finally:
            for each in replicas:
                each.end()


def _declared(address: str) -> list[dict[str, object]]:
    def document(kind: str, name: str, spec: dict[str, object]) -> dict[str, object]:
        return {"apiVersion": "roadworthy.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}

    target = {"upstream": "there", "model": "gpt-real"}
    return [
        document("Upstream", "there", {"adapter": "openai", "address": f"{address}/v1"}),
        document(
            "Endpoint",
            "main",
            {
                "useCase": CASE,
                "surfaces": ["chat-completions"],
                "models": [{"name": "gpt", "targets": [target]}],
                "pilot": {"callsPerDay": 1_000_000},
                "later": {"tries": 3},
            },
        ),
        document(
            "Endpoint",
            "advised",
            {"useCase": CASE, "surfaces": ["decide"], "models": [{"name": "own", "targets": [target]}]},
        ),
    ]


def forbid_files(process: Running, *, most_bytes: int | None) -> None:
    """Have every file of a process end at so many bytes, as on a full disk; None lets them grow again. Linux only."""
    import resource

    hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard if most_bytes is None else most_bytes, hard))
