"""How far a rule is: whose approval counts, for which clause, and whether those who are left can still meet it.

What counts is a human, not an account. A human fills one place of one clause of a rule, either by their own right or in
the place of somebody who gave them their say; a say fills one place too, whoever carries it. Whether the votes can be
dealt out so that every clause has enough is a flow of voices through says into clauses, so the order in which people
voted never matters, and nobody has to say for which clause they vote.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from roadworthy.decide.approvals.flow import most
from roadworthy.decide.approvals.model import Approvers, Declines, Quorum
from roadworthy.decide.approvals.requests import ClauseStanding, RuleStanding, Term, Vote, VoteKind
from roadworthy.decide.approvals.rules import escalations
from roadworthy.foundation.spans import seconds

NOBODY: frozenset[str] = frozenset()


def key_of(clause: Approvers, use_case: str | None) -> str:
    """What a clause means, the number it asks for left out: the key of `People.behind`."""
    if clause.owner is not None:
        return _owner(use_case, clause.owner)
    if clause.group is not None:
        return f"group:{clause.group}"
    if clause.role is not None:
        return f"role:{clause.role}"
    return f"person:{clause.person}"


def _owner(use_case: str | None, duty: str) -> str:
    return f"owner:{use_case or ''}:{duty}"


@dataclass(frozen=True, slots=True)
class People:
    """What the directory answers about a request at one moment."""

    behind: Mapping[str, Collection[str]]
    """`key_of` each clause to references of the people whom it means. One that is missing means nobody."""
    human: Mapping[str, str] = field(default_factory=dict)
    """Reference to a key of the human behind it; one that is missing is a human of its own."""
    excluded: Collection[str] = NOBODY
    """References of the proposer and everybody whose yes cannot count beside them."""
    left: Collection[str] = NOBODY
    """References of those who are not here any more."""
    says: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Reference of somebody to those who gave them their say, in force now."""

    def human_of(self, ref: str) -> str:
        """The human behind a reference."""
        return self.human.get(ref, ref)


def clauses_of(term: Term) -> tuple[Approvers, ...]:
    """Every clause that a term can come to: its own, those of its escalations, separate owners, the delegates' group.

    `People.behind` needs an entry for each.
    """
    rule = term.rule
    found = [*rule.approvers, *(clause for each in rule.escalations for clause in each.approvers)]
    found += [Approvers(owner=duty) for duty in rule.separate]
    if rule.delegation is not None and rule.delegation.to_group is not None:
        found.append(Approvers(group=rule.delegation.to_group))
    return tuple(dict.fromkeys(found))


def standing(
    terms: Sequence[Term], votes: Iterable[Vote], people: People, *, level: int = 0
) -> tuple[RuleStanding, ...]:
    """How far each rule that asks is.

    Args:
        terms: the rules that ask, all of them to be met.
        votes: what people said to this request under its digest; only approvals and declines are looked at.
        people: who is meant, who is whom, who is here.
        level: escalations that the request has been through.
    """
    votes = tuple(votes)
    reached = escalations(term.rule for term in terms)[:level]
    return tuple(_Rule(term, people, votes, reached).standing() for term in terms)


def could(term: Term, people: People) -> tuple[tuple[str, ...], ...]:
    """References of those whose approval would count before anybody has voted, for each clause of a rule."""
    if term.rule.delegation is not None and people.says:
        return tuple(each.could for each in _Rule(term, people, (), ()).waiting())
    barred = {people.human_of(ref) for ref in people.excluded}
    for duty in term.rule.separate:
        barred |= {people.human_of(ref) for ref in people.behind.get(_owner(term.use_case, duty), NOBODY)}
    barred |= {people.human_of(ref) for ref in term.apart}
    human, left = people.human, people.left
    found = []
    for clause in term.rule.approvers:
        refs = sorted(people.behind.get(key_of(clause, term.use_case), NOBODY))
        here = {human.get(ref, ref): ref for ref in reversed(refs) if ref not in left}
        found.append(tuple(sorted(ref for who, ref in here.items() if who not in barred)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Way:
    """One set of clauses by which a rule can be met: its own, or those of an escalation."""

    clauses: tuple[Approvers, ...]
    keys: tuple[str, ...]
    """Of the clauses."""
    after: float | None
    """Seconds of the escalation; None for the rule's own."""


@dataclass(frozen=True, slots=True)
class _Place:
    """What has to be filled: so many humans of these clauses."""

    keys: tuple[str, ...]
    needed: int


@dataclass(frozen=True, slots=True)
class Voices:
    """Who can say what under one rule: every human by the clauses in which they count, and whose say they carry."""

    members: Mapping[str, frozenset[str]]
    """Key of a clause to the humans who count in it by their own right."""
    carried: Mapping[str, frozenset[str]]
    """Human to other humans whose say they carry."""
    refs: Mapping[str, str]
    """Human to the reference by which they are shown."""

    def of(self, humans: Iterable[str], keys: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Human to the says that they can raise in some of these clauses; whoever has none is left out."""
        counting = self.members[keys[0]] if len(keys) == 1 else NOBODY.union(*(self.members[key] for key in keys))
        if not self.carried:
            return {human: (human,) for human in humans if human in counting}
        found: dict[str, tuple[str, ...]] = {}
        for human in humans:
            says = tuple(sorted(({human} | self.carried.get(human, NOBODY)) & counting))
            if says:
                found[human] = says
        return found


def _ways(term: Term) -> tuple[_Way, ...]:
    sets: list[tuple[tuple[Approvers, ...], float | None]] = [(term.rule.approvers, None)]
    sets += [(each.approvers, seconds(each.after)) for each in term.rule.escalations if each.approvers]
    return tuple(
        _Way(clauses, tuple(key_of(clause, term.use_case) for clause in clauses), after) for clauses, after in sets
    )


class _Rule:
    """One term with its people: whose voice is which, worked out once."""

    def __init__(self, term: Term, people: People, votes: Sequence[Vote], reached: Collection[float]) -> None:
        self._term, self._rule, self._people = term, term.rule, people
        self._quorum: Quorum | int = self._rule.quorum or Quorum.ALL
        self._ways = _ways(term)
        self._reached = [way for way in self._ways if way.after is None or way.after in reached]
        self._barred = self._humans({*people.excluded, *term.apart}) | {
            human for duty in self._rule.separate for human in self._humans(self._behind(Approvers(owner=duty)))
        }
        cast = sorted((vote for vote in votes if vote.person_ref not in people.left), key=lambda vote: vote.person_ref)
        self._yes = {people.human_of(vote.person_ref): vote for vote in cast if vote.kind is VoteKind.APPROVE}
        self._no = {people.human_of(vote.person_ref): vote for vote in cast if vote.kind is VoteKind.DECLINE}
        self._voices = self._gather(cast)

    def standing(self) -> RuleStanding:
        """How far it is."""
        declines = self._rule.declines or Declines.ONE_ENDS
        everywhere = [key for way in self._reached for key in way.keys]
        against = sorted(self._no[human].person_ref for human in self._voices.of(self._no, everywhere))
        ended = bool(against) and declines is Declines.ONE_ENDS
        yes, silent = set(self._yes) - set(self._no), self._silent()
        # Who waits for an escalation hopes; but once somebody has declined, those asked so far are the ones to ask.
        still = self._reached if against else self._ways
        return RuleStanding(
            rule=self._rule,
            quorum=self._quorum,
            declines=declines,
            clauses=tuple(each for way in self._reached for each in self._clauses(way, yes, silent)),
            met=not ended and any(self._fills(way, yes) for way in self._reached),
            reachable=not ended and any(self._fills(way, yes | self._few(way, silent)) for way in still),
            use_case=self._term.use_case,
            declined_by=tuple(against),
        )

    def waiting(self) -> tuple[ClauseStanding, ...]:
        """Its clauses before anybody has voted."""
        silent = self._silent()
        return tuple(each for way in self._reached for each in self._clauses(way, (), silent))

    # ------------------------------------------------------------ people

    def _behind(self, clause: Approvers) -> Collection[str]:
        return self._people.behind.get(key_of(clause, self._term.use_case), NOBODY)

    def _humans(self, refs: Iterable[str]) -> set[str]:
        return {self._people.human_of(ref) for ref in refs}

    def _gather(self, cast: Iterable[Vote]) -> Voices:
        people = self._people
        refs: dict[str, str] = {}
        members: dict[str, frozenset[str]] = {}
        for key in {key: None for way in self._ways for key in way.keys}:
            here = [ref for ref in sorted(people.behind.get(key, NOBODY)) if ref not in people.left]
            for ref in here:
                refs.setdefault(people.human.get(ref, ref), ref)
            members[key] = frozenset(self._humans(here) - self._barred)
        carried = self._carried(cast, refs) if self._rule.delegation is not None else {}
        refs.update({human: vote.person_ref for voted in (self._no, self._yes) for human, vote in voted.items()})
        return Voices(members, carried, refs)

    def _carried(self, cast: Iterable[Vote], refs: dict[str, str]) -> dict[str, frozenset[str]]:
        """Whose say somebody else carries. Who voted themselves has raised it, and nobody else can."""
        delegating, people = self._rule.delegation, self._people
        to = delegating.to_group if delegating is not None else None
        allowed = None if to is None else self._humans(self._behind(Approvers(group=to)))
        given = [(by, ref) for by, giving in people.says.items() for ref in giving]
        given += [(vote.person_ref, vote.delegate_of) for vote in cast if vote.delegate_of is not None]
        found: dict[str, set[str]] = {}
        for by, ref in given:
            human, giver = people.human_of(by), people.human_of(ref)
            is_open = giver not in self._yes and giver not in self._no and human not in self._barred
            if is_open and human != giver and by not in people.left and (allowed is None or human in allowed):
                refs.setdefault(human, by)
                found.setdefault(human, set()).add(giver)
        return {human: frozenset(givers) for human, givers in found.items()}

    def _silent(self) -> set[str]:
        """Everybody who counts in any way, or carries a say, and has not voted."""
        everybody = set().union(*self._voices.members.values(), self._voices.carried)
        return everybody - set(self._yes) - set(self._no)

    # ------------------------------------------------------------ adding up

    def _places(self, way: _Way) -> list[_Place]:
        """What has to be filled. For `any`, filling one is enough."""
        if isinstance(self._quorum, Quorum):
            return [_Place((key,), clause.count or 1) for clause, key in zip(way.clauses, way.keys, strict=True)]
        return [_Place(way.keys, self._quorum)]

    def _dealt(self, places: Sequence[_Place], humans: Iterable[str]) -> dict[str, int]:
        voices = self._voices.of(humans, [key for place in places for key in place.keys])
        if not voices:
            return {}
        members = self._voices.members
        says = {
            say: [at for at, place in enumerate(places) if any(say in members[key] for key in place.keys)]
            for say in {say for raised in voices.values() for say in raised}
        }
        return most(voices, says, [place.needed for place in places])

    def _fills(self, way: _Way, humans: Collection[str]) -> bool:
        places = self._places(way)
        if not places:
            return False
        if self._quorum is Quorum.ANY:
            return any(len(self._dealt([place], humans)) >= place.needed for place in places)
        return len(self._dealt(places, humans)) >= sum(place.needed for place in places)

    def _few(self, way: _Way, silent: Iterable[str]) -> set[str]:
        """As many of those who are alike as could ever be needed, so that large groups cost nothing."""
        wanted = sum(place.needed for place in self._places(way))
        members, carried = self._voices.members, self._voices.carried
        given = NOBODY.union(*carried.values())
        alike: dict[frozenset[str], int] = {}
        found: set[str] = set()
        for human in sorted(silent):
            kind = frozenset(key for key in way.keys if human in members[key])
            if human in given or human in carried or alike.get(kind, 0) < wanted:
                alike[kind] = alike.get(kind, 0) + 1
                found.add(human)
        return found

    def _clauses(self, way: _Way, yes: Collection[str], silent: Collection[str]) -> Iterator[ClauseStanding]:
        many = None if isinstance(self._quorum, Quorum) else self._quorum
        places = [
            # So many of all clauses: each human is shown at one of theirs.
            _Place((key,), (clause.count or 1) if many is None else len(yes))
            for clause, key in zip(way.clauses, way.keys, strict=True)
        ]
        dealt = self._dealt(places, yes)
        for at, (clause, key) in enumerate(zip(way.clauses, way.keys, strict=True)):
            if self._quorum is Quorum.ANY:
                given = set(self._dealt([places[at]], yes))
            else:
                given = {human for human, place in dealt.items() if place == at}
            yield ClauseStanding(
                clause=clause,
                needed=(clause.count or 1) if many is None else many,
                given_by=tuple(sorted(self._voices.refs[human] for human in given)),
                could=tuple(sorted(self._voices.refs[human] for human in self._voices.of(silent, [key]))),
                escalated=way.after is not None,
            )
