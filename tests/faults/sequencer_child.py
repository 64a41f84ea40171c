"""The program that is stopped and let go on: it gives entries their places, as fast as it can, until it is killed."""

from __future__ import annotations

import sys

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.ledger.sequencer import Sequencer
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.postgres import PostgresStore


def main(url: str, lease_seconds: float) -> None:
    """Take turns until killed; a connection that the server ended is replaced."""
    runtime = Runtime()
    sequencer = Sequencer(PostgresStore(url, runtime), runtime, lease_seconds=lease_seconds)
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    while True:
        try:
            sequencer.turn()
        except RoadworthyError:
            runtime.clock.sleep(0.001)  # the server ended a transaction in which this process stood still
        runtime.clock.sleep(0.001)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
