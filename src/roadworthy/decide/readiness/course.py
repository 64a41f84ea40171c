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
from roadworthy.decide.readiness.figures import KNOWN_BY, add_up
from roadworthy.decide.readiness.model import Dimension
from roadworthy.decide.readiness.requirements import Handed
from roadworthy.decide.readiness.rules import Change, Compiled, becoming
from roadworthy.inventory.model import Duty
from roadworthy.inventory.service import Subject

_DIGITS = b"0123456789abcdefghijklmnopqrstuvwxyz"
_MARKS = bytes(range(len(_DIGITS)))
_TO_TEXT = bytes.maketrans(_MARKS, _DIGITS)
_FROM_TEXT = bytes.maketrans(_DIGITS, _MARKS)
_DUTIES = tuple(Duty)
_PARTS = tuple(
    (f"tone_{part}", f"coverage_{part}", f"score_{part}") for part in ("overall", *(each.value for each in Dimension))
)
_KNOWN = tuple(f"known_{method or 'unknown'}" for method in KNOWN_BY)


@dataclass(frozen=True, slots=True)
class Course:
    """The marks of an assessment at an instant, and everything they will become."""

    marks: bytes
    """One per criterion, in the rubric's order."""
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
        marks, passed = bytearray(self.marks), 0
        for change in self.later:
            if change.at > now:
                break
            marks[change.place] = change.mark
            passed += 1
        return Course(bytes(marks), self.people, self.later[passed:])

    def text(self) -> str:
        """As it is stored."""
        later = [(at.isoformat(), place, mark) for at, place, mark in self.later]
        marks = self.marks.translate(_TO_TEXT).decode("ascii")
        return json.dumps([marks, self.people, later])

    @classmethod
    def of_text(cls, text: str) -> Course:
        """Read what `text` wrote."""
        marks, people, later = json.loads(text)
        return cls(
            marks.encode("ascii").translate(_FROM_TEXT),
            tuple(people),
            tuple(Change(dt.datetime.fromisoformat(at), place, mark) for at, place, mark in later),
        )


def course_of(subject: Subject, handed: Handed, rubric: Compiled, made: Assessment) -> Course:
    """The course of an assessment that was just made."""
    return Course(
        marks=made.marks,
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
    for (tone_in, coverage_in, score_in), (tone, coverage, score) in zip(
        _PARTS, (figures.overall, *figures.dimensions.values()), strict=True
    ):
        row[tone_in], row[coverage_in], row[score_in] = tone.value, coverage, score
    row |= zip(_KNOWN, figures.known.values(), strict=True)
    row["known_expired"] = figures.expired
    asked, blocking = rubric.asked, figures.blocking
    people = dict(zip(_DUTIES, course.people, strict=True))
    first = asked.criteria[blocking[0]] if blocking else None
    nobodys = {duty for duty, person in people.items() if person is None}
    row |= {
        "blockers": len(blocking),
        "first_blocker": first and first.title,
        "first_step": first and first.turns_green,
        "first_duty": first and first.duty.value,
        "first_person": first and people[first.duty],
        "effort_low": sum(map(asked.least.__getitem__, blocking)),
        "effort_high": sum(map(asked.most.__getitem__, blocking)),
        "unowned": sum(map(nobodys.__contains__, map(asked.duties.__getitem__, blocking))) if nobodys else 0,
    }
    tones = (figures.overall.tone, *(figures.dimensions[dimension].tone for dimension in Dimension))
    return tones, row
