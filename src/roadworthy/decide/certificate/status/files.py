"""A snapshot as a file: the signed head with the parts that come with it, whole or for one use case.

A file of the first format is the signed envelope itself, which has everything in it. The two are told apart by their
outermost names: `payloadType` of an envelope, `head` of what is written here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from roadworthy.decide.certificate.status.model import PARTS
from roadworthy.foundation import strict_json
from roadworthy.foundation.digests import canonical_bytes
from roadworthy.foundation.errors import InvalidInput, Place, TooLarge

LARGEST = 64 * 1024 * 1024
"""Bytes of a snapshot: about a hundred thousand certificates."""


def filed(envelope: bytes, parts: Mapping[int, bytes]) -> bytes:
    """The bytes of a file.

    Args:
        envelope: the head, as it was signed.
        parts: their bytes by number. They stand in the file as text, so that what is hashed is what stands there.
    """
    said = {f"{number:02x}": content.decode("ascii") for number, content in parts.items()}
    return canonical_bytes({"head": json.loads(envelope), "parts": said})


def is_file(content: bytes) -> bool:
    """Whether something that was made here is such a file; else it is an envelope of the first format."""
    return content.startswith(b'{"head":')


def unfiled(content: bytes) -> tuple[bytes, dict[int, bytes]]:
    """The envelope and the parts of a file; of an envelope itself, that and nothing. Nothing of it is believed yet.

    Raises:
        TooLarge: over `LARGEST`.
        InvalidInput: it is neither.
    """
    if len(content) > LARGEST:
        raise TooLarge(
            "envelope-too-large",
            f"the snapshot has {len(content):,} bytes, and {LARGEST:,} is the limit",
            place=Place(source="status snapshot"),
            remedy="save it for one use case: `roadworthy status show --save FILE --use-case NAME`",
        )
    try:
        said: Any = strict_json.read(content)
        if not isinstance(said, dict) or "head" not in said:
            return content, {}
        if said.keys() != {"head", "parts"}:
            raise _unreadable()
        parts = {_number(name): text.encode("ascii") for name, text in said["parts"].items()}
        return canonical_bytes(said["head"]), parts
    except (ValueError, TypeError, AttributeError) as error:
        raise _unreadable() from error


def _number(name: str) -> int:
    number = int(name, 16)
    if not 0 <= number < PARTS or name != f"{number:02x}":
        message = "not the name of a part"
        raise ValueError(message)
    return number


def _unreadable() -> InvalidInput:
    return InvalidInput(
        "envelope-unreadable",
        "this is no status snapshot",
        place=Place(source="status snapshot"),
        remedy="save it anew: `roadworthy status show --save FILE`",
    )
