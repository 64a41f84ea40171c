"""A process that is killed while it handles timers neither loses one nor has one handled twice."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from roadworthy.app import open_home
from roadworthy.foundation.settings import Settings
from tests.faults.timers_child import KIND, MANY, attach

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("batches", [1, 4, 11])
def test_a_killed_tick_neither_loses_nor_doubles(tmp_path: Path, batches: int) -> None:
    command = [sys.executable, "-m", "tests.faults.timers_child", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for _ in range(batches):
            assert child.stdout.readline().strip() == "batch"
        child.send_signal(signal.SIGKILL)

    with open_home(Settings(home=tmp_path)) as (app, _lock):
        with app.store.read() as connection:
            left = connection.execute(sa.text("SELECT count(*) FROM timers WHERE kind = :kind"), {"kind": KIND})
            assert 0 < left.scalar_one() <= MANY - 100 * (batches - 1)
        attach(app)
        app.timers.tick()
        with app.store.read() as connection:
            rung = connection.execute(sa.text("SELECT resource FROM ledger_entries WHERE what = 'bell.rung'"))
            assert sorted(rung.scalars()) == [f"Bell/{number:05}" for number in range(MANY)]
        assert app.timers.ahead() == [] or all(timer.kind != KIND for timer in app.timers.ahead())
        assert app.ledger.verify(full=True).ok
