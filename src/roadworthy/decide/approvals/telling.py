"""What people are told about decisions: the topics, and the words for each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from roadworthy.decide.approvals.ground import News
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.notify.model import Message, Topic
from roadworthy.foundation.notify.service import Notify

TOPICS: Final = (
    Topic("decision.proposed", "A decision waits for you", always=True),
    Topic("decision.escalated", "A decision has waited too long and is yours now", always=True),
    Topic("decision.deadline", "The time to decide is nearly over", always=True),
    Topic("decision.asked", "Somebody asks about your request", always=True),
    Topic("decision.answered", "Your question about a request was answered"),
    Topic("decision.delegated", "Somebody gave you their say", always=True),
    Topic("decision.approved", "A request was approved"),
    Topic("decision.declined", "A request was declined"),
    Topic("decision.expired", "Nobody decided a request in time"),
    Topic("decision.voided", "A request was voided, because what it was about changed"),
    Topic("decision.withdrawn", "A request was withdrawn"),
    Topic("decision.used", "What was approved was carried out"),
    Topic("decision.lapsed", "An approval was not used in time"),
)

_WORDS: Final[Mapping[str, str]] = {
    "decision.proposed": "Decide",
    "decision.escalated": "Decide now",
    "decision.deadline": "Decide soon",
    "decision.asked": "Asked",
    "decision.answered": "Answered",
    "decision.delegated": "Decide in somebody's place",
    "decision.approved": "Approved",
    "decision.declined": "Declined",
    "decision.expired": "Not decided in time",
    "decision.voided": "Voided",
    "decision.withdrawn": "Withdrawn",
    "decision.used": "Carried out",
    "decision.lapsed": "Not used in time",
}
_DATED: Final = frozenset({"decision.proposed", "decision.escalated", "decision.deadline", "decision.delegated"})


class DecisionNews:
    """Answers for `approvals.ground.Telling`: makes messages out of news."""

    def __init__(self, notify: Notify) -> None:
        self._notify = notify
        notify.register(TOPICS)

    def tell(self, tx: Transaction, news: News) -> None:
        """Have people told in this unit."""
        facts = {name: value for name, value in news.facts.items() if isinstance(value, str | int | bool)}
        message = Message(
            topic=news.topic,
            subject=f"{_WORDS[news.topic]}: {news.subject}",
            path=news.path,
            to=tuple(sorted(news.to)),
            lines=_lines(news),
            urgent=news.urgent,
            facts=facts,
        )
        self._notify.tell(tx, message)


def _lines(news: News) -> tuple[str, ...]:
    deadline = news.facts.get("deadline")
    if news.topic not in _DATED or not isinstance(deadline, str):
        return ()
    at = dt.datetime.fromisoformat(deadline).astimezone(dt.UTC)
    return (f"Until {at.day} {at:%B %Y, %H:%M} UTC; without a decision by then the answer is no.",)
