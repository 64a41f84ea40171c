"""Fingerprints as files: what was written is read again, and nothing else is."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.evidence import public_keys
from roadworthy.foundation.errors import ExitCode, IntegrityBroken, InvalidInput, Refused
from roadworthy.foundation.keys import SigningKey
from roadworthy.measure.fingerprint import codec
from roadworthy.measure.fingerprint.model import Column, Fingerprint, Form, LogHistogram, Numbers
from tests.harness.any_fingerprint import NOW, fingerprints

KEY = SigningKey("one", Ed25519PrivateKey.generate())
PUBLIC = public_keys.of(KEY.private.public_key())
KNOWN = {PUBLIC.key_id: PUBLIC}
SMALL = Fingerprint(
    "s",
    "s.csv",
    "duckdb 2",
    NOW,
    2,
    (Column("a", "DOUBLE", Form.DECIMAL, 2, numbers=Numbers(0.1, 2.5, 2.6, 6.26, LogHistogram(0, {-47: 1, 18: 1}))),),
)


@given(fingerprints())
def test_what_was_written_is_read_again(one: Fingerprint) -> None:
    content = codec.to_json(one)
    assert codec.from_json(content) == one
    assert codec.to_json(codec.from_json(content)) == content


def test_the_digest_is_of_the_content_and_not_of_the_order() -> None:
    first = replace(SMALL, columns=(replace(SMALL.columns[0], name="x"),))
    assert codec.digest_of(SMALL) != codec.digest_of(first)
    turned = LogHistogram(0, {18: 1, -47: 1})
    numbers = replace(SMALL.columns[0].numbers or pytest.fail("no numbers"), histogram=turned)
    assert codec.digest_of(replace(SMALL, columns=(replace(SMALL.columns[0], numbers=numbers),))) == codec.digest_of(
        SMALL
    )


def test_what_equals_its_default_is_not_written() -> None:
    assert set(json.loads(codec.to_json(SMALL))) == {
        "name",
        "location",
        "engine",
        "measured_at",
        "rows",
        "columns",
        "format",
    }


def test_another_version_is_refused_by_name() -> None:
    content = codec.to_json(SMALL).replace(b"fingerprint/v1", b"fingerprint/v9")
    with pytest.raises(InvalidInput) as refused:
        codec.from_json(content, "old.fingerprint.json")
    assert refused.value.code == "fingerprint-other-version"
    assert "fingerprint/v9" in refused.value.message
    assert "fingerprint/v1" in refused.value.message
    assert refused.value.place.source == "old.fingerprint.json"


def changed(path: tuple[str | int, ...], value: object) -> bytes:
    whole = json.loads(codec.to_json(SMALL))
    inner: Any = whole
    for step in path[:-1]:
        inner = inner[step]
    if value is KeyError:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return json.dumps(whole).encode()


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("rows",), -1, "rows"),
        (("rows",), True, "rows"),
        (("rows",), KeyError, "rows"),
        (("columns",), {}, "columns"),
        (("columns", 0, "form"), "colour", "columns[0].form"),
        (("columns", 0, "numbers", "least"), 0.1, ""),
        (("columns", 0, "numbers", "least"), "much", "columns[0].numbers.least"),
        (("columns", 0, "numbers", "histogram", "positive"), {"x": 1}, "columns[0].numbers.histogram.positive.x"),
        (("columns", 0, "numbers", "histogram", "positive"), {"99999": 1}, "columns[0].numbers.histogram"),
        (("columns", 0, "surprise"), 1, "columns[0].surprise"),
        (("measured_at",), "yesterday", "measured_at"),
        (("sampling",), [], "sampling"),
        (("pairs",), [{"columns": ["a"], "counts": {}}], "pairs[0].columns"),
        (("format",), 1, "format"),
    ],
)
def test_a_broken_shape_is_named_by_its_path(path: tuple[str | int, ...], value: object, named: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        codec.from_json(changed(path, value))
    assert refused.value.code == "fingerprint-unreadable"
    assert (refused.value.place.field or "") == named


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"\xff", b'{"format": "x", "format": "y"}', b"nan", b"[" * 5_000]
)
def test_what_is_no_fingerprint_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        codec.from_json(content)


@given(st.binary(max_size=60), st.integers(0, 2000))
def test_a_changed_file_is_read_or_refused_and_nothing_else(noise: bytes, place: int) -> None:
    content = codec.to_json(SMALL)
    with contextlib.suppress(InvalidInput):
        codec.from_json(content[:place] + noise + content[place + len(noise) :])


def test_a_sealed_one_is_opened_with_the_key() -> None:
    content = codec.sealed(SMALL, KEY)
    assert codec.is_sealed(content)
    assert not codec.is_sealed(codec.to_json(SMALL))
    assert codec.unsealed(content, KNOWN) == SMALL


def test_a_broken_signature_stops_everything() -> None:
    content = json.loads(codec.sealed(SMALL, KEY))
    other = codec.sealed(replace(SMALL, rows=3), KEY)
    content["payload"] = json.loads(other)["payload"]
    with pytest.raises(IntegrityBroken) as broken:
        codec.unsealed(json.dumps(content).encode(), KNOWN)
    assert broken.value.code == "fingerprint-signature-wrong"
    assert broken.value.exit_code is ExitCode.INTEGRITY


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        codec.unsealed(codec.sealed(SMALL, SigningKey("two", Ed25519PrivateKey.generate())), KNOWN)
    assert refused.value.code == "fingerprint-key-unknown"


def test_an_envelope_of_something_else_is_no_fingerprint() -> None:
    content = json.loads(codec.sealed(SMALL, KEY))
    content["payloadType"] = "application/vnd.in-toto+json"
    with pytest.raises(InvalidInput):
        codec.unsealed(json.dumps(content).encode(), KNOWN)


def test_a_fingerprint_is_known_by_its_name() -> None:
    assert codec.is_fingerprint("x/pilot.fingerprint.json")
    assert not codec.is_fingerprint("pilot.json")
