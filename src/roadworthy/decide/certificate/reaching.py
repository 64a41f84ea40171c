"""What a change would reach, worked out before anybody makes it: what would permit less or more, and who is told."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa

from roadworthy.decide.certificate import deciding, stop_rows, telling, trouble_rows
from roadworthy.decide.certificate import store as rows
from roadworthy.decide.certificate.deciding import Asked, Change
from roadworthy.decide.certificate.ground import Ground
from roadworthy.decide.certificate.model import ALL, Certificate, Envelope, Stop
from roadworthy.foundation.digests import digest_of

_NAMES_NOTHING = deciding.LESS | {Change.LIFT_STOP}


@dataclass(frozen=True, slots=True)
class Reach:
    """What a change would reach as things stand."""

    certificates: tuple[Certificate, ...]
    """For less: those that permit something now. For more: those that would permit something again."""
    after: Envelope | None
    """The envelope that would hold, where it becomes another one."""
    stops: tuple[Stop, ...]
    """Stop switches that are set and bear on them."""
    told: frozenset[str]
    """References of the people who are told."""

    @property
    def state(self) -> str:
        """Names what it was worked out from, so that whoever confirms it has seen it as it stands."""
        return digest_of(
            {
                "certificates": {each.serial: [each.state.value, each.digest] for each in self.certificates},
                "stops": sorted(each.id for each in self.stops),
            }
        )


def of_change(ground: Ground, connection: sa.Connection, asked: Asked) -> Reach:
    """What a change of a certificate, or lifting a stop switch, would reach, whatever stands against it.

    Raises:
        NotFound: there is no such certificate, or no such switch is set.
        Conflict: it leads nowhere from where things stand.
    """
    standing = () if asked.change in _NAMES_NOTHING else trouble_rows.standing(connection, asked.about)
    despite = tuple(sorted(each.id for each in standing if each.accepted_by is None))
    want = deciding.wanted(ground, connection, replace(asked, despite=despite))
    if want.certificate is None:
        return of_stop(ground, connection, asked.about)
    certificate, now = want.certificate, ground.runtime.clock.now()
    reached = asked.change not in deciding.LESS or certificate.permits(now)
    return Reach(
        certificates=(certificate,) if reached else (),
        after=want.envelope if asked.change in {Change.NARROW, Change.WIDEN, Change.RESUME} else None,
        stops=_stops(connection, certificate.use_case),
        told=telling.circle(ground, connection, certificate.use_case),
    )


def of_stop(ground: Ground, connection: sa.Connection, scope: str) -> Reach:
    """What setting or lifting a stop switch reaches: everything of its scope that would run without it."""
    now = ground.runtime.clock.now()
    found = rows.live(connection, None if scope == ALL else scope)
    return Reach(
        certificates=tuple(each for each in found if each.permits(now)),
        after=None,
        stops=_stops(connection, scope),
        told=telling.circle_of_stop(ground, connection, scope),
    )


def _stops(connection: sa.Connection, scope: str) -> tuple[Stop, ...]:
    return tuple(each for each in stop_rows.listed(connection, lifted=False) if each.scope in {ALL, scope})
