"""A replica that is killed under load: what was acknowledged is on record, what has no outcome is named."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import sqlalchemy as sa

from roadworthy.foundation.ledger.store import Filter
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.sqlite import SqliteStore
from roadworthy.operate.telemetry.codec import decode
from roadworthy.operate.telemetry.tables import calls
from tests.harness.schema import all_tables
from tests.unit.foundation.ledger.samples import ledger_on
from tests.unit.operate.telemetry.samples import telemetry

ROOT = Path(__file__).resolve().parents[2]


def killed_after(folder: Path, seconds: float) -> list[str]:
    """What a child said that was killed after it had recorded for so long."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.calls_child", str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    first = child.stdout.readline()
    time.sleep(seconds)
    child.kill()
    rest = child.stdout.read()
    child.stdout.close()
    child.wait()
    whole = rest[: rest.rfind("\n") + 1]  # a line that was cut off was not heard
    return [first.strip(), *whole.splitlines()]


def test_killed_under_load(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "roadworthy.db", Runtime())
    store.write(all_tables().create_all)
    store.close()
    said = killed_after(tmp_path, 1.2)  # some of it is sealed by then
    begun = {line.removeprefix("intent ") for line in said if line.startswith("intent ")}
    ended = {line.removeprefix("result ") for line in said if line.startswith("result ")}
    assert len(ended) > 20, "it worked under load"

    store = SqliteStore(tmp_path / "roadworthy.db", Runtime())
    ledger = ledger_on(store, tmp_path)
    again = telemetry(store, ledger, tmp_path)
    again.start()
    with store.read() as connection:
        rows = {row.id: row for row in connection.execute(sa.select(calls))}
    assert begun <= rows.keys(), "no intent that was acknowledged is lost"
    assert {rows[each].outcome for each in ended} == {"answered"}, "nor a result"
    unknown = {each for each, row in rows.items() if row.outcome == "unknown"}
    assert {row.outcome for row in rows.values()} <= {"answered", "unknown"}
    again.segments.seal()
    ledger.settle()
    named = [each.entry.facts for each in ledger.entries(Filter(what="calls.unknown")).entries]
    assert {call for facts in named for call in facts["calls"]} == unknown
    for each in [*list(ended)[:3], *list(unknown)[:3]]:
        for proven in again.calls.prove(each):
            assert decode(proven.record).id == each
    again.close()
    ledger.close()
    store.close()
