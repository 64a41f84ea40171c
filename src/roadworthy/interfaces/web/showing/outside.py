"""The ledger towards the outside in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from roadworthy.foundation.witnessing.model import OutsideState, WitnessState, WitnessType
from roadworthy.interfaces.web.views.outside import OutsideView, WitnessLine
from roadworthy.interfaces.web.views.parts import Badge, Empty, Figure, Moment, Say, Tone, plural

_DOES = {
    WitnessType.COSIGNER: "checks and cosigns",
    WitnessType.FILE: "keeps it in a file",
    WitnessType.GIT: "keeps it in a repository",
    WitnessType.WEBHOOK: "gets it sent",
    WitnessType.TIMESTAMP: "stamps the time",
}
_PUBLIC = {
    "nothing": "Nobody reads it without the permission to read the ledger.",
    "hashes": "Everybody reads checkpoints and hashes; entries take the permission to read the ledger.",
    "entries": "Everybody reads all of it, entries included.",
}


def outside_view(state: OutsideState, policy: str, public: str, now: datetime) -> OutsideView:
    """Everything that the page says."""
    signing = state.signing
    return OutsideView(
        finding=_finding(state),
        basis=f"{plural(signing.signed, 'entry is', 'entries are')} signed, of {signing.size:,}. "
        "Nothing waits for a signature or a witness: work goes on, and what was missed is made up for.",
        says=tuple(_says(state, now)),
        figures=(
            Figure(f"{signing.size:,}", "entries"),
            Figure(f"{signing.signed:,}", "signed"),
            Figure(f"{state.witnessed:,}" if state.needed else "nobody", "seen by enough cosigners"),
            Figure(f"{state.needed}", "cosigners asked for"),
        ),
        witnesses=tuple(_line(each, signing.signed, now) for each in state.witnesses),
        empty=None if state.witnesses else _empty(),
        public=_PUBLIC[public],
        policy=policy,
    )


def _finding(state: OutsideState) -> str:
    if state.broken:
        return "A witness holds something against the ledger"
    if state.signing.late:
        return "The ledger is not being signed"
    if state.late:
        return "The ledger is not being witnessed"
    if not state.witnesses:
        return "Nobody watches the ledger"
    return "The ledger is watched"


def _says(state: OutsideState, now: datetime) -> Iterator[Say]:
    for each in state.broken:
        yield Say(Tone.STOP, f"{each.name}: {each.message}.", _sentence(each.remedy))
    signing = state.signing
    if signing.unsigned_since is not None:
        ago = Moment.of(signing.unsigned_since, now).words
        text = _both(signing.fault, signing.remedy) if signing.fault else "Signing follows within ten seconds."
        tone = Tone.STOP if signing.late else Tone.ASIDE
        yield Say(tone, f"{plural(signing.behind, 'entry', 'entries')} unsigned, the oldest from {ago}.", text)
    if state.unwitnessed_since is not None:
        ago = Moment.of(state.unwitnessed_since, now).words
        tone = Tone.STOP if state.late else Tone.ASIDE
        yield Say(tone, f"Unwitnessed since a checkpoint from {ago}.", "Each witness below says why.")


def _line(each: WitnessState, signed: int, now: datetime) -> WitnessLine:
    return WitnessLine(
        name=each.name,
        type=_DOES[each.type],
        address=each.address,
        state=_badge(each, signed),
        size=f"{each.size:,}" if each.size else "none yet",
        at=None if each.at is None else Moment.of(each.at, now),
        reference=each.reference if each.reference != each.address else "",
        note=_both(each.message, each.remedy) if each.message else "",
    )


def _badge(each: WitnessState, signed: int) -> Badge:
    if each.broken:
        return Badge(Tone.STOP, "objects")
    if each.failing_since is not None:
        return Badge(Tone.MIND, "does not answer")
    if not each.size:
        return Badge(Tone.UNKNOWN, "not asked yet")
    return Badge(Tone.GO, "has it") if each.size >= signed else Badge(Tone.ASIDE, "has an older one")


def _both(message: str, remedy: str) -> str:
    return f"{_sentence(message)} {_sentence(remedy)}"


def _sentence(text: str) -> str:
    """An error's words, which begin small because they stand after a place, as a sentence."""
    return f"{text[:1].upper()}{text[1:]}."


def _empty() -> Empty:
    return Empty(
        "No witness is declared",
        "Whoever can write to this machine's home folder could sign another history, and nobody would have the former "
        "one to compare. Let somebody else keep what was signed.",
        "roadworthy ledger witness add NAME --type cosigner --address URL --key KEY",
    )
