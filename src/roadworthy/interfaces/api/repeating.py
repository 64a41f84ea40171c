"""Requests that their sender may repeat: the key under which one takes effect once."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Header

from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.foundation.ledger.draft import Context, Once

LONGEST_KEY = 200
IdempotencyKey = Annotated[
    str | None,
    Header(
        description="Chosen by the sender. Sent again with the same body, it is answered with what the first did; with "
        "another body it is a conflict."
    ),
]


def once(context: Context, key: str | None, body: str) -> Context:
    """The context of a request that takes effect once, where its sender gave it a key.

    Raises:
        InvalidInput: the key cannot be used.
    """
    if key is None:
        return context
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise InvalidInput(
            "idempotency-key-unfit",
            "the idempotency key cannot be used",
            place=Place(field="header.Idempotency-Key"),
            remedy=f"send 1 to {LONGEST_KEY} printable characters, such as a UUID or the id of the job's run",
        )
    return replace(context, once=Once(key, digest(body.encode())))
