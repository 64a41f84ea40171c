"""Signed notes (C2SP signed-note): a text, a blank line and signature lines, readable by other people's verifiers.

Only Ed25519 keys (signature type 0x01) are made and verified; signatures of types unknown here are passed over,
as the specification demands, and never count.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from roadworthy.foundation.errors import IntegrityBroken, InvalidInput

ED25519 = 0x01
"""Signature type of plain Ed25519 in C2SP signed-note."""
PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64
LARGEST_NOTE = 1_000_000
"""Bytes of a note that are looked at; a checkpoint has a few hundred."""
MOST_SIGNATURES = 100

_FIELD = 2**255 - 19
_ORDER_EIGHT = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER = frozenset({0, 1, _FIELD - 1, _ORDER_EIGHT, _FIELD - _ORDER_EIGHT})
"""The y of every point of order 1, 2, 4 and 8."""
_KEY_ID_BYTES = 4
_DASH = "\u2014 "


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name it signs under."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        check_key(self.name, self.public)

    @property
    def key_id(self) -> bytes:
        """Which key signed, said in a signature line."""
        return key_id_of(self.name, ED25519, self.public)

    def __str__(self) -> str:
        """The `vkey` form that people exchange: `<name>+<key id>+<key>`."""
        return vkey_of(self.name, ED25519, self.public)

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read a `vkey`.

        Raises:
            InvalidInput: it is not one, is of another type than Ed25519, or its id does not fit its key.
        """
        name, public = parse_vkey(text, ED25519, "Ed25519")
        return cls(name, public)

    def verifies(self, signature: bytes, text: bytes) -> bool:
        """True when this key made the signature over the text."""
        return verifies(self.public, signature, text)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line, not yet believed."""

    name: str
    key_id: bytes
    content: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {_base64(self.key_id + self.content)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A note as parsed: its text (which ends in a line end) and its signature lines, not yet believed."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}"

    @classmethod
    def parse(cls, content: str) -> Note:
        """Read a note strictly.

        Raises:
            InvalidInput: anything about its form is not as the specification says.
        """
        if len(content) > LARGEST_NOTE:
            raise _unreadable(f"it is over {LARGEST_NOTE} characters long")
        if any(character < " " and character != "\n" for character in content):
            raise _unreadable("it contains a control character")
        if any("\ud800" <= character <= "\udfff" for character in content):
            raise _unreadable("it is not text in UTF-8")
        text, blank, lines = content.rpartition("\n\n")
        if not blank:
            raise _unreadable("a text, a blank line and signatures were expected")
        return cls(f"{text}\n", parse_signatures(lines))

    def signers(self, trusted: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
        """Which of the trusted keys signed this note.

        Raises:
            IntegrityBroken: a line claims one of the trusted keys and its signature is wrong, or none of them signed.
        """
        known = {(key.name, key.key_id): key for key in trusted}
        found: dict[VerifierKey, None] = {}
        for signature in self.signatures:
            key = known.get((signature.name, signature.key_id))
            if key is None or key in found:
                continue
            if not key.verifies(signature.content, self.text.encode()):
                raise IntegrityBroken(
                    "note-signature-wrong",
                    f"the signature of `{key.name}` does not fit the text",
                    remedy="fetch the note again from its source; if it still fails, it was changed",
                )
            found[key] = None
        if not found:
            raise IntegrityBroken(
                "note-not-signed",
                "none of the trusted keys signed this note",
                remedy="check that you trust the key of the ledger that you mean to verify, and got it out of band",
            )
        return tuple(found)


def sign(text: str, keys: Sequence[tuple[VerifierKey, Callable[[bytes], bytes]]]) -> str:
    """Sign a text with each key, given with the function that signs bytes under it.

    Raises:
        ValueError: the text cannot be a note.
    """
    if not text.endswith("\n") or any(character < " " and character != "\n" for character in text):
        message = "a note's text ends in a line end and contains no other control character"
        raise ValueError(message)
    made = tuple(Signature(key.name, key.key_id, signing(text.encode())) for key, signing in keys)
    return str(Note(text, made))


def key_id_of(name: str, kind: int, public: bytes) -> bytes:
    """Four bytes of SHA-256(name || 0x0A || type || key), as signed-note recommends."""
    return hashlib.sha256(name.encode() + b"\n" + bytes((kind,)) + public).digest()[:_KEY_ID_BYTES]


def vkey_of(name: str, kind: int, public: bytes) -> str:
    """A public key as people exchange it: `<name>+<key id>+<key>`."""
    return f"{name}+{key_id_of(name, kind, public).hex()}+{_base64(bytes((kind,)) + public)}"


def parse_vkey(text: str, kind: int, called: str) -> tuple[str, bytes]:
    """Name and public key out of a `vkey` of this signature type.

    Raises:
        InvalidInput: it is not one, is of another type, or its id does not fit its key.
    """
    parts = text.strip().split("+", 2)  # base64 may contain a plus, a name may not
    if len(parts) != 3:  # noqa: PLR2004 - name, id, key
        raise _unreadable_key(text, "it has the form `<name>+<key id>+<key>`")
    name, key_id, encoded = parts
    material = _unbase64(encoded)
    if not material:
        raise _unreadable_key(text, "the key is not base64")
    if material[0] != kind:
        raise _unreadable_key(text, f"its type is {material[0]}, only {kind} ({called}) is read here")
    check_key(name, material[1:])
    expected = key_id_of(name, kind, material[1:]).hex()
    if key_id != expected:
        raise _unreadable_key(text, f"its id should be `{expected}`, so a character was changed or lost")
    return name, material[1:]


def check_key(name: str, public: bytes) -> None:
    """Check an Ed25519 public key and the name it signs under.

    Raises:
        InvalidInput: the name cannot name a key, or the key has another length.
    """
    check_name(name)
    if len(public) != PUBLIC_KEY_BYTES:
        raise _unreadable_key(name, f"an Ed25519 public key has {PUBLIC_KEY_BYTES} bytes, not {len(public)}")
    if not vouches(public):
        raise _unreadable_key(name, "signatures fit it that nobody made, so it vouches for nothing")


def vouches(public: bytes) -> bool:
    """False for a key under which strangers can sign, or which has a second form.

    That is one whose point has a small order (8 or less), so that signatures which nobody made fit any text, and one
    that is not in the canonical form: two keys would be one (RFC 8032, section 5.1.3).
    """
    y = int.from_bytes(public, "little") & ((1 << 255) - 1)
    return y < _FIELD and y not in _SMALL_ORDER


def verifies(public: bytes, signature: bytes, content: bytes) -> bool:
    """True when this Ed25519 key made the signature over the content (RFC 8032)."""
    if not vouches(public):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def parse_signatures(lines: str) -> tuple[Signature, ...]:
    """Signature lines on their own, each with its line end, as a witness answers with.

    Raises:
        InvalidInput: one of them is malformed, or there are none or too many.
    """
    if not lines.endswith("\n") or len(lines) > LARGEST_NOTE:
        raise _unreadable("signature lines were expected, each with its line end")
    signatures = tuple(_signature(line) for line in lines[:-1].split("\n"))
    if len(signatures) > MOST_SIGNATURES:
        raise _unreadable(f"it has {len(signatures)} signatures, at most {MOST_SIGNATURES} are read")
    return signatures


def check_name(name: str) -> None:
    """Check the name of a key.

    Raises:
        InvalidInput: it is empty or contains white space or a plus sign.
    """
    if not name or "+" in name or any(character.isspace() or character < " " for character in name):
        raise InvalidInput(
            "key-name-unfit",
            f"`{name}` cannot name a key",
            remedy="use a name without white space and plus signs, such as `ledger.example.com`",
        )


def _signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not name:
        raise _unreadable(f"`{line}` is not a signature line")
    check_name(name)
    content = _unbase64(encoded)
    if content is None or len(content) <= _KEY_ID_BYTES:
        raise _unreadable(f"the signature of `{name}` is not base64 of a key id and a signature")
    return Signature(name, content[:_KEY_ID_BYTES], content[_KEY_ID_BYTES:])


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _unbase64(text: str) -> bytes | None:
    """Standard base64 in its one canonical form, else None."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if _base64(content) == text else None


def _unreadable(why: str) -> InvalidInput:
    return InvalidInput(
        "note-unreadable", f"this is not a signed note: {why}", remedy="give the note byte for byte as it was issued"
    )


def _unreadable_key(text: str, why: str) -> InvalidInput:
    return InvalidInput(
        "verifier-key-unreadable",
        f"`{text}` is not a verifier key: {why}",
        remedy="copy the key whole, as its owner published it",
    )
