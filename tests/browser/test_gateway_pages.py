"""The pages of the gateway and its calls, with calls of every outcome."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from roadworthy.foundation.ids import new_id
from roadworthy.foundation.ledger.store import Filter
from roadworthy.foundation.runtime import SystemRandomness
from roadworthy.operate.telemetry.model import Enforcement, Outcome, Ruling
from tests.browser.running import Site
from tests.browser.test_every_page import look
from tests.unit.operate.telemetry.samples import intent, result

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def calls(demo: Site) -> list[str]:
    """Ids of calls on record: answered with content, failed, refused, unknown, and one that goes on."""
    telemetry = demo.app.telemetry
    if not telemetry.recording:
        telemetry.start()
    recorder, now = telemetry.recorder, demo.app.runtime.clock.now()
    common = {
        "use_case": "card-fraud-score",
        "endpoint": "fraud",
        "at": now,
        "trace": "0af7651916cd43dd8448eb211c80319c",
    }
    made = []
    for outcome in (Outcome.ANSWERED, Outcome.ANSWERED, Outcome.FAILED, Outcome.CANCELLED, Outcome.UNKNOWN, None):
        call = new_id(now, SystemRandomness())
        said = {"messages[0].content": "Is this payment fraud?"}
        kept = telemetry.contents.keep(call, "request", said, use_case="card-fraud-score")
        asked = intent(id=call, content=kept, reserved={"calls": 1, "tokens": 900}, **common)
        recorder.intend(asked).result()
        if outcome is not None:
            ended = now + dt.timedelta(milliseconds=250)
            recorder.conclude(
                result(asked, outcome=outcome, at=ended, error="upstream-silent" if outcome is Outcome.FAILED else None)
            ).result()
        made.append(call)
    refused = {
        **common,
        "ruling": Ruling.REFUSED,
        "rule": "envelope:calls per day",
        "about": "1,000 of 1,000 calls today",
    }
    for enforcement in (Enforcement.ENFORCED, Enforcement.OBSERVED):
        asked = intent(enforcement=enforcement, **refused)
        recorder.intend(asked).result()
        made.append(asked.id)
    recorder.intend(
        intent(at=now, use_case=None, endpoint=None, key=None, stage=None, ruling=Ruling.REFUSED, rule="key")
    ).result()
    telemetry.flush()
    telemetry.segments.seal()
    demo.app.ledger.settle()
    return made


@pytest.mark.parametrize(
    "path",
    [
        "/gateway",
        "/calls",
        "/calls?certificate=oc-2026-1&use_case=card-fraud-score",
        "/calls?outcome=refused",
        "/calls?rule=nothing-is-called-this",
    ],
)
def test_page(visitor: BrowserContext, demo: Site, calls: list[str], axe_source: str, path: str) -> None:
    """Traffic and the list."""
    assert calls
    look(visitor, demo.address + path, axe_source)


def test_call(visitor: BrowserContext, demo: Site, calls: list[str], axe_source: str) -> None:
    """One call with its proof, a refused one, and the content that is read on record."""
    for each in (calls[0], calls[2], calls[4], calls[6]):
        page = look(visitor, f"{demo.address}/calls/{each}", axe_source)
    page = look(visitor, f"{demo.address}/calls/{calls[0]}", axe_source)
    assert page.locator("a[href='/certificates/oc-2026-1']").count() == 1
    assert page.get_by_text("proven", exact=True).count() == 2
    with page.expect_navigation():
        page.get_by_role("button", name="Read the request").click()
    assert "Is this payment fraud?" in page.inner_text("main")
    demo.app.ledger.settle()
    (entry,) = demo.app.ledger.entries(Filter(what="call.content-read")).entries
    assert entry.entry.facts["call"] == calls[0]
