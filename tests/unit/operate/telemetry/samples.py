"""Calls that the tests of their records share."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from roadworthy.foundation.ids import new_id
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.runtime import Runtime, SystemRandomness
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.telemetry.model import Attempt, Enforcement, Intent, Outcome, Result, Ruling, Surface, Usage
from roadworthy.operate.telemetry.service import Ground, Telemetry

AT = dt.datetime(2026, 11, 22, 9, 30, 0, 123456, dt.UTC)
INTENT = Intent(
    id="019aaab2-0000-7000-8000-000000000001",
    at=AT,
    surface=Surface.CHAT,
    ruling=Ruling.ADMITTED,
    enforcement=Enforcement.ENFORCED,
    key="key-1",
    use_case="claims-triage",
    stage="production",
    release="sha256:" + "1" * 64,
    certificate="oc-2026-1",
    status_seq=7,
    endpoint="triage",
    model="small",
    stream=False,
)
RESULT = Result(
    id=INTENT.id,
    at=AT + dt.timedelta(milliseconds=250),
    outcome=Outcome.ANSWERED,
    status=200,
    milliseconds=250,
    first_token_milliseconds=90,
    attempts=(Attempt("first", "m-1", 503, "upstream-5xx", 40), Attempt("second", "m-2", 200, None, 210)),
    usage=Usage(input=120, output=30, cached=20),
    cost=4_500,
    currency="EUR",
)


def intent(**changed: Any) -> Intent:
    """An intent with an id of its own."""
    return replace(INTENT, **{"id": new_id(AT, SystemRandomness()), **changed})


def result(of: Intent, **changed: Any) -> Result:
    """What came of it."""
    return replace(RESULT, **{"id": of.id, **changed})


def telemetry(store: Store, ledger: Ledger, folder: Path, runtime: Runtime | None = None) -> Telemetry:
    """Records below a folder; every use case is somebody's."""
    ground = Ground(store, ledger, runtime or Runtime(), folder / "calls", lambda _connection, _name: "person-9")
    return Telemetry(ground)
