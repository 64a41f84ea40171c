"""The keys with which a provider signs: fetched from where it announces them, and from nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey, import_key

from roadworthy.foundation.identity.oidc.fetching import Fetcher
from roadworthy.foundation.identity.oidc.refusing import token_unusable
from roadworthy.foundation.runtime import Runtime

MOST_KEYS = 100
LEAST_RSA_BITS = 2048
"""NIST SP 800-131A Rev. 2: shorter ones are not to be used for signatures."""
ASKED_AGAIN_SECONDS = 60.0
"""At most once in so many seconds, whatever key ids are named: anybody can name some."""
KEPT_SECONDS = 3_600.0
"""After so long keys are fetched again, so that one that was withdrawn goes out of use."""
_KINDS = ("RSA", "EC", "OKP")
_PUBLIC = ("kty", "kid", "use", "alg", "crv", "x", "y", "n", "e")
_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}


class Keys:
    """The keys of one provider, by their id.

    Args:
        fetcher: how the provider is asked.
        address: where it announces its keys.
        runtime: clock and lock.
    """

    def __init__(self, fetcher: Fetcher, address: Callable[[], str], runtime: Runtime) -> None:
        self._fetcher = fetcher
        self._address = address
        self._clock = runtime.clock
        self._lock = runtime.lock()
        self._asked: float | None = None
        self._keys: list[Key] = []

    def find(self, kid: str | None, algorithm: str) -> Key:
        """The key that a token names.

        A token without an id is checked with the only key that could have signed it.

        Raises:
            Unauthenticated: there is no such key, or more than one.
            Unavailable: the keys cannot be fetched.
        """
        with self._lock:
            found = self._matching(kid, algorithm)
            age = None if self._asked is None else self._clock.monotonic() - self._asked
            if age is None or age > KEPT_SECONDS or (len(found) != 1 and age > ASKED_AGAIN_SECONDS):
                self._asked = self._clock.monotonic()  # before the try: what fails is not asked again at once either
                self._keys = _usable(self._fetcher.get(self._address()))
                found = self._matching(kid, algorithm)
        if len(found) != 1:
            raise token_unusable("the provider announces no key with which it could be checked")
        return found[0]

    def fitting(self, algorithms: Collection[str]) -> int:
        """How many of the announced keys could check a signature of one of these algorithms.

        Raises:
            Unavailable: the keys cannot be fetched.
        """
        with self._lock:
            age = None if self._asked is None else self._clock.monotonic() - self._asked
            if age is None or (not self._keys and age > ASKED_AGAIN_SECONDS):
                self._asked = self._clock.monotonic()
                self._keys = _usable(self._fetcher.get(self._address()))
            return sum(any(_fits(key, algorithm) for algorithm in algorithms) for key in self._keys)

    def _matching(self, kid: str | None, algorithm: str) -> list[Key]:
        return [key for key in self._keys if (kid is None or key.kid == kid) and _fits(key, algorithm)]


def _usable(said: dict[str, Any]) -> list[Key]:
    """The public signing keys of a key set; what cannot be used is left out, for sets hold keys of many kinds."""
    listed = said.get("keys")
    keys = []
    for each in listed[:MOST_KEYS] if isinstance(listed, list) else ():
        if not isinstance(each, dict) or each.get("kty") not in _KINDS or each.get("use", "sig") != "sig":
            continue
        try:
            if each["kty"] == "RSA" and len(str(each.get("n"))) * 6 < LEAST_RSA_BITS:
                continue
            keys.append(import_key({name: str(each[name]) for name in _PUBLIC if name in each}))
        except (JoseError, ValueError, TypeError):
            continue  # a key that cannot be read checks nothing
    return keys


def _fits(key: Key, algorithm: str) -> bool:
    """Whether a key can check a signature of this algorithm; its own word about that counts too."""
    if key.get("alg", algorithm) != algorithm:
        return False
    if algorithm.startswith(("RS", "PS")):
        return isinstance(key, RSAKey) and key.public_key.key_size >= LEAST_RSA_BITS
    if algorithm.startswith("ES"):
        return isinstance(key, ECKey) and key.curve_name == _CURVES.get(algorithm)
    return isinstance(key, OKPKey) and key.curve_name == "Ed25519"
