"""Killed, full, tampered: what a home is worth after a bad day."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from roadworthy.foundation.errors import ExitCode
from tests.journeys.home import PATIENCE, Home, clean_environment, use_case

LONG = pytest.mark.campaign
"""The same way gone once more takes seconds and finds little."""
ROWS = 1_500


def big_sheet(home: Home) -> Path:
    """A sheet whose import takes long enough to be killed in the middle."""
    lines = ["ID,Title,Purpose,Stage"]
    lines += [f"X-{number},Use case number {number},{'Because. ' * 40},Pilot" for number in range(ROWS)]
    return home.write("big.csv", "\n".join(lines) + "\n")


def check_intact(home: Home) -> None:
    """The file is sound, and every entry verifies."""
    with contextlib.closing(sqlite3.connect(home.database)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert home.run("ledger", "verify", "--mode", "columns", code=0).out.startswith("verified")


def log_size(home: Home) -> int:
    """Bytes in the database's write-ahead log; 0 where there is none."""
    log = home.database.with_name(home.database.name + "-wal")
    try:
        return log.stat().st_size
    except FileNotFoundError:  # whoever closes the database takes it away
        return 0


@pytest.mark.parametrize("delay", [pytest.param(0.0, marks=LONG), 0.05, pytest.param(0.2, marks=LONG)])
def test_an_import_that_is_killed_happened_whole_or_not_at_all(home: Home, delay: float) -> None:
    home.write("a.yaml", use_case("a"))
    home.run("apply", "a.yaml", code=0)
    sheet = big_sheet(home)
    before = log_size(home)
    process = home.start("import", sheet)
    deadline = time.monotonic() + PATIENCE
    # Wait until the command has the database open and writes, or is done.
    while process.poll() is None and log_size(home) <= before and time.monotonic() < deadline:
        time.sleep(0.002)
    time.sleep(delay)
    process.kill()
    process.communicate(timeout=PATIENCE)
    check_intact(home)
    count = len(home.run("get", "-o", "name", code=0).out.splitlines())
    assert count in {1, 1 + ROWS}
    home.run("import", sheet, code=0)
    assert len(home.run("get", "-o", "name", code=0).out.splitlines()) == 1 + ROWS


def test_a_full_disk_is_said_and_leaves_everything_as_it_was(home: Home) -> None:
    """The kernel refuses to let any file of the command grow beyond a limit, which SQLite reports as it does ENOSPC."""
    home.write("a.yaml", use_case("a"))
    home.run("apply", "a.yaml", code=0)
    sheet = big_sheet(home)
    most = home.database.stat().st_size + 200_000
    # Python ignores SIGXFSZ, so the write fails instead of killing the process.
    limited = (
        f"import resource, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most}));"
        "runpy.run_module('roadworthy.interfaces.cli.main', run_name='__main__')"
    )
    # Coverage's own file would hit the limit too, and its complaint is not ours.
    unmeasured = {name: value for name, value in clean_environment().items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(
        [sys.executable, "-c", limited, "import", str(sheet)],
        cwd=home.folder, env=unmeasured, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == ExitCode.FAILED, done.stderr
    assert (
        "storage-f" in done.stderr
    )  # storage-full where the engine says so, storage-failed where it says "disk I/O error"
    assert "Traceback" not in done.stderr
    assert str(home.database) in done.stderr
    check_intact(home)
    assert home.run("get", "-o", "name", code=0).out == "UseCase/a\n"


def test_a_tampered_ledger_is_found_and_the_entry_named(home: Home) -> None:
    for name in ("a", "b", "c"):
        home.write(f"{name}.yaml", use_case(name))
        home.run("apply", f"{name}.yaml", code=0)
    home.run("ledger", "export", "before.export", code=0)
    key = home.run("ledger", "checkpoint", "-o", "json", code=0).json()["vkey"]
    with contextlib.closing(sqlite3.connect(home.database)) as database:
        position, raw = database.execute(
            "SELECT position, bytes FROM ledger_entries WHERE what = 'use-case.applied' ORDER BY position LIMIT 1"
        ).fetchone()
        changed = bytes(raw).replace(b"UseCase/a", b"UseCase/z")
        database.execute("UPDATE ledger_entries SET bytes = ? WHERE position = ?", (changed, position))
        database.commit()
    for mode in ("quick", "full"):
        broken = home.run("ledger", "verify", "--mode", mode, code=ExitCode.INTEGRITY)
        assert f"entry {position}" in broken.err
    assert home.run("doctor", code=ExitCode.INTEGRITY).err.count("ledger") > 0
    # What was exported before still verifies, without the home.
    assert home.run("ledger", "verify", "before.export", "--key", key, code=0).out.startswith("verified")
    export = home.folder / "before.export"
    export.write_bytes(export.read_bytes().replace(b"UseCase/b", b"UseCase/y"))
    assert "entry" in home.run("ledger", "verify", "before.export", code=ExitCode.INTEGRITY).err


def test_a_database_that_is_none_is_said_with_its_place(home: Home) -> None:
    home.database.parent.mkdir(mode=0o700)
    home.database.write_bytes(b"this is no database, whatever its name says" * 100)
    damaged = home.run("get", code=ExitCode.INTEGRITY)
    assert "storage-damaged" in damaged.err
    assert str(home.database) in damaged.err


def test_doctor_names_what_is_wrong_with_a_fix(home: Home) -> None:
    home.write("roadworthy.toml", 'hoem = "x"\nport = 99999\n')
    wrong = home.run("doctor", code=ExitCode.FAILED)
    assert "did you mean `home`?" in wrong.err
    assert "roadworthy.toml:2" in wrong.out
    home.write("roadworthy.toml", "")
    home.run("doctor", code=0)
    home.write("a.yaml", use_case("a"))
    home.run("apply", "a.yaml", code=0)
    for key in home.folder.glob(".roadworthy/keys/*/*.pem"):
        key.chmod(0o644)
    exposed = home.run("doctor", code=ExitCode.FAILED)
    assert "chmod 600" in exposed.err


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.csv", b"", "import"),
        (
            "bomb.yaml",
            b"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b]\n",
            "apply",
        ),
        ("tag.yaml", b"!!python/object/apply:os.system ['true']\n", "apply"),
        ("latin.yaml", "apiVersion: é\n".encode("latin-1"), "apply"),
        ("not.xlsx", b"PK\x03\x04 and then nothing of a zip", "import"),
    ],
)
def test_bad_input_is_told_with_its_place_and_the_next_step(home: Home, name: str, content: bytes, code: str) -> None:
    (home.folder / name).write_bytes(content)
    refused = home.run(code, name, code=ExitCode.FAILED)
    assert name in refused.err
    assert "next:" in refused.err
    assert home.run("get", "-o", "json", code=0).json() == []
