"""Settling actions in doubt: what their system's own log says was done, was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.logs import log
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.workflow.leases import shared_now
from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions import store as rows
from roadworthy.operate.actions.declared import ACTION, Action
from roadworthy.operate.actions.doing.keeping import SALT, Keeping
from roadworthy.operate.actions.model import State, Why
from roadworthy.operate.actions.trail.model import Intent

_log = log("action-trail")


@dataclass(frozen=True, slots=True)
class Settling:
    """Reads what an action asked for, and settles it, where actions are kept."""

    keeping: Keeping
    resources: Resources

    def confirmed(self, tx: Transaction, action: str, reference: str | None) -> None:
        """An action in doubt was done. Whoever probes it or has it done again finds that it is over."""
        kept = rows.held(tx.connection, action)
        if kept is None:
            return
        before = kept.action
        doubtful = before.state is State.PROBING or (before.is_letter and before.why is Why.IN_DOUBT)
        if not doubtful:
            return
        now = shared_now(tx.connection, self.keeping.ground.runtime)
        after = replace(
            kept,
            action=replace(
                before, state=State.DONE, why=None, error=None, reference=before.reference or reference, holder=None,
                fence=before.fence + 1, due_at=now, ended_at=now, about="its system's audit log says that it was done",
            ),
        )  # fmt: skip
        rows.change(tx.connection, after)
        for told in self.keeping.ground.ended:
            told(tx, after)

    def asked(self, connection: sa.Connection, intent: Intent) -> tuple[Mapping[str, Any], Any] | None:
        """The arguments of an action and whom they are about; None where they are not kept any more."""
        sealed = rows.get(connection, intent.id, rows.ARGUMENTS)
        if sealed is None:
            return None
        try:
            opened = self.keeping.ground.sealing.open(sealed, intent.id, rows.ARGUMENTS)
            said = forms.read(opened[SALT:])
        except RoadworthyError as error:
            _log.warning("the arguments of an action cannot be compared", action=intent.id, code=error.code)
            return None
        found = self.resources.find(ACTION, intent.action, connection)
        spec = None if found is None else found.spec
        subject = None
        if isinstance(spec, Action) and spec.customer is not None:
            subject = forms.pointer(said, spec.customer)
        return said, None if subject is forms.MISSING else subject
