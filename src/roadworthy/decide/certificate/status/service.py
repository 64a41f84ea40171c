"""The status: what is certified and stopped right now, made here, heard here, asked here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from roadworthy.decide.certificate.status.compiled import Asked
from roadworthy.decide.certificate.status.envelopes import Envelopes, ReadStatements, statements_of
from roadworthy.decide.certificate.status.head import StatusHead
from roadworthy.decide.certificate.status.mark import Mark
from roadworthy.decide.certificate.status.model import PURPOSE, Snapshot
from roadworthy.decide.certificate.status.replica import Replica
from roadworthy.decide.certificate.status.verdicts import Held, Verdict
from roadworthy.decide.certificate.status.watching import Watch
from roadworthy.foundation.errors import NotFound, RoadworthyError
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store


@dataclass(frozen=True, slots=True)
class Health:
    """How the status of this process stands."""

    seq: int | None
    """None where nothing was ever certified or stopped."""
    age: dt.timedelta | None
    effects_stop: bool
    """Whether it is so old that nothing may take effect."""
    fault: RoadworthyError | None


class Status:
    """One process's status.

    Args:
        store: where the newest snapshot is.
        runtime: for time and threads.
        keys: for `status` and `certificates`.
        folder: of the keys.
        head: makes snapshots.
        origin: name of this deployment's ledger.
        read: where signed statements of certificates come from; the database where nothing else is said.
    """

    def __init__(
        self,
        store: Store,
        runtime: Runtime,
        keys: Keys,
        folder: Path,
        head: StatusHead,
        origin: str,
        read: ReadStatements | None = None,
    ) -> None:
        mark = Mark(folder / PURPOSE)
        head.seen = mark.load
        self._clock = runtime.clock
        self._replica = Replica(store, runtime, keys, origin, Envelopes(read or statements_of(store)), mark)
        self._watch = Watch(store, runtime, self._replica, head)
        self.on_held = self._watch.on_held
        """Told of each snapshot that is held, and since when."""

    def start(self, *, renews: bool = True) -> None:
        """Take the newest snapshot, and every newer one as soon as there is one.

        Args:
            renews: whether this process signs the next one where the newest grows old.
        """
        self._watch.start(renews=renews)

    def close(self) -> None:
        """Stop looking."""
        self._watch.close()

    def look(self) -> bool:
        """Take the newest snapshot now; True where it is newer than what was here."""
        return self._replica.look()

    @property
    def held(self) -> Held | None:
        """The newest snapshot that is believed here; None where there is none."""
        return self._replica.held

    def verdict(
        self, use_case: str, stage: str, release: str, asked: Asked | None = None, at: dt.datetime | None = None
    ) -> Verdict:
        """May a release of a use case do this in a stage? Answered from memory.

        Args:
            use_case: its name.
            stage: where it runs.
            release: digest of what runs.
            asked: what it wants to do; an effect of which nothing is said where it is left out.
            at: the instant; now where it is left out.
        """
        return self._replica.verdict(use_case, stage, release, asked or _NOTHING_SAID, at or self._clock.now())

    def ceilings(self, use_case: str, stage: str) -> Mapping[str, int] | None:
        """Counters of the certificate that stands here, each with its ceiling; None where there is none to read."""
        held = self._replica.held
        found = None if held is None else held.certified.get((use_case, stage))
        return None if found is None or found.envelope is None else found.envelope.ceilings

    def snapshot(self) -> tuple[Snapshot, bytes]:
        """The newest snapshot that is believed here, and its head as it was signed.

        Raises:
            NotFound: nothing was ever certified or stopped, or nothing is believed.
            RoadworthyError: why the newest one is not believed.
        """
        self.look()
        held, content = self._replica.held, self._replica.content
        if held is None or content is None:
            raise self._none()
        return held.snapshot, content

    def filed(self, use_case: str | None = None) -> bytes:
        """The newest snapshot that is believed here as a file, for verifying away from here.

        Args:
            use_case: for which it is; the file has the certificates of all where it is left out.

        Raises:
            NotFound: nothing was ever certified or stopped, or nothing is believed.
            RoadworthyError: why the newest one is not believed.
        """
        self.look()
        found = self._replica.filed(use_case)
        if found is None:
            raise self._none()
        return found

    def _none(self) -> RoadworthyError:
        return self._replica.fault or NotFound(
            "status-none",
            "there is no status snapshot, because nothing was certified or stopped yet",
            remedy="decide a readiness review with go: its certificate brings the first snapshot along",
        )

    def health(self) -> Health:
        """How it stands, for the doctor and for whoever asks whether this process is ready."""
        held, now = self._replica.held, self._clock.now()
        if held is None:
            return Health(None, None, effects_stop=False, fault=self._replica.fault)
        age = max(now - held.snapshot.issued, dt.timedelta(0))
        return Health(held.snapshot.seq, age, effects_stop=now >= held.effects_until, fault=self._replica.fault)


_NOTHING_SAID = Asked()
