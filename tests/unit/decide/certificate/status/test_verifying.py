"""A certificate verified from files alone: what holds passes, and each way of not holding is named."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.decide.certificate.states import PERMITS, CertificateState
from roadworthy.decide.certificate.status.model import Ages, Snapshot, Standing, Stop
from roadworthy.decide.certificate.status.verifying import Wanted, verify
from roadworthy.foundation.digests import canonical_bytes
from tests.harness.certified import NOON, ORIGIN, RELEASE, issued, key, public
from tests.harness.certified import Wanted as Issue
from tests.unit.decide.certificate.status.test_believing import OURS, THEIRS, first_format, sealed

STATUS = key(3)
SOON = NOON + dt.timedelta(seconds=10)
OTHER = "sha256:" + "0" * 64
ONE = issued(signing=OURS)
WANTED = Wanted(at=SOON, keys=public(OURS), status_keys=public(STATUS), origin=ORIGIN, release=RELEASE)


def snapshot(standing: Standing, seq: int = 5) -> Snapshot:
    return Snapshot(ORIGIN, seq, NOON, Ages(), standing)


HOLDS = snapshot(Standing((ONE.listed,)))


def faults(wanted: Wanted = WANTED, said: Snapshot | None = HOLDS, content: bytes = ONE.statement) -> list[str]:
    status = None if said is None else sealed(said, STATUS)
    return [each.code for each in verify(content, wanted, status).faults]


def test_one_that_holds_has_no_faults_and_says_where_it_stands() -> None:
    assert faults() == []
    assert faults(said=None) == []
    assert verify(ONE.statement, WANTED, sealed(HOLDS, STATUS)).state is CertificateState.VALID
    assert verify(ONE.statement, WANTED).state is None


@pytest.mark.parametrize(
    ("wanted", "said", "code"),
    [
        (replace(WANTED, keys=public(THEIRS)), HOLDS, "certificate-foreign"),
        (replace(WANTED, origin="roadworthy.dev/ledger/else"), None, "certificate-foreign"),
        (replace(WANTED, at=ONE.listed.expires), None, "certificate-expired"),
        (replace(WANTED, at=NOON - dt.timedelta(days=1)), None, "certificate-not-yet"),
        (replace(WANTED, release=OTHER), HOLDS, "certificate-other-release"),
        (replace(WANTED, status_keys=public(THEIRS)), HOLDS, "status-foreign"),
        (replace(WANTED, seen=6), HOLDS, "status-replayed"),
        (replace(WANTED, at=NOON + dt.timedelta(seconds=60)), HOLDS, "status-expired"),
        (WANTED, replace(HOLDS, origin="roadworthy.dev/ledger/else"), "status-foreign"),
        (WANTED, replace(HOLDS, issued=NOON + dt.timedelta(hours=1)), "status-not-yet"),
        (WANTED, snapshot(Standing()), "certificate-not-listed"),
        (WANTED, snapshot(Standing((replace(ONE.listed, version=2, digest=OTHER),))), "certificate-replayed"),
        (WANTED, snapshot(Standing((ONE.listed,), (Stop("all", NOON),))), "certificate-stopped"),
        (WANTED, snapshot(Standing((ONE.listed,), (Stop("triage", NOON),))), "certificate-stopped"),
        (WANTED, snapshot(Standing((ONE.listed,), (), tuple(public(OURS)))), "certificate-key-revoked"),
    ],
    ids=range(15),
)
def test_each_way_of_not_holding_is_named(wanted: Wanted, said: Snapshot | None, code: str) -> None:
    assert faults(wanted, said) == [code]


def test_one_of_the_first_format_says_whether_it_holds_too() -> None:
    assert verify(ONE.statement, WANTED, first_format(HOLDS, STATUS)).state is CertificateState.VALID
    gone = snapshot(Standing((replace(ONE.listed, state=CertificateState.WITHDRAWN),)))
    found = verify(ONE.statement, WANTED, first_format(gone, STATUS)).faults
    assert [each.code for each in found] == ["certificate-not-in-force"]


def test_a_file_without_the_part_of_its_use_case_says_nothing_about_a_certificate() -> None:
    content = json.loads(sealed(HOLDS, STATUS))
    found = verify(ONE.statement, WANTED, canonical_bytes({**content, "parts": {}}))
    assert [each.code for each in found.faults] == ["status-part-missing"]
    assert "--use-case triage" in found.faults[0].remedy


def test_a_stop_of_another_use_case_says_nothing() -> None:
    assert faults(said=snapshot(Standing((ONE.listed,), (Stop("other", NOON),)))) == []


@given(st.sampled_from(CertificateState))
def test_only_what_permits_holds(state: CertificateState) -> None:
    found = faults(said=snapshot(Standing((replace(ONE.listed, state=state),))))
    assert found == ([] if state in PERMITS else ["certificate-not-in-force"])


def test_changed_files_are_forged_each_by_its_name() -> None:
    changed = ONE.statement.replace(b'"payload":"', b'"payload":"eyJhIjoxfQ', 1)
    assert faults(content=changed)[0] in {"certificate-forged", "envelope-unreadable"}
    assert faults(content=b"nonsense") == ["envelope-unreadable"]
    other = issued(Issue(number=9), OURS)
    assert faults(content=other.statement) == ["certificate-not-listed"]
    assert all(each.remedy for each in verify(b"nonsense", WANTED).faults)
