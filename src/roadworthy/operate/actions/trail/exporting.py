"""Our own trail for others to keep: entries of the ledger about actions, as OCSF or as CloudEvents."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa

from roadworthy.foundation.ids import earliest_id
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger import feed
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.ledger.tables import entries
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.actions.trail import ocsf
from roadworthy.operate.actions.trail import store as rows
from roadworthy.operate.actions.trail.model import Intent
from roadworthy.operate.telemetry.trace_context import parse

Form = Literal["ocsf", "cloudevents"]
EVENTS: Final = ("action.", "action-finding.", "agent-run.", "stop.")
"""Names of the ledger's events that go out, or their beginnings."""
MEDIA: Final[Mapping[Form, str]] = {"ocsf": "application/json", "cloudevents": "application/cloudevents-batch+json"}
_DECLARED: Final = (".applied", ".removed")
_ACTION: Final = "AgentAction/"


@dataclass(frozen=True, slots=True)
class Exported:
    """Some of the trail."""

    events: tuple[dict[str, Any], ...]
    next: int
    """Position of the ledger from which it goes on."""
    end: bool
    """Whether that is all for now."""


class Exporting:
    """Reads the trail.

    Args:
        store: where the ledger is.
        source: what CloudEvents name as their source: an address or a name of this deployment.
    """

    def __init__(self, store: Store, source: str) -> None:
        self._store = store
        self._source = source

    def read(self, form: Form, position: int, most: int, use_cases: Sequence[str] = ()) -> Exported:
        """Events from a position of the ledger on, in its order.

        Args:
            form: as what.
            position: of the first entry that is looked at.
            most: events at most.
            use_cases: of which; every one where none is named. Stops that are of no single use case are always told.
        """
        with self._store.read() as connection:
            size = feed.size(connection)
            found = feed.portion(connection, position, EVENTS, most)
            told = [each for each in found.entries if not each.what.endswith(_DECLARED)]
            ours = rows.intents_of(connection, {each.resource.removeprefix(_ACTION) for each in told})
        events = tuple(
            event_of(form, entry, _intent(entry, ours), self._source)
            for entry in told
            if not use_cases or _use_case(entry, _intent(entry, ours)) in {None, *use_cases}
        )
        return Exported(events, found.next, found.next >= size)

    def since(self, at: dt.datetime) -> int:
        """The position of the first entry that was made at an instant or later."""
        with self._store.read() as connection:
            query = sa.select(sa.func.min(entries.c.position)).where(
                entries.c.id >= earliest_id(at), entries.c.position.is_not(None)
            )
            found = connection.execute(query).scalar()
            return feed.size(connection) if found is None else int(found)


def position_of(connection: sa.Connection, entry: str) -> int | None:
    """The place of an entry in the ledger; None where it has none yet."""
    found: int | None = connection.execute(sa.select(entries.c.position).where(entries.c.id == entry)).scalar()
    return found


def event_of(form: Form, entry: Entry, intent: Intent | None, source: str) -> dict[str, Any]:
    """An entry as one event."""
    return ocsf.event_of(entry, intent) if form == "ocsf" else _cloud_event(entry, intent, source)


def written(events: Iterable[Mapping[str, Any]]) -> bytes:
    """Events as a request carries them: of CloudEvents a batch, of OCSF a list."""
    return json.dumps(list(events), ensure_ascii=False, separators=(",", ":")).encode()


def _cloud_event(entry: Entry, intent: Intent | None, source: str) -> dict[str, Any]:
    """CloudEvents 1.0, in its JSON format."""
    facts = {name: value for name, value in entry.facts.items() if value is not None}
    if intent is not None:
        facts = {"action": intent.action, "system": intent.system, "useCase": intent.use_case, **facts}
    made: dict[str, Any] = {
        "specversion": "1.0",
        "id": entry.id,
        "source": source,
        "type": f"dev.roadworthy.{entry.what}",
        "subject": entry.resource,
        "time": to_text(entry.at),
        "datacontenttype": "application/json",
        "data": {
            "actor": {"kind": entry.actor.kind.value, "ref": entry.actor.ref, "via": entry.actor.via},
            "onBehalfOf": entry.on_behalf_of.ref if entry.on_behalf_of else None,
            "decision": entry.decision,
            "rules": list(entry.basis.rules),
            "policy": entry.basis.policy,
            "oversight": {"required": entry.oversight.required, "given": list(entry.oversight.given)},
            "facts": facts,
        },
    }
    if entry.trace is not None and parse(entry.trace) is not None:
        made["traceparent"] = entry.trace
    return made


def _intent(entry: Entry, ours: Mapping[str, Intent]) -> Intent | None:
    return ours.get(entry.resource.removeprefix(_ACTION))


def _use_case(entry: Entry, intent: Intent | None) -> str | None:
    said = entry.facts.get("useCase")
    return said if isinstance(said, str) else intent.use_case if intent is not None else None
