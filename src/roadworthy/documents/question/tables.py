"""The index of mentions: which entries speak of a person, a use case, a decision, a piece of evidence."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.storage.schema import metadata

_Position = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

mentions = sa.Table(
    "ledger_mentions",
    metadata,
    sa.Column("subject", sa.String(200), primary_key=True, comment="`person/REF`, `use-case/NAME`, `inputs/DIGEST`."),
    sa.Column("position", _Position, primary_key=True, autoincrement=False),
)
"""Made from the entries by a consumer of the ledger, and made again from them where it is lost."""
