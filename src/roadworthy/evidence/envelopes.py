"""Envelopes: an in-toto statement (v1) in DSSE, written once, opened strictly, and checked before it is read.

The formats are not ours, so that other people's tools can check what stands here
(github.com/in-toto/attestation/blob/main/spec/v1, github.com/secure-systems-lab/dsse). What a signature covers is the
pre-authentication encoding of type and payload, so nothing has to be brought into a canonical form to be checked.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from roadworthy.evidence.model import Artefact
from roadworthy.evidence.public_keys import PublicKey
from roadworthy.foundation import strict_json
from roadworthy.foundation.digests import Canonical, canonical_bytes
from roadworthy.foundation.errors import InvalidInput, Place, Refused, TooLarge

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://roadworthy.dev/evidence/v1"

LARGEST = 1024 * 1024
"""Bytes of an envelope. What is larger belongs into an attachment."""
MOST_SIGNATURES = 10
_PLACE = Place(source="envelope")


@dataclass(frozen=True, slots=True)
class Signature:
    """One of an envelope's signatures, not checked yet."""

    key_id: str
    """A hint at the key, empty where none is given (DSSE protocol, `KEYID`)."""
    value: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope as it arrived. Nothing in it may be believed before a signature was checked."""

    payload: bytes
    signatures: tuple[Signature, ...]
    kind: str = PAYLOAD_TYPE

    @property
    def signed(self) -> bytes:
        """The bytes that signatures are over: DSSE's PAE(type, payload)."""
        return encoded_for_signing(self.payload, self.kind)


@dataclass(frozen=True, slots=True)
class Statement:
    """What an envelope says."""

    subject: Artefact
    predicate: Mapping[str, Any]


def encoded_for_signing(payload: bytes, kind: str = PAYLOAD_TYPE) -> bytes:
    """PAE of DSSE v1: lengths before contents, so that no two inputs share an encoding."""
    name = kind.encode("ascii")
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(payload), payload)


def statement(subject: Artefact, predicate: Mapping[str, Canonical], kind: str = PREDICATE_TYPE) -> bytes:
    """The bytes of a statement about one subject, with a predicate of a type; evidence where nothing else is said."""
    return canonical_bytes(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": subject.name, "digest": {"sha256": subject.digest.removeprefix("sha256:")}}],
            "predicateType": kind,
            "predicate": dict(predicate),
        }
    )


def sealed(payload: bytes, signatures: Sequence[Signature], kind: str = PAYLOAD_TYPE) -> bytes:
    """The bytes of an envelope."""
    return canonical_bytes(
        {
            "payloadType": kind,
            "payload": base64.b64encode(payload).decode("ascii"),
            "signatures": [
                {"keyid": each.key_id, "sig": base64.b64encode(each.value).decode("ascii")} for each in signatures
            ],
        }
    )


def opened(content: bytes, *, kind: str = PAYLOAD_TYPE, largest: int = LARGEST) -> Envelope:
    """Take an envelope apart, without believing anything in it.

    Args:
        content: as it arrived.
        kind: the payload type that it must have; an in-toto statement where nothing else is expected.
        largest: bytes that it may have.

    Raises:
        TooLarge: over `largest`.
        InvalidInput: not a DSSE envelope of that type, or one that could be read in two ways.
    """
    if len(content) > largest:
        raise TooLarge(
            "envelope-too-large",
            f"the envelope has {len(content):,} bytes, and {largest:,} is the limit",
            place=_PLACE,
            remedy="attach what is large as a file, and name its digest in the statement",
        )
    outer = _json(content)
    _exactly(outer, {"payloadType", "payload", "signatures"}, "the envelope")
    if outer["payloadType"] != kind:
        raise _unreadable(f"its payload type is not `{kind}`", "payloadType")
    given = outer["signatures"]
    if not isinstance(given, list) or not 0 < len(given) <= MOST_SIGNATURES:
        raise _unreadable(f"it does not have 1 to {MOST_SIGNATURES} signatures", "signatures")
    return Envelope(_base64(outer["payload"], "payload"), tuple(_signature(each) for each in given), kind)


def signer_of(envelope: Envelope, keys: Mapping[str, PublicKey]) -> PublicKey:
    """Whose signature the envelope bears.

    Args:
        envelope: as it arrived.
        keys: the keys that are known, by id.

    Returns:
        The first known key with a good signature. A signature that names its key is checked with that one; one that
        does not is tried with all.

    Raises:
        Refused: no key is known, or a known key's signature is not over this content.
    """
    signed = envelope.signed
    named = [(each, keys[each.key_id]) for each in envelope.signatures if each.key_id in keys]
    unnamed = [(each, key) for each in envelope.signatures if not each.key_id for key in keys.values()]
    for signature, key in (*named, *unnamed):
        if key.verifies(signature.value, signed):
            return key
    if named:
        raise Refused(
            "envelope-signature-wrong",
            f"the signature is not the one of key `{named[0][1].key_id[:16]}…` over this content",
            place=Place(source="envelope", field="signatures"),
            remedy="it was changed on its way, or signed with another key: let the collector sign and send it again",
        )
    raise Refused(
        "envelope-key-unknown",
        "nobody whose key is registered here has signed it",
        place=Place(source="envelope", field="signatures"),
        remedy="register the collector's public key first, or hand the claim in with the document that carries it",
    )


def read(payload: bytes, kind: str = PREDICATE_TYPE) -> Statement:
    """What a checked payload says.

    Raises:
        InvalidInput: not an in-toto statement about one subject with a predicate of this type.
    """
    said = _json(payload)
    _exactly(said, {"_type", "subject", "predicateType", "predicate"}, "the statement")
    if said["_type"] != STATEMENT_TYPE:
        raise _unreadable(f"it is not of type `{STATEMENT_TYPE}`", "_type")
    if said["predicateType"] != kind:
        raise _unreadable(f"its predicate is not of type `{kind}`", "predicateType")
    if not isinstance(said["predicate"], dict):
        raise _unreadable("its predicate is no object", "predicate")
    subjects = said["subject"]
    if not isinstance(subjects, list) or len(subjects) != 1 or not isinstance(subjects[0], dict):
        raise _unreadable("it is not about exactly one subject; send a statement for each", "subject")
    name, digest = subjects[0].get("name"), subjects[0].get("digest")
    value = digest.get("sha256") if isinstance(digest, dict) else None
    try:
        subject = Artefact.model_validate({"name": name, "digest": f"sha256:{value}"}, strict=True)
    except ValueError as error:
        raise _unreadable(
            "its subject has no name, or no SHA-256 digest of 64 lower-case hexadecimal digits", "subject"
        ) from error
    return Statement(subject, said["predicate"])


def _json(content: bytes) -> dict[str, Any]:
    try:
        value = strict_json.read(content)
    except ValueError as error:
        raise _unreadable("it is not JSON that reads in one way only") from error
    if not isinstance(value, dict):
        raise _unreadable("it is no JSON object")
    return value


def _exactly(value: Mapping[str, Any], keys: set[str], what: str) -> None:
    missing, other = sorted(keys - value.keys()), sorted(value.keys() - keys)
    if missing:
        raise _unreadable(f"{what} has no `{missing[0]}`", missing[0])
    if other:
        raise _unreadable(f"{what} has `{other[0][:60]}`, which does not belong there", other[0][:60])


def _signature(given: object) -> Signature:
    if not isinstance(given, dict):
        raise _unreadable("a signature is no object", "signatures")
    _exactly({"keyid": "", **given}, {"keyid", "sig"}, "a signature")
    key_id = given.get("keyid", "")
    if not isinstance(key_id, str):
        raise _unreadable("the id of a key is no text", "signatures")
    return Signature(key_id, _base64(given["sig"], "signatures"))


def _base64(text: object, field: str) -> bytes:
    """Standard or URL-safe, as DSSE allows, and only in the one form that encoding the bytes again gives."""
    if not isinstance(text, str):
        raise _unreadable(f"its `{field}` is no text", field)
    for decode, encode in (
        (base64.b64decode, base64.b64encode),
        (base64.urlsafe_b64decode, base64.urlsafe_b64encode),
    ):
        try:
            found = decode(text.encode("ascii"))
        except (binascii.Error, ValueError):
            continue
        if encode(found).decode("ascii") == text:
            return found
    raise _unreadable(f"its `{field}` is not base64", field)


def _unreadable(why: str, field: str | None = None) -> InvalidInput:
    return InvalidInput(
        "envelope-unreadable",
        f"the envelope cannot be taken: {why}",
        place=Place(source="envelope", field=field),
        remedy="send a DSSE envelope with an in-toto statement; `docs/evidence.md` shows one",
    )
