"""Tables as a declaration names them, and grants on them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from psycopg import sql

from roadworthy.foundation.errors import InvalidInput, Place

PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
_NAME = r'(?:[A-Za-z_][\w$]{0,62}|"[^"\0]{1,63}")'
_TABLE = re.compile(rf"({_NAME})(?:\.({_NAME}))?")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a schema."""

    schema: str
    name: str

    @property
    def one_row(self) -> sql.Composed:
        """Reads whether there is a row, and nothing of it."""
        return sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(self.schema, self.name))

    @property
    def holding(self) -> sql.Composed:
        """Whether a row holds a text."""
        named = sql.Identifier(self.schema, self.name)
        return sql.SQL("SELECT exists(SELECT 1 FROM {} AS found WHERE found::text LIKE %s)").format(named)

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


def table(text: str, field: str = "operations") -> Table:
    """`orders`, `public.orders`, `SELECT orders`, `SELECT ON public.orders`.

    Raises:
        InvalidInput: it is none of these.
    """
    words = [word for word in text.split() if word.upper() not in {*PRIVILEGES, "ON", "TABLE"}]
    found = _TABLE.fullmatch(words[0]) if len(words) == 1 else None
    if found is None:
        raise InvalidInput(
            "probe-declaration-unusable",
            f"`{text[:80]}` cannot be understood",
            place=Place(field=f"probe.{field}"),
            remedy="write a table, such as `public.orders`, or a right on one, such as `SELECT public.orders`",
        )
    schema, name = (found[1], found[2]) if found[2] else ("public", found[1])
    return Table(_plain(schema), _plain(name))


def _plain(name: str) -> str:
    return name[1:-1] if name.startswith('"') else name.lower()


def privilege(text: str) -> tuple[str, Table]:
    """A grant: `SELECT public.orders`; a table alone is SELECT on it.

    Raises:
        InvalidInput: it is none.
    """
    first = text.strip().partition(" ")[0].upper()
    return (first if first in PRIVILEGES else "SELECT", table(text, "grants"))
