"""Tokens that a provider signs: read, checked against its keys, and held against what was asked.

OpenID Connect Core 1.0, section 3.1.3.7, and Back-Channel Logout 1.0, section 2.6. Wherever they leave a choice, the
stricter one is taken.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry

from roadworthy.foundation.identity.model import SKEW, Proof
from roadworthy.foundation.identity.model import Method as SignedInBy
from roadworthy.foundation.identity.oidc.fetching import object_of
from roadworthy.foundation.identity.oidc.refusing import token_unusable

MOST_CHARACTERS = 64 * 1024
MOST_SUBJECT = 255
"""OpenID Connect Core 1.0, section 2."""
MOST_ACR = 200
MOST_WORDS = 20
MOST_WORD = 100
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_FOREIGN_KEYS = ("jku", "jwk", "x5u", "x5c", "crit", "b64")
"""Headers by which a token would say itself how it is to be checked."""
_ID_TYPES = frozenset({"jwt"})
_LOGOUT_TYPES = frozenset({"jwt", "logout+jwt"})
_ACCESS_TYPES = frozenset({"at+jwt", "application/at+jwt"})
"""RFC 9068, section 4: an access token says that it is one, so that no identity token passes for it."""
_OF_ACCESS = ("scp", "scope", "azpacr", "appidacr")
"""Of these an access token of a provider that does not mark them has one, and an identity token none."""
_OF_IDENTITY = ("nonce", "at_hash", "c_hash")
_PARTS = 3
_HASHES: Mapping[str, Callable[[bytes], bytes]] = {
    "256": lambda content: hashlib.sha256(content).digest(),
    "384": lambda content: hashlib.sha384(content).digest(),
    "512": lambda content: hashlib.sha512(content).digest(),
}

FindKey = Callable[[str | None, str], Key]
"""From a key's id and an algorithm to the key."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a token says, after its signature was checked."""

    algorithm: str
    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expected:
    """What an identity token has to fit."""

    issuer: str
    client_id: str
    nonce: str
    proved_since: datetime
    """The person has to have proved who they are since then."""
    fresh: bool = False
    """Whether the token has to say when that was; else one that does not say makes a session that is never fresh."""


@dataclass(frozen=True, slots=True)
class Identified:
    """Who signed in at a provider."""

    proof: Proof
    sid: str | None
    claims: Mapping[str, Any]

    @property
    def subject(self) -> str:
        """The provider's name of the account."""
        return self.proof.subject or ""


def read(
    token: object, algorithms: tuple[str, ...], find: FindKey, *, logout: bool = False, access: bool = False
) -> Signed:
    """Check a token's form and signature.

    Args:
        token: compact, as it was sent.
        algorithms: which may have signed it.
        find: looks the key up.
        logout: whether it is a token that ends sessions.
        access: whether it is an access token; then it has to say so.

    Raises:
        Unauthenticated: it is no such token, or nobody we know signed it.
        Unavailable: the provider's keys cannot be fetched.
    """
    if not isinstance(token, str) or len(token) > MOST_CHARACTERS or token.count(".") != _PARTS - 1:
        raise token_unusable("it is no signed token")
    head, payload, signature = token.split(".")
    try:
        header, claims = object_of(_decoded(head)), object_of(_decoded(payload))
        signed = _decoded(signature)
    except (ValueError, RecursionError) as error:
        raise token_unusable("it cannot be read") from error
    algorithm, kid, kind = header.get("alg"), header.get("kid"), header.get("typ")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise token_unusable("it is signed in a way that is not allowed here")
    named = [name for name in _FOREIGN_KEYS if name in header]
    if named:
        raise token_unusable(f"its header says `{named[0]}`, and how it is checked is not for it to say")
    types = _ACCESS_TYPES if access else _LOGOUT_TYPES if logout else _ID_TYPES
    unsaid = kind is None and not access
    if not unsaid and (not isinstance(kind, str) or kind.lower() not in types):
        raise token_unusable("it is a token of another type")
    if kid is not None and not isinstance(kid, str):
        raise token_unusable("it names its key in a way that nothing can be found by")
    _check_signature(find(kid, algorithm), algorithm, f"{head}.{payload}".encode(), signed)
    return Signed(algorithm, claims)


def _check_signature(key: Key, algorithm: str, content: bytes, signature: bytes) -> None:
    model = JWSRegistry.algorithms[algorithm]
    try:
        model.check_key(key)
        valid = model.verify(content, signature, key)
    except (JoseError, ValueError, TypeError) as error:
        raise token_unusable("its signature is wrong") from error
    if not valid:
        raise token_unusable("its signature is wrong")


def identified(signed: Signed, expected: Expected, access_token: str | None, now: datetime) -> Identified:
    """Hold an identity token against what was asked.

    Args:
        signed: the token.
        expected: what it has to fit.
        access_token: which came with it; its hash is checked where the token carries one.
        now: this instant.

    Raises:
        Unauthenticated: it does not fit.
    """
    claims = signed.claims
    subject = _common(claims, expected.issuer, expected.client_id, now)
    if not isinstance(claims.get("nonce"), str) or not _same(claims["nonce"], expected.nonce):
        raise token_unusable("it answers another sign-in than this one")
    if "at_hash" in claims:
        _check_hash(signed, access_token)
    auth_time = None if claims.get("auth_time") is None else _instant(claims, "auth_time")
    if auth_time is not None and auth_time > now + SKEW:
        raise token_unusable("it says that the person proves who they are in the future")
    if expected.fresh and auth_time is None:
        raise token_unusable("it does not say when the person last proved who they are, and that was asked")
    if auth_time is not None and auth_time < expected.proved_since - SKEW:
        raise token_unusable("the person did not prove anew who they are, and that was asked")
    acr, sid = claims.get("acr"), claims.get("sid")
    return Identified(
        Proof(
            SignedInBy.OIDC.value,
            expected.issuer,
            subject,
            auth_time,
            acr if isinstance(acr, str) and len(acr) <= MOST_ACR else None,
            _words(claims.get("amr")),
        ),
        sid if isinstance(sid, str) and 0 < len(sid) <= MOST_SUBJECT else None,
        claims,
    )


def issuer_said(token: str) -> str | None:
    """Who a token says made it; not checked, and good for nothing but choosing whose keys to check it with."""
    if len(token) > MOST_CHARACTERS or token.count(".") != _PARTS - 1:
        return None
    try:
        said = object_of(_decoded(token.split(".")[1])).get("iss")
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, str) else None


def says_access(token: object) -> bool:
    """Whether a token says that it is an access token; not checked, and good only for choosing how to check it."""
    if not isinstance(token, str) or len(token) > MOST_CHARACTERS:
        return False
    try:
        kind = object_of(_decoded(token.partition(".")[0])).get("typ")
    except (ValueError, RecursionError):
        return False
    return isinstance(kind, str) and kind.lower() in _ACCESS_TYPES


def check_unmarked(claims: Mapping[str, Any], client_id: str) -> None:
    """Tell an access token that does not say so from an identity token.

    Args:
        claims: of a token whose signature holds.
        client_id: for which identity tokens are made here.

    Raises:
        Unauthenticated: it is none, or may be none.
    """
    audience = claims.get("aud")
    named = [name for name in _OF_IDENTITY if name in claims]
    if named or client_id in (audience if isinstance(audience, list) else [audience]):
        raise token_unusable("it is an identity token, or one for signing in here, and no access token")
    if not any(name in claims for name in _OF_ACCESS):
        raise token_unusable("it has nothing by which an access token is told from an identity token")


def accessed(signed: Signed, issuer: str, now: datetime) -> str:
    """Hold an access token against RFC 9068, but for its audience, which whoever takes it compares.

    Returns:
        Its subject.

    Raises:
        Unauthenticated: it does not fit.
    """
    claims = signed.claims
    if claims.get("iss") != issuer:
        raise token_unusable("another issuer made it")
    _check_times(claims, now)
    who = _text(claims, "sub")
    if who is None:
        raise token_unusable("it does not say whose it is")
    return who


@dataclass(frozen=True, slots=True)
class Ended:
    """What a logout token asks to end."""

    subject: str | None
    sid: str | None
    jti: str
    expires_at: datetime


def logged_out(signed: Signed, issuer: str, client_id: str, now: datetime) -> Ended:
    """Hold a logout token against its specification.

    Raises:
        Unauthenticated: it does not fit.
    """
    claims = signed.claims
    _common(claims, issuer, client_id, now, subject=False)
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise token_unusable("it does not say that it ends a session")
    if "nonce" in claims:
        raise token_unusable("it carries a nonce, which only identity tokens may")
    jti, subject, sid = (_text(claims, name) for name in ("jti", "sub", "sid"))
    if jti is None:
        raise token_unusable("it has no id, so that a second use could not be told")
    if subject is None and sid is None:
        raise token_unusable("it says neither whose session ends nor which")
    return Ended(subject, sid, jti, _instant(claims, "exp"))


def _common(claims: Mapping[str, Any], issuer: str, client_id: str, now: datetime, *, subject: bool = True) -> str:
    """Issuer, audience and times; returns the subject, empty where none is asked for."""
    if claims.get("iss") != issuer:
        raise token_unusable("another issuer made it")
    audience = claims.get("aud")
    if [audience] != [client_id] and audience != [client_id]:
        raise token_unusable("it is not meant for this application alone")
    if claims.get("azp", client_id) != client_id:
        raise token_unusable("it was made for another application")
    _check_times(claims, now)
    who = _text(claims, "sub")
    if subject and who is None:
        raise token_unusable("it does not say who signed in")
    return who or ""


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    if _instant(claims, "exp") <= now - SKEW:
        raise token_unusable("it has expired")
    if _instant(claims, "iat") > now + SKEW:
        raise token_unusable("it was made in the future; is a clock wrong?")
    if "nbf" in claims and _instant(claims, "nbf") > now + SKEW:
        raise token_unusable("it does not hold yet; is a clock wrong?")


def _check_hash(signed: Signed, access_token: str | None) -> None:
    """OpenID Connect Core 1.0, section 3.1.3.6: the left half of the hash that belongs to the algorithm."""
    said = signed.claims["at_hash"]
    size = signed.algorithm[2:] if signed.algorithm[2:] in _HASHES else "512"
    whole = _HASHES[size]((access_token or "").encode())
    half = base64.urlsafe_b64encode(whole[: len(whole) // 2]).rstrip(b"=").decode()
    if access_token is None or not isinstance(said, str) or not _same(said, half):
        raise token_unusable("it belongs to another access token")


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _instant(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise token_unusable(f"`{name}` is no time")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise token_unusable(f"`{name}` is no time") from error


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= MOST_SUBJECT or not value.isprintable():
        raise token_unusable(f"`{name}` is no name of 1 to {MOST_SUBJECT} characters")
    return value


def _words(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(each for each in value if isinstance(each, str) and each.isprintable() and len(each) <= MOST_WORD)[
        :MOST_WORDS
    ]


def _decoded(part: str) -> bytes:
    """Base64url without padding, and nothing else (RFC 7515, section 2)."""
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
