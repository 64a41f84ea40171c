"""A home with a use case that is certified, and rights under which stopping is free and resuming is asked for."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from tests.harness.governed import ANA, LEE
from tests.harness.issued import condition, issued
from tests.unit.interfaces.conftest import deployed
from tests.unit.interfaces.test_decisions import api

RULES: list[dict[str, Any]] = [
    {"name": "rights", "decides": ["change-rights"], "decision": "ask", "approvers": [{"person": LEE}]},
    {"name": "suspend", "decides": ["suspend"], "decision": "approve"},
    {"name": "never", "decides": ["promote", "deploy", "retire"], "decision": "decline"},
    {"name": "resume", "decides": ["resume"], "decision": "ask", "approvers": [{"person": LEE}]},
]


def certified_home(folder: Path) -> Path:
    """A closed home without rights, with one use case and its certificate."""
    with deployed(folder) as deployment:
        spec = {"title": "Claims triage", "owners": {"product": ANA}}
        made = api(deployment, ANA).put(
            "/resources/UseCase/claims", json={"spec": spec}, headers={"If-None-Match": "*"}
        )
        assert made.status_code == 200, made.text
        owner = deployment.app.identity.local_user(ANA).person.ref
        due = deployment.app.runtime.clock.now() + dt.timedelta(days=9)
        by = Context(Actor(ActorKind.PERSON, owner))
        issued(deployment.app, by, "claims", deciders=(owner,), conditions=(condition(owner, due),))
    return folder
