"""Looking at what differs and at what was read, and saying why it is right as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Place
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.actions.trail import finding_store as findings
from roadworthy.operate.actions.trail import store as rows
from roadworthy.operate.actions.trail.finding_store import Wanted
from roadworthy.operate.actions.trail.model import Feed, ForeignEvent, Standing, TrailFinding
from roadworthy.operate.actions.trail.veil import Veil

FINDING: Final = "TrailFinding"
"""Kind of the ledger's resources."""


class Looking:
    """Looks at findings, events and feeds, and keeps what people say of findings.

    Args:
        store: where they are.
        units: where a person's word is kept.
        veil: opens events.
    """

    def __init__(self, store: Store, units: Units, veil: Veil) -> None:
        self._store = store
        self._units = units
        self._veil = veil

    def findings(self, wanted: Wanted) -> list[TrailFinding]:
        """Where the logs differ, the latest first."""
        with self._store.read() as connection:
            return findings.findings(connection, wanted)

    def finding(self, id_: str) -> TrailFinding:
        """One difference.

        Raises:
            NotFound: there is none.
        """
        with self._store.read() as connection:
            found = findings.finding(connection, id_)
        if found is None:
            raise _unknown(id_)
        return found

    def explain(self, context: Context, id_: str, reason: str) -> TrailFinding:
        """Say why it is right as it is. It stays explained, whatever is found later.

        Raises:
            NotFound: there is none.
            InvalidInput: there is no reason.
            Conflict: it is not open any more.
        """
        said = reason.strip()
        if not said:
            raise InvalidInput(
                "finding-unexplained",
                "this needs a reason",
                place=Place(field="reason"),
                remedy="say in a sentence who did it and why that was right",
            )

        def work(tx: Transaction) -> TrailFinding:
            found = findings.finding(tx.connection, id_, held=True)
            if found is None:
                raise _unknown(id_)
            if found.state is not Standing.OPEN:
                raise Conflict(
                    "finding-not-open",
                    f"the finding is {found.state.value}",
                    place=Place(source=f"{FINDING}/{id_}"),
                    remedy="list those that are open with `roadworthy action findings`",
                )
            done = replace(
                found, state=Standing.EXPLAINED, ended_at=tx.now, reason=said[:2_000], by=tx.context.actor.ref
            )
            findings.change_finding(tx.connection, done)
            texts = {"reason": said.encode()}
            tx.record(Draft("action-finding.explained", f"{FINDING}/{id_}", facts=facts_of(done), texts=texts))
            return done

        return self._units.run(context, work)

    def of_action(self, action: str) -> list[ForeignEvent]:
        """What its system's log says of an action."""
        with self._store.read() as connection:
            return rows.events_of(connection, action)

    def event(self, key: str) -> tuple[ForeignEvent, str | None]:
        """An event, and the action that it belongs to.

        Raises:
            NotFound: there is none.
        """
        event, intent, _sealed = self._found(key)
        return event, intent

    def raw(self, key: str) -> bytes | None:
        """What an event came as, in canonical form; None where that was kept long enough.

        Raises:
            NotFound: there is none.
            IntegrityBroken: it cannot be opened here.
        """
        sealed = self._found(key)[2]
        return None if sealed is None else self._veil.open(sealed, key)

    def read(self, context: Context, finding: TrailFinding) -> bytes | None:
        """The event of a finding as it came; that somebody read it is recorded.

        Returns:
            Canonical JSON, or the line as it stood; None where it was kept long enough.

        Raises:
            NotFound: the finding is about no event.
            IntegrityBroken: it cannot be opened here.
        """
        if finding.event is None:
            raise NotFound(
                "audit-event-unknown",
                "the finding is about no event: the log says nothing",
                remedy="look at the action that the finding names",
            )
        content = self.raw(finding.event)
        facts: dict[str, Canonical] = {"system": finding.system, "event": finding.event}
        draft = Draft("action-finding.event-read", f"{FINDING}/{finding.id}", facts=facts)
        self._units.run(context, lambda tx: tx.record(draft))
        return content

    def _found(self, key: str) -> tuple[ForeignEvent, str | None, bytes | None]:
        with self._store.read() as connection:
            found = rows.event(connection, key)
        if found is None:
            raise NotFound(
                "audit-event-unknown",
                f"there is no audit event `{key[:64]}`",
                remedy="take its key from a finding",
            )
        return found

    def unreadable(self, system: str | None, limit: int) -> list[dict[str, Any]]:
        """What could not be read, the latest first."""
        with self._store.read() as connection:
            return rows.unreadable(connection, system, limit)

    def feeds(self) -> list[Feed]:
        """How far each log was read."""
        with self._store.read() as connection:
            return rows.feeds(connection)


def facts_of(finding: TrailFinding) -> dict[str, Canonical]:
    """What of a finding stands in the ledger."""
    return {
        "kind": finding.kind.value, "system": finding.system, "useCase": finding.use_case, "action": finding.intent,
        "event": finding.event, "state": finding.state.value,
    }  # fmt: skip


def _unknown(id_: str) -> NotFound:
    return NotFound(
        "finding-unknown",
        f"there is no finding `{id_[:80]}`",
        remedy="list them with `roadworthy action findings`",
    )
