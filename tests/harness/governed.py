"""A deployment whose first decision rights were signed by two people, through the doors that people use."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from roadworthy.app import App
from roadworthy.decide.approvals.requests import Request
from roadworthy.foundation.identity.model import Method, Proof, Session
from roadworthy.foundation.resources.documents import Source, parse

VERSION = "roadworthy.dev/v1alpha1"
ANA, LEE, SAM = "ana@example.org", "lee@example.org", "sam@example.org"

RULES: list[dict[str, Any]] = [
    {
        "name": "promote-production",
        "decides": ["promote"],
        "decision": "ask",
        "approvers": [{"person": LEE}, {"person": SAM}],
        "quorum": "any",
        "deadline": "5d",
        "escalations": [{"after": "2d", "approvers": [{"person": SAM}]}],
        "delegation": {"longest": "3d"},
        "about": "Somebody who did not build it looks first.",
    },
    {"name": "deploy", "decides": ["deploy"], "decision": "ask", "approvers": [{"person": LEE}], "valid": "2d"},
    {
        "name": "rights",
        "decides": ["change-rights"],
        "decision": "ask",
        "approvers": [{"person": LEE}, {"person": SAM}],
    },
    {"name": "retire-never", "decides": ["retire"], "decision": "decline"},
]
NOBODY = [
    "retrain", "change-data", "change-policy", "change-rubric", "waive", "accept-duty", "roll-back", "suspend",
    "resume", "raise-limit", "agent-action",
]  # fmt: skip


def document(kind: str, name: str, spec: dict[str, Any]) -> str:
    """A declaration as YAML (JSON is YAML)."""
    return json.dumps({"apiVersion": VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec})


def rights(rules: list[dict[str, Any]] | None = None) -> str:
    """Decision rights, and roles for the three people."""
    spec = {"rules": RULES if rules is None else rules, "nobody": NOBODY}
    roles: dict[str, list[str]] = {each: ["approver", "contributor", "viewer"] for each in (ANA, LEE, SAM)}
    roles[LEE].append("platform-administrator")
    return document("DecisionRights", "default", spec) + "\n---\n" + document("RoleMap", "default", {"people": roles})


def signed_in(app: App, handle: str) -> Session:
    """Somebody freshly signed in by a link."""
    return app.identity.sign_in(app.identity.offer(handle), handle, None, "web")[1]


def govern(app: App, text: str | None = None) -> Request:
    """Put the first rights in force: proposed from the home folder, signed by Ana and Lee."""
    declared, findings = parse([Source("rights.yaml", rights() if text is None else text)], app.registry)
    assert not findings, [str(each) for each in findings]
    keeper = app.identity.local_user("keeper").context("cli")
    plan = app.resources.plan(declared).to_text()
    request = app.approvals.genesis(keeper, plan, [ANA, LEE], "We begin.")
    for handle in (ANA, LEE):
        session = signed_in(app, handle)
        app.approvals.approve(session.context("web"), session.proof, request.id, request.digest, "I stand for them.")
    return app.approvals.standing(request.id).request


def proof(at: dt.datetime) -> Proof:
    """A sign-in at an instant."""
    return Proof(Method.ONE_TIME_TOKEN, auth_time=at)
