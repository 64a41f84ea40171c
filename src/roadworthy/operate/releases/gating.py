"""Looks at everything that lets a use case go on at a stage, so that a pipeline can ask before it goes on."""

from __future__ import annotations

from collections.abc import Collection

from roadworthy.decide.certificate import stop_rows, trouble_rows
from roadworthy.decide.certificate import store as certificates
from roadworthy.decide.certificate.model import ALL, Certificate, Stop
from roadworthy.decide.review.content import agenda_of
from roadworthy.decide.review.model import ItemKind
from roadworthy.decide.review.service import Reviews
from roadworthy.foundation.errors import NotFound
from roadworthy.foundation.runtime import Clock
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.model import Stage
from roadworthy.operate.releases import store as rows
from roadworthy.operate.releases.gate_rules import CheckName, Gate, Looked, counting, gate
from roadworthy.operate.releases.moving import released
from roadworthy.operate.releases.service import Releases


class Gates:
    """Answers whether a use case may go on at a stage."""

    def __init__(self, store: Store, clock: Clock, releases: Releases, reviews: Reviews) -> None:
        self._store = store
        self._clock = clock
        self._releases = releases
        self._reviews = reviews

    def look(
        self, use_case: str, stage: Stage, called: str | None = None, tolerated: Collection[CheckName] = ()
    ) -> Gate:
        """Look at everything.

        Args:
            use_case: whose.
            stage: where it is to run.
            called: the release by name or digest; without it the one that is to run there, else the certified one,
                else the one that was recorded last.
            tolerated: what is to be a warning only.

        Raises:
            NotFound: there is no such use case or release.
        """
        now = self._clock.now()
        with self._store.read() as connection:
            name = called or self._releases.expected(connection, use_case, stage.value)
            recorded = None if name is None else released(connection, use_case, name)
            running = rows.running(connection, use_case, stage.value)
            looked = Looked(
                use_case=use_case,
                stage=stage.value,
                release=recorded,
                running=running,
                running_name=rows.names(connection, [running]).get(running) if running else None,
                certificates=certificates.of(connection, use_case, stage.value),
                troubles=(),
                stops=[
                    stop for scope in (ALL, use_case) if isinstance(stop := stop_rows.standing(connection, scope), Stop)
                ],
                agenda=(),
                decided=frozenset(),
                now=now,
            )
            certificate = counting(looked)
            troubles = [] if certificate is None else trouble_rows.standing(connection, certificate.serial)
        agenda = self._reviews.standing(use_case, stage, None if recorded is None else recorded.digest)
        return gate(looked.with_more(troubles, agenda, self._decided(certificate)), tolerated)

    def _decided(self, certificate: Certificate | None) -> frozenset[tuple[ItemKind, str]]:
        """What stood on the agenda that a certificate was decided on."""
        if certificate is None:
            return frozenset()
        try:
            review = self._reviews.get(certificate.review)
        except NotFound:
            return frozenset()
        if review.content is None or "agenda" not in review.content:
            return frozenset()
        return frozenset((item.kind, item.id) for item in agenda_of(review.content))
