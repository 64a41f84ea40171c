"""Requests that take effect once however often they are sent: what was done under a key, remembered in its own unit.

A sender whose connection broke cannot know whether it was heard. It repeats the request under the same key and gets
what the first one did (the `Idempotency-Key` header, draft-ietf-httpapi-idempotency-key-header).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import Conflict, Place
from roadworthy.foundation.ledger.draft import Actor, Once
from roadworthy.foundation.ledger.tables import requests_once

REMEMBERED = timedelta(days=30)
"""How long a key keeps its meaning; nobody repeats a request after a month."""


class Repeated(Conflict):
    """The request was carried out before; `entries` are the ids of what it recorded then."""

    def __init__(self, entries: Sequence[str]) -> None:
        super().__init__(
            "request-repeated",
            "this request was carried out before",
            remedy="nothing is left to do; its outcome stands in the ledger",
        )
        self.entries = tuple(entries)


def refuse(connection: sa.Connection, actor: Actor, once: Once) -> None:
    """Stop a request that is not the first of its key.

    Raises:
        Repeated: it is the same request.
        Conflict: another request was sent under this key.
    """
    row = connection.execute(
        sa.select(requests_once.c.body, requests_once.c.entries).where(requests_once.c.key == _key(actor, once))
    ).first()
    if row is None:
        return
    if row.body == once.body:
        raise Repeated(json.loads(row.entries))
    raise Conflict(
        "idempotency-key-reused",
        f"another request was sent under the key `{once.key[:100]}`",
        place=Place(field="header.Idempotency-Key"),
        remedy="make a new key for each new request, and keep it only for repeating that request",
    )


def remember(connection: sa.Connection, actor: Actor, once: Once, entries: Sequence[str], now: datetime) -> None:
    """Keep what the request did; keys that are long over go."""
    connection.execute(requests_once.delete().where(requests_once.c.at < now - REMEMBERED))
    connection.execute(
        requests_once.insert(),
        {"key": _key(actor, once), "body": once.body, "entries": json.dumps(list(entries)), "at": now},
    )


def _key(actor: Actor, once: Once) -> str:
    """Two senders may choose the same key; and what they chose may be long."""
    return digest(f"{actor.kind}\x00{actor.ref}\x00{once.key}".encode())
