"""A certificate, a condition or a stop switch by its name, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from roadworthy.decide.certificate import stop_rows
from roadworthy.decide.certificate import store as rows
from roadworthy.decide.certificate.model import Certificate, Condition, Stop
from roadworthy.decide.certificate.scopes import SELF_TEST, ScopeKind, scope_of
from roadworthy.foundation.access.model import WORKLOAD
from roadworthy.foundation.errors import Conflict, NotFound, Place, did_you_mean
from roadworthy.foundation.resources.service import Resources
from roadworthy.inventory.kinds import USE_CASE

ACTION: Final = "Action"
"""The declared kind, which a layer above registers."""
_DECLARED: Final = {ScopeKind.USE_CASE: USE_CASE, ScopeKind.AGENT: WORKLOAD, ScopeKind.ACTION: ACTION}


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


def use_cases_of(resources: Resources, connection: sa.Connection, text: str) -> Sequence[str] | None:
    """The use cases in which something is stopped.

    Args:
        resources: where use cases, workloads and actions are declared.
        connection: in whose snapshot is looked.
        text: the scope of a stop switch, as people write it.

    Returns:
        None for every one.

    Raises:
        InvalidInput: it is no scope.
        NotFound: there is nothing of that name.
    """
    scope = scope_of(text)
    if scope.kind is ScopeKind.ALL:
        return None
    if text == SELF_TEST:
        return ()
    spec: Any = resources.get(_DECLARED[scope.kind], scope.name, connection).spec
    if scope.kind is ScopeKind.USE_CASE:
        return (scope.name,)
    return tuple(spec.use_cases) or None


def decided_in(resources: Resources, connection: sa.Connection, text: str) -> str | None:
    """The one use case whose people decide about a stop; None where it is about several, or about everything.

    Where what was stopped is not declared any more, nobody but those who decide about everything is left.

    Raises:
        InvalidInput: it is no scope.
    """
    try:
        cases = use_cases_of(resources, connection, text)
    except NotFound:
        return None
    return cases[0] if cases is not None and len(cases) == 1 else None
