"""Whether what the gateway sees in a call is the part of the release that it should be."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from roadworthy.operate.admission.model import Text

_JOINED = "\n\n"


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
