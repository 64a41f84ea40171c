"""Values of admission: who asks, what is asked, what was decided. Of the kind of class that is made quickest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import msgspec

from roadworthy.operate.telemetry.model import Enforcement, Ruling, Surface


class Caller(msgspec.Struct, frozen=True, gc=False):
    """Whoever shows a gateway key, or a workload's token."""

    key: str
    """Id of the key; in records."""
    name: str
    use_case: str
    stage: str
    """Where its traffic runs: `pilot`, `candidate` or `production`."""
    workload: str | None
    """Name of the declared workload, where there is one."""
    endpoints: frozenset[str] | None
    """The only ones that it may use; None for all of its use case."""
    expires: dt.datetime


class Subject(msgspec.Struct, frozen=True, gc=False):
    """The user on whose behalf a call is made, as his provider says."""

    pseudonym: str
    """Keyed hash of issuer and subject; the only thing of him in records."""
    groups: frozenset[str]
    """For the certificate's cohort and for rights."""
    actors: tuple[str, ...] = ()
    """`act` chain, the nearest first."""
    expires: dt.datetime | None = None


class Agents(msgspec.Struct, frozen=True, gc=False):
    """Which declared workloads may show a user's token."""

    own: str | None = None
    """To which its provider gave it; None where that is none of them."""
    only: frozenset[str] | None = None
    """The only ones; None where it says nothing of it, and any may."""


class Text(msgspec.Struct, frozen=True, gc=False):
    """Something that a guard can read."""

    role: str
    """`system`, `user`, `assistant`, `tool`, `input`; of an answer, `assistant` is what it says, `aside` the rest:
    calls of tools, reasoning, citations."""
    text: str
    where: str
    """Path in the body, such as `messages[2].content`."""


class Queued(msgspec.Struct, frozen=True, gc=False):
    """A call that was admitted before and is answered later: it is decided about again when its turn comes."""

    call: str
    """Its id."""
    key: str
    """Id of the key that was shown."""
    subject: Subject | None = None
    """As the token said that came with the request; it counts until that ended."""
    replay_of: str | None = None


class Asking(msgspec.Struct, frozen=True, gc=False):
    """A call as a surface read it; the same for every surface."""

    surface: Surface
    at: dt.datetime
    shown: str
    """The bearer's secret as it came; empty where none did. Never recorded."""
    model: str
    stream: bool = False
    endpoint: str | None = None
    """Where the path names it."""
    user_token: str | None = None
    """`Roadworthy-User-Token`: the user's own access or identity token. Never recorded, never sent on."""
    texts: tuple[Text, ...] = ()
    unreadable: tuple[str, ...] = ()
    """Kinds of content that a guard cannot read: `image`, `audio`, `file`, `token-ids`, `previous-response`,
    `hosted-tool:NAME`."""
    parts: Mapping[str, str] = {}
    """What the gateway sees of a release: `prompt`, `tools`, `parameters`, each a digest."""
    input_tokens: int = 0
    """Estimated, never too low by more than the declared margin."""
    output_tokens: int = 0
    """The most that may come in one answer, as the client says; 0 where it does not. Once the endpoint is known, the
    most that may come in all of them."""
    choices: int = 0
    """Answers that are asked for; 0 where none of them is a text that a model goes on with."""
    data_classes: frozenset[str] = frozenset()
    population: Mapping[str, str] = {}
    trace: str | None = None
    parent: str | None = None
    deadline: dt.datetime | None = None
    body_bytes: int = 0
    queued: Queued | None = None
    """Of a run of a call that is answered later; then nothing is shown."""


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """A no, as the client is told."""

    code: str
    """Error code, stable; its page is the problem's URI."""
    message: str
    rule: str
    """`certificate`, `key`, `identity`, `release`, `envelope:TERM`, `limit:NAME`, `guard:NAME`, `content`, `overload`,
    `settings`."""
    about: str
    """What exactly, without personal data."""
    who: str
    """Who could widen it: `the deciders of oc-…`, `whoever may change budgets`."""
    remedy: str
    status: int
    """HTTP status."""
    retry_after: int | None = None
    """Seconds."""
    held: str | None = None
    """Id of the decision request that a held call waits for."""


class Target(msgspec.Struct, frozen=True, gc=False):
    """Where a call may go, in the order of the fallback chain."""

    upstream: str
    model: str
    """As the upstream names it."""
    release: str | None
    """Digest; a fallback is a release of its own, certified by itself."""


class Manner(msgspec.Struct, frozen=True, gc=False):
    """How calls of an endpoint are made, as it is declared."""

    connect_milliseconds: int = 5_000
    first_token_milliseconds: int = 60_000
    """Until the answer begins."""
    idle_milliseconds: int = 60_000
    """Between two pieces of an answer."""
    total_milliseconds: int = 600_000
    """Of the whole call, with every try and every fallback."""
    tries: int = 3
    """At one target, the first one counted."""
    beside: bool = False
    """Law 1's exception for low risk: the upstream is asked while the intent is being written, and no byte of the
    answer leaves before it is."""


class Decision(msgspec.Struct, frozen=True, gc=False):
    """What the funnel said to one call."""

    id: str
    """Of the call."""
    ruling: Ruling
    enforcement: Enforcement
    caller: Caller | None
    subject: Subject | None
    endpoint: str | None
    targets: tuple[Target, ...] = ()
    """Empty unless it is admitted."""
    refusal: Refusal | None = None
    """Why not; in observe mode, why it would not have been; where it was degraded, why not as it was asked."""
    certificate: str | None = None
    status_seq: int = 0
    guards: tuple[str, ...] = ()
    """Findings in the request."""
    most_output: int = 0
    """Tokens of one answer that the upstream is asked for at most; 0 where that means nothing."""
    masked: Mapping[str, str] = {}
    """Texts that a guard changed, by `Text.where`: what goes upstream in their place."""
    reads_answer: Callable[[], object] | None = None
    """Begins to read the answer: by the guards that read the request, whatever is declared meanwhile."""
    reserved: Mapping[str, int] = {}
    lease: object | None = None
    """What `settle` and `release` of the limits are given back; opaque to everybody else."""
    short: object | None = None
    """What `Limits.refill` is given where a block has to be fetched first; then decide again."""
    model: str = ""
    """Of the endpoint, as clients name it; another than was asked for where it was degraded."""
    settings: str = ""
    manner: Manner = Manner()

    @property
    def goes_on(self) -> bool:
        """Whether an upstream may be touched."""
        if self.refusal is None or self.ruling is Ruling.DEGRADED:
            return bool(self.targets)
        return bool(self.targets) and self.enforcement is Enforcement.OBSERVED
