"""Getting the ledger's state signed: here where the key lies, by asking where it lies with a process of its own.

Either way a process remembers, outside the database, the largest checkpoint it knows of. A database that was put back
behind that is noticed by every process that was there before, also while the signer is down.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import sqlalchemy as sa

from roadworthy.foundation.errors import Place, RoadworthyError, Unavailable
from roadworthy.foundation.ledger import store as sql
from roadworthy.foundation.ledger.apart import SignerApart, ask, wanted
from roadworthy.foundation.ledger.checkpoint import Checkpoint, open_checkpoint
from roadworthy.foundation.ledger.signer import CheckpointSigner, check_continues
from roadworthy.foundation.ledger.store import StoredCheckpoint
from roadworthy.foundation.ledger.tiles import NodeReader
from roadworthy.foundation.ledger.tree import consistency_proof
from roadworthy.foundation.runtime import Repeater, Runtime
from roadworthy.foundation.storage.store import Store

AnySigner: TypeAlias = CheckpointSigner | SignerApart

CHECKPOINT_SECONDS = 8.0
"""How often a grown ledger is signed when nobody asks: with a look each second, and the time that signing takes, it is
signed within ten seconds of growing."""
LOOK_SECONDS = 1.0
"""How often the signer looks whether a process without the key has asked."""
PATIENCE_SECONDS = 15.0
"""How long a process without the key waits for the one that has it."""
_POLL_SECONDS = 0.1


class Checkpoints:
    """Signed states of one ledger.

    Attributes:
        fault: what the last turn failed with; None when it went well. Readiness must show it.
    """

    def __init__(self, store: Store, runtime: Runtime, signer: AnySigner) -> None:
        self._store = store
        self._runtime = runtime
        self._signer = signer
        self._signing = runtime.lock()
        self._turned: float | None = None
        self.fault: RoadworthyError | None = None

    @property
    def apart(self) -> bool:
        """True where the key lies with another process."""
        return isinstance(self._signer, SignerApart)

    def run(self) -> Repeater:
        """Take turns on a thread of its own."""
        seconds = CHECKPOINT_SECONDS if self._store.dialect == "sqlite" else LOOK_SECONDS
        return self._runtime.repeat("ledger-checkpoint", seconds, self.turn)

    def turn(self) -> None:
        """Sign what is due, or take notice of what was signed; a failure is kept in `fault` and tried again."""
        try:
            if isinstance(self._signer, SignerApart):
                self._notice(self._signer)
            elif self._is_due():
                self.now()
                self._turned = self._runtime.clock.monotonic()
        except RoadworthyError as error:
            self.fault = error
        else:
            self.fault = None

    def now(self) -> StoredCheckpoint:
        """The signed state of the ledger as it is now; signed only when it grew since the last one.

        Raises:
            IntegrityBroken: the ledger does not continue what was signed before; nothing was signed.
            Unavailable: the signer or the store cannot write, or the process that signs does not answer.
        """
        if isinstance(self._signer, SignerApart):
            return self._asked(self._signer)
        with self._signing:
            return self._signed(self._signer)

    def refuse_rewound(self, connection: sa.Connection) -> None:
        """Refuse to go on with a ledger that was put back behind what was signed or seen here.

        Args:
            connection: of the transaction that is about to do what must not be done twice.

        Raises:
            IntegrityBroken: entries are missing, or are not the ones that were signed.
            Unavailable: what was signed or seen last cannot be read.
        """
        mark = self._signer.mark()
        if mark is not None:
            frontier = sql.load_frontier(connection)
            state = Checkpoint(self._signer.origin, frontier.size, frontier.root())
            check_continues(mark, state, lambda old, new: prove(connection, old, new))

    def _is_due(self) -> bool:
        since = self._turned
        if since is None or self._runtime.clock.monotonic() - since >= CHECKPOINT_SECONDS:
            return True
        if self._store.dialect == "sqlite":
            return True
        with self._store.read() as connection:
            newest = sql.newest_checkpoint(connection)
            return wanted(connection) > (-1 if newest is None else newest.size)

    def _signed(self, signer: CheckpointSigner) -> StoredCheckpoint:
        with self._store.read() as connection:
            frontier = sql.load_frontier(connection)
            newest = sql.newest_checkpoint(connection)
            root = frontier.root()
            note = self._reusable(newest, frontier.size, root) or signer.sign(
                frontier.size,
                root,
                lambda old, new: prove(connection, old, new),
                None if newest is None else newest.note,
            )
        if newest is not None and note == newest.note:
            return newest
        issued = StoredCheckpoint(frontier.size, root, note, self._runtime.clock.now())
        self._store.write(lambda connection: sql.save_checkpoint(connection, issued))
        return issued

    def _reusable(self, newest: StoredCheckpoint | None, size: int, root: bytes) -> str | None:
        """The newest note where it is our own signature over just this state, and the signer's last as well."""
        if newest is None or (newest.size, newest.root) != (size, root):
            return None
        last = self._signer.mark()
        found = open_checkpoint(newest.note, self._signer.origin, self._signer.trusted)
        same = last is not None and (last.size, last.root) == (found.size, found.root) == (size, root)
        return newest.note if same else None

    def _notice(self, signer: SignerApart) -> StoredCheckpoint | None:
        with self._store.read() as connection:
            newest = sql.newest_checkpoint(connection)
            self.refuse_rewound(connection)
            if newest is not None:
                signer.saw(newest.note, lambda old, new: prove(connection, old, new))
        return newest

    def _asked(self, signer: SignerApart) -> StoredCheckpoint:
        with self._store.read() as connection:
            size = sql.load_frontier(connection).size
        newest = self._notice(signer)
        if newest is not None and newest.size >= size:
            return newest
        self._store.write(lambda connection: ask(connection, size))
        end = self._runtime.clock.monotonic() + PATIENCE_SECONDS
        while newest is None or newest.size < size:
            if self._runtime.clock.monotonic() >= end:
                raise Unavailable(
                    "signer-silent",
                    f"the process that signs the ledger did not answer within {PATIENCE_SECONDS:.0f} seconds",
                    place=Place(source=signer.origin),
                    remedy="start `roadworthy signer`, or look at its log; what was recorded meanwhile is kept",
                )
            self._runtime.clock.sleep(_POLL_SECONDS)
            newest = self._notice(signer)
        return newest


def prove(connection: sa.Connection, old: int, new: int) -> Sequence[bytes]:
    """The proof that the ledger of `new` entries begins with the ledger of `old` entries."""
    return consistency_proof(NodeReader(sql.tile_reader(connection)), old, new)
