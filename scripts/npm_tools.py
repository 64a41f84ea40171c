"""Programs of npm that tests run, installed below `.tools` exactly as a lock of hashes names them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

FILES = ("package.json", "package-lock.json", ".npmrc")


def ensure(here: Path, tools: Path, what: str, missing: Callable[[], str | None]) -> bool:
    """Whether it is there now, as the lock names it.

    Args:
        here: the folder of the lock.
        tools: the folder to install into.
        what: is installed, for people.
        missing: why it cannot run; None where it can.
    """
    if missing() is None and _as_locked(here, tools):
        return True
    if not shutil.which("npm"):
        _from_debian()
    npm = shutil.which("npm")
    if npm is None or not shutil.which("node"):
        return False
    tools.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(here / name, tools / name)
    print(f"installing {what} with npm")
    done = subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=tools, check=False)
    return done.returncode == 0 and missing() is None


def _as_locked(here: Path, tools: Path) -> bool:
    return all((tools / name).is_file() and (tools / name).read_bytes() == (here / name).read_bytes() for name in FILES)


def _from_debian() -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print("installing node and npm with apt-get")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "nodejs", "npm"]):
        subprocess.run(["apt-get", *arguments], env=environment, check=False)
