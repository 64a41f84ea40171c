"""Run every measurement in turn: `python -m bench`, or `make bench`."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Each module runs in a process of its own, so that none warms the caches of the next."""
    failed = []
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if module.ispkg or module.name.startswith("_"):
            continue
        print(f"== bench.{module.name}", flush=True)
        if subprocess.run([sys.executable, "-m", f"bench.{module.name}"], check=False).returncode:
            failed.append(module.name)
    if failed:
        print(f"failed: {', '.join(failed)}")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
