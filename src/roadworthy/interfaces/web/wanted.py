"""What can be asked for from a page: each with its questions, and the proposal that the answers make."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol, cast

from roadworthy.app import App
from roadworthy.decide.approvals.executors import criterion_waivers, duties, external, gap_waivers
from roadworthy.decide.approvals.model import DecisionClass
from roadworthy.decide.approvals.requests import Proposal
from roadworthy.decide.readiness.assessment import Verdict
from roadworthy.foundation.errors import InvalidInput, NotFound, Place, did_you_mean
from roadworthy.foundation.instants import to_text
from roadworthy.interfaces.stage_proposals import stage_proposal
from roadworthy.interfaces.web.forms.facts import PREFIX, fact_fields, facts_entered
from roadworthy.interfaces.web.showing.scorecard import verdict_of
from roadworthy.interfaces.web.showing.words import TONES, spoken
from roadworthy.interfaces.web.views.parts import Field, Option
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import Duty, Stage, UseCase

WORDS: Final = frozenset({"reason", "control", "note"})
"""Fields that no rule reads: who changes their wording has seen who will be asked all the same."""
_USUAL = dt.timedelta(days=90)
"""How long a waiver lasts where nobody said; our own choice."""
_ORDER: Final = (None, *Stage)


class Wanted(Protocol):
    """Something that can be asked for."""

    @property
    def title(self) -> str:
        """What the page is called."""

    @property
    def lede(self) -> str:
        """What one should know first."""

    def fields(self, values: Mapping[str, str]) -> tuple[tuple[str, tuple[Field, ...]], ...]:
        """The questions by section, with what was entered."""

    def proposal(self, values: Mapping[str, str]) -> Proposal:
        """What the answers ask for.

        Raises:
            InvalidInput: an answer is missing or cannot be read.
        """


@dataclass(frozen=True, slots=True)
class AtStage:
    """That a use case goes to another stage."""

    app: App
    name: str

    @property
    def title(self) -> str:
        """What the page is called."""
        return f"Ask that {self._spec.title} goes to another stage"

    @property
    def lede(self) -> str:
        """How ready it is."""
        found = self.app.readiness.of(self.name)
        return (
            f"It is at {spoken(self._spec.stage)}. {TONES[found.overall.tone].word.capitalize()}: {verdict_of(found)}"
        )

    def fields(self, values: Mapping[str, str]) -> tuple[tuple[str, tuple[Field, ...]], ...]:
        """Where it should go, and why; the next stage is chosen already."""
        now = _ORDER.index(self._spec.stage)
        chosen = values.get("stage") or str(_ORDER[min(now + 1, len(_ORDER) - 2)])
        options = tuple(
            Option(each.value, _way(now, _ORDER.index(each), each), each.value == chosen)
            for each in Stage
            if each is not self._spec.stage
        )
        stage = Field("stage", "Stage", "select", chosen, options=options, required=True)
        return (("What you ask for", (stage, _reason(values), _change(values))),)

    def proposal(self, values: Mapping[str, str]) -> Proposal:
        """A plan that changes the stage alone."""
        said = values.get("stage", "")
        if said not in set(Stage):
            remedy = did_you_mean(said[:40], [each.value for each in Stage])
            raise InvalidInput(
                "stage-unknown", f"there is no stage `{said[:40]}`", place=Place(field="stage"), remedy=remedy
            )
        return stage_proposal(self.app, self.name, Stage(said), values.get("reason", ""), _number(values))

    @property
    def _spec(self) -> UseCase:
        return cast("UseCase", self.app.resources.get(USE_CASE, self.name).spec)


def _way(now: int, then: int, stage: Stage) -> str:
    if stage is Stage.RETIRED:
        return "retired"
    return f"{stage} (a step further)" if then == now + 1 else f"{stage} (back)" if then < now else stage.value


@dataclass(frozen=True, slots=True)
class Unmet:
    """That a use case may go on without meeting a criterion."""

    app: App
    name: str

    title: Final[str] = "Ask that a criterion is waived for a time"
    lede: Final[str] = "A waived criterion is never met. It stops standing in the way until the day that you name."

    def fields(self, values: Mapping[str, str]) -> tuple[tuple[str, tuple[Field, ...]], ...]:
        """Which criterion, on which terms."""
        chosen = values.get("criterion", "")
        unmet = [
            each
            for each in self.app.readiness.of(self.name).judgements
            if each.verdict not in {Verdict.MET, Verdict.NOT_APPLICABLE}
        ]
        options = tuple(
            Option(each.criterion.id, f"{each.criterion.title} ({each.criterion.level})", each.criterion.id == chosen)
            for each in unmet
        )
        which = Field(
            "criterion", "Criterion", "select", chosen, options=(Option("", "choose one"), *options), required=True
        )
        return (("What you ask for", (which, *_terms(self.app, values))),)

    def proposal(self, values: Mapping[str, str]) -> Proposal:
        """The criterion and the terms."""
        content = {"useCase": self.name, "criterion": values.get("criterion", ""), **_terms_of(values)}
        return Proposal(criterion_waivers.SUBJECT, content, values.get("reason", ""))


@dataclass(frozen=True, slots=True)
class Gap:
    """That a gap of an audit is accepted."""

    app: App
    name: str
    gap: str

    title: Final[str] = "Ask that a gap is waived for a time"

    @property
    def lede(self) -> str:
        """The gap."""
        use_case, gap = self.app.audits.gap(self.gap)
        if use_case != self.name:
            what = f"`{self.name}` has no gap `{self.gap[:60]}`"
            raise NotFound("gap-unknown", what, remedy="look at its gaps on its data path")
        return f"{gap.title}. {gap.finding}".replace("`", "")

    def fields(self, values: Mapping[str, str]) -> tuple[tuple[str, tuple[Field, ...]], ...]:
        """On which terms."""
        return (("What you ask for", _terms(self.app, values)),)

    def proposal(self, values: Mapping[str, str]) -> Proposal:
        """The gap and the terms."""
        return Proposal(gap_waivers.SUBJECT, {"gap": self.gap, **_terms_of(values)}, values.get("reason", ""))


@dataclass(frozen=True, slots=True)
class TakenOn:
    """That whoever asks takes on a duty for which they are named."""

    name: str
    duty: Duty

    @property
    def title(self) -> str:
        """What the page is called."""
        return f"Ask to take on the {self.duty} duty"

    lede: Final[str] = "You are named for it, and others have to agree first."

    def fields(self, values: Mapping[str, str]) -> tuple[tuple[str, tuple[Field, ...]], ...]:
        """Why."""
        return (("What you ask for", (_reason(values),)),)

    def proposal(self, values: Mapping[str, str]) -> Proposal:
        """The duty."""
        return Proposal(duties.SUBJECT, {"useCase": self.name, "duty": self.duty.value}, values.get("reason", ""))


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Something that another system does on the word of the decision."""

    app: App
    name: str
    decides: DecisionClass

    lede: Final[str] = (
        "Roadworthy does not do this itself: once it is approved, whoever does it uses the approval first, once. What "
        "you leave empty counts as not said, and a rule that has to know it says no."
    )

    @property
    def title(self) -> str:
        """What the page is called."""
        spec = cast("UseCase", self.app.resources.get(USE_CASE, self.name).spec)
        return f"Ask to {spoken(self.decides)}: {spec.title}"

    def fields(self, values: Mapping[str, str]) -> tuple[tuple[str, tuple[Field, ...]], ...]:
        """The facts of the class, what it happens to, and why."""
        resource = Field(
            "resource",
            "What it happens to",
            value=values.get("resource", ""),
            hint="As `Kind/name`, such as `Release/2026-11`; the use case itself where it is left empty.",
        )
        note = Field(
            "note",
            "What whoever approves should read",
            "area",
            values.get("note", ""),
            "Tests, plans, ways back. It is bound to the decision word for word.",
            wide=True,
        )
        return (
            ("What exactly", (*fact_fields(self.decides, values), resource)),
            ("Why", (_reason(values), note, _change(values))),
        )

    def proposal(self, values: Mapping[str, str]) -> Proposal:
        """The facts, each in its type."""
        note, resource = values.get("note", "").strip(), values.get("resource", "").strip()
        content = {
            "decides": self.decides.value,
            "useCase": self.name,
            "facts": facts_entered(self.decides, values),
            "details": {"note": note} if note else {},
            **({"resource": resource} if resource else {}),
        }
        return Proposal(external.SUBJECT, content, values.get("reason", ""), change_number=_number(values))


def wanted(app: App, name: str, what: str, values: Mapping[str, str]) -> Wanted:
    """What the word in the address asks for.

    Raises:
        NotFound: nothing is asked for by this word, or there is no such use case.
    """
    app.inventory.subject(name)
    if what == "stage":
        return AtStage(app, name)
    if what == "criterion":
        return Unmet(app, name)
    if what == "gap":
        return Gap(app, name, values.get("gap", ""))
    if what in {each.value for each in external.CLASSES}:
        return Elsewhere(app, name, DecisionClass(what))
    known = ["stage", "criterion", "gap", *external.CLASSES]
    raise NotFound("page-unknown", f"nobody can ask for `{what[:60]}` here", remedy=did_you_mean(what[:60], known))


def field_at(path: str) -> str:
    """The field of a form that a fault of a proposal belongs to."""
    path = path.removeprefix("content.")
    if path.startswith("envelope.terms."):
        return f"term.{path.split('.')[2]}"
    return {"expiresAt": "until", "changeNumber": "change"}.get(path, path.replace("facts.", PREFIX))


# ---------------------------------------------------------------- questions that several ask


def end_of_day(day: str) -> dt.datetime:
    """The end of a day that a form gives.

    Raises:
        InvalidInput: it is no day.
    """
    try:
        return dt.datetime.combine(dt.date.fromisoformat(day.strip()) + dt.timedelta(days=1), dt.time(), dt.UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            "day-unreadable", "the day cannot be read", place=Place(field="until"), remedy="write it as 2026-11-30"
        ) from error


def _reason(values: Mapping[str, str]) -> Field:
    hint = "Whoever votes reads it; it is kept with the decision."
    return Field("reason", "Reason", "area", values.get("reason", ""), hint, required=True, wide=True)


def _change(values: Mapping[str, str]) -> Field:
    hint = "Of an approved change in another system, where a rule asks for one."
    return Field("change", "Change number", value=values.get("change", ""), hint=hint)


def _number(values: Mapping[str, str]) -> str | None:
    return values.get("change", "").strip() or None


def _terms(app: App, values: Mapping[str, str]) -> tuple[Field, ...]:
    usual = (app.runtime.clock.now() + _USUAL).date().isoformat()
    control = Field(
        "control",
        "What makes up for it meanwhile",
        "area",
        values.get("control", ""),
        "Something that is done or checked, and by whom.",
        required=True,
        wide=True,
    )
    until = Field("until", "Last day", "date", values.get("until", usual), "Within a year from now.", required=True)
    return (_reason(values), control, until)


def _terms_of(values: Mapping[str, str]) -> dict[str, str]:
    until = to_text(end_of_day(values.get("until", "")))
    return {"reason": values.get("reason", ""), "control": values.get("control", ""), "expiresAt": until}
