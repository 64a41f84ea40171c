"""Events and values of the ledger in words, for whoever reads an answer."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from roadworthy.documents.words import listed
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.money import Money

LONGEST = 300
SHORT_DIGEST: Final = 19
"""Characters of a digest that a line shows; the entry itself has them all."""
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

_SAID: Final[Mapping[str, str]] = {
    "use-case.applied": "changed the use case",
    "use-case.removed": "took the use case out of force",
    "owner.accepted": "accepted a duty",
    "owner.released": "gave a duty back",
    "evidence.submitted": "handed in evidence",
    "evidence.received": "delivered a measurement",
    "evidence.withdrawn": "withdrew evidence",
    "evidence.contested": "disputed evidence",
    "evidence.contest-settled": "settled a dispute about evidence",
    "evidence.superseded": "let newer evidence take the place of older",
    "evidence.expired": "recorded that evidence ran out",
    "gap.waived": "accepted a gap for a time",
    "gap.waiver-ended": "ended the waiver of a gap",
    "criterion.waived": "accepted an unmet criterion for a time",
    "criterion.waiver-ended": "ended the waiver of a criterion",
    "audit.finished": "finished an audit of the data path",
    "decision.approved": "recorded that a decision was approved",
    "decision.declined": "recorded that a decision was declined",
    "decision.used": "carried out a decision",
    "decision.voided": "voided a decision",
    "decision.expired": "let a decision expire",
    "decision.lapsed": "let an approval lapse",
    "decision.withdrawn": "withdrew a request",
    "decision.refused": "was refused",
    "review.opened": "opened a readiness review",
    "review.proposed": "proposed a verdict",
    "review.decided": "ended the review",
    "review.reopened": "opened the review again",
    "review.closed": "closed the review without a verdict",
    "review.notice-sent": "sent the notice to the business",
    "certificate.issued": "issued the certificate",
    "certificate.narrowed": "narrowed the certificate",
    "certificate.suspended": "suspended the certificate",
    "certificate.widened": "let the certificate permit again what was decided",
    "certificate.resumed": "resumed the certificate",
    "certificate.withdrawn": "withdrew the certificate",
    "certificate.expired": "recorded that the certificate expired",
    "certificate.troubled": "found a cause that stands against the certificate",
    "certificate.trouble-ended": "recorded that a cause against the certificate is gone",
    "certificate.told": "told the owners what comes, and when",
    "certificate.condition-met": "recorded that a condition is met",
    "stop.set": "set the stop switch",
    "stop.lifted": "lifted the stop switch",
    "release.recorded": "recorded a release",
    "release.observed": "saw parts of the release",
    "release.mismatched": "saw something else running than the release",
    "release.deployed": "deployed the release",
    "release.retrained": "recorded that a model was trained anew",
    "release.rolled-back": "rolled back to an earlier release",
    "action.intended": "set out to do an agent's action",
    "action.held": "asked for an action that waits for a person",
    "action.refused": "asked for an action and was refused",
    "action.done": "did an agent's action",
    "action.failed": "recorded that an agent's action was not done",
    "action.given-up": "gave an agent's action up",
    "action.cancelled": "cancelled an agent's action",
    "action.parked": "parked an agent's action, which a stop switch keeps",
    "action.replayed": "had an agent's action done again",
    "action.settled": "said what came of an agent's action",
    "action.discarded": "let an agent's action go that was given up",
    "action.confirmed": "found in a system's log that an action was done",
    "action.looked-into": "read what an agent's action sent and what came of it",
    "agent-run.completed": "ended an agent run",
    "agent-run.rollback-begun": "began to take an agent run back",
    "agent-run.rolled-back": "took an agent run back",
    "agent-run.partly-rolled-back": "took back of an agent run what could be taken back",
    "action-finding.opened": "found a system's log to differ from ours",
    "action-finding.closed": "closed a finding about a system's log",
    "action-finding.explained": "explained a finding about a system's log",
}
HARM: Final = frozenset(
    {
        "certificate.narrowed", "certificate.suspended", "certificate.withdrawn", "certificate.expired",
        "certificate.troubled", "stop.set", "release.mismatched", "release.rolled-back", "evidence.withdrawn",
        "evidence.contested", "evidence.expired", "decision.voided", "decision.refused", "owner.released",
    }
)  # fmt: skip
"""What happened afterwards and an auditor must not read over."""
GOOD: Final = frozenset(
    {"certificate.issued", "certificate.widened", "certificate.resumed", "certificate.trouble-ended", "stop.lifted"}
)
_HIDDEN: Final = frozenset(
    {
        "useCase", "request", "subject", "generation", "changedInAll", "digest", "key", "evidence", "person",
        "observedFrom", "observedTo", "kind", "attachments", "supersedes", "review", "agenda", "assessment", "rubric",
        "statement", "trouble", "troubles", "topic", "version", "serial",
    }
)  # fmt: skip
"""Facts that a line of an answer leaves to the entry's own page."""


def did(entry: Entry) -> str:
    """What an entry says was done, to stand behind who did it."""
    told = _SAID.get(entry.what)
    if told is not None:
        return told
    thing, _, deed = entry.what.partition(".")
    return f"is on record with `{entry.what}`" if not deed else f"{deed.replace('-', ' ')} {thing.replace('-', ' ')}"


def facts_of(entry: Entry, *, leaving_out: frozenset[str] = _HIDDEN) -> tuple[tuple[str, str], ...]:
    """The facts of an entry as names and values."""
    shown = ((label(name), value(each)) for name, each in entry.facts.items() if name not in leaving_out)
    return tuple((name, said) for name, said in shown if said)


def label(name: str) -> str:
    """`observedTo` and `annual_value` as words."""
    spaced = "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in name)
    return spaced.replace("_", " ").replace("-", " ").strip()


def value(said: Any) -> str:  # noqa: ANN401 - a canonical value
    """A value on one line; empty where there is none."""
    if said is None or said in ([], {}, ""):
        return ""
    if isinstance(said, bool):
        return "yes" if said else "no"
    if isinstance(said, Mapping) and set(said) == {"currency", "minor"}:
        return str(Money(said["minor"], said["currency"]))
    if isinstance(said, Mapping):
        return _cut(", ".join(f"{label(str(name))} {value(each) or 'none'}" for name, each in said.items()))
    if isinstance(said, Sequence) and not isinstance(said, str):
        return _cut(", ".join(value(each) for each in said))
    return f"{said:,}" if isinstance(said, int) else _cut(_text(str(said)))


def _text(said: str) -> str:
    """A text; an instant is written as people write it."""
    if _DIGEST.fullmatch(said):
        return f"{said[:SHORT_DIGEST]}…"
    if _INSTANT.fullmatch(said):
        return moment(dt.datetime.fromisoformat(said))
    return said.removeprefix("spec.")


def day(at: dt.datetime) -> str:
    """`22 November 2026`."""
    return f"{at.day} {at:%B %Y}"


def moment(at: dt.datetime) -> str:
    """`22 November 2026, 18:04 UTC`."""
    return f"{day(at)}, {at.astimezone(dt.UTC):%H:%M} UTC"


def people(names: Sequence[str], most: int = 6) -> str:
    """`A, B and C`."""
    return listed(sorted(names), most)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
