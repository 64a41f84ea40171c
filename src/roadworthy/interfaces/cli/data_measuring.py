"""Measures a location for the command line, and signs and reads what it measured."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from roadworthy.foundation.errors import InvalidInput, Place, UsageError
from roadworthy.foundation.keys import Keys, SigningKey
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Settings
from roadworthy.interfaces.cli import output
from roadworthy.interfaces.cli.data_keeping import Keeper, tidy
from roadworthy.interfaces.cli.data_reading import interrupted, side
from roadworthy.interfaces.cli.ending import asked_to_end
from roadworthy.interfaces.cli.session import read_bytes
from roadworthy.interfaces.cli.signing import ed25519_key
from roadworthy.interfaces.cli.telling import Telling
from roadworthy.measure.fingerprint import codec
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.model import Fingerprint
from roadworthy.measure.fingerprint.privacy import released
from roadworthy.measure.fingerprint.progress import Cancelled
from roadworthy.measure.fingerprint.sources.options import ReadOptions
from roadworthy.measure.fingerprint.terms import Declared, Privacy, Values

SHORTEST_SECRET = 16
"""Bytes; a shorter one can be found by trying."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """What of a fingerprint may leave the house."""

    values: Values = Values.COMMON
    floor: int = 10
    secret_file: Path | None = None

    @property
    def secret(self) -> bytes | None:
        """The secret in its file.

        Raises:
            UsageError: hashes are asked for without one.
            InvalidInput: it is too short.
        """
        if self.secret_file is None:
            if self.values is Values.HASHED:
                raise UsageError(
                    "fingerprint-secret-missing",
                    "hashes need a secret that both houses share",
                    remedy="give it with `--secret-file`; make one with `openssl rand -hex 32`",
                )
            return None
        secret = read_bytes(self.secret_file).strip()
        if len(secret) < SHORTEST_SECRET:
            raise InvalidInput(
                "fingerprint-secret-short",
                f"the secret has {len(secret)} bytes, and {SHORTEST_SECRET} are the least",
                place=Place(source=str(self.secret_file)),
                remedy="make one with `openssl rand -hex 32`, and share it by another way than the fingerprint",
            )
        return secret


def measured(
    location: str, name: str, declared: Declared, signers: Sequence[Path] = (), *, keep: bool = True
) -> Fingerprint:
    """The fingerprint of a location, or the one that stands there, with progress on standard error.

    Raises:
        Unavailable: somebody ended it; what was measured of it is kept.
    """
    clock = Runtime().clock
    now = clock.now()
    keeper = Keeper(clock, "", keep)
    with asked_to_end():
        try:
            found = _measured(location, name, declared, signers, keeper, now)
        except (Cancelled, KeyboardInterrupt) as stopped:
            raise interrupted(keeper, "it was measured") from stopped
    tidy(now)
    if told := keeper.reused():
        output.say(told)
    return found


def _measured(
    location: str, name: str, declared: Declared, signers: Sequence[Path], keeper: Keeper, now: dt.datetime
) -> Fingerprint:
    with DuckEngine() as engine, Telling() as telling:
        telling.step("opening", 0.0, 1.0)
        found = side(location, engine, ReadOptions(), signers)
        if isinstance(found, Fingerprint):
            return found
        try:
            opened = replace(found, name=name or found.name)
            return replace(keeper(opened, engine, declared, now=now, progress=telling), name=opened.name)
        finally:
            found.close()


def leaving(found: Fingerprint, how: Leaving, key: SigningKey) -> bytes:
    """The signed file."""
    return codec.sealed(released(found, Privacy(how.values, how.floor), how.secret), key)


def signing_key(settings: Settings, key_file: Path | None) -> SigningKey:
    """The key in a file, else the home's own for fingerprints, made on first use.

    Raises:
        InvalidInput: the file holds no Ed25519 private key.
    """
    if key_file is None:
        return Keys(settings.keys_folder, Runtime().clock).signing("fingerprint")
    return SigningKey(key_file.stem, ed25519_key(key_file))
