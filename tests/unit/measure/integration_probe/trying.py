"""Probing real servers from tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from roadworthy.foundation.runtime import Runtime
from roadworthy.inventory.model import Integration
from roadworthy.measure.integration_probe.credentials import Credentials
from roadworthy.measure.integration_probe.model import Limits, Trial, Verdict
from roadworthy.measure.integration_probe.probing import tried
from roadworthy.measure.integration_probe.trying import Means
from tests.harness.loopback import HERE
from tests.harness.probed_systems import TOKEN, Clinic

QUICK = Limits(seconds=20, patience=5, pause=0.0, audit_wait=0.5)
ENVIRONMENT = {"EHR_TOKEN": TOKEN}


def integration(address: str, **changed: Any) -> Integration:
    """A sound declaration of the clinic, but for what is changed."""
    probe = {
        "protocol": "http",
        "address": address,
        "credential": "env:EHR_TOKEN",
        "operations": ["GET /patients/{id}", "GET /notes"],
        "parameters": {"id": "p-1"},
        "grants": ["GET /patients/{id}", "GET /notes"],
        "rate": "60000/min",
        "latency": "5s",
        "auditTrail": "GET /audit?correlation={correlation}",
    }
    declared = {"system": "EHR", "identity": "workload", "probe": probe | changed}
    return Integration.model_validate(declared)


def means(
    environment: dict[str, str] | None = None, bound: str = "127.0.0.1=env:EHR_TOKEN", limits: Limits = QUICK
) -> Means:
    """Credentials out of a made-up environment, and the machine's own clock."""
    found = Credentials(bound, Path("/nonexistent"), ENVIRONMENT if environment is None else environment)
    return Means(found, Runtime().clock, limits, inside=HERE)


def found(declared: Integration, given: Means | None = None) -> dict[str, Trial]:
    """The trials by name."""
    return {each.name: each for each in tried(declared, given or means(), "rw-test-mark").trials}


def of_clinic(clinic: Clinic, **changed: Any) -> dict[str, Trial]:
    """The trials of a clinic by name."""
    return found(integration(clinic.address, **changed))


def not_passed(trials: dict[str, Trial]) -> dict[str, Verdict]:
    """Those that did not pass."""
    return {name: each.verdict for name, each in trials.items() if each.verdict is not Verdict.PASS}
