"""The project's own files, as the architecture tests read them."""

from __future__ import annotations

import ast
import functools
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "roadworthy"
PYTHON_FOLDERS = ("src", "tests", "bench", "examples", "scripts")


@functools.cache
def tracked() -> tuple[Path, ...]:
    """Every file that git keeps or would keep; all files where this is no clone (an unpacked archive)."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    if listing.returncode:
        return tuple(path for path in sorted(ROOT.rglob("*")) if path.is_file() and ".venv" not in path.parts)
    names = [name for name in listing.stdout.split("\0") if name]
    return tuple(path for name in names if (path := ROOT / name).is_file())


def python(*folders: str) -> list[Path]:
    """The Python files under these top folders, all five by default."""
    wanted = folders or PYTHON_FOLDERS
    return [path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in wanted]


def name(path: Path) -> str:
    """How a test names a file."""
    return path.relative_to(ROOT).as_posix()


@functools.cache
def tree(path: Path) -> ast.Module:
    """The file, parsed."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of the file, methods and inner ones included."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def classes(path: Path) -> Iterator[ast.ClassDef]:
    """Every class of the file."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ClassDef):
            yield node
