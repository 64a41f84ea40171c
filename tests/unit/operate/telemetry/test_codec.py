from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from roadworthy.foundation.errors import IntegrityBroken
from roadworthy.operate.telemetry.codec import decode, encode
from roadworthy.operate.telemetry.model import Delegated, Intent, Result
from tests.unit.operate.telemetry.samples import INTENT, RESULT

AWARE = st.datetimes(timezones=st.just(INTENT.at.tzinfo))
SOME = st.one_of(st.none(), st.text(max_size=8))


def test_the_first_format_is_frozen() -> None:
    assert encode(INTENT) == (
        b'{"record":"intent/1","id":"019aaab2-0000-7000-8000-000000000001","at":"2026-11-22T09:30:00.123456Z",'
        b'"surface":"chat-completions","ruling":"admitted","enforcement":"enforced","key":"key-1",'
        b'"useCase":"claims-triage","stage":"production","release":"sha256:' + b"1" * 64 + b'",'
        b'"certificate":"oc-2026-1","statusSeq":7,"endpoint":"triage","model":"small","stream":false}'
    )
    assert encode(RESULT) == (
        b'{"record":"result/1","id":"019aaab2-0000-7000-8000-000000000001","at":"2026-11-22T09:30:00.373456Z",'
        b'"outcome":"answered","status":200,"milliseconds":250,"firstTokenMilliseconds":90,"attempts":['
        b'{"upstream":"first","model":"m-1","status":503,"error":"upstream-5xx","milliseconds":40},'
        b'{"upstream":"second","model":"m-2","status":200,"error":null,"milliseconds":210}],'
        b'"usage":{"input":120,"output":30,"cached":20},"cost":4500,"currency":"EUR"}'
    )


def test_as_whom_an_upstream_was_asked_is_written_where_it_was_for_a_user() -> None:
    whom = Delegated("exchange", ("workload/nightly", "u-1"), ("read",))
    asked = replace(RESULT, attempts=(replace(RESULT.attempts[0], identity=whom),))
    assert b'"identity":{"via":"exchange","actors":["workload/nightly","u-1"],"rights":["read"]}' in encode(asked)
    assert decode(encode(asked)) == asked
    broken = replace(whom, rights=("a\ud800b",))
    half = replace(RESULT, attempts=(replace(RESULT.attempts[0], identity=broken),))
    read = decode(encode(half))
    assert isinstance(read, Result)
    assert read.attempts[0].identity == replace(whom, rights=("a?b",))


@given(
    st.builds(Intent, at=AWARE, key=SOME, rule=SOME, about=st.text(max_size=8), status_seq=st.integers(0, 2**40))
    | st.builds(
        Result, at=AWARE, error=SOME, cost=st.none() | st.integers(0, 2**60), milliseconds=st.integers(0, 2**40)
    )
)
def test_what_is_written_is_read(record: Intent | Result) -> None:
    assert decode(encode(record)) == record


@pytest.mark.parametrize("content", [b"", b"{}", b'{"record":"intent/2"}', encode(INTENT)[:-1], b"\xff", b'"x"'])
def test_what_is_no_record_is_refused(content: bytes) -> None:
    with pytest.raises(IntegrityBroken):
        decode(content)


def test_half_a_character_from_a_client_stops_no_record() -> None:
    record = replace(INTENT, model="a\ud800b")
    assert decode(encode(record)) == replace(INTENT, model="a?b")
