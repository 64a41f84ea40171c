"""How the gateway shows an identity provider who it is (RFC 6749, section 2.3.1; RFC 7523, section 2.2)."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol
from urllib.parse import quote

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from roadworthy.foundation.errors import Refused
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.runtime import Runtime
from roadworthy.operate.calls.delegation.signing import LONGEST_SECONDS, GatewaySigner, compact, encoded

_BY_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_CURVES: Final = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
_LEAST_RSA_BITS: Final = 2_048
_PRIVATE: Final = re.compile(r"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL)


class ShowsClient(Protocol):
    """Shows who the gateway is."""

    def show(self, form: dict[str, str]) -> Mapping[str, str]:
        """Add to a form what belongs there; returns further headers."""


@dataclass(frozen=True, slots=True)
class BySecret:
    """With a secret, in the header or the body."""

    client: str
    secret: str = field(repr=False)
    in_body: bool = False

    def show(self, form: dict[str, str]) -> Mapping[str, str]:
        """As RFC 6749 says."""
        if self.in_body:
            form |= {"client_id": self.client, "client_secret": self.secret}
            return {}
        both = f"{quote(self.client, safe='')}:{quote(self.secret, safe='')}"
        return {"Authorization": f"Basic {base64.b64encode(both.encode()).decode()}"}


@dataclass(frozen=True, slots=True)
class ByKey:
    """With an assertion that a private key signs."""

    client: str
    audience: str
    runtime: Runtime
    header: Mapping[str, str]
    key: Key = field(repr=False)

    def show(self, form: dict[str, str]) -> Mapping[str, str]:
        """As RFC 7523 says."""
        model = JWSRegistry.algorithms[self.header["alg"]]
        claims = client_claims(self.client, self.audience, self.runtime)
        assertion = compact(self.header, claims, lambda content: model.sign(content, self.key))
        form |= {"client_id": self.client, "client_assertion_type": _BY_ASSERTION, "client_assertion": assertion}
        return {}


@dataclass(frozen=True, slots=True)
class ByGatewayKey:
    """With an assertion that the gateway's published key signs, so that there is no secret to share."""

    client: str
    audience: str
    runtime: Runtime
    signer: GatewaySigner

    def show(self, form: dict[str, str]) -> Mapping[str, str]:
        """As RFC 7523 says."""
        assertion = self.signer.sign(client_claims(self.client, self.audience, self.runtime))
        form |= {"client_id": self.client, "client_assertion_type": _BY_ASSERTION, "client_assertion": assertion}
        return {}


def client_claims(client: str, audience: str, runtime: Runtime) -> dict[str, object]:
    """What the gateway says of itself as a client; good for a minute and for one use."""
    now = runtime.clock.now()
    at = int(now.timestamp())
    made = {"jti": new_id(now, runtime.randomness), "iat": at, "nbf": at, "exp": at + LONGEST_SECONDS}
    return {"iss": client, "sub": client, "aud": audience, **made}


def by_key(client: str, audience: str, runtime: Runtime, pem: str, kid: str | None) -> ByKey:
    """Read a private key, and the certificate that may stand beside it.

    Raises:
        Refused: it is no private key that can sign here.
    """
    found = _PRIVATE.search(pem)
    try:
        certificate = _certificate(pem)
        key = _key(found[0] if found is not None else "")
    except (JoseError, ValueError, TypeError, UnsupportedAlgorithm):
        raise _unfit("it cannot be read as the PEM file of a private key without a passphrase") from None
    algorithm = None if key is None else _algorithm(key, certified=certificate is not None)
    if key is None or algorithm is None:
        raise _unfit("it is none of RSA with 2048 bits and more, P-256, P-384, P-521 and Ed25519")
    header = {"alg": algorithm, "typ": "JWT"}
    if certificate is not None:
        header["x5t#S256"] = encoded(certificate.fingerprint(hashes.SHA256()))
    if kid is not None:
        header["kid"] = kid
    return ByKey(client, audience, runtime, header, key)


def _key(pem: str) -> Key | None:
    read = load_pem_private_key(pem.encode(), password=None)
    if isinstance(read, RSAPrivateKey):
        return RSAKey.import_key(pem) if read.key_size >= _LEAST_RSA_BITS else None
    if isinstance(read, EllipticCurvePrivateKey):
        return ECKey.import_key(pem)
    return OKPKey.import_key(pem) if isinstance(read, Ed25519PrivateKey) else None


def _certificate(pem: str) -> x509.Certificate | None:
    begins = pem.find("-----BEGIN CERTIFICATE-----")
    return None if begins < 0 else x509.load_pem_x509_certificate(pem[begins:].encode())


def _algorithm(key: Key, *, certified: bool) -> str | None:
    """Entra wants PS256 of those who show a certificate; whoever registers a bare key can count on RS256."""
    if isinstance(key, RSAKey):
        return "PS256" if certified else "RS256"
    if isinstance(key, ECKey):
        return _CURVES.get(key.curve_name)
    return "EdDSA" if isinstance(key, OKPKey) else None


def _unfit(why: str) -> Refused:
    return Refused(
        "upstream-identity-key-unfit",
        f"the private key of an upstream's identity cannot be used: {why}",
        remedy="put the key that is registered at the identity provider where `clientSecret` says",
    )
