"""Evidence out of an audit: measured once a person registered the key of our own collector, until then documented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from roadworthy.evidence.attachments import Attachments
from roadworthy.evidence.collectors import Collectors
from roadworthy.evidence.model import Collector, Item, State, Submission
from roadworthy.evidence.own_collector import OwnCollector
from roadworthy.evidence.service import Evidence
from roadworthy.foundation.digests import canonical_bytes
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Clock
from roadworthy.inventory.facts import Answer
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.measure.data_audit.model import Gap, GapStatus, Verdict
from roadworthy.measure.data_audit.runs import Result, Run

PURPOSE = "collector-data-audit"
"""Of the key with which Roadworthy's own collector signs what its audits find."""
KIND = "data-audit"
FACT = "data.path-audited"
MOST_NAMED = 200
"""Gaps whose titles the evidence carries; the attached file has all of them."""
_STANDS = frozenset({State.LIVE, State.CONTESTED, State.EXPIRED})


@dataclass(frozen=True, slots=True)
class Found:
    """What a run came to, as evidence tells it."""

    run: Run
    results: tuple[Result, ...]
    gaps: tuple[Gap, ...]
    """Those of the use case that are not closed."""
    content: bytes
    """Every audit as JSON, to be attached."""


class HandingIn:
    """Hands evidence in for audits."""

    def __init__(
        self,
        resources: Resources,
        evidence: Evidence,
        attachments: Attachments,
        collectors: Collectors,
        keys: Keys,
        clock: Clock,
    ) -> None:
        self._resources = resources
        self._evidence = evidence
        self._attachments = attachments
        self._own = OwnCollector(PURPOSE, keys, collectors, evidence)
        self._clock = clock

    def public_key(self) -> str:
        """The public half of our collector's key as PEM, to be registered by a person."""
        return self._own.public_key()

    def collector(self) -> Collector | None:
        """Our own collector, where a person registered its present key and nobody revoked it."""
        return self._own.registered()

    def hand_in(self, context: Context, found: Found) -> Item:
        """Hand in what a run came to.

        Args:
            context: who asked for the run.
            found: what it came to.

        Raises:
            RoadworthyError: evidence refuses it; the audit stands all the same.
        """
        file = self._attachments.keep(context, f"data-audit-{found.run.use_case}.json", [found.content])
        measured = self.collector() is not None
        submission = self._submission(found, file.digest, measured=measured)
        return self._own.hand_in(
            context, self._resources.get(USE_CASE, found.run.use_case), submission, measured=measured
        )

    def _submission(self, found: Found, attached: str, *, measured: bool) -> Submission:
        now = self._clock.now()
        begin = min((each.finished_at for each in found.results), default=now)
        ends = [gap.waiver.expires_at for gap in found.gaps if gap.status is GapStatus.WAIVED and gap.waiver]
        given: dict[str, Any] = {
            "fact": FACT,
            "answer": answer_of(found.results, found.gaps),
            "kind": KIND,
            "statement": _statement(found),
            "observedFrom": begin,
            "observedTo": max((each.finished_at for each in found.results), default=now),
            "sampleSize": sum(each.rows or 0 for each in found.results),
            "result": result_of(found.results, found.gaps),
            "attachments": (attached,),
            "supersedes": self._former(found.run.use_case, measured=measured),
        }
        if ends and min(ends) > now:
            given["expires"] = min(ends)  # what was waived blocks again from then on
        return Submission.model_validate(given)

    def _former(self, use_case: str, *, measured: bool) -> tuple[str, ...]:
        """Earlier audits of our own whose place this one takes, where it is known as well as they are."""
        now = self._clock.now()
        return tuple(
            item.id
            for item in self._evidence.of(use_case)
            if item.kind == KIND
            and item.fact == FACT
            and item.state(now) in _STANDS
            and (measured or item.collector is None)
            and any(each.name.startswith(f"{KIND}-") for each in item.attachments)
        )


def answer_of(results: Sequence[Result], gaps: Sequence[Gap]) -> Answer:
    """What an audit says of the data path.

    `yes` where every source was compared whole and nothing stands open; `in-progress` where all were compared and gaps
    stand; `no` where a source could not be compared, or there is none.
    """
    if not results or any(each.fault is not None or each.partial is not None for each in results):
        return Answer.NO
    return Answer.IN_PROGRESS if any(gap.status is GapStatus.OPEN for gap in gaps) else Answer.YES


def result_of(results: Sequence[Result], gaps: Sequence[Gap]) -> Mapping[str, Any]:
    """The fields of the evidence kind `data-audit`; numbers with a fraction as text, so that all sign them alike."""
    headlines = [each.headline for each in results if each.headline is not None]
    open_ = [gap for gap in gaps if gap.status is GapStatus.OPEN]
    values: dict[str, Any] = {
        "sources": max(1, len(results)),
        "gaps": [gap.title[:300] for gap in open_[:MOST_NAMED]],
        "blockers": sum(gap.verdict is Verdict.GAP for gap in open_),
        "unknown": sum(gap.verdict is Verdict.UNKNOWN for gap in open_),
        "waived": sum(gap.status is GapStatus.WAIVED for gap in gaps),
    }
    worst = [each.unproven.value for each in headlines if each.unproven.value is not None]
    if worst:
        values["unprovenMass"] = _share(max(worst))
    pieces = sum(each.never_done.of for each in headlines)
    if pieces:
        values["neverDone"] = _share(sum(each.never_done.count for each in headlines) / pieces)
    return values


def content_of(values: Sequence[Mapping[str, Any]]) -> bytes:
    """Audits as one file."""
    return canonical_bytes([_whole(each) for each in values])


def _share(value: float) -> str:
    return format(Decimal(str(round(min(1.0, max(0.0, value)), 6))), "f")


def _whole(value: Any) -> Any:  # noqa: ANN401 - any JSON value in, one without floats out
    if isinstance(value, dict):
        return {name: _whole(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    if isinstance(value, bool):
        return value
    return repr(value) if isinstance(value, float) or (isinstance(value, int) and abs(value) >= 2**53) else value


def _statement(found: Found) -> str:
    open_ = sum(gap.status is GapStatus.OPEN for gap in found.gaps)
    failed = [each.source for each in found.results if each.fault is not None]
    told = f"{len(found.results)} data sources of the pilot were compared with production; {open_} blockers stand."
    return told if not failed else f"{told} {len(failed)} could not be compared."
