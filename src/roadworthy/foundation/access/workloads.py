"""Programs with an identity of their own at an identity provider, recognised by their access tokens.

A workload acts as a token of ours would: with its scopes, for its use cases, under its own name in the record. What
no declaration names by exactly its issuer and subject opens nothing, however well it is signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol, cast

import sqlalchemy as sa

from roadworthy.foundation.access import store as rows
from roadworthy.foundation.access.model import WORKLOAD, Workload
from roadworthy.foundation.access.permissions import SCOPES
from roadworthy.foundation.errors import Unauthenticated
from roadworthy.foundation.identity.tokens import PREFIX, Token
from roadworthy.foundation.resources.model import Stored
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.storage.store import Store

_DOTS = 2
"""In a compact JWS (RFC 7515, section 7.1); no other secret that opens anything here has one."""
AUTHENTICATED = "access-token"


class AccessTokens(Protocol):
    """What checks access tokens of the configured providers."""

    def verify_access_token(self, token: str) -> tuple[str, str, Mapping[str, Any]]:
        """Issuer, subject and claims of a token whose signature and times hold; the audience is not looked at.

        Raises:
            Unauthenticated: it cannot be believed.
        """


class Handles(Protocol):
    """What is asked of the directory of people."""

    def by_handle(self, connection: sa.Connection, handle: str) -> str | None:
        """The person of a handle, whether they left or not."""

    def here(self, connection: sa.Connection, refs: tuple[str, ...]) -> frozenset[str]:
        """Those who neither left nor were erased."""


class Workloads:
    """Recognises declared workloads.

    Args:
        store: where they are indexed.
        resources: where they are declared.
        directory: whose owners left.
        verifying: checks what providers sign.
    """

    def __init__(self, store: Store, resources: Resources, directory: Handles, verifying: AccessTokens) -> None:
        self._store = store
        self._resources = resources
        self._directory = directory
        self._verifying = verifying

    def recognise(self, shown: str) -> Token:
        """What a declared workload may, from its access token.

        Raises:
            Unauthenticated: the token cannot be believed, is for somebody else, is no declared workload's, or whoever
                answers for the workload left.
        """
        issuer, subject, claims = self._verifying.verify_access_token(shown)
        with self._store.read() as connection:
            name = rows.workload_of(connection, issuer, subject)
            stored = None if name is None else self._resources.find(WORKLOAD, name, connection)
            if stored is None:
                raise _unusable(
                    "no workload is declared for the identity of this access token",
                    "have a `Workload` declared with exactly its issuer and subject",
                )
            spec = cast("Workload", stored.spec)
            owner = self._owner(connection, spec)
        if spec.audience not in _audience(claims):
            raise _unusable(
                f"this access token of the workload `{stored.name}` is not meant for `{spec.audience}`",
                "ask the provider for a token with the audience that the workload declares",
            )
        if owner is None:
            raise _unusable(
                f"the workload `{stored.name}` rests, because `{spec.owner}`, who answers for it, is not here",
                "have the workload declared with an owner who is here",
            )
        return _token(stored, spec, owner, datetime.fromtimestamp(int(claims["exp"]), UTC))

    def named(self, issuer: str, subject: str) -> str | None:
        """The declared workload of an identity; None where there is none, or whoever answers for it left."""
        with self._store.read() as connection:
            name = rows.workload_of(connection, issuer, subject)
            stored = None if name is None else self._resources.find(WORKLOAD, name, connection)
            owner = None if stored is None else self._owner(connection, cast("Workload", stored.spec))
        return None if owner is None else name

    def _owner(self, connection: sa.Connection, spec: Workload) -> str | None:
        """Whoever answers for a workload; None where they are not here."""
        owner = self._directory.by_handle(connection, spec.owner)
        return owner if owner is not None and owner in self._directory.here(connection, (owner,)) else None


def looks_like_one(shown: str) -> bool:
    """Whether a bearer's secret has the form of an access token of a provider."""
    return shown.count(".") == _DOTS and not shown.startswith(PREFIX)


def _audience(claims: Mapping[str, Any]) -> tuple[str, ...]:
    said = claims.get("aud")
    return tuple(each for each in (said if isinstance(said, list) else [said]) if isinstance(each, str))


def _token(stored: Stored, spec: Workload, owner: str, expires: datetime) -> Token:
    return Token(
        id=stored.uid,
        name=stored.name,
        may=tuple(scope for scope in SCOPES if scope in spec.may),
        use_cases=spec.use_cases or None,
        created_at=stored.changed_at,
        created_by=stored.changed_by,
        expires_at=expires,
        owner=owner,
        authenticated=AUTHENTICATED,
    )


def _unusable(message: str, remedy: str) -> Unauthenticated:
    return Unauthenticated("workload-unusable", message, remedy=remedy)
