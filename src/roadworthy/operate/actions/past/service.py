"""Replaying: past actions decided anew under rules that nobody has applied yet. Never an effect, never a charge."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from functools import cache, lru_cache, partial
from typing import Final

from roadworthy.decide.certificate import store as certificates
from roadworthy.decide.certificate.model import Actions, Envelope, TermName
from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.resources.service import Resources
from roadworthy.operate.actions.catalogue.compiled import Catalogue
from roadworthy.operate.actions.deciding.windows import certified
from roadworthy.operate.actions.declared import Action
from roadworthy.operate.actions.doing.keeping import SALT, Keeping
from roadworthy.operate.actions.past.following import Asks, Following
from roadworthy.operate.actions.past.model import SAYS, Moment, Replayed, Span, Then
from roadworthy.operate.actions.past.store import moments, serials
from roadworthy.operate.actions.past.supposing import Formerly, supposed, terms_of
from roadworthy.operate.actions.past.tally import Tally
from roadworthy.operate.actions.past.then import EnvelopeThen
from roadworthy.operate.actions.store import ARGUMENTS

_CERTIFICATES: Final = 1_000
"""Whose versions are kept in memory during a replay."""


class Replaying:
    """Replays.

    Args:
        keeping: past actions.
        resources: what is declared, and what was.
    """

    def __init__(self, keeping: Keeping, resources: Resources) -> None:
        self._keeping = keeping
        self._resources = resources

    def replay(self, span: Span, declared: Iterable[Declared]) -> Replayed:
        """Decide about past actions anew.

        Args:
            span: which ones; its `terms` are taken from the declarations.
            declared: actions, limits and envelopes in place of those that are in force; with none, what is in force
                is asked.

        Raises:
            InvalidInput: the span is none, or a declaration is unfit.
            IntegrityBroken: kept arguments cannot be opened here.
        """
        if span.since >= span.until:
            raise InvalidInput(
                "replay-span-unfit", "the span ends before it begins", place=Place(field="until"),
                remedy="give a `since` that lies before `until`",
            )  # fmt: skip
        given = list(declared)
        with self._keeping.ground.store.read() as connection:
            catalogue = supposed(self._resources, connection, given)
        span = replace(span, terms={**span.terms, **terms_of(given)})
        begins = self._begin(catalogue, span)
        following = Following(self._asks(catalogue), span)
        tally, read, last = Tally(span), 0, span.until
        for portion in moments(self._keeping.ground.store, begins, span.until, self._opened):
            for moment, then in portion:
                if moment.what in SAYS:
                    if read == span.most:
                        return tally.replayed(begins, last, whole=False)
                    read, last = read + 1, moment.at
                found = following.take(moment, then)
                if found is not None and moment.at >= span.since and span.use_case in {None, then.use_case}:
                    tally.add(found, erased=then.arguments is None)
        return tally.replayed(begins, span.until, whole=True)

    def _begin(self, catalogue: Catalogue, span: Span) -> dt.datetime:
        """From when on windows have to be filled: the begin of the longest that is open when the span begins."""
        limits = [each for terms in span.terms.values() for each in terms.items()]
        with self._keeping.ground.store.read() as connection:
            for serial in serials(connection):
                for version in certificates.history(connection, serial):
                    term = version.envelope.terms.get(TermName.ACTIONS)
                    if term is not None and isinstance(term.bound, Actions):
                        limits += term.bound.limits.items()
        ceilings = [each for action in catalogue.actions.values() for each in action.ceilings]
        ceilings += [each for name, most in limits for each in certified(most, name)[0]]
        at = span.since.timestamp()
        begins = min((each.window.piece_at(at)[0] - each.window.back for each in ceilings), default=int(at))
        return dt.datetime.fromtimestamp(min(begins, int(at)), dt.UTC)

    def _opened(self, sealed: bytes, id_: str) -> bytes:
        return self._keeping.ground.sealing.open(sealed, id_, ARGUMENTS)[SALT:]

    def _asks(self, catalogue: Catalogue) -> Asks:
        formerly, store = Formerly(self._resources), self._keeping.ground.store

        @cache
        def was(name: str, digest: str) -> Action | None:
            with store.read() as connection:
                return formerly.spec(connection, name, digest)

        @lru_cache(maxsize=_CERTIFICATES)
        def versions(serial: str) -> list[tuple[dt.datetime, Envelope]]:
            with store.read() as connection:
                return [(each.made_at, each.envelope) for each in certificates.history(connection, serial)]

        def held(serial: str | None, at: dt.datetime) -> Envelope | None:
            found = [] if serial is None else sorted(versions(serial), key=lambda one: one[0])
            return next((envelope for made, envelope in reversed(found) if made <= at), None)

        def envelope(then: Then, moment: Moment) -> EnvelopeThen:
            return partial(held, then.certificate, moment.at)

        return Asks(catalogue, self._keeping.ground.known_as, was, envelope)
