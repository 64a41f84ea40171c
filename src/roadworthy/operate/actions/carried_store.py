"""SQL of what clients carry for the gateway and bring back."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from roadworthy.operate.actions.tables import action_states_spent

_BUILD: Final[dict[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def spend(connection: sa.Connection, id_: str, until: int, now: int) -> bool:
    """Use up what a client carried; False where it was used before. What is over by itself is forgotten.

    Args:
        connection: in a transaction.
        id_: of what was carried.
        until: when it is over, in seconds since 1970.
        now: the time, the same.
    """
    of = action_states_spent.c
    connection.execute(action_states_spent.delete().where(of.until < now))
    insert = _BUILD[connection.dialect.name](action_states_spent).values(id=id_, until=until)
    return connection.execute(insert.on_conflict_do_nothing().returning(of.id)).first() is not None
