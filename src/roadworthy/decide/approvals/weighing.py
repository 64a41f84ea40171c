"""Where a request stands now: votes, people and what else its rules ask for, put before the pure rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from roadworthy.decide.approvals import delegation_rows
from roadworthy.decide.approvals.deadlines import sign_in_asked
from roadworthy.decide.approvals.ground import Ground
from roadworthy.decide.approvals.quorum import People, clauses_of, key_of, standing
from roadworthy.decide.approvals.requests import Mine, Request, RuleStanding, Vote, VoteKind
from roadworthy.decide.approvals.states import WAITING
from roadworthy.decide.approvals.who import Who
from roadworthy.foundation.identity.model import SKEW, Method, Proof
from roadworthy.foundation.identity.tables import people as people_table
from roadworthy.foundation.spans import seconds
from roadworthy.foundation.storage.memory import remembered
from roadworthy.foundation.storage.prepared import Prepared
from roadworthy.foundation.storage.statements import portions

_CAST = frozenset({VoteKind.APPROVE, VoteKind.DECLINE})
NEVER = {
    Method.BREAK_GLASS: "emergency access decides nothing",
    Method.LOCAL_USER: "access to the home folder does not prove who somebody is",
}
"""Ways in that decide nothing, and why."""
_HUMANS = Prepared(
    sa.select(people_table.c.ref, people_table.c.human).where(
        people_table.c.ref.in_(sa.bindparam("refs", expanding=True)), people_table.c.human.is_not(None)
    )
)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A request with its votes, and how far each of its rules is."""

    request: Request
    votes: tuple[Vote, ...]
    rules: tuple[RuleStanding, ...]
    people: People

    @property
    def met(self) -> bool:
        """Whether every rule has its votes and whatever else it asks for."""
        return bool(self.rules) and all(rule.met and not rule.unmet for rule in self.rules)

    @property
    def waits_for_more_than_votes(self) -> bool:
        """Whether the votes are there and something else is missing."""
        return bool(self.rules) and all(rule.met for rule in self.rules) and not self.met

    @property
    def lost(self) -> bool:
        """Whether somebody declined and the request cannot be approved any more."""
        return any(rule.declined_by and not rule.reachable for rule in self.rules)

    @property
    def given(self) -> tuple[str, ...]:
        """References of people whose approval counts for a rule, each once."""
        found = (ref for rule in self.rules for clause in rule.clauses for ref in clause.given_by)
        return tuple(dict.fromkeys(found))


class Weighing:
    """Asks everybody who knows, and adds up."""

    def __init__(self, ground: Ground, who: Who) -> None:
        self._ground = ground
        self._who = who

    def weigh(self, connection: sa.Connection, request: Request, votes: Sequence[Vote], now: dt.datetime) -> Weighed:
        """Where a request stands."""
        return self._weighed(connection, request, votes, self.people(connection, request, votes, now), now)

    def with_vote(self, connection: sa.Connection, weighed: Weighed, vote: Vote, now: dt.datetime) -> Weighed:
        """Where it stands with one vote more, of somebody who was among the people before."""
        return self._weighed(connection, weighed.request, (*weighed.votes, vote), weighed.people, now)

    def _weighed(
        self, connection: sa.Connection, request: Request, votes: Sequence[Vote], people: People, now: dt.datetime
    ) -> Weighed:
        rules = tuple(
            replace(each, unmet=self._unmet(connection, request, each, now))
            for each in standing(request.terms, votes, people, level=request.level)
        )
        return Weighed(request, tuple(votes), rules, people)

    def _unmet(
        self, connection: sa.Connection, request: Request, each: RuleStanding, now: dt.datetime
    ) -> tuple[str, ...]:
        """What a rule misses beside votes."""
        rule, ground = each.rule, self._ground
        missing = [
            ground.evidence.missing(
                connection, each.use_case, fresh.fact, None if fresh.within is None else seconds(fresh.within), now
            )
            for fresh in rule.evidence
        ]
        if rule.external is not None:
            system, window = rule.external.system, bool(rule.external.window)
            missing.append(ground.changes.missing(connection, system, request.change_number, now, window=window))
        return tuple(sentence for sentence in missing if sentence is not None)

    # ------------------------------------------------------------ people

    def people(self, connection: sa.Connection, request: Request, votes: Sequence[Vote], now: dt.datetime) -> People:
        """Who is meant by the rules of a request, and who is whom among those and the voters."""
        behind, owners = self._behind(connection, request)
        says = self.says(connection, request, votes, now)
        excluded = self._who.barred(connection, request)
        refs = {
            *excluded,
            *owners,
            *(vote.person_ref for vote in votes),
            *says,
            *(ref for each in says.values() for ref in each),
        }
        refs |= {vote.delegate_of for vote in votes if vote.delegate_of is not None}
        left = refs - self._ground.people.here(connection, refs)
        human = humans(connection, frozenset(refs.union(*behind.values())))
        return People(behind, human, excluded, left, says)

    def _behind(self, connection: sa.Connection, request: Request) -> tuple[dict[str, frozenset[str]], set[str]]:
        """People by clause, and those among them who are meant as owners.

        An owner is meant also once their record has left: whoever is barred as an owner stays barred by any other
        record of theirs.
        """
        behind: dict[str, frozenset[str]] = {}
        owners: set[str] = set()
        for term in request.terms:
            for clause in clauses_of(term):
                key = key_of(clause, term.use_case)
                if key in behind:
                    continue
                if clause.owner is None:
                    behind[key] = self._who.behind(connection, clause, term.use_case)
                    continue
                holder = self._who.owner(connection, term.use_case, str(clause.owner))
                behind[key] = frozenset(() if holder is None else (holder,))
                owners |= behind[key]
        return behind, owners.union(*(term.apart for term in request.terms))

    def says(
        self, connection: sa.Connection, request: Request, votes: Iterable[Vote], now: dt.datetime
    ) -> Mapping[str, frozenset[str]]:
        """Who carries whose say in this request now: given for a time, or for this request alone."""
        delegating = [rule.delegation for rule in request.rules if rule.delegation is not None]
        if not delegating:
            return {}
        longest = dt.timedelta(seconds=min(seconds(each.longest) or 0 for each in delegating))
        found: dict[str, set[str]] = {}
        for said in delegation_rows.in_force(connection, now):
            if now < said.starts_at + longest and _covers(said, request):
                found.setdefault(said.to_ref, set()).add(said.by_ref)
        for vote in votes:
            if (
                vote.kind is VoteKind.DELEGATE
                and vote.to_ref is not None
                and vote.until is not None
                and now < vote.until
            ):
                found.setdefault(vote.to_ref, set()).add(vote.person_ref)
        return {to: frozenset(by) for to, by in found.items()}

    # ------------------------------------------------------------ one person

    def mine(
        self, connection: sa.Connection, weighed: Weighed, person_ref: str, proof: Proof | None, now: dt.datetime
    ) -> Mine:
        """What one person may do with a request, and why not."""
        request = weighed.request
        within, acr = sign_in_asked(request.rules)
        why = self.bars(connection, weighed, person_ref)
        by_right = not why
        return Mine(
            may_vote=by_right,
            why=why or self._by_which(weighed, person_ref),
            in_place_of=() if why else in_place_of(weighed, person_ref),
            fresh=proof is not None and stale_because(proof, now, within, acr) is None,
            max_age_seconds=int(within.total_seconds()),
            acr=acr,
        )

    def bars(self, connection: sa.Connection, weighed: Weighed, person_ref: str) -> tuple[str, ...]:
        """Why a person may not vote on a request; empty where they may."""
        request, people = weighed.request, weighed.people
        mine = people.human_of(person_ref)
        if request.state not in WAITING:
            return ("the request is not open any more",)
        if not self._ground.people.here(connection, [person_ref]):
            return ("you are not here any more, says the directory",)
        if mine in {people.human_of(ref) for ref in people.excluded}:
            return ("you proposed it, or it was proposed for you or by a program that you answer for",)
        if any(vote.kind in _CAST and people.human_of(vote.person_ref) == mine for vote in weighed.votes):
            return ("you voted already",)
        if mine not in {people.human_of(ref) for rule in weighed.rules for each in rule.clauses for ref in each.could}:
            asked = "; ".join(
                f"`{rule.rule.name}` asks {' and '.join(str(each.clause) for each in rule.clauses)}"
                for rule in weighed.rules
            )
            over = self._say_over(connection, weighed, person_ref)
            return (f"none of its rules asks you: {asked}{over}",)
        return ()

    @staticmethod
    def _say_over(connection: sa.Connection, weighed: Weighed, person_ref: str) -> str:
        """That a say which they were given does not hold any more, or not here; nothing where they were given none."""
        given = [each for each in delegation_rows.of_person(connection, person_ref) if each.to_ref == person_ref]
        inside = [vote for vote in weighed.votes if vote.to_ref == person_ref]
        return "; the say that was given to you has ended, or does not count here" if given or inside else ""

    @staticmethod
    def _by_which(weighed: Weighed, person_ref: str) -> tuple[str, ...]:
        people = weighed.people
        mine = people.human_of(person_ref)
        return tuple(
            f"rule `{rule.rule.name}` asks {each.clause}"
            for rule in weighed.rules
            for each in rule.clauses
            if mine in {people.human_of(ref) for ref in each.could}
        )


def in_place_of(weighed: Weighed, person_ref: str) -> tuple[str, ...]:
    """Whose say a person carries who is not asked by their own right; empty where they are."""
    people = weighed.people
    mine = people.human_of(person_ref)
    asked = {key_of(each.clause, rule.use_case) for rule in weighed.rules for each in rule.clauses}
    direct = {people.human_of(ref) for key in asked for ref in people.behind.get(key, ())}
    if mine in direct:
        return ()
    return tuple(
        sorted(
            ref
            for to, givers in people.says.items()
            if people.human_of(to) == mine
            for ref in givers
            if people.human_of(ref) in direct
        )
    )


@remembered(people_table)
def humans(connection: sa.Connection, refs: frozenset[str]) -> Mapping[str, str]:
    """Reference to a key that all records of one human share, where there are several."""
    found: dict[str, str] = {}
    for some in portions(sorted(refs)):
        found.update((row.ref, row.human) for row in _HUMANS.all(connection, {"refs": some}))
    return found


def stale_because(proof: Proof, now: dt.datetime, within: dt.timedelta, acr: Sequence[str]) -> str | None:
    """Why a sign-in is not enough to vote; None where it is."""
    if proof.method in NEVER:
        return NEVER[Method(proof.method)]
    if proof.auth_time is None:
        return "nothing says when you last proved who you are"
    if proof.auth_time - now > SKEW:
        return "your sign-in is dated in the future"
    if now - proof.auth_time > within:
        return f"your sign-in is older than {int(within.total_seconds())} seconds"
    if acr and proof.acr not in acr:
        asked = " or ".join(f"`{each}`" for each in acr if each)
        return f"your sign-in carries none of the contexts that are asked: {asked or 'the rules exclude each other'}"
    return None


def _covers(said: delegation_rows.Said, request: Request) -> bool:
    """Whether a say is for everything that a request is about; one that is for a part of it does not count."""
    classes = said.decides is None or set(request.classes) <= {said.decides}
    cases = {act.use_case for act in request.acts}
    return classes and (said.use_case is None or cases <= {said.use_case})
