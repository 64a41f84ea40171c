"""The bytes of a record of a call, format 1: one JSON object that says what it is, in `record`.

What is written once is read for ever: a field may be added here where its absence means what was meant before; for
everything else there is a format 2 beside this one. Fields that hold their default are left out.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from operator import attrgetter
from typing import Any, TypeAlias

import msgspec

from roadworthy.foundation.errors import IntegrityBroken
from roadworthy.operate.telemetry.model import (
    Attempt,
    Delegated,
    Enforcement,
    Intent,
    Outcome,
    Result,
    Ruling,
    Surface,
    Usage,
)


class _Written(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel", tag_field="record"):
    """A record as it stands in a segment."""


class UsageV1(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Tokens of a call."""

    input: int = 0
    output: int = 0
    cached: int = 0
    cache_writes: int = 0
    reasoning: int = 0
    estimated: bool = False


class DelegatedV1(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """As whom an upstream was asked."""

    via: str
    actors: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()


class AttemptV1(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A try at an upstream."""

    upstream: str
    model: str
    status: int | None
    error: str | None
    milliseconds: int
    identity: DelegatedV1 | None = None


class IntentV1(_Written, frozen=True, tag="intent/1"):
    """A call that is about to be made, or was refused."""

    id: str
    at: dt.datetime
    surface: str
    ruling: str
    enforcement: str
    key: str | None
    use_case: str | None
    stage: str | None
    release: str | None
    certificate: str | None
    status_seq: int
    endpoint: str | None
    model: str
    stream: bool
    subject: str | None = None
    actors: tuple[str, ...] = ()
    rule: str | None = None
    about: str = ""
    guards: tuple[str, ...] = ()
    trace: str | None = None
    parent: str | None = None
    content: str | None = None
    reserved: dict[str, int] = {}
    settings: str = ""
    run_of: str | None = None
    replay_of: str | None = None
    leases: tuple[int, ...] = ()


class ResultV1(_Written, frozen=True, tag="result/1"):
    """What came of a call."""

    id: str
    at: dt.datetime
    outcome: str
    status: int
    milliseconds: int
    first_token_milliseconds: int | None = None
    attempts: tuple[AttemptV1, ...] = ()
    usage: UsageV1 | None = None
    cost: int | None = None
    currency: str | None = None
    prices: str | None = None
    guards: tuple[str, ...] = ()
    error: str | None = None
    response_model: str | None = None
    response_id: str | None = None
    finish: str | None = None
    content: str | None = None
    settled: int | None = None


Record: TypeAlias = Intent | Result

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(IntentV1 | ResultV1)
_INTENT = attrgetter(*IntentV1.__struct_fields__)
_RESULT = attrgetter(*(name for name in ResultV1.__struct_fields__ if name not in {"attempts", "usage"}))
_RESULT_NAMES = tuple(name for name in ResultV1.__struct_fields__ if name not in {"attempts", "usage"})


def encode(record: Record) -> bytes:
    """The bytes that are kept and proven. What is no text, such as half a surrogate pair, becomes `?`."""
    try:
        return _encoded(record)
    except UnicodeEncodeError:
        return _encoded(replace(record, **{name: _text(getattr(record, name)) for name in record.__slots__}))


def _text(value: Any) -> Any:  # noqa: ANN401 - whatever a field holds
    if type(value) is str:
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, Attempt | Delegated):
        return replace(value, **{name: _text(getattr(value, name)) for name in value.__slots__})
    if isinstance(value, tuple):
        return tuple(_text(each) for each in value)
    return value


def _encoded(record: Record) -> bytes:
    if isinstance(record, Intent):
        return _encoder.encode(IntentV1(*_INTENT(record)))
    plain: dict[str, Any] = dict(zip(_RESULT_NAMES, _RESULT(record), strict=True))
    usage = record.usage
    plain["attempts"] = tuple(
        AttemptV1(
            each.upstream,
            each.model,
            each.status,
            each.error,
            each.milliseconds,
            None if (as_whom := each.identity) is None else DelegatedV1(as_whom.via, as_whom.actors, as_whom.rights),
        )
        for each in record.attempts
    )
    if usage is not None:
        plain["usage"] = UsageV1(
            usage.input, usage.output, usage.cached, usage.cache_writes, usage.reasoning, usage.estimated
        )
    return _encoder.encode(ResultV1(**plain))


def decode(content: bytes) -> Record:
    """Read a record.

    Raises:
        IntegrityBroken: it is none, or of a format that this version does not know.
    """
    try:
        found = _decoder.decode(content)
        return _intent(found) if isinstance(found, IntentV1) else _result(found)
    except (msgspec.DecodeError, ValueError) as error:
        raise IntegrityBroken(
            "call-record-unreadable",
            "this is no record of a call that this version reads",
            remedy="read it with the version that wrote it, or a newer one",
        ) from error


def _intent(found: IntentV1) -> Intent:
    fields = {name: getattr(found, name) for name in IntentV1.__struct_fields__}
    fields["surface"], fields["ruling"] = Surface(found.surface), Ruling(found.ruling)
    fields["enforcement"] = Enforcement(found.enforcement)
    return Intent(**fields)


def _result(found: ResultV1) -> Result:
    fields = {name: getattr(found, name) for name in ResultV1.__struct_fields__}
    usage = found.usage
    fields["outcome"] = Outcome(found.outcome)
    fields["attempts"] = tuple(
        Attempt(
            each.upstream,
            each.model,
            each.status,
            each.error,
            each.milliseconds,
            None if (as_whom := each.identity) is None else Delegated(as_whom.via, as_whom.actors, as_whom.rights),
        )
        for each in found.attempts
    )
    if usage is not None:
        fields["usage"] = Usage(
            usage.input, usage.output, usage.cached, usage.cache_writes, usage.reasoning, usage.estimated
        )
    return Result(**fields)
