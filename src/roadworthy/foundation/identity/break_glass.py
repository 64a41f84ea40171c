"""The emergency way in, for when the identity provider is down: two people, a few hours, and nobody can miss it.

Somebody with access to the home folder opens it for a named person and says why. Another person confirms it: by a
session of their own that still lives, or by the sealed code that they made while the provider worked. Then one link
signs the named person in, once, as platform administrator, until it expires. Every step is an entry of the ledger and a
warning in the log, and every page says so. Nobody votes on decisions through it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import sqlalchemy as sa

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import InvalidInput, Place, Refused, Unauthenticated
from roadworthy.foundation.identity.binding import refuse_left
from roadworthy.foundation.identity.directory import Directory
from roadworthy.foundation.identity.emergencies import Emergency, every, none_waits, one
from roadworthy.foundation.identity.model import Method, Proof, Session, unknown_person
from roadworthy.foundation.identity.people import by_refs
from roadworthy.foundation.identity.sessions import Sessions
from roadworthy.foundation.identity.tables import break_glass, break_glass_codes, sessions
from roadworthy.foundation.identity.unguessable import kept, new_secret
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft, Oversight
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store

MOST_HOURS = 4
CONFIRM_WITHIN = timedelta(minutes=30)
SEALED_FOR = timedelta(days=366)
MOST_REASON = 2_000

ENDS = "break-glass.ends"
"""The timer of an emergency: it rings when nobody confirmed it in time, and when its hours are over."""

_log = log("break-glass")


class Alarms(Protocol):
    """What wakes this when an emergency is over, durably."""

    def set(self, tx: Transaction, kind: str, key: str, due_at: datetime) -> None:
        """Have something happen at an instant; setting it again replaces it."""

    def cancel(self, tx: Transaction, kind: str, key: str) -> bool:
        """Take it back."""


class BreakGlass:
    """Opens, confirms and ends emergency access.

    Args:
        store: where it is kept.
        units: records it.
        runtime: clock and randomness.
        session_keeper: opens the session of whoever it is for.
        directory: says which records are one human.
        alarms: wakes this at its end; whoever puts this together hands `ENDS` to `end_due`.
    """

    def __init__(
        self,
        store: Store,
        units: Units,
        runtime: Runtime,
        session_keeper: Sessions,
        directory: Directory,
        alarms: Alarms,
    ) -> None:
        self._store = store
        self._units = units
        self._runtime = runtime
        self._sessions = session_keeper
        self._directory = directory
        self._alarms = alarms

    def seal(self, session: Session, via: str) -> str:
        """A code by which this person can confirm without signing in; it takes the place of an earlier one.

        Returns:
            The code, which is kept nowhere and cannot be shown again.

        Raises:
            Refused: the session rests on access to the home folder, or on emergency access itself.
        """
        if session.authenticated in {Method.LOCAL_USER, Method.BREAK_GLASS}:
            raise Refused(
                "break-glass-code-not-yours",
                "a sealed code is somebody's own, and this way in proves nobody",
                remedy="sign in through the identity provider, and make it then",
            )
        code = new_secret(self._runtime)
        ref = session.person.ref

        def work(tx: Transaction) -> None:
            tx.connection.execute(break_glass_codes.delete().where(break_glass_codes.c.person_ref == ref))
            row = {
                "person_ref": ref,
                "code_digest": kept(code),
                "made_at": tx.now,
                "expires_at": tx.now + SEALED_FOR,
            }
            tx.connection.execute(break_glass_codes.insert(), row)
            tx.record(Draft("break-glass.sealed", f"Person/{ref}"))

        self._units.run(session.context(via), work)
        return code

    def open(self, session: Session, via: str, who: str, reason: str, hours: int) -> Emergency:
        """Ask for emergency access; it opens nothing until another person confirms it.

        Args:
            session: of somebody with access to the home folder.
            via: the door, for the ledger.
            who: handle of the person it is for.
            reason: why; kept with the record.
            hours: for how long, from the confirmation on.

        Raises:
            Refused: the session does not rest on access to the home folder, or the person left.
            NotFound: nobody has this handle.
            InvalidInput: there is no reason, or the hours are out of bounds.
        """
        if session.authenticated != Method.LOCAL_USER:
            raise Refused(
                "break-glass-from-afar",
                "emergency access is opened where the home folder is",
                remedy="run `roadworthy break-glass open` on the machine that serves",
            )
        said = reason.strip()
        if not said or len(said) > MOST_REASON or not 1 <= hours <= MOST_HOURS:
            raise InvalidInput(
                "break-glass-unfit",
                f"emergency access needs a reason, and holds from 1 to {MOST_HOURS} hours",
                place=Place(field="reason" if 1 <= hours <= MOST_HOURS else "hours"),
                remedy="say what is down and what has to be done; open it again if it takes longer",
            )

        def work(tx: Transaction) -> Emergency:
            ref = self._directory.by_handle(tx.connection, who)
            if ref is None:
                raise unknown_person(who)
            refuse_left(tx.connection, ref)
            row = {
                "id": tx.new_id(),
                "person_ref": ref,
                "reason": said,
                "hours": hours,
                "opened_by": session.person.ref,
                "opened_at": tx.now,
                "confirm_before": tx.now + CONFIRM_WITHIN,
            }
            tx.connection.execute(break_glass.insert(), row)
            self._alarms.set(tx, ENDS, str(row["id"]), tx.now + CONFIRM_WITHIN)
            facts: dict[str, Canonical] = {"person": ref, "hours": hours}
            about = f"BreakGlass/{row['id']}"
            tx.record(Draft("break-glass.opened", about, facts=facts, texts={"reason": said.encode()}))
            return one(tx.connection, str(row["id"]))

        return self._loudly("opened", self._units.run(session.context(via), work))

    def confirm(self, session: Session, via: str, emergency_id: str, code: str | None) -> tuple[str, Emergency]:
        """Confirm what somebody else opened.

        Args:
            session: of whoever confirms; with a code, of whoever brings it.
            via: the door, for the ledger.
            emergency_id: what is confirmed.
            code: the sealed code of whoever confirms, where they cannot sign in.

        Returns:
            The secret of the link that signs the person in, once, and the emergency access.

        Raises:
            Refused: the confirmer opened it or is the person it is for; or nobody proved who confirms.
            Unauthenticated: the code is unknown, used or expired.
            NotFound: there is none that waits.
        """
        secret = new_secret(self._runtime)

        def work(tx: Transaction) -> Emergency:
            found = one(tx.connection, emergency_id)
            if found.state(tx.now) != "waiting":
                raise none_waits()
            by = self._confirmer(tx, session, code)
            one_human = self._directory.same_human(tx.connection, [by])
            if {found.opened_by, found.person} & one_human:
                raise Refused(
                    "break-glass-alone",
                    "emergency access takes two people, and you opened it or it is for you",
                    remedy="ask somebody else to confirm it",
                )
            refuse_left(tx.connection, found.person)
            expires = tx.now + timedelta(hours=found.hours)
            change = {
                "confirmed_by": by,
                "confirmed_at": tx.now,
                "expires_at": expires,
                "sign_in_digest": kept(secret),
            }
            tx.connection.execute(break_glass.update().where(break_glass.c.id == emergency_id).values(**change))
            self._alarms.set(tx, ENDS, emergency_id, expires)
            seen = Oversight(required="two people", given=(found.opened_by, by), quorum=2)
            facts: dict[str, Canonical] = {"person": found.person, "by": by, "code": code is not None}
            tx.record(Draft("break-glass.confirmed", f"BreakGlass/{found.id}", oversight=seen, facts=facts))
            return one(tx.connection, emergency_id)

        return secret, self._loudly("confirmed", self._units.run(session.context(via), work))

    def waiting_for(self, secret: str) -> Emergency:
        """The emergency access behind a link that was not used yet.

        Raises:
            Unauthenticated: unknown, used or over; which of them is not told.
        """
        with self._store.read() as connection:
            return _usable(connection, secret, self._runtime.clock.now())

    def sign_in(self, secret: str) -> tuple[str, Session]:
        """Use the link up.

        Returns:
            The session's secret for the cookie, and the session, which ends when the emergency access does.

        Raises:
            Unauthenticated: the link is unknown, used or over.
            Refused: the person left.
        """
        cookie = self._sessions.new_secret()
        with self._store.read() as connection:
            found = _usable(connection, secret, self._runtime.clock.now())

        def work(tx: Transaction) -> Session:
            now_found = _usable(tx.connection, secret, tx.now)
            refuse_left(tx.connection, now_found.person)
            once = break_glass.c.id == now_found.id, break_glass.c.used_at.is_(None)
            if tx.connection.execute(break_glass.update().where(*once).values(used_at=tx.now)).rowcount != 1:
                raise _unusable()
            person = by_refs(tx.connection, [now_found.person])[now_found.person]
            session = self._sessions.open(tx, cookie, person, Proof(Method.BREAK_GLASS, auth_time=tx.now))
            until = now_found.expires_at
            tx.connection.execute(
                sessions.update().where(sessions.c.secret_digest == kept(cookie)).values(expires_at=until)
            )
            tx.record(Draft("break-glass.used", f"BreakGlass/{now_found.id}", facts={"person": person.ref}))
            return session

        actor = Actor(ActorKind.PERSON, found.person, "web", Method.BREAK_GLASS.value)
        session = self._units.run(Context(actor), work)
        self._loudly("used", found)
        return cookie, session

    def end(self, context: Context, emergency_id: str) -> Emergency:
        """End emergency access, or take back what nobody confirmed.

        Raises:
            NotFound: there is none that is not over.
        """

        def work(tx: Transaction) -> Emergency:
            found = one(tx.connection, emergency_id)
            if found.ended_at is not None:
                raise none_waits()
            self._alarms.cancel(tx, ENDS, found.id)
            _end(tx, found, context.actor.ref, "ended by hand")
            return one(tx.connection, emergency_id)

        return self._loudly("ended", self._units.run(context, work))

    def going_on(self) -> Sequence[Emergency]:
        """What is open or waits at this instant, also where nothing has ended yet what ran out."""
        now = self._runtime.clock.now()
        with self._store.read() as connection:
            found = every(connection, break_glass.c.ended_at.is_(None))
        return [each for each in found if each.state(now) in {"waiting", "open"}]

    def end_due(self, tx: Transaction, ids: Sequence[str]) -> None:
        """End what ran out, or was never confirmed, and record it: for the timer `ENDS`."""
        for each in every(tx.connection, break_glass.c.id.in_(ids)):
            if each.ended_at is None and each.state(tx.now) in {"over", "lapsed"}:
                _end(tx, each, "break-glass", "its time is over")
                self._loudly("ended", each)
            elif each.ended_at is None:  # the clock was set back since
                self._alarms.set(tx, ENDS, each.id, each.expires_at or each.confirm_before)

    def _confirmer(self, tx: Transaction, session: Session, code: str | None) -> str:
        if code is None:
            if session.authenticated in {Method.LOCAL_USER, Method.BREAK_GLASS}:
                raise Refused(
                    "break-glass-unproven",
                    "nobody has proved who confirms",
                    remedy="confirm in a browser where you are signed in, or with your sealed code",
                )
            return session.person.ref
        digest = kept(code.strip())
        row = tx.connection.execute(
            sa.select(break_glass_codes).where(break_glass_codes.c.code_digest == digest)
        ).one_or_none()
        if row is None or row.expires_at <= tx.now:
            raise Unauthenticated(
                "break-glass-code-unusable",
                "this code is unknown, used or expired",
                remedy="use the newest code that you sealed, or ask another person who has one",
            )
        refuse_left(tx.connection, row.person_ref)
        tx.connection.execute(break_glass_codes.delete().where(break_glass_codes.c.person_ref == row.person_ref))
        return str(row.person_ref)

    @staticmethod
    def _loudly(what: str, emergency: Emergency) -> Emergency:
        _log.warning(f"break-glass-{what}", emergency=emergency.id, person=emergency.person)
        return emergency


def _usable(connection: sa.Connection, secret: str, now: datetime) -> Emergency:
    found = every(connection, break_glass.c.sign_in_digest == kept(secret))
    if not found or found[0].used_at is not None or found[0].state(now) != "open":
        raise _unusable()
    return found[0]


def end_all(tx: Transaction, by: str, why: str) -> int:
    """End every emergency access that is open or waits to be confirmed; how many it were."""
    found = every(tx.connection, break_glass.c.ended_at.is_(None))
    for each in found:
        _end(tx, each, by, why)
    return len(found)


def _end(tx: Transaction, found: Emergency, by: str, why: str) -> None:
    change = {"ended_at": tx.now, "ended_by": by, "sign_in_digest": None}
    tx.connection.execute(break_glass.update().where(break_glass.c.id == found.id).values(**change))
    mine = sessions.c.person_ref == found.person, sessions.c.authenticated == Method.BREAK_GLASS.value
    tx.connection.execute(sessions.delete().where(*mine))
    facts: dict[str, Canonical] = {"person": found.person, "why": why, "used": found.used_at is not None}
    tx.record(Draft("break-glass.ended", f"BreakGlass/{found.id}", facts=facts))


def _unusable() -> Unauthenticated:
    return Unauthenticated(
        "break-glass-link-unusable",
        "this link is unknown, used or over",
        remedy="somebody opens emergency access anew, and another person confirms it",
    )
