"""What clients are told where there is no token for their user: whose turn it is, and what helps."""

from __future__ import annotations

import base64
import math

from roadworthy.operate.calls.delegation.model import IdentityFailure
from roadworthy.operate.calls.model import Told
from roadworthy.operate.calls.wire.failures import FailureClass


def of_identity(failure: IdentityFailure) -> Told:  # noqa: PLR0911 - a way of saying it for each class
    """Nothing of it is in the identity provider's words, but for the challenge that is meant for the client."""
    kind, why = failure.kind, failure.why
    if kind is FailureClass.USER_MISSING:
        remedy = "send the user's own access token in the header `Roadworthy-User-Token`"
        return _told("identity-user-missing", why, 401, remedy, challenge='Bearer error="invalid_request"')
    if kind is FailureClass.USER_REJECTED:
        return _told(
            "identity-user-rejected",
            why,
            401,
            "have the user sign in again, with what `WWW-Authenticate` asks for where it does, and send the new token",
            challenge=_challenge(failure.challenge),
        )
    if kind is FailureClass.USER_DENIED:
        remedy = "ask whoever gives rights at the upstream"
        return _told("identity-user-denied", why, 403, remedy)
    if kind is FailureClass.RIGHTS:
        remedy = "have the right given where it is missing; the upstream's `rights` and `bounds` say what is compared"
        return _told("identity-rights-missing", why, 403, remedy)
    if kind is FailureClass.ACTOR:
        remedy = "have the user's token made for this caller, or call as the one that it names"
        return _told("identity-actor-refused", why, 403, remedy)
    if kind is FailureClass.IDENTITY_DOWN:
        waits = max(1, math.ceil(failure.retry_after or 1))
        return _told("identity-provider-down", why, 503, "try again later", retry_after=waits)
    remedy = "whoever may declare upstreams finds the reason in the gateway's log, and mends `identity`"
    return _told("identity-unusable", why, 502, remedy)


def _told(
    code: str, message: str, status: int, remedy: str, *, retry_after: int | None = None, challenge: str = ""
) -> Told:
    return Told(code, message, status, remedy, retry_after, challenge=challenge)


def _challenge(claims: str) -> str:
    """As Microsoft's clients read it: the claims that are asked for, in base64."""
    if not claims:
        return 'Bearer error="invalid_token"'
    return f'Bearer error="insufficient_claims", claims="{base64.b64encode(claims.encode()).decode()}"'
