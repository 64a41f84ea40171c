"""Reading what a collector signed: whose signature it is, and what it says about which use case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import sqlalchemy as sa
from pydantic import ValidationError

from roadworthy.evidence import collector_store, envelopes, public_keys
from roadworthy.evidence.model import Collector, Method, Submission
from roadworthy.evidence.taking import Given, Signed
from roadworthy.foundation.errors import InvalidInput, Place, Refused
from roadworthy.foundation.resources import store as resource_rows
from roadworthy.foundation.resources.faults import explain
from roadworthy.foundation.resources.schema import spec_schema
from roadworthy.inventory.kinds import USE_CASE


def checked(connection: sa.Connection, content: bytes) -> Signed:
    """An envelope with a good signature of a collector's key, revoked or not. Its payload is not read for that.

    Raises:
        TooLarge, InvalidInput: not an envelope.
        Refused: a forged signature, or one by a key that is not registered.
    """
    envelope = envelopes.opened(content)
    known: list[Collector] = []
    for signature in envelope.signatures:
        found = collector_store.by_key(connection, signature.key_id) if signature.key_id else None
        known += [found] if found is not None else []
    if any(not signature.key_id for signature in envelope.signatures):
        known += [each for each in collector_store.every(connection) if each.revoked_at is None]
    keys = {each.key_id: public_keys.read(each.public_key) for each in known}
    return Signed(content, envelope.payload, envelopes.signer_of(envelope, keys).key_id)


def collector_of(connection: sa.Connection, signed: Signed) -> Collector:
    """The collector whose key it is, where that is still in force.

    Raises:
        Refused: the key was revoked.
    """
    collector = cast("Collector", collector_store.by_key(connection, signed.key_id))
    if collector.revoked_at is not None:
        raise Refused(
            "collector-revoked",
            f"this key of `{collector.name}` was revoked at {collector.revoked_at:%Y-%m-%d %H:%M} UTC",
            place=Place(source="envelope", field="signatures"),
            remedy=f"sign with the collector's present key, or ask whoever answers for it: `{collector.owner}`",
        )
    return collector


def given(connection: sa.Connection, signed: Signed, collector: Collector) -> Given:
    """What a collector hands in.

    Raises:
        InvalidInput: the statement cannot be read, or a field of its predicate cannot be used.
        Refused: the collector may not hand in this kind, or the statement's subject is not what it says.
    """
    said = envelopes.read(signed.payload)
    predicate = dict(said.predicate)
    use_case = predicate.pop("useCase", None)
    if not isinstance(use_case, str):
        raise InvalidInput(
            "envelope-without-use-case",
            "the statement does not say which use case it is about",
            place=Place(source="envelope", field="useCase"),
            remedy="give the name of the use case under `useCase`",
        )
    about_itself = said.subject.name.startswith(f"{USE_CASE}/")
    if about_itself:
        _refuse_other(connection, said, use_case)
    else:
        predicate["subject"] = {"name": said.subject.name, "digest": said.subject.digest}
    submission = _submission(predicate)
    if submission.kind not in collector.kinds:
        raise Refused(
            "collector-other-kind",
            f"`{collector.name}` hands in {', '.join(f'`{kind}`' for kind in collector.kinds)}, and this is a "
            f"`{submission.kind}`",
            place=Place(source="envelope", field="kind"),
            remedy="register another collector for this kind, with a key of its own",
        )
    return Given(use_case, submission, Method.MEASURED, "envelope", collector, signed)


def _refuse_other(connection: sa.Connection, said: envelopes.Statement, use_case: str) -> None:
    """A statement about a use case itself names it, and a version of its spec that there was."""
    known = {row.digest for row in resource_rows.versions(connection, USE_CASE, use_case)}
    if said.subject.name == f"{USE_CASE}/{use_case}" and (not known or said.subject.digest in known):
        return  # one that is not there at all is told as unknown with the other faults
    raise Refused(
        "evidence-subject-mismatch",
        f"the statement is about `{said.subject.name}` with the digest `{said.subject.digest[:15]}…`, which no version "
        f"of `{use_case}` ever had",
        place=Place(source="envelope", field="subject"),
        remedy="take the digest of the spec from `roadworthy get`, or name the artefact that was looked at",
    )


def _submission(predicate: Mapping[str, Any]) -> Submission:
    try:
        return Submission.model_validate(predicate)
    except ValidationError as error:
        found = [finding for _, finding in explain(error, dict(predicate), spec_schema(Submission))]
        raise InvalidInput.of(found, "the envelope") from error
