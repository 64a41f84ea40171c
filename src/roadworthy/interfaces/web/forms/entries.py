"""What the forms ask. Names are the dotted paths of the spec, so a fault found in the spec finds its field."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from roadworthy.interfaces.web.views.parts import FieldKind
from roadworthy.inventory.model import ComponentKind, Duty, Sector, Stage, Tier, UseCaseClass

Codec = Literal["text", "lines", "pairs", "yes-no"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One question of a form."""

    path: str
    label: str
    kind: FieldKind = "text"
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    codec: Codec = "text"
    required: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that belong together; with `each`, they are asked of every item of that list."""

    legend: str
    entries: tuple[Entry, ...]
    note: str = ""
    each: str | None = None
    noun: str = ""


def _choices(enum: type[StrEnum]) -> tuple[tuple[str, str], ...]:
    return tuple((member.value, member.value.replace("-", " ")) for member in enum)


def _words(*values: str) -> tuple[tuple[str, str], ...]:
    return tuple((value, value.replace("-", " ")) for value in values)


YES_NO = (("yes", "yes"), ("no", "no"))

IDENTITY = Group(
    "What it is",
    (
        Entry("title", "Title", hint="What people call it.", required=True, wide=True),
        Entry("purpose", "Purpose", "area", "The problem it solves and for whom.", wide=True),
        Entry("organisation", "Organisation", hint="The legal entity, department or agency."),
        Entry("unit", "Unit", hint="The part of the organisation that runs it."),
        Entry("sector", "Sector", "select", choices=_choices(Sector)),
        Entry("class", "Class", "select", "What the AI does with what it computes.", _choices(UseCaseClass)),
        Entry("stage", "Stage", "select", "How far it has come.", _choices(Stage)),
        Entry("contact", "Contact", hint="An address or account name."),
    ),
)
MORE = Group(
    "More about it",
    (
        Entry("benefits", "Benefits", "area"),
        Entry("outputs", "Outputs", "area", "A score, a draft, an action."),
        Entry("topic", "Subject area"),
        Entry("techniques", "Techniques", "area", "One a line.", codec="lines"),
        Entry("postures", "Frameworks it must meet", "area", "One a line.", codec="lines"),
        Entry("links", "Links", "area", "One a line.", codec="lines"),
        Entry("started", "Started", "date"),
        Entry("productionRequested", "Production asked for", "date"),
        Entry("inUseSince", "In use since", "date"),
        Entry("retired", "Retired", "date"),
    ),
)
RISK = Group(
    "What can go wrong",
    (
        Entry(
            "risk.impact", "A wrong output can harm", "select",
            choices=_words("none", "money", "rights", "safety", "rights-and-safety"),
        ),
        Entry(
            "risk.autonomy", "Without a person it", "select", choices=_words("informs", "recommends", "decides", "acts")
        ),
        Entry("risk.personalData", "Personal data", "select", choices=_words("none", "personal", "special")),
        Entry("risk.exposure", "Its output meets", "select", choices=_words("internal", "customers", "public")),
    ),
    note="The risk tier follows from these four by rule. Leave open what nobody knows: unknown is an answer.",
)  # fmt: skip
OVERRIDE = Group(
    "Set the tier against the rule",
    (
        Entry("risk.override.tier", "Tier", "select", choices=_choices(Tier)),
        Entry("risk.override.reason", "Reason", hint="Kept with the tier and shown beside it."),
        Entry("risk.override.by", "Decided by", hint="An address or account name."),
    ),
    note="Leave all three empty to let the rule decide.",
)
OWNERS = Group(
    "Owners",
    tuple(
        Entry(f"owners.{duty.value}", f"{duty.value.capitalize()} owner", hint=hint)
        for duty, hint in (
            (Duty.PRODUCT, "Answers for what it does and for whom."),
            (Duty.PLATFORM, "Answers for how it runs, its data path and integrations."),
            (Duty.GOVERNANCE, "Answers for risk, rules and approvals."),
            (Duty.BUSINESS, "Answers for the number it must move."),
        )
    ),
    note=(
        "Name each by the address or account they sign in with. Whoever is named stays unconfirmed until they sign in "
        "and accept. Leave empty what nobody holds; it stays visible as unassigned."
    ),
)
OUTCOME = Group(
    "The number it must move",
    (
        Entry("outcome.metric", "Metric", hint="Such as days to first decision."),
        Entry("outcome.unit", "Unit"),
        Entry("outcome.baseline", "Baseline", "number", "Where it stood before."),
        Entry("outcome.target", "Target", "number"),
        Entry("outcome.by", "Due", "date"),
        Entry("outcome.owner", "Accountable owner", hint="An address or account name."),
    ),
)
VALUE = Group(
    "What it is worth in a year",
    (
        Entry("outcome.annualValue.low", "Low", hint="Amount and currency, such as `250000 EUR`."),
        Entry("outcome.annualValue.high", "High"),
        Entry("outcome.annualValue.confidence", "Confidence", "select", choices=_words("low", "medium", "high")),
        Entry("outcome.annualValue.basis", "Basis", "area", "How the range was arrived at.", wide=True),
    ),
    note="A range with its basis. Without one the use case cannot be ranked by value.",
)
COMPONENTS = Group(
    "Components",
    (
        Entry("name", "Name"),
        Entry("kind", "Kind", "select", choices=_choices(ComponentKind)),
        Entry("version", "Version"),
        Entry("vendor", "Vendor"),
        Entry("region", "Region"),
        Entry("access", "Access", hint="Hosted API, private endpoint, on premises."),
        Entry("digest", "Digest", hint="SHA-256 of what is run, as `sha256:` and 64 hexadecimal digits."),
    ),
    each="components",
    noun="component",
)
DATA = Group(
    "Data",
    (
        Entry("name", "Name"),
        Entry("pilot", "Where the pilot's data is"),
        Entry("production", "The production source"),
        Entry("refresh", "Refreshed", hint="Such as 15m or daily."),
        Entry("steward", "Steward"),
        Entry("documentation", "Documentation"),
        Entry("sourceOfTruth", "System of record", "select", choices=YES_NO, codec="yes-no"),
        Entry("personalData", "Personal data", "select", choices=YES_NO, codec="yes-no"),
    ),
    each="data",
    noun="data source",
)
INTEGRATIONS = Group(
    "Integrations",
    (
        Entry("system", "System"),
        Entry("direction", "Direction", "select", choices=_words("reads", "writes", "both")),
        Entry("identity", "Identity", hint="Whose identity the call carries."),
        Entry("audit", "Record", hint="Where it is recorded who did what through it."),
        Entry("retry", "Tried again", hint="What is tried again, how often, and why that is safe."),
        Entry("deadLetter", "Dead letter", hint="Where a call ends that failed for good, and who looks."),
        Entry("rollback", "Way back", hint="How an effect is undone."),
        Entry("failureModes", "When it is slow, wrong or down", "area", "One a line.", codec="lines", wide=True),
        Entry("probe.protocol", "Tried over", "select", choices=_words("http", "openapi", "postgres", "mcp")),
        Entry("probe.address", "Address", hint="Where it answers, or `env:NAME`."),
        Entry("probe.credential", "Credential", hint="`env:NAME` or `file:PATH`; never the secret itself."),
        Entry("probe.description", "OpenAPI description", hint="Its path or address."),
        Entry(
            "probe.operations",
            "Operations",
            "area",
            "One a line: `GET /patients/{id}`, a table, a tool.",
            codec="lines",
            wide=True,
        ),
        Entry(
            "probe.parameters",
            "Values for what stands in braces",
            "area",
            "One a line: `id = 4711`.",
            codec="pairs",
            wide=True,
        ),
        Entry(
            "probe.grants",
            "What it is meant to be allowed",
            "area",
            "One a line; more is a finding.",
            codec="lines",
            wide=True,
        ),
        Entry("probe.rate", "Rate that it must bear", hint="Such as `60/min`."),
        Entry("probe.latency", "Time to answer", hint="Such as `500ms`."),
        Entry("probe.sandbox", "Sandbox", hint="In which alone writing is tried."),
        Entry("probe.auditTrail", "Audit trail", hint="Operation that reads who did what."),
    ),
    note="With a protocol and an address it can be tried as the production workload; production is only read.",
    each="integrations",
    noun="integration",
)

INTAKE = (IDENTITY, RISK, OWNERS)
EDIT = (IDENTITY, RISK, OVERRIDE, COMPONENTS, DATA, INTEGRATIONS, MORE)
OWNERS_FORM = (OWNERS,)
OUTCOME_FORM = (OUTCOME, VALUE)
