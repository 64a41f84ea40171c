"""Readiness reviews in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from roadworthy.decide.certificate.model import TermName
from roadworthy.decide.review.model import CERTIFIES, AgendaItem, AskedCondition, ItemKind, Opening, Review, Verdict
from roadworthy.decide.review.states import ReviewState
from roadworthy.foundation.identity.model import Person
from roadworthy.interfaces.web.showing.certificates import TERMS
from roadworthy.interfaces.web.showing.decision_words import called, names
from roadworthy.interfaces.web.showing.exactly import said
from roadworthy.interfaces.web.showing.inbox import UNGOVERNED
from roadworthy.interfaces.web.views.parts import Badge, Empty, Figure, Link, Moment, Option, Tone, plural
from roadworthy.interfaces.web.views.reviews import (
    AgendaLine,
    CaseReviews,
    ConditionLine,
    FrozenLine,
    Lesson,
    ReviewLine,
    ReviewsView,
    ReviewView,
    VerdictPart,
)
from roadworthy.inventory.model import Stage

VERDICTS: Final[Mapping[Verdict, Badge]] = {
    Verdict.GO: Badge(Tone.GO, "go"),
    Verdict.CONDITIONAL_GO: Badge(Tone.MIND, "go, with conditions"),
    Verdict.NO_GO: Badge(Tone.STOP, "no go"),
    Verdict.PIVOT: Badge(Tone.MIND, "pivot"),
    Verdict.STOP: Badge(Tone.STOP, "stopped"),
}
STATES: Final[Mapping[ReviewState, Badge]] = {
    ReviewState.OPEN: Badge(Tone.UNKNOWN, "open"),
    ReviewState.PROPOSED: Badge(Tone.MIND, "waits for a decision"),
    ReviewState.DECIDED: Badge(Tone.GO, "decided"),
    ReviewState.CLOSED: Badge(Tone.ASIDE, "closed without a verdict"),
}
KINDS: Final[Mapping[ItemKind, str]] = {
    ItemKind.CRITERION: "criterion",
    ItemKind.GAP: "gap of the data path",
    ItemKind.WAIVER: "waiver",
    ItemKind.DISSENT: "dissent",
    ItemKind.CONDITION: "condition",
    ItemKind.RELEASE: "release",
    ItemKind.TERM: "envelope",
}
_OPENED: Final[Mapping[Opening, str]] = {
    Opening.HAND: "",
    Opening.CADENCE: "opened because its time was over",
    Opening.TRIGGER: "opened because something happened",
}
_TEXTS: Final = (("reason", "Why"), ("changes", "What changes"), ("learned", "What was learned"))
_FROZEN: Final[Mapping[str, str]] = {
    "useCase": "the use case as declared",
    "rubric": "the rubric",
    "assessment": "what the rubric says of it",
    "agenda": "the agenda",
    "release": "the release",
}


@dataclass(frozen=True, slots=True)
class Looked:
    """All that the page of one review is made of, read by whoever serves it."""

    review: Review
    called: str
    """Title of the use case; its name where it is gone."""
    agenda: Sequence[AgendaItem]
    frozen: Mapping[str, Any]
    envelope: Sequence[str]
    missing: Sequence[str]
    people: Mapping[str, Person]
    notice: str
    governed: bool
    may: bool
    """Whether whoever looks may work on it."""


def state_of(review: Review) -> Badge:
    """Where a review stands, by its verdict once there is one."""
    return STATES[review.state] if review.verdict is None else VERDICTS[review.verdict]


def line_of(review: Review, called_so: str, now: dt.datetime) -> ReviewLine:
    """A review in a list."""
    serial = review.certificate
    return ReviewLine(
        title=called_so,
        href=f"/reviews/{review.id}",
        stage=review.stage_to.value,
        state=state_of(review),
        opened=Moment.of(review.opened_at, now),
        ended=None if review.decided_at is None else Moment.of(review.decided_at, now),
        note=_OPENED[review.opening],
        certificate=None if serial is None else Link("certificate", f"/certificates/{serial}"),
    )


# ---------------------------------------------------------------- the list


def reviews_view(
    found: Sequence[Review],
    lessons: Sequence[Review],
    titles: Mapping[str, str],
    asked: Mapping[str, str],
    now: dt.datetime,
    more: str | None,
) -> ReviewsView:
    """Every review, the newest first.

    Args:
        found: of this page.
        lessons: those that ended otherwise than in a go, the newest first.
        titles: of use cases, by name.
        asked: the filter: `state` and `use_case`.
        now: the time that instants are told from.
        more: id after which the next page begins.
    """
    state, use_case = asked.get("state", ""), asked.get("use_case", "")
    options = [Option("", "every state", not state)]
    options += [Option(each.value, STATES[each].word, each.value == state) for each in ReviewState]
    going = sum(not each.is_over for each in found)
    about = f" of {titles.get(use_case, use_case)}" if use_case else ""
    return ReviewsView(
        finding=f"{plural(going, 'review')}{about} under way" if going else f"Reviews{about}",
        lede="Each ends in a verdict: go, conditional go, no-go, pivot or stop. Named people decide it, on evidence "
        "that is frozen for it.",
        lines=tuple(line_of(each, titles.get(each.use_case, each.use_case), now) for each in found),
        states=tuple(options),
        use_case=use_case,
        lessons=tuple(_lesson(each, titles, now) for each in lessons),
        empty=None if found else _nothing(filtered=bool(state or use_case)),
        more=None if more is None else Link("Older reviews", f"/reviews?{urlencode({**asked, 'after': more})}"),
    )


def _lesson(review: Review, titles: Mapping[str, str], now: dt.datetime) -> Lesson:
    title = titles.get(review.use_case, review.use_case)
    words = review.text("learned") or review.text("changes") or review.text("reason") or ""
    when = Moment.of(review.decided_at or review.opened_at, now)
    return Lesson(Link(f"{title} to {review.stage_to}", f"/reviews/{review.id}"), state_of(review), when, said(words))


def _nothing(*, filtered: bool) -> Empty:
    if filtered:
        return Empty(
            "No review is like this",
            "Choose another state, or look at all of them.",
            None,
            Link("Every review", "/reviews"),
        )
    return Empty(
        title="Nothing was reviewed yet",
        sentence="A review looks at a use case before it goes further: what is open, waived, disputed or only said. It "
        "ends in a verdict, and a go in a certificate. Open one from the page of a use case, or so:",
        command='roadworthy review open USE-CASE --stage production --release RELEASE --why "The pilot is over."',
        button=Link("Choose a use case", "/"),
    )


def case_reviews(name: str, found: Sequence[Review], *, may: bool, now: dt.datetime) -> CaseReviews:
    """The section on the page of a use case."""
    going = [each for each in found if not each.is_over]
    last = next((each for each in found if each.verdict is not None), None)
    if going:
        finding = f"A review for {going[0].stage_to} goes on."
    elif last is not None and last.verdict is not None:
        finding = f"The last one ended {Moment.of(last.decided_at or last.opened_at, now).words}."
    else:
        finding = "Nobody has reviewed it yet."
    every = Link("Every review of it", f"/reviews?{urlencode({'use_case': name})}")
    return CaseReviews(
        finding=finding,
        lines=tuple(line_of(each, f"To {each.stage_to}", now) for each in found),
        all=every if found else None,
        open=Link("Open a review", f"/use-cases/{name}/reviews/new") if may else None,
    )


# ---------------------------------------------------------------- one review


def review_view(looked: Looked, now: dt.datetime) -> ReviewView:
    """The page of one review."""
    review = looked.review
    blocking = sum(item.blocks for item in looked.agenda)
    over = review.is_over
    return ReviewView(
        id=review.id,
        crumbs=(Link("Reviews", "/reviews"), Link(looked.called, f"/use-cases/{review.use_case}")),
        title=f"Review of {looked.called}",
        finding=_finding(looked, blocking),
        state=state_of(review),
        lede=_lede(review, looked.people, now),
        why=said(review.why),
        figures=tuple(_figures(looked, blocking)),
        agenda=tuple(_agenda_line(item) for item in looked.agenda),
        agenda_note=_agenda_note(review),
        envelope=tuple(_term_line(line) for line in looked.envelope),
        envelope_note=_envelope_note(looked),
        frozen=tuple(_frozen(looked.frozen)),
        frozen_note="Exactly this was decided on."
        if over
        else "A verdict that is proposed now is decided on this. "
        "If any of it moves before the last vote, the proposal is void.",
        verdict=None if review.content is None else _verdict(looked, now),
        certificate=None
        if review.certificate is None
        else Link("The operating certificate", f"/certificates/{review.certificate}"),
        notice=tuple(" ".join(each.split()) for each in looked.notice.split("\n\n")[1:]),
        notice_note=_notice_note(review),
        acts=tuple(_acts(looked)),
        command=f"roadworthy review show {review.id}",
        sayings=() if looked.governed or over else (UNGOVERNED,),
    )


def _finding(looked: Looked, blocking: int) -> str:
    review, to = looked.review, looked.review.stage_to
    if review.verdict is not None:
        return f"{VERDICTS[review.verdict].word.capitalize()}: {looked.called} to {to}"
    if review.state is ReviewState.CLOSED:
        return f"Closed: {looked.called} to {to}"
    if blocking:
        stands = "stands" if blocking == 1 else "stand"
        return f"{plural(blocking, 'thing')} {stands} between {looked.called} and {to}"
    return f"Nothing stands between {looked.called} and {to}"


def _lede(review: Review, people: Mapping[str, Person], now: dt.datetime) -> str:
    opened = Moment.of(review.opened_at, now).words
    if review.opening is Opening.HAND:
        return f"Opened {opened} by {called(review.opened_by, people)}."
    return f"{_OPENED[review.opening].capitalize()}, {opened}."


def _figures(looked: Looked, blocking: int) -> Iterator[Figure]:
    kinds = [item.kind for item in looked.agenda]
    yield Figure(str(blocking), "in the way of a go")
    yield Figure(str(kinds.count(ItemKind.WAIVER)), "waived")
    yield Figure(str(kinds.count(ItemKind.DISSENT)), "who dissents")
    yield Figure(str(len(looked.frozen.get("evidence", {}))), "items of evidence")
    yield Figure(str(len(looked.missing)), "terms that nobody set")


def _agenda_line(item: AgendaItem) -> AgendaLine:
    badge = Badge(Tone.STOP, "blocks") if item.blocks else Badge(Tone.MIND, "look at it")
    return AgendaLine(badge, KINDS[item.kind], _agenda_title(item), item.says, Link("look", item.path))


def _agenda_title(item: AgendaItem) -> str:
    """What an item is called; terms of the envelope as every page calls them."""
    how, _, name = item.id.partition("/")
    if item.kind is not ItemKind.TERM or name not in set(TermName):
        return item.title
    return f"{TERMS[TermName(name)]}: {'not bounded' if how == 'missing' else 'only declared'}"


def _term_line(line: str) -> str:
    """A line of an envelope, its term called as every page calls it."""
    name, colon, rest = line.partition(": ")
    if name == "not bounded":
        return f"Not bounded: {', '.join(TERMS[TermName(each)].lower() for each in rest.split(', '))}"
    return f"{TERMS[TermName(name)]}{colon}{rest}" if name in set(TermName) else line


def _agenda_note(review: Review) -> str:
    if review.verdict is not None:
        return "As it was when it was decided."
    return "" if review.is_over else "Drafted from what is known now; what blocks a go stands first."


def _envelope_note(looked: Looked) -> str:
    verdict = looked.review.verdict
    if verdict is not None and verdict not in CERTIFIES:
        return "No certificate follows from this verdict."
    if looked.review.release is None:
        return "No release is named, so no certificate follows from a go."
    return "" if looked.envelope else "Nobody set a term, so a certificate would bound nothing."


def _frozen(frozen: Mapping[str, Any]) -> Iterator[FrozenLine]:
    for name, words in _FROZEN.items():
        if frozen.get(name):
            yield FrozenLine(words, frozen[name])
    for item, digest in sorted(frozen.get("evidence", {}).items()):
        yield FrozenLine(f"evidence {item}", digest)
    for waiver in frozen.get("waivers", ()):
        yield FrozenLine("waiver", waiver)


def _verdict(looked: Looked, now: dt.datetime) -> VerdictPart:
    review = looked.review
    content = review.content or {}
    conditions = [AskedCondition.of_values(each) for each in content.get("conditions") or ()]
    return VerdictPart(
        deciders=", ".join(names(review.deciders, looked.people)) or "nobody by name",
        texts=tuple((words, said(text)) for name, words in _TEXTS if (text := review.text(name))),
        conditions=tuple(
            ConditionLine(each.what, called(each.owner, looked.people), Moment.of(each.due, now)) for each in conditions
        ),
        request=None if review.request is None else Link("The decision, vote by vote", f"/decisions/{review.request}"),
    )


def _notice_note(review: Review) -> str:
    if review.verdict is not Verdict.STOP:
        return ""
    if not review.notified:
        return "Nobody could be told: no business owner has accepted the duty. Send it to somebody by name."
    return f"It was sent to {plural(review.notified, 'person', 'people')} through the channels here."


def _acts(looked: Looked) -> Iterator[Link]:
    review = looked.review
    here = f"/reviews/{review.id}"
    if review.state is ReviewState.PROPOSED and review.request is not None:
        yield Link("See the proposed verdict", f"/decisions/{review.request}")
    if looked.may and review.state is ReviewState.OPEN:
        yield Link("Propose a verdict" if looked.governed else "Decide", f"{here}/verdict")
    if looked.may and not review.is_over:
        yield Link("Close it without a verdict", f"{here}/close")
    if looked.may and review.verdict is Verdict.STOP:
        yield Link("Send the notice", f"{here}/send")


def next_stage(stage: Stage | None) -> Stage:
    """The stage that a review is most likely about."""
    order = (Stage.PILOT, Stage.CANDIDATE, Stage.PRODUCTION)
    place = order.index(stage) + 1 if stage in order else 0
    return order[min(place, len(order) - 1)]
