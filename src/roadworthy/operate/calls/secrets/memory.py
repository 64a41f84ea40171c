"""Stored secrets in memory, opened once for each version, for the processes that show them to upstreams.

What a key service wraps is opened beside the calls: until it is, the secret cannot be had, and the target is skipped.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.logs import Secret, log
from roadworthy.foundation.runtime import Runtime
from roadworthy.operate.calls.secrets import store as rows
from roadworthy.operate.calls.secrets.model import State, Version
from roadworthy.operate.calls.secrets.sealing import open_sealed
from roadworthy.operate.calls.secrets.wrapping import Unopened, Wrappers
from roadworthy.operate.calls.wire.addresses import Origin

NAME: Final = "upstream-secrets"
"""Under which the configuration has them."""
AGAIN_SECONDS: Final = 10.0
"""After which a key service that did not answer is asked again."""
_WAITS = "its key service has not answered yet"
_log = log("gateway")


class Shown(Secret):
    """A stored secret; that it was used is noted when it is."""

    __slots__ = ("_used", "version")

    def __init__(self, value: str, version: str, used: set[str]) -> None:
        super().__init__(value)
        self.version = version
        self._used = used

    def reveal(self) -> str:
        """The value itself."""
        self._used.add(self.version)
        return super().reveal()


@dataclass(frozen=True, slots=True)
class SealedSecrets:
    """Reads the versions in use, in the snapshot in which endpoints are compiled."""

    name: str = NAME

    def compile(self, connection: sa.Connection) -> tuple[Sequence[Version], Canonical]:
        """They, and their ids with the keys that wrap them."""
        found = [each for each in rows.versions(connection) if each.state is State.IN_USE]
        return found, sorted([each.id, each.sealed.key] for each in found)


class Opened:
    """The secrets in use, opened.

    Args:
        wrappers: keys that open them.
        organisation: they are sealed together with.
        runtime: clock.
    """

    def __init__(self, wrappers: Wrappers, organisation: str, runtime: Runtime) -> None:
        self._wrappers = wrappers
        self._organisation = organisation
        self._runtime = runtime
        self._versions: Mapping[str, Version] = {}
        """By name."""
        self._open: dict[str, Shown] = {}
        """By id of a version."""
        self._why: dict[str, str] = {}
        """Why one cannot be opened, by id."""
        self._ask_again = 0.0
        self._silent = False
        """Whether a key service did not answer when it was asked last."""
        self._used: set[str] = set()
        self._lock = runtime.lock()
        self.changed: Callable[[], None] = lambda: None
        """Told when secrets can be had that could not be before."""

    def take(self, versions: Sequence[Version]) -> None:
        """Go by what is kept now. What has to be asked for over a network is asked for in the next turn."""
        with self._lock:
            known = {each.id for each in versions}
            for gone in self._open.keys() - known:
                del self._open[gone]
            for gone in self._why.keys() - known:
                del self._why[gone]
            for each in versions:
                if each.id not in self._open:
                    self._try(each, network=False)
            self._versions = {each.name: each for each in versions}
            self._ask_again = 0.0

    def turn(self) -> None:
        """Ask key services for what is not open yet."""
        if self._runtime.clock.monotonic() < self._ask_again:
            return
        waiting = [each for each in self._versions.values() if self._why.get(each.id) and each.id not in self._open]
        remote = [each for each in waiting if self._is_remote(each)]
        if not remote:
            return
        done = False
        for each in remote:
            opened = self._try(each, network=True)
            done = done or opened
            if not opened:
                self._ask_again = self._runtime.clock.monotonic() + AGAIN_SECONDS
            if self._silent:
                break  # it is asked once in a turn and not for each secret
        if done:
            self.changed()

    def find(self, name: str, where: Origin) -> Secret | None:
        """The secret of a name, where the place is the one to which it is bound and it can be opened."""
        version = self._versions.get(name)
        if version is None or not version.bound.covers(where):
            return None
        return self._open.get(version.id)

    def why_not(self, name: str, where: Origin) -> str:
        """Why there is none; empty where there is one."""
        version = self._versions.get(name)
        if version is None:
            return "no stored secret of this name is in use"
        if not version.bound.covers(where):
            return f"the stored secret is bound to `{version.bound.authority}`, and not to `{where.authority}`"
        return "" if version.id in self._open else self._why.get(version.id, _WAITS)

    def faults(self) -> dict[str, str]:
        """Why versions cannot be opened here, by their ids."""
        return dict(self._why)

    def take_used(self) -> dict[str, dt.datetime]:
        """When versions were shown since this was asked last, to the minute."""
        at = self._runtime.clock.now().replace(second=0, microsecond=0)
        used = list(self._used)
        self._used.difference_update(used)  # one that is shown meanwhile is noted again, or was noted by this
        return dict.fromkeys(used, at)

    # ------------------------------------------------------------ inside

    def _is_remote(self, version: Version) -> bool:
        try:
            return self._wrappers.of(version.sealed.key).remote
        except Unopened:
            return False

    def _try(self, version: Version, *, network: bool) -> bool:
        about = version.about(self._organisation)
        self._silent = False
        try:
            wrapper = self._wrappers.of(version.sealed.key)
            if wrapper.remote and not network:
                self._why.setdefault(version.id, _WAITS)
                return False
            key = wrapper.unwrap(version.sealed.key, version.sealed.wrapped, about.said)
            value = open_sealed(version.sealed, about, key)
        except Unopened as error:
            self._fail(version, str(error))
            return False
        except RoadworthyError as error:
            self._silent = True
            self._fail(version, error.message)
            return False
        self._open[version.id] = Shown(value, version.id, self._used)
        self._why.pop(version.id, None)
        return True

    def _fail(self, version: Version, why: str) -> None:
        if self._why.get(version.id) != why:
            _log.error("a stored secret cannot be opened", name=version.name, host=version.bound.authority, why=why)
        self._why[version.id] = why
