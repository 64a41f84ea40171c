"""The envelopes of the certificates that a snapshot lists: read once by the digest that it names, then kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import sqlalchemy as sa

from roadworthy.decide.certificate.status.believing import Known, Said, read_certificate
from roadworthy.decide.certificate.status.compiled import Compiled, compiled
from roadworthy.decide.certificate.status.model import Listed
from roadworthy.decide.certificate.tables import versions
from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.logs import log
from roadworthy.foundation.storage.store import Store

AT_ONCE = 500
"""Statements per query."""

ReadStatements: TypeAlias = Callable[[Iterable[str]], Mapping[str, bytes]]
"""Signed statements by their digests; those that are not there are left out."""

_log = log("status")


def statements_of(store: Store) -> ReadStatements:
    """Reads statements out of the database, which nobody has to believe: their digests are signed elsewhere."""

    def read(digests: Iterable[str]) -> Mapping[str, bytes]:
        wanted, found = sorted(digests), {}
        with store.read() as connection:
            for at in range(0, len(wanted), AT_ONCE):
                some = versions.c.digest.in_(wanted[at : at + AT_ONCE])
                rows = connection.execute(sa.select(versions.c.digest, versions.c.statement).where(some))
                found.update({row.digest: row.statement.encode("ascii") for row in rows})
        return found

    return read


@dataclass(frozen=True, slots=True)
class _Kept:
    key: str
    """Id of the key that signed it: once that is revoked, nothing that it signed is believed any more."""
    issued: dt.datetime
    envelope: Compiled


class Envelopes:
    """Compiled envelopes by the digests of their statements."""

    def __init__(self, read: ReadStatements) -> None:
        self._read = read
        self._kept: dict[str, _Kept] = {}

    def of(self, listed: Iterable[Listed], keys: Known, origin: str) -> Mapping[str, tuple[dt.datetime, Compiled]]:
        """What is to be believed of the statements that a snapshot names, by digest.

        Args:
            listed: as a believed snapshot lists them.
            keys: public keys for `certificates` that are not revoked.
            origin: whose they must be.
        """
        wanted = {each.digest: each for each in listed}
        found = {name: kept for name in wanted if (kept := self._kept.get(name)) is not None and kept.key in keys}
        lacking = wanted.keys() - found.keys()
        given = self._read(lacking) if lacking else {}
        for name in lacking:
            said = _believed(wanted[name], given.get(name), keys, origin)
            if said is not None:
                found[name] = _Kept(said.key.key_id, said.issued, compiled(said.envelope))
        self._kept.update(found)
        return {name: (kept.issued, kept.envelope) for name, kept in found.items()}

    def forget(self, digests: Iterable[str]) -> None:
        """Keep no longer what nobody lists any more."""
        for name in digests:
            self._kept.pop(name, None)


def _believed(listed: Listed, content: bytes | None, keys: Known, origin: str) -> Said | None:
    """A statement, where it is the one that the snapshot means."""
    if content is None or digest(content) != listed.digest:
        _log.error("a certificate's statement is missing or changed", serial=listed.serial, version=listed.version)
        return None
    try:
        said = read_certificate(content, keys, origin)
    except RoadworthyError as error:
        _log.error("a certificate's statement cannot be believed", serial=listed.serial, code=error.code)
        return None
    same = (said.serial, said.version, said.use_case, said.stage, said.release, said.expires) == (
        listed.serial,
        listed.version,
        listed.use_case,
        listed.stage,
        listed.release,
        listed.expires,
    )
    if not same:
        _log.error("the status and the certificate disagree", serial=listed.serial, version=listed.version)
    return said if same else None
