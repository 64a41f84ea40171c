"""Hashing what a release consists of: the same for the same, another for anything else."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.digests import digest, digest_of
from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.operate.releases import hashing

HERE = Place(source="tools.json")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def test_a_folder_is_hashed_as_a_registry_hashes_a_version(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "MLmodel").write_bytes(b"flavors")
    (tmp_path / "data" / "model.bin").write_bytes(b"123")
    listed = [
        {"path": "MLmodel", "sha256": digest(b"flavors").removeprefix("sha256:"), "size": 7},
        {"path": "data/model.bin", "sha256": digest(b"123").removeprefix("sha256:"), "size": 3},
    ]
    assert hashing.of_path(tmp_path) == (digest_of(listed), "folder")
    assert hashing.of_path(tmp_path / "MLmodel") == (digest(b"flavors"), "file")
    (tmp_path / "data" / "model.bin").rename(tmp_path / "data" / "other.bin")
    assert hashing.of_path(tmp_path)[0] != digest_of(listed)


def test_what_cannot_be_hashed_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as absent:
        hashing.of_path(tmp_path / "absent")
    assert absent.value.code == "path-unknown"
    with pytest.raises(InvalidInput) as empty:
        hashing.of_path(tmp_path)
    assert empty.value.code == "release-folder-unfit"
    with pytest.raises(InvalidInput) as unreadable:
        hashing.of_json(b"{", HERE)
    assert unreadable.value.code == "release-json-unreadable"


@given(JSON)
def test_json_is_the_same_however_it_is_laid_out(value: object) -> None:
    plain = hashing.of_json(json.dumps(value).encode(), HERE)
    laid_out = json.dumps(value, indent=3, sort_keys=True, ensure_ascii=False)
    assert hashing.of_json(laid_out.encode(), HERE) == plain


def test_a_server_may_list_its_tools_in_any_order() -> None:
    tools = [{"name": "send", "inputSchema": {"type": "object"}}, {"name": "read", "inputSchema": {}}]
    plain = hashing.of_json(json.dumps(tools).encode(), HERE)
    answer = {"jsonrpc": "2.0", "id": 1, "result": {"tools": tools[::-1], "nextCursor": None}}
    assert hashing.of_json(json.dumps(answer).encode(), HERE) == plain
    more = [*tools, {"name": "delete"}]
    assert hashing.of_json(json.dumps(more).encode(), HERE) != plain
    changed = [{**tools[0], "description": "Now sends to anybody."}, tools[1]]
    assert hashing.of_json(json.dumps(changed).encode(), HERE) != plain


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
    done = subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_a_file_in_git_is_hashed_as_it_is_committed(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    folder = tmp_path / "prompts"
    folder.mkdir()
    prompt = folder / "system.txt"
    prompt.write_text("Be kind.")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "First")
    git(tmp_path, "tag", "v1")
    first = git(tmp_path, "rev-parse", "HEAD")
    assert hashing.of_git(str(prompt)) == (digest(b"Be kind."), first)
    prompt.write_text("Be brief.")
    assert hashing.of_git(str(prompt)) == (digest(b"Be kind."), first), "what is not committed does not count"
    git(tmp_path, "commit", "-qam", "Second")
    assert hashing.of_git(str(prompt))[0] == digest(b"Be brief.")
    assert hashing.of_git(f"{prompt}@v1") == (digest(b"Be kind."), first)
    for wrong in (f"{prompt}@v9", f"{folder}/absent.txt", f"{prompt}@--all"):
        with pytest.raises(InvalidInput):
            hashing.of_git(wrong)
