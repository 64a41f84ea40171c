"""The newest snapshot: made anew in the unit that changes a certificate or a stop switch, signed, kept in one row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import sqlalchemy as sa

from roadworthy.decide.certificate.status import store as rows
from roadworthy.decide.certificate.status import writing
from roadworthy.decide.certificate.status.believing import SKEW, Seen
from roadworthy.decide.certificate.status.model import PAYLOAD_TYPE, PURPOSE, Snapshot
from roadworthy.decide.certificate.status.standing import ReadStanding, usual
from roadworthy.decide.certificate.status.verdicts import Held
from roadworthy.evidence import public_keys
from roadworthy.evidence.envelopes import Signature, encoded_for_signing, sealed
from roadworthy.foundation.errors import Place, Unavailable
from roadworthy.foundation.keys import Keys, SigningKey
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store

_CHANGED = "roadworthy-status-changed"


class StatusHead:
    """Makes snapshots.

    Args:
        store: where it stands; from now on every commit that changed something brings its snapshot along.
        keys: with the one that signs snapshots.
        runtime: for the time at which they are issued.
        origin: name of the ledger.
        read: what stands in the database.
    """

    def __init__(self, store: Store, keys: Keys, runtime: Runtime, origin: str, read: ReadStanding = usual) -> None:
        self._keys = keys
        self._runtime = runtime
        self._origin = origin
        self._read = read
        self._store = store
        self._made = False
        self.seen: Callable[[], Seen] = Seen
        """The newest snapshot that was ever seen here: the next one has a higher number, whatever the database says."""
        self.sound: Callable[[], bool] = _always
        """False while the ledger is known to be broken: then nothing is renewed, so effects stop everywhere."""
        store.before_commit.append(self._before_commit)

    def changed(self, tx: Transaction) -> None:
        """Say that this unit changes a certificate or a stop switch, anywhere in the unit and as often as you like.

        The snapshot is made once, after the work of the unit and before its commit: it says what the database says
        from that commit on. On PostgreSQL such units wait for each other there, and only there.

        Raises:
            IntegrityBroken, Unavailable: nothing can be signed, so nothing may change.
        """
        self._key()
        tx.connection.info[_CHANGED] = True

    def _before_commit(self, connection: sa.Connection) -> None:
        if connection.info.pop(_CHANGED, False):  # one left behind by a unit that failed costs one snapshot too many
            self.make(connection)

    def make(self, connection: sa.Connection) -> rows.Head:
        """Make the next snapshot of what this transaction sees, and keep it."""
        now = self._runtime.clock.now()
        seq = max(rows.held(connection, now), self.seen().seq) + 1
        stands, ages = self._read(connection, now)
        content = sealed_snapshot(Snapshot(self._origin, seq, now, ages, stands), self._key())
        head = rows.Head(seq, now, ages.most, content)
        rows.put(connection, head)
        self._made = True
        return head

    def take_made(self) -> bool:
        """Whether a snapshot was made since this was asked last; asked after each commit."""
        made, self._made = self._made, False
        return made

    def renew(self, held: Held | None) -> bool:
        """Make the next snapshot if the newest grows old; True when this process made it.

        Any number of processes may try; one holds the row, and the others go on.

        Args:
            held: the newest that this process knows, which saves it from asking.
        """
        now = self._runtime.clock.now()
        if held is not None and not _due(now, held.snapshot.issued, held.snapshot.ages.most):
            return False
        with self._store.read() as connection:
            newest = rows.newest_mark(connection)
        if (newest is None and not self.seen().seq) or not self.sound() or self._elsewhere():
            return False

        def work(connection: sa.Connection) -> bool:
            head = rows.turn(connection)
            if head is None and newest is not None:
                return False
            behind = head is None or head.seq < self.seen().seq
            if not behind and head is not None and not _due(now, head.issued_at, head.max_age):
                return False
            self.make(connection)
            return True

        return self._store.write(work)

    def _key(self) -> SigningKey:
        if self._elsewhere():
            raise Unavailable(
                "status-key-elsewhere",
                "the key that signs the status is not here, only its public half",
                place=Place(source=f"keys/{PURPOSE}"),
                remedy="change certificates and stop switches in a process that has it, or copy the key to here",
            )
        return self._keys.signing(PURPOSE)

    def _elsewhere(self) -> bool:
        return not self._keys.all(PURPOSE) and bool(self._keys.public(PURPOSE))


def _due(now: dt.datetime, issued: dt.datetime, most: dt.timedelta) -> bool:
    """After a third of its age, or where the clock was set back."""
    return now >= issued + most / 3 or now < issued - SKEW


def _always() -> bool:
    return True


def sealed_snapshot(snapshot: Snapshot, key: SigningKey) -> bytes:
    """A snapshot as it is handed on: a DSSE envelope with one signature."""
    payload = writing.written(snapshot)
    public = public_keys.of(key.private.public_key())
    signature = Signature(public.key_id, key.sign(encoded_for_signing(payload, PAYLOAD_TYPE)))
    return sealed(payload, (signature,), PAYLOAD_TYPE)
