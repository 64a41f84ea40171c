"""What each format of audit logs says of itself: where what stands, what an event must have, what it tells of.

Sources: OCSF 1.8.0 (schema.ocsf.io, class `api_activity`), CloudEvents 1.0.2 and its JSON format, FHIR R4 (4.0.1) and
R5 (5.0.0), resource AuditEvent.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from roadworthy.foundation import strict_json
from roadworthy.operate.actions.arguments import MISSING, pointer
from roadworthy.operate.actions.trail.declared import AuditFormat
from roadworthy.operate.actions.trail.framing import Unfit
from roadworthy.operate.actions.trail.model import Does

Json = dict[str, Any]

_OCSF_CLASS: Final = 6003
_OCSF_READ: Final = 2
_OCSF_DONE, _OCSF_FAILED = 1, 2
_ATTRIBUTE: Final = re.compile(r"[a-z0-9]+")
_RESTFUL: Final = "http://hl7.org/fhir/restful-interaction"
_FHIR_READS: Final = frozenset({"R"})
_R4_DONE: Final = "0"
_R4_OUTCOMES: Final = frozenset({"0", "4", "8", "12"})
_R5_OUTCOMES: Final = {"success": True, "information": True, "warning": True, "error": False, "fatal": False}


@dataclass(frozen=True, slots=True)
class Said:
    """An event as fields are looked for in it."""

    view: Json
    does: Does | None = None
    """None where the format does not tell."""


@dataclass(frozen=True, slots=True)
class Format:
    """One format."""

    fields: Mapping[str, tuple[str, ...]]
    """By field, where it stands: the first of these that is there."""
    clock: str
    view: Callable[[Json], Said]
    """Raises `Unfit` for what is no event of the format."""


def _need(event: Json, path: str, kind: type | tuple[type, ...]) -> Any:  # noqa: ANN401 - of the kind that is asked for
    found = pointer(event, path)
    field = path[1:].replace("/", ".")
    if found is MISSING:
        raise Unfit(field, "it is missing")
    if not isinstance(found, kind) or isinstance(found, bool):
        raise Unfit(field, "it is of another kind than the format has it")
    return found


# ---------------------------------------------------------------- OCSF


def _ocsf(event: Json) -> Said:
    found = _need(event, "/class_uid", int)
    if found != _OCSF_CLASS:
        raise Unfit("class_uid", f"class {found} is not API Activity ({_OCSF_CLASS})")
    activity = _need(event, "/activity_id", int)
    if pointer(event, "/type_uid") not in {MISSING, _OCSF_CLASS * 100 + activity}:
        raise Unfit("type_uid", "it does not go with class and activity")
    version = _need(event, "/metadata/version", str)
    if not version.startswith("1."):
        raise Unfit("metadata.version", "only version 1 of the schema is read")
    _need(event, "/actor", dict)
    status = event.get("status_id")
    if status == _OCSF_FAILED:
        return Said(event, Does.FAILED)
    if activity == _OCSF_READ:
        return Said(event, Does.READ)
    return Said(event, Does.EFFECT if status in {None, 0, _OCSF_DONE} else None)


# ---------------------------------------------------------------- CloudEvents


def _cloud_event(event: Json) -> Said:
    if _need(event, "/specversion", str) != "1.0":
        raise Unfit("specversion", "only version 1.0 is read")
    for name in ("id", "source", "type"):
        if not _need(event, f"/{name}", str):
            raise Unfit(name, "it is empty")
    for name in event:
        if name != "data_base64" and not _ATTRIBUTE.fullmatch(name):
            raise Unfit(name[:60], "no attribute is called so: small letters and digits only")
    if "data" in event and "data_base64" in event:
        raise Unfit("data_base64", "there is `data` as well")
    view = {**event, "key": f"{event['source']}\0{event['id']}"}
    if "data_base64" in event:
        view["data"] = _decoded(event["data_base64"], str(event.get("datacontenttype", "application/json")))
    return Said(view)


def _decoded(text: Any, media: str) -> Any:  # noqa: ANN401 - any JSON value
    """The data, where it is JSON; a system may send anything, and nothing is looked for in the rest."""
    if not isinstance(text, str):
        raise Unfit("data_base64", "it is no text")
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unfit("data_base64", "it is no base64") from error
    plain = media.partition(";")[0].strip().lower()
    if plain not in {"application/json", "text/json"} and not plain.endswith("+json"):
        return None
    try:
        return strict_json.read(content, exact=True)
    except ValueError as error:
        raise Unfit("data_base64", "it says that it is JSON, and it is none") from error


# ---------------------------------------------------------------- FHIR


def _audit_event(event: Json) -> Said:
    if _need(event, "/resourceType", str) != "AuditEvent":
        raise Unfit("resourceType", "it is no AuditEvent")
    agents = _need(event, "/agent", list)
    if not agents or not all(isinstance(each, dict) for each in agents):
        raise Unfit("agent", "there is none")
    fifth = "code" in event
    view = {
        **event,
        "operation": _coded(event["code"]) if fifth else _subtype(event),
        "who": _who(next((each for each in agents if each.get("requestor") is True), agents[0])),
        **_entities(event),
    }
    done = _r5_done(event) if fifth else _r4_done(event)
    if not done:
        return Said(view, Does.FAILED)
    return Said(view, Does.READ if event.get("action") in _FHIR_READS else Does.EFFECT)


def _r4_done(event: Json) -> bool:
    found = event.get("outcome", _R4_DONE)
    if found not in _R4_OUTCOMES:
        raise Unfit("outcome", "no outcome of R4 is called so")
    return bool(found == _R4_DONE)


def _r5_done(event: Json) -> bool:
    found = pointer(event, "/outcome/code/code")
    if found is MISSING:
        return True
    if not isinstance(found, str) or found not in _R5_OUTCOMES:
        raise Unfit("outcome.code.code", "no outcome of R5 is called so")
    return _R5_OUTCOMES[found]


def _subtype(event: Json) -> str | None:
    """The most exact word of R4 for what happened: a subtype that is more than a verb of REST, else the verb."""
    subtypes = [each for each in event.get("subtype", ()) if isinstance(each, dict) and each.get("code")]
    own = [each for each in subtypes if each.get("system") != _RESTFUL]
    for each in (*own, *subtypes, event.get("type")):
        if isinstance(each, dict) and isinstance(each.get("code"), str):
            return str(each["code"])
    return None


def _coded(concept: Any) -> str | None:  # noqa: ANN401 - any JSON value
    codings = concept.get("coding", ()) if isinstance(concept, dict) else ()
    known = [each for each in codings if isinstance(each, dict) and isinstance(each.get("code"), str)]
    own = [each for each in known if each.get("system") != _RESTFUL]
    if own or known:
        return str((own or known)[0]["code"])
    text = concept.get("text") if isinstance(concept, dict) else None
    return text if isinstance(text, str) else None


def _who(agent: Json) -> str | None:
    for path in ("/who/identifier/value", "/who/reference", "/altId", "/who/display", "/name"):
        found = pointer(agent, path)
        if isinstance(found, str) and found:
            return found
    return None


def _entities(event: Json) -> Json:
    """Details of all entities by their type, and what the first entity is that is named."""
    details: Json = {}
    what = None
    entities = event.get("entity", [])
    if not isinstance(entities, list):
        raise Unfit("entity", "it is no list")
    for index, entity in enumerate(entities):
        if not isinstance(entity, dict) or not isinstance(entity.get("detail", []), list):
            raise Unfit(f"entity[{index}]", "it is of another kind than the format has it")
        named = pointer(entity, "/what/reference")
        what = what or (named if isinstance(named, str) else None)
        for detail in entity.get("detail", ()):
            name, value = _detail(detail, f"entity[{index}].detail")
            if details.setdefault(name, value) != value:
                raise Unfit(f"entity[{index}].detail", "a type of detail stands twice, with two values")
    return {"details": details, "what": what}


def _detail(detail: Any, field: str) -> tuple[str, Any]:  # noqa: ANN401 - any JSON value
    if not isinstance(detail, dict):
        raise Unfit(field, "it is no object")
    kind = detail.get("type")
    name = kind if isinstance(kind, str) else _coded(kind)
    values = [value for key, value in detail.items() if key.startswith("value")]
    if not name or len(values) != 1:
        raise Unfit(field, "a detail has a type and one value")
    return name, values[0]


# ---------------------------------------------------------------- all of them

FORMATS: Final[Mapping[AuditFormat, Format]] = {
    AuditFormat.OCSF: Format(
        {
            "id": ("/metadata/uid", "/metadata/original_event_uid"),
            "at": ("/time",),
            "operation": ("/api/operation",),
            "principal": ("/actor/user/uid", "/actor/user/name", "/actor/app_uid", "/actor/app_name"),
            "action": ("/metadata/correlation_uid",),
            "trace": ("/trace/uid",),
            "reference": ("/resources/0/uid",),
            "arguments": ("/api/request/data",),
        },
        "milliseconds",
        _ocsf,
    ),
    AuditFormat.CLOUD_EVENTS: Format(
        {
            "id": ("/key",),
            "at": ("/time",),
            "operation": ("/type",),
            "principal": ("/authid",),
            "trace": ("/traceparent",),
        },
        "rfc3339",
        _cloud_event,
    ),
    AuditFormat.FHIR: Format(
        {
            "id": ("/id",),
            "at": ("/recorded",),
            "operation": ("/operation",),
            "principal": ("/who",),
            "reference": ("/what",),
        },
        "rfc3339",
        _audit_event,
    ),
    AuditFormat.JSON_LINES: Format({}, "rfc3339", Said),
}
