"""The command line that the four examples share: generate, evaluate, audit, or all of them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from examples import auditing

SEED = 2026
FOLDER = Path(".examples")

Generate = Callable[[Path, int, float], Mapping[str, Any]]
"""Folder, seed and scale to the manifest."""
Evaluate = Callable[[Path, int], Mapping[str, Any]]
"""Folder and seed to the figures; prints them for people."""
Land = Callable[[Path], None]
"""Writes beside the generated data what an audit reads, where it is not read as it lies."""


def run(name: str, generate: Generate, evaluate: Evaluate, land: Land, arguments: Sequence[str] | None = None) -> None:
    """Do what the command line asks for.

    Args:
        name: of the example, which is also that of its folder.
        generate: writes the data.
        evaluate: runs the model over it.
        land: what an audit reads.
        arguments: instead of the process's own.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m examples.{name}",
        description="Writes the data of pilot and production, runs the pilot's model on both, and audits the path.",
    )
    parser.add_argument("step", nargs="?", choices=("generate", "evaluate", "audit", "all"), default="all")
    parser.add_argument("--out", type=Path, default=FOLDER / name, help="folder to write to (%(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed makes other data (%(default)s)")
    parser.add_argument("--scale", type=float, default=1.0, help="size of production's data, 1 being as in life")
    asked = parser.parse_args(arguments)
    if asked.scale <= 0:
        parser.error("--scale must be above 0")
    if asked.step in {"generate", "all"}:
        manifest = generate(asked.out, asked.seed, asked.scale)
        size = sum(file["bytes"] for file in manifest["files"])
        print(f"wrote {len(manifest['files'])} files, {size / 1e6:.1f} MB, to {asked.out}")
    if asked.step == "generate":
        return
    if not (asked.out / "manifest.json").exists():
        parser.error(f"there is no data in {asked.out} yet; run the step `generate` first")
    if asked.step in {"evaluate", "all"}:
        figures = evaluate(asked.out, asked.seed)
        told = asked.out / "evaluation.json"
        told.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        print(f"the figures stand in {told}")
    if asked.step in {"audit", "all"}:
        land(asked.out)
        clean = _audit(f"examples.{name}", asked.out)
        if asked.step == "audit" and not clean:
            sys.exit(3)


def _audit(package: str, folder: Path) -> bool:
    """Hold what an audit shows against what was planted. Whether it was all of it, and nothing else."""
    result = auditing.outcome(package, auditing.audited(package, folder))
    for line in auditing.told(result):
        print(line)
    return result.all_and_only
