"""Who is here: local sign-in by one-time link, sessions, and the people behind references."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from roadworthy.foundation.errors import Unauthenticated
from roadworthy.foundation.identity.binding import refuse_left
from roadworthy.foundation.identity.model import LOCAL, SKEW, Method, Person, Proof, Session, fold
from roadworthy.foundation.identity.people import by_handle, by_refs, keep_local
from roadworthy.foundation.identity.sessions import Limits, Sessions
from roadworthy.foundation.identity.tables import sign_in_tokens
from roadworthy.foundation.identity.unguessable import kept, new_secret
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store

TOKEN_LIFETIME = timedelta(minutes=30)


class Identity:
    """People and how they sign in.

    Args:
        store: where they are kept.
        units: records who signed in.
        runtime: clock and randomness.
        limits: how long sessions last.
    """

    def __init__(self, store: Store, units: Units, runtime: Runtime, limits: Limits | None = None) -> None:
        self._store = store
        self._units = units
        self._runtime = runtime
        self.sessions = Sessions(store, runtime, limits or Limits())

    def offer(self, handle: str | None = None) -> str:
        """A new one-time sign-in token, for a named person or for whoever holds it.

        Only somebody with access to the home folder can ask for one; that is the proof that it stands for.
        """
        token = new_secret(self._runtime)
        now = self._runtime.clock.now()
        row = {
            "token_digest": kept(token),
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

        Raises:
            Unauthenticated: the token is unknown, used or expired.
            Refused: the person has left.
        """
        now = self._runtime.clock.now()
        with self._store.read() as connection:
            named = self._usable(connection, token, now).handle
        folded = fold(named or handle or "")
        with self._store.read() as connection:
            known = by_handle(connection, folded)
        ref = known.ref if known else new_id(now, self._runtime.randomness)
        secret = self.sessions.new_secret()

        def work(tx: Transaction) -> Session:
            used = tx.connection.execute(
                sign_in_tokens.update()
                .where(sign_in_tokens.c.token_digest == kept(token), sign_in_tokens.c.used_at.is_(None))
                .values(used_at=tx.now)
            )
            if used.rowcount != 1:
                raise _unusable()
            person = keep_local(tx, ref, folded, name)
            refuse_left(tx.connection, person.ref)
            session = self.sessions.open(tx, secret, person, Proof(Method.ONE_TIME_TOKEN, auth_time=tx.now))
            tx.record(Draft("person.signed-in", f"Person/{person.ref}", facts={"method": Method.ONE_TIME_TOKEN.value}))
            return session

        session = self._units.run(Context(Actor(ActorKind.PERSON, ref, via, Method.ONE_TIME_TOKEN.value)), work)
        return secret, session

    def session(self, secret: str) -> Session | None:
        """The session behind a cookie, or None when there is none or it is over."""
        return self.sessions.find(secret)

    def sign_out(self, secret: str) -> None:
        """End a session; ending one that is over already is no error."""
        self.sessions.end(secret)

    def local_user(self, account: str, via: str = "cli") -> Session:
        """The person behind an operating-system account that has access to the home folder.

        Nobody proved anything at any moment, so this proof has no time and is never fresh.

        Raises:
            Refused: the person has left.
        """
        folded = fold(account)
        with self._store.read() as connection:
            person = by_handle(connection, folded)
            if person is not None:
                refuse_left(connection, person.ref)
        if person is None:
            ref = new_id(self._runtime.clock.now(), self._runtime.randomness)

            def work(tx: Transaction) -> Person:
                known = by_handle(tx.connection, folded)
                if known is not None:
                    return known
                tx.record(Draft("person.created", f"Person/{ref}", facts={"issuer": LOCAL}))
                return keep_local(tx, ref, folded, None)

            context = Context(Actor(ActorKind.PERSON, ref, via, Method.LOCAL_USER.value))
            try:
                person = self._units.run(context, work)
            except sa.exc.IntegrityError:  # two commands of somebody new at once: the other one kept the person
                person = self._units.run(context, work)
        expires = self._runtime.clock.now() + self.sessions.limits.absolute
        return Session(person, Proof(Method.LOCAL_USER.value), expires)

    def people(self, refs: Iterable[str]) -> dict[str, Person]:
        """The people behind references, as far as they are known."""
        with self._store.read() as connection:
            return by_refs(connection, refs)

    def _usable(self, connection: sa.Connection, token: str, now: datetime) -> sa.Row[tuple[object, ...]]:
        row = connection.execute(
            sa.select(sign_in_tokens).where(sign_in_tokens.c.token_digest == kept(token))
        ).one_or_none()
        # one that ends later than any could that is made now is from a future that the clock was set back from
        if row is None or row.used_at is not None or not now < row.expires_at <= now + TOKEN_LIFETIME + SKEW:
            raise _unusable()
        return row


def _unusable() -> Unauthenticated:
    return Unauthenticated(
        "sign-in-token-unusable",
        "this sign-in link is unknown, used or expired",
        remedy="ask for a new one with `roadworthy sign-in-link`, or restart `roadworthy serve`, which prints one",
    )
