"""Fingerprints as files: canonical JSON, plain or in a signed envelope.

What equals its default is left out, so that a field which comes later does not change the digest of what was measured
before. Numbers with a fraction travel as text in their shortest form that reads back as the same double; keys that are
no text (bins, days, pairs) are written as text. The file is read strictly: it comes from other machines and houses.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import types
import typing
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from roadworthy.evidence import envelopes, public_keys
from roadworthy.evidence.public_keys import PublicKey
from roadworthy.foundation import digests, strict_json
from roadworthy.foundation.errors import IntegrityBroken, InvalidInput, Place, Refused, TooLarge
from roadworthy.foundation.keys import SigningKey
from roadworthy.measure.fingerprint.model import FORMAT, Fingerprint

PAYLOAD_TYPE = "application/vnd.roadworthy.fingerprint+json"
SUFFIX = ".fingerprint.json"
LARGEST = 256 * 1024 * 1024
"""Bytes of a file that is taken."""
WIDEST_BIN = 15_000
"""Beyond the logarithm of every double, in bins."""

_WANTED = {bool: "true or false", int: "a whole number from 0 on", float: "a number written as text"}
_BROKEN = "measure the source again and hand over the new file; this one was shortened or changed"


def is_fingerprint(path: str | Path) -> bool:
    """Whether a location is a file with a fingerprint, by its name."""
    return str(path).endswith(SUFFIX)


def to_json(fingerprint: Fingerprint) -> bytes:
    """The canonical bytes."""
    return digests.canonical_bytes(_plain(fingerprint))


def digest_of(fingerprint: Fingerprint) -> str:
    """Digest of the canonical bytes."""
    return digests.digest(to_json(fingerprint))


def from_json(content: bytes, source: str = "fingerprint") -> Fingerprint:
    """Read what `to_json` wrote.

    Args:
        content: the bytes.
        source: how messages call the file.

    Raises:
        InvalidInput: of another version, or not of this shape; the message names the path.
        TooLarge: over `LARGEST`.
    """
    if len(content) > LARGEST:
        raise TooLarge(
            "fingerprint-too-large",
            f"the file has {len(content):,} bytes, and {LARGEST:,} is the limit",
            place=Place(source=source),
            remedy="a fingerprint is far smaller; check that this is one",
        )
    try:
        value = strict_json.read(content, fractions=False)
    except ValueError as error:
        raise _unreadable(source, "", "it is not JSON that reads in one way only") from error
    if not isinstance(value, dict) or not isinstance(value.get("format"), str):
        raise _unreadable(source, "format", "it does not say that it is a fingerprint")
    if value["format"] != FORMAT:
        raise InvalidInput(
            "fingerprint-other-version",
            f"this is `{value['format'][:60]}`, and what is read here is `{FORMAT}`",
            place=Place(source=source, field="format"),
            remedy="measure the source again with this version, or read the file with the version that wrote it",
        )
    try:
        return cast("Fingerprint", _read(Fingerprint, value, ""))
    except _Fault as fault:
        raise _unreadable(source, fault.path, fault.why) from fault


def sealed(fingerprint: Fingerprint, key: SigningKey) -> bytes:
    """A DSSE envelope around the canonical bytes, signed with Ed25519."""
    payload = to_json(fingerprint)
    signature = key.sign(envelopes.encoded_for_signing(payload, PAYLOAD_TYPE))
    key_id = public_keys.of(key.private.public_key()).key_id
    return envelopes.sealed(payload, [envelopes.Signature(key_id, signature)], PAYLOAD_TYPE)


def unsealed(content: bytes, keys: Mapping[str, PublicKey], source: str = "fingerprint") -> Fingerprint:
    """The fingerprint in an envelope that one of these keys signed.

    Raises:
        IntegrityBroken: the signature is not over this content.
        Refused: none of the keys signed it.
        InvalidInput: no envelope of a fingerprint, or a fingerprint that cannot be read.
    """
    envelope = envelopes.opened(content, kind=PAYLOAD_TYPE, largest=2 * LARGEST)
    try:
        envelopes.signer_of(envelope, keys)
    except Refused as refused:
        if refused.code == "envelope-key-unknown":
            raise Refused(
                "fingerprint-key-unknown",
                "nobody whose key is known here has signed the fingerprint",
                place=Place(source=source, field="signatures"),
                remedy="ask who measured it for the public key, by another way than the file came",
            ) from refused
        raise IntegrityBroken(
            "fingerprint-signature-wrong",
            "the signature is not over this fingerprint",
            place=Place(source=source, field="signatures"),
            remedy="it was changed after it was measured, or on its way: ask for the file again, and say why",
        ) from refused
    return from_json(envelope.payload, source)


def is_sealed(content: bytes) -> bool:
    """Whether bytes are an envelope and not a plain fingerprint."""
    return content[:4096].lstrip().startswith(b"{") and b'"payloadType"' in content[-4096:] + content[:4096]


# ---------------------------------------------------------------- writing


def _plain(value: Any) -> Any:  # noqa: ANN401, PLR0911 - any value of the model; one line for each kind of it
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        found = {}
        for each in dataclasses.fields(value):
            given = getattr(value, each.name)
            if each.name == "format" or not _default(each, given):
                found[each.name] = _plain(given)
        return found
    match value:
        case StrEnum():
            return value.value
        case float():
            return repr(value)
        case dt.date():
            return value.isoformat()
        case Mapping():
            return {_key(key): _plain(item) for key, item in value.items()}
        case tuple() | list():
            return [_plain(item) for item in value]
    return value


def _default(field: dataclasses.Field[Any], value: object) -> bool:
    if field.default is not dataclasses.MISSING:
        return bool(value == field.default)
    return field.default_factory is not dataclasses.MISSING and bool(value == field.default_factory())


def _key(key: object) -> str:
    if isinstance(key, tuple):
        return json.dumps(list(key), separators=(",", ":"), ensure_ascii=False)
    return key.isoformat() if isinstance(key, dt.date) else str(key)


# ---------------------------------------------------------------- reading


class _Fault(Exception):
    """What is wrong, and on which path."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(path, why)
        self.path = path
        self.why = why


@lru_cache
def _hints(shape: type) -> Mapping[str, Any]:
    return typing.get_type_hints(shape)


def _read(shape: Any, value: Any, path: str) -> Any:  # noqa: ANN401 - types of the model and values of JSON
    origin, inner = typing.get_origin(shape), typing.get_args(shape)
    if origin in {types.UnionType, typing.Union}:
        kept = [each for each in inner if each is not type(None)]
        return None if value is None and len(kept) < len(inner) else _read(kept[0], value, path)
    if origin is tuple:
        return _tuple(inner, value, path)
    if origin is Mapping or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return _mapping(inner, value, path)
    if dataclasses.is_dataclass(shape):
        return _object(cast("type", shape), value, path)
    return _scalar(shape, value, path)


def _tuple(inner: tuple[Any, ...], value: object, path: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise _Fault(path, "no list stands there")
    shapes = [inner[0]] * len(value) if inner[-1] is Ellipsis else list(inner)
    if len(shapes) != len(value):
        raise _Fault(path, f"there are {len(value)} values instead of {len(shapes)}")
    return tuple(
        _read(each, item, f"{path}[{place}]") for place, (each, item) in enumerate(zip(shapes, value, strict=True))
    )


def _mapping(inner: tuple[Any, ...], value: object, path: str) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise _Fault(path, "no object stands there")
    return {_read_key(inner[0], key, path): _read(inner[1], item, f"{path}.{key[:60]}") for key, item in value.items()}


def _read_key(shape: Any, key: str, path: str) -> Any:  # noqa: ANN401 - see `_read`
    where = f"{path}.{key[:60]}"
    if shape is str:
        return key
    if shape is int:
        if not key.removeprefix("-").isascii() or not key.removeprefix("-").isdigit() or len(key) > 11:  # noqa: PLR2004 - digits of a bin, a hash or an hour; no number of ours is longer
            raise _Fault(where, "the key is no whole number")
        return int(key)
    if typing.get_origin(shape) is tuple:
        try:
            return _read(shape, json.loads(key), where)
        except ValueError as error:
            raise _Fault(where, "the key is no pair") from error
    return _scalar(shape, key, where)


def _object(shape: type, value: object, path: str) -> Any:  # noqa: ANN401 - the dataclass asked for
    if not isinstance(value, dict):
        raise _Fault(path, "no object stands there")
    hints = _hints(shape)
    for key in value:
        if key not in hints:
            raise _Fault(f"{path}.{key[:60]}".lstrip("."), "it does not belong there")
    found = {key: _read(hints[key], item, f"{path}.{key}".lstrip(".")) for key, item in value.items()}
    for each in dataclasses.fields(shape):
        if each.name not in found and each.default is each.default_factory is dataclasses.MISSING:
            raise _Fault(f"{path}.{each.name}".lstrip("."), "it is missing")
    if shape.__name__ == "LogHistogram":
        for bins in (found.get("positive", {}), found.get("negative", {})):
            if any(abs(number) > WIDEST_BIN for number in bins):
                raise _Fault(path, "there is a bin that no number falls into")
    return shape(**found)


def _scalar(shape: Any, value: object, path: str) -> Any:  # noqa: ANN401 - see `_read`
    try:
        if shape is bool and isinstance(value, bool):
            return value
        if shape is int and isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        if isinstance(value, str):
            if shape is str:
                return value
            if shape is float:
                return float(value)
            if shape in {dt.date, dt.datetime}:
                return shape.fromisoformat(value)
            if isinstance(shape, type) and issubclass(shape, StrEnum):
                return shape(value)
    except ValueError as error:
        raise _Fault(path, f"`{str(value)[:60]}` cannot stand there") from error
    wanted = {bool: "true or false", int: "a whole number from 0 on", float: "a number written as text"}.get(
        shape, "a text"
    )
    raise _Fault(path, f"{wanted} is expected there")


def _unreadable(source: str, path: str, why: str) -> InvalidInput:
    return InvalidInput(
        "fingerprint-unreadable",
        f"the fingerprint cannot be read: {why}",
        place=Place(source=source, field=path or None),
        remedy=_BROKEN,
    )
