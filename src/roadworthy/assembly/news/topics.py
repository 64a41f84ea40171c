"""What is told beside decisions, to whom, and in which words: a table, and nothing but a table.

A subject and the facts go to programs too, so they name no people. Neither do the lines: whoever may know opens the
page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from roadworthy.foundation.access.permissions import Permission
from roadworthy.foundation.notify.model import Topic

EMERGENCY, EMERGENCY_ENDED = "emergency.access", "emergency.ended"
LEFT = "person.left"
EXPIRING, EXPIRED = "evidence.expiring", "evidence.expired"
WAIVER_ENDED = "waiver.ended"
SAY_GIVEN, SAY_ENDED = "say.given", "say.taken-back"
MENTION = "mention"
DEAD_LETTER = "dead-letter"
CALLS_UNKNOWN = "calls.unknown"

TOPICS: Final = (
    Topic(EMERGENCY, "Emergency access was asked for, confirmed or used", always=True),
    Topic(EMERGENCY_ENDED, "Emergency access ended"),
    Topic(LEFT, "Somebody left who owned or decided something"),
    Topic(EXPIRING, "Evidence of your use cases runs out soon"),
    Topic(EXPIRED, "Evidence of your use cases ran out"),
    Topic(WAIVER_ENDED, "A waiver in your use cases ended"),
    Topic(SAY_GIVEN, "Somebody gave you their say for a time", always=True),
    Topic(SAY_ENDED, "A say that you carried was taken back"),
    Topic(MENTION, "Somebody mentioned you"),
    Topic(DEAD_LETTER, "Something that is yours to look at was given up", always=True),
    Topic(CALLS_UNKNOWN, "Nobody knows what came of calls of your use cases"),
)


class Circle(StrEnum):
    """People who are found from what an entry says."""

    ADMINISTRATORS = "administrators"
    AUDITORS = "auditors"
    OWNERS = "owners"
    """Of the use case that the entry is about."""
    TO = "to"
    """Whom the entry's own facts name as `to`."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What one event leads to. In `subject` and `path`, `{name}` stands for the name of the entry's resource."""

    topic: str
    subject: str
    path: str
    to: tuple[Circle, ...]
    urgent: bool = False
    until: str | None = None
    """Which fact holds an instant that belongs into a line."""


_ALL = (Circle.ADMINISTRATORS, Circle.AUDITORS)

RULES: Final[Mapping[str, Rule]] = {
    "break-glass.opened": Rule(EMERGENCY, "Emergency access was asked for", "/people", _ALL, urgent=True),
    "break-glass.confirmed": Rule(EMERGENCY, "Emergency access was confirmed", "/people", _ALL, urgent=True),
    "break-glass.used": Rule(EMERGENCY, "Emergency access is being used", "/people", _ALL, urgent=True),
    "break-glass.ended": Rule(EMERGENCY_ENDED, "Emergency access ended", "/people", _ALL, urgent=True),
    "say.given": Rule(SAY_GIVEN, "Decide in somebody's place", "/inbox", (Circle.TO,), until="until"),
    "say.taken-back": Rule(SAY_ENDED, "A say that you carried was taken back", "/inbox", (Circle.TO,)),
    "gap.waiver-ended": Rule(
        WAIVER_ENDED, "Not waived any more: a gap of {name}", "/use-cases/{name}/data", (Circle.OWNERS,)
    ),
    "calls.unknown": Rule(
        CALLS_UNKNOWN,
        "Nobody knows what came of calls of {name}: the gateway that made them is gone",
        "/calls?outcome=unknown&use_case={name}",
        (Circle.OWNERS,),
    ),
    "criterion.waiver-ended": Rule(
        WAIVER_ENDED, "Not waived any more: a criterion of {name}", "/use-cases/{name}", (Circle.OWNERS,)
    ),
}
"""Events whose message follows from the entry alone. What has to be gathered first has a module of its own."""

WHY: Final[Mapping[str, str]] = {
    "expired": "Its time is over.",
    "taken-back": "It was taken back.",
    "criterion-changed": "The rubric asks something else by now.",
    "its time is over": "Its time was over.",
    "ended by hand": "It was ended by hand.",
}
"""What the fact `why` of an entry means, as a line."""


@dataclass(frozen=True, slots=True)
class Written:
    """A text that people write, where it is read, and what one has to be allowed to read it."""

    path: str
    """With `{name}` of the resource and `{evidence}` of the facts."""
    permits: tuple[Permission, ...]
    where: str
    """As it stands after `Mentioned:`."""


_DECISION = (Permission.READ, Permission.VOTE)
_READ = (Permission.READ,)

WRITTEN: Final[Mapping[str, Written]] = {
    "decision.proposed": Written("/decisions/{name}", _DECISION, "in the reason of a request"),
    "decision.voted": Written("/decisions/{name}", _DECISION, "in what was said about a request"),
    "decision.withdrawn": Written("/decisions/{name}", _DECISION, "where a request was withdrawn"),
    "evidence.contested": Written("/evidence/{evidence}", _READ, "in a dispute about evidence"),
    "evidence.contest-settled": Written("/evidence/{evidence}", _READ, "where a dispute about evidence was settled"),
    "evidence.withdrawn": Written("/evidence/{evidence}", _READ, "where evidence was withdrawn"),
    "gap.waived": Written("/use-cases/{name}/data", _READ, "in a waiver of a gap"),
    "gap.waiver-ended": Written("/use-cases/{name}/data", _READ, "where a waiver of a gap ended"),
    "criterion.waived": Written("/use-cases/{name}", _READ, "in a waiver of a criterion"),
    "criterion.waiver-ended": Written("/use-cases/{name}", _READ, "where a waiver of a criterion ended"),
    "owner.released": Written("/use-cases/{name}", _READ, "where a duty was given back"),
    "discovery.decided": Written("/discovery", _READ, "in what was decided about a use that was found"),
    "dead-letter.resolved": Written(
        "/dead-letters", (Permission.READ_OPERATIONS,), "where something given up was resolved"
    ),
}
"""Events whose texts can mention people."""

TEXTS: Final = ("reason", "control")
"""Names of the texts that people write freely."""
