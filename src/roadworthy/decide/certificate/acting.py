"""What time does to certificates: a cause narrows and suspends once its owners were told, an end comes, a day passes.

Each unit takes one step of one trouble, so that a clock that jumps over weeks leads to the same steps, in the same
order, with the same time between them for people to see what happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from roadworthy.decide.certificate import store as rows
from roadworthy.decide.certificate import telling, timing, trouble_rows, troubles
from roadworthy.decide.certificate.baseline import against
from roadworthy.decide.certificate.ground import Ground
from roadworthy.decide.certificate.model import Cause, Certificate, Trouble
from roadworthy.decide.certificate.moving import Move, move
from roadworthy.decide.certificate.rules import narrower, next_move, put_off
from roadworthy.decide.certificate.states import ENDS, PERMITS, CertificateEvent, CertificateState
from roadworthy.foundation.ledger.authority import Grounds
from roadworthy.foundation.ledger.draft import Basis
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.workflow.model import Timer


class Acting:
    """Handles the timers of certificates."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        ground.timers.on(timing.MOVE, self._step)
        ground.timers.on(timing.END, self._end)
        ground.timers.on(timing.NOTICE, self._notice)
        ground.timers.on(timing.CONDITION, self._overdue)
        ground.timers.on(timing.REMIND, self._remind)

    # ------------------------------------------------------------ troubles

    def _step(self, tx: Transaction, timers: Sequence[Timer]) -> None:
        for timer in timers:
            trouble = trouble_rows.get(tx.connection, timer.key)
            certificate = None if trouble is None else self._live(tx, trouble.serial)
            if trouble is not None and certificate is not None:
                self._act(tx, certificate, trouble)

    def _act(self, tx: Transaction, certificate: Certificate, trouble: Trouble) -> None:
        at = next_move(trouble)
        if at is None:
            return
        if tx.now < at:  # the clock went back
            timing.set_move(self._ground, tx, trouble)
            return
        stands = {each.key for each in against(self._ground, tx.connection, certificate, tx.now)}
        if (trouble.cause, trouble.about) not in stands:
            troubles.end(self._ground, tx, certificate, trouble)
            return
        narrows = trouble.narrows_at is not None and trouble.narrowed_at is None
        acted = (self._narrow if narrows else self._suspend)(tx, certificate, trouble)
        trouble_rows.keep(tx.connection, acted)
        timing.set_move(self._ground, tx, acted)

    def _narrow(self, tx: Transaction, certificate: Certificate, trouble: Trouble) -> Trouble:
        """Narrow what is whole. What is narrowed or suspended already stays as it is, and the trouble goes on."""
        policy = self._ground.policy(tx.connection)
        if certificate.state is CertificateState.VALID:
            narrowed = narrower(certificate.envelope, policy.narrowing)
            self._moved(tx, certificate, trouble, Move(CertificateEvent.NARROW, trouble.cause.value, narrowed))
        suspends_at = put_off(trouble, tx.now, policy.causes[trouble.cause].notice)
        return replace(trouble, narrowed_at=tx.now, suspends_at=suspends_at)

    def _suspend(self, tx: Transaction, certificate: Certificate, trouble: Trouble) -> Trouble:
        if certificate.state in PERMITS:
            self._moved(tx, certificate, trouble, Move(CertificateEvent.SUSPEND, trouble.cause.value))
        return replace(trouble, suspended_at=tx.now)

    def _moved(self, tx: Transaction, certificate: Certificate, trouble: Trouble, by: Move) -> None:
        policy = self._ground.policy(tx.connection)
        basis = Basis(policy=policy.digest, rules=(trouble.cause.value,))
        facts = {"trouble": trouble.id, "about": trouble.about}
        moved = move(self._ground, tx, certificate, replace(by, grounds=Grounds(basis), facts=facts))
        telling.of_move(self._ground, tx, moved, by.event, telling.SPOKEN[trouble.cause])

    # ------------------------------------------------------------ its own end

    def _end(self, tx: Transaction, timers: Sequence[Timer]) -> None:
        for timer in timers:
            certificate = self._live(tx, timer.key)
            if certificate is None:
                continue
            if tx.now < certificate.expires_at:  # the clock went back
                self._ground.timers.set(tx, timing.END, timer.key, certificate.expires_at)
                continue
            telling.of_end(self._ground, tx, certificate)
            move(self._ground, tx, certificate, Move(CertificateEvent.EXPIRE, Cause.EXPIRY.value))

    def _notice(self, tx: Transaction, timers: Sequence[Timer]) -> None:
        """Tell once, however many notices fell due together."""
        for serial in dict.fromkeys(timer.key.partition(" ")[0] for timer in timers):
            certificate = self._live(tx, serial)
            if certificate is not None and tx.now < certificate.expires_at:
                telling.of_end(self._ground, tx, certificate)

    # ------------------------------------------------------------ conditions

    def _overdue(self, tx: Transaction, timers: Sequence[Timer]) -> None:
        for serial in dict.fromkeys(timer.key.partition(" ")[0] for timer in timers):
            certificate = self._live(tx, serial)
            if certificate is not None:
                troubles.look(self._ground, tx, certificate)

    def _remind(self, tx: Transaction, timers: Sequence[Timer]) -> None:
        """Tell once of each condition, however many notices fell due together."""
        for key in dict.fromkeys(timer.key.rpartition(" ")[0] for timer in timers):
            serial, _, name = key.partition(" ")
            certificate = self._live(tx, serial)
            for condition in () if certificate is None else certificate.conditions:
                if condition.id == name and condition.met_at is None and tx.now < condition.due:
                    assert certificate is not None  # noqa: S101 - it has this condition
                    telling.of_condition(self._ground, tx, certificate, condition)

    @staticmethod
    def _live(tx: Transaction, serial: str) -> Certificate | None:
        certificate = rows.held(tx.connection, serial)
        return None if certificate is None or certificate.state in ENDS else certificate
