"""See to it that there is an nginx for the tests of what stands before a gateway: find one, install one, or say so."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.harness import nginx

HELP = """no nginx was found and none could be installed: install one with the system's package manager
(Debian: apt-get install nginx-light). The tests that need it skip without, and say so."""


def ensure() -> str | None:
    """The program, installed if need be; None where that is impossible."""
    if nginx.find() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print("installing nginx with apt-get")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "nginx-light"]):
            subprocess.run(["apt-get", *arguments], env=environment, check=False)
    return nginx.find()


if __name__ == "__main__":
    if not ensure():
        sys.exit(HELP)
