"""What goes out, held against the published schemas of OCSF 1.8.0 and read with the library of CloudEvents."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from typing import Any

import jsonschema
import pytest
from cloudevents.core.formats.json import JSONFormat
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from roadworthy.foundation.ledger.draft import Actor, ActorKind, Basis, Oversight
from roadworthy.foundation.ledger.entry import Entry, Writer
from roadworthy.operate.actions.model import State
from roadworthy.operate.actions.trail.exporting import event_of, written
from roadworthy.operate.actions.trail.model import Intent
from roadworthy.operate.actions.trail.ocsf import VERSION

AT = dt.datetime(2026, 6, 1, 12, 0, 0, 123_456, tzinfo=dt.UTC)
AGENT = Actor(ActorKind.WORKLOAD, "support-agent", "gateway", "gateway-key")
USER = Actor(ActorKind.PERSON, "person-7f3a", "gateway")
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
FACTS: dict[str, Any] = {
    "action": "refund", "system": "payments", "useCase": "support", "stage": "pilot", "run": "run-1", "place": 1,
    "effect": "write", "amount": 2_000, "currency": "EUR", "certificate": "c-1", "rule": None, "compensates": None,
    "enforcement": "enforced", "charged": [{"limit": "refund", "amount": 2_000, "unit": "EUR"}],
}  # fmt: skip
ENDED: dict[str, Any] = {"action": "refund", "tries": 1}


def entry(what: str, resource: str = "AgentAction/019a", facts: dict[str, Any] | None = None, **more: Any) -> Entry:
    given = {
        "id": "019a0000-0000-7000-8000-000000000001", "at": AT, "tenant": "halden", "writer": Writer("w", 1),
        "actor": AGENT, "on_behalf_of": USER, "decision": None, "basis": Basis(rules=("certificate=allow",)),
        "oversight": Oversight(), "payloads": (), "trace": TRACE,
    }  # fmt: skip
    return Entry(what=what, resource=resource, facts=FACTS if facts is None else facts, **{**given, **more})


INTENT = Intent("019a", "payments", "refund", "support", State.DONE, AT, AT, reference="rc-0001")
ENTRIES = [
    entry("action.intended", decision="allow"),
    entry("action.held", decision="hold", facts={**FACTS, "rule": "hold"}),
    entry("action.refused", decision="deny", facts={**FACTS, "rule": "limit:refund"}),
    entry("action.refused", decision="deny", facts={**FACTS, "effect": "read"}, on_behalf_of=None, trace=None),
    entry("action.done", facts={**ENDED, "reference": "rc-0001"}),
    entry("action.failed", facts={**ENDED, "error": "rejected"}),
    entry("action.given-up", facts={**ENDED, "error": "timeout", "why": "in-doubt"}),
    entry("action.cancelled", facts={"action": "refund", "why": "declined"}),
    entry("action.parked", facts={"action": "refund", "about": "a stop is set"}),
    entry("action.confirmed", facts={"event": "k", "reference": "rc-1", "at": "2026-06-01T12:00:00.000000Z"}),
    entry("action.something-new", facts={}),
    entry("agent-run.rolling-back", "AgentRun/r-1", {"useCase": "support", "state": "rolling-back", "actions": 3}),
    entry("agent-run.completed", "AgentRun/r-1", {"useCase": "support", "state": "completed", "actions": 3}),
    entry("stop.set", "StopSwitch/agent:support-agent", {"scope": "agent:support-agent"}, actor=USER),
    entry("stop.lifted", "StopSwitch/all", {}, actor=USER, on_behalf_of=None),
    entry("action-finding.opened", "TrailFinding/f-1",
          {"kind": "effect-without-intent", "system": "payments", "useCase": None, "action": None, "event": "k",
           "state": "open"}, actor=Actor(ActorKind.SYSTEM, "action-trail")),
    entry("action-finding.closed", "TrailFinding/f-1",
          {"kind": "arguments-differ", "system": "payments", "useCase": "support", "action": "019a", "event": "k",
           "state": "closed"}),
    entry("action-finding.explained", "TrailFinding/f-1", {"kind": "done-twice", "system": "payments"}, actor=USER),
]  # fmt: skip


@cache
def _validator(class_uid: int) -> jsonschema.Draft202012Validator:
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=VERSION))
    name = schema.lookup_class_name_from_uid(class_uid=class_uid)
    profiles = ["security_control", "trace"] if class_uid == 6003 else []
    return jsonschema.Draft202012Validator(schema.get_class_schema(class_name=name, profiles=profiles))


@pytest.mark.parametrize("said", ENTRIES, ids=[f"{index}-{each.what}" for index, each in enumerate(ENTRIES)])
def test_every_event_is_one_by_the_published_schema(said: Entry) -> None:
    made = json.loads(written([event_of("ocsf", said, INTENT, "urn:x")]))[0]
    faults = [f"{each.json_path}: {each.message[:200]}" for each in _validator(made["class_uid"]).iter_errors(made)]
    assert faults == []
    assert made["type_uid"] == made["class_uid"] * 100 + made["activity_id"]


def test_the_published_schema_would_say_no_to_what_is_none() -> None:
    made = event_of("ocsf", ENTRIES[0], INTENT, "urn:x")
    del made["api"]
    made["severity_id"] = 77
    assert len(list(_validator(6003).iter_errors(made))) == 2


def test_what_was_refused_and_held_says_so_where_a_siem_looks() -> None:
    held, refused = (event_of("ocsf", ENTRIES[index], INTENT, "urn:x") for index in (1, 2))
    assert (held["action_id"], held["disposition"], held["status_detail"]) == (99, "Quarantined", "hold")
    assert (refused["action"], refused["disposition"], refused["policy"]["uid"]) == (
        "Denied",
        "Blocked",
        "limit:refund",
    )
    assert refused["severity_id"] > held["severity_id"]
    done = event_of("ocsf", ENTRIES[4], INTENT, "urn:x")
    assert done["resources"] == [{"uid": "rc-0001", "type": "receipt"}]
    assert (done["api"]["service"]["name"], done["unmapped"]["use_case"]) == ("payments", "support"), "from the action"
    read = event_of("ocsf", ENTRIES[3], None, "urn:x")
    assert (read["activity_id"], read["type_uid"]) == (2, 600_302)


@pytest.mark.parametrize("said", ENTRIES, ids=[f"{index}-{each.what}" for index, each in enumerate(ENTRIES)])
def test_the_library_of_cloud_events_reads_every_event(said: Entry) -> None:
    content = json.dumps(json.loads(written([event_of("cloudevents", said, INTENT, "urn:roadworthy:halden")]))[0])
    read = JSONFormat().read(None, content)
    assert (read.get_id(), read.get_source()) == (said.id, "urn:roadworthy:halden")
    assert (read.get_type(), read.get_subject()) == (f"dev.roadworthy.{said.what}", said.resource)
    assert read.get_time() == AT
    data = read.get_data()
    assert isinstance(data, dict)
    assert data["actor"]["ref"] == said.actor.ref
    assert read.get_extension("traceparent") == said.trace
