"""Write the locks in requirements: every version and its hashes, for every platform.

`make lock` keeps the versions that stand there and adds what pyproject.toml newly asks for; `make lock
UPGRADE=1` takes the newest versions. The files name no package index, so they work with whichever the reader uses.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
OLDEST_PYTHON = "3.11"
COMMAND = [
    *("uv", "pip", "compile", "--universal", "--generate-hashes", "--quiet", "--no-config"),
    *("--python-version", OLDEST_PYTHON, "--custom-compile-command", "make lock"),
]
ELSEWHERE = re.compile(r"https?://|file://|--(?:extra-)?index-url|--find-links|@ (?:git|hg)\+|(?<![\w.])/\w+/")
"""What a lock must not hold: an address or a path that means something on one machine only."""


def lock(*, upgrade: bool) -> None:
    """Compile the larger lock first, then the smaller one with the larger one's versions, and the model's by itself."""
    newest = ["--upgrade"] if upgrade else []
    dev, core, model = (ROOT / "requirements" / f"{name}.txt" for name in ("dev", "core", "language-model"))
    _compile(["pyproject.toml", "--group", "build", "--group", "dev", *newest], dev)
    core.unlink(missing_ok=True)
    _compile(["pyproject.toml", "--group", "build", "--constraint", str(dev.relative_to(ROOT))], core)
    _compile(["--group", "language-model", *newest], model)
    for path in (dev, core, model):
        if found := ELSEWHERE.search(path.read_text(encoding="utf-8")):
            sys.exit(f"{path.relative_to(ROOT)} holds `{found.group()}`, which is true on this machine only")


def _compile(arguments: list[str], path: Path) -> None:
    subprocess.run([*COMMAND, *arguments, "--output-file", str(path.relative_to(ROOT))], cwd=ROOT, check=True)


if __name__ == "__main__":
    lock(upgrade="--upgrade" in sys.argv)
