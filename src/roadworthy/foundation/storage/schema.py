"""What all tables share: one metadata with named constraints, and column types that mean the same on both engines."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from roadworthy.foundation.instants import to_text

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every constraint has a name, because SQLite migrations can only change what they can name."""


class Instant(sa.types.TypeDecorator[datetime]):
    """An instant as fixed-width RFC 3339 text: the same microseconds on both engines, and text sorts as time."""

    impl = sa.String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002 - the base's signature
        """Write."""
        return None if value is None else to_text(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 - see above
        """Read."""
        return None if value is None else datetime.fromisoformat(value)  # our own form, which needs no checks
