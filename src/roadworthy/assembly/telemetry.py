"""Records of calls, put together: where they lie, and who answers for a use case's running."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.assembly.ground import CALLS, Ground
from roadworthy.inventory.model import Duty
from roadworthy.inventory.seating import AcceptedSeats
from roadworthy.operate.telemetry.service import Ground as CallsGround
from roadworthy.operate.telemetry.service import Telemetry


def telemetry_of(ground: Ground) -> Telemetry:
    """Put it together; nothing is recorded before it is started."""
    seats = AcceptedSeats(ground.resources)

    def owner(connection: sa.Connection, use_case: str) -> str | None:
        return seats.holder(connection, use_case, Duty.PLATFORM.value)

    root = ground.settings.home / CALLS
    return Telemetry(
        CallsGround(ground.store, ground.ledger, ground.runtime, root, owner, ground.settings.otlp_endpoint)
    )
