"""Tables of the status: the newest signed head, the parts that it names, and keys that are not believed any more."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import Instant, metadata

heads = sa.Table(
    "status_head",
    metadata,
    sa.Column("single", sa.Integer, primary_key=True, comment="1: there is one row, held while it is made anew."),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("issued_at", Instant, nullable=False),
    sa.Column("max_age", sa.Integer, nullable=False, comment="Seconds."),
    sa.Column("envelope", sa.LargeBinary, nullable=False, comment="DSSE, signed with the key for `status`."),
)

parts = sa.Table(
    "status_parts",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("content", sa.LargeBinary, nullable=False, comment="JSON, whose SHA-256 the head names."),
)
"""Of the newest head. Nobody has to believe them: what the head does not name is refused."""

revoked_keys = sa.Table(
    "status_revoked_keys",
    metadata,
    sa.Column("key_id", sa.String(64), primary_key=True),
    sa.Column("purpose", sa.String(40), nullable=False),
    sa.Column("revoked_at", Instant, nullable=False),
)
