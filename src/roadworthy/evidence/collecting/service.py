"""Collecting: look what a server or a file would give, then record it, all of it or none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, cast

from roadworthy.evidence.attachments import Attachments
from roadworthy.evidence.collecting import reviews, runs
from roadworthy.evidence.collecting.model import Collected, Prepared, Prospect
from roadworthy.evidence.collecting.reviews import Given, Names
from roadworthy.evidence.collecting.runs import EVALUATION, REGISTRATION, USE_CASE_TAG, Wanted
from roadworthy.evidence.collectors import Collectors
from roadworthy.evidence.model import Collector, Item, State
from roadworthy.evidence.own_collector import OwnCollector
from roadworthy.evidence.service import Evidence
from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import Finding, InvalidInput
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Clock
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.discovery.mlflow import MLflow, Run, Version
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import UseCase

PURPOSE = "collector-mlflow"
"""Of the key with which Roadworthy's own collector signs what it reads from MLflow."""
KINDS = (EVALUATION, REGISTRATION)
"""Evidence kinds that this collector has to be registered for."""
_STANDS = frozenset({State.LIVE, State.CONTESTED, State.EXPIRED})
MOST_RUNS = 1_000
"""Runs of one look."""


class Collecting:
    """Evidence out of what stands already."""

    def __init__(
        self,
        store: Store,
        resources: Resources,
        evidence: Evidence,
        attachments: Attachments,
        collectors: Collectors,
        keys: Keys,
        clock: Clock,
    ) -> None:
        self._store = store
        self._resources = resources
        self._evidence = evidence
        self._attachments = attachments
        self._own = OwnCollector(PURPOSE, keys, collectors, evidence)
        self._clock = clock

    # ------------------------------------------------------------ reviews

    def reviews(self, name: str, content: bytes, given: Given) -> Prospect:
        """What a spreadsheet of past reviews would give; writes nothing.

        Raises:
            InvalidInput: it is no spreadsheet, or nothing says which use case, question, answer or day.
        """
        with self._store.read() as connection:
            known = [
                (each.name, spec.title, [identifier.value for identifier in spec.identifiers])
                for each in self._resources.all(connection, USE_CASE)
                for spec in (cast("UseCase", each.spec),)
            ]
        sha = digest(content)
        if given.use_case is not None:
            self._resources.get(USE_CASE, given.use_case)  # names the nearest where there is none
        claims, findings, notes = reviews.prepare(name, content, sha, Names(known), given)
        findings += self._from_the_future(claims)
        late = {finding.place for finding in findings}
        claims = [claim for claim in claims if claim.place not in late]
        return self._without_known(Prospect(name, sha, tuple(claims), tuple(findings), notes=notes))

    def record_reviews(
        self, context: Context, name: str, content: bytes, given: Given, *, skip_faulty: bool = False
    ) -> Collected:
        """Record a spreadsheet of past reviews: every row a documented claim with the file attached.

        Args:
            context: who brings the file; the reviewers that it names are not asked.
            name: of the file.
            content: all of it.
            given: what its columns mean.
            skip_faulty: leave rows out that cannot be claims, instead of recording none.

        Raises:
            InvalidInput: rows cannot be claims, each with its cell; nothing was recorded.
        """
        prospect = self.reviews(name, content, given)
        if prospect.findings and not skip_faulty:
            raise InvalidInput.of(prospect.findings, f"`{name}`; nothing was recorded")
        if not prospect.claims:
            return Collected(prospect, (), measured=False)
        self._attachments.keep(context, name, [content])
        items = self._evidence.submit_all(context, [(claim.use_case, claim.submission) for claim in prospect.claims])
        return Collected(prospect, tuple(items), measured=False)

    # ------------------------------------------------------------ runs

    def runs(
        self,
        server: MLflow,
        wanted: Wanted,
        *,
        ids: Sequence[str] = (),
        model: str | None = None,
        version: str | None = None,
    ) -> Prospect:
        """What runs of an MLflow server would give; writes nothing.

        Args:
            server: to read from.
            wanted: what a person decided; a run's own tags say the rest.
            ids: of runs; without any and without a model, every run that names a use case by its tag.
            model: a registered model, whose version's run is taken.
            version: its number or an alias; the newest where none is given.

        Raises:
            NotFound: the server has no such run, model or version.
            Unavailable: the server does not answer, or not in time, or with something else.
        """
        claims: list[Prepared] = []
        findings: list[Finding] = []
        for run, made in self._found(server, ids, model, version):
            sha, what = (None, "") if made is None else server.digest(made)
            found = runs.prepare(run, wanted, made, sha)
            if isinstance(found, Prepared):
                note = (
                    ()
                    if what in {"", "artefacts"}
                    else (f"the digest is that of the {what}: the files cannot be read",)
                )
                claims.append(replace(found, notes=(*found.notes, *note)))
            else:
                findings += found
        return self._without_known(Prospect(server.address, None, tuple(claims), tuple(findings)))

    def record_runs(self, context: Context, prospect: Prospect) -> Collected:
        """Record what runs gave: measured where this deployment's own collector is registered, else documented.

        Raises:
            InvalidInput: some runs cannot be claims, each with its address; nothing was recorded.
        """
        if prospect.findings:
            raise InvalidInput.of(prospect.findings, "the runs; nothing was recorded")
        if self.collector() is None:
            handed = [(claim.use_case, claim.submission) for claim in prospect.claims]
            return Collected(prospect, tuple(self._evidence.submit_all(context, handed)), measured=False)
        items = tuple(
            self._own.hand_in(context, self._resources.get(USE_CASE, claim.use_case), claim.submission, measured=True)
            for claim in prospect.claims
        )
        return Collected(prospect, items, measured=bool(items))

    def public_key(self) -> str:
        """The public half of our collector's key as PEM, to be registered by a person."""
        return self._own.public_key()

    def collector(self) -> Collector | None:
        """Our own collector, where a person registered its present key and nobody revoked it."""
        return self._own.registered()

    # ------------------------------------------------------------ inside

    @staticmethod
    def _found(
        server: MLflow, ids: Sequence[str], model: str | None, version: str | None
    ) -> Iterator[tuple[Run, Version | None]]:
        if model is not None:
            chosen = _version(server.versions(model), model, version)
            if chosen.run is None:
                raise InvalidInput(
                    "mlflow-version-without-run",
                    f"version {chosen.version} of `{model}` was registered without a run",
                    remedy="name a run instead, or register the version from its run",
                )
            yield server.run(chosen.run), chosen
            return
        made = {each.run: each for name in server.models() for each in reversed(server.versions(name)) if each.run}
        found = (server.run(each) for each in ids) if ids else server.tagged(USE_CASE_TAG)
        for number, run in enumerate(found):
            if number >= MOST_RUNS:
                raise InvalidInput(
                    "mlflow-too-many-runs",
                    f"more than {MOST_RUNS:,} runs name a use case",
                    remedy="collect them by their ids, or take the tag from those that are over",
                )
            yield run, made.get(run.id)

    def _without_known(self, prospect: Prospect) -> Prospect:
        known: set[int] = set()
        for use_case in sorted({claim.use_case for claim in prospect.claims}):
            items = self._evidence.of(use_case)
            known |= reviews.same(prospect.claims, self._recorded(items))
        kept = tuple(claim for position, claim in enumerate(prospect.claims) if position not in known)
        return replace(prospect, claims=kept, known=len(known))

    def _recorded(self, items: Sequence[Item]) -> Iterator[tuple[str, str, Any, Sequence[str], str | None]]:
        now = self._clock.now()
        for item in items:
            if item.state(now) in _STANDS:
                files = [attachment.digest for attachment in item.attachments]
                yield item.use_case, item.fact, item.observed_to, files, item.link

    def _from_the_future(self, claims: Sequence[Prepared]) -> list[Finding]:
        """Told before recording, with the cell, rather than by the refusal of the whole."""
        today = self._clock.now().date()
        return [
            Finding(
                "evidence-from-the-future",
                f"{claim.submission.observed_to} has not come yet",
                claim.place,
                "mend the day; perhaps day and month are swapped",
            )
            for claim in claims
            if not isinstance(claim.submission.observed_to, dt.datetime) and claim.submission.observed_to > today
        ]


def _version(found: Sequence[Version], model: str, wanted: str | None) -> Version:
    chosen = next((each for each in found if wanted is None or wanted == each.version or wanted in each.aliases), None)
    if chosen is None:
        known = ", ".join(f"`{each.version}`" for each in found[:10])
        raise InvalidInput(
            "mlflow-version-unknown",
            f"`{model}` has no version or alias `{wanted}`" if found else f"`{model}` has no versions",
            remedy=f"use one of {known}" if found else "register a version of it",
        )
    return chosen
