"""See to it that there is a Chromium for the browser tests: find one, else install one, else say what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.harness import chromium

HELP = f"""no Chromium was found and none could be installed. Either
  - install one with the system's package manager (Debian: apt-get install chromium), or
  - run `playwright install chromium` where its download site can be reached, or
  - set {chromium.VARIABLE} to the path of one.
The other tests run without: pytest -m "not browser and not campaign"."""


def ensure() -> str | None:
    """The path of a Chromium that starts, installing one if need be; None where that is impossible."""
    for install in (None, _from_debian, _from_playwright):
        if install is not None:
            install()
        found = chromium.find()
        if found and subprocess.run([found, "--version"], capture_output=True, check=False).returncode == 0:
            return str(found)
    return None


def _from_debian() -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print("installing chromium with apt-get")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", *arguments], env=environment, check=False)


def _from_playwright() -> None:
    print("installing chromium with playwright")
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


if __name__ == "__main__":
    if not ensure():
        sys.exit(HELP)
