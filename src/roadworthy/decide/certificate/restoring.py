"""What becomes of certificates when the database was put back to an older state: none permits anything by itself."""

from __future__ import annotations

from roadworthy.decide.certificate import store as rows
from roadworthy.decide.certificate.ground import Ground
from roadworthy.decide.certificate.moving import Move, move
from roadworthy.decide.certificate.states import PERMITS, CertificateEvent
from roadworthy.foundation.ledger.unit import Transaction

CAUSE = "restored"


def suspend_all(ground: Ground, tx: Transaction) -> int:
    """Suspend every certificate that permits something, until somebody decides that it does; how many it were.

    One that was suspended or withdrawn after the copy was made would else be valid again.
    """
    permitting = [each for each in rows.live(tx.connection) if each.state in PERMITS]
    for each in permitting:
        move(ground, tx, each, Move(CertificateEvent.SUSPEND, CAUSE))
    return len(permitting)
