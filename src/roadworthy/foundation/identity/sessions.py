"""Sessions: kept here, named by a secret that only the holder has, ended by time, by people and by issuers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from roadworthy.foundation.errors import NotFound
from roadworthy.foundation.identity.model import SKEW, Method, Person, Proof, Session, SessionKind
from roadworthy.foundation.identity.people import person_of
from roadworthy.foundation.identity.tables import device_logins, people, sessions
from roadworthy.foundation.identity.unguessable import kept, new_secret
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.statements import portions
from roadworthy.foundation.storage.store import Store

SEEN_AGAIN = timedelta(minutes=1)
"""How much older the time of last use may be before it is written anew: one write per request is felt."""
_NAMED = "sha256:"
_ID_CHARACTERS = 16
"""Of the digest's 64: enough to tell a person's sessions apart."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long sessions last."""

    idle: timedelta = timedelta(minutes=30)
    """Without a request, in a browser."""
    absolute: timedelta = timedelta(hours=12)
    idle_command_line: timedelta = timedelta(hours=2)
    """Without a command; longer than in a browser, since a command line rests between commands."""

    def rests(self, kind: SessionKind) -> timedelta:
        """How long a session of this kind may go without a request."""
        return self.idle_command_line if kind is SessionKind.CLI else self.idle


class Sessions:
    """Opens, finds and ends sessions.

    Args:
        store: where they are kept.
        runtime: clock and randomness.
        limits: how long they last.
    """

    def __init__(self, store: Store, runtime: Runtime, limits: Limits) -> None:
        self._store = store
        self._runtime = runtime
        self.limits = limits

    def new_secret(self) -> str:
        """A secret for a session; made outside of the unit that opens it, which may run twice."""
        return new_secret(self._runtime)

    def open(
        self,
        tx: Transaction,
        secret: str,
        person: Person,
        proof: Proof,
        kind: SessionKind = SessionKind.BROWSER,
        sid: str | None = None,
    ) -> Session:
        """Open a session in the unit that signs somebody in.

        Args:
            tx: that unit.
            secret: from `new_secret`.
            person: who signed in.
            proof: on what.
            kind: what holds it.
            sid: the issuer's own session, by which it can end this one.
        """
        expires = tx.now + self.limits.absolute
        row = {
            "secret_digest": kept(secret),
            "person_ref": person.ref,
            "authenticated": str(proof.method),
            "created_at": tx.now,
            "expires_at": expires,
            "issuer": proof.issuer,
            "subject": proof.subject,
            "sid": sid,
            "auth_time": proof.auth_time,
            "acr": proof.acr,
            "amr": json.dumps(proof.amr),
            "seen_at": tx.now,
            "kind": str(kind),
        }
        tx.connection.execute(sessions.insert(), row)
        return Session(person, proof, expires, kind, _id(row["secret_digest"]), tx.now, tx.now)

    def find(self, secret: str) -> Session | None:
        """The session behind a secret, or None when there is none or it is over; notes that it was used."""
        now = self._runtime.clock.now()
        with self._store.read() as connection:
            row = connection.execute(
                _WITH_PEOPLE.where(
                    sessions.c.secret_digest == kept(secret), people.c.erased_at.is_(None), people.c.left_at.is_(None)
                )
            ).one_or_none()
        if row is None or not self._lives(row, now):
            return None
        if row.seen_at is None or row.seen_at + SEEN_AGAIN <= now:
            seen = sessions.update().where(sessions.c.secret_digest == row.secret_digest).values(seen_at=now)
            self._store.write(lambda connection: connection.execute(seen))
        return _session(row)

    def of(self, person_ref: str) -> list[Session]:
        """A person's sessions that are not over, the newest first."""
        now = self._runtime.clock.now()
        with self._store.read() as connection:
            rows = connection.execute(
                _WITH_PEOPLE.where(sessions.c.person_ref == person_ref).order_by(
                    sessions.c.created_at.desc(), sessions.c.secret_digest
                )
            ).all()
        return [_session(row) for row in rows if self._lives(row, now)]

    def end_one(self, person_ref: str, session_id: str) -> None:
        """End one of a person's sessions.

        Raises:
            NotFound: they have no such session, or it is over.
        """
        known = [each for each in self.of(person_ref) if each.id == session_id]
        if not known:
            raise NotFound(
                "session-unknown",
                "you have no such session, or it is over already",
                remedy="look at the list of your sessions again",
            )
        gone = sessions.delete().where(
            sessions.c.person_ref == person_ref, sessions.c.secret_digest.startswith(f"{_NAMED}{session_id}")
        )
        self._store.write(lambda connection: connection.execute(gone))

    def end(self, secret: str) -> None:
        """End a session; ending one that is over already is no error."""
        gone = sessions.delete().where(sessions.c.secret_digest == kept(secret))
        self._store.write(lambda connection: connection.execute(gone))

    def _lives(self, row: sa.Row[tuple[object, ...]], now: datetime) -> bool:
        """Not over, and not from a future that the clock was set back from: such a one would outlive its limits."""
        if not now < row.expires_at <= now + self.limits.absolute + SKEW:
            return False
        seen: datetime = row.seen_at or row.created_at
        return -SKEW <= now - seen < self.limits.rests(SessionKind(row.kind or SessionKind.BROWSER))


def end_all(tx: Transaction) -> int:
    """End every session of everybody, and turn away whoever was about to come in; how many sessions it were."""
    tx.connection.execute(device_logins.update().where(device_logins.c.used_at.is_(None)).values(refused_at=tx.now))
    return tx.connection.execute(sessions.delete()).rowcount


def turn_away(tx: Transaction, issuer: str, subject: str | None = None, sid: str | None = None) -> None:
    """Turn away command lines that were let in on a session of an account and have not come in yet.

    Args:
        tx: the unit that ends the session.
        issuer: of the account.
        subject: the account; None for any of this session.
        sid: the issuer's own session; None for any of this account.
    """
    waiting = sa.select(device_logins.c.device_digest, device_logins.c.session).where(
        device_logins.c.used_at.is_(None), device_logins.c.session.is_not(None)
    )
    asked = {name: said for name, said in (("issuer", issuer), ("subject", subject), ("sid", sid)) if said is not None}
    gone = []
    for row in tx.connection.execute(waiting):
        carried = json.loads(row.session)
        if all(carried[name] == said for name, said in asked.items()):
            gone.append(row.device_digest)
    for some in portions(gone):
        these = device_logins.c.device_digest.in_(some)
        tx.connection.execute(device_logins.update().where(these).values(refused_at=tx.now))


_WITH_PEOPLE = sa.select(
    people.c.ref,
    people.c.handle,
    people.c.name,
    people.c.signed_in_at,
    sessions,
).join(sessions, sessions.c.person_ref == people.c.ref)


def _session(row: sa.Row[tuple[object, ...]]) -> Session:
    proof = Proof(
        row.authenticated,
        row.issuer,
        row.subject,
        None if row.authenticated == Method.LOCAL_USER else row.auth_time,
        row.acr,
        tuple(json.loads(row.amr)) if row.amr else (),
    )
    kind = SessionKind(row.kind or SessionKind.BROWSER)
    return Session(person_of(row), proof, row.expires_at, kind, _id(row.secret_digest), row.created_at, row.seen_at)


def _id(secret_digest: object) -> str:
    return str(secret_digest).removeprefix(_NAMED)[:_ID_CHARACTERS]
