"""What a sighting proposes, and what is registered when somebody says yes."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from roadworthy.inventory.discovery.model import Decision, Proposal, Scheme, Sighting, Usage
from roadworthy.inventory.model import Component, ComponentKind, Identifier, Stage, UseCase

MOST_COMPONENTS = 50
_TITLES = {Scheme.VENDOR: "Use of {}", Scheme.TEAM: "AI use of {}", Scheme.KEY: "AI use with key {}"}


def proposal_id(scheme: Scheme, value: str) -> str:
    """By what a proposal is found again: the same caller is the same proposal, whatever case it is written in."""
    return hashlib.sha256(f"{scheme}\x1f{' '.join(value.split()).casefold()}".encode()).hexdigest()[:16]


def group(sightings: Sequence[Sighting]) -> Mapping[str, list[Sighting]]:
    """Proposal to the sightings that it is made of."""
    found: defaultdict[str, list[Sighting]] = defaultdict(list)
    for seen in sightings:
        found[proposal_id(*seen.caller)].append(seen)
    return found


def propose(
    id_: str, seen: Sequence[tuple[str, Sighting]], decision: Decision | None, titles: Mapping[str, str]
) -> Proposal:
    """Put a proposal together.

    Args:
        id_: of the proposal.
        seen: its sightings, each with the upload that brought it.
        decision: what was decided about it.
        titles: what known vendors are called.
    """
    merged: dict[tuple[str | None, ...], Sighting] = {}
    spans: defaultdict[str, list[Usage]] = defaultdict(list)
    for upload, one in seen:
        spans[upload].append(one.usage)
        version = one.release.version if one.release else None
        place = (one.vendor, one.model, one.host, one.app, one.team, one.key, version)
        before = merged.get(place)
        merged[place] = one if before is None else _merge(before, one)
    usage = Usage()
    for one in merged.values():
        usage = usage.plus(one.usage)
    scheme, value = seen[-1][1].caller
    sightings = sorted(
        merged.values(), key=lambda one: (-one.usage.calls, one.vendor or "", one.model or "", _release_order(one))
    )
    return Proposal(
        id_,
        scheme,
        value,
        _title(scheme, value, titles),
        tuple(sightings),
        usage,
        len(spans),
        _overlap(spans),
        decision,
    )


def _merge(left: Sighting, right: Sighting) -> Sighting:
    spellings = dict(left.spellings)
    for spelling, rows in right.spellings.items():
        spellings[spelling] = spellings.get(spelling, 0) + rows
    return Sighting(
        left.vendor, spellings, left.model, left.host, left.app, left.team, left.key, left.usage.plus(right.usage),
        right.release or left.release,
    )  # fmt: skip


def _release_order(seen: Sighting) -> int:
    version = seen.release.version if seen.release else ""
    return -int(version) if version.isdigit() else 0


def _overlap(spans: Mapping[str, Sequence[Usage]]) -> bool:
    """Whether two uploads speak of the same time."""
    windows = []
    for usages in spans.values():
        firsts = [usage.first_seen for usage in usages if usage.first_seen]
        lasts = [usage.last_seen for usage in usages if usage.last_seen]
        if firsts and lasts:
            windows.append((min(firsts), max(lasts)))
    windows.sort()
    return any(later[0] <= earlier[1] for earlier, later in pairwise(windows))


def _title(scheme: Scheme, value: str, titles: Mapping[str, str]) -> str:
    if scheme is Scheme.MODEL:
        return value.rsplit("/", 1)[-1]
    return _TITLES.get(scheme, "{}").format(titles.get(value, value) if scheme is Scheme.VENDOR else value)


def as_use_case(proposal: Proposal, title: str | None, titles: Mapping[str, str]) -> UseCase:
    """What is registered: what was seen, at stage `proposed`, and nothing that nobody has said."""
    return UseCase(
        title=title or proposal.title,
        stage=Stage.PROPOSED,
        components=components(proposal, titles),
        identifiers=identifiers(proposal),
        links=tuple(sorted({seen.release.link for seen in proposal.sightings if seen.release and seen.release.link}))[
            :1
        ],
    )


def identifiers(proposal: Proposal) -> tuple[Identifier, ...]:
    """By what the use case is recognised in the next log."""
    if proposal.scheme is Scheme.VENDOR:
        return ()
    return (Identifier(scheme=f"discovery {proposal.scheme}", value=proposal.value),)


def components(proposal: Proposal, titles: Mapping[str, str]) -> tuple[Component, ...]:
    """The models seen, the latest release of registered ones, and vendors of which no model is known."""
    found: dict[tuple[ComponentKind, str], Component] = {}
    with_model = {seen.vendor for seen in proposal.sightings if seen.model}
    for seen in proposal.sightings:
        vendor = titles.get(seen.vendor, _spelled(seen)) if seen.vendor else None
        if seen.model:
            part = Component(
                kind=ComponentKind.MODEL,
                name=seen.model,
                version=seen.release.version if seen.release else None,
                vendor=vendor,
                digest=seen.release.digest if seen.release else None,
                access=seen.host,
            )
        elif vendor and seen.vendor not in with_model:
            part = Component(kind=ComponentKind.VENDOR, name=vendor, access=seen.host)
        else:
            continue
        found.setdefault((part.kind, part.name.casefold()), part)
    return tuple(found.values())[:MOST_COMPONENTS]


def _spelled(seen: Sighting) -> str:
    return max(seen.spellings, key=lambda spelling: (seen.spellings[spelling], spelling), default=seen.vendor or "")


def with_components(spec: UseCase, proposal: Proposal, titles: Mapping[str, str]) -> UseCase:
    """A declared use case with what was seen added: parts that it lacks, and version and digest of models it has."""
    parts = list(spec.components)
    places = {(part.kind, part.name.casefold()): position for position, part in enumerate(parts)}
    for seen in components(proposal, titles):
        at = places.get((seen.kind, seen.name.casefold()))
        if at is None:
            parts.append(seen)
        elif seen.digest is not None:
            parts[at] = parts[at].model_copy(update={"version": seen.version, "digest": seen.digest})
    known = {(each.scheme, each.value) for each in spec.identifiers}
    more = tuple(each for each in identifiers(proposal) if (each.scheme, each.value) not in known)
    return spec.model_copy(update={"components": tuple(parts), "identifiers": (*spec.identifiers, *more)})
