"""What the gateway sees of a release in a call: digests by the rules by which parts of releases are hashed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import Place
from roadworthy.operate.admission.model import Text
from roadworthy.operate.releases.hashing import of_json

_JOINED = "\n\n"


def prompt_digest(texts: Iterable[str]) -> str:
    """Of the system prompt: SHA-256 of its UTF-8, several messages with an empty line between them."""
    return digest(_JOINED.join(texts).encode("utf-8", "surrogatepass"))


def tools_digest(content: bytes) -> str:
    """Of the list of tools as it came, JSON; by the rule of `roadworthy release hash --json`."""
    return of_json(content, Place(field="tools"))


def matches(what: str, said: str, expected: str, texts: Iterable[Text]) -> bool:
    """Whether what was seen is the part of the release.

    A prompt that lies in a file ends with a line feed, and programs send it with or without: both are the same prompt.
    """
    if said == expected:
        return True
    if what != "prompt":
        return False
    whole = _JOINED.join(each.text for each in texts if each.role == "system").strip()
    return any(_sha(form) == expected for form in (f"{whole}\n", whole))


def _sha(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"
