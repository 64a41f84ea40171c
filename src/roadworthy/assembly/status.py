"""The signed status of certificates, put together: who makes it, and what this process believes of it."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.assembly.ground import Ground
from roadworthy.decide.certificate import kinds as certificate_kinds
from roadworthy.decide.certificate.status.head import StatusHead
from roadworthy.decide.certificate.status.model import Ages
from roadworthy.decide.certificate.status.service import Status
from roadworthy.decide.certificate.status.sighting import Sighting
from roadworthy.decide.certificate.status.standing import reading
from roadworthy.foundation.errors import IntegrityBroken


def status_of(ground: Ground) -> tuple[StatusHead, Status]:
    """Put it together."""

    def ages(connection: sa.Connection) -> Ages:
        policy = certificate_kinds.in_force(ground.resources, connection)
        return Ages(policy.max_age, policy.grace)

    store, runtime, keys, ledger = ground.store, ground.runtime, ground.keys, ground.ledger
    head = StatusHead(store, keys, runtime, ledger.origin, reading(ages))
    head.sound = lambda: not isinstance(ledger.fault, IntegrityBroken)
    status = Status(store, runtime, keys, ground.settings.keys_folder, head, ledger.origin)
    status.on_held.append(Sighting(store, runtime, ground.processes).saw)
    return head, status
