"""The whole answer: six chapters, the finding before them, and what is not on record. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence

from roadworthy.decide.approvals.states import RequestState
from roadworthy.documents.question.afterwards import after, evidence, oversight
from roadworthy.documents.question.material import Material
from roadworthy.documents.question.model import Asked, Chapter, Head, Known, Line, Part, Proof, Question, Sight
from roadworthy.documents.question.standing import STANDS
from roadworthy.documents.question.telling import rule, what, who
from roadworthy.documents.question.words import day, did, moment, people
from roadworthy.documents.words import many
from roadworthy.evidence.model import State

_TELL: Mapping[Part, Callable[[Material], Iterator[Line]]] = {
    Part.WHO: who,
    Part.WHAT: what,
    Part.RULE: rule,
    Part.EVIDENCE: evidence,
    Part.OVERSIGHT: oversight,
    Part.AFTER: after,
}


def chapters(material: Material) -> tuple[Chapter, ...]:
    """The six."""
    return tuple(Chapter(part, tuple(tell(material))) for part, tell in _TELL.items())


def answer(
    material: Material,
    told: Sequence[Chapter],
    proofs: Sequence[Proof],
    head: Head | None,
    sight: Sight,
    now: dt.datetime,
) -> Question:
    """The answer."""
    subject = material.subject
    return Question(
        asked=subject.asked,
        id=subject.id,
        title=subject.title,
        finding=f"{finding(material)}{_now(material)}",
        use_case=subject.use_case or (material.decided.request.use_case if material.decided else None),
        when=material.when,
        chapters=tuple(told),
        open=tuple(_open(told, proofs, head, sight)),
        proofs=tuple(proofs),
        head=head,
        made_at=now,
        related=tuple(_related(material)),
    )


def entries_of(told: Sequence[Chapter]) -> tuple[str, ...]:
    """Ids of every entry that a line names, each once."""
    return tuple(dict.fromkeys(line.entry for chapter in told for line in chapter.lines if line.entry is not None))


# ---------------------------------------------------------------- the finding


def finding(material: Material) -> str:
    """Who let it happen, knowing what, in a sentence or two."""
    decided = material.decided
    if decided is None:
        return _without_decision(material)
    request = decided.request
    given = next((each.entry.oversight.given for each in decided.told if each.entry.what == "decision.approved"), None)
    on = f" on {day(material.when)}" if material.when else ""
    asker = material.called(request.proposer_ref, request.proposer_kind)
    if request.state in {RequestState.OPEN, RequestState.ESCALATED}:
        return f"Nobody has decided it yet: {asker} asks for it, and it waits until {moment(request.deadline_at)}."
    if given is None:
        return f"It did not happen: the request of {asker} is {request.state.value}{on}."
    by = people([material.called(ref) for ref in given]) if given else "nobody in person; rules approved it beforehand"
    said = f"Approved{on} by {by}, asked for by {asker}"
    if request.state in {RequestState.VOIDED, RequestState.LAPSED, RequestState.WITHDRAWN}:
        return f"{said}. Nothing came of it: it is {request.state.value}."
    return f"{said}, {_knowing(material)}."


def _now(material: Material) -> str:
    """How a certificate stands today."""
    stands = dict(material.lines).get(STANDS)
    return f" It is {stands.partition(';')[0]}." if stands else ""


def _knowing(material: Material) -> str:
    total, named = len(material.evidence), any(each.named for each in material.evidence)
    if not total:
        return "with no evidence about it on record at that instant"
    weak = sum(each.then is not State.LIVE for each in material.evidence)
    gone = sum(each.now is not each.then and each.now is not State.LIVE for each in material.evidence)
    how = "naming" if named else "while there were"
    doubts = f", of which {weak} did not count in full" if weak else ""
    since = f"; {gone} would not count today" if gone else ""
    return f"{how} {many(total, 'item')} of evidence{doubts}{since}"


def _without_decision(material: Material) -> str:
    own = material.subject.own
    if not own:
        return "Nothing on record let it to where it is: no certificate, no decision, no change of its stage."
    entry = own[0].entry
    on = day(entry.at)
    name = material.called(entry.actor)
    if entry.basis.rules:
        rules = people([f"`{rule}`" for rule in entry.basis.rules])
        return f"{name} {did(entry)} on {on}, and no request was decided for it; it names {rules}."
    why = "" if material.governed else ", when no decision rights were in force"
    return f"{name} {did(entry)} on {on} without a decision{why}."


# ---------------------------------------------------------------- what is not on record


def _open(told: Sequence[Chapter], proofs: Sequence[Proof], head: Head | None, sight: Sight) -> Iterator[str]:
    lines = [line for chapter in told for line in chapter.lines]
    for line in lines:
        if line.known is Known.UNKNOWN:
            yield line.says
    erased = sum(line.erased for line in lines)
    if erased:
        gone = f"{many(erased, 'text')} that stood here {'was' if erased == 1 else 'were'} erased"
        yield f"{gone}; the entries still commit to what was said."
    if head is None:
        yield "The ledger could not be signed, so no line has a proof. Run `roadworthy doctor`."
    else:
        left = sum(not proof.proven for proof in proofs)
        if left:
            yield f"{many(left, 'entry', 'entries')} have no proof under the signed state of the ledger."
    if sight.missing is not None:
        first, end = sight.missing
        yield f"The index of the ledger is being made: entries {first:,} to {end - 1:,} were not looked through."


def _related(material: Material) -> Iterator[tuple[Asked, str, str]]:
    seen = {(material.subject.asked, material.subject.id)}
    if material.decided is not None:
        request = material.decided.request
        if (Asked.DECISION, request.id) not in seen:
            yield Asked.DECISION, request.id, f"the decision: {request.title}"
        for told in material.decided.done:
            kind, _, name = told.entry.resource.partition("/")
            if kind in {"Certificate", "Release"} and (Asked(kind.lower()), name) not in seen:
                seen.add((Asked(kind.lower()), name))
                yield Asked(kind.lower()), name, f"the {kind.lower()} {name[:20]}"
    for told in material.review[:1]:
        name = told.entry.resource.partition("/")[2]
        if (Asked.REVIEW, name) not in seen:
            yield Asked.REVIEW, name, "the readiness review"
