"""Who is here: people as erasable records, local sign-in by one-time token, sessions.

A high-entropy secret is stored as its SHA-256 only; there is nothing to brute-force, so no slow hash is needed.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import InvalidInput, Unauthenticated
from roadworthy.foundation.identity.tables import people, sessions, sign_in_tokens
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.statements import portions
from roadworthy.foundation.storage.store import Store

TOKEN_LIFETIME = timedelta(minutes=30)
SESSION_LIFETIME = timedelta(hours=12)
LOCAL = "local"
"""The issuer of people who were named here and not by an identity provider."""
MOST_HANDLE = 320
"""Longest address (RFC 5321: 64 characters, an at sign, 255 characters)."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be named, ask and decide."""

    ref: str
    handle: str | None
    name: str | None
    signed_in_at: datetime | None = None

    @property
    def shown(self) -> str:
        """What to call them on a page."""
        return self.name or self.handle or "an erased person"


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person."""

    person: Person
    authenticated: str
    expires_at: datetime

    def context(self, via: str, trace: str | None = None) -> Context:
        """Act as this person through a door."""
        return Context(Actor(ActorKind.PERSON, self.person.ref, via, self.authenticated), trace=trace)


def fold(handle: str) -> str:
    """The form under which a handle is compared: without outer space and case.

    Raises:
        InvalidInput: empty or longer than an address can be.
    """
    folded = handle.strip().casefold()
    if not folded or len(folded) > MOST_HANDLE or not folded.isprintable():
        raise InvalidInput(
            "handle-unusable",
            "a person needs an e-mail address or account name of 1 to 320 printable characters",
            remedy="enter the address under which colleagues name you as an owner",
        )
    return folded


class Identity:
    """People and how they sign in."""

    def __init__(self, store: Store, units: Units, runtime: Runtime) -> None:
        self._store = store
        self._units = units
        self._runtime = runtime

    def offer(self, handle: str | None = None) -> str:
        """A new one-time sign-in token, for a named person or for whoever holds it.

        Only somebody with access to the home folder can ask for one; that is the proof that it stands for.
        """
        token = self._secret()
        now = self._runtime.clock.now()
        row = {
            "token_digest": digest(token.encode()),
            "handle": None if handle is None else fold(handle),
            "created_at": now,
            "expires_at": now + TOKEN_LIFETIME,
        }
        self._store.write(lambda connection: connection.execute(sign_in_tokens.insert(), row))
        return token

    def offered(self, token: str) -> str | None:
        """The handle that a token is for, or None where the person may say.

        Raises:
            Unauthenticated: unknown, used or expired; which of them is not told.
        """
        with self._store.read() as connection:
            row = self._usable(connection, token, self._runtime.clock.now())
        handle: str | None = row.handle
        return handle

    def sign_in(self, token: str, handle: str | None, name: str | None, via: str) -> tuple[str, Session]:
        """Use a token up and open a session.

        Args:
            token: from `offer`.
            handle: who the person says they are; ignored where the token names somebody.
            name: how to show them; kept only while they have none.
            via: the door, for the ledger.

        Returns:
            The session's secret for the cookie, and the session.
        """
        now = self._runtime.clock.now()
        with self._store.read() as connection:
            named = self._usable(connection, token, now).handle
        folded = fold(named or handle or "")
        with self._store.read() as connection:
            known = _by_handle(connection, folded)
        ref = known.ref if known else new_id(now, self._runtime.randomness)
        secret = self._secret()

        def work(tx: Transaction) -> Person:
            used = tx.connection.execute(
                sign_in_tokens.update()
                .where(sign_in_tokens.c.token_digest == digest(token.encode()), sign_in_tokens.c.used_at.is_(None))
                .values(used_at=tx.now)
            )
            if used.rowcount != 1:
                raise _unusable()
            person = _keep(tx, ref, folded, name)
            tx.connection.execute(
                sessions.insert(),
                {
                    "secret_digest": digest(secret.encode()),
                    "person_ref": person.ref,
                    "authenticated": "one-time-token",
                    "created_at": tx.now,
                    "expires_at": tx.now + SESSION_LIFETIME,
                },
            )
            tx.record(Draft("person.signed-in", f"Person/{person.ref}", facts={"method": "one-time-token"}))
            return person

        person = self._units.run(Context(Actor(ActorKind.PERSON, ref, via, "one-time-token")), work)
        return secret, Session(person, "one-time-token", now + SESSION_LIFETIME)

    def session(self, secret: str) -> Session | None:
        """The session behind a cookie, or None when there is none or it is over."""
        with self._store.read() as connection:
            row = connection.execute(
                sa.select(people, sessions.c.authenticated, sessions.c.expires_at)
                .join(sessions, sessions.c.person_ref == people.c.ref)
                .where(sessions.c.secret_digest == digest(secret.encode()), people.c.erased_at.is_(None))
            ).one_or_none()
        if row is None or row.expires_at <= self._runtime.clock.now():
            return None
        return Session(Person(row.ref, row.handle, row.name, row.signed_in_at), row.authenticated, row.expires_at)

    def sign_out(self, secret: str) -> None:
        """End a session; ending one that is over already is no error."""
        gone = sessions.delete().where(sessions.c.secret_digest == digest(secret.encode()))
        self._store.write(lambda connection: connection.execute(gone))

    def local_user(self, account: str, via: str = "cli") -> Session:
        """The person behind an operating-system account that has access to the home folder."""
        folded = fold(account)
        with self._store.read() as connection:
            person = _by_handle(connection, folded)
        if person is None:
            ref = new_id(self._runtime.clock.now(), self._runtime.randomness)

            def work(tx: Transaction) -> Person:
                known = _by_handle(tx.connection, folded)
                if known is not None:
                    return known
                tx.record(Draft("person.created", f"Person/{ref}", facts={"issuer": LOCAL}))
                return _keep(tx, ref, folded, None)

            person = self._units.run(Context(Actor(ActorKind.PERSON, ref, via, "local-user")), work)
        return Session(person, "local-user", self._runtime.clock.now() + SESSION_LIFETIME)

    def people(self, refs: Iterable[str]) -> dict[str, Person]:
        """The people behind references, as far as they are known."""
        found: dict[str, Person] = {}
        with self._store.read() as connection:
            for some in portions(sorted(set(refs))):
                for row in connection.execute(sa.select(people).where(people.c.ref.in_(some))):
                    found[row.ref] = Person(row.ref, row.handle, row.name, row.signed_in_at)
        return found

    def _secret(self) -> str:
        return base64.urlsafe_b64encode(self._runtime.randomness.bytes(32)).rstrip(b"=").decode()

    def _usable(self, connection: sa.Connection, token: str, now: datetime) -> sa.Row[tuple[object, ...]]:
        row = connection.execute(
            sa.select(sign_in_tokens).where(sign_in_tokens.c.token_digest == digest(token.encode()))
        ).one_or_none()
        if row is None or row.used_at is not None or row.expires_at <= now:
            raise _unusable()
        return row


def _by_handle(connection: sa.Connection, folded: str) -> Person | None:
    row = connection.execute(sa.select(people).where(people.c.handle == folded)).one_or_none()
    return None if row is None else Person(row.ref, row.handle, row.name, row.signed_in_at)


def _keep(tx: Transaction, ref: str, folded: str, name: str | None) -> Person:
    """The person's row, made where it is new, with the time of this sign-in."""
    shown = name.strip() if name and name.strip() else None
    known = _by_handle(tx.connection, folded)
    if known is None:
        row = {
            "ref": ref,
            "handle": folded,
            "name": shown,
            "issuer": LOCAL,
            "created_at": tx.now,
            "signed_in_at": tx.now,
        }
        tx.connection.execute(people.insert(), row)
        return Person(ref, folded, shown, tx.now)
    tx.connection.execute(
        people.update().where(people.c.ref == known.ref).values(signed_in_at=tx.now, name=known.name or shown)
    )
    return Person(known.ref, folded, known.name or shown, tx.now)


def _unusable() -> Unauthenticated:
    return Unauthenticated(
        "sign-in-token-unusable",
        "this sign-in link is unknown, used or expired",
        remedy="ask for a new one with `roadworthy sign-in-link`, or restart `roadworthy serve`, which prints one",
    )
