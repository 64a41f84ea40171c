"""See to it that the tests of actions have the protocol's reference servers: three of npm below `.tools`."""

from __future__ import annotations

import sys

from scripts.npm_tools import ensure
from tests.harness.mcp_servers.running import ROOT, TOOLS, missing

HELP = """no reference servers of MCP could be installed. Install node (20 or newer) and npm with the system's package
manager (Debian: apt-get install nodejs npm), see that npm reaches a registry, and run this again. The other tests run
without."""

if __name__ == "__main__":
    if not ensure(ROOT / "tests" / "harness" / "mcp_servers", TOOLS, "the reference servers of MCP", missing):
        sys.exit(HELP)
