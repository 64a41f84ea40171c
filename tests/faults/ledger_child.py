"""The program that the crash test kills: it appends from many threads and says which entries are acknowledged."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.sqlite import SqliteStore
from tests.unit.foundation.ledger.samples import CONTEXT, draft, ledger_on

WRITERS = 8


def main(folder: Path) -> None:
    """Append until killed."""
    ledger = ledger_on(SqliteStore(folder / "roadworthy.db", Runtime()), folder)
    speaking = threading.Lock()

    def write() -> None:
        while True:
            ids = ledger.units.run(CONTEXT, lambda transaction: [transaction.record(draft(n)) for n in range(2)])
            with speaking:
                sys.stdout.write("".join(f"{entry_id}\n" for entry_id in ids))
                sys.stdout.flush()

    def sign() -> None:
        while True:
            ledger.checkpoint()

    for work in (*[write] * WRITERS, sign):
        threading.Thread(target=work, daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
