"""Rules that ask, and lines of what exactly changes, in words."""

from __future__ import annotations

from collections.abc import Mapping

from roadworthy.decide.approvals.requests import ClauseStanding, RuleStanding
from roadworthy.foundation.identity.model import Person
from roadworthy.interfaces.web.showing.decision_words import clause_said, names, quorum_of, terms_of
from roadworthy.interfaces.web.showing.exactly import said
from roadworthy.interfaces.web.views.parts import Badge, Tone, plural
from roadworthy.interfaces.web.views.rules import ClauseLine, RuleLine, ShownLine

FIRST_NAMES = 8
"""People of a clause whose names stand open; the others are folded."""


def shown_line(line: str) -> ShownLine:
    """A line of what exactly changes."""
    text = line.lstrip(" ")
    return ShownLine(said(text), len(text) < len(line))


def rule_line(each: RuleStanding, people: Mapping[str, Person], *, open_: bool, waits: str = "waits") -> RuleLine:
    """One rule that asks, and how far it is.

    Args:
        each: the rule.
        people: those who are named.
        open_: whether people can still vote.
        waits: the word for a rule that is not met and can be.
    """
    if each.met:
        state = Badge(Tone.GO, "met")
    elif not open_:
        state = Badge(Tone.ASIDE, "not met")
    elif not each.reachable:
        state = Badge(Tone.STOP, "cannot be met")
    else:
        state = Badge(Tone.MIND, waits)
    return RuleLine(
        name=each.rule.name,
        href=f"/rights#{each.rule.name}",
        about=each.rule.about or "",
        use_case=each.use_case or "",
        state=state,
        quorum=_quorum(each),
        terms=terms_of(each.rule),
        unmet=each.unmet,
        clauses=tuple(_clause(clause, people, open_=open_) for clause in each.clauses),
    )


def _quorum(each: RuleStanding) -> str:
    own = [clause for clause in each.clauses if not clause.escalated]
    added = len(each.clauses) - len(own)
    said = quorum_of(each.quorum, len(own))
    if not added:
        return said
    return f"{said} Or, in their place since it was escalated, {plural(added, 'clause')} more.".strip()


def _clause(clause: ClauseStanding, people: Mapping[str, Person], *, open_: bool) -> ClauseLine:
    given = len(clause.given_by)
    if given >= clause.needed:
        state = Badge(Tone.GO, f"{given} of {clause.needed}")
    elif not open_:
        state = Badge(Tone.ASIDE, f"{given} of {clause.needed}")
    elif given + len(clause.could) < clause.needed:
        state = Badge(Tone.STOP, f"{given} of {clause.needed}, and nobody left")
    else:
        state = Badge(Tone.MIND, f"{given} of {clause.needed}")
    who = clause_said(clause.clause)
    could = names(clause.could, people) if open_ else ()
    return ClauseLine(
        who=f"{who}{', since it was escalated' if clause.escalated else ''}",
        state=state,
        given=names(clause.given_by, people),
        could=could[:FIRST_NAMES],
        more=could[FIRST_NAMES:],
    )
