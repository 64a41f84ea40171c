"""Home folders that tests start from, made once and copied: migrating a new database takes a quarter of a second."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.migrate import prepare_sqlite


def fresh(home: Path) -> Path:
    """A home with an up-to-date database in which nothing was done yet; first use itself is tried by the journeys."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    Settings(home=home).database_file.write_bytes(_empty_database())
    return home


@cache
def _empty_database() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        prepare_sqlite(settings.database_file, settings.backups_folder, Runtime().clock.now())
        return settings.database_file.read_bytes()


def copied(closed: Path, home: Path) -> Path:
    """A copy of a home that nothing has open."""
    shutil.copytree(closed, home)
    return home
