"""Digests of a registry's models, remembered while the registry lists the same files.

Reading a model of gigabytes every quarter of an hour to find the digest of yesterday costs more than it shows. A list
of names and sizes is no observation, though: whoever swaps a file for one of the same size changes nothing in it. So
what is remembered keeps the time at which the bytes were read, is said with that time, and is read again after an
age.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from roadworthy.foundation.runtime import Clock
from roadworthy.inventory.discovery.mlflow import Files, MLflow, Version

MOST = 1_000
"""Versions that are remembered."""


@dataclass(frozen=True, slots=True)
class Hashed:
    """A digest, and when the bytes were read for it."""

    digest: str
    at: dt.datetime
    files: Files


class Remembered:
    """What this process read of registries.

    Args:
        clock: the time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[tuple[str, str, str], Hashed] = {}

    def hashed(self, server: MLflow, version: Version, oldest: dt.timedelta) -> Hashed:
        """The digest of a version's files, read now or not longer ago than `oldest` with the same files listed.

        Raises:
            Unavailable: it does not answer, or the files of the model cannot be read through it.
        """
        files, now = server.files(version), self._clock.now()
        key = server.address, version.model, version.version
        kept = self._kept.get(key)
        if kept is not None and kept.files == files and kept.at <= now < kept.at + oldest:
            return kept
        found = Hashed(server.digest_of_files(files), now, files)
        self._kept.pop(key, None)
        self._kept[key] = found
        while len(self._kept) > MOST:
            self._kept.pop(next(iter(self._kept)))
        return found
