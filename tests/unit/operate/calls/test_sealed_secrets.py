"""Laws of sealed secrets: nothing opens but what was sealed, where it was sealed, with the key that is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.runtime import SeededRandomness, SystemClock
from roadworthy.operate.calls.secrets.model import (
    LONGEST_VALUE,
    About,
    Bound,
    Sealed,
    bound_of,
    check_name,
    check_value,
)
from roadworthy.operate.calls.secrets.sealing import open_sealed, seal
from roadworthy.operate.calls.secrets.wrapping import PURPOSE, Files, Unopened, Wrappers, fingerprint
from roadworthy.operate.calls.wire.addresses import origin

ABOUT = About("halden", "openai", "api.openai.com", "01890000-0000-7000-8000-000000000001")
VALUES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=200)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(Keys(tmp_path_factory.mktemp("keys"), SystemClock()), SeededRandomness(7))


def opened(files: Files, sealed: Sealed, about: About) -> str:
    return open_sealed(sealed, about, files.unwrap(sealed.key, sealed.wrapped, about.said))


def with_bytes(sealed: Sealed, where: str, content: bytes) -> Sealed:
    changed: dict[str, Any] = {where: content}
    return replace(sealed, **changed)


@given(value=VALUES, seed=st.integers(0, 2**32))
def test_what_was_sealed_opens_and_is_nowhere_in_what_is_kept(files: Files, value: str, seed: int) -> None:
    sealed = seal(value, ABOUT, files, SeededRandomness(seed))
    assert opened(files, sealed, ABOUT) == value
    if len(value) > 3:
        assert value.encode() not in sealed.ciphertext + sealed.wrapped
    assert "Sealed(" not in repr(sealed), "a row in a traceback shows no bytes"


@given(
    which=st.sampled_from([field.name for field in fields(About)]),
    at=st.integers(0, 10_000),
    by=st.integers(1, 255),
)
def test_whatever_changes_in_what_it_is_about_it_does_not_open(files: Files, which: str, at: int, by: int) -> None:
    sealed = seal("sk-canary", ABOUT, files, SeededRandomness(3))
    said: str = getattr(ABOUT, which)
    at %= len(said)
    other = replace(ABOUT, **{which: said[:at] + chr(ord(said[at]) ^ by) + said[at + 1 :]})
    with pytest.raises(Unopened):
        opened(files, sealed, other)


@given(where=st.sampled_from(["ciphertext", "wrapped"]), at=st.integers(0, 10_000), by=st.integers(1, 255))
def test_whatever_byte_changes_it_does_not_open(files: Files, where: str, at: int, by: int) -> None:
    sealed = seal("sk-canary", ABOUT, files, SeededRandomness(3))
    content = bytearray(getattr(sealed, where))
    content[at % len(content)] ^= by
    with pytest.raises(Unopened):
        opened(files, with_bytes(sealed, where, bytes(content)), ABOUT)


@given(where=st.sampled_from(["ciphertext", "wrapped"]), length=st.integers(0, 40))
def test_what_is_cut_short_does_not_open(files: Files, where: str, length: int) -> None:
    sealed = seal("sk-canary", ABOUT, files, SeededRandomness(3))
    kept: bytes = getattr(sealed, where)
    with pytest.raises(Unopened):
        opened(files, with_bytes(sealed, where, kept[: min(length, len(kept) - 1)]), ABOUT)


def test_a_secret_of_one_name_does_not_open_in_the_place_of_another(files: Files) -> None:
    """Whoever may write to the database cannot have a secret shown to a host of theirs."""
    sealed = seal("sk-canary", ABOUT, files, SeededRandomness(3))
    other = replace(ABOUT, host="evil.example", version="01890000-0000-7000-8000-000000000002")
    theirs = seal("mine", other, files, SeededRandomness(4))
    mixed = replace(theirs, ciphertext=sealed.ciphertext)
    with pytest.raises(Unopened):
        opened(files, mixed, other)
    with pytest.raises(Unopened):
        opened(files, replace(sealed, wrapped=theirs.wrapped), ABOUT)


def test_without_the_key_nothing_opens_and_a_newer_key_leaves_the_old_one_working(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys", SystemClock())
    files = Files(keys, SeededRandomness(1))
    sealed = seal("sk-canary", ABOUT, files, SeededRandomness(3))
    newer = keys.rotate(PURPOSE)
    assert opened(files, sealed, ABOUT) == "sk-canary"
    assert seal("x", ABOUT, files, SeededRandomness(3)).key == f"files:{newer.name}"
    elsewhere = Files(Keys(tmp_path / "others", SystemClock()), SeededRandomness(1))
    with pytest.raises(Unopened, match="not among those of this machine"):
        opened(elsewhere, sealed, ABOUT)
    elsewhere.wrap(bytes(32), ABOUT.said)
    named = replace(sealed, key=seal("x", ABOUT, elsewhere, SeededRandomness(1)).key)
    with pytest.raises(Unopened):
        opened(elsewhere, named, ABOUT)


def test_a_key_that_no_setting_names_is_never_asked() -> None:
    class Theirs:
        remote = True

        def wrap(self, key: bytes, about: Mapping[str, str]) -> tuple[str, bytes]:
            raise AssertionError(key, about)

        def opens(self, key: str) -> bool:
            return key == "aws-kms:ours"

        def unwrap(self, key: str, wrapped: bytes, about: Mapping[str, str]) -> bytes:
            raise AssertionError(key, wrapped, about)

    with pytest.raises(Unopened, match="does not name its key"):
        Wrappers((Theirs(),)).of("aws-kms:theirs")


def test_a_fingerprint_tells_two_apart_and_stays_when_keys_are_made(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys", SystemClock())
    first = fingerprint(keys, "sk-one")
    keys.rotate("secret-fingerprints")
    assert (fingerprint(keys, "sk-one"), len(first)) == (first, 12)
    assert fingerprint(keys, "sk-two") != first
    assert fingerprint(Keys(tmp_path / "others", SystemClock()), "sk-one") != first, "whoever has no key learns nothing"


@pytest.mark.parametrize(
    ("said", "host", "port"),
    [
        ("api.openai.com", "api.openai.com", None),
        ("API.OpenAI.com.", "api.openai.com", None),
        ("api.openai.com:443", "api.openai.com", 443),
        ("127.0.0.1:8080", "127.0.0.1", 8080),
        ("[::1]:8080", "::1", 8080),
        ("[::1]", "::1", None),
    ],
)
def test_a_host_is_read_in_one_way(said: str, host: str, port: int | None) -> None:
    assert bound_of(said) == Bound(host, port)
    assert bound_of(bound_of(said).authority) == Bound(host, port)


@pytest.mark.parametrize(
    "said",
    ["", "https://api.openai.com", "api.openai.com/v1", "user@host", "a:b:c", "::1", "host:0", "host:70000", "a b",
     "host?x", "host#x", "%2e", "host:port", "a\\b", "[zz]"],
)  # fmt: skip
def test_what_is_no_host_is_refused(said: str) -> None:
    with pytest.raises(InvalidInput):
        bound_of(said)


def test_a_secret_goes_to_its_host_alone() -> None:
    bound = bound_of("api.openai.com")
    assert bound.covers(origin("https://api.openai.com/v1"))
    assert bound.covers(origin("https://api.openai.com:8443/v1")), "every port, as none was said"
    assert not bound.covers(origin("https://api.openai.com.evil.example/v1"))
    assert not bound.covers(origin("https://openai.com/v1"))
    assert not bound_of("api.openai.com:443").covers(origin("https://api.openai.com:8443/v1"))
    assert bound_of("api.openai.com:443").covers(origin("https://api.openai.com/v1"))


@pytest.mark.parametrize(
    "value", ["", "\n", " sk", "sk ", "sk\nevil: 1", "sk\0", "schlüssel", "x" * (LONGEST_VALUE + 1)]
)
def test_a_value_that_no_header_carries_is_refused_and_not_repeated(value: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_value(value)
    assert not value.strip() or value.strip() not in str(caught.value)


def test_a_line_end_of_a_pipe_is_taken_off_and_a_name_that_is_a_secret_is_not_repeated() -> None:
    assert check_value("sk-one\r\n") == "sk-one"
    with pytest.raises(InvalidInput) as caught:
        check_name("sk-CANARY-0123456789")
    assert "CANARY" not in f"{caught.value} {caught.value.remedy}"
