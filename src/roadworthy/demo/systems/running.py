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
FILE: Final = "systems.json"
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


def accounts(home: Path, randomness: Randomness) -> Mapping[str, Account]:
    """By system, its keys; made once and kept in a folder, for nobody else."""
    path = home / FILE
    if path.is_file():
        kept: dict[str, dict[str, str]] = json.loads(path.read_text("utf-8"))
        return {name: Account(**said) for name, said in kept.items()}
    made = {name: Account.new(randomness) for name in MAKERS}
    path.touch(mode=0o600)
    told = {
        name: {"gateway": each.gateway, "back_office": each.back_office, "operator": each.operator}
        for name, each in made.items()
    }
    path.write_text(json.dumps(told, indent=2) + "\n", "utf-8")
    return made


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
