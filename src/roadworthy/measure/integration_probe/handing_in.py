"""A probe as evidence: signed by our own collector where a person registered it, else a document with the result."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from roadworthy.evidence import envelopes, public_keys
from roadworthy.evidence.attachments import Attachments
from roadworthy.evidence.model import Artefact, Collector, Item, Submission
from roadworthy.evidence.service import Evidence
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.resources.model import Stored
from roadworthy.inventory.facts import Answer
from roadworthy.inventory.kinds import USE_CASE
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

    def __init__(self, evidence: Evidence, attachments: Attachments, keys: Keys, purpose: str) -> None:
        self._evidence = evidence
        self._attachments = attachments
        self._keys = keys
        self._purpose = purpose

    def hand_in(
        self,
        context: Context,
        probe: Probe,
        stored: Stored,
        standing: Standing,
        own: Collection[str],
        collector: Collector | None,
    ) -> Probe:
        """Hand in what follows for the use case from this probe and the latest ones of its other integrations.

        Args:
            context: who probed.
            probe: the newest.
            stored: the use case as it is declared now.
            standing: its integrations, and the latest probe of each that was tried as it is declared now.
            own: ids of the items that came of earlier probes; the new one takes their place.
            collector: our own, where it is registered.

        Returns:
            The probe with the ids of the items.
        """
        content = rows.encoded(probe)
        name = f"probe-{probe.id}.json"
        kept = self._attachments.keep(context, name, [content])
        items = [item for item in self._evidence.of(stored.name) if item.id in own]
        submission = _submission(probe, standing, items, kept.digest, measured=collector is not None)
        if collector is not None:
            item = self._evidence.receive(context, self._signed(stored, submission))
        else:
            item = self._evidence.submit(context, stored.name, submission)
        return replace(probe, evidence=(item.id,))

    def _signed(self, stored: Stored, submission: Submission) -> bytes:
        key = self._keys.signing(self._purpose)
        given = submission.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"subject", "ref"})
        said = {"useCase": stored.name, **{name: value for name, value in given.items() if value not in ([], {}, ())}}
        payload = envelopes.statement(Artefact(name=f"{USE_CASE}/{stored.name}", digest=stored.digest), said)
        key_id = public_keys.of(key.private.public_key()).key_id
        signature = envelopes.Signature(key_id, key.sign(envelopes.encoded_for_signing(payload)))
        return envelopes.sealed(payload, [signature])


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
