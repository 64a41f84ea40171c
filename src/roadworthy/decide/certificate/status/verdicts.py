"""May this go on, now? Answered from a snapshot in memory, without a database, a lock, or a signature to check."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from roadworthy.decide.certificate.model import ALL
from roadworthy.decide.certificate.scopes import ScopeKind, scope_of
from roadworthy.decide.certificate.states import PERMITS, CertificateState
from roadworthy.decide.certificate.status.believing import SKEW
from roadworthy.decide.certificate.status.compiled import Asked, Compiled
from roadworthy.decide.certificate.status.model import Listed, Snapshot


class Why(StrEnum):
    """Why not."""

    NO_STATUS = "no-status"
    """No snapshot was ever believed here."""
    STATUS_TOO_OLD = "status-too-old"
    """Nothing was heard for longer than the policy allows."""
    CLOCK_BEHIND = "clock-behind"
    """The snapshot is of a later time than it is here."""
    STOPPED = "stopped"
    """A stop switch is set."""
    NO_CERTIFICATE = "no-certificate"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    NOT_YET = "not-yet"
    """Issued for a later time than it is here."""
    OTHER_RELEASE = "other-release"
    """Certified is another release than the one that asks."""
    UNREADABLE = "unreadable"
    """The signed statement is not here, or is not what the snapshot names."""
    OUTSIDE = "outside"
    """The envelope does not have it."""


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """Whether it may go on, and under which certificate."""

    permits: bool
    why: Why | None = None
    about: str = ""
    """What exactly: a term and what of it is outside, a state."""
    serial: str | None = None
    seq: int = 0
    """Of the snapshot that says so."""


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate as the hot path reads it."""

    listed: Listed
    issued: dt.datetime
    envelope: Compiled | None
    """None where its statement cannot be believed."""


_ENDED = {
    CertificateState.SUSPENDED: Why.SUSPENDED,
    CertificateState.WITHDRAWN: Why.WITHDRAWN,
    CertificateState.EXPIRED: Why.EXPIRED,
}
_NO_STATUS = Verdict(permits=False, why=Why.NO_STATUS)
NOTHING_CERTIFIED = Verdict(permits=False, why=Why.NO_CERTIFICATE)
"""Where it is known that there never was a snapshot: it needs a certificate, and not another try."""


@dataclass(frozen=True, slots=True)
class Held:
    """A believed snapshot, ready to be asked; nothing in it changes any more."""

    snapshot: Snapshot
    certified: Mapping[tuple[str, str], Certified]
    """By use case and stage: the one that has not ended, else the one that ended last."""
    stopped: frozenset[str]
    stopped_all: bool
    begins: dt.datetime
    effects_until: dt.datetime
    calls_until: dt.datetime
    stopped_agents: frozenset[str] = frozenset()
    stopped_actions: frozenset[str] = frozenset()

    def stopped_by(self, use_case: str, agent: str | None = None, action: str | None = None) -> str | None:
        """The widest stop switch that is set for something, as its scope is written; None where none is.

        Args:
            use_case: whose call or action it is.
            agent: name of the declared workload that asks; None for a program that is none.
            action: name of the declared action; None for a call.
        """
        if self.stopped_all:
            return ALL
        if use_case in self.stopped:
            return use_case
        if agent is not None and agent in self.stopped_agents:
            return f"agent:{agent}"
        if action is not None and action in self.stopped_actions:
            return f"action:{action}"
        return None

    def verdict(self, use_case: str, stage: str, release: str, asked: Asked, at: dt.datetime) -> Verdict:  # noqa: PLR0911 - a row of questions, each with its own no
        """Answer from this snapshot."""
        seq = self.snapshot.seq
        if at >= self.effects_until and (asked.effect or at >= self.calls_until):
            return Verdict(permits=False, why=Why.STATUS_TOO_OLD, seq=seq)
        if at < self.begins:
            return Verdict(permits=False, why=Why.CLOCK_BEHIND, seq=seq)
        stopped = self.stopped_by(use_case, asked.agent, asked.action)
        if stopped is not None:
            return Verdict(permits=False, why=Why.STOPPED, about=stopped, seq=seq)
        found = self.certified.get((use_case, stage))
        if found is None:
            return Verdict(permits=False, why=Why.NO_CERTIFICATE, seq=seq)
        why = _unfit(found, release, at)
        listed, envelope = found.listed, found.envelope
        if why is not None:
            return Verdict(permits=False, why=why, serial=listed.serial, seq=seq)
        if envelope is None:
            return Verdict(permits=False, why=Why.UNREADABLE, serial=listed.serial, seq=seq)
        outside = envelope.outside(asked)
        if outside is not None:
            about = f"{outside.term}: {outside.what}"
            return Verdict(permits=False, why=Why.OUTSIDE, about=about, serial=listed.serial, seq=seq)
        return Verdict(permits=True, serial=listed.serial, seq=seq)


def _unfit(found: Certified, release: str, at: dt.datetime) -> Why | None:
    """What speaks against the certificate as such."""
    listed = found.listed
    if listed.state not in PERMITS:
        return _ENDED[listed.state]
    if at >= listed.expires:
        return Why.EXPIRED
    if at < found.issued - SKEW:
        return Why.NOT_YET
    return None if listed.release == release else Why.OTHER_RELEASE


def held(snapshot: Snapshot, compiled: Mapping[str, tuple[dt.datetime, Compiled]]) -> Held:
    """Get a snapshot ready.

    Args:
        snapshot: believed.
        compiled: by digest of the statement, when the certificate was issued and its envelope.
    """
    certified: dict[tuple[str, str], Certified] = {}
    for key, each in standing_for(snapshot.standing.certificates).items():
        issued, envelope = compiled.get(each.digest, (snapshot.issued, None))
        certified[key] = Certified(each, issued, envelope)
    return holding_of(snapshot, certified)


def holding_of(snapshot: Snapshot, certified: Mapping[tuple[str, str], Certified]) -> Held:
    """A snapshot with its certificates got ready already; nobody may change `certified` any more."""
    until = snapshot.issued + snapshot.ages.most
    scopes = [scope_of(each.scope) for each in snapshot.standing.stops]

    def named(kind: ScopeKind) -> frozenset[str]:
        return frozenset(each.name for each in scopes if each.kind is kind)

    return Held(
        snapshot=snapshot,
        certified=certified,
        stopped=named(ScopeKind.USE_CASE),
        stopped_all=any(each.kind is ScopeKind.ALL for each in scopes),
        begins=snapshot.issued - SKEW,
        effects_until=until,
        calls_until=until + snapshot.ages.grace,
        stopped_agents=named(ScopeKind.AGENT),
        stopped_actions=named(ScopeKind.ACTION),
    )


def standing_for(certificates: Iterable[Listed]) -> Mapping[tuple[str, str], Listed]:
    """Which one stands for each use case and stage: the one that has not ended, else the one that ended last."""
    return {(each.use_case, each.stage): each for each in sorted(certificates, key=_rank)}


def verdict(holding: Held | None, use_case: str, stage: str, release: str, asked: Asked, at: dt.datetime) -> Verdict:
    """May a release of a use case do this in a stage, at an instant?"""
    return _NO_STATUS if holding is None else holding.verdict(use_case, stage, release, asked, at)


def _rank(listed: Listed) -> tuple[bool, str]:
    """Serials sort by time; what has not ended comes last and so stands."""
    return listed.state not in _GONE, listed.serial


_GONE = frozenset({CertificateState.WITHDRAWN, CertificateState.EXPIRED})
