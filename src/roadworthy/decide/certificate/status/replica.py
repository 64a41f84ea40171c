"""A process's own copy of the status: fetched, checked, made ready, and swapped in as a whole."""

from __future__ import annotations

import datetime as dt

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from roadworthy.decide.certificate.status import store as rows
from roadworthy.decide.certificate.status.believing import Known, Seen, believed
from roadworthy.decide.certificate.status.compiled import Asked
from roadworthy.decide.certificate.status.envelopes import Envelopes
from roadworthy.decide.certificate.status.mark import Mark
from roadworthy.decide.certificate.status.model import CERTIFICATES, PAYLOAD_TYPE, PURPOSE
from roadworthy.decide.certificate.status.verdicts import Held, Verdict, held, verdict
from roadworthy.evidence import public_keys
from roadworthy.evidence.envelopes import opened
from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import Refused, RoadworthyError
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store

_log = log("status")


def keys_for(keys: Keys, purpose: str) -> Known:
    """The public keys of a purpose that lie here, by id."""
    found = (public_keys.of(Ed25519PublicKey.from_public_bytes(each.public)) for each in keys.public(purpose))
    return {each.key_id: each for each in found}


class Replica:
    """What one process knows of the status.

    Args:
        store: where the newest snapshot is.
        runtime: for the time, and a lock for those who fetch; nobody who asks takes it.
        keys: public halves that are believed.
        origin: name of this deployment's ledger.
        envelopes: of the certificates.
        mark: the newest that was ever seen here.
    """

    def __init__(
        self, store: Store, runtime: Runtime, keys: Keys, origin: str, envelopes: Envelopes, mark: Mark
    ) -> None:
        self._store = store
        self._runtime = runtime
        self._keys = keys
        self._origin = origin
        self._envelopes = envelopes
        self._mark = mark
        self._seen = mark.load()
        self._at: tuple[int, dt.datetime] | None = None
        self._lock = runtime.lock()
        self.held: Held | None = None
        """The newest snapshot that is believed."""
        self.content: bytes | None = None
        """The same as it was signed."""
        self.fault: RoadworthyError | None = None
        """Why the newest one is not believed, or could not be fetched; None when all is well."""

    def verdict(self, use_case: str, stage: str, release: str, asked: Asked, at: dt.datetime) -> Verdict:
        """May a release of a use case do this in a stage, at an instant? Touches nothing but memory."""
        return verdict(self.held, use_case, stage, release, asked, at)

    def look(self) -> bool:
        """Fetch the newest snapshot if there is a newer one; True when there was.

        What is refused or cannot be fetched leaves the former one in place, which grows old, and stands in `fault`.
        """
        with self._lock:
            try:
                fresh = self._fetch()
            except RoadworthyError as error:
                if self.fault is None or self.fault.code != error.code:
                    _log.error("the status snapshot is not taken", code=error.code, error=error.message)
                self.fault = error
                return False
            self.fault = None
            return fresh

    def _fetch(self) -> bool:
        with self._store.read() as connection:
            at = rows.newest_mark(connection)
            if at == self._at and (at is not None or not self._seen.seq):
                return False
            head = rows.newest(connection)
        if head is None:
            raise Refused(
                "status-replayed",
                f"the database has no snapshot, and {self._seen.seq} was seen already",
                remedy="an old backup was restored: restore a newer one, or declare what is lost",
            )
        self._take(head.envelope)
        self._at = at
        return True

    def _take(self, content: bytes) -> None:
        """Believe a snapshot, or raise why not."""
        now = self._runtime.clock.now()
        snapshot = believed(content, keys_for(self._keys, PURPOSE), self._origin, self._seen, now)
        revoked = self._seen.revoked | frozenset(snapshot.standing.revoked)
        signing = keys_for(self._keys, CERTIFICATES)
        trusted = {name: key for name, key in signing.items() if name not in revoked}
        self.held = held(snapshot, self._envelopes.of(snapshot, trusted))
        self.content = content
        payload = opened(content, kind=PAYLOAD_TYPE, largest=len(content)).payload
        self._seen = Seen(snapshot.seq, digest(payload), revoked)
        self._mark.keep(self._seen)
