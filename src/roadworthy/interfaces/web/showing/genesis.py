"""How the first decision rights come into force, and how far that is."""

from __future__ import annotations

from collections.abc import Mapping

from roadworthy.decide.approvals.requests import Standing
from roadworthy.decide.approvals.states import WAITING
from roadworthy.foundation.identity.model import Person
from roadworthy.interfaces.web.showing.decision_words import STATES, names
from roadworthy.interfaces.web.views.decisions import GenesisView
from roadworthy.interfaces.web.views.parts import Badge, Link, Tone

COMMAND = (
    "roadworthy rights example > rights.yaml\n"
    "roadworthy rights genesis -f rights.yaml --signer ana@example.org --signer lee@example.org --reason WHY"
)
_OPEN, _DONE, _LATER = Badge(Tone.MIND, "now"), Badge(Tone.GO, "done"), Badge(Tone.ASIDE, "later")
_LEDE = (
    "Until two named people have signed the first decision rights, nothing is asked and nothing is refused. From then "
    "on the rights change only by decisions under themselves, and what no rule covers, nobody may decide."
)


def genesis_view(standing: Standing | None, people: Mapping[str, Person], *, governed: bool) -> GenesisView:
    """The page.

    Args:
        standing: the request for the first rights that was made last, where there is one.
        people: those who are named by it.
        governed: whether rights are in force.
    """
    waits = standing is not None and standing.request.state in WAITING
    if governed:
        finding = "Decision rights are in force"
    else:
        finding = "Two signatures are missing" if not waits else _missing(standing)
    return GenesisView(
        finding=finding,
        lede=_LEDE,
        request=Link("Read it, and sign", f"/decisions/{standing.request.id}") if waits and standing else None,
        steps=(
            ("Write the rights, and who holds which role", _step(done=standing is not None, now=not governed), ""),
            (
                "Have somebody with access to the home folder propose them",
                _step(done=standing is not None, now=True),
                "",
            ),
            *_signatures(standing, people),
            ("They are in force, and stand in the ledger with both names", _DONE if governed else _LATER, ""),
        ),
        command="" if governed or waits else COMMAND,
    )


def _step(*, done: bool, now: bool) -> Badge:
    if done:
        return _DONE
    return _OPEN if now else _LATER


def _missing(standing: Standing | None) -> str:
    clauses = [clause for rule in (standing.rules if standing else ()) for clause in rule.clauses]
    left = sum(not clause.given_by for clause in clauses)
    return "One signature is missing" if left == 1 else f"{left} signatures are missing"


def _signatures(standing: Standing | None, people: Mapping[str, Person]) -> tuple[tuple[str, Badge, str], ...]:
    if standing is None:
        return (("Two people sign in, read them and sign", _LATER, ""),)
    over = standing.request.state not in WAITING
    found = []
    for rule in standing.rules:
        for clause in rule.clauses:
            signed = ", ".join(names(clause.given_by, people))
            state = _DONE if signed else STATES[standing.request.state] if over else _OPEN
            found.append((f"{clause.clause} signs", state, "" if signed == str(clause.clause) else signed))
    return tuple(found)
