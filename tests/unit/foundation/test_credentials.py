"""Where a secret is found: what a setting binds is read back, and nothing that it says wrongly is repeated."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.credentials import Binding, Sources, bindings, is_source

hosts = st.from_regex(r"[a-zA-Z0-9.-]{1,20}(:[0-9]{1,5})?(/webhook)?", fullmatch=True)
sources = st.from_regex(r"env:[A-Za-z_]{1,20}|file:[a-z~/._ -]{0,20}[a-z]", fullmatch=True)
blanks = st.sampled_from(["", " ", "  "])


@given(st.lists(st.tuples(hosts, sources), max_size=5), blanks)
def test_what_a_setting_binds_is_read_back(pairs: list[tuple[str, str]], blank: str) -> None:
    setting = ",".join(f"{blank}{host}{blank}={blank}{source}{blank}" for host, source in pairs)

    assert bindings(setting) == (tuple(Binding(host.lower(), source) for host, source in pairs), ())


@given(st.text(max_size=60))
def test_every_part_binds_something_or_is_counted_as_unusable(setting: str) -> None:
    bound, unusable = bindings(setting)
    parts = [part.strip() for part in setting.split(",")]

    assert len(bound) + len(unusable) == sum(bool(part) for part in parts)
    assert all(is_source(each.source) for each in bound)
    assert all(parts[position - 1] for position in unusable)


@pytest.mark.parametrize("text", ["", "hunter2", "env:", "file:", "env:A B", "env:A=B", "https://x.example", "ENV:A"])
def test_what_is_no_source(text: str) -> None:
    assert not is_source(text)
    assert bindings(f"ok.example=env:A, bad.example={text}")[0] == (Binding("ok.example", "env:A"),)


def test_a_variable_and_a_file_are_read_without_the_blanks_around_them(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("  from-a-file\n")
    found = Sources(tmp_path, {"KEY": " from-a-variable "})

    assert found.read("env:KEY") == "from-a-variable"
    assert found.read("env:OTHER") == ""
    assert found.read("file:key") == found.read(f"file:{tmp_path / 'key'}") == "from-a-file"


def test_a_file_that_is_no_text_or_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xff\xfe")
    for name in ("key", "nothing", ".", "~nobody-of-this-name-lives-here/key"):
        with pytest.raises(OSError):  # noqa: PT011 - which of them it is differs from system to system
            Sources(tmp_path, {}).read(f"file:{name}")
