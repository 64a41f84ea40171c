"""Webhooks: who may say that a ticket changed.

The endpoint is open to the world, so a request counts only with a signature over exactly its bytes, compared in
constant time, and only while it is fresh; whoever keeps the record refuses one that was seen before.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

from roadworthy.decide.tickets.adapters.shape import Notice, Verifier
from roadworthy.decide.tickets.model import SystemType
from roadworthy.foundation.errors import InvalidInput, Unauthenticated

JIRA_SIGNATURE = "x-hub-signature"
OUR_SIGNATURE = "x-roadworthy-signature"
OUR_TIMESTAMP = "x-roadworthy-timestamp"
_PREFIX = "sha256="
_LATEST_SECOND = 253_402_300_799
"""The last second of the year 9999; later ones have no calendar date here."""

WINDOWS: Final[Mapping[SystemType, dt.timedelta]] = {
    SystemType.SERVICENOW: dt.timedelta(minutes=5),
    SystemType.JIRA_CLOUD: dt.timedelta(hours=2),
    SystemType.JIRA_DATA_CENTER: dt.timedelta(hours=2),
}
"""How old a webhook may be. Jira repeats one that was not answered for up to half an hour and more, with the time of
the first attempt in it; our own script for ServiceNow signs each anew."""
AHEAD = dt.timedelta(minutes=5)
"""How far clocks may differ."""


def unauthenticated() -> Unauthenticated:
    """One answer for everything that is not genuine, so that nothing can be learnt from it."""
    return Unauthenticated(
        "webhook-not-authentic",
        "the signature of this webhook is not right",
        remedy="compare the secret on both sides; docs/tickets.md says how each system signs",
    )


def from_jira(secret: bytes, headers: Mapping[str, str], body: bytes) -> Notice | None:
    """A webhook of Jira: `X-Hub-Signature: sha256=<hex>` over the body, the time in its `timestamp`."""
    shown = headers.get(JIRA_SIGNATURE, "").strip()
    expected = _PREFIX + hmac.new(secret, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(shown.encode(), expected.encode()):
        raise unauthenticated()
    told = _object(body)
    milliseconds = told.get("timestamp")
    if not isinstance(milliseconds, int) or not 0 <= milliseconds // 1000 <= _LATEST_SECOND:
        raise _malformed("`timestamp` is missing")
    issue = told.get("issue")
    if not isinstance(issue, Mapping):
        return None
    return Notice(str(issue.get("id") or ""), dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC))


def from_servicenow(secret: bytes, headers: Mapping[str, str], body: bytes) -> Notice | None:
    """A webhook of the business rule in docs/tickets.md: a Base64 HMAC-SHA256 over `timestamp.body`."""
    timestamp = headers.get(OUR_TIMESTAMP, "").strip()
    shown = headers.get(OUR_SIGNATURE, "").strip().removeprefix(_PREFIX)
    expected = hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).digest()
    try:
        given = base64.b64decode(shown, validate=True)
    except (binascii.Error, ValueError):
        given = b""
    if not hmac.compare_digest(given, expected):
        raise unauthenticated()
    if not timestamp.isascii() or not timestamp.isdigit() or int(timestamp) > _LATEST_SECOND:
        raise _malformed("the timestamp is no number of seconds")
    ref = _object(body).get("sys_id")
    if not isinstance(ref, str):
        return None
    return Notice(ref, dt.datetime.fromtimestamp(int(timestamp), dt.UTC))


VERIFIERS: Final[Mapping[SystemType, Verifier]] = {
    SystemType.SERVICENOW: from_servicenow,
    SystemType.JIRA_CLOUD: from_jira,
    SystemType.JIRA_DATA_CENTER: from_jira,
}


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(body)
    except ValueError as error:
        raise _malformed("it is not JSON") from error
    if not isinstance(told, Mapping):
        raise _malformed("it is no JSON object")
    return told


def _malformed(what: str) -> InvalidInput:
    return InvalidInput(
        "webhook-malformed",
        f"the webhook is genuine and not of the published form: {what}",
        remedy="look at what the system sends; its API may have changed",
    )
