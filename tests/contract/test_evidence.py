"""Handing evidence in, on both engines: the method that is assigned, the signature, and who may not vouch."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roadworthy.evidence.envelopes import opened, read, signer_of
from roadworthy.evidence.expiry import KIND
from roadworthy.evidence.model import Doubt, Method, State
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Refused, RoadworthyError
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.storage.store import Store
from tests.harness.evidence import (
    FACT,
    NOW,
    PIPELINE,
    Desk,
    desk,
    documented,
    predicate,
    signed,
    statement,
    submission,
)


@pytest.fixture
def at(store: Store, tmp_path: Path) -> Desk:
    """A desk with one use case."""
    opened_desk = desk(store, tmp_path)
    opened_desk.declare()
    return opened_desk


def test_the_method_follows_from_what_arrives(at: Desk) -> None:
    file = at.attachments.keep(PIPELINE, "audit.txt", [b"Compared both, five gaps."])
    key = Ed25519PrivateKey.generate()
    at.collector(key)

    by_word = at.evidence.submit(at.person("dana@example.org"), "triage", submission())
    by_link = at.evidence.submit(PIPELINE, "triage", documented())
    by_file = at.evidence.submit(PIPELINE, "triage", submission(attachments=[file.digest]))
    by_key = at.evidence.receive(PIPELINE, signed(key, statement(predicate())))

    assert [each.method for each in (by_word, by_link, by_file, by_key)] == [
        Method.ATTESTED, Method.DOCUMENTED, Method.DOCUMENTED, Method.MEASURED,
    ]  # fmt: skip
    assert by_file.attachments == (file,)
    assert (by_key.collector, by_key.recorded_by) == ("auditor", "pipeline")
    assert {each.id for each in at.evidence.of("triage")} == {each.id for each in (by_word, by_link, by_file, by_key)}


def test_an_item_is_read_back_as_it_was_made(at: Desk) -> None:
    given = documented(
        kind="evaluation",
        fact="governance.tested-realistically",
        observedFrom="2026-05-01T08:00:00+02:00",
        observedTo="2026-05-20T18:00:00Z",
        sampleSize=250,
        statement="Every tenth case.",
        subject={"name": "triage-model", "digest": "sha256:" + "a" * 64},
        result={"metric": "recall", "score": 0.90, "groups": ["adults", "children"]},
        expires="2026-06-30",
    )
    made = at.evidence.submit(at.person("dana@example.org"), "triage", given)

    assert at.item(made) == made
    assert made.window == (
        dt.datetime(2026, 5, 1, 6, tzinfo=dt.UTC), dt.datetime(2026, 5, 20, 18, tzinfo=dt.UTC),
    )  # fmt: skip
    assert made.result == {"metric": "recall", "score": "0.9", "groups": ["adults", "children"]}
    assert made.expires_at == dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
    assert to_text(made.expires_at) in at.timers.keys(KIND)
    assert (made.doubt, made.state(NOW)) == (None, State.LIVE)


def test_what_people_hand_in_is_signed_here_and_read_back_from_the_ledger(at: Desk) -> None:
    made = at.evidence.submit(at.person("dana@example.org"), "triage", submission(statement="Seen by me."))
    (key,) = at.evidence.public_keys()
    if at.store.dialect == "postgresql":
        with pytest.raises(Conflict):  # its entry waits for the sequencer
            at.evidence.envelope(made.id)
        return
    envelope = opened(at.evidence.envelope(made.id))

    assert signer_of(envelope, {key.key_id: key}).key_id == made.key_id == key.key_id
    said = read(envelope.payload)
    assert said.subject.name == "UseCase/triage"
    assert said.subject.digest == at.resources.get("UseCase", "triage").digest
    assert said.predicate["method"] == "attested"
    assert said.predicate["statement"] == "Seen by me."
    assert (said.predicate["id"], said.predicate["recordedBy"]) == (made.id, "dana")


@pytest.mark.parametrize("answer", ["yes", "waived", "in-progress", "not-applicable"])
def test_the_owner_of_a_gate_cannot_vouch_at_it(at: Desk, answer: str) -> None:
    paul = at.person("paul@example.org")

    with pytest.raises(Refused) as refused:
        at.evidence.submit(paul, "triage", submission(answer=answer))
    assert refused.value.code == "evidence-attested-by-gate-owner"
    assert "`gerda@example.org` (governance)" in refused.value.remedy
    assert "paul" not in refused.value.remedy
    assert at.evidence.of("triage") == []


def test_the_owner_of_a_gate_can_warn_and_can_bring_a_document(at: Desk) -> None:
    paul = at.person("paul@example.org")

    assert at.evidence.submit(paul, "triage", submission(answer="no")).method is Method.ATTESTED
    assert at.evidence.submit(paul, "triage", documented()).method is Method.DOCUMENTED
    assert at.evidence.submit(at.person("gerda@example.org"), "triage", submission()).method is Method.ATTESTED


def test_a_program_cannot_vouch_for_anything(at: Desk) -> None:
    with pytest.raises(Refused) as refused:
        at.evidence.submit(PIPELINE, "triage", submission())

    assert refused.value.code == "evidence-attested-by-program"


@pytest.mark.parametrize(
    ("changed", "error", "code"),
    [
        ({"fact": "data.path-audit"}, InvalidInput, "evidence-fact-unknown"),
        ({"kind": "data-audi"}, InvalidInput, "evidence-kind-unknown"),
        ({"kind": "training-record"}, InvalidInput, "evidence-kind-other-fact"),
        ({"observedFrom": "2026-05-21"}, InvalidInput, "evidence-dates-reversed"),
        ({"observedTo": "2026-06-02"}, InvalidInput, "evidence-from-the-future"),
        ({"expires": "2026-05-20"}, InvalidInput, "evidence-expires-before-observation"),
        ({"expires": "2026-05-20T12:00:00Z"}, InvalidInput, "evidence-expires-before-observation"),
        ({"result": {"gaps": []}}, InvalidInput, "evidence-result-unknown-field"),
        ({"kind": "data-audit", "result": {"sources": "many"}}, InvalidInput, "evidence-result-unusable"),
        ({"kind": "data-audit", "result": {"missingShare": 1.5}}, InvalidInput, "evidence-result-unusable"),
        ({"link": "javascript:alert(1)"}, InvalidInput, "evidence-link-unsafe"),
        ({"attachments": ["sha256:" + "0" * 64]}, InvalidInput, "evidence-attachment-unknown"),
        ({"supersedes": ["nothing"]}, NotFound, "evidence-superseded-unknown"),
        ({"supersedes": ["#nothing"]}, NotFound, "evidence-superseded-unknown"),
    ],
    ids=[
        "no such fact",
        "no such kind",
        "other fact",
        "reversed",
        "future",
        "ends with it",
        "ends within it",
        "no field",
        "no number",
        "off the scale",
        "unsafe link",
        "no file",
        "no former",
        "no ref",
    ],
)
def test_what_cannot_be_taken_leaves_nothing(
    at: Desk, changed: dict[str, object], error: type[RoadworthyError], code: str
) -> None:
    before = at.events()
    with pytest.raises(error) as refused:
        at.evidence.submit(at.person("dana@example.org"), "triage", submission(**changed))

    assert refused.value.code == code
    assert refused.value.remedy
    assert at.evidence.of("triage") == []
    assert at.events() == before


def test_an_unknown_use_case_is_not_found(at: Desk) -> None:
    with pytest.raises(NotFound):
        at.evidence.submit(at.person("dana@example.org"), "nobody", submission())


def test_a_batch_is_taken_whole_or_not_at_all_and_tells_every_fault(at: Desk) -> None:
    dana = at.person("dana@example.org")
    at.declare("search")
    good = ("search", submission())

    with pytest.raises(InvalidInput) as refused:
        at.evidence.submit_all(
            dana,
            [good, ("triage", submission(fact="x", ref="second")), ("nobody", submission(observedTo="2030-01-01"))],
        )
    assert [(each.code, each.place.source) for each in refused.value.findings] == [
        ("evidence-fact-unknown", "submission second"),
        ("evidence-from-the-future", "submission 3"),
        ("use-case-unknown", "submission 3"),
    ]
    assert at.evidence.of("search") == []
    assert [each.use_case for each in at.evidence.submit_all(dana, [good, ("triage", submission())])] == [
        "search", "triage",
    ]  # fmt: skip
    assert at.evidence.submit_all(dana, []) == []


def test_a_kind_decides_freshness_by_method_and_the_least_sample(at: Desk) -> None:
    end = dt.datetime(2026, 5, 21, tzinfo=dt.UTC)
    few = at.evidence.submit(PIPELINE, "triage", documented(kind="data-audit", sampleSize=999))
    enough = at.evidence.submit(PIPELINE, "triage", documented(kind="data-audit", sampleSize=1000))
    word = at.evidence.submit(at.person("dana@example.org"), "triage", submission(kind="data-audit", sampleSize=1000))

    assert (few.doubt, few.sample_wanted) == (Doubt.SAMPLE_TOO_SMALL, 1000)
    assert enough.doubt is None
    assert (enough.expires_at - end).days == 180
    assert (word.expires_at - end).days == 90


def test_a_later_end_than_the_method_allows_changes_nothing(at: Desk) -> None:
    made = at.evidence.submit(PIPELINE, "triage", documented(expires="2036-01-01"))

    assert made.expires_at == dt.datetime(2026, 5, 21, tzinfo=dt.UTC) + dt.timedelta(days=270)


def test_what_ends_soon_is_told_the_soonest_first(at: Desk) -> None:
    at.declare("search")
    later = at.evidence.submit(PIPELINE, "triage", documented(expires="2026-06-20"))
    sooner = at.evidence.submit(PIPELINE, "search", documented(expires="2026-06-10"))
    over = at.evidence.submit(PIPELINE, "triage", documented(expires="2026-05-25"))

    assert [each.id for each in at.evidence.ahead(30)] == [sooner.id, later.id]
    assert [each.id for each in at.evidence.ahead(30, "triage")] == [later.id]
    assert at.evidence.ahead(5) == []
    assert over.state(NOW) is State.EXPIRED
    assert (FACT, len(at.evidence.kinds()) > 10) == (sooner.fact, True)
