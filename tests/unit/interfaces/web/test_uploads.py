"""Files that wait for their import."""

from __future__ import annotations

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from roadworthy.foundation.errors import NotFound
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.interfaces.web.imports import mapping_in
from roadworthy.interfaces.web.uploads import Uploads
from roadworthy.interfaces.web.visits import Posted


def test_kept_for_the_person_who_brought_it(tmp_path: Path, runtime: Runtime) -> None:
    """The same file comes back to the same person, and to nobody else."""
    uploads = Uploads(tmp_path / "uploads", runtime)
    upload = uploads.keep("ana", "a.csv", b"1,2")
    assert uploads.keep("ana", "a.csv", b"1,2") == upload
    assert uploads.find("ana", upload).content == b"1,2"
    assert uploads.find("ana", upload).name == "a.csv"
    with pytest.raises(NotFound):
        uploads.find("ben", upload)
    uploads.drop("ana", upload)
    with pytest.raises(NotFound):
        uploads.find("ana", upload)


@pytest.mark.parametrize("upload", ["", "../../etc/passwd", "0" * 39, "g" * 40, "a/b"])
def test_no_path_leads_out(tmp_path: Path, runtime: Runtime, upload: str) -> None:
    """An id is forty hexadecimal digits; anything else is not there."""
    with pytest.raises(NotFound):
        Uploads(tmp_path, runtime).find("ana", upload)


def test_nobody_else_on_the_machine_reads_it(tmp_path: Path, runtime: Runtime) -> None:
    """Folder and files belong to this account alone."""
    folder = tmp_path / "uploads"
    Uploads(folder, runtime).keep("ana", "a.csv", b"1")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) & 0o077 for file in folder.iterdir()} == {0}


def test_goes_after_a_day(tmp_path: Path, runtime: Runtime) -> None:
    """What was forgotten here is swept out by the next upload."""
    uploads = Uploads(tmp_path, runtime)
    old = uploads.keep("ana", "a.csv", b"1")
    clock = runtime.clock
    assert isinstance(clock, SimulatedClock)
    before = (clock.now() - timedelta(days=2)).timestamp()
    for file in tmp_path.iterdir():
        os.utime(file, (before, before))
    uploads.keep("ana", "b.csv", b"2")
    with pytest.raises(NotFound):
        uploads.find("ana", old)


def posted(**values: str) -> Posted:
    """A form of the import page; `__` stands for a colon."""
    return Posted({name.replace("__", ":"): value for name, value in values.items()}, {})


def test_a_form_left_as_it_was_decides_nothing() -> None:
    """The proposal stands, so nothing is remembered as a person's decision."""
    assert mapping_in(posted(column__A="title", was__column__A="title", sheet="", header="")) is None


def test_a_changed_meaning_decides_for_the_whole_file() -> None:
    """Then every column is as the page showed it."""
    mapping = mapping_in(
        posted(
            column__A="title", was__column__A="title", column__B="topic", was__column__B="keep", every__sector="other"
        )
    )
    assert mapping is not None
    assert mapping.columns == {"column A": "title", "column B": "topic"}
    assert mapping.constants == {"sector": "other"}


def test_another_header_row_begins_anew() -> None:
    """Columns chosen for another table mean nothing in this one."""
    mapping = mapping_in(posted(column__A="title", was__column__A="keep", header="4"))
    assert mapping is not None
    assert (mapping.columns, mapping.header) == ({}, 4)
