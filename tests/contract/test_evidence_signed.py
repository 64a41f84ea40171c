"""What collectors sign, on both engines: measured by a good signature of a key in force, and refused by name else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roadworthy.evidence.model import Artefact, Method
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Refused, RoadworthyError, TooLarge
from roadworthy.foundation.storage.store import Store
from tests.harness.evidence import (
    NOW,
    PIPELINE,
    Desk,
    PrivateKey,
    desk,
    documented,
    key_id_of,
    pem_of,
    predicate,
    signed,
    statement,
)

KEY = Ed25519PrivateKey.from_private_bytes(b"1" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"2" * 32)
CURVE = ec.derive_private_key(7, ec.SECP256R1())


@pytest.fixture
def at(store: Store, tmp_path: Path) -> Desk:
    """A desk with a use case and a collector."""
    opened = desk(store, tmp_path)
    opened.declare()
    opened.collector(KEY)
    return opened


@pytest.mark.parametrize("key_id", [None, ""], ids=["names its key", "names none"])
@pytest.mark.parametrize("key", [KEY, CURVE], ids=["Ed25519", "ECDSA P-256"])
def test_a_collector_s_signature_makes_it_measured(at: Desk, key: PrivateKey, key_id: str | None) -> None:
    if key is CURVE:
        at.collector(CURVE, "curve")
    item = at.evidence.receive(PIPELINE, signed(key, statement(predicate()), key_id))

    assert item.method is Method.MEASURED
    assert item.key_id == key_id_of(key)
    assert item.subject is not None
    assert item.subject.name == "claims.csv"
    assert item.result == {"sources": 3, "missingShare": "0.02"}
    assert (item.expires_at - item.window[1]).days == 180 if item.window else False
    seen = next(each for each in at.collectors.all() if each.key_id == item.key_id)
    assert seen.last_seen_at == NOW
    assert at.events()[-1] == "evidence.received"


def test_the_same_statement_again_is_the_same_item_even_when_it_was_withdrawn(at: Desk) -> None:
    envelope = signed(KEY, statement(predicate()))
    item = at.evidence.receive(PIPELINE, envelope)
    withdrawn = at.evidence.withdraw(at.person("carla@example.org"), item.id, "Of another table.")

    assert at.evidence.receive(PIPELINE, envelope) == withdrawn
    assert len(at.evidence.of("triage")) == 1
    assert at.events().count("evidence.received") == 1


def tampered(envelope: bytes) -> bytes:
    """The same signature over another answer."""
    parts = json.loads(envelope)
    other = json.loads(signed(OTHER, statement(predicate(answer="yes", sampleSize=9))))
    return json.dumps(parts | {"payload": other["payload"]}).encode()


def said(**changed: object) -> bytes:
    """What the collector signs, but for what is changed."""
    return signed(KEY, statement(predicate(**changed)))


SUBJECT = "UseCase/triage"


@pytest.mark.parametrize(
    ("envelope", "error", "code"),
    [
        (signed(OTHER, statement(predicate())), Refused, "envelope-key-unknown"),
        (signed(OTHER, statement(predicate()), ""), Refused, "envelope-key-unknown"),
        (signed(OTHER, statement(predicate()), key_id_of(KEY)), Refused, "envelope-signature-wrong"),
        (tampered(signed(KEY, statement(predicate()))), Refused, "envelope-signature-wrong"),
        (said(kind="load-test", result=None), Refused, "collector-other-kind"),
        (signed(KEY, statement(predicate(), SUBJECT)), Refused, "evidence-subject-mismatch"),
        (signed(KEY, statement(predicate(), "UseCase/other")), Refused, "evidence-subject-mismatch"),
        (signed(KEY, statement(predicate(), digest="abc")), InvalidInput, "envelope-unreadable"),
        (said(method="measured"), InvalidInput, "resource-unknown-key"),
        (said(useCase=None), InvalidInput, "envelope-without-use-case"),
        (said(useCase="nobody"), NotFound, "use-case-unknown"),
        (said(observedTo="2026-06-01T12:02:01Z"), InvalidInput, "evidence-from-the-future"),
        (said(observedFrom="2026-06-01T08:00:01Z"), InvalidInput, "evidence-dates-reversed"),
        (
            said(expires="2026-06-01T08:00:00Z"),
            InvalidInput,
            "evidence-expires-before-observation",
        ),
        (signed(KEY, b"no statement"), InvalidInput, "envelope-unreadable"),
        (b"{}", InvalidInput, "envelope-unreadable"),
        (b"", InvalidInput, "envelope-unreadable"),
        (b" " * 2**21, TooLarge, "envelope-too-large"),
    ],
    ids=[
        "foreign key", "foreign key without a name", "forged", "changed", "other kind", "digest of no version",
        "other use case", "no digest", "says its method", "no use case", "no such use case", "future", "reversed",
        "ends with it", "no statement", "no envelope", "nothing", "large",
    ],
)  # fmt: skip
def test_what_is_not_as_it_says_is_refused_and_leaves_nothing(
    at: Desk, envelope: bytes, error: type[RoadworthyError], code: str
) -> None:
    before = at.events()
    with pytest.raises(error) as refused:
        at.evidence.receive(PIPELINE, envelope)

    assert refused.value.code == code
    assert at.evidence.of("triage") == []
    assert at.events() == before


def test_a_statement_about_the_use_case_itself_names_a_version_of_its_spec(at: Desk) -> None:
    former = at.resources.get("UseCase", "triage").digest.removeprefix("sha256:")
    at.declare(purpose="Sorts claims.")

    item = at.evidence.receive(PIPELINE, signed(KEY, statement(predicate(), SUBJECT, former)))

    assert item.subject is None


def test_a_clock_that_runs_two_minutes_ahead_is_no_prophet(at: Desk) -> None:
    said = predicate(observedTo="2026-06-01T12:02:00Z")

    assert at.evidence.receive(PIPELINE, signed(KEY, statement(said))).method is Method.MEASURED


def test_a_revoked_key_signs_nothing_more_and_what_it_signed_stays(at: Desk) -> None:
    before = at.evidence.receive(PIPELINE, signed(KEY, statement(predicate())))
    at.collectors.revoke(at.person("rita@example.org"), "auditor", "The runner was lent out.")

    for key_id in (None, ""):
        with pytest.raises(Refused) as refused:
            at.evidence.receive(PIPELINE, signed(KEY, statement(predicate(sampleSize=7000)), key_id))
        assert refused.value.code == ("collector-revoked" if key_id is None else "envelope-key-unknown")
    assert at.item(before).withdrawal is None
    (kept,) = at.collectors.all()
    assert (kept.revoked_reason, kept.revoked_at) == ("The runner was lent out.", NOW)


def test_a_rotated_collector_signs_with_its_new_key(at: Desk) -> None:
    rita = at.person("rita@example.org")
    new = at.collectors.rotate(rita, "auditor", pem_of(CURVE))

    assert (new.kinds, new.owner) == (("data-audit",), "carla@example.org")
    assert at.evidence.receive(PIPELINE, signed(CURVE, statement(predicate()))).collector == "auditor"
    with pytest.raises(Refused):
        at.evidence.receive(PIPELINE, signed(KEY, statement(predicate(sampleSize=7000))))
    with pytest.raises(Conflict):  # a revoked key does not come back
        at.collectors.rotate(rita, "auditor", pem_of(KEY))
    assert [each.revoked_reason for each in at.collectors.all()].count("rotated") == 1
    assert at.events()[-2:] == ["collector.rotated", "evidence.received"]


@pytest.mark.parametrize(
    ("name", "pem", "kinds", "owner", "code"),
    [
        ("auditor", pem_of(OTHER), ["data-audit"], "carla@example.org", "collector-name-taken"),
        ("second", pem_of(KEY), ["data-audit"], "carla@example.org", "collector-key-known"),
        ("Second One", pem_of(OTHER), ["data-audit"], "carla@example.org", "collector-name-unfit"),
        ("second", pem_of(OTHER), ["data-audi"], "carla@example.org", "collector-kind-unknown"),
        ("second", pem_of(OTHER), [], "carla@example.org", "collector-without-kinds"),
        ("second", pem_of(OTHER), ["data-audit"], " ", "collector-without-owner"),
        ("second", "ssh-ed25519 AAAA", ["data-audit"], "carla@example.org", "public-key-unreadable"),
    ],
    ids=["name", "key", "unfit name", "no such kind", "no kinds", "no owner", "no key"],
)
def test_what_cannot_be_registered(at: Desk, name: str, pem: str, kinds: list[str], owner: str, code: str) -> None:
    with pytest.raises(RoadworthyError) as refused:
        at.collectors.register(at.person("rita@example.org"), name, pem, kinds, owner)

    assert refused.value.code == code
    assert len(at.collectors.all()) == 1


def test_a_program_keeps_no_collectors(at: Desk) -> None:
    acts: tuple[Callable[[], object], ...] = (
        lambda: at.collectors.register(PIPELINE, "second", pem_of(OTHER), ["data-audit"], "carla@example.org"),
        lambda: at.collectors.rotate(PIPELINE, "auditor", pem_of(OTHER)),
        lambda: at.collectors.revoke(PIPELINE, "auditor", "No more."),
    )
    for act in acts:
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "collector-kept-by-program"
    rita = at.person("rita@example.org")
    with pytest.raises(NotFound):
        at.collectors.revoke(rita, "auditer", "No more.")
    with pytest.raises(InvalidInput):
        at.collectors.revoke(rita, "auditor", "  ")


def test_what_this_deployment_signed_is_nobody_s_measurement(at: Desk) -> None:
    at.evidence.submit(PIPELINE, "triage", documented(subject=Artefact(name="a", digest="sha256:" + "1" * 64)))
    (own,) = at.evidence.public_keys()

    assert own.key_id not in {each.key_id for each in at.collectors.all()}
    with pytest.raises(Refused) as refused:
        at.evidence.receive(PIPELINE, signed(OTHER, statement(predicate()), own.key_id))
    assert refused.value.code == "envelope-key-unknown"
