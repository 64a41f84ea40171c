"""Roadworthy for programs: a client of its API, and the signing of evidence.

Needs httpx and cryptography and nothing else of Roadworthy's, and tells nobody that it is used.
"""

from roadworthy.sdk.client import AsyncClient, Client
from roadworthy.sdk.deciding import wait_for_decision, wait_for_decision_async
from roadworthy.sdk.errors import (
    ApiError,
    Clash,
    Fault,
    Missing,
    NotAllowed,
    NotSignedIn,
    OutOfReach,
    Unfit,
    WrongRequest,
)
from roadworthy.sdk.signing import digest_of, key_id, load_key, sign_evidence

__all__ = [
    "ApiError",
    "AsyncClient",
    "Clash",
    "Client",
    "Fault",
    "Missing",
    "NotAllowed",
    "NotSignedIn",
    "OutOfReach",
    "Unfit",
    "WrongRequest",
    "digest_of",
    "key_id",
    "load_key",
    "sign_evidence",
    "wait_for_decision",
    "wait_for_decision_async",
]
