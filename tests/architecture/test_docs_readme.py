"""The tour of the README is walked as it is written, in an empty folder, with the commands as processes."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from tests.harness import sources

README = sources.ROOT / "README.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
PATIENCE = 120


def steps() -> list[str]:
    """The tour's lines, in order."""
    tour = README.read_text(encoding="utf-8").split("\n## ")[1]
    assert tour.startswith("Five minutes")
    return [line for block in BLOCK.findall(tour) for line in block.splitlines()]


def environment(home: Path) -> dict[str, str]:
    """A newcomer's environment: this installation on the path, no settings of ours, any free port."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ROADWORTHY_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    return kept | {"PATH": path, "HOME": str(home), "ROADWORTHY_PORT": "0", "NO_COLOR": "1"}


def test_the_tour_leads_from_a_spreadsheet_to_a_scored_portfolio(tmp_path: Path) -> None:
    folder = tmp_path / "road"
    folder.mkdir()
    shutil.copy(sources.ROOT / "docs" / "examples" / "inventory.csv", folder)
    variables = environment(tmp_path)
    said: dict[str, str] = {}
    server: subprocess.Popen[str] | None = None
    try:
        for line in steps():
            if line == "roadworthy serve":
                server = subprocess.Popen(
                    ["roadworthy", "serve"],
                    cwd=folder,
                    env=variables,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                )
                assert server.stdout is not None
                said[line] = server.stdout.readline() + server.stdout.readline()
                continue
            done = subprocess.run(
                ["sh", "-c", line],
                cwd=folder,
                env=variables,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
            assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
            said[line] = done.stdout
    finally:
        if server is not None:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=PATIENCE)

    assert "http://127.0.0.1:" in said["roadworthy serve"]
    assert server is not None
    assert server.returncode == 0
    described = said["roadworthy describe use-cases nw-001"]
    assert "ada@northwind.example" in described
    assert "blocker" in described
    assert "nw-006" in said["roadworthy assess"]
    assert "postures" in said["roadworthy plan nw-001.yaml"]
    assert said["roadworthy ledger verify"].startswith("verified")
