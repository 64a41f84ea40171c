"""Tokens by which programs act: named, limited in what they may do, dated, and shown once.

A token is high-entropy, so its SHA-256 is enough to recognise it and useless to whoever reads the table. It begins
with `rw_`, so that scanners for leaked secrets find it in a repository or a log.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import Conflict, Finding, InvalidInput, NotFound, Place, Unauthenticated, did_you_mean
from roadworthy.foundation.identity.model import Method, fold
from roadworthy.foundation.identity.tables import people, program_tokens
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.statements import portions
from roadworthy.foundation.storage.store import Store

PREFIX = "rw_"
USUAL_DAYS = 90
MOST_DAYS = 366
"""A token that nobody renews within a year is one that nobody knows of any more."""
SEEN_AGAIN = timedelta(minutes=10)
"""How much older than this the time of last use may be before it is written anew: one write per use is felt."""
_NAME = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_LONGEST_NAME = 100
_MOST_ABOUT = 1_000


@dataclass(frozen=True, slots=True)
class Token:
    """A program's permission, without its secret."""

    id: str
    name: str
    may: tuple[str, ...]
    """Scopes; what is not named is refused."""
    use_cases: tuple[str, ...] | None
    """The only ones that it may see and touch; None for all."""
    created_at: datetime
    created_by: str
    """Reference of the person."""
    expires_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    revoked_reason: str | None = None
    owner: str | None = None
    """Reference of the person who answers for it; None for whoever made it."""
    rests: bool = False
    """Whether whoever answers for it has left; then it opens nothing until somebody else does."""
    authenticated: str = "program-token"
    """What it rests on, as it stands in ledger entries."""

    @property
    def answers(self) -> str:
        """Reference of the person who answers for it."""
        return self.owner or self.created_by

    def usable(self, now: datetime) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and self.expires_at > now and not self.rests

    def context(self, via: str, trace: str | None = None) -> Context:
        """Act as this program."""
        return Context(Actor(ActorKind.WORKLOAD, self.name, via, self.authenticated), trace=trace)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A token that somebody asks for."""

    name: str
    may: tuple[str, ...]
    use_cases: tuple[str, ...] | None = None
    days: int = USUAL_DAYS
    owner: str | None = None
    """Handle of the person who answers for it; None for whoever makes it."""


class Tokens:
    """Makes, recognises and revokes the tokens of programs.

    Args:
        store: where they are kept.
        units: records what happens to them.
        runtime: clock and randomness.
        scopes: what a token may be allowed, each with the words that explain it.
    """

    def __init__(self, store: Store, units: Units, runtime: Runtime, scopes: Mapping[str, str]) -> None:
        self._store = store
        self._units = units
        self._runtime = runtime
        self.scopes = scopes

    def new(self, context: Context, wanted: Wanted) -> tuple[str, Token]:
        """Make a token.

        Returns:
            The secret, which is kept nowhere and cannot be shown again, and the token.

        Raises:
            InvalidInput: the name, a scope, a use case or the number of days cannot be used; all faults at once.
            Conflict: a token of this name is in use.
            NotFound: nobody who is here has the handle of the owner.
        """
        # Emergency access is for hours; what it leaves behind must not be a door for a year.
        most_days = 1 if context.actor.authenticated == Method.BREAK_GLASS else MOST_DAYS
        found = list(self._faults(wanted, most_days))
        if found:
            raise InvalidInput.of(found, "the token")
        secret = PREFIX + base64.urlsafe_b64encode(self._runtime.randomness.bytes(32)).rstrip(b"=").decode()
        now = self._runtime.clock.now()
        token = Token(
            id=new_id(now, self._runtime.randomness),
            name=wanted.name,
            may=tuple(scope for scope in self.scopes if scope in wanted.may),
            use_cases=None if wanted.use_cases is None else tuple(sorted(set(wanted.use_cases))),
            created_at=now,
            created_by=context.actor.ref,
            expires_at=now + timedelta(days=wanted.days),
        )

        def work(tx: Transaction) -> Token:
            made = token if wanted.owner is None else replace(token, owner=_here(tx.connection, wanted.owner))
            taken = tx.connection.execute(
                sa.select(program_tokens.c.id).where(
                    program_tokens.c.name == token.name,
                    program_tokens.c.revoked_at.is_(None),
                    program_tokens.c.expires_at > tx.now,
                )
            ).first()
            if taken is not None:
                raise Conflict(
                    "token-name-taken",
                    f"a token `{token.name}` is in use",
                    place=Place(field="name"),
                    remedy="choose another name, or revoke that one first",
                )
            tx.connection.execute(program_tokens.insert(), _row(made, secret))
            facts = {
                "token": token.id,
                "name": token.name,
                "may": list(token.may),
                "useCases": None if token.use_cases is None else list(token.use_cases),
                "days": wanted.days,
                "owner": made.answers,
            }
            tx.record(Draft("token.created", f"Token/{token.id}", facts=facts))
            return made

        return secret, self._units.run(context, work)

    def recognise(self, secret: str) -> Token:
        """The token behind a secret that was shown.

        Raises:
            Unauthenticated: it is unknown, expired or revoked. Which of them is told only to who has the secret.
        """
        now = self._runtime.clock.now()
        shown = digest(secret.encode())
        with self._store.read() as connection:
            row = connection.execute(
                sa.select(program_tokens).where(program_tokens.c.secret_digest == shown)
            ).one_or_none()
            token = None if row is None else _token(row)
            left = token is not None and _is_gone(connection, token.owner or token.created_by)
        if token is None:
            raise _unusable("this token is not known here", "check that it was copied whole, and for this deployment")
        if token.revoked_at is not None:
            raise _unusable(f"the token `{token.name}` was revoked on {token.revoked_at:%Y-%m-%d}", _anew(token))
        if token.expires_at <= now:
            raise _unusable(f"the token `{token.name}` expired on {token.expires_at:%Y-%m-%d}", _anew(token))
        if left:
            raise _unusable(
                f"the token `{token.name}` rests, because whoever answers for it has left",
                f"somebody who signs in takes it over with `roadworthy token own {token.name}`",
            )
        if token.last_used_at is None or token.last_used_at + SEEN_AGAIN <= now:
            seen = program_tokens.update().where(program_tokens.c.id == token.id).values(last_used_at=now)
            self._store.write(lambda connection: connection.execute(seen))
        return token

    def all(self) -> list[Token]:
        """Every token there ever was, the newest first."""
        with self._store.read() as connection:
            return _all(connection)

    def revoke(self, context: Context, which: str, reason: str) -> Token:
        """End a token at once.

        Args:
            context: who ends it.
            which: its id, or the name of the one that is in use.
            reason: why; kept with the record.

        Raises:
            InvalidInput: no reason is given.
            NotFound: no token in use has this id or name.
        """
        said = reason.strip()
        if not said:
            raise InvalidInput(
                "token-revocation-unexplained",
                "revoking a token needs a reason",
                place=Place(field="reason"),
                remedy="say in a sentence why; whoever meets the refusal will ask",
            )

        def work(tx: Transaction) -> Token:
            row = _in_use(tx, which)
            change = {"revoked_at": tx.now, "revoked_by": context.actor.ref, "revoked_reason": said}
            tx.connection.execute(program_tokens.update().where(program_tokens.c.id == row.id).values(**change))
            facts = {"token": row.id, "name": row.name}
            tx.record(Draft("token.revoked", f"Token/{row.id}", facts=facts, texts={"reason": said.encode()}))
            changed = tx.connection.execute(sa.select(program_tokens).where(program_tokens.c.id == row.id)).one()
            return _token(changed)

        return self._units.run(context, work)

    def own(self, context: Context, which: str, to: str | None = None) -> Token:
        """Answer for a token from now on, or have somebody do it; one that rested opens again.

        Args:
            context: who says so.
            which: its id, or the name of the one that is in use.
            to: handle of who answers for it; None for whoever says so.

        Raises:
            NotFound: no token in use has this id or name, or nobody who is here has this handle.
        """

        def work(tx: Transaction) -> Token:
            row = _in_use(tx, which)
            owner = context.actor.ref if to is None else _here(tx.connection, to)
            before = sorted({*json.loads(row.owners_before or "[]"), row.owner_ref or row.created_by})
            change = {"owner_ref": owner, "owners_before": json.dumps(before)}
            tx.connection.execute(program_tokens.update().where(program_tokens.c.id == row.id).values(**change))
            facts = {"token": row.id, "name": row.name, "from": row.owner_ref or row.created_by, "owner": owner}
            tx.record(Draft("token.owned", f"Token/{row.id}", facts=facts))
            return _token(tx.connection.execute(sa.select(program_tokens).where(program_tokens.c.id == row.id)).one())

        return self._units.run(context, work)

    def _faults(self, wanted: Wanted, most_days: int) -> Iterable[Finding]:
        if len(wanted.name) > _LONGEST_NAME or not _NAME.fullmatch(wanted.name):
            yield Finding(
                "token-name-unfit",
                f"`{wanted.name[:_LONGEST_NAME]}` cannot be a token's name",
                Place(field="name"),
                "use lower-case letters, digits, `.` and `-`, such as `ci-claims-triage`",
            )
        if not wanted.may:
            yield Finding(
                "token-may-nothing",
                "a token that may do nothing opens nothing",
                Place(field="may"),
                f"name at least one of: {', '.join(self.scopes)}",
            )
        for scope in wanted.may:
            if scope not in self.scopes:
                yield Finding(
                    "token-scope-unknown",
                    f"there is no scope `{scope[:100]}`",
                    Place(field="may"),
                    did_you_mean(scope, self.scopes),
                )
        if not 1 <= wanted.days <= most_days:
            yield Finding(
                "token-days-unfit",
                f"a token holds from 1 to {MOST_DAYS} days, and 1 where it is made in an emergency, not {wanted.days}",
                Place(field="days"),
                "make a new one before the old one ends; both may hold for a while",
            )
        if wanted.use_cases is not None and not 0 < len(wanted.use_cases) <= _MOST_ABOUT:
            yield Finding(
                "token-use-cases-unfit",
                f"a token is for all use cases or for 1 to {_MOST_ABOUT:,} of them",
                Place(field="useCases"),
                "leave them out for all, or name at least one",
            )


def _in_use(tx: Transaction, which: str) -> sa.Row[Any]:
    either = sa.or_(program_tokens.c.id == which, program_tokens.c.name == which)
    row = tx.connection.execute(
        sa.select(program_tokens)
        .where(either, program_tokens.c.revoked_at.is_(None))
        .order_by(program_tokens.c.created_at.desc())
        .with_for_update()
    ).first()
    if row is None:
        names = [each.name for each in _all(tx.connection) if each.usable(tx.now)]
        remedy = did_you_mean(which, names) if names else "there is none to revoke"
        raise NotFound("token-unknown", f"no token `{which[:100]}` is in use", remedy=remedy)
    return row


def _is_gone(connection: sa.Connection, ref: str) -> bool:
    gone = sa.or_(people.c.left_at.is_not(None), people.c.erased_at.is_not(None))
    return connection.execute(sa.select(people.c.ref).where(people.c.ref == ref, gone)).first() is not None


def _here(connection: sa.Connection, handle: str) -> str:
    """Reference of the person with a handle who is here.

    Raises:
        NotFound: nobody is.
    """
    here = people.c.left_at.is_(None), people.c.erased_at.is_(None)
    wanted = sa.select(people.c.ref).where(people.c.handle == fold(handle), *here)
    ref: str | None = connection.execute(wanted).scalar()
    if ref is None:
        raise NotFound(
            "token-owner-unknown",
            f"nobody who is here is known as `{handle[:100]}`",
            place=Place(field="owner"),
            remedy="name somebody who has signed in here, or whom the staff directory brought",
        )
    return ref


def _all(connection: sa.Connection) -> list[Token]:
    newest = program_tokens.c.created_at.desc(), program_tokens.c.id.desc()
    found = [_token(row) for row in connection.execute(sa.select(program_tokens).order_by(*newest))]
    gone: set[str] = set()
    for some in portions(sorted({token.answers for token in found})):
        left = sa.or_(people.c.left_at.is_not(None), people.c.erased_at.is_not(None))
        gone.update(connection.execute(sa.select(people.c.ref).where(people.c.ref.in_(some), left)).scalars())
    return [replace(token, rests=token.answers in gone) for token in found]


def _row(token: Token, secret: str) -> dict[str, object]:
    return {
        "id": token.id,
        "name": token.name,
        "secret_digest": digest(secret.encode()),
        "may": json.dumps(token.may),
        "use_cases": None if token.use_cases is None else json.dumps(token.use_cases),
        "created_at": token.created_at,
        "created_by": token.created_by,
        "expires_at": token.expires_at,
        "owner_ref": token.owner,
    }


def _token(row: sa.Row[tuple[object, ...]]) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        may=tuple(json.loads(row.may)),
        use_cases=None if row.use_cases is None else tuple(json.loads(row.use_cases)),
        created_at=row.created_at,
        created_by=row.created_by,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        revoked_by=row.revoked_by,
        revoked_reason=row.revoked_reason,
        owner=row.owner_ref,
    )


def _anew(token: Token) -> str:
    may = " ".join(f"--may {scope}" for scope in token.may)
    return f"somebody who can sign in makes a new one with `roadworthy token new {token.name} {may}`"


def _unusable(message: str, remedy: str) -> Unauthenticated:
    return Unauthenticated("token-unusable", message, remedy=remedy)
