"""What Roadworthy measures by itself counts as measured once a person registered its key, and no longer after that."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from roadworthy.evidence.model import Method, Submission
from roadworthy.evidence.own_collector import OwnCollector
from roadworthy.foundation.errors import Refused
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.kinds import USE_CASE
from tests.harness.evidence import PIPELINE, Desk, desk, documented

PURPOSE = "collector-of-the-test"
MEASURED: dict[str, object] = {
    "kind": "data-audit",
    "observedFrom": "2026-05-30T08:00:00Z",
    "observedTo": "2026-06-01T08:00:00Z",
    "sampleSize": 5000,
    "result": {"sources": 3, "missingShare": "0.02"},
}


@pytest.fixture
def given(store: Store, tmp_path: Path) -> tuple[Desk, Keys, OwnCollector]:
    """A desk with a use case, and a collector of its own that nobody registered yet."""
    opened = desk(store, tmp_path)
    opened.declare()
    keys = Keys(tmp_path / "keys", opened.clock)
    return opened, keys, OwnCollector(PURPOSE, keys, opened.collectors, opened.evidence)


def _registered(opened: Desk, own: OwnCollector) -> None:
    person = opened.person("rita@example.org")
    opened.collectors.register(person, "own", own.public_key(), ["data-audit"], "carla@example.org")


def _claim() -> Submission:
    return documented(**MEASURED)


def test_it_counts_as_documented_until_a_person_registered_its_key(given: tuple[Desk, Keys, OwnCollector]) -> None:
    opened, _, own = given
    stored = opened.resources.get(USE_CASE, "triage")
    before = own.hand_in(PIPELINE, stored, _claim(), measured=own.registered() is not None)
    _registered(opened, own)
    registered = own.registered()
    after = own.hand_in(PIPELINE, stored, _claim(), measured=registered is not None)

    assert registered is not None
    assert (before.method, before.collector) == (Method.DOCUMENTED, None)
    assert (after.method, after.collector) == (Method.MEASURED, registered.name)
    assert (after.answer, after.result, after.sample_size) == (before.answer, before.result, 5000)


def test_a_newer_key_has_to_be_registered_too_and_a_revoked_one_counts_no_more(
    given: tuple[Desk, Keys, OwnCollector],
) -> None:
    opened, keys, own = given
    stored = opened.resources.get(USE_CASE, "triage")
    _registered(opened, own)
    first = own.public_key()
    opened.clock.advance(dt.timedelta(seconds=1))
    keys.rotate(PURPOSE)

    assert own.public_key() != first
    assert own.registered() is None
    with pytest.raises(Refused):
        own.hand_in(PIPELINE, stored, _claim(), measured=True)

    opened.collectors.rotate(opened.person("rita@example.org"), "own", own.public_key())
    assert own.registered() is not None
    opened.collectors.revoke(opened.person("rita@example.org"), "own", "the machine was sold")
    assert own.registered() is None


def test_two_collectors_have_two_keys(given: tuple[Desk, Keys, OwnCollector]) -> None:
    opened, keys, own = given
    other = OwnCollector("collector-of-another-test", keys, opened.collectors, opened.evidence)
    _registered(opened, own)

    assert other.public_key() != own.public_key()
    assert other.registered() is None
