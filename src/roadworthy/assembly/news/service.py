"""The consumer that turns what is recorded into messages, exactly once, and the schedule that looks ahead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Protocol

from roadworthy.assembly.ground import Ground
from roadworthy.assembly.news import evidence, leavers, letters
from roadworthy.assembly.news.circles import Circles, named
from roadworthy.assembly.news.evidence import EvidenceNews
from roadworthy.assembly.news.leavers import LeaverNews
from roadworthy.assembly.news.letters import LetterNews
from roadworthy.assembly.news.mentions import Mentions
from roadworthy.assembly.news.topics import RULES, TOPICS, WHY
from roadworthy.assembly.people import PeopleServices
from roadworthy.foundation.instants import from_text
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.notify.model import Message
from roadworthy.foundation.workflow.cadence import Missed
from roadworthy.inventory.seating import AcceptedSeats

CONSUMER = "news"
MENTIONS = "news-mentions"
"""Apart, for it reads what people write: a text that it cannot digest must hold up no alarm."""


class Gathering(Protocol):
    """Something that makes messages out of entries of its events."""

    def of(self, tx: Transaction, entries: Sequence[Entry]) -> Iterator[Message]:
        """The messages that follow, read and written in this unit."""


class News:
    """Tells people what happened, beside decisions, which tell by themselves.

    Each message is written in the unit that moves the consumer's cursor, so it is told once, whatever dies in between.
    """

    def __init__(self, ground: Ground, people: PeopleServices) -> None:
        self._notify = people.notify
        circles = Circles(people.access, people.staff.directory, AcceptedSeats(ground.resources))
        self._circles = circles
        self._evidence = EvidenceNews(circles)
        self._mentions = Mentions(circles)
        leaver_news = LeaverNews(people.staff.leavers, circles)
        letter_news = LetterNews(ground.dead_letters, ground.timers, people.notify, circles)
        self._gathering: dict[str, Gathering] = {
            **dict.fromkeys(evidence.EVENTS, self._evidence),
            **dict.fromkeys(leavers.EVENTS, leaver_news),
            **dict.fromkeys(letters.EVENTS, letter_news),
        }
        people.notify.register(TOPICS)
        ground.consumers.on(CONSUMER, self.follow, (*RULES, *self._gathering))
        ground.consumers.on(MENTIONS, self.mention, self._mentions.events)
        ground.schedules.every(evidence.NAME, evidence.DAILY, self.look_ahead, Missed.ALL)

    def follow(self, tx: Transaction, entries: Sequence[Entry]) -> None:
        """Tell what follows from these entries."""
        for entry in entries:
            if entry.what in RULES:
                self._notify.tell(tx, self._plainly(tx, entry))
        for gathering in dict.fromkeys(self._gathering.values()):
            mine = [entry for entry in entries if self._gathering.get(entry.what) is gathering]
            for message in gathering.of(tx, mine) if mine else ():
                self._notify.tell(tx, message)

    def mention(self, tx: Transaction, entries: Sequence[Entry]) -> None:
        """Tell whoever is mentioned in these entries."""
        for message in self._mentions.of(tx, entries):
            self._notify.tell(tx, message)

    def look_ahead(self, tx: Transaction, day: dt.datetime) -> None:
        """Tell owners what runs out soon: for a daily schedule."""
        for message in self._evidence.ahead(tx, day):
            self._notify.tell(tx, message)

    def _plainly(self, tx: Transaction, entry: Entry) -> Message:
        """The message that the table says."""
        rule, name = RULES[entry.what], named(entry)
        to = self._circles.of_entry(tx.connection, entry, rule.to)
        if not rule.urgent:
            to -= {entry.actor.ref}
        return Message(
            rule.topic,
            rule.subject.format(name=name),
            rule.path.format(name=name),
            tuple(sorted(to)),
            tuple(_lines(entry, rule.until)),
            urgent=rule.urgent,
            facts={"event": entry.what, "resource": entry.resource, "entry": entry.id},
        )


def _lines(entry: Entry, until: str | None) -> Iterator[str]:
    why = entry.facts.get("why")
    if isinstance(why, str) and why in WHY:
        yield WHY[why]
    if until is not None and until in entry.facts:
        at = from_text(str(entry.facts[until])).astimezone(dt.UTC)
        yield f"Until {at.day} {at:%B %Y, %H:%M} UTC."
