"""From what is known to the parts of a report: pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from roadworthy.decide.ranking.model import Flip, Ranked
from roadworthy.decide.readiness.assessment import Assessment, Judgement, Tone, Verdict
from roadworthy.decide.readiness.model import Dimension, Level
from roadworthy.documents.assessment_report.model import (
    DAYS,
    Chance,
    DimensionState,
    Ending,
    Followed,
    Gap,
    Missing,
    Owners,
    Pushed,
    State,
    Step,
    Waiting,
)
from roadworthy.inventory.model import Duty
from roadworthy.inventory.rules import SeatState
from roadworthy.inventory.service import Subject

MOST_GAPS = 8
"""Of each dimension; the rest is in the rubric's page."""
MOST_PEOPLE = 25
MOST_MISSING = 25
MOST_CASES = 5
MOST_STEPS = 8
"""Of each picked pilot."""
MOST_CHANCES = 8
YES_WITHIN = 3
"""Working days within which somebody who is named can say yes or no."""
NAME_WITHIN = 5
"""Working days within which a missing owner can be named."""
_SATURDAY = 5
_DO = {
    "value": "State what it is worth in a year, as a range with its basis.",
    "business-accepted": "Accept the business duty, or find somebody who does.",
    "outcome-owner": "Name who answers for its number.",
    "target": "Set a target for its number.",
    "date": "Set a date for its target.",
}
"""What to do about a change of facts that would move a use case among the picks."""

_TONES = {Tone.RED: "r", Tone.UNKNOWN: "u", Tone.AMBER: "a", Tone.GREEN: "g"}
_SEATS = {SeatState.UNASSIGNED: "-", SeatState.UNCONFIRMED: "n", SeatState.ACCEPTED: "a"}


@dataclass(slots=True)
class Gathered:
    """What is gathered over all use cases in one pass."""

    now: dt.datetime
    total: int = 0
    tones: Counter[str] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    known_by: Counter[str] = field(default_factory=Counter)
    by_dimension: dict[Dimension, Counter[str]] = field(default_factory=lambda: {each: Counter() for each in Dimension})
    unmet: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    criteria: dict[str, Judgement] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)
    without: int = 0
    unassigned: Counter[str] = field(default_factory=Counter)
    waiting: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    ending: list[Ending] = field(default_factory=list)

    def add(self, subject: Subject, assessment: Assessment) -> None:
        """Take one use case in."""
        self.total += 1
        self.tones[assessment.overall.tone.value] += 1
        self.stages[subject.spec.stage.value if subject.spec.stage else "unknown"] += 1
        for method, many in assessment.methods.items():
            self.known_by["unknown" if method is None else method.value] += many
        for dimension, scale in assessment.dimensions.items():
            self.by_dimension[dimension][scale.tone.value] += 1
        for judgement in assessment.blocking:
            self._unmet(judgement)
        self._owners(subject)
        self._ending(subject.name, assessment)
        self.states[subject.name] = State(
            title=subject.spec.title[:200],
            tones="".join(
                _TONES[scale.tone] for scale in (assessment.overall, *(assessment.dimensions[d] for d in Dimension))
            ),
            score=assessment.overall.score,
            seats="".join(_SEATS[subject.seats[duty].state] for duty in Duty),
            expired=sum(judgement.verdict is Verdict.EXPIRED for judgement in assessment.judgements),
        )

    def _unmet(self, judgement: Judgement) -> None:
        criterion = judgement.criterion
        self.criteria[criterion.id] = judgement
        counts = self.unmet[criterion.id]
        counts["unmet"] += 1
        if judgement.verdict is Verdict.EXPIRED:
            counts["expired"] += 1
        elif judgement.verdict is Verdict.FAILED:
            counts["failed"] += 1
        elif judgement.verdict is Verdict.UNKNOWN:
            counts["unknown"] += 1
        elif judgement.waived_until is not None:
            counts["waived"] += 1

    def _ending(self, name: str, assessment: Assessment) -> None:
        """Evidence that counts and runs out within the thirty days, each item once."""
        end = self.now + dt.timedelta(days=DAYS)
        seen: set[str] = set()
        for judgement in assessment.judgements:
            at, fact = judgement.changes_at, judgement.fact
            if at is not None and at <= end and fact is not None and judgement.method is not None and fact not in seen:
                seen.add(fact)
                self.ending.append(Ending(use_case=name, fact=fact, method=judgement.method.value, day=at.date()))

    def _owners(self, subject: Subject) -> None:
        nobody = [duty for duty, seat in subject.seats.items() if seat.state is SeatState.UNASSIGNED]
        self.unassigned.update(duty.value for duty in nobody)
        if nobody:
            self.missing.append(
                Missing(
                    use_case=subject.name,
                    title=subject.spec.title[:200],
                    duties=tuple(duty.value for duty in nobody),
                )
            )
        self.without += len(nobody) == len(Duty)
        for seat in subject.seats.values():
            if seat.state is SeatState.UNCONFIRMED and seat.person:
                self.waiting[seat.person].append(subject.name)


def dimensions_of(found: Gathered) -> tuple[DimensionState, ...]:
    """The dimensions with their most frequent gaps."""
    return tuple(
        DimensionState(
            name=dimension.value,
            tones={tone.value: found.by_dimension[dimension][tone.value] for tone in Tone},
            gaps=tuple(_gaps(found, dimension)[:MOST_GAPS]),
        )
        for dimension in Dimension
    )


def _gaps(found: Gathered, dimension: Dimension) -> list[Gap]:
    gaps = []
    for name, judgement in found.criteria.items():
        criterion, counts = judgement.criterion, found.unmet[name]
        if judgement.dimension is dimension and criterion.level is Level.MUST:
            gaps.append(
                Gap(
                    criterion=name,
                    title=criterion.title,
                    duty=criterion.duty.value,
                    unmet=counts["unmet"],
                    failed=counts["failed"],
                    unknown=counts["unknown"],
                    expired=counts["expired"],
                    waived=counts["waived"],
                    low=criterion.effort.low,
                    high=criterion.effort.high,
                    turns_green=criterion.turns_green,
                )
            )
    return sorted(gaps, key=lambda gap: (-gap.unmet, gap.low, gap.criterion))


def owners_of(found: Gathered, first: Sequence[str]) -> Owners:
    """Who is missing; the use cases named in `first` are listed before the others."""
    places = {name: place for place, name in enumerate(first)}
    missing = sorted(
        found.missing, key=lambda each: (places.get(each.use_case, len(places)), -len(each.duties), each.use_case)
    )
    waiting = sorted(found.waiting.items(), key=lambda each: (-len(each[1]), each[0]))
    return Owners(
        lacking=len(found.missing),
        without=found.without,
        unassigned={duty.value: found.unassigned[duty.value] for duty in Duty},
        missing=tuple(missing[:MOST_MISSING]),
        waiting=tuple(
            Waiting(person=person, seats=len(names), use_cases=tuple(dict.fromkeys(names))[:MOST_CASES])
            for person, names in waiting[:MOST_PEOPLE]
        ),
        waiting_seats=sum(len(names) for names in found.waiting.values()),
    )


def pushed(ranked: Ranked) -> tuple[Pushed, ...]:
    """The picks."""
    return tuple(
        Pushed(
            use_case=pick.place.estimate.case.name,
            title=pick.place.estimate.case.title[:200],
            reasons=pick.reasons,
            stays=pick.sensitivity.stays,
            of=pick.sensitivity.of,
            out=tuple(
                flip.words
                for flip in ranked.flips
                if flip.moves == "out" and flip.name == pick.place.estimate.case.name
            ),
        )
        for pick in ranked.picks
    )


def chances(ranked: Ranked, titles: Mapping[str, str]) -> tuple[Chance, ...]:
    """What would move others among the picks: one change for each use case, those of people first."""
    found: dict[str, Flip] = {}
    for flip in ranked.flips:
        if flip.moves == "in":
            held = found.get(flip.name)
            if held is None or (held.person is None and flip.person is not None):
                found[flip.name] = flip
    return tuple(
        Chance(use_case=name, title=titles.get(name, name), fact=flip.fact, words=flip.words, person=flip.person)
        for name, flip in list(found.items())[:MOST_CHANCES]
    )


# ---------------------------------------------------------------- next steps


@dataclass(slots=True)
class Diary:
    """Working days of each person, filled one piece of work after the other."""

    today: dt.date
    busy: dict[str, int] = field(default_factory=dict)

    @property
    def end(self) -> dt.date:
        """The last day of the thirty."""
        return self.today + dt.timedelta(days=DAYS)

    def day(self, working: int) -> dt.date:
        """The day after so many working days; Saturdays and Sundays are none, holidays are not known."""
        day = self.today
        while working > 0:
            day += dt.timedelta(days=1)
            working -= day.weekday() < _SATURDAY
        return day

    def take(self, person: str, working: int) -> tuple[dt.date, bool] | None:
        """Put work behind what a person has to do already.

        Returns:
            The day on which it is done and True; the last of the thirty days and False where it is only under way by
            then; None where it cannot even begin.
        """
        begin = self.busy.get(person, 0)
        if self.day(begin) >= self.end:
            return None
        self.busy[person] = begin + working
        day = self.day(begin + working)
        return (day, True) if day <= self.end else (self.end, False)


def steps_of(
    picks: Sequence[tuple[Subject, Assessment]],
    ranked: Ranked,
    suggested: Sequence[Chance],
    today: dt.date,
) -> tuple[Step, ...]:
    """What to do in the next thirty days, in order of days: with a name wherever somebody is named."""
    diary = Diary(today)
    factors = ranked.policy.policy.underestimate
    steps: list[Step] = []
    for subject, assessment in picks:
        steps += _seats(subject, diary)
        steps += _outcome(subject, diary)
        steps += _musts(subject, assessment, diary, (float(factors.low), float(factors.high)))
    if len(picks) < ranked.policy.policy.pick:
        steps += _chances(suggested, diary)
    return tuple(sorted(steps, key=lambda step: (step.day, step.use_case or "", step.what)))


def _step(subject: Subject, day: dt.date, duty: Duty, what: str, **more: object) -> Step:
    return Step.model_validate(
        {
            "day": day,
            "who": subject.seats[duty].person,
            "duty": duty.value,
            "use_case": subject.name,
            "title": subject.spec.title[:200],
            "what": what,
            **more,
        }
    )


def _seats(subject: Subject, diary: Diary) -> Iterable[Step]:
    for duty, seat in subject.seats.items():
        if seat.state is SeatState.UNASSIGNED:
            yield _step(subject, diary.day(NAME_WITHIN), duty, f"Name somebody for the {duty} duty.")
        elif seat.state is SeatState.UNCONFIRMED:
            yield _step(subject, diary.day(YES_WITHIN), duty, f"Accept the {duty} duty, or say who holds it instead.")


def _outcome(subject: Subject, diary: Diary) -> Iterable[Step]:
    outcome = subject.spec.outcome
    lacks = [
        words
        for words, value in (
            ("who answers for the number", outcome and outcome.owner),
            ("its target", outcome and outcome.target is not None),
            ("the day on which the target is due", outcome and outcome.by),
        )
        if not value
    ]
    if lacks:
        listed = lacks[0] if len(lacks) == 1 else f"{', '.join(lacks[:-1])} and {lacks[-1]}"
        yield _step(subject, diary.day(NAME_WITHIN), Duty.BUSINESS, f"Set down {listed}.")


def _musts(subject: Subject, assessment: Assessment, diary: Diary, factors: tuple[float, float]) -> Iterable[Step]:
    given = 0
    for judgement in assessment.blocking:
        criterion = judgement.criterion
        person = subject.seats[criterion.duty].person
        if criterion.requires.owner is not None or person is None or given == MOST_STEPS:
            continue
        planned = round((criterion.effort.low * factors[0] + criterion.effort.high * factors[1]) / 2)
        taken = diary.take(person.strip().casefold(), max(1, planned))
        if taken is not None:
            given += 1
            yield _step(subject, taken[0], criterion.duty, criterion.turns_green, criterion=criterion.id, ends=taken[1])


def _chances(suggested: Sequence[Chance], diary: Diary) -> Iterable[Step]:
    for chance in suggested:
        yield Step(
            day=diary.day(2 * NAME_WITHIN),
            who=chance.person,
            duty=None,
            use_case=chance.use_case,
            title=chance.title,
            what=f"{_DO.get(chance.fact, f'See to this: {chance.words}.')} Then it can be among the next pilots.",
        )


def followed(steps: Sequence[Step], now: Mapping[str, tuple[Subject, Assessment]]) -> tuple[Followed, ...]:
    """What became of the steps of the report before; steps about use cases that are gone are left out."""
    found = []
    for step in steps:
        if step.use_case in now and step.use_case is not None:
            subject, assessment = now[step.use_case]
            if (done := _is_done(step, subject, assessment)) is not None:
                found.append(Followed(step=step, done=done))
    return tuple(found)


def _is_done(step: Step, subject: Subject, assessment: Assessment) -> bool | None:
    if step.criterion is not None:
        return all(judgement.criterion.id != step.criterion for judgement in assessment.blocking)
    if step.duty is None:
        return None
    state = subject.seats[Duty(step.duty)].state
    if step.what.startswith("Name somebody"):
        return state is not SeatState.UNASSIGNED
    if step.what.startswith("Accept"):
        return state is SeatState.ACCEPTED
    outcome = subject.spec.outcome
    return outcome is not None and bool(outcome.owner and outcome.target is not None and outcome.by)
