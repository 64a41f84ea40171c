"""Envelopes made and checked where there is no server."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import ValidationError

from roadworthy.evidence import envelopes, public_keys
from roadworthy.evidence.model import Submission
from roadworthy.foundation.errors import IntegrityBroken, InvalidInput, Place
from roadworthy.foundation.resources.faults import explain
from roadworthy.foundation.resources.schema import spec_schema
from roadworthy.interfaces.cli.evidence_files import read_handed
from roadworthy.interfaces.cli.session import read_bytes, read_text


def signed(path: Path, use_case: str | None, key: Path) -> bytes:
    """The envelope of the one submission that a file holds.

    Raises:
        InvalidInput: the file holds something else, or the key cannot sign.
    """
    handed = read_handed(path, use_case)
    if len(handed) != 1 or "useCase" not in handed[0]:
        raise InvalidInput(
            "evidence-sign-one",
            f"an envelope holds one submission, and this file has {len(handed)} or none that is unsigned",
            place=Place(source=str(path)),
            remedy="write each submission into a file of its own",
        )
    about = str(handed[0].pop("useCase"))
    try:
        submission = Submission.model_validate(handed[0])
    except ValidationError as error:
        found = [finding for _, finding in explain(error, handed[0], spec_schema(Submission))]
        raise InvalidInput.of(found, str(path)) from error
    if submission.subject is None:
        raise InvalidInput(
            "evidence-sign-without-subject",
            "a statement is about something with a digest, and the submission names nothing",
            place=Place(source=str(path), field="subject"),
            remedy="add `subject` with `name` and `digest`; for the use case itself `UseCase/NAME` and the digest that "
            "`roadworthy get use-cases NAME -o json` shows",
        )
    predicate = submission.model_dump(
        mode="json", by_alias=True, exclude={"subject"}, exclude_defaults=True, exclude_none=True
    )
    payload = envelopes.statement(submission.subject, {**_whole(predicate), "useCase": about})
    private = _private(key)
    content = envelopes.encoded_for_signing(payload)
    value = (
        private.sign(content)
        if isinstance(private, Ed25519PrivateKey)
        else private.sign(content, ec.ECDSA(hashes.SHA256()))
    )
    key_id = public_keys.of(private.public_key()).key_id
    return envelopes.sealed(payload, [envelopes.Signature(key_id, value)])


def verified(path: Path, key: Path) -> tuple[dict[str, Any], str]:
    """What an envelope says, and the id of the key that signed it; the predicate may be any tool's.

    Raises:
        InvalidInput: it is no envelope of an in-toto statement, or the key is none.
        IntegrityBroken: no signature of it is this key's over this content.
    """
    envelope = envelopes.opened(read_bytes(path))
    public = public_keys.read(read_text(key))
    if not any(public.verifies(each.value, envelope.signed) for each in envelope.signatures):
        raise IntegrityBroken(
            "envelope-not-verified",
            f"no signature of it is the one of key `{public.key_id[:16]}…` over this content",
            place=Place(source=str(path)),
            remedy="do not believe it: get the envelope and the key again, each by its own way",
        )
    said = json.loads(envelope.payload)
    return (said if isinstance(said, dict) else {}), public.key_id


def ed25519_key(path: Path) -> Ed25519PrivateKey:
    """The Ed25519 private key in a file.

    Raises:
        InvalidInput: it holds none.
    """
    key = _private(path)
    if not isinstance(key, Ed25519PrivateKey):
        raise _unusable(path)
    return key


def _private(path: Path) -> Ed25519PrivateKey | ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(read_bytes(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _unusable(path) from error
    if isinstance(key, Ed25519PrivateKey):
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise _unusable(path)


def _unusable(path: Path) -> InvalidInput:
    return InvalidInput(
        "signing-key-unusable",
        "this is no private key that evidence can be signed with",
        place=Place(source=str(path)),
        remedy="give an Ed25519 or ECDSA P-256 private key as PEM, without a password; "
        "`roadworthy collector keygen` makes one",
    )


def _whole(value: Any) -> Any:  # noqa: ANN401 - any JSON value in, one without floats out
    """Numbers with a fraction as decimal strings: only they have one form that everybody signs alike."""
    if isinstance(value, dict):
        return {name: _whole(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return format(Decimal(str(value)), "f") if isinstance(value, float) else value
