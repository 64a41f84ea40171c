"""Audits of a registered use case from the command line, with and without a server."""

from __future__ import annotations

import contextlib
import json
import signal
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import httpx
import pytest

from roadworthy.foundation.errors import ExitCode
from roadworthy.measure.data_audit.contract.odcs import read
from tests.journeys.home import PATIENCE, Home, Running, use_case

LONG = pytest.mark.campaign
"""The same way gone once more takes seconds and finds little."""
KEY = ["id"]


def prepare(home: Home) -> None:
    """A pilot and a production source, in which every third note is missing."""
    for name, count, missing in (("pilot", 300, 0), ("live", 1_500, 3)):
        lines = [
            f"{number},{number % 4},{'' if missing and number % missing == 0 else 'seen'}\n" for number in range(count)
        ]
        home.write(f"data/{name}.csv", "id,group,note\n" + "".join(lines))
    source = {"name": "mails", "pilot": "data/pilot.csv", "production": "data/live.csv", "columns": {"key": KEY}}
    home.write("a.yaml", use_case("mail", data=[source]))
    home.run("apply", "a.yaml", code=0)


def test_an_audit_lists_blockers_and_a_person_accepts_one(home: Home) -> None:
    prepare(home)
    audited = home.run("data", "audit", "mail", code=ExitCode.NO)
    assert "Missing more often: `note`" in audited.out
    gaps = home.run("data", "gaps", "mail", "-o", "json", code=ExitCode.NO).json()
    (gap,) = [each for each in gaps if each["rule"] == "missing-values"]
    home.run(
        "data",
        "waive",
        "mail",
        gap["id"],
        "--reason",
        "agreed",
        "--control",
        "looked at",
        "--until",
        "2020-01-01",
        code=1,
    )
    until = "2099-01-01"
    refused = home.run("data", "waive", "mail", gap["id"], "--reason", "a", "--control", "b", "--until", until)
    assert "waiver-expiry-unfit" in refused.err
    html = home.run("data", "audit", "mail", "-f", "audit.html", code=ExitCode.NO)
    assert "wrote audit.html" in html.err
    assert "missing" in (home.folder / "audit.html").read_text("utf-8").lower()
    runs = home.run("data", "runs", "mail", "-o", "json", code=0).json()
    assert [each["status"] for each in runs] == ["finished", "finished"]
    evidence = home.run("evidence", "list", "mail", "-o", "json", code=0).out
    assert "data-audit" in evidence


def test_fingerprints_and_contracts_travel(home: Home) -> None:
    prepare(home)
    home.run("data", "fingerprint", "data/pilot.csv", "--key", "id", code=0)
    signed = json.loads((home.folder / "pilot.fingerprint.json").read_text())
    assert signed["signatures"]
    taken = home.run("data", "receive", "pilot.fingerprint.json", "-o", "name", code=0).out.strip()
    source = {"name": "mails", "pilot": taken, "production": "data/live.csv"}
    home.write("a.yaml", use_case("mail", data=[source]))
    home.run("apply", "a.yaml", code=0)
    home.run("data", "audit", "mail", code=ExitCode.NO)
    home.run("data", "contract", "write", "mail", "mails", "-f", "c.odcs.yaml", code=0)
    assert read(home.folder / "c.odcs.yaml").tables[0].name == "mails"
    checked = home.run("data", "contract", "check", "c.odcs.yaml", "data/live.csv", code=ExitCode.NO)
    assert "missing-values" in checked.out
    declared = home.run("data", "contract", "read", "c.odcs.yaml", code=0).out
    assert "name: mails" in declared
    wrong = home.run("data", "fingerprint", "data/pilot.csv", "-f", "p.json")
    assert wrong.code == ExitCode.USAGE
    assert "fingerprint-file-name" in wrong.err


def test_a_server_audits_while_the_command_watches(home: Home) -> None:
    prepare(home)
    with home.served() as served:
        home.run("data", "audit", "mail", code=ExitCode.NO)
        card = json.loads((home.folder / ".roadworthy" / "owner.json").read_text())
        headers = {"Authorization": f"Bearer {card['secret']}", "Idempotency-Key": "nightly-1"}
        with httpx.Client(base_url=f"{served.address}/api/v1alpha1", headers=headers, timeout=60) as client:
            first = client.post("/use-cases/mail/audits")
            assert first.status_code == httpx.codes.ACCEPTED
            again = client.post("/use-cases/mail/audits")
            assert again.json()["id"] == first.json()["id"]
            assert len(client.get("/use-cases/mail/audits").json()) == 2
            (result,) = client.get("/use-cases/mail/data").json()
            assert result["blocked"]
            assert client.get("/use-cases/other/audits").status_code == httpx.codes.NOT_FOUND
            assert client.get(f"/use-cases/mail/audits/{'x' * 20}").json()["code"] == "audit-run-unknown"
            assert client.post("/fingerprints", content=b"{}").json()["code"] == "fingerprint-unsigned"


# ---------------------------------------------------------------- stopped in the middle


def table(path: Path, rows: int) -> None:
    """Made-up payments as Parquet: columns of text, which take long to look at."""
    path.parent.mkdir(parents=True, exist_ok=True)
    notes = ", ".join(f"'note ' || hash(n * {place}) || ' of ' || n % 97 AS note{place}" for place in range(1, 7))
    listed = f"n AS id, n % 1000 * 1.5 AS amount, {notes}"
    duckdb.connect().execute(f"COPY (SELECT {listed} FROM range({rows}) AS r(n)) TO '{path}' (FORMAT parquet)")


def until(found: Callable[[], bool]) -> None:
    """Wait until something is there."""
    ends = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < ends
        time.sleep(0.02)


@dataclass
class Stopped:
    """A command that was stopped in its middle."""

    home: Home
    code: int | None
    out: str
    err: str


def stopped(
    home: Home, sent: signal.Signals, begin: Callable[[Home, int], tuple[Running, Callable[[], bool]]]
) -> Stopped:
    """Begin a command that reads so many rows, and send it a signal once it is in its middle.

    Where the command is done before the signal comes, the same in another folder with four times the rows.
    """
    for rows in (800_000, 3_200_000, 12_800_000):
        here = replace(home, folder=home.folder / f"{rows}-rows")
        here.folder.mkdir()
        started, in_its_middle = begin(here, rows)
        until(lambda: started.poll() is not None or in_its_middle())  # noqa: B023 - called within this round
        started.send_signal(sent)
        out, err = started.communicate(timeout=PATIENCE)
        if started.returncode != 0:
            return Stopped(here, started.returncode, out, err)
    pytest.fail("it is never stopped in its middle")


@pytest.mark.parametrize("sent", [pytest.param(signal.SIGINT, marks=LONG), signal.SIGTERM, signal.SIGKILL])
def test_what_a_stopped_comparison_measured_is_taken_by_the_next(home: Home, sent: signal.Signals) -> None:
    def begin(here: Home, rows: int) -> tuple[Running, Callable[[], bool]]:
        table(here.folder / "live.parquet", 60_000)
        table(here.folder / "pilot.parquet", rows)
        started = here.start("data", "diff", "pilot.parquet", "live.parquet", "--key", "id")
        return started, lambda: any(kept_of(here).glob("*/*.json"))

    ended = stopped(home, sent, begin)
    here = ended.home
    assert not ended.out
    assert "Traceback" not in ended.err
    if sent is not signal.SIGKILL:
        assert ended.code == ExitCode.FAILED
        assert "kept for the next run: 1 file of `live.parquet`" in ended.err
        assert "goes on where this one was" in ended.err
    (file,) = kept_of(here).glob("*/*.json")
    assert file.stat().st_mode & 0o077 == 0, "nobody else may read what it holds"
    table(here.folder / "small.parquet", 2_000)
    again = here.run("data", "diff", "small.parquet", "live.parquet", "--key", "id", code=ExitCode.YES)
    assert "live.parquet: 1 file did not change since an earlier run and was not read again" in again.err
    table(here.folder / "live.parquet", 61_000)
    other = here.run("data", "diff", "small.parquet", "live.parquet", "--key", "id", code=ExitCode.YES)
    assert "live.parquet" not in other.err, "it changed, and nothing of it was kept"


def kept_of(home: Home) -> Path:
    """Where measurements are kept."""
    return home.folder / ".cache" / "roadworthy" / "measured"


def test_a_comparison_that_is_to_keep_nothing_keeps_nothing(home: Home) -> None:
    table(home.folder / "live.parquet", 60_000)
    table(home.folder / "pilot.parquet", 2_000)
    home.run("data", "diff", "pilot.parquet", "live.parquet", "--key", "id", "--no-keep", code=ExitCode.YES)
    assert not (home.folder / ".cache").exists()


def test_a_stopped_fingerprint_says_what_is_kept(home: Home) -> None:
    def begin(here: Home, rows: int) -> tuple[Running, Callable[[], bool]]:
        table(here.folder / "live.parquet", rows)
        (scratch := here.folder / "scratch").mkdir()
        started = here.start("data", "fingerprint", "live.parquet", environment={"TMPDIR": str(scratch)})
        return started, lambda: any(scratch.glob("roadworthy-engine-*/kept.db"))

    ended = stopped(home, signal.SIGINT, begin)
    assert ended.code == ExitCode.FAILED, ended.err
    assert "nothing was finished that could be kept" in ended.err
    assert "Traceback" not in ended.err
    assert not any((ended.home.folder / "scratch").iterdir()), "what lay on disk is gone with it"


@pytest.mark.parametrize("sent", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=LONG)])
def test_an_audit_that_was_stopped_at_the_keyboard_goes_on_where_it_was(home: Home, sent: signal.Signals) -> None:
    def begin(here: Home, rows: int) -> tuple[Running, Callable[[], bool]]:
        for name, count in (("pilot", 2_000), ("live", 60_000), ("large", rows)):
            table(here.folder / f"data/{name}.parquet", count)
        sources = [
            {"name": name, "pilot": "data/pilot.parquet", "production": f"data/{name}.parquet"}
            for name in ("live", "large")
        ]
        here.write("a.yaml", use_case("mail", data=sources))
        here.run("apply", "a.yaml", code=0)
        return here.start("data", "audit", "mail"), lambda: "live" in _audited(here)

    ended = stopped(home, sent, begin)
    here = ended.home
    assert ended.code == 1, ended.err
    assert "what was measured is kept" in ended.err
    assert "roadworthy data audit mail --resume" in ended.err
    assert "Traceback" not in ended.err
    (run,) = here.run("data", "runs", "mail", "-o", "json", code=0).json()
    assert run["status"] == "cancelled"
    table(here.folder / "data/large.parquet", 5_000)
    here.run("data", "audit", "mail", "--resume", code=ExitCode.NO)
    (again,) = here.run("data", "runs", "mail", "-o", "json", code=0).json()
    assert (again["id"], again["status"]) == (run["id"], "finished")


def _audited(home: Home) -> set[str]:
    """Sources of which a result is kept, read beside the process that owns the database."""
    with contextlib.closing(sqlite3.connect(f"file:{home.database}?mode=ro", uri=True)) as database:
        return {str(row[0]) for row in database.execute("SELECT source FROM audit_results")}
