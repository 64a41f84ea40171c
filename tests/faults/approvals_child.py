"""The program that the crash test kills: it proposes, votes and uses from several threads, and says what it heard."""

from __future__ import annotations

import sys
import threading
from itertools import count
from pathlib import Path

from roadworthy.foundation.errors import Conflict
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.postgres import PostgresStore
from roadworthy.foundation.storage.sqlite import SqliteStore
from roadworthy.foundation.storage.store import Store
from tests.faults.approvals_work import PEOPLE, PROPOSER, policy
from tests.harness.decided import deployed
from tests.harness.governed import Board

WRITERS = 4


def opened(where: str) -> Store:
    """The store at a path or an address."""
    return PostgresStore(where, Runtime()) if where.startswith("postgresql") else SqliteStore(Path(where), Runtime())


_speaking = threading.Lock()


def say(what: str, request_id: str) -> None:
    """Tell the test what was answered."""
    with _speaking:
        sys.stdout.write(f"{what} {request_id}\n")
        sys.stdout.flush()


def main(home: Path, where: str, begin: int) -> None:
    """Decide until killed."""
    numbers = count(begin)
    with deployed(opened(where), home) as deployment:
        board = Board(deployment)
        for handle in (*PEOPLE, PROPOSER):
            board.ref(handle)

        def others(number: int) -> None:
            """What somebody else carries out: proposed, approved by two, used."""
            request = board.deploy(PROPOSER, release=f"r{number}")
            say("proposed", request.id)
            for handle in PEOPLE:
                board.approve(handle, request)
                say("voted", request.id)
            board.app.approvals.use(board.context(PROPOSER), request.id, request.digest)
            say("used", request.id)

        def ours(number: int) -> None:
            """What is carried out here, in the unit of the last vote."""
            request = policy(board, number)
            say("proposed", request.id)
            for handle in PEOPLE:
                board.approve(handle, request)
                say("voted", request.id)
            say("used", request.id)

        def work(kind: int) -> None:
            while True:
                try:
                    (others if kind else ours)(next(numbers))
                except Conflict:  # another thread changed the same policy: the request was voided
                    continue

        for kind in range(WRITERS):
            threading.Thread(target=work, args=(kind,), daemon=True).start()
        threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
