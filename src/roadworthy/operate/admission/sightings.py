"""What calls showed of releases, told to the releases beside the path: each digest of each part once.

Whoever sends another prompt with every call does not fill a table: of each part only so many are told in an hour.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime, Worker
from roadworthy.operate.admission.configuration import CompiledEndpoint
from roadworthy.operate.releases.model import PartKind, Sighting

MOST_REMEMBERED = 20_000
MOST_AN_HOUR = 20
"""Digests of one part of one release that are told in an hour."""
HOW = "running"
_ITSELF = Context(Actor(ActorKind.SYSTEM, "gateway"))
_log = log("gateway")


class Observes(Protocol):
    """Keeps what was seen of releases."""

    def observe(
        self,
        context: Context,
        use_case: str,
        seen: Sequence[Sighting],
        *,
        release: str | None = None,
        stage: str | None = None,
    ) -> object:
        """Hold what was seen against a release."""


@dataclass(frozen=True, slots=True)
class _Look:
    use_case: str
    stage: str
    endpoint: str
    release: str
    key: str
    digest: str


class Sightings:
    """Tells releases what was seen.

    Args:
        runtime: clock, and the thread on which it is told.
        releases: who is told.
    """

    def __init__(self, runtime: Runtime, releases: Observes) -> None:
        self._runtime = runtime
        self._releases = releases
        self._told: OrderedDict[_Look, None] = OrderedDict()
        self._hours: dict[tuple[str, str], tuple[dt.datetime, int]] = {}
        self._worker: Worker[_Look] | None = None

    def seen(self, endpoint: CompiledEndpoint, stage: str, release: str, parts: Mapping[str, str]) -> None:
        """Parts of a release as a call showed them; a look into a dictionary where they were told already."""
        for key, digest in parts.items():
            look = _Look(endpoint.use_case, stage, endpoint.name, release, key, digest)
            if look in self._told:
                continue
            if self._may_tell(release, key):
                self._told[look] = None
                if len(self._told) > MOST_REMEMBERED:
                    self._told.popitem(last=False)
                if self._worker is None:
                    self._worker = self._runtime.worker("gateway-sightings", self._tell)
                self._worker.submit(look)

    def close(self) -> None:
        """Tell what waits, and stop."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    def _may_tell(self, release: str, key: str) -> bool:
        now = self._runtime.clock.now()
        since, count = self._hours.get((release, key), (now, 0))
        if now - since >= dt.timedelta(hours=1):
            since, count = now, 0
        if len(self._hours) > MOST_REMEMBERED:
            self._hours.clear()
        self._hours[release, key] = (since, count + 1)
        return count < MOST_AN_HOUR

    def _tell(self, looks: Sequence[_Look]) -> None:
        for look in looks:
            kind, _slash, name = look.key.partition("/")
            sighting = Sighting(PartKind(kind), name, look.digest, HOW, f"gateway/{look.stage}/{look.endpoint}")
            try:
                self._releases.observe(_ITSELF, look.use_case, [sighting], release=look.release, stage=look.stage)
            except RoadworthyError as error:
                _log.warning("what a call showed of a release is not kept", code=error.code, part=look.key)
            except Exception as error:  # noqa: BLE001 - it is the thread's own top, and calls go on without it
                _log.error("what a call showed of a release is not kept", error=type(error).__name__, part=look.key)
