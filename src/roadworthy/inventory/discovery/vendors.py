"""Whose service it is: ten spellings of one vendor become one, by name, by host, or by the begin of a model's name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA

from roadworthy.inventory.discovery.model import VendorSpec

SHIPPED = Path(__file__).parent / "vendors.yaml"

_LEGAL = frozenset(
    (
        "inc", "incorporated", "llc", "llp", "ltd", "limited", "gmbh", "ag", "sa", "sas", "sarl", "bv", "nv", "plc",
        "pbc", "corp", "corporation", "co", "company", "kk", "oy", "ab", "pty",
    )
)  # fmt: skip
"""Legal forms: they say nothing about which vendor it is."""

_WORD = re.compile(r"[a-z0-9]+")

TYPO_FROM = 6
"""Letters from which one slip of the keyboard is forgiven; shorter names differ by one letter and are different
vendors, as Groq and Grok are."""

TWO_TYPOS_FROM = 10
_MOST_REMEMBERED = 20_000
"""Hosts whose answer is remembered; beyond it they are looked up anew, so that memory stays bounded."""


def plain(text: str) -> str:
    """A name without case, accents, punctuation, spaces and legal forms: `Open-AI, Inc.` is `openai`."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    words = _WORD.findall(folded)
    kept = [word for word in words if word not in _LEGAL] or words
    return "".join(kept) or text.strip().casefold()


@dataclass(frozen=True, slots=True)
class Found:
    """Which vendor it is, and how that is known."""

    name: str
    title: str
    how: str
    """In words: `its name`, `spelled like ...`, `its host`, `its model`, or `nobody knows it`."""
    known: bool = True


class Catalogue:
    """The vendors that are known, ready to be asked about millions of rows."""

    def __init__(self, specs: Mapping[str, VendorSpec]) -> None:
        self.specs = dict(specs)
        self._by_alias: dict[str, str] = {}
        self._hosts: dict[str, str] = {}
        self._patterns: list[tuple[re.Pattern[str], str]] = []
        self._models: list[tuple[str, str]] = []
        for name, spec in self.specs.items():
            for alias in (name, spec.title, *spec.aliases):
                self._by_alias.setdefault(plain(alias), name)
            for host in spec.hosts:
                if "*" in host:
                    self._patterns.append((_pattern(host), name))
                else:
                    self._hosts[host.lower()] = name
            self._models += [(begin.lower(), name) for begin in spec.models]
        self._models.sort(key=lambda pair: -len(pair[0]))
        self._long = [alias for alias in self._by_alias if len(alias) >= TYPO_FROM]
        self._names: dict[str, Found] = {}
        self._seen_hosts: dict[str, str | None] = {}

    def named(self, spelling: str) -> Found:
        """The vendor that a spelling means; its own plain form where nobody knows it."""
        found = self._names.get(spelling)
        if found is None:
            found = self._named(spelling)
            if len(self._names) < _MOST_REMEMBERED:
                self._names[spelling] = found
        return found

    def at(self, host: str) -> str | None:
        """The vendor whose service answers at a host, or None where it is no AI service that we know."""
        if host in self._seen_hosts:
            return self._seen_hosts[host]
        found = self._hosts.get(host)
        if found is None:
            found = next((name for pattern, name in self._patterns if pattern.fullmatch(host)), None)
        if len(self._seen_hosts) < _MOST_REMEMBERED:
            self._seen_hosts[host] = found
        return found

    def making(self, model: str) -> str | None:
        """The vendor by the begin of a model's name; the longest begin wins."""
        lowered = model.lower()
        for begin, name in self._models:
            if lowered.startswith(begin):
                return name
        provider, slash, rest = lowered.partition("/")  # gateways write `provider/model`
        if slash and plain(provider) in self._by_alias:
            return self._by_alias[plain(provider)]
        return self.making(rest) if slash and rest else None

    def resolve(self, spelling: str, host: str, model: str) -> Found | None:
        """The vendor of a sighting: who answers at the host, else who is named, else whose model it is."""
        at = self.at(host) if host else None
        if at is not None:
            return self._known(at, "its host")
        if spelling:
            return self.named(spelling)
        maker = self.making(model) if model else None
        return None if maker is None else self._known(maker, "its model")

    def title(self, name: str) -> str:
        """What a vendor is called."""
        spec = self.specs.get(name)
        return name if spec is None else spec.title

    def _known(self, name: str, how: str) -> Found:
        return Found(name, self.specs[name].title, how)

    def _named(self, spelling: str) -> Found:
        key = plain(spelling)
        name = self._by_alias.get(key)
        if name is not None:
            return self._known(name, "its name")
        near = self._near(key)
        if near is not None:
            return self._known(self._by_alias[near], f"spelled like {near}")
        return Found(key, spelling.strip(), "nobody knows it", known=False)

    def _near(self, key: str) -> str | None:
        if len(key) < TYPO_FROM:
            return None
        slips = 2 if len(key) >= TWO_TYPOS_FROM else 1
        found = process.extractOne(key, self._long, scorer=OSA.distance, score_cutoff=slips)
        return None if found is None else str(found[0])


def _pattern(host: str) -> re.Pattern[str]:
    return re.compile("[a-z0-9.-]+".join(map(re.escape, host.lower().split("*"))))


@cache
def shipped() -> Mapping[str, VendorSpec]:
    """The vendors that come with Roadworthy, by name."""
    listed = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    return {
        entry["name"]: VendorSpec.model_validate({key: value for key, value in entry.items() if key != "name"})
        for entry in listed
    }


def catalogue(declared: Iterable[tuple[str, VendorSpec]] = ()) -> Catalogue:
    """The shipped vendors and the declared ones, which go before shipped ones of the same name."""
    mine = dict(declared)
    return Catalogue({**mine, **{name: spec for name, spec in shipped().items() if name not in mine}})
