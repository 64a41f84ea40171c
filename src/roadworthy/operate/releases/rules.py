"""What may be recorded of a release, what is known of its parts, and which release one goes back to. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from roadworthy.decide.review.model import ReleaseFacts
from roadworthy.foundation.errors import Finding, InvalidInput, Place
from roadworthy.operate.releases.model import Known, Part, PartKind, Recorded, Sighting, key_of

WAYS: Final[Mapping[str, str]] = {
    "file": "the bytes of a file were hashed",
    "folder": "every file of a folder was hashed",
    "json": "a JSON document was hashed, however it is laid out",
    "git": "the bytes of a file at a revision of a git repository were hashed",
    "running": "what runs said it of itself, or of what it had loaded",
    "mlflow-model": "the MLflow registry was asked which version it is, and that version's files were hashed",
    "mlflow-prompt": "the MLflow prompt registry was asked for the text, which was hashed",
}
"""How a part can be seen."""
OURS: Final = frozenset({"mlflow-model", "mlflow-prompt"})
"""Ways of seeing that are Roadworthy's own: nobody else can claim them."""
SAID: Final = "said"
"""How an asserted part is known."""
MOST_PARTS: Final = 200

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_PART_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+/-]{0,119}")
_RELEASE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,79}")


# ---------------------------------------------------------------- what may be recorded


def name_faults(name: str) -> list[Finding]:
    """What is wrong with the name of a release."""
    if _RELEASE_NAME.fullmatch(name):
        return []
    remedy = "letters, digits, `.`, `_`, `+` and `-`, at most 80, such as `2026-11-22`"
    return [Finding("release-name-unfit", f"`{name[:80]}` is no name of a release", Place(field="name"), remedy)]


def part_faults(parts: Sequence[Part]) -> list[Finding]:
    """What is wrong with the parts of a release, as findings with their place."""
    findings: list[Finding] = []
    if not parts:
        remedy = "name at least one, such as its model: `--file model/triage=model.pkl`"
        findings.append(Finding("release-without-parts", "a release has parts", Place(field="parts"), remedy))
    if len(parts) > MOST_PARTS:
        what = f"a release has at most {MOST_PARTS} parts, not {len(parts)}"
        remedy = "hash a folder as one part"
        findings.append(Finding("release-parts-too-many", what, Place(field="parts"), remedy))
    seen: set[str] = set()
    for index, part in enumerate(parts):
        key = key_of(part.kind, part.name)
        findings += _naming_faults(f"parts[{index}]", part.name, part.digest)
        if part.known is Known.OBSERVED and part.how not in WAYS:
            findings.append(_unknown_way(f"parts[{index}]", part.how))
        if key in seen:
            what = f"`{key}` is named twice"
            remedy = "name each part once"
            findings.append(Finding("release-part-twice", what, Place(field=f"parts[{index}]"), remedy))
        seen.add(key)
    return findings


def sighting_faults(sightings: Sequence[Sighting]) -> list[Finding]:
    """What is wrong with what somebody says that they saw."""
    findings: list[Finding] = []
    for index, seen in enumerate(sightings):
        at = f"seen[{index}]"
        findings += _naming_faults(at, seen.name, seen.digest)
        if seen.how not in WAYS:
            findings.append(_unknown_way(at, seen.how))
    return findings


def _unknown_way(at: str, how: str) -> Finding:
    what = f"`{how[:40]}` is no way of seeing a part"
    return Finding("release-sight-unknown", what, Place(field=f"{at}.how"), f"one of {', '.join(sorted(WAYS))}")


def _naming_faults(at: str, name: str, digest: str) -> list[Finding]:
    findings = []
    if not _PART_NAME.fullmatch(name):
        remedy = "letters, digits and `._:@+/-`, at most 120, such as `fraud-model`"
        what = f"`{name[:60]}` is no name of a part"
        findings.append(Finding("release-part-name-unfit", what, Place(field=f"{at}.name"), remedy))
    if not _DIGEST.fullmatch(digest):
        remedy = "write `sha256:` and 64 hexadecimal digits"
        what = f"`{digest[:80]}` is no digest"
        findings.append(Finding("release-digest-unfit", what, Place(field=f"{at}.digest"), remedy))
    return findings


def refuse_ours(how: str) -> None:
    """Raises InvalidInput where somebody claims to have seen a part in a way that is Roadworthy's own."""
    if how in OURS:
        raise InvalidInput(
            "release-sight-not-yours",
            f"`{how}` is what Roadworthy sees by itself",
            place=Place(field="how"),
            remedy="name what the registry calls it as `registry`, and the server asks",
        )


def better_known(known: Sequence[Part], said: Sequence[Part]) -> tuple[Part, ...]:
    """Parts of a release that were only asserted before and are observed now; the digest cannot have changed."""
    before = {key_of(part.kind, part.name): part for part in known}
    return tuple(
        part
        for part in said
        if part.known is Known.OBSERVED and before[key_of(part.kind, part.name)].known is Known.ASSERTED
    )


# ---------------------------------------------------------------- what is known


def judged(parts: Sequence[Part], seen: Sighting) -> bool:
    """Whether what was seen is what a release says; a part that the release does not list is not."""
    return any((part.kind, part.name, part.digest) == (seen.kind, seen.name, seen.digest) for part in parts)


def facts_of(recorded: Recorded) -> ReleaseFacts:
    """What is known of a release: each of its parts is in exactly one of the three lists.

    What any source sees otherwise is mismatched, whatever another one sees: two replicas can differ.
    """
    wrong = {each.key for each in recorded.observations if not each.matches}
    right = {each.key for each in recorded.observations if each.matches}
    observed: list[str] = []
    asserted: list[str] = []
    for part in recorded.release.parts:
        key = key_of(part.kind, part.name)
        if key not in wrong:
            (observed if part.known is Known.OBSERVED or key in right else asserted).append(key)
    return ReleaseFacts(
        recorded.digest, recorded.release.name, tuple(sorted(observed)), tuple(sorted(asserted)), tuple(sorted(wrong))
    )


def parts_as_known(recorded: Recorded) -> tuple[Part, ...]:
    """The parts, those that a source saw as they should be counted as observed."""
    right = {each.key: each for each in reversed(recorded.observations) if each.matches}
    return tuple(
        replace(part, known=Known.OBSERVED, how=found.seen.how, version=found.seen.version or part.version, at=found.at)
        if part.known is Known.ASSERTED and (found := right.get(key_of(part.kind, part.name)))
        else part
        for part in recorded.release.parts
    )


def sorted_parts(parts: Iterable[Part]) -> tuple[Part, ...]:
    """By kind, in the order in which kinds are listed, and name."""
    order = list(PartKind)
    return tuple(sorted(parts, key=lambda part: (order.index(part.kind), part.name)))


# ---------------------------------------------------------------- back to what was certified


@dataclass(frozen=True, slots=True)
class Certified:
    """A release with a certificate, as far as going back to it needs to know."""

    serial: str
    release: str
    permits: bool
    """Whether the certificate permits anything now."""
    superseded: bool
    """Whether it ended for no other reason than that another release was certified."""
    issued_at: dt.datetime
    expires_at: dt.datetime


def last_certified(known: Iterable[Certified], running: str | None, now: dt.datetime) -> Certified | None:
    """The release to go back to: the one certified last whose certificate nothing stands against but a newer one.

    A certificate that was withdrawn for a cause, suspended, or is past its own time, certifies nothing to go back to.

    Args:
        known: every certificate of the use case at the stage.
        running: digest of what runs there; one does not go back to it.
        now: the business time.
    """
    fit = [
        each
        for each in known
        if each.release != running and (each.permits or each.superseded) and each.issued_at <= now < each.expires_at
    ]
    return max(fit, key=lambda each: (each.permits, each.issued_at, each.serial), default=None)
