"""Dependencies are locked, explained, and under licences that we can live with."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from scripts.lock import ELSEWHERE
from tests.harness import sources

NAME = re.compile(r"^[A-Za-z0-9._-]+")
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==", re.MULTILINE)
ROW = re.compile(r"^\| (?!package)([a-z0-9-]+) \| \S.+ \| ([^|]+) \|$", re.MULTILINE)
NOT_ACCEPTED = re.compile(r"AGPL|BUSL|BSL-1\.1|Elastic|SSPL|Commons Clause")


def project() -> dict[str, Any]:
    return tomllib.loads((sources.ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def declared(*groups: str) -> set[str]:
    """Names of the dependencies of these groups; `core` is the package's own."""
    content = project()
    lists = [
        content["project"]["dependencies"] if group == "core" else content["dependency-groups"][group]
        for group in groups
    ]
    return {found.group() for each in lists for line in each if (found := NAME.match(line))}


def pinned(lock: str) -> dict[str, str]:
    """Name and whole entry of each package in a lock."""
    text = (sources.ROOT / "requirements" / lock).read_text(encoding="utf-8")
    starts = [(found.group(1), found.start()) for found in PIN.finditer(text)]
    ends = [start for _, start in starts[1:]] + [len(text)]
    return {name: text[start:end] for (name, start), end in zip(starts, ends, strict=True)}


def test_every_dependency_is_explained_and_nothing_else_is() -> None:
    rows = dict(ROW.findall((sources.ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")))

    assert set(rows) == declared("core", "build", "dev", "language-model")
    assert [name for name, licence in rows.items() if NOT_ACCEPTED.search(licence)] == []


@pytest.mark.parametrize(
    ("lock", "groups"),
    [
        ("core.txt", ("core", "build")),
        ("dev.txt", ("core", "build", "dev")),
        ("language-model.txt", ("language-model",)),
    ],
)
def test_a_lock_holds_every_dependency_with_hashes(lock: str, groups: tuple[str, ...]) -> None:
    entries = pinned(lock)

    assert declared(*groups) <= set(entries)
    assert [name for name, entry in entries.items() if "--hash=sha256:" not in entry] == []


def test_the_locks_agree() -> None:
    def version(entry: str) -> str:
        return entry.split(maxsplit=1)[0]  # a marker may differ: other packages may want it on other platforms

    dev = {name: version(entry) for name, entry in pinned("dev.txt").items()}
    core = {name: version(entry) for name, entry in pinned("core.txt").items()}

    assert {name: entry for name, entry in core.items() if dev.get(name) != entry} == {}


@pytest.mark.parametrize("lock", ["core.txt", "dev.txt", "language-model.txt"])
def test_a_lock_names_no_place(lock: str) -> None:
    assert ELSEWHERE.search((sources.ROOT / "requirements" / lock).read_text(encoding="utf-8")) is None
