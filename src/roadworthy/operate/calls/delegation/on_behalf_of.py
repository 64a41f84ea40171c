"""The on-behalf-of grant of Microsoft Entra ID and AD FS: a profile of RFC 7523 with a parameter of its own."""

from __future__ import annotations

from typing import Final

from roadworthy.operate.calls.delegation.declared import UpstreamIdentity
from roadworthy.operate.calls.delegation.model import Acting, Claims

GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
DEFAULT: Final = "/.default"
"""The end of a scope that asks for whatever was consented to."""


def form(identity: UpstreamIdentity, acting: Acting) -> dict[str, str]:
    """What is asked, as Microsoft's page on the flow lists it; the client's id stands in the body in any case."""
    return {
        "grant_type": GRANT,
        "client_id": identity.client or "",
        "assertion": acting.token or "",
        "scope": " ".join(acting.scopes),
        "requested_token_use": "on_behalf_of",
    }


def fault(identity: UpstreamIdentity, answer: Claims, token: Claims | None) -> str:
    """What is wrong with an answer; empty where nothing is."""
    if str(answer.get("token_type", "")).lower() != "bearer":
        return "its token is none that a bearer can show"
    said = None if token is None else token.get("aud")
    if identity.audience is not None and said is not None and identity.audience != said:
        return "its token is meant for somebody else"
    return ""
