"""Assertions that the gateway signs: for whom, by whom, for what, under which certificate, and for a minute."""

from __future__ import annotations

from typing import Final

from roadworthy.foundation.ids import new_id
from roadworthy.foundation.runtime import Runtime
from roadworthy.operate.calls.delegation import rules
from roadworthy.operate.calls.delegation.declared import UpstreamIdentity
from roadworthy.operate.calls.delegation.model import Acting
from roadworthy.operate.calls.delegation.signing import LONGEST_SECONDS, GatewaySigner

KIND: Final = "at+jwt"
"""RFC 9068, section 2.1, so that no other token of ours passes for it."""


def signed(identity: UpstreamIdentity, acting: Acting, signer: GatewaySigner, runtime: Runtime) -> str:
    """A token for one call.

    Raises:
        LookupError: there is no key to sign with.
    """
    now = runtime.clock.now()
    at = int(now.timestamp())
    claims: dict[str, object] = {
        "iss": signer.issuer,
        "sub": _subject(identity, acting),
        "aud": identity.audience,
        "iat": at,
        "nbf": at,
        "exp": min(at + LONGEST_SECONDS, _ends(acting, at)),
        "jti": new_id(now, runtime.randomness),
        "client_id": acting.actors[0],
        "act": _chain(identity, acting, signer.issuer),
        "roadworthy": _about(acting),
    }
    if acting.rights is not None:
        claims["scope"] = " ".join(acting.scopes)
    return signer.sign(claims, KIND)


def spoken(acting: Acting, audience: str, signer: GatewaySigner, runtime: Runtime) -> str:
    """A token in the stead of a user whose own is gone, for an identity provider that takes the gateway's word.

    Raises:
        LookupError: there is no key to sign with.
    """
    now = runtime.clock.now()
    at = int(now.timestamp())
    kept = {name: acting.claims[name] for name in ("sub", "act", "scope") if name in acting.claims}
    made = {"jti": new_id(now, runtime.randomness), "iat": at, "nbf": at, "exp": at + LONGEST_SECONDS}
    return signer.sign({**kept, "iss": signer.issuer, "aud": audience, **made, "roadworthy": _about(acting)})


def _subject(identity: UpstreamIdentity, acting: Acting) -> object:
    subject = acting.behalf.decision.subject
    assert subject is not None  # noqa: S101 - whoever acts does so for somebody
    return acting.claims.get("sub") if identity.subject == "subject" else subject.pseudonym


def _chain(identity: UpstreamIdentity, acting: Acting, issuer: str) -> object:
    """Who acts, and who acted before: in their own names where the user stands in his, else as records have them."""
    first = {"iss": issuer, "sub": acting.actors[0]}
    if identity.subject == "subject":
        before = rules.nested(acting.claims)
        return first if before is None else {**first, "act": before}
    return rules.linked([first, *({"sub": each} for each in acting.actors[1:])])


def _about(acting: Acting) -> dict[str, str]:
    behalf = acting.behalf
    decision, caller = behalf.decision, behalf.decision.caller
    said = {
        "action" if behalf.action else "call": decision.id,
        "does": behalf.action or None,
        "useCase": caller.use_case if caller else None,
        "stage": caller.stage if caller else None,
        "endpoint": decision.endpoint,
        "release": behalf.release,
        "certificate": decision.certificate,
    }
    return {name: value for name, value in said.items() if value is not None}


def _ends(acting: Acting, at: int) -> int:
    """Of the user's own token; never past it, but for what clocks differ by admission still believed it."""
    said = acting.claims.get("exp")
    return max(at + 1, int(said)) if isinstance(said, int | float) else at + LONGEST_SECONDS
