"""A command line that a person lets in from a browser, after the device flow of OAuth 2.0 (RFC 8628).

The command shows a short code, the person reads it on a page of ours while signed in, and the command gets a session
that rests on that person's own proof. Nobody types a password or a secret into a terminal.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Refused, Unauthenticated, Unavailable
from roadworthy.foundation.identity.binding import refuse_left
from roadworthy.foundation.identity.model import Method, Proof, Session, SessionKind
from roadworthy.foundation.identity.people import by_refs
from roadworthy.foundation.identity.sessions import Sessions
from roadworthy.foundation.identity.tables import device_logins, sessions
from roadworthy.foundation.identity.unguessable import kept, new_secret
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.retention import Retention
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.runtime import Randomness, Runtime
from roadworthy.foundation.storage.store import Store

CLI_PREFIX = "rws_"
"""How the secret of a command line's session begins, so that scanners for leaked secrets find it."""
LIFETIME = timedelta(minutes=10)
INTERVAL = timedelta(seconds=2)
"""Between two questions of the command; a server says how long that is (RFC 8628, section 3.2)."""
SLOWER = timedelta(seconds=5)
MOST_WAITING = 1_000
"""Commands that may wait at once; whoever asks needs no session, so there has to be an end."""
MOST_CLIENT = 200
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""Without vowels, so that no code is a word; without what is read wrongly (RFC 8628, section 6.1)."""
_CODE_LETTERS = 8
_FAIR = 240
"""The largest multiple of 20 below 256: bytes from here on are left out, so that every letter is as likely."""


class Answer(StrEnum):
    """What a command hears when it asks."""

    WAITING = "waiting"
    SLOW_DOWN = "slow-down"
    """It asked too soon, and has to leave more time from now on."""
    SIGNED_IN = "signed-in"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A command that waits, as the person sees it."""

    user_code: str
    client: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command gets when it begins."""

    device_code: str
    """Secret; with it the command asks."""
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class Heard:
    """What a command hears."""

    answer: Answer
    interval: timedelta = INTERVAL
    secret: str | None = None
    session: Session | None = None


class Devices:
    """Commands that wait to be let in.

    Args:
        store: where they are kept.
        units: records who let one in.
        runtime: clock and randomness.
        opened: where sessions are opened.
    """

    def __init__(self, store: Store, units: Units, runtime: Runtime, opened: Sessions) -> None:
        self._store = store
        self._units = units
        self._runtime = runtime
        self._sessions = opened

    def begin(self, client: str) -> Asked:
        """Let a command wait.

        Args:
            client: what it calls itself; the person reads it, and nothing is believed of it.

        Raises:
            InvalidInput: it calls itself nothing, or too much.
            Unavailable: too many wait already.
        """
        said = client.strip()
        if not said or len(said) > MOST_CLIENT or not said.isprintable():
            raise InvalidInput(
                "device-client-unfit",
                f"what asks calls itself by 1 to {MOST_CLIENT} printable characters",
                remedy="name the program and the machine",
            )
        now = self._runtime.clock.now()
        code, device = _user_code(self._runtime.randomness), new_secret(self._runtime)
        row = {
            "device_digest": kept(device),
            "user_code": code,
            "client": said,
            "created_at": now,
            "expires_at": now + LIFETIME,
        }

        def work(connection: sa.Connection) -> None:
            connection.execute(device_logins.delete().where(device_logins.c.expires_at <= now - LIFETIME))
            waiting = connection.execute(sa.select(sa.func.count()).select_from(device_logins)).scalar_one()
            if waiting >= MOST_WAITING:
                raise Unavailable(
                    "device-logins-many",
                    "too many commands wait to be let in",
                    remedy="try again in a few minutes; if it stays so, something on the network asks without end",
                )
            connection.execute(device_logins.insert(), row)

        self._store.write(work)
        return Asked(device, Waiting(code, said, now, now + LIFETIME))

    def waiting(self, user_code: str) -> Waiting:
        """The command behind a code that a person entered.

        Raises:
            NotFound: there is none, it was let in or turned away, or it waited too long.
        """
        with self._store.read() as connection:
            row = self._open_row(connection, user_code)
        return Waiting(row.user_code, row.client, row.created_at, row.expires_at)

    def confirm(self, session: Session, user_code: str) -> None:
        """Let a command in as the person of a session, on the session's own proof.

        Raises:
            NotFound: see `waiting`.
            Refused: the session is no person's sign-in in a browser.
        """
        if session.kind is not SessionKind.BROWSER or not session.id:
            raise Refused(
                "device-from-command-line",
                "a command line is let in from a browser",
                remedy="open the page `/device` where you are signed in",
            )

        def work(tx: Transaction) -> None:
            row = self._open_row(tx.connection, user_code)
            sid = tx.connection.execute(
                sa.select(sessions.c.sid).where(
                    sessions.c.person_ref == session.person.ref,
                    sessions.c.secret_digest.startswith(f"sha256:{session.id}"),
                )
            ).scalar()
            change = {
                "confirmed_at": tx.now,
                "person_ref": session.person.ref,
                "session": json.dumps(_carried(session.proof, sid)),
            }
            unanswered = device_logins.c.confirmed_at.is_(None), device_logins.c.refused_at.is_(None)
            here = device_logins.c.device_digest == row.device_digest
            if tx.connection.execute(device_logins.update().where(here, *unanswered).values(**change)).rowcount != 1:
                raise _answered()
            texts = {"client": row.client.encode()}
            about = f"Person/{session.person.ref}"
            tx.record(Draft("device.confirmed", about, texts=texts, retention=Retention.PERSONAL))

        self._units.run(session.context("web"), work)

    def refuse(self, user_code: str) -> None:
        """Turn a command away.

        Raises:
            NotFound: see `waiting`.
        """
        now = self._runtime.clock.now()

        def work(connection: sa.Connection) -> None:
            row = self._open_row(connection, user_code)
            connection.execute(
                device_logins.update().where(device_logins.c.device_digest == row.device_digest).values(refused_at=now)
            )

        self._store.write(work)

    def ask(self, device_code: str) -> Heard:
        """What a command hears; the session, once, when a person has let it in.

        Raises:
            Unauthenticated: the code is unknown, was used, or the command waited too long.
            Refused: the person turned it away, or is gone.
        """
        now = self._runtime.clock.now()
        here = device_logins.c.device_digest == kept(device_code)
        with self._store.read() as connection:
            row = connection.execute(sa.select(device_logins).where(here)).one_or_none()
        if row is None or row.used_at is not None or row.expires_at <= now:
            raise _over()
        if row.refused_at is not None:
            raise Refused(
                "device-refused",
                "the person turned this command away",
                remedy="if that was you by mistake, run `roadworthy login` again",
            )
        if row.confirmed_at is not None:
            return self._let_in(row)
        too_soon = row.polled_at is not None and now - row.polled_at < INTERVAL
        polled = device_logins.update().where(here).values(polled_at=now)
        self._store.write(lambda connection: connection.execute(polled))
        return Heard(Answer.SLOW_DOWN, INTERVAL + SLOWER) if too_soon else Heard(Answer.WAITING)

    def _let_in(self, row: sa.Row[tuple[object, ...]]) -> Heard:
        carried = json.loads(row.session)
        auth_time = carried["auth_time"]
        proof = Proof(
            Method.DEVICE.value,
            carried["issuer"],
            carried["subject"],
            None if auth_time is None else datetime.fromisoformat(auth_time),
            carried["acr"],
            tuple(carried["amr"]),
        )
        secret = CLI_PREFIX + self._sessions.new_secret()

        def work(tx: Transaction) -> Session:
            used = tx.connection.execute(
                device_logins.update()
                .where(device_logins.c.device_digest == row.device_digest, device_logins.c.used_at.is_(None))
                .values(used_at=tx.now)
            )
            if used.rowcount != 1:
                raise _over()
            refuse_left(tx.connection, row.person_ref)
            person = by_refs(tx.connection, [row.person_ref])[row.person_ref]
            session = self._sessions.open(tx, secret, person, proof, SessionKind.CLI, carried["sid"])
            facts = {"method": Method.DEVICE.value}
            tx.record(Draft("person.signed-in", f"Person/{person.ref}", facts=facts))
            return session

        context = Context(Actor(ActorKind.PERSON, str(row.person_ref), "cli", Method.DEVICE.value))
        return Heard(Answer.SIGNED_IN, secret=secret, session=self._units.run(context, work))

    def _open_row(self, connection: sa.Connection, user_code: str) -> sa.Row[tuple[object, ...]]:
        row = connection.execute(
            sa.select(device_logins).where(device_logins.c.user_code == as_kept(user_code))
        ).one_or_none()
        if row is None or row.expires_at <= self._runtime.clock.now():
            raise NotFound(
                "device-code-unknown",
                "no command waits with this code",
                remedy="read it once more from the terminal; after ten minutes `roadworthy login` shows a new one",
            )
        if row.confirmed_at is not None or row.refused_at is not None:
            raise _answered()
        return row


def as_kept(user_code: str) -> str:
    """A code as a person may write it: case, blanks and hyphens make no difference."""
    letters = "".join(letter for letter in user_code.upper() if letter in _LETTERS)[: _CODE_LETTERS + 1]
    return f"{letters[:4]}-{letters[4:]}"


def _user_code(randomness: Randomness) -> str:
    letters = ""
    while len(letters) < _CODE_LETTERS:
        letters += "".join(_LETTERS[byte % len(_LETTERS)] for byte in randomness.bytes(16) if byte < _FAIR)
    return as_kept(letters[:_CODE_LETTERS])


def _carried(proof: Proof, sid: str | None) -> dict[str, object]:
    return {
        "issuer": proof.issuer,
        "subject": proof.subject,
        "auth_time": None if proof.auth_time is None else proof.auth_time.isoformat(),
        "acr": proof.acr,
        "amr": list(proof.amr),
        "sid": sid,
    }


def _answered() -> Conflict:
    return Conflict(
        "device-code-used",
        "this code was answered already",
        remedy="if the command still waits, run `roadworthy login` again",
    )


def _over() -> Unauthenticated:
    return Unauthenticated(
        "device-code-over",
        "this login is unknown, was used, or waited too long",
        remedy="run `roadworthy login` again",
    )
