"""See to it that the tests of signing in have a certified identity provider: npm's `oidc-provider` below `.tools`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.harness.oidc.running import ROOT, TOOLS, missing

HERE = ROOT / "tests" / "harness" / "oidc"
FILES = ("package.json", "package-lock.json", ".npmrc")
HELP = """no identity provider for the tests could be installed. Install node (20 or newer) and npm with the system's
package manager (Debian: apt-get install nodejs npm), see that npm reaches a registry, and run this again. The other
tests run without."""


def ensure() -> bool:
    """Whether it is there now, as the lock names it."""
    if missing() is None and _as_locked():
        return True
    if not shutil.which("npm"):
        _from_debian()
    npm = shutil.which("npm")
    if npm is None or not shutil.which("node"):
        return False
    TOOLS.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(HERE / name, TOOLS / name)
    print("installing the identity provider of the tests with npm")
    done = subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=TOOLS, check=False)
    return done.returncode == 0 and missing() is None


def _as_locked() -> bool:
    return all((TOOLS / name).is_file() and (TOOLS / name).read_bytes() == (HERE / name).read_bytes() for name in FILES)


def _from_debian() -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print("installing node and npm with apt-get")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "nodejs", "npm"]):
        subprocess.run(["apt-get", *arguments], env=environment, check=False)


if __name__ == "__main__":
    if not ensure():
        sys.exit(HELP)
