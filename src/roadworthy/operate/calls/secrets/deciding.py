"""How a stored secret comes to be used by decision: what is decided is where it may go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa

from roadworthy.decide.approvals.executors.reading import texts
from roadworthy.foundation.errors import Conflict
from roadworthy.foundation.ledger.authority import Act, Authority
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.operate.calls.secrets import store as rows
from roadworthy.operate.calls.secrets.model import RESOURCE, State, Version
from roadworthy.operate.calls.secrets.service import act_of, content_of, keep

_NEEDED: Final = ("secret", "host", "version", "fingerprint")


class SecretExecutor:
    """Lets a stored secret be shown to its host.

    Args:
        authority: says on what grounds, for the entry.
    """

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    def prepare(self, connection: sa.Connection, context: Context, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is decided.

        Raises:
            InvalidInput: a field is missing.
            Conflict: no such secret waits.
        """
        del context
        return content_of(self._waiting(connection, content))

    def acts(self, connection: sa.Connection, content: Mapping[str, Any]) -> tuple[Act, ...]:
        """One change of policy."""
        del connection
        return (act_of(texts(content, _NEEDED)),)

    def base(self, connection: sa.Connection, content: Mapping[str, Any]) -> Mapping[str, str]:
        """Which version is in use under the name; none, when it is asked."""
        said = texts(content, _NEEDED)
        found = rows.versions(connection, said["secret"])
        in_use = next((each.id for each in found if each.state is State.IN_USE), "")
        return {f"{RESOURCE}/{said['secret']}": in_use}

    def title(self, content: Mapping[str, Any]) -> str:
        """Where it may go."""
        return f"Let the gateway show the stored secret {content.get('secret')} to {content.get('host')}"

    def shown(self, content: Mapping[str, Any]) -> Sequence[str]:
        """Everything that it says. The value is not among it, and cannot be."""
        return tuple(f"{name}: {content.get(name)}" for name in _NEEDED)

    def carry_out(self, tx: Transaction, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Put it in use."""
        waiting = self._waiting(tx.connection, content)
        if any(each.state is State.IN_USE for each in rows.versions(tx.connection, waiting.name, hold=True)):
            raise _otherwise()
        grounds = self._authority.require(tx, [act_of(content_of(waiting))])
        keep(tx, replace(waiting, state=State.IN_USE), grounds)
        return content_of(waiting)

    @staticmethod
    def _waiting(connection: sa.Connection, content: Mapping[str, Any]) -> Version:
        said = texts(content, _NEEDED)
        for each in rows.versions(connection, said["secret"]):
            if each.state is State.WAITING and content_of(each) == said:
                return each
        raise _otherwise()


def _otherwise() -> Conflict:
    return Conflict(
        "upstream-secret-not-waiting",
        "no stored secret waits for this decision, or another one has its name by now",
        remedy="set it anew with `roadworthy upstream secret set`; a proposal alone holds no secret",
    )
