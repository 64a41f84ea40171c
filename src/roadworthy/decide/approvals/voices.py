"""What people say about requests, and to whom they give their say."""

from __future__ import annotations

import datetime as dt

from roadworthy.decide.approvals.delegating import Delegating, Giving
from roadworthy.decide.approvals.delegation_rows import Said
from roadworthy.decide.approvals.model import DecisionClass
from roadworthy.decide.approvals.requests import Standing, VoteKind
from roadworthy.decide.approvals.voting import Saying, Voting
from roadworthy.foundation.identity.model import Proof
from roadworthy.foundation.ledger.draft import Context


class Voices:
    """Everything that a person says with a fresh sign-in. See `Voting.say` for what is refused."""

    def __init__(self, voting: Voting, delegating: Delegating) -> None:
        self._voting = voting
        self._delegating = delegating

    # ------------------------------------------------------------ about one request

    def approve(self, context: Context, proof: Proof, request_id: str, digest: str, reason: str) -> Standing:
        """Say yes; the last yes that is missing decides, and carries out what is done here."""
        return self._voting.say(context, Saying(VoteKind.APPROVE, request_id, digest, reason, proof))

    def decline(self, context: Context, proof: Proof, request_id: str, digest: str, reason: str) -> Standing:
        """Say no."""
        return self._voting.say(context, Saying(VoteKind.DECLINE, request_id, digest, reason, proof))

    def ask(self, context: Context, proof: Proof, request_id: str, digest: str, reason: str) -> Standing:
        """Ask the proposer something; the request stays where it is, and one can vote later."""
        return self._voting.say(context, Saying(VoteKind.ASK, request_id, digest, reason, proof))

    def answer(self, context: Context, proof: Proof, request_id: str, digest: str, reason: str) -> Standing:
        """Answer a question, as the proposer or somebody they act for."""
        return self._voting.say(context, Saying(VoteKind.ANSWER, request_id, digest, reason, proof))

    def delegate(
        self,
        context: Context,
        proof: Proof,
        request_id: str,
        digest: str,
        to_handle: str,
        until: dt.datetime,
        reason: str,
    ) -> Standing:
        """Give one's say in a request to somebody else for a time, see `Delegating.delegate`."""
        saying = Saying(VoteKind.DELEGATE, request_id, digest, reason, proof, until=until)
        return self._delegating.delegate(context, saying, to_handle)

    # ------------------------------------------------------------ about those to come

    def give_say(
        self,
        context: Context,
        proof: Proof,
        to_handle: str,
        until: dt.datetime,
        reason: str,
        decides: DecisionClass | None = None,
        use_case: str | None = None,
    ) -> Said:
        """Give one's say to somebody for a time, see `Delegating.give`."""
        return self._delegating.give(context, proof, Giving(to_handle, until, reason, decides, use_case))

    def take_back_say(self, context: Context, said_id: str, reason: str) -> Said:
        """Take a say back before its time, see `Delegating.take_back`."""
        return self._delegating.take_back(context, said_id, reason)

    def said_by(self, person_ref: str) -> list[Said]:
        """Every say that a person gave or was given, the newest first."""
        return self._delegating.of(person_ref)
