"""The entry, format version 1, frozen: the exact bytes that answer who did what, on what basis, with what oversight.

An entry is serialised once, as canonical bytes; those bytes are stored, hashed and exported, and everything else
is an index made from them. Version 1 is an object of exactly these keys, here in the order of the bytes:

| key | holds |
|---|---|
| `actor` | `authenticated`, `kind`, `ref` (opaque), `via` |
| `at` | when the unit of work began, RFC 3339 in UTC with six decimals |
| `basis` | `evidence` [text], `inputs`, `policy`, `rules` [text] |
| `decision` | text or null |
| `facts` | an object of small values without personal data |
| `id` | UUIDv7 |
| `on_behalf_of` | like `actor`, or null |
| `oversight` | `given` [references of people], `quorum`, `required` |
| `payloads` | [`commitment`, `name`, `ref`, `size`]: content kept apart, erasable |
| `resource`, `tenant`, `trace`, `what` | text (`trace` may be null) |
| `v` | 1 |
| `writer` | `id`, `seq`: counts 0, 1, 2 ... for each writer, so that an entry lost on its way shows as a gap |

`writer` sorts last. Therefore everything else can be serialised when the event is recorded, and the number, which
may only be given to entries that will certainly commit, is put in at the last moment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from json.encoder import encode_basestring_ascii as _text
from typing import Any, TypeVar

from roadworthy.foundation.digests import LARGEST_INTEGER, canonical_bytes
from roadworthy.foundation.errors import IntegrityBroken, InvalidInput, Place, TooLarge
from roadworthy.foundation.instants import from_text, to_text
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Basis, Context, Draft, Oversight
from roadworthy.foundation.values import fixed

Value = TypeVar("Value")

VERSION = 1
LARGEST_ENTRY = 60 * 1024
"""Bytes. Other people's tile formats count an entry's length in 16 bits; this leaves room below 65,535."""

_ACTOR_KINDS = frozenset(kind.value for kind in ActorKind)
_WRITER_KEY = b',"writer":{"id":"'
_WRITER_ROOM = 100
"""Bytes that the writer takes at most."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Which stream of writes an entry came from, and its number there."""

    id: str
    seq: int


@dataclass(frozen=True, slots=True)
class Payload:
    """A commitment to content that is kept apart and can be erased."""

    name: str
    commitment: str
    ref: str
    size: int
    """Bytes."""


@fixed(frozen=True, slots=True)
class Entry:
    """An entry as read back from its bytes."""

    id: str
    at: datetime
    tenant: str
    writer: Writer
    actor: Actor
    on_behalf_of: Actor | None
    what: str
    resource: str
    decision: str | None
    basis: Basis
    oversight: Oversight
    facts: Mapping[str, Any]
    payloads: tuple[Payload, ...]
    trace: str | None


def body_of(
    *, entry_id: str, at: str, tenant: str, draft: Draft, context: Context, payloads: Sequence[Payload]
) -> bytes:
    """The bytes of an entry but for its writer; `seal` completes them.

    The frame of version 1 is fixed, so it is written out here instead of being sorted and checked for every entry;
    a test holds it against `canonical_bytes`. `at` is the instant as `instants.to_text` writes it.

    Raises:
        InvalidInput: a fact has no canonical form (a float, say).
        TooLarge: the entry would be over `LARGEST_ENTRY`.
    """
    basis, oversight = draft.basis, draft.oversight
    place = Place(source=draft.resource, field=draft.what)
    try:
        facts = canonical_bytes(dict(draft.facts)).decode("ascii")
        body = (
            f'{{"actor":{_actor(context.actor)},"at":{_text(at)},'
            f'"basis":{{"evidence":{_texts(basis.evidence)},"inputs":{_maybe(basis.inputs)},'
            f'"policy":{_maybe(basis.policy)},"rules":{_texts(basis.rules)}}},'
            f'"decision":{_maybe(draft.decision)},"facts":{facts},"id":{_text(entry_id)},'
            f'"on_behalf_of":{"null" if context.on_behalf_of is None else _actor(context.on_behalf_of)},'
            f'"oversight":{{"given":{_texts(oversight.given)},"quorum":{_whole(oversight.quorum)},'
            f'"required":{_maybe(oversight.required)}}},"payloads":[{",".join(map(_payload, payloads))}],'
            f'"resource":{_text(draft.resource)},"tenant":{_text(tenant)},"trace":{_maybe(context.trace)},'
            f'"v":{VERSION},"what":{_text(draft.what)}}}'
        ).encode("ascii")
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            "entry-not-canonical",
            f"the event cannot be recorded: {error}",
            place=place,
            remedy="give facts as text, whole numbers, yes and no, lists and objects of these",
        ) from error
    if len(body) > LARGEST_ENTRY - _WRITER_ROOM:
        raise TooLarge(
            "entry-too-large",
            f"the event takes {len(body)} bytes, an entry may have {LARGEST_ENTRY}",
            place=place,
            remedy="put long content into `texts`, which are stored apart, and only what identifies it into `facts`",
        )
    return body


def seal(body: bytes, writer: str, seq: int) -> bytes:
    """The whole bytes of an entry: the body with its writer as the last key."""
    return body[:-1] + end_of(writer.encode("ascii"), seq)


def end_of(writer: bytes, seq: int) -> bytes:
    """How the bytes of a writer's entry with this number end."""
    return b'%b%b","seq":%d}}' % (_WRITER_KEY, writer, seq)


def writer_of(raw: bytes) -> tuple[bytes, int]:
    """The writer's id and number from the end of an entry's bytes, without reading the rest.

    Raises:
        ValueError: the bytes do not end as version 1 does.
    """
    at = raw.rindex(_WRITER_KEY, -_WRITER_ROOM)
    writer, middle, number = raw[at + len(_WRITER_KEY) :].partition(b'","seq":')
    if not middle or not number.endswith(b"}}"):
        message = "an entry ends with its writer"
        raise ValueError(message)
    return writer, int(number[:-2])


def decode(raw: bytes, *, exact: bool = True) -> Entry:
    """Read an entry strictly: the keys, their types, and that these are its canonical bytes.

    Args:
        raw: the bytes.
        exact: False where the form of the bytes is not the question, as for whoever follows what was just written;
            keys and types are looked at all the same.

    Raises:
        IntegrityBroken: the bytes are not an entry of version 1.
    """
    if len(raw) > LARGEST_ENTRY:
        raise _malformed(f"it has {len(raw)} bytes, at most {LARGEST_ENTRY} are allowed")
    try:
        value = json.loads(raw)
        canonical = canonical_bytes(value) if exact else raw
    except (ValueError, TypeError, RecursionError) as error:
        raise _malformed(f"it is not canonical JSON ({error})") from error
    if canonical != raw:
        raise _malformed("its bytes are not the canonical form of its content")
    top = _Fields(value, "")
    if top.take("v", int) != VERSION:
        raise _malformed(f"its version is `{value['v']}`, this program reads version {VERSION}", "v")
    entry = Entry(
        id=top.take("id", str),
        at=top.instant("at"),
        tenant=top.take("tenant", str),
        writer=_read_writer(top.inside("writer")),
        actor=_read_actor(top.inside("actor")),
        on_behalf_of=top.maybe("on_behalf_of", _read_actor),
        what=top.take("what", str),
        resource=top.take("resource", str),
        decision=top.optional("decision"),
        basis=_read_basis(top.inside("basis")),
        oversight=_read_oversight(top.inside("oversight")),
        facts=top.take("facts", dict),
        payloads=tuple(_read_payload(item) for item in top.items("payloads")),
        trace=top.optional("trace"),
    )
    top.end()
    return entry


class _Fields:
    """One JSON object read key by key; what is left over at the end is a fault."""

    def __init__(self, value: object, path: str) -> None:
        if not isinstance(value, dict):
            raise _malformed("an object was expected", path)
        self._left = dict(value)
        self._path = path

    def take(self, key: str, kind: type[Value]) -> Value:
        """The value of a key that must be there with exactly this type."""
        if key not in self._left:
            raise _malformed(f"`{key}` is missing", self._path)
        value = self._left.pop(key)
        if not isinstance(value, kind) or isinstance(value, bool):  # a bool is an int to Python, but not to us
            raise _malformed(f"`{key}` is {type(value).__name__}, not {kind.__name__}", self._at(key))
        return value

    def optional(self, key: str) -> str | None:
        """Text or null."""
        if self._left.get(key, key) is None:
            del self._left[key]
            return None
        return self.take(key, str)

    def count(self, key: str) -> int:
        """A whole number, not below zero."""
        number = self.take(key, int)
        if number < 0:
            raise _malformed(f"`{key}` is below zero", self._at(key))
        return number

    def instant(self, key: str) -> datetime:
        """An instant in the one form that we write."""
        text = self.take(key, str)
        try:
            instant = from_text(text)
        except InvalidInput as error:
            raise _malformed(error.message, self._at(key)) from error
        if to_text(instant) != text:
            raise _malformed(f"`{text}` is not written with six decimals in UTC", self._at(key))
        return instant

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        values = self.take(key, list)
        if not all(type(value) is str for value in values):
            raise _malformed(f"`{key}` may hold texts only", self._at(key))
        return tuple(values)

    def inside(self, key: str) -> _Fields:
        """The object under a key."""
        return _Fields(self.take(key, dict), self._at(key))

    def maybe(self, key: str, read: Callable[[_Fields], Actor]) -> Actor | None:
        """What `read` makes of the object under a key, or None for null."""
        if self._left.get(key, key) is None:
            del self._left[key]
            return None
        return read(self.inside(key))

    def items(self, key: str) -> list[_Fields]:
        """The objects of a list."""
        return [_Fields(item, f"{self._at(key)}[{at}]") for at, item in enumerate(self.take(key, list))]

    def end(self) -> None:
        """Refuse what nobody asked for."""
        if self._left:
            raise _malformed(f"`{min(self._left)}` does not belong to version {VERSION}", self._path)

    def _at(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key


def _maybe(text: str | None) -> str:
    return "null" if text is None else _text(text)


def _texts(texts: Sequence[str]) -> str:
    return f"[{','.join(map(_text, texts))}]"


def _whole(number: int) -> str:
    if type(number) is not int or not 0 <= number <= LARGEST_INTEGER:
        message = f"{number!r} is not a whole number from 0 to 2^53 - 1"
        raise ValueError(message)
    return str(number)


@lru_cache(maxsize=1024)
def _actor(actor: Actor) -> str:
    return (
        f'{{"authenticated":{_text(actor.authenticated)},"kind":{_text(actor.kind.value)},'
        f'"ref":{_text(actor.ref)},"via":{_text(actor.via)}}}'
    )


def _payload(payload: Payload) -> str:
    return (
        f'{{"commitment":{_text(payload.commitment)},"name":{_text(payload.name)},'
        f'"ref":{_text(payload.ref)},"size":{_whole(payload.size)}}}'
    )


def _read_actor(fields: _Fields) -> Actor:
    kind = fields.take("kind", str)
    if kind not in _ACTOR_KINDS:
        raise _malformed(f"`{kind}` is no kind of actor", "actor.kind")
    actor = Actor(ActorKind(kind), fields.take("ref", str), fields.take("via", str), fields.take("authenticated", str))
    fields.end()
    return actor


def _read_basis(fields: _Fields) -> Basis:
    basis = Basis(fields.optional("policy"), fields.texts("rules"), fields.texts("evidence"), fields.optional("inputs"))
    fields.end()
    return basis


def _read_oversight(fields: _Fields) -> Oversight:
    oversight = Oversight(fields.optional("required"), fields.texts("given"), fields.count("quorum"))
    fields.end()
    return oversight


def _read_payload(fields: _Fields) -> Payload:
    payload = Payload(
        fields.take("name", str), fields.take("commitment", str), fields.take("ref", str), fields.count("size")
    )
    fields.end()
    return payload


def _read_writer(fields: _Fields) -> Writer:
    writer = Writer(fields.take("id", str), fields.count("seq"))
    fields.end()
    return writer


def _malformed(why: str, field: str = "") -> IntegrityBroken:
    return IntegrityBroken(
        "entry-malformed",
        f"this is not a ledger entry: {why}",
        place=Place(field=field or None),
        remedy="find out where these bytes come from; if from the ledger, run `roadworthy ledger verify`",
    )
