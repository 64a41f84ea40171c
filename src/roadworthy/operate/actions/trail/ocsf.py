"""Our ledger's entries about actions as events of OCSF 1.8.0 (schema.ocsf.io). Pure.

What an agent did or was refused is API Activity (6003), what a system's log says otherwise a Detection Finding (2004),
a stop or a change of an agent run Entity Management (3004). Nothing that the ledger keeps sealed goes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from roadworthy import __version__
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.draft import Actor, ActorKind
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.operate.actions.trail.model import Intent

VERSION: Final = "1.8.0"
Json = dict[str, Any]

_INFORMATIONAL, _LOW, _MEDIUM, _HIGH = 1, 2, 3, 4
_SEVERITIES: Final = {1: "Informational", 2: "Low", 3: "Medium", 4: "High"}
_READ, _OTHER = 2, 99


@dataclass(frozen=True, slots=True)
class _Said:
    """What an event about an action comes to."""

    severity: int
    status: int
    """1 success, 2 failure, 99 other."""
    let: int
    """`action_id`: 0 unknown, 1 allowed, 2 denied, 99 other."""
    disposition: int
    words: str


_ACTIONS: Final[Mapping[str, _Said]] = {
    "action.intended": _Said(_INFORMATIONAL, _OTHER, 1, 1, "is going to be done"),
    "action.done": _Said(_INFORMATIONAL, 1, 1, 1, "was done"),
    "action.confirmed": _Said(_LOW, 1, 1, 1, "was done, as its system's log says"),
    "action.failed": _Said(_LOW, 2, 1, 27, "failed"),
    "action.held": _Said(_LOW, _OTHER, _OTHER, 3, "is held for a person to decide"),
    "action.refused": _Said(_MEDIUM, 2, 2, 2, "was refused"),
    "action.given-up": _Said(_HIGH, 2, 1, 27, "was given up and waits for a person"),
    "action.cancelled": _Said(_LOW, 2, 2, 2, "was cancelled"),
    "action.parked": _Said(_MEDIUM, _OTHER, 2, 14, "is parked by a stop"),
}
_DISPOSITIONS: Final = {1: "Allowed", 2: "Blocked", 3: "Quarantined", 14: "Delayed", 27: "Error", 99: "Other"}
_LET: Final = {0: "Unknown", 1: "Allowed", 2: "Denied", 99: "Other"}
_STATUS: Final = {1: "Success", 2: "Failure"}
_FINDINGS: Final = {"opened": (1, "Create", 1, "New"), "explained": (2, "Update", 3, "Suppressed"),
                    "closed": (3, "Close", 4, "Resolved")}  # fmt: skip
_STOPS: Final = {"stop.set": (12, "Suspend"), "stop.lifted": (13, "Resume")}


def event_of(entry: Entry, intent: Intent | None) -> Json:
    """An entry as an event.

    Args:
        entry: about an action, an agent run, a finding or a stop.
        intent: the action that it is about, where it is known.
    """
    if entry.what.startswith("action-finding."):
        return _finding(entry)
    if entry.what.startswith("action."):
        return _activity(entry, intent)
    return _entity(entry)


def _activity(entry: Entry, intent: Intent | None) -> Json:
    facts = entry.facts
    said = _ACTIONS.get(entry.what, _Said(_INFORMATIONAL, _OTHER, 0, _OTHER, entry.what.partition(".")[2]))
    effect = str(facts.get("effect") or (intent.effect if intent else "write"))
    activity = _READ if effect == "read" else _OTHER
    name = str(facts.get("action") or (intent.action if intent else "action"))
    system = str(facts.get("system") or (intent.system if intent else "unknown"))
    reference = facts.get("reference") or (intent.reference if intent else None)
    made = {
        **_common(entry, (6, "Application Activity"), (6003, "API Activity"),
                  (activity, "Read" if activity == _READ else effect.capitalize()), said.severity),
        "message": f"{name} in {system} {said.words}",
        "status_id": said.status,
        "status": _STATUS.get(said.status, said.words),
        "status_code": entry.what,
        "action_id": said.let,
        "action": _LET[said.let],
        "disposition_id": said.disposition,
        "disposition": _DISPOSITIONS[said.disposition],
        "actor": _actor(entry.actor),
        "api": {"operation": name, "service": {"name": system}, "request": {"uid": _name(entry)}},
        "src_endpoint": {"name": "roadworthy-gateway", "svc_name": "roadworthy"},
        "dst_endpoint": {"svc_name": system},
        "unmapped": _more(entry, intent),
    }  # fmt: skip
    detail = facts.get("rule") or facts.get("error") or facts.get("about") or facts.get("why")
    if detail:
        made["status_detail"] = str(detail)
    if facts.get("rule"):
        made["policy"] = {"uid": str(facts["rule"]), "name": str(facts["rule"]), "is_applied": True}
    if reference:
        made["resources"] = [{"uid": str(reference), "type": "receipt"}]
    if entry.trace is not None:
        made["trace"] = {"uid": entry.trace}
    made["metadata"]["profiles"] = ["security_control", *(("trace",) if entry.trace is not None else ())]
    return made


def _finding(entry: Entry) -> Json:
    kind = str(entry.facts.get("kind", "finding"))
    activity, word, status, standing = _FINDINGS.get(entry.what.partition(".")[2], (_OTHER, "Other", _OTHER, "Other"))
    severity = _HIGH if activity == 1 else _INFORMATIONAL
    system = str(entry.facts.get("system", "unknown"))
    made = {
        **_common(entry, (2, "Findings"), (2004, "Detection Finding"), (activity, word), severity),
        "message": f"{kind} in {system}",
        "status_id": status,
        "status": standing,
        "status_code": entry.what,
        "finding_info": {
            "uid": _name(entry),
            "title": f"{kind} in {system}",
            "types": [kind],
            "analytic": {"name": "audit trail matching", "type_id": 1, "type": "Rule"},
        },
        "unmapped": _more(entry, None),
    }
    about = entry.facts.get("action")
    made["resources"] = [
        {"name": system, "type": "system"},
        *([{"uid": str(about), "type": "action"}] if about else []),
    ]
    return made


def _entity(entry: Entry) -> Json:
    kind, _, name = entry.resource.partition("/")
    activity, word = _STOPS.get(entry.what, (3, "Update"))
    severity = _HIGH if entry.what == "stop.set" else _MEDIUM if "roll" in entry.what else _INFORMATIONAL
    return {
        **_common(entry, (3, "Identity & Access Management"), (3004, "Entity Management"), (activity, word), severity),
        "message": f"{entry.what} {name}",
        "status_id": 1,
        "status": "Success",
        "status_code": entry.what,
        "actor": _actor(entry.actor),
        "entity": {"uid": entry.resource, "name": name, "type": kind, "type_id": _OTHER},
        "unmapped": _more(entry, None),
    }


def _common(
    entry: Entry, category: tuple[int, str], kind: tuple[int, str], activity: tuple[int, str], severity: int
) -> Json:
    metadata = {
        "version": VERSION,
        "uid": entry.id,
        "original_event_uid": entry.id,
        "event_code": entry.what,
        "product": {"name": "Roadworthy", "vendor_name": "Roadworthy", "version": __version__, "uid": "roadworthy"},
        "log_name": "ledger",
        "correlation_uid": str(entry.facts.get("run") or _name(entry)),
        "tenant_uid": entry.tenant,
        "original_time": to_text(entry.at),
    }
    return {
        "category_uid": category[0],
        "category_name": category[1],
        "class_uid": kind[0],
        "class_name": kind[1],
        "activity_id": activity[0],
        "activity_name": activity[1],
        "type_uid": kind[0] * 100 + activity[0],
        "type_name": f"{kind[1]}: {activity[1] if activity[0] != _OTHER else 'Other'}",
        "time": int(entry.at.timestamp() * 1_000),
        "severity_id": severity,
        "severity": _SEVERITIES[severity],
        "metadata": metadata,
    }


def _actor(actor: Actor) -> Json:
    kind, word = {ActorKind.PERSON: (1, "User"), ActorKind.WORKLOAD: (4, "Service"), ActorKind.SYSTEM: (3, "System")}[
        actor.kind
    ]
    return {"user": {"uid": actor.ref, "type_id": kind, "type": word}}


def _more(entry: Entry, intent: Intent | None) -> Json:
    """What has no place of its own there, under the names that the ledger has."""
    facts = {name: value for name, value in entry.facts.items() if value is not None}
    use_case = facts.get("useCase") or (intent.use_case if intent else None)
    more: Json = {"resource": entry.resource, "entry": entry.id, "facts": facts}
    for name, value in (
        ("use_case", use_case), ("decision", entry.decision), ("rules", list(entry.basis.rules)),
        ("on_behalf_of", entry.on_behalf_of.ref if entry.on_behalf_of else None),
        ("oversight", entry.oversight.required),
    ):  # fmt: skip
        if value:
            more[name] = value
    return more


def _name(entry: Entry) -> str:
    return entry.resource.partition("/")[2] or entry.resource
