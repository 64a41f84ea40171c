from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from roadworthy.foundation.errors import Conflict
from roadworthy.foundation.storage.owner import Owner, OwnerLock

_HOLDER = """
import sys, time
from pathlib import Path
from roadworthy.foundation.storage.owner import Owner, OwnerLock
import os
lock = OwnerLock(Path(sys.argv[1]))
lock.acquire()
lock.announce(Owner(os.getpid(), "http://127.0.0.1:1", "s"))
print("held", flush=True)
time.sleep(60)
"""


def test_one_process_holds_and_the_next_is_told_who(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _HOLDER, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"held"
        with pytest.raises(Conflict) as caught:
            OwnerLock(tmp_path).acquire()
        assert str(holder.pid) in caught.value.message
        assert "http://127.0.0.1:1" in caught.value.message
        assert OwnerLock(tmp_path).held_by_another() == Owner(holder.pid, "http://127.0.0.1:1", "s")
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert OwnerLock(tmp_path).held_by_another() is None
    lock = OwnerLock(tmp_path)
    lock.acquire()
    lock.release()


def test_a_free_home_has_no_holder(tmp_path: Path) -> None:
    assert OwnerLock(tmp_path / "nowhere").held_by_another() is None
    lock = OwnerLock(tmp_path)
    lock.acquire()
    assert lock.holder() == Owner(os.getpid())
    lock.release()
    lock.release()
    assert lock.holder() is None


def test_only_the_owner_of_the_folder_can_read_the_secret(tmp_path: Path) -> None:
    lock = OwnerLock(tmp_path)
    lock.acquire()
    lock.announce(Owner(1, "http://127.0.0.1:1", "secret"))
    assert (tmp_path / "owner.json").stat().st_mode & 0o077 == 0
    lock.release()
