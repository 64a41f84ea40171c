"""Gather everything that an installation needs into one folder, to be carried to a machine without a network.

`python -m scripts.wheelhouse dist/wheelhouse --python 3.13 --platform manylinux_2_28_x86_64` downloads the locked
wheels for that machine, builds our own, and puts beside them: requirements with hashes, checksums of every file, a
script that installs, and the container files. Nothing in it reaches out again. Without options it is for this machine.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements" / "core.txt"
DEPLOY = ROOT / "deploy"
SUMS = "SHA256SUMS"


def gather(folder: Path, python: str | None, platforms: list[str]) -> None:
    """Fill an empty or missing folder."""
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    download(wheels, python, platforms)
    own = build(wheels)
    finish(folder, own)


def download(wheels: Path, python: str | None, platforms: list[str]) -> None:
    """Every locked wheel, by its hash; no source is built, so nothing but data is fetched."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--require-hashes", "--requirement", str(LOCK), "--dest", str(wheels)]
    if python is not None:
        command += ["--python-version", python, "--implementation", "cp"]
    for platform in platforms:
        command += ["--platform", platform]
    subprocess.run(command, check=True)


def build(wheels: Path) -> Path:
    """Our own wheel, built by what development installed already."""
    before = set(wheels.iterdir())
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--no-build-isolation", "--no-index", "--wheel-dir", str(wheels), str(ROOT)]
    subprocess.run(command, check=True)
    [own] = set(wheels.iterdir()) - before
    return own


def finish(folder: Path, own: Path) -> None:
    """What stands beside the wheels, and the checksums of everything."""
    name, version = own.name.split("-")[:2]
    line = f"{name}=={version} --hash=sha256:{digest(own)}\n"
    (folder / "requirements.txt").write_text(LOCK.read_text("utf-8") + line, encoding="utf-8")
    for path in sorted(DEPLOY.iterdir()):
        if path.is_file():
            shutil.copyfile(path, folder / path.name)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    lines = [f"{digest(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def digest(path: Path) -> str:
    """SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="where; must not be there yet")
    parser.add_argument("--python", help="version of Python over there, such as 3.13; this one's by default")
    parser.add_argument("--platform", action="append", default=[], help="such as manylinux_2_28_x86_64; repeatable")
    given = parser.parse_args()
    if given.folder.exists():
        parser.error(f"{given.folder} exists")
    gather(given.folder, given.python, given.platform)
    print(f"{given.folder}: {sum(1 for _ in (given.folder / 'wheels').iterdir())} wheels")


if __name__ == "__main__":
    main()
