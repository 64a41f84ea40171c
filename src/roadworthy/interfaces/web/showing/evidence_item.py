"""One item of evidence in words: what it says, why it counts as it does, what became of it, and what rests on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from roadworthy.decide.readiness.assessment import Assessment, Judgement, Verdict
from roadworthy.evidence.model import Attachment, Contest, Doubt, Item, Method, State
from roadworthy.evidence.schemas import EvidenceKind
from roadworthy.foundation.identity.model import Person
from roadworthy.interfaces.web.showing.evidence import STATES, question_of
from roadworthy.interfaces.web.showing.history import value_shown
from roadworthy.interfaces.web.showing.words import DIMENSIONS, spoken, verdict
from roadworthy.interfaces.web.views.evidence import ChainLine, Dispute, FileLine, ItemView
from roadworthy.interfaces.web.views.parts import Badge, Link, Moment, Say, Tone, plural, span
from roadworthy.interfaces.web.views.use_case import Pair

_KILO = 1_000
WHY: Mapping[Method, str] = {
    Method.MEASURED: "A registered collector signed it with its own key, and the signature was checked.",
    Method.DOCUMENTED: "It comes with a document: a file that is kept here, or a link that can be opened.",
    Method.ATTESTED: "It comes with nothing but the word of the person who is named.",
    Method.REPORTED: "Somebody handed it in for somebody else, without a document: a sheet, an export, a past review.",
    Method.DECLARED: "The use case says it of itself.",
}
"""Why an item has its method; nobody chooses it."""


@dataclass(frozen=True, slots=True)
class Whole:
    """All that the page is made of, read by whoever serves it."""

    item: Item
    title: str
    """Of the use case."""
    kind: EvidenceKind | None
    assessment: Assessment
    without: Assessment
    """The same as if this item had never been handed in."""
    people: Mapping[str, Person]
    replaced: Sequence[Item]
    viewer: Person


def item_view(whole: Whole, now: dt.datetime) -> ItemView:
    """The page."""
    item = whole.item
    state = item.state(now)
    chain = _chain(whole)
    return ItemView(
        question=question_of(item.fact),
        finding=_finding(item, state, now),
        crumbs=(
            Link("Evidence", "/evidence"),
            Link(whole.title, f"/use-cases/{item.use_case}"),
            Link("its evidence", f"/use-cases/{item.use_case}/evidence"),
        ),
        state=STATES[state],
        method=item.method.value,
        why_method=WHY[item.method],
        ends=_ends(item, now),
        notes=_notes(item, state),
        statement=item.statement or "",
        link=item.link or "",
        result=tuple(Pair(_label(name, whole.kind), value_shown(value)) for name, value in (item.result or {}).items()),
        files=tuple(_file(each) for each in item.attachments),
        known=_known(whole, now),
        disputes=tuple(_dispute(each, whole.people, now) for each in item.contests),
        chain=chain,
        chain_note="" if chain else "The rubric in force asks no question that this answers; it counts for nothing.",
        replaced=tuple(_replaced(each) for each in whole.replaced),
        actions=_actions(item, state),
        entry=Link("Ledger entry, with its proof", f"/ledger/{item.entry_id}"),
        envelope=None if item.key_id is None else Link("Download the envelope", f"/evidence/{item.id}/envelope"),
        command=f"roadworthy evidence envelope {item.id} --file envelope.json",
    )


def _replaced(item: Item) -> Link:
    return Link(f"{item.method}, observed until {item.observed_to}", f"/evidence/{item.id}")


def shown(ref: str, people: Mapping[str, Person]) -> str:
    """What to call whoever acted."""
    return people[ref].shown if ref in people else f"the program {ref}"


def _finding(item: Item, state: State, now: dt.datetime) -> str:
    said = f"{spoken(item.answer).capitalize()}, {item.method}"
    by = f" by collector {item.collector}" if item.collector else ""
    until = f"{item.observed_to.day} {item.observed_to:%B %Y}"
    became = {
        State.LIVE: f"It counts for another {span(item.expires_at - now)}.",
        State.CONTESTED: "Somebody disputes it, so it counts in part.",
        State.EXPIRED: f"It ran out {span(now - item.expires_at)} ago and no longer counts.",
        State.SUPERSEDED: "A newer item took its place, so it no longer counts.",
        State.WITHDRAWN: "It was taken back and no longer counts.",
    }[state]
    return f"{said}{by}, observed until {until}. {became}"


def _ends(item: Item, now: dt.datetime) -> str:
    moment = Moment.of(item.expires_at, now)
    return f"{'Ran out' if item.expires_at <= now else 'Runs out'} {moment.words}, on {moment.exact}."


def _notes(item: Item, state: State) -> tuple[Say, ...]:
    notes = []
    if state is State.WITHDRAWN and item.withdrawal:
        notes.append(Say(Tone.ASIDE, "It was withdrawn.", item.withdrawal.reason))
    if item.superseded_by:
        notes.append(
            Say(
                Tone.ASIDE,
                "A newer item took its place.",
                links=(Link("The newer item", f"/evidence/{item.superseded_by}"),),
            )
        )
    if item.doubt is Doubt.SAMPLE_TOO_SMALL:
        rests = plural(item.sample_size or 0, "observation")
        text = f"It rests on {rests}, and its kind asks for at least {item.sample_wanted:,}."
        notes.append(Say(Tone.MIND, "It counts in part.", text))
    return tuple(notes)


def _label(name: str, kind: EvidenceKind | None) -> str:
    field = next((each for each in kind.fields if each.name == name), None) if kind else None
    words = "".join(f" {each.lower()}" if each.isupper() else each for each in name).capitalize()
    return f"{words} ({field.unit})" if field is not None and field.unit else words


def _file(attachment: Attachment) -> FileLine:
    size = attachment.size
    words = plural(size, "byte") if size < _KILO else f"{size / _KILO:,.0f} kB"
    erased = attachment.erased_at
    gone = "" if erased is None else f"Its content was erased on {erased:%d %B %Y}: {attachment.erased_reason}"
    href = "" if erased is not None else f"/attachments/{attachment.digest}"
    return FileLine(attachment.name, href, attachment.media_type, words, attachment.digest, gone)


def _known(whole: Whole, now: dt.datetime) -> tuple[Pair, ...]:
    item = whole.item
    days = f"{item.observed_from} to {item.observed_to}" if item.observed_from != item.observed_to else item.observed_to
    window = f"{item.window[0]:%Y-%m-%d %H:%M} to {item.window[1]:%Y-%m-%d %H:%M} UTC" if item.window else str(days)
    sample = "" if item.sample_size is None else f"{item.sample_size:,} observations"
    asked = f", {item.sample_wanted:,} asked for" if item.sample_wanted else ""
    return tuple(
        Pair(name, value)
        for name, value in (
            ("Kind", whole.kind.title if whole.kind else spoken(item.kind)),
            ("Claim", item.fact),
            ("Observed", window),
            ("Handed in", f"{Moment.of(item.recorded_at, now).words}, by {shown(item.recorded_by, whole.people)}"),
            ("Collector", item.collector or "none; nobody measured"),
            ("Sample size", sample + asked if sample else "not said"),
            ("What was looked at", f"{item.subject.name}, {item.subject.digest}" if item.subject else "the use case"),
            ("Signed by key", item.key_id or "none; it is from before envelopes"),
        )
    )


def _dispute(contest: Contest, people: Mapping[str, Person], now: dt.datetime) -> Dispute:
    state = {
        None: Badge(Tone.MIND, "open"),
        True: Badge(Tone.STOP, "upheld"),
        False: Badge(Tone.GO, "rejected"),
    }[contest.upheld]
    settled = ""
    if contest.settled_by is not None and contest.settled_at is not None:
        when = Moment.of(contest.settled_at, now).words
        settled = f"{shown(contest.settled_by, people)} settled it {when}: {contest.settlement}"
    return Dispute(state, shown(contest.by, people), Moment.of(contest.at, now), contest.reason, settled)


def _chain(whole: Whole) -> tuple[ChainLine, ...]:
    return tuple(_link(each, whole) for each in whole.assessment.judgements if each.fact == whole.item.fact)


def _link(judgement: Judgement, whole: Whole) -> ChainLine:
    before = whole.without.dimensions[judgement.dimension].score
    after = whole.assessment.dimensions[judgement.dimension].score
    name = DIMENSIONS[judgement.dimension]
    difference = after - before
    if judgement.verdict is Verdict.NOT_APPLICABLE:
        part = "Not asked of this use case."
    elif judgement.evidence == whole.item.id:
        part = "The verdict rests on this item."
    else:
        part = "Another item decides." if judgement.evidence else "It does not decide."
    if difference:
        verb = "raises" if difference > 0 else "lowers"
        score = f"It {verb} {name} by {plural(abs(difference), 'point')}, from {before} to {after} of 100."
    else:
        score = f"{name} stands at {after} of 100 with it and without it."
    return ChainLine(
        title=judgement.criterion.title,
        level=judgement.criterion.level.value,
        dimension=name,
        state=verdict(judgement.verdict),
        why=judgement.why,
        part=part,
        score=score,
    )


def _actions(item: Item, state: State) -> tuple[Link, ...]:
    """What can still be done with it; whether this person may is decided when they try, and told with its reason."""
    address = f"/evidence/{item.id}"
    if state in {State.WITHDRAWN, State.SUPERSEDED}:
        return ()
    same = urlencode({"fact": item.fact, "kind": item.kind, "instead": item.id})
    renew = Link("Renew", f"/use-cases/{item.use_case}/evidence/new?{same}")
    able = [renew, Link("Withdraw", f"{address}/withdraw")]
    if item.doubt is Doubt.CONTESTED:
        able.append(Link("Settle the dispute", f"{address}/settle"))
    if state is not State.EXPIRED:
        able.append(Link("Contest", f"{address}/contest"))
    able.append(Link("Supersede", f"{address}/supersede"))
    return tuple(able)
