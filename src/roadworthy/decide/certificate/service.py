"""Operations of certificates: looked at by everybody, issued by a review's decision, moved by decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from roadworthy.decide.approvals.proposing import Check, any_use_case
from roadworthy.decide.approvals.requests import Proposal, Request
from roadworthy.decide.approvals.states import RequestState
from roadworthy.decide.certificate import conditions, deciding, issuing, reaching, trouble_rows
from roadworthy.decide.certificate import store as rows
from roadworthy.decide.certificate.acting import Acting
from roadworthy.decide.certificate.certifying import Certifies
from roadworthy.decide.certificate.deciding import Asked
from roadworthy.decide.certificate.drafting import draft, enveloped
from roadworthy.decide.certificate.executor import NAME, CertificateExecutor
from roadworthy.decide.certificate.finding import found
from roadworthy.decide.certificate.ground import Ground
from roadworthy.decide.certificate.model import Bound, Certificate, Envelope, Stop, TermName, Trouble, Version
from roadworthy.decide.certificate.reaching import Reach
from roadworthy.decide.certificate.rules import Policy
from roadworthy.decide.certificate.self_testing import SelfTests
from roadworthy.decide.certificate.states import CERTIFICATES, CertificateState
from roadworthy.decide.certificate.stopping import Stops
from roadworthy.decide.certificate.telling import TOPICS
from roadworthy.decide.certificate.watching import Watching
from roadworthy.decide.review.ports import Issue
from roadworthy.foundation.errors import NotFound, Place
from roadworthy.foundation.ledger.authority import Authority
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.inventory.waiver_terms import by_person, reason_of

PAGE = 100


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a change that somebody asked for."""

    done: bool
    """Whether it is carried out; otherwise people have to decide first."""
    request: Request | None
    """None before there are decision rights."""


class Certificates:
    """Every operating certificate of a deployment."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        ground.machines.register(CERTIFICATES)
        ground.notify.register(TOPICS)
        Acting(ground)
        self.certifying = Certifies(ground)
        """For reviews: drafts envelopes, issues and withdraws in the unit of a verdict."""
        self.watching = Watching(ground)
        """For a consumer of the ledger."""
        self.executor = CertificateExecutor(ground)
        """Carries out what was decided."""
        self.stops = Stops(ground)
        self.self_tests = SelfTests(ground)
        """Prove that a stop works."""

    def governed_by(self, authority: Authority) -> None:
        """From now on whatever a person does to a certificate needs its word."""
        self._ground.authority = authority

    # ------------------------------------------------------------ looking

    def get(self, serial: str) -> Certificate:
        """One certificate as it stands.

        Raises:
            NotFound: there is none.
        """
        with self._ground.store.read() as connection:
            return found(connection, serial)

    def of(self, use_case: str, stage: str | None = None) -> list[Certificate]:
        """Every certificate of a use case, the latest first."""
        with self._ground.store.read() as connection:
            return rows.of(connection, use_case, stage)

    def listed(
        self,
        state: CertificateState | None = None,
        use_case: str | None = None,
        after: str | None = None,
        limit: int = PAGE,
    ) -> list[Certificate]:
        """A page of certificates, the latest first.

        Args:
            state: only those that stand so.
            use_case: only those of it.
            after: serial of the last one on the page before.
            limit: how many.
        """
        with self._ground.store.read() as connection:
            return rows.listed(connection, state, use_case, after, limit)

    def statement(self, serial: str, version: int | None = None) -> bytes:
        """The signed statement of a version, of the newest where none is named, exactly as it was signed.

        Raises:
            NotFound: there is no such certificate, or no such version.
        """
        with self._ground.store.read() as connection:
            certificate = found(connection, serial)
            number = certificate.version if version is None else version
            kept = rows.version(connection, serial, number)
        if kept is None:
            raise NotFound(
                "certificate-version-unknown",
                f"`{serial}` has no version {number}",
                place=Place(field="version"),
                remedy=f"name one from 1 to {certificate.version}",
            )
        return kept.statement

    def history(self, serial: str) -> list[Version]:
        """Every version, the first one first.

        Raises:
            NotFound: there is no such certificate.
        """
        with self._ground.store.read() as connection:
            found(connection, serial)
            return rows.history(connection, serial)

    def troubles(self, serial: str) -> list[Trouble]:
        """Everything that stands or stood against a certificate, the latest first."""
        with self._ground.store.read() as connection:
            found(connection, serial)
            return trouble_rows.of(connection, serial)

    def standing(self, serials: Sequence[str]) -> Mapping[str, int]:
        """By serial, how many causes stand against a certificate; one against which none does is not there."""
        with self._ground.store.read() as connection:
            return trouble_rows.counts(connection, serials)

    def policy(self) -> Policy:
        """The certificate policy in force."""
        with self._ground.store.read() as connection:
            return self._ground.policy(connection)

    def reach(self, asked: Asked) -> Reach:
        """What a change would reach, whatever stands against it, for whoever is about to ask for it.

        Raises:
            NotFound: there is no such certificate, or no such stop switch is set.
            Conflict: it leads nowhere from where things stand.
        """
        with self._ground.store.read() as connection:
            return reaching.of_change(self._ground, connection, asked)

    # ------------------------------------------------------------ changing

    def change(self, context: Context, asked: Asked) -> Certificate | Stop:
        """Narrow, suspend or withdraw a certificate, give back what was taken, or lift a stop switch.

        Where decision rights are in force this is done at once only by a rule that approved it beforehand; else it is
        proposed under the subject `certificate`.

        Raises:
            Refused: no person does it, or decision rights ask for somebody else's word.
            InvalidInput: no reason is given.
            NotFound: there is no such certificate.
            Conflict: it leads nowhere from where things stand, or something stands against it that is not named.
        """
        by_person(context)
        reason_of(asked.reason)

        def work(tx: Transaction) -> Certificate | Stop:
            want = deciding.held(self._ground, tx, asked)
            return deciding.carry_out(self._ground, tx, want)

        return self._ground.units.run(context, work)

    def ask(self, context: Context, asked: Asked, check: Check = any_use_case) -> Answered:
        """The same by whatever way is open: at once before there are decision rights, else as a proposal.

        A proposal that a rule approved beforehand is carried out in the same call.

        Args:
            context: who asks.
            asked: what for.
            check: raises where the asker may ask nothing about a use case.

        Raises:
            Refused: nobody may decide this; recorded.
            InvalidInput: no reason is given.
            NotFound: there is no such certificate.
            Conflict: it leads nowhere from where things stand, or something stands against it that is not named.
        """
        with self._ground.store.read() as connection:
            check(deciding.wanted(self._ground, connection, asked).use_case)
        if self._ground.approvals.rights() is None:
            self.change(context, asked)
            return Answered(done=True, request=None)
        content = {name: value for name, value in asked.values().items() if value is not None}
        proposal = Proposal(NAME, content, reason_of(asked.reason))
        request = self._ground.approvals.propose(context, proposal, check)
        return Answered(done=request.state is RequestState.USED, request=request)

    def draft(self, use_case: str) -> Envelope:
        """The envelope that could be certified today."""
        with self._ground.store.read() as connection:
            return draft(self._ground, connection, use_case, self._ground.runtime.clock.now())

    def enveloped(self, use_case: str, asked: Mapping[TermName, Bound]) -> Envelope:
        """The envelope of bounds that somebody wants, each as strong as what bears it out today."""
        with self._ground.store.read() as connection:
            return enveloped(connection, use_case, asked, self._ground.runtime.clock.now())

    def meet(self, context: Context, serial: str, condition: str, how: str, evidence: str | None = None) -> Certificate:
        """Say that a condition is met: by evidence, or on the word of whoever has to meet it.

        Raises:
            NotFound: there is no such certificate or condition.
            InvalidInput: nothing is said, or the evidence is none that counts.
            Refused: somebody else's word, and no evidence.
            Conflict: it is met already, or the certificate has ended.
        """
        return conditions.meet(self._ground, context, serial, condition, how, evidence)

    # ------------------------------------------------------------ inside of others' units

    def issue(self, tx: Transaction, issue: Issue) -> str:
        """Issue a certificate in this unit, and withdraw the one before it; its serial.

        Raises:
            InvalidInput: the envelope is none that can be certified.
        """
        return issuing.issue(self._ground, tx, issue)

    def withdraw_all(self, tx: Transaction, use_case: str, stage: str, cause: str) -> tuple[str, ...]:
        """Withdraw in this unit every certificate of a use case at a stage that has not ended; their serials."""
        return issuing.withdraw_all(self._ground, tx, use_case, stage, cause)
