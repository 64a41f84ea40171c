"""Where an operating certificate can stand, and what moves it: the table that `foundation.workflow` runs."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from roadworthy.foundation.workflow.machines import Machine, Transition

MACHINE = "operating-certificate"
SUPERSEDED: Final = "superseded"
"""Cause of the end of a certificate whose place a new one takes."""


class CertificateState(StrEnum):
    """Where an operating certificate stands."""

    VALID = "valid"
    NARROWED = "narrowed"
    """It permits less than what was decided, until the cause is gone and somebody with the right widens it again."""
    SUSPENDED = "suspended"
    """It permits nothing for now."""
    WITHDRAWN = "withdrawn"
    """It permits nothing any more; only a new review leads to another one."""
    EXPIRED = "expired"


class CertificateEvent(StrEnum):
    """What moves an operating certificate."""

    NARROW = "narrow"
    SUSPEND = "suspend"
    WIDEN = "widen"
    """By decision only: the whole envelope holds again."""
    RESUME = "resume"
    """By decision only, from suspended: to the whole envelope."""
    RESUME_NARROWED = "resume-narrowed"
    """By decision only, from suspended: to the narrower envelope that held before."""
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


PERMITS = frozenset({CertificateState.VALID, CertificateState.NARROWED})
ENDS = frozenset({CertificateState.WITHDRAWN, CertificateState.EXPIRED})

_S, _E = CertificateState, CertificateEvent

CERTIFICATES = Machine(
    name=MACHINE,
    version=1,
    initial=_S.VALID,
    transitions=(
        Transition(_S.VALID, _E.NARROW, _S.NARROWED),
        Transition(_S.NARROWED, _E.NARROW, _S.NARROWED),
        Transition(_S.VALID, _E.SUSPEND, _S.SUSPENDED),
        Transition(_S.NARROWED, _E.SUSPEND, _S.SUSPENDED),
        Transition(_S.NARROWED, _E.WIDEN, _S.VALID),
        Transition(_S.SUSPENDED, _E.RESUME, _S.VALID),
        Transition(_S.SUSPENDED, _E.RESUME_NARROWED, _S.NARROWED),
        *(
            Transition(state, event, to)
            for state in (_S.VALID, _S.NARROWED, _S.SUSPENDED)
            for event, to in ((_E.WITHDRAW, _S.WITHDRAWN), (_E.EXPIRE, _S.EXPIRED))
        ),
    ),
    ends=ENDS,
)
"""Time and what happens by itself only ever lead to less; `widen` and both kinds of `resume` take a decision."""


def run_of(serial: str) -> str:
    """Id of the machine's run of a certificate."""
    return serial.removeprefix("oc-")
