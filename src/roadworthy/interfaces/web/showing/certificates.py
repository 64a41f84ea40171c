"""Operating certificates in words."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from roadworthy.decide.certificate.deciding import Change
from roadworthy.decide.certificate.drafting import spoken
from roadworthy.decide.certificate.model import (
    ALL,
    Certificate,
    Condition,
    Envelope,
    Source,
    Stop,
    Term,
    TermName,
    Trouble,
    Version,
)
from roadworthy.decide.certificate.states import CERTIFICATES, ENDS, PERMITS, CertificateEvent, CertificateState
from roadworthy.decide.certificate.status.service import Health
from roadworthy.foundation.identity.model import Person
from roadworthy.interfaces.web.showing.decision_words import called, names
from roadworthy.interfaces.web.showing.qr import code
from roadworthy.interfaces.web.showing.troubles import caused_by, note_of, trouble_lines
from roadworthy.interfaces.web.views.certificates import (
    CertificateLine,
    CertificatesView,
    CertificateView,
    ConditionState,
    TermLine,
    VersionLine,
)
from roadworthy.interfaces.web.views.parts import Badge, Empty, Figure, Link, Moment, Option, Say, Tone, plural, span

API = "/api/v1alpha1"
STATES: Final[Mapping[CertificateState, Badge]] = {
    CertificateState.VALID: Badge(Tone.GO, "valid"),
    CertificateState.NARROWED: Badge(Tone.MIND, "narrowed"),
    CertificateState.SUSPENDED: Badge(Tone.STOP, "suspended"),
    CertificateState.WITHDRAWN: Badge(Tone.ASIDE, "withdrawn"),
    CertificateState.EXPIRED: Badge(Tone.STALE, "expired"),
}
SOURCES: Final[Mapping[Source, Badge]] = {
    Source.DECLARED: Badge(Tone.UNKNOWN, "only declared"),
    Source.AUDITED: Badge(Tone.GO, "audited"),
    Source.REHEARSED: Badge(Tone.GO, "rehearsed"),
}
TERMS: Final[Mapping[TermName, str]] = {
    TermName.DATA: "Data it works on",
    TermName.VOLUME: "Volume",
    TermName.RATE: "Rate",
    TermName.POPULATION: "For whom",
    TermName.DATA_CLASSES: "Classes of data",
    TermName.ACTIONS: "Actions",
    TermName.COST: "Cost",
    TermName.LATENCY: "Latency",
    TermName.COHORT: "Who may use it",
}
_SHORT = 19
"""Characters of a digest that are shown where it is only told from others."""


@dataclass(frozen=True, slots=True)
class Looked:
    """All that the page of one certificate is made of, read by whoever serves it."""

    certificate: Certificate
    called: str
    """Title of the use case; its name where it is gone."""
    versions: Sequence[Version]
    troubles: Sequence[Trouble]
    people: Mapping[str, Person]
    stops: Sequence[Stop]
    """Those that are set and stop it."""
    health: Health
    """Of the status."""
    origin: str
    now: dt.datetime
    release: str = ""
    """What people call the release; empty where it is not recorded."""
    abouts: Mapping[str, Link] = field(default_factory=dict)
    """Where one reads about what a cause names, by that name."""
    may_change: bool = False
    """Whether whoever looks may ask for a change of it, or stop it."""
    may_meet: bool = False
    """Whether whoever looks may say that a condition is met."""
    may_pack: bool = False
    """Whether whoever looks may take an evidence pack away."""


# ---------------------------------------------------------------- the list


def certificates_view(
    found: Sequence[Certificate],
    troubles: Mapping[str, Sequence[Trouble]],
    titles: Mapping[str, str],
    asked: Mapping[str, str],
    stops: Sequence[Stop],
    now: dt.datetime,
    more: str | None,
    releases: Mapping[str, str] | None = None,
) -> CertificatesView:
    """Every certificate, the newest first.

    Args:
        found: of this page.
        troubles: what stands against each, by serial.
        titles: of use cases, by name.
        asked: the filter: `state` and `use_case`.
        stops: switches that are set.
        now: the time that instants are told from.
        more: serial after which the next page begins.
        releases: what people call them, by digest.
    """
    state, use_case = asked.get("state", ""), asked.get("use_case", "")
    counts = Counter(each.state for each in found)
    options = [Option("", "every state", not state)]
    options += [Option(each.value, STATES[each].word, each.value == state) for each in CertificateState]
    return CertificatesView(
        finding=_list_finding(found, use_case and titles.get(use_case, use_case), stops, now),
        lede="A certificate says what a go permits: which release, at which stage, within which bounds, until when. "
        "It is signed, and it acts on its own when what it rests on gives way.",
        figures=tuple(Figure(str(counts[each]), STATES[each].word) for each in CertificateState if counts[each]),
        sayings=tuple(_stop_saying(each, titles) for each in stops),
        lines=tuple(
            _line(each, troubles.get(each.serial, ()), titles.get(each.use_case, each.use_case), releases or {}, now)
            for each in found
        ),
        states=tuple(options),
        use_case=use_case,
        empty=None if found else _nothing(filtered=bool(state or use_case)),
        more=None
        if more is None
        else Link("Older certificates", f"/certificates?{urlencode({**asked, 'after': more})}"),
    )


def _list_finding(found: Sequence[Certificate], about: str, stops: Sequence[Stop], now: dt.datetime) -> str:
    of = f" of {about}" if about else ""
    if not found:
        return f"No certificate{of}"
    stopped = {stop.scope for stop in stops}
    good = [each for each in found if each.permits(now)]
    held_up = sum(each.use_case in stopped or ALL in stopped for each in good)
    said = ((held_up, "stopped"), (sum(each.state is CertificateState.SUSPENDED for each in found), "suspended"))
    tail = "".join(f", {count} {word}" for count, word in said if count)
    return f"{plural(len(good) - held_up, 'certificate')}{of} in force{tail}"


def _line(
    each: Certificate, troubles: Sequence[Trouble], title: str, releases: Mapping[str, str], now: dt.datetime
) -> CertificateLine:
    return CertificateLine(
        title=title,
        href=f"/certificates/{each.serial}",
        stage=each.stage,
        state=_badge(each, now),
        note=note_of(each, troubles, now),
        release=releases.get(each.release, f"{each.release[:_SHORT]}…"),
        terms=_known(each.envelope),
        expires=Moment.of(each.expires_at, now),
    )


def _badge(each: Certificate, now: dt.datetime) -> Badge:
    """Where it stands; one whose time is over permits nothing, also in the second before that is recorded."""
    over = each.state in PERMITS and now >= each.expires_at
    return STATES[CertificateState.EXPIRED if over else each.state]


def _known(envelope: Envelope) -> str:
    counts = Counter(term.source for term in envelope.terms.values())
    said = [f"{counts[source]} {SOURCES[source].word}" for source in reversed(Source) if counts[source]]
    if envelope.missing:
        said.append(f"{len(envelope.missing)} missing")
    return ", ".join(said)


def _stop_saying(stop: Stop, titles: Mapping[str, str]) -> Say:
    scope = "everything" if stop.scope == ALL else titles.get(stop.scope, stop.scope).replace("`", "")
    return Say(
        Tone.STOP,
        f"A stop switch stops {scope}",
        "Nothing goes on under any certificate of it. Anybody with the right could set it; only a decision lifts it.",
        links=(Link("Stop switches", "/stops"),),
    )


def _nothing(*, filtered: bool) -> Empty:
    if filtered:
        return Empty(
            "No certificate is like this",
            "Choose another state, or look at all of them.",
            None,
            Link("Every certificate", "/certificates"),
        )
    return Empty(
        title="Nothing is certified yet",
        sentence="A readiness review that ends in a go issues an operating certificate. It can be verified by anybody "
        "who has the public key, without this server:",
        command="roadworthy certificate verify FILE --key KEYS",
        button=Link("Look at the reviews", "/reviews"),
    )


# ---------------------------------------------------------------- one certificate


def certificate_view(looked: Looked) -> CertificateView:
    """The page of one certificate, which is also its print-out."""
    of, now = looked.certificate, looked.now
    standing = [each for each in looked.troubles if each.ended_at is None]
    return CertificateView(
        crumbs=(Link("Certificates", "/certificates"), Link(looked.called, f"/use-cases/{of.use_case}")),
        finding=_finding(looked),
        state=_badge(of, now),
        lede=_lede(of, standing, now),
        acts=(
            Link("Signed file", f"{API}/certificates/{of.serial}/statement"),
            Link("Who let this happen?", f"/question/certificate/{of.serial}"),
            Link("Calls under it", f"/calls?{urlencode({'use_case': of.use_case, 'certificate': of.serial})}"),
            *((Link("Evidence pack", f"/packs?of=certificate&name={of.serial}"),) if looked.may_pack else ()),
        ),
        changes=tuple(_changes(looked)) if looked.may_change else (),
        sayings=tuple(_sayings(looked)),
        facts=tuple(_facts(looked)),
        deciders=names(of.deciders, looked.people),
        review=Link("the review with everything that it rests on", f"/reviews/{of.review}"),
        request=None if of.request is None else Link("the decision, vote by vote", f"/decisions/{of.request}"),
        code=code(f"{of.serial} {of.version} {of.digest}"),
        digest=of.digest,
        terms=tuple(_term(each) for each in of.envelope.terms.values()),
        missing=tuple(TERMS[name] for name in of.envelope.missing),
        narrowed="Narrower than what was decided; only a decision gives the whole back."
        if of.state is CertificateState.NARROWED
        else "",
        conditions=tuple(_condition(each, looked) for each in of.conditions),
        troubles=trouble_lines(looked.troubles, of, looked.abouts, now),
        evidence=of.evidence,
        versions=tuple(_version(each, now) for each in reversed(looked.versions)),
        status=_status(looked.health),
        verify=f"roadworthy certificate verify {of.serial}.json --key keys.json --status status.json",
    )


_WORDS: Final[Sequence[tuple[Change, CertificateEvent, str]]] = (
    (Change.NARROW, CertificateEvent.NARROW, "Narrow it"),
    (Change.SUSPEND, CertificateEvent.SUSPEND, "Suspend it"),
    (Change.WITHDRAW, CertificateEvent.WITHDRAW, "Withdraw it"),
    (Change.WIDEN, CertificateEvent.WIDEN, "Widen it again"),
    (Change.RESUME, CertificateEvent.RESUME, "Resume it"),
)


def _changes(looked: Looked) -> Iterator[Link]:
    """What can be made of it from where it stands, and its stop switch."""
    of = looked.certificate
    if looked.now < of.expires_at:
        for change, event, words in _WORDS:
            if CERTIFICATES.target(of.state.value, event.value) is not None:
                yield Link(words, f"/certificates/{of.serial}/{change}")
    if any(each.scope == of.use_case for each in looked.stops):
        yield Link("Lift the stop", f"/use-cases/{of.use_case}/stop/lift")
    elif of.state in PERMITS:
        yield Link("Stop the use case", f"/use-cases/{of.use_case}/stop")


def _finding(looked: Looked) -> str:
    of = looked.certificate
    if of.permits(looked.now) and not looked.stops:
        until = f"{of.expires_at.day} {of.expires_at:%B %Y}"
        return f"{looked.called} may operate at {of.stage} until {until}"
    return f"{looked.called} may not operate at {of.stage}"


def _lede(of: Certificate, standing: Sequence[Trouble], now: dt.datetime) -> str:
    since = f"since {of.state_at.day} {of.state_at:%B %Y, %H:%M} UTC"
    cause, note = caused_by(of.cause), note_of(of, standing, now)
    why = note if note.startswith(cause) else ", ".join(each for each in (cause, note) if each)
    return f"{since}: {why}." if why else f"{since}."


def _sayings(looked: Looked) -> Iterator[Say]:
    for stop in looked.stops:
        yield _stop_saying(stop, {looked.certificate.use_case: looked.called})
    if looked.health.effects_stop:
        yield Say(
            Tone.STOP,
            "The status of this process is too old",
            "It has heard nothing for longer than the policy allows, so nothing may take effect until it does.",
        )


def _facts(looked: Looked) -> Iterator[tuple[str, str]]:
    of = looked.certificate
    yield "Serial", of.serial
    yield "Version", f"{of.version}"
    yield "Use case", looked.called
    yield "Stage", of.stage
    if looked.release:
        yield "Release", looked.release
    yield "Its digest" if looked.release else "Release", of.release
    yield "Issued", f"{of.issued_at.day} {of.issued_at:%B %Y, %H:%M} UTC"
    yield "Expires", f"{of.expires_at.day} {of.expires_at:%B %Y, %H:%M} UTC"
    yield "Deployment", looked.origin
    if of.supersedes is not None:
        yield "In place of", of.supersedes


def _term(term: Term) -> TermLine:
    evidence = tuple(Link(f"evidence {number}", f"/evidence/{each}") for number, each in enumerate(term.evidence, 1))
    return TermLine(TERMS[term.name], spoken(term.bound), SOURCES[term.source], evidence)


def _condition(each: Condition, looked: Looked) -> ConditionState:
    now, of = looked.now, looked.certificate
    if each.met_at is not None:
        state = Badge(Tone.GO, f"met {Moment.of(each.met_at, now).words}")
    else:
        state = Badge(Tone.STOP, "overdue") if now >= each.due else Badge(Tone.MIND, "open")
    evidence = None if each.evidence is None else Link("what showed it", f"/evidence/{each.evidence}")
    open_ = each.met_at is None and of.state not in ENDS and looked.may_meet
    act = Link("It is met", f"/certificates/{of.serial}/conditions/{each.id}/meet") if open_ else None
    return ConditionState(each.what, called(each.owner, looked.people), Moment.of(each.due, now), state, evidence, act)


def _version(each: Version, now: dt.datetime) -> VersionLine:
    return VersionLine(
        name=f"Version {each.version}",
        at=Moment.of(each.made_at, now),
        cause=caused_by(each.cause) or "as it was decided",
        digest=each.digest,
        statement=f"{API}/certificates/{each.serial}/statement?version={each.version}",
        entry=Link("ledger entry", f"/ledger/{each.entry}"),
    )


def _status(health: Health) -> str:
    if health.seq is None or health.age is None:
        return "No process has a status snapshot yet."
    return f"Snapshot {health.seq} of the signed status, {span(health.age)} old, says so to every process."
