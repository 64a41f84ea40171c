"""Secrets that we give out: 256 bits from the runtime, kept as their digest only."""

from __future__ import annotations

import base64

from roadworthy.foundation.digests import digest
from roadworthy.foundation.runtime import Runtime


def new_secret(runtime: Runtime) -> str:
    """A secret as text for addresses and cookies.

    It has high entropy, so there is nothing to brute-force and its SHA-256 can be kept without a slow hash.
    """
    return base64.urlsafe_b64encode(runtime.randomness.bytes(32)).rstrip(b"=").decode()


def kept(secret: str) -> str:
    """The form in which a secret is kept and looked up."""
    return digest(secret.encode())
