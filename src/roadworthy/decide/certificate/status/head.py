"""The newest snapshot: made anew in the unit that changes a certificate or a stop switch, signed, kept.

Its head is one row. Of the parts only those are made anew in which something changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import sqlalchemy as sa

from roadworthy.decide.certificate.status import composing, writing
from roadworthy.decide.certificate.status import store as rows
from roadworthy.decide.certificate.status.believing import SKEW, Seen, believed_head, keys_for
from roadworthy.decide.certificate.status.model import PAYLOAD_TYPE, PURPOSE, Head
from roadworthy.decide.certificate.status.standing import ReadStanding, usual
from roadworthy.decide.certificate.status.verdicts import Held
from roadworthy.evidence import public_keys
from roadworthy.evidence.envelopes import Signature, encoded_for_signing, sealed
from roadworthy.foundation.errors import Place, RoadworthyError, Unavailable
from roadworthy.foundation.keys import Keys, SigningKey
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store

WHOLE_SECONDS = 3600.0
"""Between two renewals of a process that read every certificate anew, and not only those that changed."""
_CHANGED = "roadworthy-status-changed"

_log = log("status")


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
        self._whole_at: float | None = None
        self.seen: Callable[[], Seen] = Seen
        """The newest snapshot that was ever seen here: the next one has a higher number, whatever the database says."""
        self.sound: Callable[[], bool] = _always
        """False while the ledger is known to be broken: then nothing is renewed, so effects stop everywhere."""
        store.before_commit.append(self._before_commit)

    def changed(self, tx: Transaction, *use_cases: str) -> None:
        """Say that this unit changes certificates or stop switches, anywhere in the unit and as often as you like.

        The snapshot is made once, after the work of the unit and before its commit: it says what the database says
        from that commit on. On PostgreSQL such units wait for each other there, and only there.

        Args:
            tx: the unit.
            use_cases: of the certificates that it changes; none for a stop switch or a key, which the head itself says.

        Raises:
            IntegrityBroken, Unavailable: nothing can be signed, so nothing may change.
        """
        self._key()
        info = tx.connection.info
        info[_CHANGED] = info.get(_CHANGED, frozenset()) | frozenset(use_cases)

    def _before_commit(self, connection: sa.Connection) -> None:
        use_cases = connection.info.pop(_CHANGED, None)  # one left behind by a unit that failed costs one too many
        if use_cases is not None:
            self.make(connection, use_cases)

    def make(self, connection: sa.Connection, use_cases: frozenset[str] | None = None) -> rows.Signed:
        """Make the next snapshot of what this transaction sees, and keep it.

        Args:
            connection: of the transaction.
            use_cases: whose certificates are read anew; None for all.
        """
        now = self._runtime.clock.now()
        newest = rows.held(connection, now)
        seen = self.seen().seq
        former = None if use_cases is None or newest.seq < seen else self._former(connection, newest)
        stands, ages = self._read(connection, now, None if former is None else use_cases)
        parts = None
        if former is not None and use_cases is not None:
            parts = composing.changed(connection, former, use_cases, stands.certificates)
            if parts is None:
                stands, ages = self._read(connection, now, None)
        if parts is None:
            parts = composing.whole(connection, stands.certificates)
        head = Head(self._origin, max(newest.seq, seen) + 1, now, ages, stands.stops, stands.revoked, parts)
        signed = rows.Signed(head.seq, now, ages.most, sealed_head(head, self._key()))
        rows.put(connection, signed)
        self._made = True
        return signed

    def _former(self, connection: sa.Connection, newest: rows.Signed) -> Head | None:
        """What the newest head says, where it may be built upon: signed here, in this format, by a key in force."""
        if not newest.seq:
            return None
        seen = Seen(newest.seq, revoked=frozenset(rows.revoked(connection)))
        keys = keys_for(self._keys, PURPOSE)
        try:
            head = believed_head(newest.envelope, keys, self._origin, seen, newest.issued_at).head
        except RoadworthyError as error:
            _log.warning("the newest snapshot is not built upon; all of it is made anew", code=error.code)
            return None
        return head if head.whole is None and head.seq == newest.seq else None

    def take_made(self) -> bool:
        """Whether a snapshot was made since this was asked last; asked after each commit."""
        made, self._made = self._made, False
        return made

    def renew(self, held: Held | None, *, lacking: bool = False) -> bool:
        """Make the next snapshot if the newest grows old; True when this process made it.

        Any number of processes may try; one holds the row, and the others go on.

        Args:
            held: the newest that this process knows, which saves it from asking.
            lacking: a part in the database is not the one that the newest head names: all are made anew at once.
        """
        now = self._runtime.clock.now()
        if not lacking and held is not None and not _due(now, held.snapshot.issued, held.snapshot.ages.most):
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
            if not behind and not lacking and head is not None and not _due(now, head.issued_at, head.max_age):
                return False
            self.make(connection, None if behind or lacking or self._is_whole_due() else frozenset())
            return True

        return self._store.write(work)

    def _is_whole_due(self) -> bool:
        """Whether every certificate is to be read anew: at a process's first renewal, then every hour.

        Those that ended long ago fall off the list so, and nothing that somebody forgot to say stays unsaid.
        """
        monotonic = self._runtime.clock.monotonic()
        if self._whole_at is not None and monotonic < self._whole_at + WHOLE_SECONDS:
            return False
        self._whole_at = monotonic
        return True

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


def sealed_head(head: Head, key: SigningKey) -> bytes:
    """A head as it is handed on: a DSSE envelope with one signature."""
    payload = writing.written(head)
    public = public_keys.of(key.private.public_key())
    signature = Signature(public.key_id, key.sign(encoded_for_signing(payload, PAYLOAD_TYPE)))
    return sealed(payload, (signature,), PAYLOAD_TYPE)
