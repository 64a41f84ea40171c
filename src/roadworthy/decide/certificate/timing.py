"""The timers of certificates: their end, the notices before it, the days of conditions, the next act of a trouble."""

from __future__ import annotations

from typing import Final

from roadworthy.decide.certificate import trouble_rows
from roadworthy.decide.certificate.ground import Ground
from roadworthy.decide.certificate.model import Certificate, Trouble
from roadworthy.decide.certificate.rules import Policy, next_move
from roadworthy.foundation.ledger.unit import Transaction

END: Final = "certificate.end"
"""Key: the serial."""
NOTICE: Final = "certificate.notice"
"""Key: the serial, then which of the notices before the end."""
MOVE: Final = "certificate.move"
"""Key: the id of a trouble."""
CONDITION: Final = "certificate.condition"
"""Key: the serial, then the condition: its day is over."""
REMIND: Final = "certificate.remind"
"""Key: the serial, the condition, then which of the notices before its day."""


def set_all(ground: Ground, tx: Transaction, certificate: Certificate, policy: Policy) -> None:
    """Set the timers of a certificate that was issued. Notices whose time is past are not given."""
    serial, timers = certificate.serial, ground.timers
    timers.set(tx, END, serial, certificate.expires_at)
    for number, ahead in enumerate(policy.notices):
        at = certificate.expires_at - ahead
        if at > tx.now:
            timers.set(tx, NOTICE, f"{serial} {number}", at)
    for condition in certificate.conditions:
        timers.set(tx, CONDITION, f"{serial} {condition.id}", condition.due)
        for number, ahead in enumerate(policy.condition_notices):
            at = condition.due - ahead
            if at > tx.now:
                timers.set(tx, REMIND, f"{serial} {condition.id} {number}", at)


def cancel_all(ground: Ground, tx: Transaction, certificate: Certificate) -> None:
    """Take back every timer of a certificate that has ended."""
    serial, timers = certificate.serial, ground.timers
    timers.cancel(tx, END, serial)
    for number in range(MOST_NOTICES):
        timers.cancel(tx, NOTICE, f"{serial} {number}")
    for condition in certificate.conditions:
        cancel_condition(ground, tx, serial, condition.id)
    for trouble in trouble_rows.of(tx.connection, serial):
        timers.cancel(tx, MOVE, trouble.id)


def cancel_condition(ground: Ground, tx: Transaction, serial: str, condition: str) -> None:
    """Take back the timers of a condition that is met."""
    ground.timers.cancel(tx, CONDITION, f"{serial} {condition}")
    for number in range(MOST_NOTICES):
        ground.timers.cancel(tx, REMIND, f"{serial} {condition} {number}")


def set_move(ground: Ground, tx: Transaction, trouble: Trouble) -> None:
    """Set the timer of what a trouble does next, or take it back where it does nothing more."""
    at = next_move(trouble)
    if at is None:
        ground.timers.cancel(tx, MOVE, trouble.id)
    else:
        ground.timers.set(tx, MOVE, trouble.id, at)


MOST_NOTICES: Final = 10
"""So many notices a policy may name."""
