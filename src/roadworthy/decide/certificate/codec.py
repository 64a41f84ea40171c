"""A certificate as values and as a signed statement: its envelope, written and read, and the statement of a version.

The statement holds no personal data: people stand in it by reference, the text of a condition by a salted commitment
whose salt can be destroyed with the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from roadworthy.decide.certificate.model import (
    Actions,
    Bound,
    Ceilings,
    Certificate,
    Dimensions,
    Envelope,
    Fingerprints,
    Members,
    Source,
    Term,
    TermName,
)
from roadworthy.evidence import envelopes, public_keys
from roadworthy.evidence.model import Artefact
from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.keys import SigningKey

PREDICATE_TYPE = "https://roadworthy.dev/operating-certificate/v1"
KEYS = "certificates"
"""Purpose of the keys that sign the statements."""

SHAPES: Mapping[TermName, type[Bound]] = {
    TermName.DATA: Fingerprints,
    TermName.VOLUME: Ceilings,
    TermName.RATE: Ceilings,
    TermName.POPULATION: Dimensions,
    TermName.DATA_CLASSES: Members,
    TermName.ACTIONS: Actions,
    TermName.COST: Ceilings,
    TermName.LATENCY: Ceilings,
    TermName.COHORT: Members,
}
"""The form that each term's bound has."""


@dataclass(frozen=True, slots=True)
class Made:
    """What stands in a version's statement beside the certificate itself."""

    origin: str
    """Name of the deployment's ledger, so that a certificate of another house is known as such."""
    at: str
    """When the version was made, as `to_text` writes it."""
    cause: str | None
    """What made a version after the first necessary."""
    former: str | None
    """Digest of the statement before."""
    supersedes: str | None
    """Serial of the certificate that the first version took the place of."""
    commitments: Mapping[str, str]
    """To the text of each condition, by its id."""


# ---------------------------------------------------------------- the envelope


def bound_values(bound: Bound) -> dict[str, Any]:
    """A bound as canonical values; the form is known by the term."""
    match bound:
        case Ceilings(most):
            return {"most": dict(most)}
        case Members(values):
            return {"values": sorted(values)}
        case Dimensions(values):
            return {"values": {name: sorted(some) for name, some in values.items()}}
        case Actions(limits):
            return {"limits": {name: dict(most) for name, most in limits.items()}}
        case Fingerprints(digests):
            return {"digests": dict(digests)}


def envelope_values(envelope: Envelope) -> dict[str, Any]:
    """An envelope as canonical values, the same for the same bounds."""
    return {
        "terms": {
            name.value: {
                "bound": bound_values(term.bound),
                "source": term.source.value,
                "evidence": list(term.evidence),
            }
            for name, term in envelope.terms.items()
        }
    }


def envelope_of(values: Mapping[str, Any]) -> Envelope:
    """Read what `envelope_values` wrote.

    Raises:
        InvalidInput: a term that is not known, or a bound, source or number that has not its form.
    """
    terms = values.get("terms")
    if set(values) != {"terms"} or not isinstance(terms, Mapping):
        raise _unfit("it consists of `terms` and nothing else", "terms")
    found = {}
    for word, said in terms.items():
        if word not in set(TermName):
            raise _unfit(f"there is no term `{str(word)[:60]}`", "terms")
        name = TermName(word)
        found[name] = _term(name, said)
    return Envelope({name: found[name] for name in TermName if name in found})


def _term(name: TermName, said: object) -> Term:
    at = f"terms.{name}"
    if not isinstance(said, Mapping) or set(said) != {"bound", "source", "evidence"}:
        raise _unfit(f"the term `{name}` has `bound`, `source` and `evidence`", at)
    if not isinstance(said["source"], str) or said["source"] not in set(Source):
        raise _unfit(f"`{str(said['source'])[:60]}` is no source", f"{at}.source")
    source, evidence = Source(said["source"]), said["evidence"]
    if not _texts(evidence):
        raise _unfit("`evidence` is a list of ids", f"{at}.evidence")
    if not evidence and source is not Source.DECLARED:
        raise _unfit(f"the term `{name}` is said to be {source} and names no evidence", f"{at}.evidence")
    return Term(name, _bound(SHAPES[name], said["bound"], f"{at}.bound"), source, tuple(evidence))


def _bound(shape: type[Bound], said: object, at: str) -> Bound:
    if isinstance(said, Mapping) and len(said) == 1:
        ((key, inner),) = said.items()
        if shape is Ceilings and key == "most" and _counts(inner):
            return Ceilings(dict(inner))
        if shape is Members and key == "values" and _texts(inner):
            return Members(frozenset(inner))
        if shape is Dimensions and key == "values" and _each(inner, _texts):
            return Dimensions({name: frozenset(some) for name, some in inner.items()})
        if shape is Actions and key == "limits" and _each(inner, _counts):
            return Actions({name: dict(most) for name, most in inner.items()})
        if shape is Fingerprints and key == "digests" and _each(inner, _digest):
            return Fingerprints(dict(inner))
    raise _unfit("the bound has not the form of its term", at)


def _counts(value: object) -> bool:
    return _each(value, lambda most: isinstance(most, int) and not isinstance(most, bool) and most >= 0)


def _digest(value: object) -> bool:
    return isinstance(value, str) and value.startswith("sha256:") and len(value) == len("sha256:") + 64


def _texts(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(one, str) for one in value)


def _each(value: object, fits: Any) -> bool:  # noqa: ANN401 - any of the checks above
    return isinstance(value, Mapping) and all(isinstance(name, str) and fits(one) for name, one in value.items())


def _unfit(why: str, field: str) -> InvalidInput:
    return InvalidInput(
        "envelope-unfit",
        f"this envelope cannot be certified: {why}",
        place=Place(field=f"envelope.{field}"[:200]),
        remedy="take the envelope that `review draft` shows, and change only bounds",
    )


# ---------------------------------------------------------------- the statement


def predicate(certificate: Certificate, made: Made) -> dict[str, Any]:
    """What the statement of a version says beside its subject, the release."""
    return {
        "serial": certificate.serial,
        "version": certificate.version,
        "origin": made.origin,
        "useCase": certificate.use_case,
        "stage": certificate.stage,
        "issuedAt": to_text(certificate.issued_at),
        "expiresAt": to_text(certificate.expires_at),
        "madeAt": made.at,
        "cause": made.cause,
        "former": made.former,
        "supersedes": made.supersedes,
        "envelope": envelope_values(certificate.envelope),
        "conditions": [
            {
                "id": each.id,
                "owner": each.owner,
                "due": to_text(each.due),
                "commitment": made.commitments[each.id],
            }
            for each in certificate.conditions
        ],
        "evidence": list(certificate.evidence),
        "review": certificate.review,
        "request": certificate.request,
        "deciders": list(certificate.deciders),
    }


def signed(certificate: Certificate, made: Made, key: SigningKey) -> bytes:
    """The bytes of a DSSE envelope with the statement of this version."""
    subject = Artefact(name=f"Release/{certificate.use_case}", digest=certificate.release)
    payload = envelopes.statement(subject, predicate(certificate, made), PREDICATE_TYPE)
    key_id = public_keys.of(key.private.public_key()).key_id
    signature = envelopes.Signature(key_id, key.sign(envelopes.encoded_for_signing(payload)))
    return envelopes.sealed(payload, [signature])
