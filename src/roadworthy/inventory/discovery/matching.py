"""Whether a proposal is a use case that is registered already, and how the vendors of both sides agree.

Points, of a hundred: an identifier that is the same decides nearly alone; names, models and hosts add up; a shared
vendor or team alone never makes a match, because half of a portfolio shares it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from rapidfuzz import fuzz, process

from roadworthy.inventory.discovery.model import Match, Proposal, ProposalState, Scheme, Usage, VendorLine
from roadworthy.inventory.discovery.vendors import Catalogue, plain
from roadworthy.inventory.model import ComponentKind, PlatformProfile, UseCase

IDENTIFIER = 90
NAME = 60
MODEL = 30
HOST = 25
VENDOR = 10
TEAM = 10
LEAST = 30
"""Points from which a use case is suggested."""
ALIKE = 88.0
"""Score of rapidfuzz's token-sort ratio from which two names are alike; the same as for titles at intake."""
MOST = 3
_TOO_MANY = 200
"""Use cases that share one model or host; from so many on, sharing it says nothing about which of them it is."""
_DATED = re.compile(r"[-@:](?:\d{8}|\d{4}-\d{2}-\d{2}|v?\d+(?::\d+)?|latest|preview)$")


Giving: TypeAlias = Callable[[Iterable[str], int, str], None]
"""Gives points to use cases, with the reason."""


def model_key(model: str) -> str:
    """A model's name without provider prefix, date and version, which differ between gateways and declarations."""
    bare = model.strip().lower().rsplit("/", 1)[-1]
    while (shorter := _DATED.sub("", bare)) != bare:
        bare = shorter
    return plain(bare)


class Registered:
    """The registered use cases, indexed by what proposals can share with them."""

    def __init__(self, use_cases: Iterable[tuple[str, UseCase]], catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.specs = dict(use_cases)
        self._identifiers: defaultdict[str, set[str]] = defaultdict(set)
        self._models: defaultdict[str, set[str]] = defaultdict(set)
        self._hosts: defaultdict[str, set[str]] = defaultdict(set)
        self._names: list[str] = []
        self._named: list[str] = []
        self._vendors: dict[str, dict[str, str]] = {}
        for name, spec in self.specs.items():
            self._index(name, spec)

    def _index(self, name: str, spec: UseCase) -> None:
        for identifier in spec.identifiers:
            self._identifiers[plain(identifier.value)].add(name)
        for component in spec.components:
            if component.kind is ComponentKind.MODEL:
                self._models[model_key(component.name)].add(name)
        for text in (*(part.access or "" for part in spec.components), *(each.system for each in spec.integrations)):
            for host in re.findall(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", text.lower()):
                self._hosts[host].add(name)
        for text in {_words(name), _words(spec.title)}:
            self._names.append(text)
            self._named.append(name)

    def declared_vendors(self, name: str) -> Mapping[str, str]:
        """Vendors that a use case declares: name to the spelling it uses."""
        if name not in self._vendors:
            found: dict[str, str] = {}
            for component in self.specs[name].components:
                spelling = component.name if component.kind is ComponentKind.VENDOR else component.vendor
                if spelling:
                    found.setdefault(self._catalogue.named(spelling).name, spelling)
            self._vendors[name] = found
        return self._vendors[name]

    def matches(self, proposal: Proposal) -> tuple[Match, ...]:
        """The registered use cases that a proposal may be, the likeliest first."""
        points: defaultdict[str, int] = defaultdict(int)
        reasons: defaultdict[str, list[str]] = defaultdict(list)

        def give(names: Iterable[str], score: int, reason: str) -> None:
            for name in names:
                points[name] += score
                reasons[name].append(reason)

        for value in _callers(proposal):
            give(self._identifiers.get(plain(value), ()), IDENTIFIER, f"its identifier is `{value}`")
        if proposal.scheme in {Scheme.APP, Scheme.KEY, Scheme.MODEL}:
            self._by_name(proposal, give)
        for model in proposal.models:
            sharing = self._models.get(model_key(model), set())
            if len(sharing) < _TOO_MANY:
                give(sharing, MODEL, f"it declares the model `{model}`")
        for host in sorted({seen.host for seen in proposal.sightings if seen.host}):
            sharing = self._hosts.get(host, set())
            if len(sharing) < _TOO_MANY:
                give(sharing, HOST, f"it names the host `{host}`")
        for name in list(points):
            self._by_surroundings(proposal, name, give)
        best = sorted((name for name in points if points[name] >= LEAST), key=lambda name: (-points[name], name))[:MOST]
        return tuple(
            Match(name, self.specs[name].title, min(points[name], 100), tuple(dict.fromkeys(reasons[name])))
            for name in best
        )

    def _by_name(self, proposal: Proposal, give: Giving) -> None:
        wanted = _words(proposal.value.rsplit("/", 1)[-1])
        found = process.extract(wanted, self._names, scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE, limit=MOST)
        seen = set()
        for _, score, position in found:
            name = self._named[position]
            if name not in seen:
                seen.add(name)
                said = "the same" if score == 100 else f"alike by {score:.0f} of 100"  # noqa: PLR2004 - all of it
                give((name,), round(NAME * score / 100), f"the names are {said}: `{proposal.value}`")

    def _by_surroundings(self, proposal: Proposal, name: str, give: Giving) -> None:
        declared = self.declared_vendors(name)
        for vendor in proposal.vendors:
            if vendor in declared:
                give((name,), VENDOR, f"it declares the vendor {self._catalogue.title(vendor)}")
        spec = self.specs[name]
        units = {plain(text) for text in (spec.unit, spec.organisation) if text}
        for team in sorted({seen.team for seen in proposal.sightings if seen.team}):
            if plain(team) in units:
                give((name,), TEAM, f"it belongs to `{team}`")


def _callers(proposal: Proposal) -> list[str]:
    seen = {value for each in proposal.sightings for value in (each.app, each.key, each.team) if value}
    return sorted(seen | ({proposal.value} if proposal.scheme is not Scheme.VENDOR else set()))


def _words(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def vendor_lines(
    proposals: Sequence[Proposal], registered: Registered, catalogue: Catalogue, profile: PlatformProfile | None
) -> tuple[VendorLine, ...]:
    """Every vendor that is seen or declared, the most used first."""
    used: defaultdict[str, dict[str, int]] = defaultdict(dict)
    usage: defaultdict[str, Usage] = defaultdict(Usage)
    waiting: defaultdict[str, set[str]] = defaultdict(set)
    for proposal in proposals:
        for seen in proposal.sightings:
            if seen.vendor is None:
                continue
            for spelling, rows in (seen.spellings or {catalogue.title(seen.vendor): seen.usage.calls}).items():
                used[seen.vendor][spelling] = used[seen.vendor].get(spelling, 0) + rows
            usage[seen.vendor] = usage[seen.vendor].plus(seen.usage)
            if proposal.state is ProposalState.OPEN:
                waiting[seen.vendor].add(proposal.id)
    declared: defaultdict[str, dict[str, int]] = defaultdict(dict)
    declaring: defaultdict[str, int] = defaultdict(int)
    for name in registered.specs:
        for vendor, spelling in registered.declared_vendors(name).items():
            declared[vendor][spelling] = declared[vendor].get(spelling, 0) + 1
            declaring[vendor] += 1
    approved = None if profile is None or not profile.vendors else {catalogue.named(v).name for v in profile.vendors}
    lines = [
        VendorLine(
            name,
            _title(name, catalogue, used.get(name, {}), declared.get(name, {})),
            name in catalogue.specs,
            dict(sorted(used.get(name, {}).items(), key=lambda pair: (-pair[1], pair[0]))),
            dict(sorted(declared.get(name, {}).items(), key=lambda pair: (-pair[1], pair[0]))),
            declaring.get(name, 0),
            len(waiting.get(name, ())),
            usage.get(name, Usage()),
            None if approved is None else name in approved,
        )
        for name in used.keys() | declared.keys()
    ]
    return tuple(sorted(lines, key=lambda line: (-line.usage.calls, -line.use_cases, line.title.lower())))


def _title(name: str, catalogue: Catalogue, *spellings: Mapping[str, int]) -> str:
    if name in catalogue.specs:
        return catalogue.title(name)
    counts: dict[str, int] = {}
    for each in spellings:
        for spelling, count in each.items():
            counts[spelling] = counts.get(spelling, 0) + count
    return max(counts, key=lambda spelling: (counts[spelling], spelling), default=name)
