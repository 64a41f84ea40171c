"""What the gateway goes by, compiled: keys, endpoints, releases. Immutable; a newer one takes its place as a whole."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from roadworthy.foundation.spans import seconds
from roadworthy.operate.admission.keys.model import Key
from roadworthy.operate.admission.kinds import Endpoint, Observed, Timeouts
from roadworthy.operate.admission.model import Caller, Manner
from roadworthy.operate.admission.passes import Outside
from roadworthy.operate.admission.ports import CompiledGuards
from roadworthy.operate.admission.transitions import Transition


@dataclass(frozen=True, slots=True)
class Route:
    """A target of a model, its release looked up."""

    upstream: str
    model: str
    """As the upstream names it."""
    model_digest: str
    """Digest of that name as text, as a release has it where the name is all that is known of a model."""
    use_case: str
    release: str | None
    """Digest; None for what runs at the stage."""
    weight: int | None


@dataclass(frozen=True, slots=True)
class Served:
    """A model as clients name it, with where it goes."""

    name: str
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class Observing:
    """Observe mode, as it was approved."""

    until: dt.datetime
    """From when refusals are enforced."""
    transition: str


@dataclass(frozen=True, slots=True)
class CompiledEndpoint:
    """An endpoint, ready to be asked."""

    name: str
    spec: Endpoint
    surfaces: frozenset[str]
    models: Mapping[str, Served]
    observes: tuple[tuple[str, str], ...]
    """What is seen in a call, and the key of the release's part that it has to be; the model is not among them."""
    observes_model: str | None
    outside: str
    observing: Observing | None
    unreadable: frozenset[str]
    guards: CompiledGuards
    manner: Manner = field(default_factory=Manner)

    @property
    def use_case(self) -> str:
        """Whose it is."""
        return self.spec.use_case


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A key as the hot path reads it."""

    caller: Caller
    ends: dt.datetime
    """From when it opens nothing: its own end, or that of the grace after it was replaced."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that a decision reads, apart from the status snapshot, limits and guards themselves."""

    generation: int
    digest: str
    keys: Mapping[bytes, HeldKey]
    """By SHA-256 of the secret."""
    endpoints: Mapping[tuple[str, str], CompiledEndpoint]
    """By use case and name."""
    by_model: Mapping[tuple[str, str], tuple[CompiledEndpoint, ...]]
    """By use case and the client's name of a model."""
    workloads: Mapping[str, tuple[HeldKey, ...]] = field(default_factory=dict)
    """Keys for which access tokens of a declared workload are taken, by its name."""
    running: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Digest of what was said to run, by use case and stage."""
    newest: Mapping[str, str] = field(default_factory=dict)
    """Digest of the release that was recorded last, by use case."""
    parts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By digest of a release, its parts' digests by `kind/name`."""
    passes: Mapping[Outside, dt.datetime] = field(default_factory=dict)
    """What people let pass outside of an envelope, with until when."""
    transitions: tuple[Transition, ...] = ()
    """Endpoints that declare observe mode, with what it comes to."""
    others: Mapping[str, object] = field(default_factory=dict)
    """What other parts of the gateway compiled in the same snapshot, by their name."""

    def key(self, id_: str) -> HeldKey | None:
        """The key of an id, for calls that are decided about when nobody shows it."""
        of_workloads = (each for keys in self.workloads.values() for each in keys)
        return next((each for each in (*self.keys.values(), *of_workloads) if each.caller.key == id_), None)

    def names(self, use_case: str) -> tuple[str, ...]:
        """Endpoints of a use case."""
        return tuple(sorted(name for of, name in self.endpoints if of == use_case))


EMPTY = Configuration(0, "", {}, {}, {})


def secret_key(shown: str) -> bytes:
    """Under which key a shown secret is looked up."""
    return hashlib.sha256(shown.encode("utf-8", "surrogatepass")).digest()


def caller_of(key: Key) -> Caller:
    """Whoever shows a key."""
    return Caller(
        key=key.id,
        name=key.name,
        use_case=key.use_case,
        stage=key.stage,
        workload=key.workload,
        endpoints=None if key.endpoints is None else frozenset(key.endpoints),
        expires=key.expires_at,
    )


def held_key(key: Key) -> HeldKey:
    """A key as the hot path reads it."""
    ends = key.expires_at if key.revoked_at is None else min(key.expires_at, key.revoked_at)
    return HeldKey(caller_of(key), ends)


def manner_of(spec: Endpoint) -> Manner:
    """How calls of an endpoint are made."""
    usual = Manner()
    waits, again = spec.timeouts or Timeouts(), spec.retries
    return Manner(
        connect_milliseconds=_milliseconds(waits.connect, usual.connect_milliseconds),
        first_token_milliseconds=_milliseconds(waits.first_token, usual.first_token_milliseconds),
        idle_milliseconds=_milliseconds(waits.idle, usual.idle_milliseconds),
        total_milliseconds=_milliseconds(waits.total, usual.total_milliseconds),
        tries=usual.tries if again is None or again.attempts is None else again.attempts + 1,
        beside=bool(spec.beside) and spec.risk == "low",
    )


def _milliseconds(span: str | None, usual: int) -> int:
    found = None if span is None else seconds(span)
    return usual if found is None else max(1, round(found * 1_000))


def observed_of(observed: Observed | None) -> tuple[tuple[str, str], ...]:
    """What is seen in a call, with the release's part that it has to be."""
    if observed is None:
        return ()
    named = (("prompt", observed.prompt), ("tools", observed.tools), ("parameters", observed.parameters))
    return tuple((what, key) for what, key in named if key is not None)
