"""A fault as a page: the same four parts that the command line and the API show."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.foundation.errors import RoadworthyError, Unauthenticated
from roadworthy.interfaces.web.views.parts import Link, Tone

_SERVER_FAULT = 500
"""From this status on the fault is ours, not the request's (RFC 9110, section 15.6)."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One finding of several."""

    code: str
    message: str
    place: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ErrorView:
    """What is wrong, where, and what to do next."""

    status: int
    title: str
    code: str
    message: str
    place: str
    remedy: str
    tone: Tone
    findings: tuple[Fault, ...] = ()
    way_on: Link | None = None
    command: str | None = None
    """What to run, where running something is the way on."""

    @classmethod
    def of(cls, error: RoadworthyError, *, by_provider: bool = False) -> ErrorView:
        """The parts of an error, ready to show; whoever is nobody is shown how people sign in here."""
        signed_out = isinstance(error, Unauthenticated)
        findings = tuple(Fault(f.code, f.message, str(f.place), f.remedy) for f in error.findings)
        return cls(
            status=error.status,
            title=error.title,
            code=error.code,
            message=error.message,
            place=str(error.place),
            remedy=error.remedy,
            tone=Tone.MIND if error.status < _SERVER_FAULT else Tone.STOP,
            findings=findings,
            way_on=_way_on(signed_out=signed_out, by_provider=by_provider),
            command="roadworthy sign-in-link" if signed_out and not by_provider else None,
        )


def _way_on(*, signed_out: bool, by_provider: bool) -> Link | None:
    if not signed_out:
        return Link("Back to the portfolio", "/")
    return Link("Sign in", "/sign-in") if by_provider else None
