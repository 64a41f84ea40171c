"""Whether evidence is fresh enough to decide on: the claim that counts, held to what a rule asks of it."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from roadworthy.evidence.rules import SATISFYING, Standing, standing
from roadworthy.evidence.store import claims_by_name
from roadworthy.foundation.spans import written
from roadworthy.inventory.facts import Answer

_GOOD = frozenset({Answer.YES, Answer.NOT_APPLICABLE})


class FreshEvidence:
    """Answers for `approvals.ground.EvidenceStanding` out of the evidence that is kept."""

    def missing(
        self, connection: sa.Connection, use_case: str | None, fact: str, within: float | None, now: dt.datetime
    ) -> str | None:
        """What is missing, as a sentence; None where the fact is answered, undisputed, and recently enough."""
        if use_case is None:
            return f"the rule asks for evidence of `{fact}`, and the request is about no use case"
        claims = claims_by_name(connection, [use_case]).get(use_case, {}).get(fact, ())
        if not claims:
            return f"there is no evidence of `{fact}`"
        limit = None if within is None else dt.timedelta(seconds=within)
        return _shortfall(standing(claims, now, limit), fact, within, now)


def _shortfall(found: Standing, fact: str, within: float | None, now: dt.datetime) -> str | None:
    claim = found.claim
    aged = within is not None and claim.observed_at + dt.timedelta(seconds=within) <= now
    faults = (
        (claim.answer not in _GOOD, f"says {claim.answer}"),
        (not found.live and aged, f"is older than {written(within or 0)}"),
        (not found.live, "has expired"),
        (found.contested_by is not None or claim.doubt is not None, "is in doubt"),
        (claim.method not in SATISFYING, f"is only {claim.method}, and the rule asks for what counts in full"),
    )
    said = next((what for holds, what in faults if holds), None)
    return None if said is None else f"the evidence of `{fact}` {said}"
