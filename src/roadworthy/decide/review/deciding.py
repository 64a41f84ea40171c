"""Ends a review with a verdict: everything that it brings, in one unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from roadworthy.decide.review import store as rows
from roadworthy.decide.review.ground import Ground, about, held, named
from roadworthy.decide.review.model import CERTIFIES, SUBJECT, AskedCondition, Review, Verdict
from roadworthy.decide.review.ports import Issue
from roadworthy.decide.review.states import ReviewEvent, ReviewState
from roadworthy.decide.review.telling import Telling
from roadworthy.foundation.digests import canonical_bytes, digest_of
from roadworthy.foundation.errors import Place, Refused
from roadworthy.foundation.ledger.authority import Act, Authority, Grounds
from roadworthy.foundation.ledger.draft import ActorKind, Basis, Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.plan import Plan
from roadworthy.inventory.model import Stage

SOURCE = "review"
"""What the history of a use case names as having brought its stage."""
MOST_NAMED = 500
"""Digests of evidence in an entry, which may hold 60 KB."""
_TEXTS = ("reason", "changes", "learned")


class Deciding:
    """Carries verdicts out, on whatever grounds the authority gives."""

    def __init__(self, ground: Ground, telling: Telling) -> None:
        self._ground = ground
        self._telling = telling
        self._authority: Authority = ground.approvals

    def decide(self, tx: Transaction, content: Mapping[str, Any], act: Act) -> Review:
        """End the review that a content names as it says.

        Raises:
            Refused: decision rights ask for a decision that nobody has made; or there are none, and something blocks.
            Conflict: the review is over, or the use case is not as it was.
            NotFound: there is no such review.
        """
        review = held(tx, content["review"])
        grounds = self._authority.require(tx, [act])
        if grounds == Grounds():
            _refuse_blocked(content)
        self._ground.runs.move(tx, review.id, ReviewEvent.DECIDE.value)
        request = next((grant.request for grant in tx.granted.values()), None)
        decided = replace(
            review,
            state=ReviewState.DECIDED,
            request=request,
            verdict=Verdict(content["verdict"]),
            decided_at=tx.now,
            deciders=_deciders(tx, grounds),
            content=content,
        )
        tx.record(_entry(decided, content, grounds))
        decided = self._follow(tx, decided, content)
        rows.replace(tx.connection, decided)
        self._telling.decided(tx, decided)
        return decided

    def _follow(self, tx: Transaction, review: Review, content: Mapping[str, Any]) -> Review:
        """What a verdict brings: the stage and a certificate, or the end of certificates and the news of a stop."""
        if content["plan"] is not None:
            self._ground.resources.carry_out(tx, Plan.from_values(content["plan"]), f"{SOURCE}/{review.id}")
        if review.verdict in CERTIFIES:
            if review.release is None:
                return review
            return replace(review, certificate=self._ground.certifying.issue(tx, _issue(review, content)))
        if content["withdraws"]:
            only = None if review.verdict is Verdict.STOP else review.release
            cause = f"review-{content['verdict']}"
            self._ground.certifying.withdraw_all(tx, review.use_case, review.stage_to.value, cause, only)
        if review.verdict is Verdict.STOP:
            return self._telling.notice(tx, review)
        return review


def _refuse_blocked(content: Mapping[str, Any]) -> None:
    """Without decision rights, what the ones that ship decline is declined: nothing goes live past what blocks it."""
    facts = content["facts"]
    goes = content["verdict"] in CERTIFIES and content["stageTo"] == Stage.PRODUCTION
    if goes and facts["blocking"] > facts["conditions"]:
        raise Refused(
            "review-blocked",
            f"{facts['blocking']} items of the agenda block a go to production, and no decision rights are in force "
            "under which anybody could look past them",
            place=Place(source=f"{SUBJECT}/{content['review']}"),
            remedy="mend them, have them waived, or make each a condition of a conditional go; "
            f"`roadworthy review agenda {content['review']}` lists them",
        )


def _deciders(tx: Transaction, grounds: Grounds) -> tuple[str, ...]:
    """The people by whose yes it is so; where nobody is asked, the person who did it."""
    if grounds.oversight.given:
        return tuple(sorted(grounds.oversight.given))
    actor = tx.context.actor
    return (actor.ref,) if actor.kind is ActorKind.PERSON and grounds == Grounds() else ()


def _entry(review: Review, content: Mapping[str, Any], grounds: Grounds) -> Draft:
    frozen: Mapping[str, str] = content["frozen"]["evidence"]
    facts = content["facts"]
    return Draft(
        "review.decided",
        named(review),
        decision=str(content["verdict"]),
        basis=Basis(
            policy=grounds.basis.policy,
            rules=grounds.basis.rules,
            evidence=tuple(sorted(frozen.values()))[:MOST_NAMED],
            inputs=digest_of(dict(content)),
        ),
        oversight=grounds.oversight,
        facts={
            **about(review),
            "verdict": str(content["verdict"]),
            "rubric": content["frozen"]["rubric"],
            "assessment": content["frozen"]["assessment"],
            "agenda": content["frozen"]["agenda"],
            "evidence": len(frozen),
            **{name: facts[name] for name in ("blocking", "waived", "conditions", "asserted")},
            **({} if review.request is None else {"request": review.request}),
        },
        texts={
            "content": canonical_bytes(dict(content)),
            **{name: str(content[name]).encode() for name in _TEXTS if content.get(name)},
        },
    )


def _issue(review: Review, content: Mapping[str, Any]) -> Issue:
    assert review.release is not None  # noqa: S101 - the caller looked
    frozen = content["frozen"]
    digests = {*frozen["evidence"].values(), frozen["rubric"], frozen["useCase"], frozen["assessment"]}
    return Issue(
        use_case=review.use_case,
        stage=review.stage_to.value,
        release=review.release,
        envelope=content["envelope"],
        conditions=tuple(AskedCondition.of_values(each) for each in content.get("conditions") or ()),
        evidence=tuple(sorted({*digests, frozen["agenda"]})),
        review=review.id,
        request=review.request,
        deciders=review.deciders,
        lasts=content.get("lasts"),
        items=dict(frozen["evidence"]),
    )
