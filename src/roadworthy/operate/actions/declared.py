"""The declared shapes of systems, actions and the limits that actions share."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.money import Money
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.spans import seconds
from roadworthy.operate.actions.trail.declared import Audit
from roadworthy.operate.calls.delegation.declared import SystemIdentity, Word
from roadworthy.operate.calls.upstreams.declared import Address, SecretSource, ShownAs

SYSTEM: Final = "System"
ACTION: Final = "Action"
ACTION_LIMIT: Final = "ActionLimit"


def _span(text: str) -> str:
    if seconds(text) is None:
        message = "write a number and a unit, such as `30s` or `5m`"
        raise ValueError(message)
    return text


def _money(text: str) -> str:
    try:
        amount = Money.parse(text)
    except InvalidInput as error:
        message = f"{error.message}; {error.remedy}"
        raise ValueError(message) from error
    if amount.minor <= 0:
        message = "write an amount above nothing, such as `120 EUR`"
        raise ValueError(message)
    return text


Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=120)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
Span = Annotated[str, StringConstraints(min_length=1, max_length=20), AfterValidator(_span)]
Amount = Annotated[str, StringConstraints(max_length=40), AfterValidator(_money)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Pointer = Annotated[str, StringConstraints(pattern=r"^(/([^~/]|~0|~1)*)+$", max_length=200)]
"""A JSON pointer (RFC 6901) into the arguments."""
ToolName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_./-]{1,128}$")]
"""As the Model Context Protocol lets tools be called."""
Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=1, le=1_000_000_000_000)]
Template = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
"""Where an argument comes from: `$.arguments/PATH`, `$.result/PATH`, `$.action`, or a text as it stands."""


class Speaks(StrEnum):
    """How a system is asked."""

    HTTP = "http"
    """JSON over HTTP."""
    MCP = "mcp"
    """The Model Context Protocol over streamable HTTP."""
    MCP_STDIO = "mcp-stdio"
    """The Model Context Protocol with a process that the gateway starts."""
    PYTHON = "python"
    """A function in a package that is installed beside Roadworthy."""
    IN_PROCESS = "in-process"
    """Functions in a program of somebody else's, which asks before it does something and says what came of it."""


class Effect(StrEnum):
    """What an action leaves behind."""

    READ = "read"
    """Nothing."""
    WRITE = "write"
    """Something that can be taken back, by hand at least."""
    IRREVERSIBLE = "irreversible"
    """Something that cannot, such as a mail."""


class Tier(StrEnum):
    """How much an action can do wrong."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Rate(Shape):
    """How often a system is asked, over all agents, by one gateway."""

    most: Annotated[int, Field(ge=1, le=100_000)]
    per: Literal["second", "minute"]


class System(Shape):
    """The spec of a declared `System`: something of the organisation in which agents act."""

    title: Line | None = None
    speaks: Speaks = Field(description="How it is asked.")
    address: Address | None = Field(
        default=None,
        description="Where it is; of `mcp`, the address that takes messages. What is not public is reached only where "
        "the setting `upstream_hosts` names its host. Redirects are not followed.",
    )
    command: Name | None = Field(
        default=None,
        description="Of `mcp-stdio`: one of those that the setting `action_commands` names. What is declared starts no "
        "program that whoever runs the gateway did not name.",
    )
    module: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w.]*$", max_length=200)] | None = Field(
        default=None, description="Of `python`: one of those that the setting `action_modules` names."
    )
    secret: SecretSource | None = Field(
        default=None, description="Where its key is, as `Upstream` says it. It goes upstream, the caller's never does."
    )
    shown_as: ShownAs | None = Field(default=None, description="How the key is shown; `bearer` if not said.")
    proxy: Address | None = None
    authority: Line | None = Field(default=None, description="PEM file of the authorities that it is believed by.")
    concurrent: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        default=None, description="Actions that may be under way there at a time, per gateway; 100 if not said."
    )
    rate: Rate | None = None
    owner: Line | None = Field(
        default=None,
        description="Whoever answers for the system, for whoever looks.",
    )
    identity: SystemIdentity | None = Field(
        default=None,
        description="How it learns for which user an agent acts, as `Upstream` says it; not at all if not said. The "
        "user's own token is never passed on.",
    )
    letters_within: Span | None = Field(
        default=None,
        description="How long a dead letter of an action there may wait for somebody; then owners and platform "
        "administrators are told again, and once more each time that it has passed. A day if not said.",
    )
    audit: Audit | None = Field(
        default=None,
        description="Its own audit log, which is read and matched with what agents did there; not at all if not said.",
    )


class HttpCall(Shape):
    """How an action is done over HTTP."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: Annotated[str, StringConstraints(pattern=r"^/[^\s?#]*$", max_length=500)] = Field(
        description="Below the system's address; `{name}` stands for an argument."
    )
    query: Annotated[tuple[Line, ...], Field(max_length=50)] = Field(
        default=(), description="Arguments that go into the query; the others make the body."
    )


class Probe(Shape):
    """How it is found out whether an action was done of which nobody heard."""

    action: Name = Field(description="One that only reads.")
    arguments: dict[Line, Template]
    found: Pointer | None = Field(
        default=None, description="Where the answer says that it was done; that there is an answer if not said."
    )


class Idempotency(Shape):
    """What makes sure that an action is done once."""

    by: Literal["key", "probe", "none"]
    header: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,59}$")] | None = Field(
        default=None, description="In which the key goes over HTTP; `Idempotency-Key` if not said."
    )
    argument: Line | None = Field(
        default=None, description="The argument in which the id goes instead, as a key or for a probe to ask by."
    )
    probe: Probe | None = None


class Compensation(Shape):
    """What takes an action back."""

    action: Name
    arguments: dict[Line, Template] = Field(
        description="Where each argument comes from: `$.arguments/PATH`, `$.result/PATH`, `$.action` or a text."
    )


class Money_(Shape):  # noqa: N801 - the field is called `amount`, and `Amount` is a text
    """Which argument is an amount of money."""

    path: Pointer
    unit: Literal["minor", "major"] = Field(
        description="`minor` counts cents, `major` euros with at most two decimals."
    )
    currency: Currency | None = Field(default=None, description="Where it is always the same.")
    currency_path: Pointer | None = Field(default=None, description="The argument that names it.")
    currencies: Annotated[tuple[Currency, ...], Field(max_length=50)] = Field(
        default=(), description="Those that may be named; any where none is."
    )


class ArgumentCheck(Shape):
    """What an argument must be, beyond its schema."""

    path: Pointer
    one_of: Annotated[tuple[Line, ...], Field(max_length=10_000)] = Field(
        default=(), description="The only values that may stand there, such as beneficiaries."
    )
    at_least: int | None = None
    at_most: int | None = None
    unit: Line | None = Field(default=None, description="Told, such as `days`.")


class Whose(Shape):
    """For whom an agent run is, and how it is found out that what an action is about is theirs."""

    action: Name | None = Field(
        default=None,
        description="One that only reads and says whose it is; it is done first, on record like any other.",
    )
    arguments: dict[Line, Template] = Field(default={}, description="Of that action: `$.arguments/PATH` or a text.")
    of: Literal["arguments", "result"] | None = Field(
        default=None,
        description="Where no `action` is named, in what `at` points: the arguments if not said; or, of what only "
        "reads, its own result, which is withheld from the agent where it is somebody else's.",
    )
    at: Pointer = Field(description="Where whose it is stands: in the result of `action`, or else in what `of` says.")
    claim: Line | None = Field(
        default=None,
        description="The claim of the user's token that says for whom the run is, such as `customer` or `sub`. Where "
        "the token has it, nothing else decides.",
    )
    known_by: Annotated[tuple[Name, ...], Field(max_length=20)] = Field(
        default=(),
        description="Actions that find out for whom the run is, such as a customer by name and postcode. The first of "
        "them that was done in the run decides; before that, it is a no.",
    )
    known_at: Pointer | None = Field(default=None, description="Where their result names them.")


class ActionCeiling(Shape):
    """The most of one thing in a window of time."""

    amount: Amount | None = Field(
        default=None, description="Such as `450 EUR`; amounts in other currencies are refused."
    )
    count: Count | None = Field(default=None, description="How often.")
    per: Annotated[str, StringConstraints(max_length=20)] = Field(
        description="`minute`, `hour`, `day`, `week`, `month`, `year`; a span such as `24h` where it slides."
    )
    window: Literal["calendar", "sliding"] | None = None
    each: Annotated[tuple[Literal["customer", "agent", "user", "use-case", "run"], ...], Field(max_length=5)] = Field(
        default=(), description="What is counted apart; everything together where nothing is named."
    )
    zone: Annotated[str, StringConstraints(max_length=60)] | None = None


class ActionLimit(Shape):
    """The spec of a declared `ActionLimit`: what several actions may do together; none is a way round another."""

    title: Line | None = None
    actions: Annotated[tuple[Name, ...], Field(min_length=1, max_length=200)]
    use_cases: Annotated[tuple[Name, ...], Field(max_length=200)] = Field(
        default=(), description="Of which actions count; every one where none is named."
    )
    limits: Annotated[tuple[ActionCeiling, ...], Field(min_length=1, max_length=20)]


class HoldRule(Shape):
    """When a person decides about a single action."""

    always: bool | None = None
    above: Amount | None = Field(default=None, description="From the first amount above this one.")
    within: Span | None = Field(
        default=None,
        description="How long people have; then it is a no. Decision rights may give less.",
    )


class Pin(Shape):
    """What a tool said of itself when the action was approved."""

    schema_: Digest = Field(alias="schema")
    description: Digest
    annotations: Digest


class Action(Shape):
    """The spec of a declared `Action`: one thing that agents of a use case may do in a system."""

    title: Line | None = None
    description: Words | None = Field(default=None, description="As agents are told.")
    use_cases: Annotated[tuple[Name, ...], Field(min_length=1, max_length=200)] = Field(
        description="Whose agents may do it."
    )
    system: Name
    http: HttpCall | None = Field(default=None, description="How it is done in a system that speaks `http`.")
    tool: ToolName | None = Field(default=None, description="Name of the tool in a system that speaks `mcp`.")
    function: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*$", max_length=120)] | None = Field(
        default=None, description="Name of the function in a system that speaks `python`."
    )
    input: dict[str, Any] = Field(description="JSON Schema of the arguments; fractions are written as text.")
    output: dict[str, Any] | None = Field(default=None, description="JSON Schema of the result, as agents are told.")
    effect: Effect
    tier: Tier
    idempotency: Idempotency | None = Field(default=None, description="Nothing makes sure of it if not said.")
    compensation: Compensation | None = None
    amount: Money_ | None = None
    customer: Pointer | None = Field(default=None, description="The argument that names the customer, for limits.")
    checks: Annotated[tuple[ArgumentCheck, ...], Field(max_length=50)] = ()
    whose: Whose | None = Field(
        default=None,
        description="Refuses what is somebody else's than theirs for whom the agent run is; everybody's if not said.",
    )
    limits: Annotated[tuple[ActionCeiling, ...], Field(max_length=20)] = ()
    hold: HoldRule | None = None
    agents: Annotated[tuple[Name, ...], Field(max_length=200)] = Field(
        default=(), description="Workloads that may do it; every one of the use cases where none is named."
    )
    groups: Annotated[tuple[Line, ...], Field(max_length=200)] = Field(
        default=(), description="Groups of which the user must be a member of one, for whom it is done."
    )
    users: Literal["required", "optional"] | None = Field(
        default=None, description="Whether it has to be for a user; optional if not said, required where groups are."
    )
    rights: Annotated[tuple[Word, ...], Field(max_length=50)] = Field(
        default=(),
        description="Of the rights that the system's `identity` declares, those that it needs of the user, every one; "
        "the token is for no more. All that the user has if not said.",
    )
    reads: Literal["trusted", "untrusted"] | None = Field(
        default=None,
        description="What its result is to an agent run: after untrusted content the run is tainted. Untrusted if not "
        "said.",
    )
    tainted: Literal["allow", "hold", "refuse"] | None = Field(
        default=None,
        description="What becomes of it in a tainted run. If not said: reading goes on, writing of a low tier too, "
        "everything else is held.",
    )
    timeout: Span | None = Field(default=None, description="For an answer of the system; 30 s if not said.")
    attempts: Annotated[int, Field(ge=1, le=10)] | None = Field(
        default=None, description="Where it is safe to try again; 3 if not said."
    )
    outage: Literal["refuse", "wait"] | None = Field(
        default=None,
        description="What becomes of it while the system is away: it fails, or is done later; it fails if not said.",
    )
    on_failure: Literal["roll-back", "stay"] | None = Field(
        default=None,
        description="What becomes of the agent run when it fails for good: taken back, or left as it is; left if not "
        "said.",
    )
    on_refusal: Literal["roll-back", "stay"] | None = Field(
        default=None, description="The same, when it is refused or nobody lets it pass."
    )
    pin: Pin | None = Field(default=None, description="Set by the import; a tool that changed since is refused.")
