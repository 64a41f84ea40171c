"""Recording releases, and holding what was seen of their parts against them. Inside the caller's unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from roadworthy.foundation.digests import Canonical, digest_of
from roadworthy.foundation.errors import Conflict, Finding, InvalidInput, NotFound, Place
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.draft import Basis, Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.operate.releases import store as rows
from roadworthy.operate.releases.model import (
    SUBJECT,
    Known,
    Observation,
    Part,
    Recorded,
    Release,
    Sighting,
    key_of,
    release_digest,
)
from roadworthy.operate.releases.rules import (
    better_known,
    facts_of,
    judged,
    name_faults,
    part_faults,
    sighting_faults,
    sorted_parts,
)


def resource_of(digest: str) -> str:
    """A release as ledger entries name it."""
    return f"{SUBJECT}/{digest.removeprefix('sha256:')}"


def record(tx: Transaction, release: Release) -> Recorded:
    """Keep a release. Recorded again, it is the same one, of which observed parts may be known better.

    Raises:
        InvalidInput: its name or a part is unfit.
        Conflict: the name stands for another release, or the release has another name.
    """
    refuse(name_faults(release.name) + part_faults(release.parts), "the release")
    release = replace(release, parts=sorted_parts(release.parts))
    digest = release_digest(release.use_case, release.parts)
    _refuse_other(tx, release, digest)
    known = rows.find(tx.connection, digest, hold=True)
    if known is not None:
        return _known_better(tx, known, release)
    observed = [part for part in release.parts if part.known is Known.OBSERVED]
    entry = tx.record(
        Draft(
            "release.recorded",
            resource_of(digest),
            basis=Basis(inputs=digest_of(_values(release.parts))),
            facts={
                "asserted": [key_of(part.kind, part.name) for part in release.parts if part.known is Known.ASSERTED],
                "name": release.name,
                "observed": [key_of(part.kind, part.name) for part in observed],
                "release": digest,
                "useCase": release.use_case,
            },
        )
    )
    recorded = Recorded(release, tx.now, tx.context.actor.ref, entry)
    rows.insert(tx.connection, recorded)
    return recorded


def observe(tx: Transaction, recorded: Recorded, seen: Sequence[Sighting], stage: str | None) -> Recorded:
    """Hold what was seen against a release; an entry only where a source says something new.

    Raises:
        InvalidInput: a sighting is unfit.
        Conflict: there are too many sources.
    """
    refuse(sighting_faults(seen), "what was seen")
    held = rows.find(tx.connection, recorded.digest, hold=True)
    if held is None:
        raise unknown(recorded.digest)
    before = {_place(each.seen): each for each in held.observations}
    for each in seen:
        before[_place(each)] = _observed(tx, held, each, before.get(_place(each)), stage)
    if len(before) > rows.MOST_OBSERVATIONS:
        raise Conflict(
            "release-sources-too-many",
            f"more than {rows.MOST_OBSERVATIONS:,} sources speak of this release",
            place=Place(source=resource_of(held.digest)),
            remedy="name sources that stay, such as the address of a service, and not each of its copies",
        )
    after = rows.find(tx.connection, held.digest)
    assert after is not None  # noqa: S101 - it is held
    return after


def _observed(
    tx: Transaction, recorded: Recorded, seen: Sighting, before: Observation | None, stage: str | None
) -> Observation:
    matches = judged(recorded.release.parts, seen)
    read_at = tx.now if seen.hashed_at is None else min(seen.hashed_at, tx.now)
    said_so = before is not None and (before.seen.digest, before.seen.version) == (seen.digest, seen.version)
    if said_so and before is not None:
        again = replace(before, at=max(before.at, read_at), by=tx.context.actor.ref)
        rows.keep_observation(tx.connection, again)
        return again
    entry = _say(tx, recorded, seen, stage, matches=matches, ends=before is not None and not before.matches)
    since = before.since if before is not None and before.matches is matches else tx.now
    found = Observation(recorded.digest, seen, matches, since, read_at, tx.context.actor.ref, entry)
    rows.keep_observation(tx.connection, found)
    return found


def _say(tx: Transaction, recorded: Recorded, seen: Sighting, stage: str | None, *, matches: bool, ends: bool) -> str:
    key = key_of(seen.kind, seen.name)
    expected = next(
        (part.digest for part in recorded.release.parts if key_of(part.kind, part.name) == key),
        None,
    )
    facts: dict[str, Canonical] = {
        "how": seen.how,
        "part": key,
        "release": recorded.digest,
        "seen": seen.digest,
        "useCase": recorded.release.use_case,
        **({} if stage is None else {"stage": stage}),
        **({} if seen.version is None else {"version": seen.version}),
        **({} if seen.hashed_at is None else {"hashedAt": to_text(seen.hashed_at)}),
    }
    if matches:
        facts["endsMismatch"] = ends
    else:
        facts["expected"] = expected
    about, texts = resource_of(recorded.digest), {"source": seen.source.encode()}
    if matches:
        return tx.record(Draft("release.observed", about, facts=facts, texts=texts))
    return tx.record(Draft("release.mismatched", about, facts=facts, texts=texts))


def _place(seen: Sighting) -> tuple[str, str, str, str]:
    return (seen.kind.value, seen.name, seen.how, seen.source)


def _known_better(tx: Transaction, known: Recorded, release: Release) -> Recorded:
    better = better_known(known.release.parts, release.parts)
    if better:
        facts: dict[str, Canonical] = {
            "endsMismatch": False,
            "how": sorted({part.how for part in better}),
            "parts": [key_of(part.kind, part.name) for part in better],
            "release": known.digest,
            "useCase": release.use_case,
        }
        tx.record(Draft("release.observed", resource_of(known.digest), facts=facts))
        rows.renew_parts(tx.connection, known.digest, better)
    found = rows.find(tx.connection, known.digest)
    assert found is not None  # noqa: S101 - it is held
    return found


def _refuse_other(tx: Transaction, release: Release, digest: str) -> None:
    other = rows.named(tx.connection, release.use_case, release.name)
    if other is not None and other.digest != digest:
        raise Conflict(
            "release-name-taken",
            f"`{release.name}` is the name of another release of `{release.use_case}`",
            place=Place(field="name"),
            remedy="give this one a name of its own; what was recorded does not change",
        )
    known = rows.find(tx.connection, digest)
    if known is not None and known.release.name != release.name:
        raise Conflict(
            "release-known",
            f"exactly these parts are recorded already, as `{known.release.name}`",
            place=Place(field="name"),
            remedy=f"use that name: `{known.release.name}`",
        )


def _values(parts: Sequence[Part]) -> list[Canonical]:
    return [[part.kind.value, part.name, part.digest, part.known.value, part.how] for part in parts]


def refuse(findings: Sequence[Finding], what: str) -> None:
    """Raises InvalidInput where there is any finding."""
    if findings:
        raise InvalidInput.of(findings, what)


def unknown(called: str, use_case: str | None = None) -> NotFound:
    """There is no release called so."""
    whose = "" if use_case is None else f" of `{use_case}`"
    listing = "USE-CASE" if use_case is None else use_case
    return NotFound(
        "release-unknown",
        f"there is no release `{called[:80]}`{whose}",
        remedy=f"list them with `roadworthy release list {listing}`, or record it with `roadworthy release record`",
    )


def known_facts(recorded: Recorded) -> dict[str, Canonical]:
    """What is known of a release, as canonical values that change when it does."""
    facts = facts_of(recorded)
    return {
        "asserted": list(facts.asserted),
        "mismatched": list(facts.mismatched),
        "observed": list(facts.observed),
        "release": facts.digest,
    }
