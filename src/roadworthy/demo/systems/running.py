"""Starting the systems as a process of their own, and with what keys."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from roadworthy.demo.systems.mail import mail
from roadworthy.demo.systems.orders import orders
from roadworthy.demo.systems.payments import payments
from roadworthy.demo.systems.service import Keys, System
from roadworthy.demo.systems.ticketing import ticketing
from roadworthy.foundation.runtime import Clock, Randomness

MAKERS: Final[Mapping[str, Callable[[Keys, Clock], System]]] = {
    "orders": orders,
    "payments": payments,
    "ticketing": ticketing,
    "mail": mail,
}
"""By name, what makes each."""
PORTS: Final = {"orders": 8491, "payments": 8492, "ticketing": 8493, "mail": 8494}
"""Where the demo has them."""
GATEWAY, BACK_OFFICE = "roadworthy-gateway", "back-office"
"""Who has a key: the gateway, and the shop's own people, who can go round it."""
KEYS_OF_AGENT: Final = "support-agent-keys.json"
"""Where the demo keeps the support agent's own keys of the gateway, by stage."""
_KEY_BYTES: Final = 20
_PATIENCE_SECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class Account:
    """The keys of one system."""

    gateway: str
    back_office: str
    operator: str

    @classmethod
    def new(cls, randomness: Randomness) -> Account:
        """One that nobody can guess."""
        return cls(*(randomness.bytes(_KEY_BYTES).hex() for _ in range(3)))

    @property
    def keys(self) -> Keys:
        """As its system checks them."""
        return Keys({self.gateway: GATEWAY, self.back_office: BACK_OFFICE}, self.operator)


@dataclass(frozen=True, slots=True)
class Running:
    """Systems that run."""

    addresses: Mapping[str, str]
    """By name, without a slash at the end; what is missing does not run, because its port is taken."""
    pid: int


def key_file(home: Path, name: str, role: str = "gateway") -> Path:
    """Where a key of a system lies."""
    return home / "systems" / f"{name}-{role}.key"


def secret_of(name: str) -> str:
    """Where a gateway of the demo finds its key of a system, which is below its own home."""
    return f"file:{key_file(Path(), name)}"


def bindings(ports: Mapping[str, int] = PORTS) -> str:
    """The setting `upstream_secrets` that lets a gateway show each system its key, and no other."""
    return ", ".join(f"127.0.0.1:{port}={secret_of(name)}" for name, port in ports.items())


def accounts(home: Path, randomness: Randomness) -> Mapping[str, Account]:
    """By system, its keys; made once and kept below a folder, for nobody else."""
    (home / "systems").mkdir(mode=0o700, parents=True, exist_ok=True)
    return {
        name: Account(
            *(_kept(key_file(home, name, role), randomness) for role in ("gateway", "back-office", "operator"))
        )
        for name in MAKERS
    }


def _kept(path: Path, randomness: Randomness) -> str:
    if not path.is_file():
        path.touch(mode=0o600)
        path.write_text(randomness.bytes(_KEY_BYTES).hex() + "\n", "utf-8")
    return path.read_text("utf-8").strip()


@contextmanager
def systems(known: Mapping[str, Account], ports: Mapping[str, int] = PORTS) -> Iterator[Running]:
    """The systems, in a process of their own until the end of the block.

    Args:
        known: by system to run, its keys.
        ports: by system, where it listens; 0 takes a free one.
    """
    told = {
        name: {"port": ports[name], "principals": each.keys.principals, "operator": each.operator}
        for name, each in known.items()
    }
    command = [sys.executable, "-m", "roadworthy.demo.systems"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, start_new_session=True)  # noqa: S603 - our own module
    try:
        assert process.stdin is not None  # noqa: S101 - a pipe was asked for
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        process.stdin.write(json.dumps(told) + "\n")
        process.stdin.flush()
        yield Running(json.loads(process.stdout.readline() or "{}"), process.pid)
    finally:
        process.terminate()
        process.communicate(timeout=_PATIENCE_SECONDS)
