"""On which evidence, with what oversight, and what came after: the second half of an answer. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from roadworthy.decide.approvals.states import RequestState
from roadworthy.documents.question.material import Material, Then
from roadworthy.documents.question.model import Known, Line, Weight
from roadworthy.documents.question.record import Told
from roadworthy.documents.question.telling import MOST_LINES, is_oversight, kept, recorded, unknown
from roadworthy.documents.question.words import GOOD, HARM, day, did, facts_of, moment, people
from roadworthy.documents.words import lasting, many
from roadworthy.evidence.model import State
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.inventory.facts import FACTS, SPOKEN

_VOTES = {
    "approve": ("approved it", Weight.GOOD),
    "decline": ("declined it", Weight.BAD),
    "ask": ("asked a question", Weight.MIND),
    "answer": ("answered", Weight.PLAIN),
    "delegate": ("gave their say away", Weight.MIND),
}
_ENDED = {
    State.EXPIRED: "it has run out since",
    State.WITHDRAWN: "it was withdrawn since",
    State.SUPERSEDED: "a newer item took its place since",
    State.CONTESTED: "it is disputed now",
}


# ---------------------------------------------------------------- evidence


def evidence(material: Material) -> Iterator[Line]:
    """On which evidence, as it stood then."""
    found = material.evidence
    if found and not found[0].named:
        yield kept("The entries name no single item; this is what counted about the use case at that instant.")
    for each in found[:MOST_LINES]:
        yield _item(material, each)
    if len(found) > MOST_LINES:
        yield kept(f"{len(found) - MOST_LINES:,} more items counted.")
    if not found:
        yield unknown("No evidence about it counted at that instant.")


def _item(material: Material, each: Then) -> Line:
    item = each.item
    question = FACTS[item.fact].question if item.fact in FACTS else item.fact
    by = (
        f"measured by `{item.collector}`"
        if item.collector
        else f"{item.method.value}, handed in by {_by(material, each)}"
    )
    answer = SPOKEN[item.answer]
    stood = "" if each.then is State.LIVE else f" At that instant it was {each.then.value}."
    since = _ENDED.get(each.now) if each.now is not each.then else None
    says = f"{question} {answer[:1].upper()}{answer[1:]}; {by}.{stood}"
    if since:
        says = f"{says} Since then: {since}."
    details = [
        ("speaks of", f"{item.observed_from} to {item.observed_to}"),
        ("counts until", moment(item.expires_at)),
    ]
    if item.sample_size is not None:
        details.append(("observations", f"{item.sample_size:,}"))
    weight = Weight.MIND if since or each.then is not State.LIVE else Weight.PLAIN
    if not each.genuine:
        weight, says = Weight.BAD, f"{says} What is kept about it is not what its entry says."
    return Line(
        says,
        Known.RECORDED if each.told is not None else Known.KEPT,
        item.recorded_at,
        item.entry_id if each.told is not None else None,
        quote=each.statement,
        erased=each.erased,
        weight=weight,
        path=f"/evidence/{item.id}",
        details=tuple(details),
    )


def _by(material: Material, each: Then) -> str:
    ref = each.item.recorded_by
    return material.people[ref].shown if ref in material.people else f"`{ref}`"


# ---------------------------------------------------------------- oversight


def oversight(material: Material) -> Iterator[Line]:
    """Who looked at it, how they had signed in, and what they said."""
    said = False
    for told in material.review:
        said = True
        name = material.called(told.entry.actor)
        verdict = f": {told.entry.decision}" if told.entry.decision else ""
        yield recorded(told, f"{name} {did(told.entry)}{verdict}.", _weight(told.entry), details=facts_of(told.entry))
    decided = material.decided
    for told in decided.told if decided else ():
        if is_oversight(told.entry):
            said = True
            yield _say(material, told)
    if decided is not None and decided.request.state in {RequestState.OPEN, RequestState.ESCALATED}:
        yield kept(f"It still waits, until {moment(decided.request.deadline_at)}.", Weight.MIND)
        return
    for told in material.subject.own if decided is None else ():
        if told.entry.oversight.given:
            said = True
            names = people([material.called(ref) for ref in told.entry.oversight.given])
            bare = Told(told.position, told.entry, told.raw)
            yield recorded(bare, f"`{told.entry.what}` names {names}, as `{told.entry.oversight.required}` asks.")
    if not said:
        yield unknown("Nobody else is on record as having looked at it.")


def _say(material: Material, told: Told) -> Line:
    entry = told.entry
    if entry.what == "decision.escalated":
        return recorded(told, "It waited too long, and more people were asked.", Weight.MIND)
    words, weight = _VOTES.get(str(entry.facts.get("vote")), ("said something", Weight.PLAIN))
    name = material.called(entry.actor)
    place = entry.facts.get("inPlaceOf")
    behalf = f", in the place of {material.called(str(place))}," if place else ""
    to = entry.facts.get("to")
    away = f" to {material.called(str(to))}" if to else ""
    return recorded(told, f"{name}{behalf} {words}{away}.", weight, details=tuple(_sign_in(entry)))


def _sign_in(entry: Entry) -> Iterator[tuple[str, str]]:
    facts = entry.facts
    if facts.get("authTime"):
        before = entry.at - dt.datetime.fromisoformat(str(facts["authTime"]))
        yield "signed in", f"{lasting(max(before.total_seconds(), 0.0))} before"
    if facts.get("issuer"):
        yield "at", str(facts["issuer"])
    if facts.get("acr"):
        yield "as", str(facts["acr"])
    if facts.get("method"):
        yield "by", str(facts["method"])
    looked = facts.get("lookedMs")
    if isinstance(looked, int):
        yield "had it open for", lasting(looked / 1000)


# ---------------------------------------------------------------- afterwards


def after(material: Material) -> Iterator[Line]:
    """What happened afterwards."""
    decided = material.decided
    if decided is not None and decided.request.state is RequestState.APPROVED:
        until = decided.request.valid_until
        yield kept(f"It is approved and was not used yet{f'; it can be until {moment(until)}' if until else ''}.")
    stale = [each for each in material.evidence if each.now is not each.then and each.now is not State.LIVE]
    if stale:
        total = len(material.evidence)
        yield kept(f"Of {many(total, 'item')} of evidence told above, {len(stale)} would not count today.", Weight.MIND)
    for told in material.later:
        entry = told.entry
        weight = _weight(entry)
        who = material.called(entry.actor)
        yield recorded(told, f"{who} {did(entry)}.", weight, details=facts_of(entry))
    if material.more:
        path = f"/ledger?use_case={material.subject.use_case}" if material.subject.use_case else "/ledger"
        yield kept(f"{material.more:,} more entries about the use case came after these.", path=path)
    if not material.later and material.when is not None:
        yield kept(f"Nothing about the use case was recorded after {day(material.when)} that this rests on.")


def _weight(entry: Entry) -> Weight:
    if entry.what in HARM or entry.decision in {"no-go", "stop", "pivot"}:
        return Weight.BAD
    return Weight.GOOD if entry.what in GOOD else Weight.PLAIN
