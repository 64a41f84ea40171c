"""A certificate, a condition or a stop switch by its name, or why there is none."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.decide.certificate import stop_rows
from roadworthy.decide.certificate import store as rows
from roadworthy.decide.certificate.model import Certificate, Condition, Stop
from roadworthy.foundation.errors import Conflict, NotFound, Place, did_you_mean


def found(connection: sa.Connection, serial: str) -> Certificate:
    """One certificate.

    Raises:
        NotFound: there is none.
    """
    certificate = rows.get(connection, serial)
    if certificate is None:
        raise NotFound(
            "certificate-unknown",
            f"there is no certificate `{serial[:80]}`",
            place=Place(field="serial"),
            remedy="list them with `roadworthy certificate list`",
        )
    return certificate


def condition_of(certificate: Certificate, name: str) -> Condition:
    """One condition of a certificate.

    Raises:
        NotFound: it has none of that name.
    """
    by_id = {each.id: each for each in certificate.conditions}
    if name not in by_id:
        raise NotFound(
            "condition-unknown",
            f"`{certificate.serial}` has no condition `{name[:80]}`",
            place=Place(field="condition"),
            remedy=did_you_mean(name, by_id),
        )
    return by_id[name]


def stopped(connection: sa.Connection, scope: str) -> Stop:
    """The stop switch of a scope that is set.

    Raises:
        Conflict: none is.
    """
    stop = stop_rows.standing(connection, scope)
    if stop is None:
        raise Conflict(
            "stop-not-set",
            f"no stop switch is set for `{scope[:120]}`",
            place=Place(field="scope"),
            remedy="list those that are with `roadworthy stop list`",
        )
    return stop
