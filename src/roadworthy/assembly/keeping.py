"""What is kept and for how long, put together: what is still in use, and where HIPAA applies."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from roadworthy.assembly.ground import Ground
from roadworthy.decide.approvals.states import WAITING, RequestState
from roadworthy.decide.approvals.tables import requests
from roadworthy.decide.certificate.states import ENDS
from roadworthy.decide.certificate.tables import certificates
from roadworthy.decide.certificate.tables import versions as certificate_versions
from roadworthy.evidence.tables import evidence_items
from roadworthy.foundation.keeping.service import Erases, Keeping
from roadworthy.foundation.keeping.store import ever_declared
from roadworthy.foundation.ledger.tables import entries
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import Sector

_HEALTHCARE = f'"sector":"{Sector.HEALTHCARE.value}"'
"""As it stands in a stored spec, which is canonical JSON."""
_OPEN = sorted(state.value for state in (*WAITING, RequestState.APPROVED))


def keeping_of(ground: Ground, *calls: Erases) -> Keeping:
    """Put it together; from here on what was kept long enough goes every hour."""
    keeping = Keeping(
        ground.store,
        ground.units,
        ground.resources,
        ground.runtime.clock,
        lambda connection: ever_declared(connection, USE_CASE, _HEALTHCARE),
        (_counting_evidence, _live_certificates, _open_decisions),
    )
    keeping.calls += calls
    keeping.attach(ground.schedules)
    return keeping


def _counting_evidence(connection: sa.Connection, ids: Sequence[str]) -> set[str]:
    columns = evidence_items.c
    counts = columns.expired_at.is_(None) & columns.withdrawn_at.is_(None) & columns.superseded_by.is_(None)
    return set(connection.execute(sa.select(columns.entry_id).where(columns.entry_id.in_(ids), counts)).scalars())


def _live_certificates(connection: sa.Connection, ids: Sequence[str]) -> set[str]:
    versions = certificate_versions.c
    live = certificates.c.state.not_in(sorted(state.value for state in ENDS))
    wanted = sa.select(versions.entry_id).join(certificates, certificates.c.serial == versions.serial)
    return set(connection.execute(wanted.where(versions.entry_id.in_(ids), live)).scalars())


def _open_decisions(connection: sa.Connection, ids: Sequence[str]) -> set[str]:
    """Entries of decisions that wait, or were approved and not used yet: content, reasons, votes."""
    resource = sa.literal("Decision/") + requests.c.id
    wanted = sa.select(entries.c.id).join(requests, entries.c.resource == resource)
    return set(connection.execute(wanted.where(entries.c.id.in_(ids), requests.c.state.in_(_OPEN))).scalars())
