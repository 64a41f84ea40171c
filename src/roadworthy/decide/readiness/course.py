"""An assessment as it is stored, with what will become of it, so that time can pass without anything being read anew.

Between two changes of a use case only time can change its assessment, and everything that time will do is known when
the assessment is made: each claim says when it ends. So the marks of the criteria are kept with the list of what they
will become. Taking an assessment to a later instant is replacing some bytes and adding up again; it comes to exactly
what assessing anew comes to, because both add up the same marks by the same function.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from roadworthy.decide.readiness.assessment import Assessment, Tone
from roadworthy.decide.readiness.figures import add_up, mark_of
from roadworthy.decide.readiness.model import Dimension
from roadworthy.decide.readiness.requirements import Handed
from roadworthy.decide.readiness.rules import Change, Compiled, becoming
from roadworthy.foundation.instants import to_text
from roadworthy.inventory.model import Duty
from roadworthy.inventory.service import Subject

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_TO_TEXT = dict(enumerate(_DIGITS))
_FROM_TEXT = {digit: mark for mark, digit in enumerate(_DIGITS)}
_DUTIES = tuple(Duty)


@dataclass(frozen=True, slots=True)
class Course:
    """The marks of an assessment at an instant, and everything they will become."""

    marks: tuple[int, ...]
    people: tuple[str | None, ...]
    """Who holds each duty."""
    later: tuple[Change, ...]
    """In order of time."""

    @property
    def next_change_at(self) -> dt.datetime | None:
        """When it changes by itself."""
        return self.later[0].at if self.later else None

    def at(self, now: dt.datetime) -> Course:
        """What it has become at an instant that is not earlier than its own."""
        marks, passed = list(self.marks), 0
        for change in self.later:
            if change.at > now:
                break
            marks[change.place] = change.mark
            passed += 1
        return Course(tuple(marks), self.people, self.later[passed:])

    def text(self) -> str:
        """As it is stored."""
        later = [[to_text(change.at), change.place, change.mark] for change in self.later]
        return json.dumps(
            ["".join(map(_TO_TEXT.__getitem__, self.marks)), self.people, later],
            separators=(",", ":"),
            ensure_ascii=False,
        )

    @classmethod
    def of_text(cls, text: str) -> Course:
        """Read what `text` wrote."""
        marks, people, later = json.loads(text)
        return cls(
            tuple(map(_FROM_TEXT.__getitem__, marks)),
            tuple(people),
            tuple(Change(dt.datetime.fromisoformat(at), place, mark) for at, place, mark in later),
        )


def course_of(subject: Subject, handed: Handed, rubric: Compiled, made: Assessment) -> Course:
    """The course of an assessment that was just made."""
    return Course(
        marks=tuple(map(mark_of, made.judgements)),
        people=tuple(subject.seats[duty].person for duty in _DUTIES),
        later=tuple(sorted(becoming(subject, handed, rubric, made))),
    )


Tones = tuple[Tone, ...]
"""Overall, then each dimension in order."""


def columns_of(course: Course, rubric: Compiled) -> tuple[Tones, dict[str, Any]]:
    """What is stored of an assessment as far as time can change it, made from its course alone."""
    figures = add_up(course.marks, rubric.asked)
    row: dict[str, Any] = {"next_change_at": course.next_change_at, "course": course.text()}
    # Plain strings: the driver asks every other type, members of an enum included, how it wants to be written.
    for part, (tone, coverage, score) in (("overall", figures.overall), *figures.dimensions.items()):
        row[f"tone_{part}"], row[f"coverage_{part}"], row[f"score_{part}"] = tone.value, coverage, score
    for method, criteria in figures.known.items():
        row[f"known_{method or 'unknown'}"] = criteria
    row["known_expired"] = figures.expired
    blocking = [rubric.asked.criteria[place] for place in figures.blocking]
    people = dict(zip(_DUTIES, course.people, strict=True))
    first = blocking[0] if blocking else None
    row |= {
        "blockers": len(blocking),
        "first_blocker": first and first.title,
        "first_step": first and first.turns_green,
        "first_duty": first and first.duty.value,
        "first_person": first and people[first.duty],
        "effort_low": sum(criterion.effort.low for criterion in blocking),
        "effort_high": sum(criterion.effort.high for criterion in blocking),
        "unowned": sum(people[criterion.duty] is None for criterion in blocking),
    }
    tones = (figures.overall.tone, *(figures.dimensions[dimension].tone for dimension in Dimension))
    return tones, row
