"""SQL of certificates and their versions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from roadworthy.decide.certificate import condition_rows
from roadworthy.decide.certificate.codec import envelope_of, envelope_values
from roadworthy.decide.certificate.model import Certificate, Version
from roadworthy.decide.certificate.states import ENDS, CertificateState
from roadworthy.decide.certificate.tables import certificates, items, versions
from roadworthy.foundation.digests import canonical_bytes

LIVE = tuple(state.value for state in CertificateState if state not in ENDS)


def hold(connection: sa.Connection, what: str) -> None:
    """Have whoever does the same at the same moment wait here until this transaction ends; SQLite has one writer."""
    if connection.dialect.name != "sqlite":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(what))))


def hold_live(connection: sa.Connection, use_case: str, stage: str) -> None:
    """Have whoever issues, moves or withdraws a certificate of a use case at a stage do it one after the other.

    What was read before may be of before; read it again.
    """
    hold(connection, f"certificate {use_case} {stage}")


def held(connection: sa.Connection, serial: str) -> Certificate | None:
    """One certificate, with nobody else moving it until this transaction ends; None where there is none."""
    certificate = get(connection, serial)
    if certificate is None:
        return None
    hold_live(connection, certificate.use_case, certificate.stage)
    return get(connection, serial)


def insert(connection: sa.Connection, certificate: Certificate, baseline: Mapping[str, Any]) -> None:
    """Keep a certificate that is issued. Its version and its conditions are kept by themselves."""
    connection.execute(
        certificates.insert().values(
            serial=certificate.serial,
            version=certificate.version,
            use_case=certificate.use_case,
            stage=certificate.stage,
            release=certificate.release,
            state=certificate.state.value,
            review=certificate.review,
            request=certificate.request,
            deciders=_json(list(certificate.deciders)),
            evidence=_json(list(certificate.evidence)),
            baseline=_json(dict(baseline)),
            issued_at=certificate.issued_at,
            expires_at=certificate.expires_at,
            state_at=certificate.state_at,
            cause=certificate.cause,
            supersedes=certificate.supersedes,
            digest=certificate.digest,
            entry_id=certificate.entry,
        )
    )


def insert_items(connection: sa.Connection, serial: str, rests_on: Mapping[str, str]) -> None:
    """Keep which items of evidence a certificate rests on."""
    if rests_on:
        listed = [{"serial": serial, "evidence": item, "digest": digest} for item, digest in rests_on.items()]
        connection.execute(items.insert(), listed)


def insert_version(connection: sa.Connection, version: Version) -> None:
    """Keep a version."""
    connection.execute(
        versions.insert().values(
            serial=version.serial,
            version=version.version,
            envelope=_json(envelope_values(version.envelope)),
            statement=version.statement.decode("ascii"),
            digest=version.digest,
            cause=version.cause,
            made_at=version.made_at,
            entry_id=version.entry,
        )
    )


def stand(connection: sa.Connection, certificate: Certificate) -> None:
    """Keep where a certificate stands now, and its newest version."""
    connection.execute(
        certificates.update()
        .where(certificates.c.serial == certificate.serial)
        .values(
            state=certificate.state.value,
            state_at=certificate.state_at,
            cause=certificate.cause,
            version=certificate.version,
            digest=certificate.digest,
        )
    )


def get(connection: sa.Connection, serial: str) -> Certificate | None:
    """One certificate with its envelope and conditions; None where there is none."""
    return next(iter(_read(connection, certificates.c.serial == serial)), None)


def of(connection: sa.Connection, use_case: str, stage: str | None = None) -> list[Certificate]:
    """Every certificate of a use case, the latest first."""
    wanted = certificates.c.use_case == use_case
    return _read(connection, wanted if stage is None else wanted & (certificates.c.stage == stage))


def live(connection: sa.Connection, use_case: str | None = None, stage: str | None = None) -> list[Certificate]:
    """Every certificate that has not ended, the latest first; of one use case, or one stage of it, or of all."""
    wanted: list[sa.ColumnElement[bool]] = [certificates.c.state.in_(LIVE)]
    if use_case is not None:
        wanted.append(certificates.c.use_case == use_case)
    if stage is not None:
        wanted.append(certificates.c.stage == stage)
    return _read(connection, sa.and_(*wanted))


def live_use_cases(connection: sa.Connection) -> set[str]:
    """Use cases with a certificate that has not ended."""
    return set(connection.execute(sa.select(certificates.c.use_case).where(certificates.c.state.in_(LIVE))).scalars())


def listed(
    connection: sa.Connection, state: CertificateState | None, use_case: str | None, after: str | None, limit: int
) -> list[Certificate]:
    """A page of certificates, the latest first; `after` is the serial of the last one on the page before."""
    wanted: list[sa.ColumnElement[bool]] = []
    if state is not None:
        wanted.append(certificates.c.state == state.value)
    if use_case is not None:
        wanted.append(certificates.c.use_case == use_case)
    if after is not None:
        wanted.append(certificates.c.serial < after)
    return _read(connection, sa.and_(sa.true(), *wanted), limit)


def baseline(connection: sa.Connection, serial: str) -> dict[str, Any]:
    """What was so when a certificate was issued."""
    query = sa.select(certificates.c.baseline).where(certificates.c.serial == serial)
    found: dict[str, Any] = json.loads(connection.execute(query).scalar_one())
    return found


def rests_on(connection: sa.Connection, serial: str) -> dict[str, str]:
    """Id to digest of each item of evidence that a certificate rests on."""
    query = sa.select(items.c.evidence, items.c.digest).where(items.c.serial == serial).order_by(items.c.evidence)
    return {row.evidence: row.digest for row in connection.execute(query)}


def history(connection: sa.Connection, serial: str) -> list[Version]:
    """Every version, the first one first."""
    query = sa.select(versions).where(versions.c.serial == serial).order_by(versions.c.version)
    return [_version(row) for row in connection.execute(query)]


def version(connection: sa.Connection, serial: str, number: int) -> Version | None:
    """One version; None where there is none."""
    query = sa.select(versions).where(versions.c.serial == serial, versions.c.version == number)
    row = connection.execute(query).first()
    return None if row is None else _version(row)


def _read(connection: sa.Connection, wanted: sa.ColumnElement[bool], limit: int | None = None) -> list[Certificate]:
    newest = (versions.c.serial == certificates.c.serial) & (versions.c.version == certificates.c.version)
    query = (
        sa.select(certificates, versions.c.envelope)
        .join(versions, newest)
        .where(wanted)
        .order_by(certificates.c.serial.desc())
        .limit(limit)
    )
    found = [_certificate(row) for row in connection.execute(query)]
    held = condition_rows.of(connection, [each.serial for each in found])
    return [replace(each, conditions=tuple(held.get(each.serial, ()))) for each in found]


def _certificate(row: sa.Row[Any]) -> Certificate:
    return Certificate(
        serial=row.serial,
        version=row.version,
        use_case=row.use_case,
        stage=row.stage,
        release=row.release,
        envelope=envelope_of(json.loads(row.envelope)),
        state=CertificateState(row.state),
        review=row.review,
        request=row.request,
        deciders=tuple(json.loads(row.deciders)),
        conditions=(),
        evidence=tuple(json.loads(row.evidence)),
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        digest=row.digest,
        state_at=row.state_at,
        cause=row.cause,
        supersedes=row.supersedes,
        entry=row.entry_id,
    )


def _version(row: sa.Row[Any]) -> Version:
    return Version(
        serial=row.serial,
        version=row.version,
        envelope=envelope_of(json.loads(row.envelope)),
        statement=row.statement.encode("ascii"),
        digest=row.digest,
        cause=row.cause,
        made_at=row.made_at,
        entry=row.entry_id,
    )


def _json(value: Any) -> str:  # noqa: ANN401 - a canonical value
    return canonical_bytes(value).decode("ascii")


def held_by(connection: sa.Connection, person: str) -> set[str]:
    """Use cases with a certificate that has not ended, of which a person held a duty when it was issued."""
    query = sa.select(certificates.c.use_case, certificates.c.baseline).where(
        certificates.c.state.in_(LIVE), certificates.c.baseline.contains(person, autoescape=True)
    )
    return {row.use_case for row in connection.execute(query) if person in json.loads(row.baseline)["duties"].values()}
