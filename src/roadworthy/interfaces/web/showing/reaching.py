"""What a change of a certificate, or a stop switch, would reach, in words: said before anybody does it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from roadworthy.decide.certificate import drafting
from roadworthy.decide.certificate.deciding import Change
from roadworthy.decide.certificate.model import ALL, Certificate, Envelope, Stop
from roadworthy.decide.certificate.reaching import Reach
from roadworthy.decide.certificate.scopes import ScopeKind, scope_of
from roadworthy.foundation.identity.model import Person
from roadworthy.interfaces.web.showing.certificates import TERMS
from roadworthy.interfaces.web.showing.decision_words import names
from roadworthy.interfaces.web.views.parts import Say, Tone, plural

MOST_NAMED = 12
"""Certificates, or people, that are named; how many more there are is said."""
Titles = Mapping[str, str]
People = Mapping[str, Person]


def of_change(
    change: Change, of: Certificate, release: str, reach: Reach, titles: Titles, people: People
) -> tuple[Say, ...]:
    """What a change of one certificate reaches."""
    called = titles.get(of.use_case, of.use_case)
    where = f"{called} at {of.stage}"
    runs = bool(reach.certificates)
    match change:
        case Change.SUSPEND | Change.WITHDRAW if not runs:
            said = Say(Tone.MIND, f"{where} is not permitted anything now, so nothing that runs is stopped.")
        case Change.SUSPEND:
            said = Say(
                Tone.STOP, f"It stops {where}", items=(*_what(of, release), "Nothing of it is permitted from then on.")
            )
        case Change.WITHDRAW:
            said = Say(
                Tone.STOP, f"It stops {where}, for good", "It cannot be taken back; a new review has to certify it.",
                items=_what(of, release),
            )  # fmt: skip
        case Change.NARROW:
            said = Say(Tone.STOP, f"{where} goes on within less", items=tuple(_changed(of.envelope, reach.after)))
        case _:
            after = reach.after or of.envelope
            terms = tuple(f"{TERMS[name]}: {drafting.spoken(term.bound)}" for name, term in after.terms.items())
            said = Say(Tone.MIND, f"{where} goes on", items=(*_what(of, release), *terms))
    return (said, *_stopped(reach.stops, titles, anyway=change in {Change.RESUME, Change.WIDEN}), _told(reach, people))


def spoken(scope: str, titles: Titles) -> str:
    """What a stop switch is about, in a sentence."""
    what = scope_of(scope)
    if what.kind is ScopeKind.ALL:
        return "everything"
    return f"the {what.kind} {what.name}" if what.is_narrow else titles.get(what.name, what.name)


def of_stop(scope: str, reach: Reach, titles: Titles, people: People) -> tuple[Say, ...]:
    """What setting a stop switch reaches."""
    about = spoken(scope, titles)
    already = tuple(each for each in reach.stops if each.scope in {scope, ALL})
    rest = (*_waiting(reach), *_stopped(already, titles, anyway=False), _told(reach, people))
    if scope_of(scope).is_narrow:
        return (_narrow(scope, about, reach), *rest)
    count = len(reach.certificates)
    if count:
        title = (
            f"It stops {about}: {plural(count, 'certificate')} in force {'permits' if count == 1 else 'permit'} nothing"
        )
        said = Say(Tone.STOP, title, "To start again takes a decision.", items=_listed(reach.certificates, titles))
    else:
        text = "So is whatever is certified for it later, until a decision lifts it."
        said = Say(Tone.MIND, f"No certificate of {about} is in force: what it does as a pilot is stopped.", text)
    return (said, *rest)


def _narrow(scope: str, about: str, reach: Reach) -> Say:
    """What stopping an agent or an action takes from whom."""
    is_agent = scope_of(scope).kind is ScopeKind.AGENT
    items = _cut(reach.actions, "action") if is_agent else _cut(reach.agents, "agent")
    if is_agent:
        text = "Its calls are refused, and it can do none of its actions. Other agents of its use cases go on."
    else:
        text = "No agent can do it any more. Everything else that they may do goes on."
    return Say(Tone.STOP, f"It stops {about}", f"{text} To start again takes a decision.", items=items)


def _waiting(reach: Reach) -> Iterator[Say]:
    """What is under way or held, and is kept until the stop is lifted."""
    count = sum(reach.waiting.values())
    if count:
        items = tuple(f"{each} {state}" for state, each in sorted(reach.waiting.items()))
        yield Say(Tone.MIND, f"{plural(count, 'action waits', 'actions wait')} until it is lifted", items=items)


def of_lift(scope: str, reach: Reach, titles: Titles, people: People) -> tuple[Say, ...]:
    """What lifting a stop switch reaches."""
    about = spoken(scope, titles)
    others = tuple(each for each in reach.stops if each.scope != scope)
    if scope_of(scope).is_narrow:
        said = Say(Tone.MIND, f"{about[:1].upper()}{about[1:]} goes on", items=_cut(reach.actions, "action"))
    elif reach.certificates:
        said = Say(Tone.MIND, f"{about[:1].upper()}{about[1:]} goes on", items=_listed(reach.certificates, titles))
    else:
        said = Say(Tone.ASIDE, f"No certificate of {about} is in force, so nothing goes on by itself.")
    return (said, *_waiting(reach), *_stopped(others, titles, anyway=True), _told(reach, people))


def _what(of: Certificate, release: str) -> tuple[str, ...]:
    return (f"Stage: {of.stage}", f"Release: {release}", f"Stands as: {of.state}")


def _listed(certificates: Sequence[Certificate], titles: Titles) -> tuple[str, ...]:
    lines = [
        f"{titles.get(each.use_case, each.use_case)}, at {each.stage}, "
        f"certified until {each.expires_at.day} {each.expires_at:%B %Y}, {each.expires_at:%H:%M} UTC"
        for each in sorted(certificates, key=lambda each: (each.use_case, each.stage))
    ]
    return _cut(lines, "certificate")


def _cut(lines: Sequence[str], noun: str) -> tuple[str, ...]:
    more = len(lines) - MOST_NAMED
    many = "people" if noun == "person" else f"{noun}s"
    return (*lines[:MOST_NAMED], f"and {plural(more, f'more {noun}', f'more {many}')}") if more > 0 else tuple(lines)


def _changed(before: Envelope, after: Envelope | None) -> Iterator[str]:
    """Each term that would be another one, before and afterwards."""
    if after is None or after == before:
        yield "The policy takes nothing from this envelope."
        return
    for name, term in after.terms.items():
        was = before.terms.get(name)
        if was is None:
            yield f"{TERMS[name]}: not bounded so far, then {drafting.spoken(term.bound)}"
        elif was.bound != term.bound:
            yield f"{TERMS[name]}: {drafting.spoken(was.bound)}; then {drafting.spoken(term.bound)}"


def _stopped(stops: Sequence[Stop], titles: Titles, *, anyway: bool) -> Iterator[Say]:
    for each in stops:
        about = spoken(each.scope, titles)
        text = "Nothing goes on before that is lifted too." if anyway else "Nothing runs there already."
        yield Say(Tone.STOP if anyway else Tone.ASIDE, f"A stop switch of {about} is set", text)


def _told(reach: Reach, people: People) -> Say:
    if not reach.told:
        return Say(Tone.MIND, "Nobody is told: it has no owner who is here, and there is no administrator.")
    said = ", ".join(_cut(names(reach.told, people), "person"))
    return Say(Tone.ASIDE, f"{plural(len(reach.told), 'person is', 'people are')} told at once", said)
