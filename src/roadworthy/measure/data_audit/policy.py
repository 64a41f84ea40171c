"""The policy of an audit: every threshold, rank, effort and sentence that a gap rests on, to be read and edited.

An organisation declares an `AuditPolicy` with what it wants otherwise; what it does not name stays as it ships in
`catalogue.yaml`, which is the same kind with everything filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

import yaml
from pydantic import Field, StringConstraints

from roadworthy.foundation.digests import digest_of
from roadworthy.foundation.errors import Finding, InvalidInput, Place, closest
from roadworthy.foundation.resources.shape import Shape
from roadworthy.inventory.model import Duty
from roadworthy.measure.data_audit.model import Area, Effort

CATALOGUE = "catalogue.yaml"
ANY = "any"
"""Thresholds that belong to no single rule are asked for as `any.<name>`."""
WHERE = "{where}"
"""Stands in a sentence for the columns or the source that it is about."""

UNTOLD = "Declare or give access to what is missing here about {where}, and audit again."
"""The next step of a rule that names none for what nobody can tell."""

_PLACEHOLDER = re.compile(r"\{[^}]*\}")

RuleName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z-]{2,40}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z-]{0,40}$")]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=600)]
Number = Annotated[Decimal, Field(ge=0, max_digits=16, decimal_places=6)]
Class = Literal["predictive", "generative", "agentic"]


class Consequences(Shape):
    """What a gap does, by the class of the use case."""

    predictive: Sentence | None = None
    generative: Sentence | None = None
    agentic: Sentence | None = None


class RuleSpec(Shape):
    """One rule of the catalogue; what is unset stays as it ships."""

    id: RuleName
    area: Area | None = None
    title: Sentence | None = Field(default=None, description="What is wrong, in a few words.")
    rank: Annotated[int, Field(ge=1, le=3)] | None = Field(
        default=None, description="1 comes first. It orders the work and never unblocks."
    )
    effort: Effort | None = Field(default=None, description="Size of what closes it.")
    weight: Annotated[int, Field(ge=0, le=1000)] | None = Field(
        default=None, description="What the piece counts for in the data work; by its effort where unset."
    )
    duty: Duty | None = Field(default=None, description="Whose work it is where the source has no steward.")
    remediation: Sentence | None = Field(default=None, description="The next step. `{where}` is the column or source.")
    proof: Sentence | None = Field(default=None, description="What a later fingerprint has to show.")
    unknown: Sentence | None = Field(
        default=None, description="The next step where nobody can tell, and more rows of the pilot would not settle it."
    )
    consequence: Consequences = Consequences()
    thresholds: Mapping[Name, Number] = Field(default={}, description="Numbers that the rule decides by.")


class AuditPolicy(Shape):
    """The spec of a declared `AuditPolicy`."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    efforts: Mapping[Effort, Annotated[int, Field(ge=1, le=1000)]] = Field(
        default={}, description="What a piece of work of each size counts for."
    )
    thresholds: Mapping[Name, Number] = Field(default={}, description="Numbers that belong to no single rule.")
    rules: tuple[RuleSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the catalogue with everything filled in."""

    id: str
    area: Area
    title: str
    rank: int
    effort: Effort
    weight: int
    duty: Duty
    remediation: str
    proof: str
    unknown: str
    consequence: Mapping[str, str]
    """Class of use case to sentence."""
    thresholds: Mapping[str, float]

    def consequence_for(self, use_case_class: str | None) -> str:
        """What it does to a use case of this class; where nobody has said which, what it does to a predictive one."""
        return self.consequence.get(use_case_class or "predictive", self.consequence["predictive"])


@dataclass(frozen=True, slots=True)
class Policy:
    """What an audit is judged by."""

    title: str
    rules: Mapping[str, Rule]
    """By id, in the order of the catalogue."""
    thresholds: Mapping[str, float]
    """Those of no single rule."""
    digest: str

    @staticmethod
    def shipped() -> Policy:
        """The policy that ships."""
        return _shipped()

    @staticmethod
    def of(spec: AuditPolicy) -> Policy:
        """The shipped policy with what an organisation declared otherwise.

        Raises:
            InvalidInput: it names a rule, a threshold or a placeholder that there is none of.
        """
        findings = faults(spec)
        if findings:
            raise InvalidInput.of(findings, "the audit policy")
        return _laid_over(Policy.shipped(), spec, shipped_spec().efforts)

    def rule(self, name: str) -> Rule:
        """A rule by its id.

        Raises:
            KeyError: the catalogue has none of that id, which is a fault of the program.
        """
        return self.rules[name]

    def threshold(self, name: str) -> float:
        """A number by `rule.name`, or `any.name` for one of no single rule.

        Raises:
            KeyError: there is none, which is a fault of the program.
        """
        rule, _, what = name.partition(".")
        return self.thresholds[what] if rule == ANY else self.rules[rule].thresholds[what]


def faults(spec: AuditPolicy) -> Sequence[Finding]:
    """What no single field can know: each rule once and in the catalogue, thresholds and placeholders that exist."""
    return tuple(_faults(spec, Policy.shipped()))


@cache
def shipped_spec() -> AuditPolicy:
    """The catalogue that ships, as it is declared."""
    return AuditPolicy.model_validate(yaml.safe_load(shipped_text())["spec"])


@cache
def shipped_text() -> str:
    """The text of the catalogue that ships, to be exported and edited."""
    return files(__package__).joinpath(CATALOGUE).read_text(encoding="utf-8")


# ---------------------------------------------------------------- inside


@cache
def _shipped() -> Policy:
    spec = shipped_spec()
    return Policy(
        title=spec.title,
        rules={each.id: _whole(each, spec.efforts) for each in spec.rules},
        thresholds={name: float(value) for name, value in spec.thresholds.items()},
        digest=_digest(spec),
    )


def _whole(spec: RuleSpec, efforts: Mapping[Effort, int]) -> Rule:
    said = spec.consequence
    parts = (spec.area, spec.title, spec.rank, spec.effort, spec.duty, spec.remediation, spec.proof, said.predictive)
    if any(part is None for part in parts):
        raise InvalidInput(
            "audit-policy-incomplete",
            f"rule `{spec.id}` of the catalogue is not filled in",
            remedy="give it an area, title, rank, effort, duty, remediation, proof and predictive consequence",
        )
    area, title, rank, effort, duty, remediation, proof, predictive = parts
    return Rule(
        id=spec.id,
        area=Area(str(area)),
        title=str(title),
        rank=int(str(rank)),
        effort=Effort(str(effort)),
        weight=spec.weight if spec.weight is not None else efforts[Effort(str(effort))],
        duty=Duty(str(duty)),
        remediation=str(remediation),
        proof=str(proof),
        unknown=spec.unknown or UNTOLD,
        consequence={
            "predictive": str(predictive),
            "generative": said.generative or str(predictive),
            "agentic": said.agentic or said.generative or str(predictive),
        },
        thresholds={name: float(value) for name, value in spec.thresholds.items()},
    )


def _laid_over(base: Policy, spec: AuditPolicy, shipped_efforts: Mapping[Effort, int]) -> Policy:
    efforts = {**shipped_efforts, **spec.efforts}
    named = {each.id: each for each in spec.rules}
    fixed = {each.id for each in shipped_spec().rules if each.weight is not None}
    rules = {}
    for name, rule in base.rules.items():
        over = named.get(name, RuleSpec(id=name))
        changed = over.model_dump(
            include={"area", "title", "rank", "effort", "duty", "remediation", "proof", "unknown"}
        )
        now = replace(rule, **{field: value for field, value in changed.items() if value is not None})
        said = {key: value for key, value in over.consequence.model_dump().items() if value is not None}
        weight = rule.weight if name in fixed else efforts[now.effort]
        rules[name] = replace(
            now,
            weight=weight if over.weight is None else over.weight,
            consequence={**rule.consequence, **said},
            thresholds={**rule.thresholds, **{key: float(value) for key, value in over.thresholds.items()}},
        )
    thresholds = {**base.thresholds, **{key: float(value) for key, value in spec.thresholds.items()}}
    return Policy(spec.title, rules, thresholds, _digest(spec))


def _digest(spec: AuditPolicy) -> str:
    return digest_of(spec.model_dump(mode="json", exclude_defaults=True))


def _faults(spec: AuditPolicy, shipped: Policy) -> Iterator[Finding]:
    yield from _unknown(spec.thresholds, shipped.thresholds, "spec.thresholds")
    seen: set[str] = set()
    for position, rule in enumerate(spec.rules):
        at = f"spec.rules.{position}"
        known = shipped.rules.get(rule.id)
        if rule.id in seen:
            message = f"`{rule.id}` is changed twice"
            yield Finding("audit-policy-rule-twice", message, Place(field=f"{at}.id"), "keep one of the two")
        elif known is None:
            near = closest(rule.id, shipped.rules)
            remedy = f"did you mean `{near}`?" if near else "see the catalogue: `roadworthy data policy`"
            message = f"the catalogue has no rule `{rule.id}`"
            yield Finding("audit-policy-rule-unknown", message, Place(field=f"{at}.id"), remedy)
        else:
            yield from _unknown(rule.thresholds, known.thresholds, f"{at}.thresholds")
            yield from _placeholders(rule, at)
        seen.add(rule.id)


def _unknown(given: Mapping[str, Decimal], known: Mapping[str, float], at: str) -> Iterator[Finding]:
    for name in given:
        if name not in known:
            near = closest(name, known)
            remedy = (
                f"did you mean `{near}`?" if near else f"it has {', '.join(f'`{each}`' for each in known) or 'none'}"
            )
            yield Finding(
                "audit-policy-threshold-unknown", f"there is no threshold `{name}`", Place(field=f"{at}.{name}"), remedy
            )


def _placeholders(rule: RuleSpec, at: str) -> Iterator[Finding]:
    for field in ("remediation", "proof", "unknown"):
        for found in _PLACEHOLDER.findall(getattr(rule, field) or ""):
            if found != WHERE:
                yield Finding(
                    "audit-policy-placeholder",
                    f"`{found}` stands for nothing here",
                    Place(field=f"{at}.{field}"),
                    f"write `{WHERE}` for the column or source",
                )
