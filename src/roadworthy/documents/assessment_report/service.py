"""Operations of the reports: make one, read them, hold two against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from roadworthy.decide.diagnosis.finding import Frequency
from roadworthy.decide.diagnosis.model import Status
from roadworthy.decide.diagnosis.service import Diagnosis
from roadworthy.decide.ranking.model import Ranked, WhyNot
from roadworthy.decide.ranking.service import Ranking
from roadworthy.decide.readiness.assessment import Assessment
from roadworthy.decide.readiness.query import RubricInForce
from roadworthy.decide.readiness.service import Readiness
from roadworthy.documents.assessment_report import rules
from roadworthy.documents.assessment_report import store as rows
from roadworthy.documents.assessment_report.comparing import compare
from roadworthy.documents.assessment_report.model import (
    Ask,
    Basis,
    Comparison,
    LedgerState,
    Made,
    Mode,
    Report,
)
from roadworthy.foundation.digests import canonical_bytes, digest, same
from roadworthy.foundation.errors import Conflict, IntegrityBroken, NotFound
from roadworthy.foundation.ledger.draft import Basis as Grounds
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.service import Subject

MOST_ASKS = 6
MOST_ENDING = 25
CONTENT = "report"
"""Name of the text among the entry's payloads."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What a report is drafted from."""

    readiness: Readiness
    diagnosis: Diagnosis
    ranking: Ranking


class AssessmentReports:
    """The reports of a deployment."""

    def __init__(self, store: Store, ledger: Ledger, runtime: Runtime, sources: Sources) -> None:
        self._store = store
        self._ledger = ledger
        self._runtime = runtime
        self._from = sources

    def make(self, context: Context, made_by: str, organisation: str = "") -> Report:
        """Make a report of this instant and keep it as it is.

        Args:
            context: who asks for it.
            made_by: how that person is shown.
            organisation: how the organisation is called in the title.
        """
        ranked = self._from.ranking.rank()
        frequency = self._from.diagnosis.frequency()
        checkpoint = self._ledger.checkpoint()
        state = LedgerState(size=checkpoint.size, root=checkpoint.root.hex(), checkpoint=checkpoint.note)
        former = self._last()
        found, known, in_force = self._look(ranked, former)
        parts = {
            **self._judged(found, ranked, known, in_force),
            **_diagnosed(frequency),
            "ledger": state,
            "made_by": made_by,
            "organisation": organisation,
            "followed": () if former is None else rules.followed(former.steps, known),
        }

        def work(tx: Transaction) -> Report:
            report = Report.model_validate(
                {
                    **parts,
                    "id": tx.new_id(),
                    "number": rows.next_number(tx.connection),
                    "nonce": self._runtime.randomness.bytes(16).hex(),
                    "made_at": tx.now,
                }
            )
            content = encoded(report)
            entry = tx.record(_entry(report, digest(content), content))
            rows.insert(tx.connection, _line(report, context.actor.ref, digest(content), entry))
            return report

        return self._ledger.units.run(context, work)

    def all(self) -> list[Made]:
        """Every report, the newest first."""
        with self._store.read() as connection:
            return rows.every(connection)

    def find(self, key: str) -> Made:
        """A report's line, by its number or its id; `last` is the newest.

        Raises:
            NotFound: there is no such report.
        """
        with self._store.read() as connection:
            found = next(iter(rows.every(connection)), None) if key == "last" else rows.find(connection, key)
        if found is None:
            remedy = "list them with `roadworthy report list`, or make one with `roadworthy report new`"
            raise NotFound("report-unknown", f"there is no report `{key[:40]}`", remedy=remedy)
        return found

    def read(self, key: str) -> Report:
        """A report as it was made.

        Raises:
            NotFound: there is no such report.
            Conflict: its text was erased.
            IntegrityBroken: it is not what was made.
        """
        return self._content(self.find(key))

    def compare(self, key: str, other: str | None = None) -> Comparison:
        """A report held against an earlier one: the one before it, or another.

        Raises:
            NotFound: there is no such report, or none before it.
        """
        made = self.find(key)
        if other is not None:
            first, second = sorted((self.find(other), made), key=lambda each: each.number)
            return compare(self._content(first), self._content(second))
        with self._store.read() as connection:
            before = rows.before(connection, made.number)
        if before is None:
            raise NotFound(
                "report-nothing-before",
                f"there is no report before report {made.number}",
                remedy="make another one when something has changed: `roadworthy report new`",
            )
        return compare(self._content(before), self._content(made))

    # ------------------------------------------------------------ inside

    def _content(self, made: Made) -> Report:
        self._ledger.settle(made.entry_id)
        placed = self._ledger.entry(made.entry_id)
        ref = next(payload.ref for payload in placed.entry.payloads if payload.name == CONTENT)
        disclosed = self._ledger.disclose(ref)
        if disclosed.content is None:
            raise Conflict(
                "report-erased",
                f"the text of report {made.number} was erased",
                remedy="its figures stay in the list; make a new one with `roadworthy report new`",
            )
        if not same(digest(disclosed.content), made.digest):
            raise IntegrityBroken(
                "report-changed",
                f"report {made.number} is not what was made",
                remedy="run `roadworthy ledger verify`, and find out who can write to the database",
            )
        return Report.model_validate_json(disclosed.content)

    def _last(self) -> Report | None:
        newest = next(iter(self.all()), None)
        if newest is None:
            return None
        try:
            return self._content(newest)
        except Conflict:  # erased: there is nothing to follow up
            return None

    def _look(
        self, ranked: Ranked, former: Report | None
    ) -> tuple[rules.Gathered, dict[str, tuple[Subject, Assessment]], RubricInForce]:
        """One pass over everything; what is picked, and what the last report's steps were about, is kept whole."""
        wanted = {pick.place.estimate.case.name for pick in ranked.picks}
        if former is not None:
            wanted |= {step.use_case for step in former.steps if step.use_case is not None}
        in_force = self._from.readiness.rubric()
        found = rules.Gathered(self._runtime.clock.now())
        kept: dict[str, tuple[Subject, Assessment]] = {}
        with self._store.read() as connection:
            for subject, _, assessment in self._from.readiness.each(connection):
                found.add(subject, assessment)
                if subject.name in wanted:
                    kept[subject.name] = (subject, assessment)
        return found, kept, in_force

    def _judged(
        self,
        found: rules.Gathered,
        ranked: Ranked,
        known: Mapping[str, tuple[Subject, Assessment]],
        in_force: RubricInForce,
    ) -> dict[str, object]:
        picked = [pick.place.estimate.case.name for pick in ranked.picks]
        suggested = rules.chances(ranked, {name: state.title for name, state in found.states.items()})
        reasons = Counter(reason.value for each in ranked.not_rankable for reason in each.reasons)
        today = self._runtime.clock.now().date()
        policy = ranked.policy
        return {
            "rubric": Basis(title=in_force.rubric.title, digest=in_force.digest, shipped=in_force.is_shipped),
            "policy": Basis(title=policy.policy.title, digest=policy.digest, shipped=policy.is_shipped),
            "total": found.total,
            "ready": found.tones["green"],
            "stages": dict(found.stages.most_common()),
            "tones": dict(found.tones),
            "known_by": dict(found.known_by),
            "dimensions": rules.dimensions_of(found),
            "owners": rules.owners_of(found, picked),
            "wanted": policy.policy.pick,
            "rankable": len(ranked.places),
            "three": rules.pushed(ranked),
            "chances": suggested,
            "not_rankable": {reason.value: reasons[reason.value] for reason in WhyNot},
            "steps": rules.steps_of([known[name] for name in picked if name in known], ranked, suggested, today),
            "states": found.states,
            "ending": tuple(sorted(found.ending, key=lambda each: (each.day, each.use_case, each.fact))[:MOST_ENDING]),
            "ending_count": len(found.ending),
        }


def encoded(report: Report) -> bytes:
    """The bytes of a report: canonical, so that two programs agree on its digest."""
    return canonical_bytes(report.model_dump(mode="json", by_alias=True))


def _entry(report: Report, content_digest: str, content: bytes) -> Draft:
    return Draft(
        "report.made",
        f"AssessmentReport/{report.number}",
        basis=Grounds(policy=report.rubric.digest, inputs=report.policy.digest),
        facts={
            "digest": content_digest,
            "use_cases": report.total,
            "ready": report.ready,
            "picks": [each.use_case for each in report.three],
            "ledger_size": report.ledger.size,
        },
        texts={CONTENT: content},
    )


def _line(report: Report, actor: str, content_digest: str, entry: str) -> Made:
    return Made(
        id=report.id,
        number=report.number,
        made_at=report.made_at,
        made_by=actor,
        digest=content_digest,
        entry_id=entry,
        total=report.total,
        ready=report.ready,
        picks=tuple(each.use_case for each in report.three),
    )


def _diagnosed(frequency: Frequency) -> dict[str, object]:
    modes = tuple(
        Mode(
            name=share.rule.name,
            title=share.rule.mode.title,
            family=share.rule.mode.family.value,
            present=share.statuses[Status.PRESENT],
            cannot_tell=share.statuses[Status.CANNOT_TELL],
            absent=share.statuses[Status.ABSENT],
            goes_wrong=share.rule.mode.goes_wrong,
        )
        for share in frequency.shares
    )
    asks = tuple(
        Ask(asks=asked.asks, duty=asked.duty.value, open=asked.open) for asked in frequency.questions[:MOST_ASKS]
    )
    return {"diagnosed": frequency.diagnosed, "modes": modes, "asks": asks}
