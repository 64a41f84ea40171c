"""A process's own copy of the status: fetched, checked, made ready, and swapped in as a whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa

from roadworthy.decide.certificate.status import store as rows
from roadworthy.decide.certificate.status import writing
from roadworthy.decide.certificate.status.believing import Heard, Seen, believed_head, keys_for, parts_within
from roadworthy.decide.certificate.status.compiled import Asked
from roadworthy.decide.certificate.status.envelopes import Envelopes
from roadworthy.decide.certificate.status.files import filed
from roadworthy.decide.certificate.status.holding import Holding
from roadworthy.decide.certificate.status.mark import Mark
from roadworthy.decide.certificate.status.model import CERTIFICATES, PURPOSE, Part, part_of
from roadworthy.decide.certificate.status.verdicts import NOTHING_CERTIFIED, Held, Verdict, verdict
from roadworthy.foundation.errors import Place, Refused, RoadworthyError
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store

_LACKING = frozenset({"status-part-missing", "status-part-forged"})
_log = log("status")


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
        self._holding = Holding(envelopes)
        self._mark = mark
        self._seen = mark.load()
        self._at: tuple[int, dt.datetime] | None = None
        self._lock = runtime.lock()
        self._lists_itself = False
        self._is_outdated = False
        self._none_was_made = False
        self.taken = 0.0
        """Since when the newest is held, by the monotonic clock."""
        self.held: Held | None = None
        """The newest snapshot that is believed."""
        self.content: bytes | None = None
        """Its head, as it was signed."""
        self.fault: RoadworthyError | None = None
        """Why the newest one is not believed, or could not be fetched; None when all is well."""

    def verdict(self, use_case: str, stage: str, release: str, asked: Asked, at: dt.datetime) -> Verdict:
        """May a release of a use case do this in a stage, at an instant? Touches nothing but memory."""
        if self.held is None and self._none_was_made:
            return NOTHING_CERTIFIED
        return verdict(self.held, use_case, stage, release, asked, at)

    @property
    def is_lacking(self) -> bool:
        """Whether all is to be made anew.

        A part in the database is missing, or is not the one that the signed head names; or a process of a release
        before signed what its format has no word for.
        """
        return self._is_outdated or (self.fault is not None and self.fault.code in _LACKING)

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
            self._none_was_made = at is None and not self._seen.seq
            if self._none_was_made or (at is not None and at == self._at):
                return False
            newest = rows.newest(connection)
            if newest is None:
                raise Refused(
                    "status-replayed",
                    f"the database has no snapshot, and {self._seen.seq} was seen already",
                    remedy="an old backup was restored: restore a newer one, or declare what is lost",
                )
            heard = self._heard(newest.envelope)
            parts = self._gathered(heard, connection)
        self._take(newest.envelope, heard, parts)
        self._at = at
        return True

    def _heard(self, content: bytes) -> Heard:
        now = self._runtime.clock.now()
        return believed_head(content, keys_for(self._keys, PURPOSE), self._origin, self._seen, now)

    def _gathered(self, heard: Heard, connection: sa.Connection) -> Mapping[int, Part]:
        """Every part that a head names: from memory where it is the same as before, else from the database."""
        head, former = heard.head, self._holding.parts
        if head.whole is not None:
            return parts_within(head)
        found = {number: part for number, part in former.items() if head.parts.get(number) == part.digest}
        lacking = head.parts.keys() - found.keys()
        came = rows.contents(connection, lacking)
        for number in lacking:
            if number not in came:
                raise Refused(
                    "status-part-missing",
                    f"part `{number:02x}` of the status is named by the signed head and not in the database",
                    place=Place(source="status snapshot", field=f"parts.{number:02x}"),
                    remedy="somebody removed it: the next change or renewal that finds it so makes all of them anew",
                )
            found[number] = writing.read_part(number, came[number], head.parts[number])
        return found

    def _take(self, content: bytes, heard: Heard, parts: Mapping[int, Part]) -> None:
        """Hold a believed snapshot from now on."""
        head = heard.head
        revoked = self._seen.revoked | frozenset(head.revoked)
        signing = keys_for(self._keys, CERTIFICATES)
        trusted = {name: key for name, key in signing.items() if name not in revoked}
        self.held = self._holding.of(head, parts, trusted)
        self.taken = self._runtime.clock.monotonic()
        self.content = content
        self._lists_itself = head.whole is not None
        self._is_outdated = head.is_outdated
        self._seen = Seen(head.seq, heard.digest, revoked)
        self._mark.keep(self._seen)

    def filed(self, use_case: str | None) -> bytes | None:
        """The newest snapshot that is believed as a file, whole or with no more than the part of a use case."""
        with self._lock:
            if self.content is None or self.held is None:
                return None
            if self._lists_itself:
                return self.content
            parts = self._holding.parts
            wanted = parts.keys() if use_case is None else parts.keys() & {part_of(use_case)}
            return filed(self.content, {number: writing.content(parts[number].listed) for number in sorted(wanted)})
