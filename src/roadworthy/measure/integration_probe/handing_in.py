"""A probe as evidence: signed by our own collector where a person registered it, else a document with the result."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from roadworthy.evidence.attachments import Attachments
from roadworthy.evidence.model import Item, Submission
from roadworthy.evidence.own_collector import OwnCollector
from roadworthy.evidence.service import Evidence
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.resources.model import Stored
from roadworthy.inventory.facts import Answer
from roadworthy.inventory.model import Integration
from roadworthy.measure.integration_probe import store as rows
from roadworthy.measure.integration_probe.model import Probe, Verdict
from roadworthy.measure.integration_probe.rules import headline

KIND = "integration-probe"
PROBED = "integration.probed"
ANSWERS = {Verdict.PASS: Answer.YES, Verdict.FAIL: Answer.NO, Verdict.UNKNOWN: Answer.IN_PROGRESS}
Standing = tuple[Sequence[Integration], Mapping[str, Probe]]


class HandingIn:
    """Hands in what probes found."""

    def __init__(self, evidence: Evidence, attachments: Attachments, own: OwnCollector) -> None:
        self._evidence = evidence
        self._attachments = attachments
        self._own = own

    def hand_in(
        self,
        context: Context,
        probe: Probe,
        stored: Stored,
        standing: Standing,
        own: Collection[str],
    ) -> Probe:
        """Hand in what follows for the use case from this probe and the latest ones of its other integrations.

        Args:
            context: who probed.
            probe: the newest.
            stored: the use case as it is declared now.
            standing: its integrations, and the latest probe of each that was tried as it is declared now.
            own: ids of the items that came of earlier probes; the new one takes their place.

        Returns:
            The probe with the ids of the items.
        """
        content = rows.encoded(probe)
        name = f"probe-{probe.id}.json"
        kept = self._attachments.keep(context, name, [content])
        items = [item for item in self._evidence.of(stored.name) if item.id in own]
        measured = self._own.registered() is not None
        submission = _submission(probe, standing, items, kept.digest, measured=measured)
        item = self._own.hand_in(context, stored, submission, measured=measured)
        return replace(probe, evidence=(item.id,))


def _submission(probe: Probe, standing: Standing, items: Sequence[Item], file: str, *, measured: bool) -> Submission:
    declared, counting = standing
    probes = list(counting.values())
    verdict = headline(probes, [each.system for each in declared])
    failures = [
        f"{each.system}: {trial.name}: {trial.got}" for each in probes for trial in each.trials if trial.holds_up
    ]
    result: dict[str, Any] = {
        "system": ", ".join(sorted(counting)),
        "operations": sorted({f"{each.system}: {name}" for each in probes for name in each.operations}),
        "failures": failures,
    }
    if probe.identity is not None:
        result["identity"] = probe.identity
    return Submission(
        fact=PROBED,
        answer=ANSWERS[verdict],
        kind=KIND,
        statement=_statement(probes, [each.system for each in declared], verdict),
        observed_from=min(each.started_at for each in probes),
        observed_to=max(each.finished_at for each in probes),
        sample_size=sum(each.calls for each in probes),
        result=result,
        attachments=(file,),
        supersedes=_former(items, measured=measured),
    )


def _statement(probes: Sequence[Probe], declared: Sequence[str], verdict: Verdict) -> str:
    tried = {each.system: each.verdict.value for each in probes}
    parts = [f"{system}: {tried.get(system, 'not tried as it is declared now')}" for system in declared]
    ends = {
        Verdict.PASS: "Every declared integration was tried as the production workload and held.",
        Verdict.FAIL: "An integration did not hold.",
        Verdict.UNKNOWN: "Not everything that was declared could be told.",
    }
    return f"{ends[verdict]} {'; '.join(parts)}."


def _former(items: Sequence[Item], *, measured: bool) -> tuple[str, ...]:
    """Earlier items of probes whose place this one takes; a document takes no measurement's."""
    return tuple(
        item.id
        for item in items
        if item.fact == PROBED and item.superseded_by is None and item.withdrawal is None
        and (item.collector is not None) <= measured
    )  # fmt: skip
