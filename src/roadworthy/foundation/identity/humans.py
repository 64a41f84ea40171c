"""Which records are one human. It errs on the side of joining: a human counts once, however many records they have.

Two records are one human where a directory gives both the same employee key, where an account moves from one to the
other, or where an administrator says so. They stay one when the key changes, because a key that can be changed away
would be a way round every separation of duties; only an administrator parts them again, with a reason, and never their
own.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from roadworthy.foundation.errors import Conflict, InvalidInput, Place, Refused
from roadworthy.foundation.identity.model import unknown_person
from roadworthy.foundation.identity.tables import people
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.unit import Transaction

EMPLOYEE_KEY = "employee-key"
ADMINISTRATOR = "administrator"
ACCOUNT = "account"
"""An account that was bound to one record opens the other now."""
_MOST_NAMED = 50
"""References in one entry; more than that are one human by mistake."""


def note_employee(tx: Transaction, ref: str, key: str | None) -> bool:
    """Keep the employee key that a directory gives a record, and join it with the others that carry it.

    Returns:
        Whether the key is another than before.
    """
    before = tx.connection.execute(sa.select(people.c.employee).where(people.c.ref == ref)).scalar_one()
    if before == key:
        return False
    if key is not None and tx.connection.dialect.name == "postgresql":
        # Of two who come with one key at the same time neither would see the other; there is no row yet to wait at.
        tx.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"employee {key}"))))
    tx.connection.execute(people.update().where(people.c.ref == ref).values(employee=key))
    if key is not None:
        others = tx.connection.execute(
            sa.select(people.c.ref).where(people.c.employee == key, people.c.ref != ref).order_by(people.c.ref)
        )
        same = list(others.scalars())
        if same:
            join(tx, [*same, ref], EMPLOYEE_KEY)
    return True


def join(tx: Transaction, refs: Sequence[str], basis: str, reason: str = "") -> bool:
    """Make some records one human, with all records that were one human with any of them.

    Args:
        tx: the unit.
        refs: at least two of them.
        basis: on whose word.
        reason: why, where an administrator says so.

    Returns:
        False where they were one already, and nothing is recorded.

    Raises:
        NotFound: one of the records does not exist.
    """
    rows = tx.connection.execute(sa.select(people.c.ref, people.c.human).where(people.c.ref.in_(refs))).all()
    missing = set(refs) - {row.ref for row in rows}
    if missing:
        raise unknown_person(min(missing))
    humans = {row.human for row in rows}
    if len(humans) == 1 and None not in humans:
        return False
    human = min({each for each in humans if each is not None} or set(refs))
    known = [each for each in humans if each is not None]
    either = sa.or_(people.c.ref.in_(refs), people.c.human.in_(known)) if known else people.c.ref.in_(refs)
    tx.connection.execute(people.update().where(either).values(human=human))
    texts = {"reason": reason.encode()} if reason else {}
    facts = {"records": sorted(refs)[:_MOST_NAMED], "basis": basis}
    tx.record(Draft("person.joined", f"Person/{human}", facts=facts, texts=texts))
    return True


def part(tx: Transaction, ref: str, reason: str) -> None:
    """Say that a record is another human than those it was joined with.

    Raises:
        InvalidInput: no reason is given.
        NotFound: there is no such record.
        Conflict: it stands alone, or another record carries its employee key.
        Refused: whoever says so is that human by one of the records, and could then approve what they proposed.
    """
    if not reason.strip():
        raise InvalidInput(
            "parting-unexplained",
            "saying that two records are different humans needs a reason",
            place=Place(field="reason"),
            remedy="say in a sentence how it came that they were joined",
        )
    row = tx.connection.execute(sa.select(people).where(people.c.ref == ref)).one_or_none()
    if row is None:
        raise unknown_person(ref)
    if row.human is None:
        raise Conflict(
            "person-alone",
            "this record is joined with no other",
            remedy="`roadworthy people show` lists the records of one human",
        )
    others = sa.select(people.c.ref, people.c.employee).where(people.c.human == row.human, people.c.ref != ref)
    left = tx.connection.execute(others).all()
    if tx.context.actor.ref in {ref, *(other.ref for other in left)}:
        raise Refused(
            "parting-own",
            "nobody says of their own records that they are different humans",
            remedy="have another administrator look and say so",
        )
    if row.employee is not None and any(other.employee == row.employee for other in left):
        raise Conflict(
            "employee-key-shared",
            "the directory gives both records one employee key",
            remedy="mend the key in the directory first",
        )
    tx.connection.execute(people.update().where(people.c.ref == ref).values(human=None))
    if len(left) == 1:
        tx.connection.execute(people.update().where(people.c.ref == left[0].ref).values(human=None))
    elif row.human == ref:
        _rename(tx, ref, min(other.ref for other in left))
    facts = {"from": sorted(other.ref for other in left)[:_MOST_NAMED]}
    tx.record(Draft("person.parted", f"Person/{ref}", facts=facts, texts={"reason": reason.strip().encode()}))


def _rename(tx: Transaction, human: str, to: str) -> None:
    tx.connection.execute(people.update().where(people.c.human == human).values(human=to))
