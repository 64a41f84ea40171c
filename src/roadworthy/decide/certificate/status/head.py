"""The newest snapshot: made anew in the unit that changes a certificate or a stop switch, signed, kept in one row."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.decide.certificate.status import store as rows
from roadworthy.decide.certificate.status import writing
from roadworthy.decide.certificate.status.model import PAYLOAD_TYPE, PURPOSE, Snapshot
from roadworthy.decide.certificate.status.standing import ReadStanding, standing
from roadworthy.evidence import public_keys
from roadworthy.evidence.envelopes import Signature, encoded_for_signing, sealed
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

    def __init__(self, store: Store, keys: Keys, runtime: Runtime, origin: str, read: ReadStanding = standing) -> None:
        self._keys = keys
        self._runtime = runtime
        self._origin = origin
        self._read = read
        store.before_commit.append(self._before_commit)

    def changed(self, tx: Transaction) -> None:
        """Say that this unit changes a certificate or a stop switch, anywhere in the unit and as often as you like.

        The snapshot is made once, after the work of the unit and before its commit: it says what the database says
        from that commit on. On PostgreSQL such units wait for each other there, and only there.

        Raises:
            IntegrityBroken, Unavailable: nothing can be signed, so nothing may change.
        """
        self._keys.signing(PURPOSE)
        tx.connection.info[_CHANGED] = True

    def _before_commit(self, connection: sa.Connection) -> None:
        if connection.info.pop(_CHANGED, False):  # one left behind by a unit that failed costs one snapshot too many
            self.make(connection)

    def make(self, connection: sa.Connection) -> rows.Head:
        """Make the next snapshot of what this transaction sees, and keep it."""
        now = self._runtime.clock.now()
        seq = rows.held(connection, now) + 1
        stands, ages = self._read(connection, now)
        payload = writing.written(Snapshot(self._origin, seq, now, ages, stands))
        head = rows.Head(seq, now, ages.most, _signed(payload, self._keys.signing(PURPOSE)))
        rows.put(connection, head)
        return head


def _signed(payload: bytes, key: SigningKey) -> bytes:
    public = public_keys.of(key.private.public_key())
    signature = Signature(public.key_id, key.sign(encoded_for_signing(payload, PAYLOAD_TYPE)))
    return sealed(payload, (signature,), PAYLOAD_TYPE)
