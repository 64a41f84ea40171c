"""What a use case is: the declared shape that files, forms and imports all fill.

Anything unknown stays unset. An unset field means "nobody has said", which readiness reads as unknown and
never as good; defaults that would turn silence into an answer do not belong here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.money import Money
from roadworthy.foundation.resources.shape import Shape

Text = Annotated[str, StringConstraints(max_length=20_000)]
Line = Annotated[str, StringConstraints(max_length=1_000)]
Number = Annotated[Decimal, Field(allow_inf_nan=False, max_digits=40)]
"""A decimal number, so that what was written is what is kept and hashed."""
PersonName = Annotated[str, StringConstraints(min_length=1, max_length=320)]
"""How a person is referred to in a declaration: an e-mail address, an account name or a plain name."""


class UseCaseClass(StrEnum):
    """What the AI does with what it computes."""

    PREDICTIVE = "predictive"
    GENERATIVE = "generative"
    AGENTIC = "agentic"


class Stage(StrEnum):
    """How far the use case has come."""

    PROPOSED = "proposed"
    PILOT = "pilot"
    CANDIDATE = "candidate"
    PRODUCTION = "production"
    RETIRED = "retired"


class Sector(StrEnum):
    """The kind of organisation, which decides the default posture."""

    FINANCIAL_SERVICES = "financial-services"
    HEALTHCARE = "healthcare"
    GOVERNMENT = "government"
    ENTERPRISE_TECHNOLOGY = "enterprise-technology"
    OTHER = "other"


class Tier(StrEnum):
    """How much can go wrong; derived by rule, see `rules.tier_of`."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


class Duty(StrEnum):
    """The four duties that a use case needs an owner for."""

    PRODUCT = "product"
    PLATFORM = "platform"
    GOVERNANCE = "governance"
    BUSINESS = "business"


class ComponentKind(StrEnum):
    """What a use case is made of, beside its data and its integrations."""

    MODEL = "model"
    PROMPT = "prompt"
    TOOL = "tool"
    VENDOR = "vendor"


class Component(Shape):
    """A model, prompt, tool or vendor service that the use case depends on."""

    kind: ComponentKind
    name: Line
    version: Line | None = None
    vendor: Line | None = None
    region: Line | None = None
    access: Line | None = Field(
        default=None, description="How it is reached: hosted API, private endpoint, on premises."
    )
    digest: Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")] | None = Field(
        default=None, description="SHA-256 of what is run, so that evidence about another version does not count."
    )


class DataColumns(Shape):
    """Which column of a data source plays which part. Names are production's; the audit finds the pilot's."""

    key: tuple[Line, ...] = Field(default=(), description="What tells one record from another.")
    event_time: Line | None = Field(default=None, description="When it happened.")
    ingest_time: Line | None = Field(default=None, description="From when it could be read.")
    decision_time: Line | None = Field(
        default=None, description="When the system must act: a column, or a time after the event such as `5m`."
    )
    label: Line | None = Field(default=None, description="What the system is judged by.")
    label_time: Line | None = Field(default=None, description="When the label became known.")
    taxonomy: tuple[Line, ...] = Field(default=(), description="Columns whose values are a governed list.")
    required: tuple[Line, ...] | None = Field(default=None, description="Columns that the model reads.")
    text: Line | None = Field(default=None, description="The column that holds documents.")
    document_title: Line | None = None
    document_owner: Line | None = None
    document_reviewed: Line | None = None
    document_access: Line | None = None
    pilot_names: Mapping[Line, Line] = Field(
        default={}, description="Production's column to the pilot's name for it, where they differ."
    )


class DataSource(Shape):
    """Data that the use case reads, as the pilot had it and as production will.

    A location is a path, glob or folder, an address of object storage, `sqlite:FILE#TABLE`, or `env:NAME#TABLE` with
    the address of a PostgreSQL database in that variable; after `#` a query may stand in place of the table.
    """

    name: Line
    pilot: Line | None = Field(default=None, description="Where the pilot's data is or was: a file, table or query.")
    production: Line | None = Field(default=None, description="The production source: a table, topic, bucket or API.")
    refresh: Line | None = Field(default=None, description="How often production refreshes, such as 15m or daily.")
    steward: PersonName | None = None
    source_of_truth: bool | None = Field(default=None, description="Whether production is the system of record.")
    personal_data: bool | None = None
    personal_kinds: tuple[Line, ...] | None = Field(
        default=None, description="Kinds of personal data that are expected, such as `email` or `phone`."
    )
    documentation: Line | None = None
    columns: DataColumns = DataColumns()
    units: Mapping[Line, Line] = Field(default={}, description="Column to unit, such as `kg` or `EUR`.")
    pilot_filters: tuple[Line, ...] = Field(
        default=(), description="Conditions by which the pilot kept a row, in their order, as SQL."
    )
    retention_days: int | None = Field(default=None, ge=1, description="Days after which a record must be gone.")
    contract: Line | None = Field(default=None, description="An Open Data Contract Standard file that says more.")


class ProbeTarget(Shape):
    """How an integration is tried: where, as whom, and with what that only reads."""

    protocol: Literal["http", "openapi", "postgres", "mcp"]
    address: Line = Field(description="Where it answers: an address, or `env:NAME` of a variable that holds it.")
    credential: Line | None = Field(
        default=None, description="The production workload's own: `env:NAME` or `file:PATH`; never the secret itself."
    )
    description: Line | None = Field(default=None, description="Address or path of the OpenAPI description.")
    operations: tuple[Line, ...] = Field(
        default=(), description="What the use case calls: `GET /patients/{id}`, a table, a tool."
    )
    parameters: Mapping[Line, Line] = Field(default={}, description="Values for what stands in braces.")
    grants: tuple[Line, ...] | None = Field(
        default=None, description="What the workload is meant to be allowed; more than this is a finding."
    )
    rate: Line | None = Field(default=None, description="Calls that it must bear, such as `60/min`.")
    latency: Line | None = Field(default=None, description="Time to answer that it must keep, such as `500ms`.")
    sandbox: Line | None = Field(
        default=None, description="Address of a sandbox, in which alone writing is tried; production is only read."
    )
    audit_trail: Line | None = Field(default=None, description="Operation that reads the record of who did what.")


class Integration(Shape):
    """A system of the organisation that the use case talks to."""

    system: Line
    direction: Literal["reads", "writes", "both"] | None = None
    identity: Line | None = Field(default=None, description="Whose identity the call carries: on-behalf-of, workload.")
    failure_modes: tuple[Line, ...] = Field(
        default=(), description="What happens when the system is slow, wrong or down."
    )
    audit: Line | None = Field(default=None, description="Where it is recorded who did what through it.")
    retry: Line | None = Field(default=None, description="What is tried again, how often, and why that is safe.")
    dead_letter: Line | None = Field(default=None, description="Where a call ends that failed for good, and who looks.")
    rollback: Line | None = Field(
        default=None, description="How an effect is undone: compensate, restore, none needed."
    )
    probe: ProbeTarget | None = None


class Owners(Shape):
    """Four duties, each with a named person or openly unassigned."""

    product: PersonName | None = None
    platform: PersonName | None = None
    governance: PersonName | None = None
    business: PersonName | None = None

    def of(self, duty: Duty) -> str | None:
        """The person named for a duty, or None while it is unassigned."""
        named: str | None = getattr(self, duty.value)
        return named


class AnnualValue(Shape):
    """What the use case is worth in a year, as a range with its basis; an absent one cannot be ranked."""

    low: Line = Field(description="Amount and currency, such as `250000 EUR`.")
    high: Line
    basis: Line = Field(description="How the range was arrived at.")
    confidence: Literal["low", "medium", "high"]

    @field_validator("low", "high")
    @classmethod
    def _is_money(cls, value: str) -> str:
        try:
            Money.parse(value)
        except RoadworthyError as error:
            raise ValueError(f"{error.message}; {error.remedy}") from error
        return value

    @model_validator(mode="after")
    def _is_a_range(self) -> AnnualValue:
        low, high = Money.parse(self.low), Money.parse(self.high)
        if low.currency != high.currency:
            raise ValueError(f"the range mixes {low.currency} and {high.currency}; use one currency")
        if low.minor > high.minor:
            raise ValueError(f"`low` ({low}) is above `high` ({high}); swap them")
        return self


class Outcome(Shape):
    """The business number that the use case must move, and who answers for it."""

    metric: Line
    unit: Line | None = None
    baseline: Number | None = None
    target: Number | None = None
    by: dt.date | None = Field(default=None, description="The date on which the target is due.")
    owner: PersonName | None = Field(default=None, description="Who answers for the number.")
    annual_value: AnnualValue | None = None


class TierOverride(Shape):
    """A risk tier that a person set against the rule, with the reason that is kept with it."""

    tier: Tier
    reason: Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
    by: PersonName


class Risk(Shape):
    """The facts that decide the risk tier. Unset facts leave the tier unknown, they do not lower it."""

    impact: Literal["none", "money", "rights", "safety", "rights-and-safety"] | None = Field(
        default=None, description="What a wrong output can harm."
    )
    autonomy: Literal["informs", "recommends", "decides", "acts"] | None = Field(
        default=None, description="How far it goes without a person."
    )
    personal_data: Literal["none", "personal", "special"] | None = None
    exposure: Literal["internal", "customers", "public"] | None = Field(
        default=None, description="Who meets its output."
    )
    override: TierOverride | None = None


class Identifier(Shape):
    """What the use case is called elsewhere."""

    scheme: Line
    value: Line


class UseCase(Shape):
    """The spec of a declared `UseCase`: everything that people say about it, and nothing that is measured."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
    purpose: Text | None = None
    benefits: Text | None = None
    outputs: Text | None = Field(default=None, description="What the system puts out: a score, a draft, an action.")
    organisation: Line | None = Field(default=None, description="The legal entity, department or agency.")
    unit: Line | None = Field(default=None, description="The part of the organisation that runs it.")
    contact: PersonName | None = None
    sector: Sector | None = None
    class_: UseCaseClass | None = Field(default=None, alias="class")
    topic: Line | None = Field(default=None, description="The subject area in the organisation's own words.")
    techniques: tuple[Line, ...] = ()
    stage: Stage | None = None
    risk: Risk = Risk()
    components: tuple[Component, ...] = ()
    data: tuple[DataSource, ...] = ()
    integrations: tuple[Integration, ...] = ()
    owners: Owners = Owners()
    outcome: Outcome | None = None
    postures: tuple[Line, ...] = Field(default=(), description="Names of the frameworks it must meet.")
    started: dt.date | None = None
    production_requested: dt.date | None = Field(default=None, description="Day on which production was asked for.")
    in_use_since: dt.date | None = None
    retired: dt.date | None = None
    identifiers: tuple[Identifier, ...] = ()
    links: tuple[Line, ...] = ()


class PlatformProfile(Shape):
    """What the platform supports; a use case that wants something else shows the mismatch at intake."""

    vendors: tuple[Line, ...] = Field(default=(), description="Approved vendors.")
    regions: tuple[Line, ...] = Field(default=(), description="Regions in which workloads may run.")
    access: tuple[Line, ...] = Field(default=(), description="Supported access patterns.")
