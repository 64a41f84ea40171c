"""Values of an evidence pack: what is to go into it, and what was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.ledger.pack.covering import Range

FORMAT = "roadworthy-evidence-pack/1"


@dataclass(frozen=True, slots=True)
class Document:
    """A file whose digest an entry of the pack names."""

    file: str
    """Its name in the pack, such as `certificates/oc-0198.json`."""
    content: bytes
    entry: int
    """Position of the entry that names the digest."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What goes into a pack."""

    about: Mapping[str, Canonical]
    """What it is about, for people."""
    ranges: tuple[Range, ...]
    """Positions of the entries, in order."""
    documents: tuple[Document, ...] = ()
    extras: Mapping[str, bytes] = field(default_factory=dict)
    """Further files, which nothing proves, by name."""
    pairs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Events that begin something to those that end it, of the same resource."""
    apart: Mapping[str, str] = field(default_factory=dict)
    """By the event that begins, the fact that tells apart what is open of one resource at once."""
    disclosing: bool = True
    """Whether payloads are put in with their salts; else only the commitments are there."""
    proofs: int = 100
    """A `.tlog-proof` is put in for each entry, where they are no more than this."""


@dataclass(frozen=True, slots=True)
class Written:
    """A pack as it was written."""

    path: Path
    bytes: int
    entries: int
    size: int
    """Entries of the ledger under the pack's checkpoint."""
    payloads: int
    """Disclosed."""
    erased: int
    """Payloads that were erased before."""
    documents: int
    digest: str
