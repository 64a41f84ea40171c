"""The command line that the four examples share: generate, evaluate, or both."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

SEED = 2026
FOLDER = Path(".examples")

Generate = Callable[[Path, int, float], Mapping[str, Any]]
"""Folder, seed and scale to the manifest."""
Evaluate = Callable[[Path, int], Mapping[str, Any]]
"""Folder and seed to the figures; prints them for people."""


def run(name: str, generate: Generate, evaluate: Evaluate, arguments: Sequence[str] | None = None) -> None:
    """Do what the command line asks for.

    Args:
        name: of the example, which is also that of its folder.
        generate: writes the data.
        evaluate: runs the model over it.
        arguments: instead of the process's own.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m examples.{name}",
        description="Writes the data of the pilot and of production, and runs the pilot's model on both.",
    )
    parser.add_argument("step", nargs="?", choices=("generate", "evaluate", "all"), default="all")
    parser.add_argument("--out", type=Path, default=FOLDER / name, help="folder to write to (%(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed makes other data (%(default)s)")
    parser.add_argument("--scale", type=float, default=1.0, help="size of production's data, 1 being as in life")
    asked = parser.parse_args(arguments)
    if asked.scale <= 0:
        parser.error("--scale must be above 0")
    if asked.step != "evaluate":
        manifest = generate(asked.out, asked.seed, asked.scale)
        size = sum(file["bytes"] for file in manifest["files"])
        print(f"wrote {len(manifest['files'])} files, {size / 1e6:.1f} MB, to {asked.out}")
    if asked.step != "generate":
        if not (asked.out / "manifest.json").exists():
            parser.error(f"there is no data in {asked.out} yet; run the step `generate` first")
        figures = evaluate(asked.out, asked.seed)
        told = asked.out / "evaluation.json"
        told.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        print(f"the figures stand in {told}")
