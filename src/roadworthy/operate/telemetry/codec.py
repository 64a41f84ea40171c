"""The bytes of a record of a call, format 1: one JSON object that says what it is, in `record`.

What is written once is read for ever: a field may be added here where its absence means what was meant before; for
everything else there is a format 2 beside this one. Fields that hold their default are left out.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from roadworthy.foundation.errors import IntegrityBroken
from roadworthy.operate.telemetry.model import Attempt, Delegated, Intent, Result

Record: TypeAlias = Intent | Result

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)


def encode(record: Record) -> bytes:
    """The bytes that are kept and proven. What is no text, such as half a surrogate pair, becomes `?`."""
    try:
        return _encoder.encode(record)
    except UnicodeEncodeError:
        return _encoder.encode(_text(record))


def _text(value: Any) -> Any:  # noqa: ANN401 - whatever a field holds
    if type(value) is str:
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, Intent | Result | Attempt | Delegated):
        return msgspec.structs.replace(value, **{name: _text(getattr(value, name)) for name in value.__struct_fields__})
    if isinstance(value, tuple):
        return tuple(_text(each) for each in value)
    return value


def decode(content: bytes) -> Record:
    """Read a record.

    Raises:
        IntegrityBroken: it is none, or of a format that this version does not know.
    """
    try:
        return _decoder.decode(content)
    except (msgspec.DecodeError, ValueError) as error:
        raise IntegrityBroken(
            "call-record-unreadable",
            "this is no record of a call that this version reads",
            remedy="read it with the version that wrote it, or a newer one",
        ) from error
