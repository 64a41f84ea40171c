"""Certificates are issued, superseded and read back as they were signed, on both engines."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from roadworthy.decide.certificate.codec import KEYS, PREDICATE_TYPE, envelope_values
from roadworthy.decide.certificate.states import CertificateState
from roadworthy.evidence import envelopes, public_keys
from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import InvalidInput, NotFound
from roadworthy.foundation.storage.store import Store
from tests.harness.governed import CASE, Board, governed
from tests.harness.issued import ENVELOPE, RELEASE, condition, issued

BY = "dana@halden.example"


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path) as opened:
        yield opened


def test_a_certificate_reads_back_as_it_was_decided(board: Board) -> None:
    now = board.deployment.clock.now()
    due = now + dt.timedelta(days=9)
    made = issued(board.app, board.context(BY), CASE, conditions=(condition(board.ref(BY), due),), items={"e1": "d1"})
    assert (made.version, made.state, made.release, made.deciders) == (1, CertificateState.VALID, RELEASE, ("p1",))
    assert envelope_values(made.envelope) == ENVELOPE
    assert made.expires_at == now + dt.timedelta(days=180), "as the policy that ships says"
    assert [(each.what, each.due, each.met_at) for each in made.conditions] == [("Measure again.", due, None)]
    assert board.app.operation.certificates.of(CASE) == [made]
    assert board.app.operation.certificates.listed(CertificateState.VALID) == [made]
    (entry,) = board.entries("certificate.issued")
    assert (entry.resource, entry.facts["useCase"], entry.facts["statement"]) == (
        f"Certificate/{made.serial}",
        CASE,
        made.digest,
    )
    assert entry.basis.evidence == ("e1",)


def test_the_statement_is_signed_and_holds_no_text_of_a_condition(board: Board) -> None:
    due = board.deployment.clock.now() + dt.timedelta(days=9)
    made = issued(board.app, board.context(BY), CASE, conditions=(condition(board.ref(BY), due),))
    content = board.app.operation.certificates.statement(made.serial)
    assert digest(content) == made.digest
    key = public_keys.of(board.app.keys.signing(KEYS).private.public_key())
    opened = envelopes.opened(content)
    assert envelopes.signer_of(opened, {key.key_id: key}) == key
    said = envelopes.read(opened.payload, PREDICATE_TYPE)
    assert said.subject.digest == RELEASE
    assert said.predicate["envelope"] == ENVELOPE
    assert "Measure" not in json.dumps(said.predicate)
    assert said.predicate["conditions"][0]["commitment"].startswith("sha256:")


def test_a_new_certificate_takes_the_place_of_the_former_one(board: Board) -> None:
    certificates = board.app.operation.certificates
    first = issued(board.app, board.context(BY), CASE)
    pilot = issued(board.app, board.context(BY), CASE, stage="pilot")
    second = issued(board.app, board.context(BY), CASE)
    assert second.supersedes == first.serial
    ended = certificates.get(first.serial)
    assert (ended.state, ended.cause) == (CertificateState.WITHDRAWN, "superseded")
    assert certificates.get(pilot.serial).state is CertificateState.VALID, "another stage, another certificate"
    events = [(entry.what, entry.resource) for entry in board.entries("certificate.")][-2:]
    assert events == [
        ("certificate.withdrawn", f"Certificate/{first.serial}"),
        ("certificate.issued", f"Certificate/{second.serial}"),
    ]


def test_what_cannot_be_certified_is_not(board: Board) -> None:
    with pytest.raises(InvalidInput, match="admits nothing"):
        issued(
            board.app,
            board.context(BY),
            CASE,
            envelope={"terms": {"cohort": {"bound": {"values": []}, "source": "declared", "evidence": []}}},
        )
    with pytest.raises(NotFound):
        board.app.operation.certificates.get("oc-none")
    assert board.app.operation.certificates.of(CASE) == []
