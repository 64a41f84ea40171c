"""See to it that the tests of signing in have a certified identity provider: npm's `oidc-provider` below `.tools`."""

from __future__ import annotations

import sys

from scripts.npm_tools import ensure
from tests.harness.oidc.running import ROOT, TOOLS, missing

HELP = """no identity provider for the tests could be installed. Install node (20 or newer) and npm with the system's
package manager (Debian: apt-get install nodejs npm), see that npm reaches a registry, and run this again. The other
tests run without."""

if __name__ == "__main__":
    if not ensure(ROOT / "tests" / "harness" / "oidc", TOOLS, "the identity provider of the tests", missing):
        sys.exit(HELP)
