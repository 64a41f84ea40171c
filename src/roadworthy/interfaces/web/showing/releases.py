"""Puts the page of a use case's releases into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from roadworthy.foundation.identity.model import Person
from roadworthy.interfaces.web.views.parts import Badge, Empty, Link, Moment, Say, Tone, plural
from roadworthy.interfaces.web.views.releases import (
    MoveLine,
    ObserverLine,
    PartLine,
    ReleaseCard,
    ReleasesView,
    RunningLine,
    SightLine,
)
from roadworthy.operate.releases.gate_rules import Gate, Outcome
from roadworthy.operate.releases.model import Doing, Known, Look, Move, Recorded, key_of
from roadworthy.operate.releases.rules import WAYS, facts_of, parts_as_known

SHOWN = 20
"""Releases on the page; the command line lists all."""
_DONE = {
    Doing.DEPLOY: "deployed",
    Doing.PROMOTE: "promoted",
    Doing.ROLL_BACK: "rolled back to",
    Doing.RETRAIN: "to be trained anew",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the page is told from."""

    use_case: str
    title: str
    releases: Sequence[Recorded]
    running: Mapping[str, str]
    gates: Sequence[Gate]
    moves: Sequence[Move]
    looks: Sequence[Look]
    names: Mapping[str, str]
    people: Mapping[str, Person]


def releases_view(known: Facts, now: datetime) -> ReleasesView:
    """The page of a use case's releases."""
    wrong = [each for each in known.releases if facts_of(each).mismatched and each.digest in known.running.values()]
    return ReleasesView(
        back=Link(known.title, f"/use-cases/{known.use_case}"),
        finding=_finding(known, wrong),
        basis=f"{plural(len(known.releases), 'release')} recorded; what runs is what was deployed, and what was seen "
        "is held against it.",
        says=tuple(_say(each) for each in wrong),
        running=tuple(_running(gate, known) for gate in known.gates),
        moves=tuple(_move(each, known, now) for each in known.moves),
        releases=tuple(_card(each, known, now) for each in known.releases[:SHOWN]),
        more=_more(len(known.releases) - SHOWN),
        observers=tuple(_observer(each, now) for each in known.looks),
        empty=None if known.releases else _empty(known.use_case),
    )


def _finding(known: Facts, wrong: Sequence[Recorded]) -> str:
    if not known.releases:
        return f"No release of {known.title} is recorded"
    if wrong:
        return f"{known.title} runs as something else than was released"
    if not known.running:
        return f"No release of {known.title} is deployed"
    shut = [gate.stage for gate in known.gates if not gate.passed]
    if shut:
        return f"The gate of {known.title} to {' and '.join(shut)} is shut"
    return f"{known.title} runs what was released"


def _say(recorded: Recorded) -> Say:
    facts = facts_of(recorded)
    title = f"{recorded.release.name} was seen as something else"
    text = "It stands until the same source sees what was released, and acts on the certificate."
    return Say(Tone.STOP, title, text, facts.mismatched)


def _running(gate: Gate, known: Facts) -> RunningLine:
    reasons = [check.says for check in gate.checks if check.outcome is Outcome.FAILED]
    notes = [check.says for check in gate.checks if check.outcome is Outcome.WARNED]
    serial = None if gate.certificate is None else gate.certificate.serial
    tone = Tone.STOP if reasons else Tone.MIND if notes else Tone.GO
    return RunningLine(
        stage=gate.stage,
        release=known.names.get(known.running.get(gate.stage, ""), ""),
        certificate=None if serial is None else Link("its certificate", f"/certificates/{serial}"),
        gate=Badge(tone, "shut" if reasons else "open, with a note" if notes else "open"),
        reasons=tuple(reasons or notes),
    )


def _card(recorded: Recorded, known: Facts, now: datetime) -> ReleaseCard:
    facts = facts_of(recorded)
    where = [stage for stage, digest in known.running.items() if digest == recorded.digest]
    wrong = set(facts.mismatched)
    return ReleaseCard(
        name=recorded.release.name,
        digest=recorded.digest,
        badge=_badge(facts.mismatched, facts.asserted),
        where=", ".join(where),
        parts=tuple(
            PartLine(
                name=key_of(part.kind, part.name),
                known=_known(part.known, wrong=key_of(part.kind, part.name) in wrong),
                how=WAYS.get(part.how, "somebody said so"),
                version=part.version or "",
                digest=part.digest,
            )
            for part in parts_as_known(recorded)
        ),
        wrong=tuple(
            SightLine(
                each.key,
                each.seen.source or each.seen.how,
                Badge(Tone.STOP, "seen otherwise"),
                each.seen.digest,
                Moment.of(each.since, now),
                Link("entry", f"/ledger/{each.entry_id}"),
            )
            for each in recorded.observations
            if not each.matches
        ),
        recorded=Moment.of(recorded.at, now),
        by=_person(recorded.by, known),
        question=Link("Who recorded it, knowing what", f"/question/release/{recorded.digest}"),
    )


def _badge(wrong: Sequence[str], said: Sequence[str]) -> Badge:
    if wrong:
        return Badge(Tone.STOP, "mismatched")
    if said:
        return Badge(Tone.MIND, f"{plural(len(said), 'part')} asserted")
    return Badge(Tone.GO, "every part observed")


def _known(known: Known, *, wrong: bool) -> Badge:
    if wrong:
        return Badge(Tone.STOP, "mismatched")
    return Badge(Tone.GO, "observed") if known is Known.OBSERVED else Badge(Tone.MIND, "asserted")


def _move(move: Move, known: Facts, now: datetime) -> MoveLine:
    certificate, request = move.certificate, move.request
    return MoveLine(
        at=Moment.of(move.at, now),
        what=_DONE[move.what],
        stage=move.stage,
        release=known.names.get(move.release or "", "none"),
        before="" if move.before == move.release else known.names.get(move.before or "", ""),
        why=move.about,
        by=_person(move.by, known),
        certificate=None if certificate is None else Link("its certificate", f"/certificates/{certificate}"),
        decision=None if request is None else Link("the decision", f"/decisions/{request}"),
        entry=Link("entry", f"/ledger/{move.entry_id}"),
    )


def _observer(look: Look, now: datetime) -> ObserverLine:
    state = Badge(Tone.GO, "looked") if look.failed is None else Badge(Tone.STOP, "could not look")
    says = look.failed or ("Nothing is to run there yet." if look.release is None else "")
    return ObserverLine(look.observer, Moment.of(look.at, now), state, says)


def _person(ref: str, known: Facts) -> str:
    return known.people[ref].shown if ref in known.people else ref


def _more(count: int) -> str:
    return f"{plural(count, 'older release')}: roadworthy release list" if count > 0 else ""


def _empty(use_case: str) -> Empty:
    return Empty(
        "Say what goes live together",
        "A release is a model, a prompt, parameters, tools, guardrails and a policy, each by the digest of what it "
        "consists of. A certificate is given to a release, and holds for nothing else.",
        f"roadworthy release record {use_case} NAME --file model/NAME=PATH",
    )
