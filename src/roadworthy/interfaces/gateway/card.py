"""Where the gateway of a home listens, for commands in the same home: its port may be one that was free."""

from __future__ import annotations

import json
import os
from pathlib import Path

_NAME = "gateway.json"


def announce(home: Path, address: str) -> None:
    """Say where the gateway of this process listens; of several in one home, the last one is found."""
    handle = os.open(home / _NAME, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as card:
        json.dump({"pid": os.getpid(), "address": address}, card)


def withdraw(home: Path) -> None:
    """This process listens no more."""
    if _read(home).get("pid") == os.getpid():
        (home / _NAME).unlink(missing_ok=True)


def announced(home: Path) -> str | None:
    """Where the gateway that was started last in a home listens; None where none said so."""
    address = _read(home).get("address")
    return address if isinstance(address, str) else None


def _read(home: Path) -> dict[str, object]:
    try:
        said = json.loads((home / _NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
