"""The program that the crash test kills: it records calls from many threads and says what is acknowledged."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.sqlite import SqliteStore
from tests.unit.foundation.ledger.samples import ledger_on
from tests.unit.operate.telemetry.samples import intent, result, telemetry

CALLERS = 16


def main(folder: Path) -> None:
    """Make calls until killed."""
    store = SqliteStore(folder / "roadworthy.db", Runtime())
    ledger = ledger_on(store, folder)
    ledger.start()
    recording = telemetry(store, ledger, folder)
    recording.start()
    speaking = threading.Lock()

    def say(line: str) -> None:
        with speaking:
            sys.stdout.write(line)
            sys.stdout.flush()

    def call() -> None:
        while True:
            asked = intent()
            recording.recorder.intend(asked).result()
            say(f"intent {asked.id}\n")
            recording.recorder.conclude(result(asked)).result()
            say(f"result {asked.id}\n")

    for _ in range(CALLERS):
        threading.Thread(target=call, daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
