"""The session that a command line was let in with, kept per server in a file that only its owner can read."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from roadworthy.foundation.logs import Secret
from roadworthy.foundation.settings import Settings

FOLDER = "logins"
_MOST_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class Login:
    """A session of this command line."""

    server: str
    """What it is for: the address of a server, or the home folder."""
    secret: str
    person: str
    expires_at: str

    def holds(self, now: datetime) -> bool:
        """Whether it is not over by time; the server may have ended it all the same."""
        return datetime.fromisoformat(self.expires_at) > now

    def shown(self) -> Secret:
        """What a request carries."""
        return Secret(self.secret)


def file_of(settings: Settings, environment: Mapping[str, str] | None = None) -> Path:
    """Where the login for the server that the settings lead to is kept.

    In the home; for a server elsewhere in the person's own configuration folder, so that no project folder holds it.
    """
    if not settings.server:
        return settings.home / FOLDER / "home.json"
    given = os.environ if environment is None else environment
    config = Path(given.get("XDG_CONFIG_HOME") or Path(given.get("HOME", "~")).expanduser() / ".config")
    return config / "roadworthy" / FOLDER / f"{hashlib.sha256(_server(settings).encode()).hexdigest()[:32]}.json"


def find(settings: Settings, now: datetime) -> Login | None:
    """The login for that server; None where there is none, or it is over, or the file says something else."""
    path = file_of(settings)
    try:
        with path.open("rb") as file:
            login = Login(**json.loads(file.read(_MOST_BYTES)))
        fits = login.server == _server(settings) and login.holds(now)
    except (OSError, ValueError, TypeError):
        return None
    return login if fits else None


def keep(settings: Settings, secret: str, person: str, expires_at: str) -> None:
    """Keep a login, for its owner only.

    Raises:
        OSError: the file cannot be written.
    """
    path = file_of(settings)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = json.dumps(asdict(Login(_server(settings), secret, person, expires_at)))
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)  # an old one may have other rights
    with open(fresh, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
    fresh.replace(path)


def forget(settings: Settings) -> None:
    """Take the login out."""
    file_of(settings).unlink(missing_ok=True)


def _server(settings: Settings) -> str:
    return settings.server.rstrip("/").lower() if settings.server else str(settings.home)
