"""Which person an account is: issuer and subject decide, an address only once and only where it is vouched for.

Where the staff directory knows the accounts of an issuer by their subject, that key finds the record that it brought.

An address is given anew when somebody leaves, and some providers let people write any address into their profile. So
an address finds a record only at the first sign-in of an account, only where the deployment trusts the issuer's word
about addresses, only if the issuer calls it verified, and only a record that has no live account of this issuer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Place, Refused, RoadworthyError
from roadworthy.foundation.identity.humans import ACCOUNT, join
from roadworthy.foundation.identity.model import MOST_HANDLE, fold, unknown_person
from roadworthy.foundation.identity.sessions import turn_away
from roadworthy.foundation.identity.tables import accounts, directory_records, former_handles, people, sessions
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.unit import Transaction

NEW_PERSON = "new-person"
DIRECTORY_KEY = "directory-key"
VERIFIED_ADDRESS = "verified-address"
ADMINISTRATOR = "administrator"


def bind(
    tx: Transaction,
    issuer: str,
    subject: str,
    claims: Mapping[str, Any],
    trust_email: bool,  # noqa: FBT001 - the agreed signature
    *,
    by_external_id: bool = False,
) -> str:
    """The person behind an account that an issuer vouches for; makes or finds the record at the first sign-in.

    Args:
        tx: the unit in which somebody signs in.
        issuer: the provider's `iss`.
        subject: its `sub`.
        claims: what the provider says: `email`, `email_verified`, `name` are read.
        trust_email: whether this issuer's word about addresses is taken.
        by_external_id: whether the staff directory knows this issuer's accounts by their subject.

    Returns:
        Reference of the person.

    Raises:
        Refused: the account was unbound, or its person left or was erased.
    """
    _check(issuer, subject)
    row = _account(tx.connection, issuer, subject)
    address = _address(claims)
    if row is not None:
        if row.ended_at is not None:
            raise Refused(
                "account-unbound",
                "this account was taken from its person and opens nothing",
                remedy="ask a platform administrator to bind it again with `roadworthy people bind`",
            )
        refuse_left(tx.connection, row.person_ref)
        _seen(tx, issuer, subject, row.person_ref, address)
        return str(row.person_ref)
    verified = address if trust_email and claims.get("email_verified") is True else None
    ref = _of_directory(tx.connection, issuer, subject) if by_external_id else None
    basis = DIRECTORY_KEY
    if ref is None and verified is not None:
        ref, basis = _of_address(tx.connection, issuer, verified), VERIFIED_ADDRESS
    if ref is None:
        basis = NEW_PERSON
        ref = _new_person(tx, issuer, subject, verified, claims)
    refuse_left(tx.connection, ref)
    _insert(tx, issuer, subject, ref, address)
    _seen(tx, issuer, subject, ref, address)
    _record_bound(tx, issuer, ref, basis)
    return ref


def bind_to(tx: Transaction, issuer: str, subject: str, person_ref: str) -> None:
    """Bind an account to a person by the word of an administrator; one that was unbound may come back so.

    One that was another person's makes the records of both one human.

    Raises:
        InvalidInput: the issuer or the subject cannot be one.
        NotFound: there is no such person.
        Refused: the person left or was erased.
        Conflict: the account is another person's.
    """
    _check(issuer, subject)
    refuse_left(tx.connection, person_ref)
    row = _account(tx.connection, issuer, subject)
    if row is not None and row.ended_at is None:
        if row.person_ref == person_ref:
            return
        raise Conflict(
            "account-of-another",
            "this account is bound to another person",
            remedy="unbind it there first with `roadworthy people unbind`",
        )
    if row is None:
        _insert(tx, issuer, subject, person_ref, None)
    else:
        change = {"person_ref": person_ref, "bound_at": tx.now, "ended_at": None}
        tx.connection.execute(accounts.update().where(_is(issuer, subject)).values(**change))
        if row.person_ref != person_ref:  # whoever signs in by it was the one and is the other
            join(tx, [row.person_ref, person_ref], ACCOUNT)
    _record_bound(tx, issuer, person_ref, ADMINISTRATOR)


def unbind(tx: Transaction, issuer: str, subject: str, reason: str) -> str:
    """Take an account from its person and end what it opened; its next sign-in is refused instead of made anew.

    Returns:
        Reference of the person whose account it was.

    Raises:
        NotFound: no such account is bound.
    """
    row = _account(tx.connection, issuer, subject)
    if row is None or row.ended_at is not None:
        raise NotFound(
            "account-unknown",
            "no account of this issuer and subject is bound here",
            remedy="`roadworthy people show` lists the accounts of a person",
        )
    tx.connection.execute(accounts.update().where(_is(issuer, subject)).values(ended_at=tx.now))
    resting = sessions.c.issuer == issuer, sessions.c.subject == subject
    tx.connection.execute(sessions.delete().where(*resting))
    turn_away(tx, issuer, subject=subject)
    facts = {"issuer": issuer}
    texts = {"reason": reason.encode()}
    tx.record(Draft("account.unbound", f"Person/{row.person_ref}", facts=facts, texts=texts))
    return str(row.person_ref)


def refuse_left(connection: sa.Connection, person_ref: str) -> None:
    """Refuse somebody who is gone.

    Raises:
        NotFound: there is no such person.
        Refused: they left or were erased.
    """
    row = connection.execute(
        sa.select(people.c.left_at, people.c.erased_at).where(people.c.ref == person_ref)
    ).one_or_none()
    if row is None:
        raise unknown_person(person_ref)
    if row.left_at is not None or row.erased_at is not None:
        raise Refused(
            "person-left",
            "this person has left, so nothing opens for them",
            remedy="if they are back, the directory or `roadworthy people return` says so",
        )


def _check(issuer: str, subject: str) -> None:
    for field, value in (("issuer", issuer), ("subject", subject)):
        if not value or len(value) > MOST_HANDLE or not value.isprintable():
            raise InvalidInput(
                "account-unfit",
                f"the {field} of an account is 1 to {MOST_HANDLE} printable characters",
                place=Place(field=field),
                remedy="copy it from the provider: it is what its tokens say as `iss` and `sub`",
            )


def _is(issuer: str, subject: str) -> sa.ColumnElement[bool]:
    return sa.and_(accounts.c.issuer == issuer, accounts.c.subject == subject)


def _account(connection: sa.Connection, issuer: str, subject: str) -> sa.Row[Any] | None:
    return connection.execute(sa.select(accounts).where(_is(issuer, subject))).one_or_none()


def _address(claims: Mapping[str, Any]) -> str | None:
    email = claims.get("email")
    if not isinstance(email, str):
        return None
    try:
        return fold(email)
    except RoadworthyError:
        return None  # an address that cannot be one is as good as none


def _of_address(connection: sa.Connection, issuer: str, address: str) -> str | None:
    known = sa.select(people.c.ref).where(people.c.handle == address, ~_has_account(issuer))
    ref: str | None = connection.execute(known).scalar()
    return ref


def _of_directory(connection: sa.Connection, issuer: str, subject: str) -> str | None:
    """Whom SCIM brought under this key; a file of staff brings none."""
    kept = directory_records.c.person_ref == people.c.ref, directory_records.c.external_id == subject
    ref: str | None = connection.execute(sa.select(people.c.ref).where(*kept, ~_has_account(issuer))).scalar()
    return ref


def _has_account(issuer: str) -> sa.ColumnElement[bool]:
    mine = accounts.c.person_ref == people.c.ref, accounts.c.issuer == issuer, accounts.c.ended_at.is_(None)
    return sa.exists().where(*mine)


def _new_person(tx: Transaction, issuer: str, subject: str, verified: str | None, claims: Mapping[str, Any]) -> str:
    """A record of its own. Only an address that is vouched for may become the name under which duties are given."""
    ref = tx.new_id()
    name = claims.get("name")
    row = {
        "ref": ref,
        "handle": _free_handle(tx.connection, verified, f"{issuer}#{subject}"),
        "name": name.strip()[:MOST_HANDLE] or None if isinstance(name, str) else None,
        "issuer": issuer,
        "created_at": tx.now,
    }
    tx.connection.execute(people.insert(), row)
    tx.record(Draft("person.created", f"Person/{ref}", facts={"issuer": issuer}))
    return ref


def _free_handle(connection: sa.Connection, *wanted: str | None) -> str | None:
    """The first of the handles that is nobody's and never was; `issuer#subject` can be no address of anybody."""
    for each in wanted:
        if each is None or len(each) > MOST_HANDLE:
            continue
        folded = fold(each)
        now = sa.select(people.c.ref).where(people.c.handle == folded)
        before = sa.select(former_handles.c.person_ref).where(former_handles.c.handle == folded)
        if connection.execute(now.union_all(before)).first() is None:
            return folded
    return None


def _insert(tx: Transaction, issuer: str, subject: str, ref: str, address: str | None) -> None:
    row = {"issuer": issuer, "subject": subject, "person_ref": ref, "handle": address, "bound_at": tx.now}
    tx.connection.execute(accounts.insert(), row)


def _seen(tx: Transaction, issuer: str, subject: str, ref: str, address: str | None) -> None:
    change = {"signed_in_at": tx.now} if address is None else {"signed_in_at": tx.now, "handle": address}
    tx.connection.execute(accounts.update().where(_is(issuer, subject)).values(**change))
    tx.connection.execute(people.update().where(people.c.ref == ref).values(signed_in_at=tx.now))


def _record_bound(tx: Transaction, issuer: str, ref: str, basis: str) -> None:
    tx.record(Draft("account.bound", f"Person/{ref}", facts={"issuer": issuer, "basis": basis}))
