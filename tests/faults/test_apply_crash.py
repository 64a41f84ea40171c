"""A process that is killed in the middle of an apply leaves the home as if the apply had never begun."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import cast

import pytest

from roadworthy.app import open_home
from roadworthy.foundation.settings import Settings
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import UseCase
from tests.faults.apply_child import MANY, edition

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("delay", [0.0, 0.03, 0.1, 0.25])
def test_a_killed_apply_is_whole_or_not_there(tmp_path: Path, delay: float) -> None:
    command = [sys.executable, "-m", "tests.faults.apply_child", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        while child.stdout.readline().strip() != "start 1":
            pass
        time.sleep(delay)
        child.send_signal(signal.SIGKILL)
        done = [line for line in child.stdout.read().split("\n") if line.startswith("done")]

    with open_home(Settings(home=tmp_path)) as (app, _lock):
        with app.store.read() as connection:
            stored = list(app.resources.all(connection, USE_CASE))
        purposes = {cast("UseCase", each.spec).purpose for each in stored}
        assert len(stored) == MANY
        assert len(purposes) == 1
        last = int((purposes.pop() or "").removeprefix("edition "))
        assert last >= len(done), "an apply that was reported done is gone"
        assert {each.generation for each in stored} == {last + 1}
        assert len(app.ledger.entries(limit=1000).entries) >= min(1000, MANY * (last + 1))
        assert app.ledger.verify(full=True).ok
        context = app.identity.local_user("tester").context("cli")
        assert len(app.resources.apply(context, app.resources.plan(edition(app, last + 1)))) == MANY
