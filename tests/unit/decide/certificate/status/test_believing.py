"""Forged, foreign, replayed, doubled: each is refused, and each by its name."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.decide.certificate.states import CertificateState
from roadworthy.decide.certificate.status import writing
from roadworthy.decide.certificate.status.believing import Known, Seen, believed, read_certificate
from roadworthy.decide.certificate.status.files import filed
from roadworthy.decide.certificate.status.model import PAYLOAD_TYPE, Ages, Listed, Snapshot, Standing, Stop, part_of
from roadworthy.evidence import envelopes
from roadworthy.evidence.model import Artefact
from roadworthy.foundation.digests import canonical_bytes, digest
from roadworthy.foundation.errors import InvalidInput, RoadworthyError
from roadworthy.foundation.keys import SigningKey
from tests.harness.certified import NOON, ORIGIN, issued, key, public

OURS, THEIRS = key(1), key(2)
LATE = dt.datetime(2041, 1, 1, tzinfo=dt.UTC)
INSTANTS = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2040, 1, 1)).map(lambda at: at.replace(tzinfo=dt.UTC))  # noqa: DTZ001 - Hypothesis wants them bare
TEXTS = st.text(max_size=12)
LISTED = st.builds(
    Listed, TEXTS, TEXTS, TEXTS, TEXTS, st.sampled_from(CertificateState), st.integers(1, 99), TEXTS, INSTANTS
)
SPANS = st.integers(0, 10**6).map(lambda seconds: dt.timedelta(seconds=seconds))
SNAPSHOTS = st.builds(
    Snapshot,
    TEXTS,
    st.integers(1, 2**53 - 1),
    INSTANTS,
    st.builds(Ages, SPANS, SPANS),
    st.builds(
        Standing,
        st.lists(LISTED, max_size=3, unique_by=lambda each: each.serial).map(
            lambda some: tuple(sorted(some, key=lambda each: each.serial))
        ),
        st.lists(
            st.builds(Stop, st.sampled_from(["all", "triage", "agent:bot", "action:orders.refund"]), INSTANTS),
            max_size=3,
            unique_by=lambda each: each.scope,
        ).map(lambda stops: tuple(sorted(stops, key=lambda each: "" if each.scope == "all" else each.scope))),
        st.lists(TEXTS, max_size=2).map(lambda some: tuple(sorted(some))),
    ),
)


def snapshot(seq: int = 3, issued_at: dt.datetime = NOON, origin: str = ORIGIN) -> Snapshot:
    return Snapshot(origin, seq, issued_at, Ages(), Standing((issued().listed,)))


def sealed(said: Snapshot, by: SigningKey = OURS, kind: str = PAYLOAD_TYPE) -> bytes:
    head = sealed_bytes(writing.written(writing.head_of(said)), by, kind)
    return filed(head, writing.contents(said.standing.certificates))


def sealed_bytes(payload: bytes, by: SigningKey = OURS, kind: str = PAYLOAD_TYPE) -> bytes:
    (name,) = public(by)
    signature = envelopes.Signature(name, by.sign(envelopes.encoded_for_signing(payload, kind)))
    return envelopes.sealed(payload, (signature,), kind)


def refused(content: bytes, keys: Known | None = None, seen: Seen = Seen(), at: dt.datetime = NOON) -> str:  # noqa: B008 - it is frozen
    with pytest.raises(RoadworthyError) as caught:
        believed(content, keys or public(OURS), ORIGIN, seen, at)
    assert caught.value.remedy
    return caught.value.code


@given(SNAPSHOTS)
def test_a_snapshot_is_read_as_it_was_written(said: Snapshot) -> None:
    head = writing.read(writing.written(writing.head_of(said)))
    contents = writing.contents(said.standing.certificates)
    parts = {number: writing.read_part(number, content, head.parts[number]) for number, content in contents.items()}
    read = writing.snapshot_of(head, parts)
    assert replace(read, standing=replace(read.standing, certificates=by_serial(read))) == said


@given(SNAPSHOTS)
def test_one_of_the_first_format_is_read_as_it_was_written(said: Snapshot) -> None:
    read = believed(first_format(said), public(OURS), None, Seen(), LATE)
    assert replace(read, standing=replace(read.standing, certificates=by_serial(read))) == said


def by_serial(said: Snapshot) -> tuple[Listed, ...]:
    return tuple(sorted(said.standing.certificates, key=lambda each: each.serial))


def first_format(said: Snapshot, by: SigningKey = OURS) -> bytes:
    """As releases before this one signed it: everything in one envelope."""
    return sealed_bytes(writing.written(replace(writing.head_of(said), whole=said.standing.certificates)), by)


def test_the_one_that_was_signed_is_believed_and_so_is_the_next() -> None:
    content = sealed(snapshot())
    payload = writing.written(writing.head_of(snapshot()))
    for seen in (Seen(), Seen(2, "other"), Seen(3), Seen(3, digest(payload))):
        assert believed(content, public(OURS), ORIGIN, seen, NOON) == snapshot()


def test_each_attack_on_a_snapshot_has_its_name() -> None:
    assert refused(sealed(snapshot(), THEIRS)) == "status-foreign"
    assert refused(sealed(snapshot(origin="roadworthy.dev/ledger/else"))) == "status-foreign"
    assert refused(sealed(snapshot()), seen=Seen(4, "later")) == "status-replayed"
    assert refused(sealed(snapshot()), seen=Seen(3, "another of the same number")) == "status-doubled"
    assert refused(sealed(snapshot()), at=NOON - dt.timedelta(seconds=6)) == "status-not-yet"
    assert refused(sealed(snapshot(), kind="application/vnd.in-toto+json")) == "envelope-unreadable"


def test_a_snapshot_that_says_more_than_is_read_is_refused() -> None:
    said = json.loads(writing.written(writing.head_of(snapshot())))
    part = said["parts"]["0f"]
    wrong: list[Any] = [{"0f": part[:-4]}, {"0F": part}, {"10f": part}, {"0f": part, "more": part}, {"0f": 7}, [part]]
    changes: list[dict[str, Any]] = [{"parts": each} for each in wrong]
    changes += [{"more": 1}, {"format": "roadworthy-status/1"}, {"maxAge": "60"}, {"seq": "3"}]
    for change in changes:
        assert refused(sealed_bytes(canonical_bytes({**said, **change}))) == "status-unreadable"
    del said["grace"]
    assert refused(sealed_bytes(canonical_bytes(said))) == "status-unreadable"


def test_a_part_that_was_changed_swapped_or_left_out_is_never_believed() -> None:
    whole = json.loads(sealed(snapshot()))
    ((name, text),) = whole["parts"].items()
    for parts in (
        {name: text.replace("valid", "narrowed")},
        {"00": text},
        {name: text, "00": text},
        {name: text + " "},
    ):
        assert refused(canonical_bytes({**whole, "parts": parts})) == "status-part-forged"
    unreadable: list[Any] = [{name: 7}, {name.upper() + "0": text}, [text]]
    for parts in unreadable:
        assert refused(canonical_bytes({**whole, "parts": parts})) == "envelope-unreadable"
    alone = believed(canonical_bytes({**whole, "parts": {}}), public(OURS), ORIGIN, Seen(), NOON)
    assert (alone.standing.certificates, alone.lacking) == ((), frozenset({part_of("triage")}))
    assert believed(canonical_bytes(whole["head"]), public(OURS), ORIGIN, Seen(), NOON) == alone


def test_a_part_lists_what_belongs_there_in_the_one_possible_way() -> None:
    listed = issued().listed
    number, content = part_of(listed.use_case), writing.content([listed])
    assert writing.read_part(number, content, digest(content)).listed == (listed,)
    for number_, said in ((number ^ 1, content), (number, content + b" "), (number, b"[]"), (number, b"[{}]")):
        with pytest.raises(InvalidInput) as caught:
            writing.read_part(number_, said, digest(said))
        assert caught.value.code == "status-unreadable"


def change_payload(content: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    outer = json.loads(content)
    inner = json.loads(base64.b64decode(outer["payload"]))
    change(inner)
    return canonical_bytes({**outer, "payload": base64.b64encode(canonical_bytes(inner)).decode()})


def test_a_suspended_certificate_cannot_be_made_valid_on_the_way() -> None:
    def resume(said: dict[str, Any]) -> None:
        said["certificates"][0]["state"] = "narrowed"

    def other(said: dict[str, Any]) -> None:
        said["parts"] = {}

    assert refused(change_payload(first_format(snapshot()), resume)) == "status-forged"
    head = canonical_bytes(json.loads(sealed(snapshot()))["head"])
    assert refused(change_payload(head, other)) == "status-forged"


def outcome(read: Callable[[], object]) -> object:
    """What comes of reading, or the name of the refusal."""
    try:
        return read()
    except RoadworthyError as error:
        return error.code


@given(st.data())
def test_no_flipped_bit_of_a_snapshot_is_believed_to_say_something_else(data: st.DataObject) -> None:
    content = bytearray(sealed(snapshot()))
    at = data.draw(st.integers(0, len(content) * 8 - 1))
    content[at // 8] ^= 1 << at % 8
    said = outcome(lambda: believed(bytes(content), public(OURS), ORIGIN, Seen(), NOON))
    # What is not signed may be touched, such as the hint at the key: what is believed stays the same.
    codes = {"status-forged", "status-foreign", "status-part-forged", "envelope-unreadable"}
    assert said == snapshot() or said in codes


@given(st.data())
def test_no_flipped_bit_of_a_certificate_is_believed_to_say_something_else(data: st.DataObject) -> None:
    one = issued(signing=OURS)
    content = bytearray(one.statement)
    at = data.draw(st.integers(0, len(content) * 8 - 1))
    content[at // 8] ^= 1 << at % 8
    said = outcome(lambda: read_certificate(bytes(content), public(OURS), ORIGIN).predicate)
    same = read_certificate(one.statement, public(OURS), ORIGIN).predicate
    assert said == same or said in ("certificate-forged", "certificate-foreign", "envelope-unreadable")


def test_each_attack_on_a_certificate_has_its_name() -> None:
    content = issued(signing=OURS).statement
    assert read_certificate(content, public(OURS), ORIGIN).use_case == "triage"
    for keys, origin in ((public(THEIRS), ORIGIN), (public(OURS), "roadworthy.dev/ledger/else")):
        with pytest.raises(RoadworthyError) as caught:
            read_certificate(content, keys, origin)
        assert caught.value.code == "certificate-foreign"

    def extend(said: dict[str, Any]) -> None:
        said["predicate"]["expiresAt"] = "2099-01-01T00:00:00.000000Z"

    with pytest.raises(RoadworthyError) as caught:
        read_certificate(change_payload(content, extend), public(OURS), ORIGIN)
    assert caught.value.code == "certificate-forged"


def test_a_signed_statement_of_another_kind_is_no_certificate() -> None:
    payload = envelopes.statement(Artefact(name="a", digest="sha256:" + "1" * 64), {"serial": "oc-1"})
    with pytest.raises(InvalidInput) as caught:
        read_certificate(sealed_bytes(payload, kind=envelopes.PAYLOAD_TYPE), public(OURS), ORIGIN)
    assert caught.value.code == "envelope-unreadable"
