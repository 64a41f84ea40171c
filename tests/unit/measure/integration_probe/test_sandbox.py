"""Writing is tried in the sandbox only, and what it finds there is told."""

from __future__ import annotations

import pytest

from roadworthy.foundation.errors import Refused
from roadworthy.measure.integration_probe.model import Trial, Verdict
from tests.harness.probed_systems import Clinic, clinic
from tests.unit.measure.integration_probe.trying import found, integration, not_passed

WRITES = {
    "operations": ["GET /notes", "POST /orders", "DELETE /orders/{order}"],
    "grants": ["GET /notes"],
    "parameters": {"body": '{"amount": 1}'},
}


def tried(production: Clinic, sandbox: Clinic, **more: str) -> dict[str, Trial]:
    return found(integration(production.address, sandbox=sandbox.address, **WRITES, **more))


def test_a_sound_sandbox_passes_and_production_is_only_read() -> None:
    with clinic() as production, clinic() as sandbox:
        trials = tried(production, sandbox, rate="60/s")

    assert not_passed(trials) == {"nothing-beyond-grants": Verdict.UNKNOWN}
    assert production.writes == []
    assert sandbox.writes.count("POST /orders") >= 2
    assert sandbox.orders == {}, "nothing is left behind"


@pytest.mark.parametrize(
    ("flaw", "name"),
    [
        ({"once": False}, "idempotency-key-kept"),
        ({"undoes": False}, "rollback-works"),
        ({"checks": False}, "bad-writes-refused"),
    ],
)
def test_a_flaw_is_found(flaw: dict[str, object], name: str) -> None:
    with clinic() as production, clinic(**flaw) as sandbox:
        trials = tried(production, sandbox)

    assert trials[name].verdict is Verdict.FAIL
    assert production.writes == []


def test_without_a_sandbox_nothing_is_written_and_that_is_unknown() -> None:
    with clinic() as production:
        trials = found(integration(production.address, **WRITES))

    assert trials["sandbox-declared"].verdict is Verdict.UNKNOWN
    assert production.writes == []


def test_a_sandbox_at_the_address_of_production_is_refused_before_anything_is_sent() -> None:
    with clinic() as production:
        with pytest.raises(Refused, match="at the address of production"):
            found(
                integration(production.address, sandbox=production.address.replace("127.0.0.1", "localhost"), **WRITES)
            )

        assert production.asked == []
