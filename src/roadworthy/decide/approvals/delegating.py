"""Giving one's say to somebody else: in one request, or for a time; never to the proposer's people, never onward."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from roadworthy.decide.approvals import delegation_rows
from roadworthy.decide.approvals import store as rows
from roadworthy.decide.approvals.delegation_rows import Said
from roadworthy.decide.approvals.ending import named
from roadworthy.decide.approvals.ground import Ground
from roadworthy.decide.approvals.in_force import RightsInForce
from roadworthy.decide.approvals.model import Approvers, DecisionClass
from roadworthy.decide.approvals.requests import Standing, VoteKind
from roadworthy.decide.approvals.voting import Saying, Voting, not_fresh, refuse_no_person, refuse_reason
from roadworthy.decide.approvals.weighing import Weighed, in_place_of, stale_because
from roadworthy.decide.approvals.who import Who, of_person
from roadworthy.foundation.errors import InvalidInput, NotFound, Place, Refused
from roadworthy.foundation.identity.model import Proof, unknown_person
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.spans import seconds, written

FRESH = dt.timedelta(minutes=5)
"""How recent a sign-in has to be to give one's say away for a time."""


@dataclass(frozen=True, slots=True)
class Giving:
    """A say that somebody wants to give."""

    to_handle: str
    until: dt.datetime
    reason: str
    decides: DecisionClass | None = None
    use_case: str | None = None


class Delegating:
    """Keeps who carries whose say."""

    def __init__(self, ground: Ground, who: Who, rights: RightsInForce, voting: Voting) -> None:
        self._ground = ground
        self._who = who
        self._rights = rights
        self._voting = voting

    # ------------------------------------------------------------ in one request

    def delegate(self, context: Context, saying: Saying, to_handle: str) -> Standing:
        """Give one's say in one request to somebody else.

        Raises:
            Refused: a rule allows none, or not so long, or not to them; or as for any vote.
            NotFound: nobody is called so.
        """
        with self._ground.store.read() as connection:
            to_ref = self._ground.people.by_handle(connection, to_handle)
        if to_ref is None or saying.until is None:
            raise unknown_person(to_handle, Place(field="to"))
        until = saying.until

        def check(tx: Transaction, weighed: Weighed) -> None:
            self._refuse(tx, weighed, to_ref, until)
            request, new = weighed.request, {of_person(to_ref)} - rows.selectors_of(tx.connection, weighed.request.id)
            rows.put_in(tx.connection, request.id, new, request.deadline_at)

        return self._voting.say(context, replace(saying, kind=VoteKind.DELEGATE, to_ref=to_ref), check)

    def _refuse(self, tx: Transaction, weighed: Weighed, to_ref: str, until: dt.datetime) -> None:
        request, people = weighed.request, weighed.people
        place = Place(source=named(request))
        mine, theirs = people.human_of(tx.context.actor.ref), people.human_of(to_ref)
        barred = self._who.barred(tx.connection, request)
        if to_ref in barred or not self._ground.people.here(tx.connection, [to_ref]):
            raise Refused(
                "delegation-to-proposer",
                "a say cannot be given to whoever proposed it, or to somebody who is not here",
                place=place,
                remedy="give it to somebody else, or vote yourself",
            )
        if mine == theirs or to_ref in self._ground.people.same_human(tx.connection, [tx.context.actor.ref]):
            raise Refused(
                "delegation-to-oneself", "that is you, by another record", place=place, remedy="vote yourself"
            )
        if in_place_of(weighed, tx.context.actor.ref):
            raise Refused(
                "delegation-onward",
                "a say that was given to you cannot be given on",
                place=place,
                remedy="vote in their place, or ask them to give it to somebody else",
            )
        delegating = [term.rule.delegation for term in request.terms if term.rule.delegation is not None]
        if not delegating:
            raise Refused(
                "delegation-not-allowed",
                "none of the rules that ask allows to give one's say away",
                place=place,
                remedy="vote yourself",
            )
        refuse_span(tx.now, until, min(seconds(each.longest) or 0 for each in delegating))
        groups = [each.to_group for each in delegating if each.to_group is not None]
        if len(groups) == len(delegating) and not any(
            to_ref in self._who.behind(tx.connection, Approvers(group=group), None) for group in groups
        ):
            raise Refused(
                "delegation-to-others",
                f"a say in this can only be given to members of {' or '.join(f'`{group}`' for group in groups)}",
                place=place,
                remedy="choose somebody of theirs",
            )

    # ------------------------------------------------------------ for a time

    def give(self, context: Context, proof: Proof, giving: Giving) -> Said:
        """Give one's say to somebody for a time; each rule decides whether it counts.

        Raises:
            Unauthenticated: the sign-in is not recent enough.
            Refused: no person asks; to oneself; or for longer than any rule in force allows.
            NotFound: nobody is called so.
            InvalidInput: no reason, or a time that is over.
        """
        refuse_reason(giving.reason)
        refuse_no_person(context)

        def work(tx: Transaction) -> Said:
            why = stale_because(proof, tx.now, FRESH, ())
            if why is not None:
                raise not_fresh(why, FRESH, ())
            to_ref = self._ground.people.by_handle(tx.connection, giving.to_handle)
            if to_ref is None or not self._ground.people.here(tx.connection, [to_ref]):
                raise unknown_person(giving.to_handle, Place(field="to"))
            if to_ref in self._ground.people.same_human(tx.connection, [tx.context.actor.ref]):
                raise Refused("delegation-to-oneself", "that is you, by another record", remedy="name somebody else")
            refuse_span(tx.now, giving.until, self._longest(tx))
            said = Said(
                tx.new_id(),
                tx.context.actor.ref,
                to_ref,
                giving.decides,
                giving.use_case,
                tx.now,
                giving.until,
                None,
                giving.reason.strip(),
                "",
            )
            kept = replace(said, entry_id=tx.record(Draft("say.given", **_about(said))))
            delegation_rows.add(tx.connection, kept)
            return kept

        return self._ground.units.run(context, work)

    def take_back(self, context: Context, said_id: str, reason: str) -> Said:
        """Take a say back before its time; votes that were cast with it stand.

        Raises:
            NotFound: the person gave none of this id that is in force.
        """
        refuse_reason(reason)

        def work(tx: Transaction) -> Said:
            said = delegation_rows.get(tx.connection, said_id)
            mine = self._ground.people.same_human(tx.connection, [tx.context.actor.ref])
            if said is None or said.by_ref not in mine or not said.holds(tx.now):
                raise NotFound(
                    "delegation-unknown",
                    f"you gave no say `{said_id[:80]}` that is in force",
                    remedy="look at those that you gave",
                )
            delegation_rows.end(tx.connection, said.id, tx.now)
            tx.record(Draft("say.taken-back", **_about(replace(said, reason=reason))))
            return replace(said, ended_at=tx.now)

        return self._ground.units.run(context, work)

    def of(self, person_ref: str) -> list[Said]:
        """Every say that a person gave or was given, the newest first."""
        with self._ground.store.read() as connection:
            return delegation_rows.of_person(connection, person_ref)

    def _longest(self, tx: Transaction) -> float:
        """The longest time that any rule in force allows."""
        in_force = self._rights.find(tx.connection)
        rules = () if in_force is None else in_force.spec.rules
        found = [seconds(rule.delegation.longest) or 0.0 for rule in rules if rule.delegation is not None]
        if not found:
            raise Refused(
                "delegation-not-allowed",
                "no rule in force allows to give one's say away",
                remedy="vote yourself; a change of the decision rights could allow it",
            )
        return max(found)


def refuse_span(now: dt.datetime, until: dt.datetime, longest: float) -> None:
    """Raises where a say is to be given for a time that is over, or for longer than allowed."""
    if until <= now:
        raise InvalidInput(
            "delegation-over", "that time is over already", place=Place(field="until"), remedy="name a later one"
        )
    if (until - now).total_seconds() > longest:
        raise Refused(
            "delegation-too-long",
            f"a say can be given for {written(longest)} at most",
            place=Place(field="until"),
            remedy="name an earlier time, and give it again if need be",
        )


def _about(said: Said) -> dict[str, Any]:
    facts = {
        "delegation": said.id,
        "by": said.by_ref,
        "to": said.to_ref,
        "until": said.ends_at.isoformat(),
        "decides": None if said.decides is None else said.decides.value,
        "useCase": said.use_case,
    }
    return {
        "resource": f"Say/{said.id}",
        "facts": {name: value for name, value in facts.items() if value is not None},
        "texts": {"reason": said.reason.encode()},
    }
