"""The subject `review`: a verdict, carried out exactly as it was decided, on exactly what was frozen for it.

What is decided together is done together: the verdict, the certificate or the end of certificates, and the stage of
the use case, each under the right for it, all in one unit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from roadworthy.decide.approvals import store as requests
from roadworthy.decide.approvals.model import DecisionClass
from roadworthy.decide.approvals.states import ENDS
from roadworthy.decide.review import content as written
from roadworthy.decide.review import store as rows
from roadworthy.decide.review.deciding import Deciding
from roadworthy.decide.review.drafting import SUBJECT, Drafting
from roadworthy.decide.review.ground import Ground, known
from roadworthy.decide.review.model import CERTIFIES, STAGES, Draft, ProposedVerdict, Review, Verdict
from roadworthy.decide.review.model import SUBJECT as KIND
from roadworthy.decide.review.rules import facts_about, faults
from roadworthy.foundation.digests import Canonical, canonical_bytes, digest_of
from roadworthy.foundation.errors import Conflict, Finding, InvalidInput, NotFound, Place
from roadworthy.foundation.ledger.authority import Act
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources import store as resource_rows
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.resources.plan import Plan, step_for
from roadworthy.inventory.deciding import facts_of
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import Stage


class ReviewExecutor:
    """Answers for `approvals.ground.Executor`."""

    def __init__(self, ground: Ground, drafting: Drafting, deciding: Deciding) -> None:
        self._ground = ground
        self._drafting = drafting
        self._deciding = deciding

    # ------------------------------------------------------------ what is decided

    def prepare(self, connection: sa.Connection, context: Context, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """The verdict that somebody wants, with everything that it is decided on.

        Raises:
            InvalidInput: it does not say what its verdict has to say, or names an envelope that nobody could certify.
            NotFound: there is no such review.
            Conflict: the review is over, or waits for a decision about another verdict.
        """
        review_id, wanted = written.read(content)
        review = known(rows.find(connection, review_id), review_id)
        refuse_over(review)
        now = self._ground.runtime.clock.now()
        draft = self._drafting.draft(connection, review, now)
        findings = [*faults(wanted, review.stage_to, review.release, now), *self._envelope_faults(wanted)]
        absent = {each.owner for each in wanted.conditions}
        absent -= self._ground.people.here(connection, absent)
        if findings or absent:
            raise InvalidInput.of([*findings, *map(_absent, sorted(absent))], "the proposed verdict")
        prepared = self._content(connection, review, wanted, draft)
        self._refuse_second(connection, context, review, prepared)
        return prepared

    def _envelope_faults(self, wanted: ProposedVerdict) -> Sequence[Finding]:
        if wanted.envelope is None or wanted.verdict not in CERTIFIES:
            return ()
        return self._ground.certifying.faults(wanted.envelope)

    def _content(
        self, connection: sa.Connection, review: Review, wanted: ProposedVerdict, draft: Draft
    ) -> dict[str, Any]:
        _, spec = self._ground.use_case(connection, review.use_case)
        goes = wanted.verdict in CERTIFIES
        said = wanted.content(review.id)
        envelope = (wanted.envelope or draft.envelope) if goes and review.release is not None else None
        looked_up = {
            "envelope": envelope,
            "useCase": review.use_case,
            "stageTo": review.stage_to.value,
            "release": review.release,
            "facts": {**facts_of(review.use_case, spec), **facts_about(draft, wanted, review.stage_to)},
            "agenda": written.agenda_values(draft.agenda),
            "frozen": draft.frozen.values(),
            "plan": self._plan(connection, review) if goes else None,
            "withdraws": [] if goes else self._withdraws(connection, review, wanted.verdict),
        }
        return _plain({**said, **looked_up})

    def _plan(self, connection: sa.Connection, review: Review) -> Mapping[str, Canonical] | None:
        """The change of stage that a go brings, as a plan; None where the use case is there already."""
        stored, spec = self._ground.use_case(connection, review.use_case)
        if _height(spec.stage) >= _height(review.stage_to):
            return None
        moved = spec.model_copy(update={"stage": review.stage_to})
        declared = Declared(USE_CASE, stored.name, stored.labels, moved, Place(source=KIND))
        step = step_for(declared, resource_rows.one(connection, USE_CASE, stored.name))
        return Plan((step,)).to_values()

    def _withdraws(self, connection: sa.Connection, review: Review, verdict: Verdict) -> list[str]:
        """Certificates that the verdict ends: all of the stage by a stop, by a no-go or pivot those of its release."""
        current = self._ground.certifying.current(connection, review.use_case, review.stage_to.value)
        only = None if verdict is Verdict.STOP else review.release
        return sorted(serial for serial, release in current.items() if only in {None, release})

    def _refuse_second(
        self, connection: sa.Connection, context: Context, review: Review, content: Mapping[str, Any]
    ) -> None:
        """Of one review, one verdict at a time is before people; the same one again is the same request.

        Raises:
            Conflict: another one waits.
        """
        for request in requests.page(connection, None, review.use_case, None, _LOOKED_AT):
            its = request.subject == SUBJECT and request.state not in ENDS
            if not its or request.content.get("review") != review.id:
                continue
            if request.proposer_ref == context.actor.ref and digest_of(dict(request.content)) == digest_of(
                dict(content)
            ):
                continue
            raise Conflict(
                "review-proposed-already",
                f"a verdict of this review waits for a decision already: {request.title}",
                place=Place(source=f"Decision/{request.id}"),
                remedy=f"see it with `roadworthy decision show {request.id}`; it can be withdrawn there",
            )

    # ------------------------------------------------------------ as decision rights see it

    def acts(self, connection: sa.Connection, content: Mapping[str, Any]) -> tuple[Act, ...]:
        """The verdict, and the change of stage where it brings one.

        Raises:
            Conflict: the use case is not in the state that the change of stage was planned against.
        """
        act = act_of(content)
        if content["plan"] is None:
            return (act,)
        return (act, *self._ground.resources.acts(connection, Plan.from_values(content["plan"])))

    def base(self, connection: sa.Connection, content: Mapping[str, Any]) -> Mapping[str, str]:
        """Everything that was frozen, each under its own name, so that whoever is told sees what moved."""
        review_id, use_case = str(content.get("review")), str(content.get("useCase"))
        review = rows.find(connection, review_id)
        if review is None:
            return {f"{KIND}/{review_id}": ""}
        over = {f"{KIND}/{review_id}": digest_of({"over": review.is_over})}
        try:
            draft = self._drafting.draft(connection, review, self._ground.runtime.clock.now())
            withdraws = self._withdraws(connection, review, Verdict(content["verdict"]))
        except NotFound:
            return {**over, f"{USE_CASE}/{use_case}": ""}
        frozen = draft.frozen
        found = {
            **over,
            f"{USE_CASE}/{use_case}": frozen.use_case,
            "Rubric/default": frozen.rubric,
            f"Assessment/{use_case}": frozen.assessment,
            f"Evidence/{use_case}": digest_of(dict(frozen.evidence)),
            f"Gaps/{use_case}": digest_of(sorted(frozen.gaps)),
            f"Waivers/{use_case}": digest_of(sorted(frozen.waivers)),
            f"Agenda/{use_case}": frozen.agenda,
            f"Envelope/{use_case}": digest_of(dict(draft.envelope)),
        }
        if content["verdict"] not in CERTIFIES:
            found[f"Certificates/{use_case}"] = digest_of(withdraws)
        return found

    # ------------------------------------------------------------ as people read it

    def title(self, content: Mapping[str, Any]) -> str:
        """How it ends, for which use case and stage."""
        return written.title(content)

    def shown(self, content: Mapping[str, Any]) -> Sequence[str]:
        """Everything that the content says."""
        envelope = content.get("envelope")
        terms = () if envelope is None else self._ground.certifying.shown(envelope)
        owners = [each["owner"] for each in content.get("conditions") or ()]
        return tuple(written.lines(content, terms, self._ground.called(owners)))

    # ------------------------------------------------------------ done

    def carry_out(self, tx: Transaction, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """End the review with this verdict, in the unit of whoever gave the last yes.

        Raises:
            Conflict: the review is over, or what the verdict brings cannot be done any more.
        """
        try:
            review = self._deciding.decide(tx, content, act_of(content))
        except (InvalidInput, NotFound) as error:
            raise Conflict(error.code, error.message, place=error.place, remedy=error.remedy) from error
        effects = {"review": review.id, "verdict": str(content["verdict"])}
        return effects if review.certificate is None else {**effects, "certificate": review.certificate}


_LOOKED_AT = 100


def act_of(content: Mapping[str, Any]) -> Act:
    """A verdict as decision rights see it: all of what is decided, and what rules may ask about it."""
    facts = content["facts"]
    review, use_case = content["review"], content["useCase"]
    return Act(DecisionClass.REVIEW.value, f"{KIND}/{review}", content, use_case, facts)


def refuse_over(review: Review) -> None:
    """Raises Conflict where nothing can come of a review any more."""
    if review.is_over:
        raise Conflict(
            "review-over",
            f"this review is over: it was {review.state.value}",
            place=Place(source=f"{KIND}/{review.id}"),
            remedy=f"open another one with `roadworthy review open {review.use_case} --stage {review.stage_to.value}`",
        )


def _absent(ref: str) -> Finding:
    return Finding(
        "review-condition-of-nobody",
        f"`{ref[:80]}`, who is to see to a condition, is not known here, or left",
        Place(field="conditions"),
        "name somebody who is here",
    )


def _height(stage: Stage | None) -> int:
    return STAGES.index(stage) + 1 if stage in STAGES else 0


def _plain(values: Mapping[str, Canonical]) -> dict[str, Any]:
    """As JSON keeps it: what is bound is compared with what was read back."""
    read: dict[str, Any] = json.loads(canonical_bytes(values))
    return read
