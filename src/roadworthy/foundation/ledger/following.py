"""Entries for whoever follows what was just written: read once for all of them, and in a third of the time.

Keys and types are looked at as `entry.decode` does, by a decoder that knows the frame of version 1. What it does not
take goes to `decode`, which takes it, or says what is wrong with it. That the bytes are the canonical ones is looked
at where the ledger is verified.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Final

import msgspec

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.instants import from_text, to_text
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Basis, Oversight
from roadworthy.foundation.ledger.entry import VERSION, Entry, Payload, Writer, decode

_SMALL: Final = 4_096
"""Bytes of an entry that is remembered for the next one who asks; nearly all are smaller."""
_REMEMBERED: Final = 1_024
_Count = Annotated[int, msgspec.Meta(ge=0)]


class _Actor(msgspec.Struct, forbid_unknown_fields=True):
    authenticated: str
    kind: ActorKind
    ref: str
    via: str


class _Basis(msgspec.Struct, forbid_unknown_fields=True):
    evidence: tuple[str, ...]
    inputs: str | None
    policy: str | None
    rules: tuple[str, ...]


class _Oversight(msgspec.Struct, forbid_unknown_fields=True):
    given: tuple[str, ...]
    quorum: _Count
    required: str | None


class _Payload(msgspec.Struct, forbid_unknown_fields=True):
    commitment: str
    name: str
    ref: str
    size: _Count


class _Writer(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    seq: _Count


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    actor: _Actor
    at: str
    basis: _Basis
    decision: str | None
    facts: dict[str, Any]
    id: str
    on_behalf_of: _Actor | None
    oversight: _Oversight
    payloads: tuple[_Payload, ...]
    resource: str
    tenant: str
    trace: str | None
    v: int
    what: str
    writer: _Writer


_DECODER: Final = msgspec.json.Decoder(_Entry)


def read(raw: bytes) -> Entry:
    """An entry from its bytes; the same one for everybody, so nobody changes its facts.

    Raises:
        IntegrityBroken: the bytes are not an entry of version 1.
    """
    return _read_once(raw) if len(raw) <= _SMALL else _read(raw)


def _read(raw: bytes) -> Entry:
    try:
        said = _DECODER.decode(raw)
        instant = from_text(said.at)
    except (ValueError, InvalidInput):  # it is no entry, or has a text that this decoder does not take
        return decode(raw, exact=False)
    basis, oversight, by = said.basis, said.oversight, said.on_behalf_of
    if said.v != VERSION or to_text(instant) != said.at:
        return decode(raw, exact=False)
    return Entry(
        id=said.id, at=instant, tenant=said.tenant, writer=Writer(said.writer.id, said.writer.seq),
        actor=_actor(said.actor), on_behalf_of=None if by is None else _actor(by), what=said.what,
        resource=said.resource, decision=said.decision,
        basis=Basis(basis.policy, basis.rules, basis.evidence, basis.inputs),
        oversight=Oversight(oversight.required, oversight.given, oversight.quorum), facts=said.facts,
        payloads=tuple(Payload(each.name, each.commitment, each.ref, each.size) for each in said.payloads),
        trace=said.trace,
    )  # fmt: skip


_read_once = lru_cache(maxsize=_REMEMBERED)(_read)


def _actor(said: _Actor) -> Actor:
    return Actor(said.kind, said.ref, said.via, said.authenticated)
