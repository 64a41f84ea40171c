"""One request to an address outside: bounded in time and size, no redirects, and no text of others in errors."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from roadworthy.foundation.errors import Place, Unavailable
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.reaching.transport import Guarded, silence

SECONDS = 10.0
"""For each step of a request. A ledger does not wait for its witnesses, so there is no hurry."""
LARGEST_ANSWER = 256 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    media_type: str
    content: bytes


def post(reach: Reach, address: str, content: bytes, media_type: str, headers: dict[str, str] | None = None) -> Answer:
    """Send something.

    Raises:
        Unavailable: nobody answered, or with too much.
    """
    sent = {"Content-Type": media_type, "User-Agent": "Roadworthy", **(headers or {})}
    try:
        with (
            httpx.Client(timeout=SECONDS, follow_redirects=False, transport=Guarded(reach)) as http,
            http.stream("POST", address, content=content, headers=sent) as response,
        ):
            found = b""
            for part in response.iter_bytes():
                found += part
                if len(found) > LARGEST_ANSWER:
                    raise unavailable(address, f"it answered with more than {LARGEST_ANSWER} bytes")
            said = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            return Answer(response.status_code, said, found)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise unavailable(address, silence(error)) from error


def unavailable(address: str, why: str) -> Unavailable:
    """The error for somebody outside who did not take a checkpoint."""
    return Unavailable(
        "witness-unavailable",
        f"the witness did not take the checkpoint: {why}",
        place=Place(source=address),
        remedy="nothing else waits for it; it is tried again, and `roadworthy ledger witness list` says how it stands",
    )
