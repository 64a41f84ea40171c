"""How a certificate or a release stands now, read beside its entries."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from roadworthy.decide.certificate import store as certificates
from roadworthy.decide.certificate import trouble_rows
from roadworthy.decide.certificate.drafting import shown_envelope
from roadworthy.decide.certificate.model import Certificate
from roadworthy.decide.certificate.telling import SPOKEN
from roadworthy.documents.question.words import moment
from roadworthy.foundation.identity.model import Person

MOST_TROUBLES = 20
AGAINST = "Stands against it"
STANDS = "Stands now"
Standing = tuple[tuple[str, str], ...]


def of_certificate(connection: sa.Connection, serial: str, people: Mapping[str, Person]) -> Standing:
    """Names and values that say how a certificate stands; nothing where there is none of this serial."""
    found = certificates.get(connection, serial)
    if found is None:
        return ()
    lines = [(STANDS, _state(found))]
    for trouble in trouble_rows.of(connection, serial)[:MOST_TROUBLES]:
        ended = f", gone since {moment(trouble.ended_at)}" if trouble.ended_at else ""
        lines.append((AGAINST, f"{SPOKEN[trouble.cause]} ({trouble.about}), {moment(trouble.since)}{ended}"))
    lines += [("Condition", _condition(found, number, people)) for number in range(len(found.conditions))]
    lines.append(("Holds for", f"`{found.use_case}` at {found.stage}, release `{found.release[:26]}…`"))
    lines += [("Permits", line) for line in shown_envelope(found.envelope)]
    return tuple(lines)


def _state(found: Certificate) -> str:
    cause = f", because {found.cause.replace('-', ' ')}" if found.cause else ""
    since = f"{found.state.value} since {moment(found.state_at)}{cause}"
    return f"{since}; version {found.version}, until {moment(found.expires_at)}"


def _condition(found: Certificate, number: int, people: Mapping[str, Person]) -> str:
    condition = found.conditions[number]
    who = people[condition.owner].shown if condition.owner in people else "an erased person"
    met = f"met {moment(condition.met_at)}" if condition.met_at else f"due {moment(condition.due)}"
    return f"{condition.what} ({who}, {met})"
