"""Values of the record of a call: its intent, durable before an upstream is touched, and what came of it.

They are what is written, so a field is named, ordered and left out as format 1 says (`codec.py`); and of the kind of
class that is made quickest, since a call makes several.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

import msgspec


class Surface(StrEnum):
    """What a client speaks; each is one way into the same funnel."""

    CHAT = "chat-completions"
    """OpenAI chat completions."""
    RESPONSES = "responses"
    """OpenAI responses."""
    EMBEDDINGS = "embeddings"
    """OpenAI embeddings."""
    MESSAGES = "messages"
    """Anthropic messages."""
    INFER = "infer"
    """Open Inference Protocol v2."""
    INVOCATIONS = "invocations"
    """MLflow's scoring server."""
    DECIDE = "decide"
    """Another gateway, or code, asks and makes the call itself."""


class Ruling(StrEnum):
    """What the funnel said."""

    ADMITTED = "admitted"
    DEGRADED = "degraded"
    """Admitted to what is declared for when the envelope does not have it."""
    HELD = "held"
    """A person decides."""
    REFUSED = "refused"


class Enforcement(StrEnum):
    """What the ruling was worth. These are never added up."""

    ENFORCED = "enforced"
    """The call could not have been made otherwise."""
    ADVISORY = "advisory"
    """Whoever asked makes the call, and may not have kept to the answer."""
    OBSERVED = "observed"
    """Observe mode: it went on whatever the ruling was, under a dated transition."""


class Outcome(StrEnum):
    """What came of a call."""

    ANSWERED = "answered"
    BLOCKED = "blocked"
    """The upstream answered, and a guard kept the answer or its rest back."""
    FAILED = "failed"
    """No upstream answered, after every retry and fallback."""
    CANCELLED = "cancelled"
    """The client went away."""
    REFUSED = "refused"
    """It never reached an upstream."""
    QUEUED = "queued"
    """It is answered later; each of its runs is a call of its own."""
    UNKNOWN = "unknown"
    """An intent without an outcome: the process that made the call is gone."""


class _Written(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, rename="camel", tag_field="record"):
    """A record as it stands in a segment."""


class Usage(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """Tokens of a call. Cached and reasoning tokens are parts of input and output, and counted once."""

    input: int = 0
    """All that went in, cached ones included."""
    output: int = 0
    """All that came out, reasoning included."""
    cached: int = 0
    """Of `input`, read from the provider's cache."""
    cache_writes: int = 0
    """Of `input`, written to the provider's cache."""
    reasoning: int = 0
    """Of `output`."""
    estimated: bool = False
    """Whether it was counted here because the upstream did not say."""


class Intent(_Written, frozen=True, gc=False, tag="intent/1"):
    """A call that is about to be made, or was refused."""

    id: str
    """UUIDv7, in the answer's header `Roadworthy-Call`."""
    at: dt.datetime
    surface: Surface
    ruling: Ruling
    enforcement: Enforcement
    key: str | None
    """Id of the gateway key or workload that asked; None where nobody was recognised."""
    use_case: str | None
    stage: str | None
    release: str | None
    """Digest of the release under which it goes."""
    certificate: str | None
    """Serial."""
    status_seq: int
    """Of the status snapshot by which it was decided."""
    endpoint: str | None
    model: str
    """As the client named it; at most 120 characters."""
    stream: bool
    subject: str | None = None
    """Pseudonym of the user on whose behalf, never a name."""
    actors: tuple[str, ...] = ()
    """Who acts for the subject, the nearest first."""
    rule: str | None = None
    """Which rule refused, held or degraded it; in observe mode, would have."""
    about: str = ""
    """What exactly of the rule, without personal data."""
    guards: tuple[str, ...] = ()
    """What guards found in the request: `guard:finding:action`, without the text."""
    trace: str | None = None
    """W3C trace id."""
    parent: str | None = None
    """Span id of the caller."""
    content: str | None = None
    """Salted commitment of what was asked; None where it was not taken."""
    reserved: Mapping[str, int] = {}
    """What limits set aside for it, by unit."""
    settings: str = ""
    """Digest of the gateway's configuration by which it was decided."""
    run_of: str | None = None
    """Id of the call that is answered later, of which this is a run."""
    replay_of: str | None = None
    """Id of the dead letter that somebody had made again."""
    leases: tuple[int, ...] = ()
    """Numbers of the replica's leases of which `reserved` was set aside."""


class Delegated(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """As whom an upstream was asked, where that was not the gateway itself."""

    via: str
    """`exchange`, `on-behalf-of` or `assertion`."""
    actors: tuple[str, ...] = ()
    """Who acted for the user, the nearest first: `workload/NAME` or `key/NAME`, then pseudonyms."""
    rights: tuple[str, ...] = ()
    """Names of what the token was asked for, as the upstream declares them."""


class Attempt(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """One try at one upstream."""

    upstream: str
    model: str
    """As the upstream names it."""
    status: int | None
    """HTTP status; None where there was no answer."""
    error: str | None
    """Class of the failure, such as `connect-timeout`; None where it answered."""
    milliseconds: int
    identity: Delegated | None = None
    """As whom; None for the gateway itself, and where it did not come to that."""


class Result(_Written, frozen=True, gc=False, tag="result/1"):
    """What came of a call."""

    id: str
    """Of its intent."""
    at: dt.datetime
    outcome: Outcome
    status: int
    """HTTP status that the client got."""
    milliseconds: int
    first_token_milliseconds: int | None = None
    attempts: tuple[Attempt, ...] = ()
    usage: Usage | None = None
    cost: int | None = None
    """In millionths of the currency's unit; None where no price is known."""
    currency: str | None = None
    prices: str | None = None
    """Digest of the price table."""
    guards: tuple[str, ...] = ()
    """What guards found in the answer."""
    error: str | None = None
    """Code of the problem that the client was told."""
    response_model: str | None = None
    """As the upstream says which model answered."""
    response_id: str | None = None
    finish: str | None = None
    content: str | None = None
    """Salted commitment of the answer; None where it was not taken."""
    settled: int | None = None
    """The replica counted it as so manieth in its leases; None where the call used nothing of them."""
