"""What would become of a proposal, in words: which rules ask, who may answer, within which time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from roadworthy.decide.approvals.foreseeing import Foreseen
from roadworthy.decide.approvals.model import Quorum
from roadworthy.decide.approvals.requests import Request
from roadworthy.foundation.identity.model import Person
from roadworthy.interfaces.revealing import revealed
from roadworthy.interfaces.web.showing.rule_lines import rule_line, shown_line
from roadworthy.interfaces.web.showing.voting import sentences
from roadworthy.interfaces.web.views.parts import Field, Link, Say, Tone, plural, span
from roadworthy.interfaces.web.views.rules import Foretold


def foretold(foreseen: Foreseen, people: Mapping[str, Person], why: Field | None = None) -> Foretold:
    """What would become of it.

    Args:
        foreseen: what was worked out.
        people: those who are named.
        why: where somebody says why, where the form does not ask.
    """
    say = _say(foreseen)
    return Foretold(
        title=foreseen.title,
        say=say,
        shown=tuple(shown_line(line) for line in foreseen.shown),
        rules=tuple(rule_line(each, people, open_=True, waits="asks") for each in foreseen.rules),
        approved_by=tuple(Link(name, f"/rights#{name}") for name in foreseen.approved_by),
        why=None if foreseen.nobody else why,
        press="" if foreseen.nobody else "Ask for it",
    )


def _say(foreseen: Foreseen) -> Say:
    if foreseen.nobody:
        return Say(
            Tone.STOP,
            "Nobody may decide this, so it cannot be asked.",
            "Whoever may decide about the rights can change that.",
            items=sentences(foreseen.nobody),
            links=(Link("Who may decide what", "/rights"),),
        )
    if foreseen.at_once:
        return Say(Tone.GO, "A rule approves this beforehand: nobody is asked, and it counts as soon as you send it.")
    stuck = [each.rule.name for each in foreseen.rules if not each.reachable]
    if stuck:
        named = " and ".join(f"`{each}`" for each in stuck)
        return Say(
            Tone.STOP,
            "It would wait for nobody and expire.",
            f"Nobody is there who could meet {named}; your own yes does not count.",
        )
    rules = plural(len(foreseen.rules), "rule")
    when = span(dt.timedelta(seconds=foreseen.seconds_to_decide))
    asks = "asks" if len(foreseen.rules) == 1 else "ask"
    return Say(
        Tone.MIND,
        f"Nothing is sent yet. {rules} {asks}; whoever may answer has {when}.",
        "Your own yes does not count, by whichever account.",
        items=tuple(_empty_places(foreseen)),
    )


def _empty_places(foreseen: Foreseen) -> Iterator[str]:
    """Clauses that have to be met and that nobody could meet today."""
    for rule in foreseen.rules:
        for clause in rule.clauses if rule.quorum is Quorum.ALL else ():
            if len(clause.could) < clause.needed and not clause.escalated:
                yield f"Nobody is {clause.clause} today, as `{rule.rule.name}` asks: it waits until it is escalated."


def refs_of(foreseen: Foreseen) -> set[str]:
    """Everybody who is named."""
    return {ref for rule in foreseen.rules for clause in rule.clauses for ref in (*clause.given_by, *clause.could)}


def waits_already(requests: Sequence[Request]) -> tuple[Say, ...]:
    """What is asked already about the same use case, so that nobody asks twice."""
    if not requests:
        return ()
    links = tuple(Link(revealed(each.title), f"/decisions/{each.id}") for each in requests)
    return (Say(Tone.ASIDE, "Already asked about this use case.", links=links),)
