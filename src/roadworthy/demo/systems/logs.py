"""Audit logs of the systems: one of a kind each, as systems of different makers have them.

OCSF 1.6 (API Activity, class 6003), CloudEvents 1.0 in a batch, FHIR R4 AuditEvent in a Bundle, and lines of JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from roadworthy.demo.systems.offered import Does, Json

_OCSF_ACTIVITY: Final = {Does.CREATES: 1, Does.READS: 2, Does.CHANGES: 3, Does.REMOVES: 4}
_OCSF_CLASS: Final = 6003
_FHIR_ACTION: Final = {Does.CREATES: "C", Does.READS: "R", Does.CHANGES: "U", Does.REMOVES: "D"}
_FHIR_INTERACTION: Final = {Does.CREATES: "create", Does.READS: "read", Does.CHANGES: "update", Does.REMOVES: "delete"}
_SERVER_FAULTS: Final = 500
_REFUSALS: Final = 400


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was asked of a system, and what came of it."""

    system: str
    id: str
    time: datetime
    operation: str
    does: Does
    principal: str
    """Whose key was shown."""
    action: str | None
    """What stood in `Roadworthy-Action`."""
    traceparent: str | None
    named: Json
    """Parts of the path and parameters of the query."""
    body: Json
    status: int
    receipt: str | None
    """Of what was done; None where nothing was."""

    @property
    def succeeded(self) -> bool:
        """Whether it was done."""
        return self.status < _REFUSALS


@dataclass(frozen=True, slots=True)
class Log:
    """A way to write entries."""

    media: str
    write: Callable[[Sequence[Entry]], bytes]


def _ocsf(entry: Entry) -> Json:
    activity = _OCSF_ACTIVITY[entry.does]
    request: Json = {"uid": entry.id, "data": {**entry.named, **entry.body}}
    return {
        "activity_id": activity,
        "category_uid": _OCSF_CLASS // 1000,
        "class_uid": _OCSF_CLASS,
        "type_uid": _OCSF_CLASS * 100 + activity,
        "severity_id": 1,
        "status_id": 1 if entry.succeeded else 2,
        "status_code": str(entry.status),
        "time": int(entry.time.timestamp() * 1000),
        "metadata": {
            "version": "1.6.0",
            "uid": entry.id,
            "product": {"name": "Halden Payments", "vendor_name": "Halden Cloud"},
            **({"correlation_uid": entry.action} if entry.action else {}),
        },
        "actor": {"user": {"name": entry.principal, "type_id": 3}},
        "src_endpoint": {"ip": "127.0.0.1"},
        "api": {
            "operation": entry.operation,
            "service": {"name": entry.system},
            "request": request,
            "response": {"code": entry.status},
        },
        **({"resources": [{"uid": entry.receipt, "type": "receipt"}]} if entry.receipt else {}),
        **({"unmapped": {"traceparent": entry.traceparent}} if entry.traceparent else {}),
    }


def _cloud_event(entry: Entry) -> Json:
    said = {"operation": entry.operation, "arguments": {**entry.named, **entry.body}, "status": entry.status}
    return {
        "specversion": "1.0",
        "id": entry.id,
        "source": f"/systems/{entry.system}",
        "type": f"example.halden.{entry.system}.{entry.operation}.{'done' if entry.succeeded else 'refused'}",
        "subject": entry.receipt or entry.named.get(next(iter(entry.named), ""), entry.operation),
        "time": entry.time.isoformat(),
        "datacontenttype": "application/json",
        "authtype": "service_account",
        "authid": entry.principal,
        **({"traceparent": entry.traceparent} if entry.traceparent else {}),
        **({"roadworthyaction": entry.action} if entry.action else {}),
        "data": {**said, **({"receipt": entry.receipt} if entry.receipt else {})},
    }


def _audit_event(entry: Entry) -> Json:
    details = [*entry.named.items(), *entry.body.items()]
    tags = (("receipt", entry.receipt), ("traceparent", entry.traceparent), ("Roadworthy-Action", entry.action))
    outcome = "0" if entry.succeeded else "4" if entry.status < _SERVER_FAULTS else "8"
    return {
        "resourceType": "AuditEvent",
        "id": entry.id,
        "type": {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest"},
        "subtype": [
            {"system": "http://hl7.org/fhir/restful-interaction", "code": _FHIR_INTERACTION[entry.does]},
            {"system": f"urn:halden:{entry.system}", "code": entry.operation},
        ],
        "action": _FHIR_ACTION[entry.does],
        "recorded": entry.time.isoformat(),
        "outcome": outcome,
        "outcomeDesc": str(entry.status),
        "agent": [{"who": {"identifier": {"value": entry.principal}}, "requestor": True}],
        "source": {"observer": {"display": f"Halden {entry.system}"}},
        "entity": [
            {"name": "arguments", "detail": [{"type": name, "valueString": _text(value)} for name, value in details]},
            {"name": "correlation", "detail": [{"type": name, "valueString": value} for name, value in tags if value]},
        ],
    }


def _text(value: Any) -> str:  # noqa: ANN401 - whatever a body holds
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _line(entry: Entry) -> Json:
    return {
        "at": entry.time.isoformat(),
        "no": entry.id,
        "who": entry.principal,
        "did": entry.operation,
        "kind": entry.does.value,
        "with": {**entry.named, **entry.body},
        "code": entry.status,
        "receipt": entry.receipt,
        "trace": entry.traceparent,
        "action": entry.action,
    }


def _bundle(entries: Sequence[Entry]) -> bytes:
    resources = [{"resource": _audit_event(each)} for each in entries]
    return _json({"resourceType": "Bundle", "type": "searchset", "total": len(resources), "entry": resources})


def _json(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    return json.dumps(value, ensure_ascii=False).encode()


OCSF: Final = Log("application/json", lambda entries: _json([_ocsf(each) for each in entries]))
CLOUD_EVENTS: Final = Log(
    "application/cloudevents-batch+json", lambda entries: _json([_cloud_event(each) for each in entries])
)
FHIR: Final = Log("application/fhir+json", _bundle)
"""Halden's mail is shared with its clinic, and so is audited as a clinic's systems are."""
LINES: Final = Log("application/x-ndjson", lambda entries: b"".join(_json(_line(each)) + b"\n" for each in entries))
