"""The inventory in the shape of the US federal AI use case inventory of 2025 (OMB, under memorandum M-25-21).

36 fields with the values that the guidance allows. A field that is required and that nobody has answered is a
gap with the reason; it is never filled with a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from roadworthy.inventory.exporting.sheet import text
from roadworthy.inventory.facts import Answer
from roadworthy.inventory.importing.vocabulary import key_of
from roadworthy.inventory.model import ComponentKind, Stage
from roadworthy.inventory.service import Subject

STAGES = {
    Stage.PROPOSED: "Pre-deployment",
    Stage.PILOT: "Pilot",
    Stage.CANDIDATE: "Pilot",
    Stage.PRODUCTION: "Deployed",
    Stage.RETIRED: "Retired",
}
"""A candidate is a pilot that wants to become more."""

CLASSIFICATIONS = (
    "Agentic AI",
    "Classical/Predictive Machine Learning",
    "Computer Vision",
    "Generative AI",
    "Natural Language Processing",
    "Reinforcement Learning",
)
_BY_CLASS = {
    "agentic": "Agentic AI",
    "generative": "Generative AI",
    "predictive": "Classical/Predictive Machine Learning",
}
_HIGH = frozenset({"rights", "safety", "rights-and-safety"})
_NOBODY = "nobody has said"

Value: TypeAlias = tuple[str, str]
"""What stands in the field, and why it is empty where it is."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A required field that cannot be filled from what is known."""

    use_case: str
    field: str
    required: str
    """When the guidance requires it."""
    reason: str


@dataclass(frozen=True, slots=True)
class OmbInventory:
    """The inventory in the federal shape, with what is missing."""

    rows: tuple[tuple[str, ...], ...]
    """The names of the fields, then one row for each use case."""
    gaps: tuple[Gap, ...]

    def gap_rows(self) -> list[list[str]]:
        """The gaps as a table."""
        return [["use case", "field", "required", "reason"]] + [
            [gap.use_case, gap.field, gap.required, gap.reason] for gap in self.gaps
        ]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the federal inventory."""

    name: str
    required: str
    needed: Callable[[Subject], bool]
    value: Callable[[Subject], Value]


def export(subjects: Iterable[Subject]) -> OmbInventory:
    """Put use cases into the federal shape."""
    rows: list[tuple[str, ...]] = [tuple(field.name for field in FIELDS)]
    gaps: list[Gap] = []
    for subject in subjects:
        cells = []
        for field in FIELDS:
            value, why = field.value(subject)
            cells.append(value)
            if not value and field.needed(subject):
                gaps.append(Gap(subject.name, field.name, field.required, why or _NOBODY))
        rows.append(tuple(cells))
    return OmbInventory(tuple(rows), tuple(gaps))


def _stage(subject: Subject) -> str:
    return STAGES[subject.spec.stage] if subject.spec.stage is not None else ""


def _always(_subject: Subject) -> bool:
    return True


def _never(_subject: Subject) -> bool:
    return False


def _described(subject: Subject) -> bool:
    """Everything but retired; a use case without a stage is asked all the same."""
    return _stage(subject) != "Retired"


def _running(subject: Subject) -> bool:
    return _stage(subject) in {"Pilot", "Deployed"}


def _high_deployed(subject: Subject) -> bool:
    return _stage(subject) == "Deployed" and subject.spec.risk.impact in _HIGH


def _of(read: Callable[[Subject], object], why: str = _NOBODY) -> Callable[[Subject], Value]:
    return lambda subject: (text(read(subject)), why)


def _missing(why: str) -> Callable[[Subject], Value]:
    return lambda _subject: ("", why)


def _identifier(scheme: str) -> Callable[[Subject], Value]:
    return lambda subject: ("; ".join(one.value for one in subject.spec.identifiers if one.scheme == scheme), _NOBODY)


def _id(subject: Subject) -> Value:
    """The organisation's own identifier, or the name here, which is stable from year to year as the field asks."""
    return _identifier("id")(subject)[0] or subject.name, ""


def _contact(subject: Subject) -> Value:
    contact = subject.spec.contact or ""
    return (contact, "") if "@" in contact else ("", "no e-mail address is recorded" if contact else _NOBODY)


def _high_impact(subject: Subject) -> Value:
    impact = subject.spec.risk.impact
    if impact is None:
        return "", "what a wrong output can harm is not known"
    return ("High-impact" if impact in _HIGH else "Not high-impact"), ""


def _classification(subject: Subject) -> Value:
    """What the organisation said, where it is one of the six; otherwise what the class stands for."""
    offered = {key_of(name): name for name in CLASSIFICATIONS}
    for technique in subject.spec.techniques:
        for key, name in offered.items():
            if key_of(technique).startswith(key):
                return name, ""
    return _BY_CLASS.get(subject.spec.class_ or "", ""), "neither class nor technique is known"


def _vendors(subject: Subject) -> Value:
    return "; ".join(part.name for part in subject.spec.components if part.kind is ComponentKind.VENDOR), _NOBODY


def _has_vendor(subject: Subject) -> bool:
    return _running(subject) and any(part.kind is ComponentKind.VENDOR for part in subject.spec.components)


def _personal(subject: Subject) -> Value:
    known = subject.spec.risk.personal_data
    return ("" if known is None else "No" if known == "none" else "Yes"), "what personal data it touches is not known"


def _ato(subject: Subject) -> Value:
    said = subject.answers.get("governance.authorised-to-operate")
    words = {Answer.YES: "Yes", Answer.NO: "No", Answer.IN_PROGRESS: "No"}
    return (words.get(said.answer, ""), f"the answer is `{said.answer}`") if said is not None else ("", _NOBODY)


def _has_ato(subject: Subject) -> bool:
    return _running(subject) and _ato(subject)[0] == "Yes"


def _code_link(subject: Subject) -> Value:
    hosts = ("github.", "gitlab.", "bitbucket.", "code.")
    return next((link for link in subject.spec.links if any(host in link for host in hosts)), ""), ""


def _privacy_link(subject: Subject) -> Value:
    return next((link for link in subject.spec.links if "pia" in link.lower()), ""), ""


def _data(subject: Subject) -> Value:
    return "; ".join(source.name for source in subject.spec.data), _NOBODY


def _practice(fact: str, yes: str | None, *, may_not_apply: bool = False) -> Callable[[Subject], Value]:
    """A minimum practice; without `yes` the form asks who or how, which a bare yes does not tell."""

    def value(subject: Subject) -> Value:
        said = subject.answers.get(fact)
        if said is None:
            return "", _NOBODY
        words = {Answer.IN_PROGRESS: "In-progress", Answer.WAIVED: "CAIO waived"}
        if yes is not None:
            words[Answer.YES] = yes
        if may_not_apply:
            words[Answer.NOT_APPLICABLE] = "N/A"
        return words.get(said.answer, ""), f"the answer is `{said.answer}`, which the form does not offer"

    return value


_ALWAYS, _DESCRIBED, _RUNNING, _HIGH_DEPLOYED = (
    "always",
    "unless retired",
    "pilot or deployed",
    "high-impact and deployed",
)

FIELDS: tuple[Field, ...] = (
    Field("agency", _ALWAYS, _always, _missing("the abbreviation of the organisation is not recorded")),
    Field("agency_name", _ALWAYS, _always, _of(lambda subject: subject.spec.organisation)),
    Field("id", _ALWAYS, _always, _id),
    Field("use_case_name", _ALWAYS, _always, _of(lambda subject: subject.spec.title)),
    Field("agency_bureau", _ALWAYS, _always, _of(lambda subject: subject.spec.unit)),
    Field("contact_email", _ALWAYS, _always, _contact),
    Field("is_withheld", _ALWAYS, _always, _missing("whether it is withheld from the public is not recorded")),
    Field("development_stage", _ALWAYS, _always, _of(_stage)),
    Field("is_high_impact", _ALWAYS, _always, _high_impact),
    Field("HI_justification", "presumed high-impact but determined not", _never, _missing("")),
    Field("topic_area", _DESCRIBED, _described, _of(lambda subject: subject.spec.topic)),
    Field("classification", _DESCRIBED, _described, _classification),
    Field("problem_solved", _DESCRIBED, _described, _of(lambda subject: subject.spec.purpose)),
    Field("benefits", _DESCRIBED, _described, _of(lambda subject: subject.spec.benefits)),
    Field("system_outputs", _DESCRIBED, _described, _of(lambda subject: subject.spec.outputs)),
    Field("operational_date", _RUNNING, _running, _of(lambda subject: subject.spec.in_use_since)),
    Field("contracting_usage", _RUNNING, _running, _missing("whether it was bought, built or both is not recorded")),
    Field("vendor_name", "bought from a vendor", _has_vendor, _vendors),
    Field("have_ato", _RUNNING, _running, _ato),
    Field("system_name_ato", "it has an authority to operate", _has_ato, _identifier("authority-to-operate")),
    Field("data_description", _RUNNING, _running, _data),
    Field("link_to_data", "optional", _never, _missing("")),
    Field("has_pii", _RUNNING, _running, _personal),
    Field("pia_url", "optional", _never, _privacy_link),
    Field("demographic_features", _RUNNING, _running, _missing("demographic features are not recorded")),
    Field("has_custom_code", _RUNNING, _running, _missing("whether it has code of its own is not recorded")),
    Field("code_url", "optional", _never, _code_link),
    Field("hi_testing_conducted", _HIGH_DEPLOYED, _high_deployed, _practice("governance.tested-realistically", "Yes")),
    Field("hi_assessment_completed", _HIGH_DEPLOYED, _high_deployed, _practice("governance.impact-assessed", "Yes")),
    Field("hi_potential_impacts", _HIGH_DEPLOYED, _high_deployed, _missing("the text about impacts is not recorded")),
    Field("hi_independent_review", _HIGH_DEPLOYED, _high_deployed,
          _practice("governance.independently-evaluated", None)),
    Field("hi_ongoing_monitoring", _HIGH_DEPLOYED, _high_deployed, _practice("integration.monitored", "Yes")),
    Field("hi_training_established", _HIGH_DEPLOYED, _high_deployed, _practice("ownership.training", "Yes")),
    Field("hi_failsafe_presence", _HIGH_DEPLOYED, _high_deployed,
          _practice("integration.failsafe", "Yes", may_not_apply=True)),
    Field("hi_appeal_process", _HIGH_DEPLOYED, _high_deployed,
          _practice("governance.appeal-offered", "Yes", may_not_apply=True)),
    Field("hi_public_consultation", _HIGH_DEPLOYED, _high_deployed, _practice("ownership.users-consulted", None)),
)  # fmt: skip
"""In the order of the published inventory."""
