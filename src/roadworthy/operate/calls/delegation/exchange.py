"""Token exchange (RFC 8693)."""

from __future__ import annotations

from typing import Final

from roadworthy.operate.calls.delegation.declared import UpstreamIdentity
from roadworthy.operate.calls.delegation.model import Acting, Claims

GRANT: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
_TYPE: Final = "urn:ietf:params:oauth:token-type:"
ACCESS_TOKEN: Final = f"{_TYPE}access_token"
JWT: Final = f"{_TYPE}jwt"
_TYPES: Final = {"access-token": ACCESS_TOKEN, "jwt": JWT}
TOKEN_REFUSED: Final = frozenset({"invalid_request"})
"""How section 2.2.2 has a provider say that it does not take the user's token, whatever the reason."""


def form(identity: UpstreamIdentity, acting: Acting, actor: str | None) -> dict[str, str]:
    """What is asked (section 2.1).

    Args:
        identity: as the upstream declares it.
        acting: for whom.
        actor: a token of whoever acts, where one goes along.
    """
    said = {
        "grant_type": GRANT,
        "subject_token": acting.token or "",
        "subject_token_type": _TYPES[_kind(identity, acting)],
    }
    if actor is not None:
        said |= {"actor_token": actor, "actor_token_type": JWT if identity.actor == "gateway" else ACCESS_TOKEN}
    if identity.audience is not None:
        said["audience"] = identity.audience
    if identity.resource is not None:
        said["resource"] = identity.resource
    if acting.scopes:
        said["scope"] = " ".join(acting.scopes)
    if identity.requested_token_type is not None:
        said["requested_token_type"] = _TYPES[identity.requested_token_type]
    return said


def _kind(identity: UpstreamIdentity, acting: Acting) -> str:
    """What the subject's token is: where the gateway speaks for a user who is gone, one that it signed."""
    return "jwt" if acting.behalf.kept is not None else identity.subject_token_type or "access-token"


def fault(identity: UpstreamIdentity, answer: Claims, token: Claims | None) -> str:
    """What is wrong with an answer (section 2.2.1); empty where nothing is."""
    issued = answer.get("issued_token_type")
    wanted = identity.requested_token_type
    if issued not in _TYPES.values() or (wanted is not None and issued != _TYPES[wanted]):
        return "it gives a token of another type than was asked for"
    if str(answer.get("token_type", "")).lower() not in {"bearer", "n_a"}:
        return "its token is none that a bearer can show"
    meant = {each for each in (identity.audience, identity.resource) if each is not None}
    if token is not None and "aud" in token and not meant & _listed(token["aud"]):
        return "its token is meant for somebody else"
    return ""


def _listed(said: object) -> set[str]:
    return {each for each in (said if isinstance(said, list) else [said]) if isinstance(each, str)}
