"""Gateway keys after a backup was put back: none can be shown not to have been revoked since it was copied."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.operate.admission.generation import bump
from roadworthy.operate.admission.tables import gateway_keys


def revoke_all(tx: Transaction, reason: str) -> int:
    """Revoke at once every key that opens something, each with an entry of its own; how many it were."""
    columns = gateway_keys.c
    opens = sa.or_(columns.revoked_at.is_(None), columns.revoked_at > tx.now), columns.expires_at > tx.now
    wanted = sa.select(columns.id, columns.name, columns.use_case).where(*opens).order_by(columns.id)
    found = tx.connection.execute(wanted).all()
    change = {"revoked_at": tx.now, "revoked_by": tx.context.actor.ref, "revoked_reason": reason}
    tx.connection.execute(gateway_keys.update().where(*opens).values(**change))
    for row in found:
        facts = {"key": row.id, "name": row.name, "from": tx.now.isoformat(), "useCase": row.use_case}
        tx.record(Draft("gateway-key.revoked", f"GatewayKey/{row.id}", facts=facts, texts={"reason": reason.encode()}))
    if found:
        bump(tx)
    return len(found)
