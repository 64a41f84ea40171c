"""Canonical bytes and what is computed from them: digests and salted commitments.

Canonical bytes are JSON with sorted keys, no white space, ASCII only, and no floats: the form on which
two implementations cannot disagree. It is the subset of RFC 8785 without fractional numbers; numbers that
need a fraction travel as integers of a smaller unit or as decimal strings.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

Canonical: TypeAlias = str | int | bool | Sequence[Any] | Mapping[str, Any] | None
"""What canonical bytes can hold; containers are checked when serialised."""

LARGEST_INTEGER = 2**53 - 1
"""Above this, JSON readers that use doubles lose digits (RFC 8785, section 3.2.2.3)."""

SALT_BYTES = 32


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def canonical_bytes(value: Canonical) -> bytes:
    """Serialise `value` once, in the one possible way.

    Raises:
        TypeError: a float, a non-string key, or any other type that has no single canonical form.
        ValueError: an integer beyond `LARGEST_INTEGER`.
    """
    _check(value)
    return _ENCODER.encode(value).encode("ascii")


def _check(value: object) -> None:
    kind = type(value)
    if kind is dict:  # what nearly everything is made of; anything else is looked at by what it is an instance of
        for key, item in cast("dict[object, object]", value).items():
            if type(key) is not str:
                _check_exactly({key: None})
            if type(item) is not str and item is not None:
                _check(item)
    elif kind is not str and value is not None:
        _check_exactly(value)


def _check_exactly(value: object) -> None:
    match value:
        case None | str() | bool():
            return
        case int():
            if abs(value) > LARGEST_INTEGER:
                message = f"integer {value} is beyond 2^53 - 1 and would lose digits in other readers"
                raise ValueError(message)
        case dict():
            for key, item in value.items():
                if not isinstance(key, str):
                    message = f"canonical objects have string keys, not {type(key).__name__}"
                    raise TypeError(message)
                _check(item)
        case list() | tuple():
            for item in value:
                _check(item)
        case _:
            message = f"{type(value).__name__} has no canonical form; use an integer of a smaller unit or a string"
            raise TypeError(message)


def digest(content: bytes) -> str:
    """SHA-256 of bytes, named as `sha256:` and 64 hexadecimal digits."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def digest_of(value: Canonical) -> str:
    """Digest of the canonical bytes of a value."""
    return digest(canonical_bytes(value))


def commitment(salt: bytes, content: bytes) -> str:
    """A salted commitment, SHA-256(salt || content): it proves the content to whoever is given the salt.

    Once the salt is destroyed the content cannot be found by guessing, however short it is.
    """
    if len(salt) != SALT_BYTES:
        message = f"a salt has {SALT_BYTES} bytes, not {len(salt)}"
        raise ValueError(message)
    return digest(salt + content)


def same(left: str | bytes, right: str | bytes) -> bool:
    """Compare two secrets or digests in constant time."""
    first = left.encode() if isinstance(left, str) else left
    second = right.encode() if isinstance(right, str) else right
    return hmac.compare_digest(first, second)
