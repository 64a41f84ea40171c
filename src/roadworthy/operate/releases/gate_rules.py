"""Whether a use case may go on at a stage: what is looked at, and what each look says. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from roadworthy.decide.certificate.model import Certificate, Stop, Trouble
from roadworthy.decide.certificate.states import CertificateState
from roadworthy.decide.review.model import AgendaItem, ItemKind
from roadworthy.operate.releases.model import Recorded
from roadworthy.operate.releases.rules import facts_of

SOON: Final = dt.timedelta(days=14)
"""So long before its end a certificate is said to end soon. Our own choice: two weeks for another review."""
MOST_NAMED: Final = 10


class Outcome(StrEnum):
    """What a look says."""

    PASSED = "passed"
    WARNED = "warned"
    """It does not stop anything, and somebody should know."""
    FAILED = "failed"


class CheckName(StrEnum):
    """What is looked at."""

    STOP = "stop"
    """No stop switch is set."""
    RELEASE = "release"
    """It is known which release it is about, and it is the one that is to run there."""
    MATCHES = "matches"
    """Nobody saw a part of it as something else."""
    OBSERVED = "observed"
    """Every part was seen; none is only said."""
    CERTIFICATE = "certificate"
    """An operating certificate permits this release there now."""
    WHOLE = "whole"
    """It permits what was decided, and was not narrowed."""
    TROUBLE = "trouble"
    """Nothing stands against it that will narrow or suspend it."""
    AGENDA = "agenda"
    """Nothing would block a go today that was not decided about already."""


TITLES: Final = {
    CheckName.STOP: "no stop switch is set",
    CheckName.RELEASE: "the release is the one that is to run there",
    CheckName.MATCHES: "no part was seen as something else",
    CheckName.OBSERVED: "every part was seen",
    CheckName.CERTIFICATE: "an operating certificate permits it",
    CheckName.WHOLE: "the certificate is not narrowed",
    CheckName.TROUBLE: "nothing stands against the certificate",
    CheckName.AGENDA: "nothing new blocks a go",
}
TOLERABLE: Final = frozenset({CheckName.OBSERVED, CheckName.WHOLE, CheckName.AGENDA})
"""What whoever asks can choose to be warned about only."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: CheckName
    outcome: Outcome
    says: str
    remedy: str = ""

    @property
    def title(self) -> str:
        """What would be good."""
        return TITLES[self.name]


@dataclass(frozen=True, slots=True)
class Looked:
    """Everything that is looked at."""

    use_case: str
    stage: str
    release: Recorded | None
    running: str | None
    """Digest of what is to run at the stage; None where nobody said."""
    running_name: str | None
    certificates: Sequence[Certificate]
    """Of the use case at the stage, the latest first."""
    troubles: Sequence[Trouble]
    """That stand against the certificate that counts."""
    stops: Sequence[Stop]
    agenda: Sequence[AgendaItem]
    """What would stand on the agenda of a review today."""
    decided: frozenset[tuple[ItemKind, str]]
    """What stood on the agenda that the certificate was decided on."""
    now: dt.datetime

    def with_more(
        self, troubles: Sequence[Trouble], agenda: Sequence[AgendaItem], decided: frozenset[tuple[ItemKind, str]]
    ) -> Looked:
        """The same, with what is only known once it is known which certificate counts."""
        return replace(self, troubles=troubles, agenda=agenda, decided=decided)


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a use case may go on at a stage."""

    use_case: str
    stage: str
    release: Recorded | None
    certificate: Certificate | None
    checks: tuple[Check, ...]
    at: dt.datetime

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return all(check.outcome is not Outcome.FAILED for check in self.checks)


def gate(looked: Looked, tolerated: Collection[CheckName] = ()) -> Gate:
    """Look at everything.

    Args:
        looked: what is known.
        tolerated: what is to be a warning instead of a failure; what is not in `TOLERABLE` fails in any case.
    """
    certificate = counting(looked)
    checks = (
        _stop(looked),
        *_release(looked),
        *_certificate(looked, certificate),
        _agenda(looked, certificate),
    )
    allowed = TOLERABLE & set(tolerated)
    softened = tuple(
        Check(each.name, Outcome.WARNED, each.says, each.remedy)
        if each.outcome is Outcome.FAILED and each.name in allowed
        else each
        for each in checks
    )
    return Gate(looked.use_case, looked.stage, looked.release, certificate, softened, looked.now)


def counting(looked: Looked) -> Certificate | None:
    """The certificate that counts: the latest of this release; of any release where it has none."""
    digest = None if looked.release is None else looked.release.digest
    own = [each for each in looked.certificates if each.release == digest]
    some = own or [each for each in looked.certificates if each.permits(looked.now)]
    return max(some, key=lambda each: (each.permits(looked.now), each.issued_at), default=None)


def _passed(name: CheckName, says: str) -> Check:
    return Check(name, Outcome.PASSED, says)


def _failed(name: CheckName, says: str, remedy: str) -> Check:
    return Check(name, Outcome.FAILED, says, remedy)


def _stop(looked: Looked) -> Check:
    if not looked.stops:
        return _passed(CheckName.STOP, "None is set.")
    scopes = ", ".join(f"`{each.scope}` since {each.set_at:%Y-%m-%d %H:%M} UTC" for each in looked.stops)
    remedy = "have it lifted by those who may: `roadworthy stop lift`"
    return _failed(CheckName.STOP, f"Set for {scopes}.", remedy)


def _release(looked: Looked) -> Iterator[Check]:
    recorded = looked.release
    if recorded is None:
        remedy = f"record what goes there: `roadworthy release record {looked.use_case} NAME --file model/NAME=PATH`"
        yield _failed(CheckName.RELEASE, "No release is recorded.", remedy)
        return
    name = recorded.release.name
    if looked.running is None:
        yield Check(CheckName.RELEASE, Outcome.WARNED, f"`{name}` is not deployed to {looked.stage} yet.", "")
    elif looked.running == recorded.digest:
        yield _passed(CheckName.RELEASE, f"`{name}` is to run there.")
    else:
        says = f"`{looked.running_name or looked.running[:19]}` is to run there, and `{name}` takes its place."
        yield Check(CheckName.RELEASE, Outcome.WARNED, says, "")
    facts = facts_of(recorded)
    if facts.mismatched:
        remedy = f"find out what runs: `roadworthy release show {looked.use_case} {name}`"
        yield _failed(CheckName.MATCHES, f"Seen as something else: {_some(facts.mismatched)}.", remedy)
    else:
        yield _passed(CheckName.MATCHES, "None was.")
    if facts.asserted:
        remedy = "record or observe them where they lie: `--file`, `--json`, `--git` or `--registry`"
        yield _failed(CheckName.OBSERVED, f"Only said: {_some(facts.asserted)}.", remedy)
    else:
        yield _passed(CheckName.OBSERVED, f"All {len(facts.observed)} were.")


def _certificate(looked: Looked, certificate: Certificate | None) -> Iterator[Check]:
    review = f"have it reviewed: `roadworthy review open {looked.use_case} --stage {looked.stage}`"
    if certificate is None:
        yield _failed(CheckName.CERTIFICATE, f"There is no certificate for {looked.stage}.", review)
        return
    end = f"{certificate.expires_at:%Y-%m-%d}"
    if looked.release is None or certificate.release != looked.release.digest:
        says = f"`{certificate.serial}` is for another release."
        yield _failed(CheckName.CERTIFICATE, says, review)
        return
    if not certificate.permits(looked.now):
        yield _failed(CheckName.CERTIFICATE, _why_not(certificate, looked.now), _way_out(certificate, review))
        return
    if certificate.expires_at - looked.now <= SOON:
        says = f"`{certificate.serial}` permits it, and ends on {end}."
        yield Check(CheckName.CERTIFICATE, Outcome.WARNED, says, review)
    else:
        yield _passed(CheckName.CERTIFICATE, f"`{certificate.serial}` until {end}.")
    if certificate.state is CertificateState.NARROWED:
        says = f"It was narrowed on {certificate.state_at:%Y-%m-%d} ({certificate.cause})."
        remedy = f"mend the cause, then ask for the whole: `roadworthy certificate widen {certificate.serial}`"
        yield _failed(CheckName.WHOLE, says, remedy)
    else:
        yield _passed(CheckName.WHOLE, "It permits what was decided.")
    yield _trouble(looked, certificate)


def _trouble(looked: Looked, certificate: Certificate) -> Check:
    if not looked.troubles:
        return _passed(CheckName.TROUBLE, "Nothing does.")
    said = "; ".join(f"{each.cause} ({each.about})" for each in looked.troubles[:MOST_NAMED])
    nexts = [when for each in looked.troubles for when in (each.narrows_at, each.suspends_at) if when]
    ahead = [when for when in nexts if when > looked.now]
    then = f"; the next step is on {min(ahead):%Y-%m-%d %H:%M} UTC" if ahead else ""
    remedy = f"see `roadworthy certificate show {certificate.serial}`"
    return Check(CheckName.TROUBLE, Outcome.WARNED, f"{said}{then}.", remedy)


def _why_not(certificate: Certificate, now: dt.datetime) -> str:
    serial, since = certificate.serial, f"{certificate.state_at:%Y-%m-%d}"
    if certificate.state is CertificateState.EXPIRED or certificate.expires_at <= now:
        return f"`{serial}` expired on {certificate.expires_at:%Y-%m-%d}."
    if now < certificate.issued_at:
        return f"`{serial}` begins on {certificate.issued_at:%Y-%m-%d}."
    return f"`{serial}` is {certificate.state} since {since} ({certificate.cause})."


def _way_out(certificate: Certificate, review: str) -> str:
    if certificate.state is CertificateState.SUSPENDED:
        return f"mend the cause, then ask for it: `roadworthy certificate resume {certificate.serial}`"
    return review


def _agenda(looked: Looked, certificate: Certificate | None) -> Check:
    skipped = {ItemKind.RELEASE}  # looked at by itself
    blocking = [each for each in looked.agenda if each.blocks and each.kind not in skipped]
    known = looked.decided if certificate is not None else frozenset()
    new = [each for each in blocking if (each.kind, each.id) not in known]
    if new:
        remedy = f"mend or waive it, or have it reviewed anew: `roadworthy review open {looked.use_case}`"
        return _failed(CheckName.AGENDA, f"It is blocked by {_some([each.title for each in new], '; ')}.", remedy)
    if blocking:
        return _passed(CheckName.AGENDA, f"{len(blocking)} stood on the agenda when it was decided.")
    return _passed(CheckName.AGENDA, "Nothing blocks.")


def _some(names: Sequence[str], between: str = ", ") -> str:
    more = len(names) - MOST_NAMED
    return between.join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
