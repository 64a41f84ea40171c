"""Cosignatures (C2SP tlog-cosignature, Ed25519): a witness saw this state, at this time, and it continued the last one.

A witness key is a type of its own, so that it can never be taken for the key of a ledger. The post-quantum type
(ML-DSA-44) is neither made nor read yet; its lines are passed over, as the specification demands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from roadworthy.foundation.errors import IntegrityBroken
from roadworthy.foundation.ledger.notes import (
    SIGNATURE_BYTES,
    Note,
    Signature,
    check_key,
    key_id_of,
    parse_vkey,
    verifies,
    vkey_of,
)

COSIGNATURE = 0x04
"""Signature type of a timestamped Ed25519 cosignature in C2SP signed-note."""
_TIME_BYTES = 8
_LATEST = 2**63 - 1
_LATEST_SHOWN = 253_402_300_799
"""The last second of the year 9999: a later one cannot be shown and was never true."""


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """A witness's public key with the name it cosigns under."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        check_key(self.name, self.public)

    @property
    def key_id(self) -> bytes:
        """Which key cosigned, said in a signature line."""
        return key_id_of(self.name, COSIGNATURE, self.public)

    def __str__(self) -> str:
        """The `vkey` form that people exchange."""
        return vkey_of(self.name, COSIGNATURE, self.public)

    @classmethod
    def parse(cls, text: str) -> WitnessKey:
        """Read a `vkey`.

        Raises:
            InvalidInput: it is not one, or not that of a witness.
        """
        name, public = parse_vkey(text, COSIGNATURE, "Ed25519 cosignature")
        return cls(name, public)

    def cosigned(self, note: Note) -> datetime | None:
        """When this witness cosigned the note; None when it did not.

        Raises:
            IntegrityBroken: a line claims this key and its signature is wrong.
        """
        for line in note.signatures:
            if (line.name, line.key_id) == (self.name, self.key_id):
                return self._time(line, note.text)
        return None

    def _time(self, line: Signature, text: str) -> datetime:
        seconds = int.from_bytes(line.content[:_TIME_BYTES], "big")
        signature = line.content[_TIME_BYTES:]
        fits = len(signature) == SIGNATURE_BYTES and seconds <= _LATEST_SHOWN
        if not fits or not verifies(self.public, signature, message(text, seconds)):
            raise IntegrityBroken(
                "cosignature-wrong",
                f"the cosignature of `{self.name}` does not fit the checkpoint",
                remedy="get the checkpoint again from its source; if it still fails, it was changed",
            )
        return datetime.fromtimestamp(seconds, UTC)


def message(text: str, seconds: int) -> bytes:
    """What a witness signs: domain and time, then the checkpoint's text."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def cosign(text: str, key: WitnessKey, signing: Callable[[bytes], bytes], at: datetime) -> Signature:
    """A cosignature line over a checkpoint's text."""
    seconds = int(at.timestamp())
    return Signature(key.name, key.key_id, seconds.to_bytes(_TIME_BYTES, "big") + signing(message(text, seconds)))


def with_lines(note: str, lines: Iterable[str]) -> str:
    """A checkpoint with cosignature lines behind its own signature; one that is there already is not added again."""
    return note + "".join(line for line in dict.fromkeys(lines) if line not in note)
