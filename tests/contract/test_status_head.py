"""The head of the status: what is signed is what the database says at that number, on both engines."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa

from roadworthy.decide.certificate.states import CertificateState
from roadworthy.decide.certificate.status import store as rows
from roadworthy.decide.certificate.status import writing
from roadworthy.decide.certificate.status.head import StatusHead
from roadworthy.decide.certificate.status.model import PAYLOAD_TYPE, Ages, Listed, Standing, part_of
from roadworthy.decide.certificate.status.standing import UseCases
from roadworthy.evidence.envelopes import opened
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.storage.store import Store
from tests.contract.waiting import DANA, Deployment, deployment

LISTED = Listed(
    "oc-1",
    "triage",
    "production",
    "sha256:" + "a" * 64,
    CertificateState.VALID,
    1,
    "sha256:" + "b" * 64,
    dt.datetime(2027, 1, 1, tzinfo=dt.UTC),
)


@pytest.fixture
def at(store: Store) -> Deployment:
    return deployment(store)


def head_of(at: Deployment, folder: Path) -> StatusHead:
    def read(connection: sa.Connection, now: dt.datetime, use_cases: UseCases) -> tuple[Standing, Ages]:
        del connection, now
        return Standing((LISTED,) if use_cases is None or LISTED.use_case in use_cases else ()), Ages()

    return StatusHead(at.store, Keys(folder, at.clock), at.runtime, "roadworthy.dev/ledger/local", read)


def newest(at: Deployment) -> rows.Signed | None:
    with at.store.read() as connection:
        return rows.newest(connection)


def test_a_unit_that_changes_something_brings_one_snapshot_along(at: Deployment, tmp_path: Path) -> None:
    head = head_of(at, tmp_path)
    assert newest(at) is None

    def work(tx: Transaction) -> None:
        head.changed(tx)
        head.changed(tx)

    at.units.run(DANA, work)
    at.units.run(DANA, head.changed)
    found = newest(at)
    assert found is not None
    assert found.seq == 2
    said = writing.read(opened(found.envelope, kind=PAYLOAD_TYPE).payload)
    with at.store.read() as connection:
        parts = rows.contents(connection, said.parts)
    number = part_of(LISTED.use_case)
    assert (said.seq, parts) == (2, {number: writing.content([LISTED])})
    assert writing.read_part(number, parts[number], said.parts[number]).listed == (LISTED,)


def test_a_unit_that_fails_or_changes_nothing_brings_none(at: Deployment, tmp_path: Path) -> None:
    head = head_of(at, tmp_path)

    def fails(tx: Transaction) -> None:
        head.changed(tx)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        at.units.run(DANA, fails)
    assert newest(at) is None
