"""Gateway keys in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from urllib.parse import quote

from roadworthy.interfaces.web.views.gateway_keys import GatewayKeyLine, GatewayKeysView
from roadworthy.interfaces.web.views.parts import Badge, Empty, Link, Moment, Tone, plural
from roadworthy.operate.admission.keys.model import Key

_IN_USE = Badge(Tone.GO, "in use")
_ENDING = Badge(Tone.STALE, "ends soon")
_REVOKED = Badge(Tone.ASIDE, "revoked")
_EXPIRED = Badge(Tone.STALE, "expired")
SOON = dt.timedelta(days=14)


def keys_view(
    found: Sequence[Key], use_cases: Sequence[str], now: dt.datetime, new: tuple[str, Key] | None = None
) -> GatewayKeysView:
    """The page, with the key that was just made.

    Args:
        found: the newest first.
        use_cases: those that have an endpoint.
        now: the present.
        new: secret and key.
    """
    in_use = sum(key.usable(now) for key in found)
    empty = Empty(
        "No application can reach the gateway yet",
        "A gateway key is for one use case at one stage. An application sends it in place of a provider's key.",
        "roadworthy key new claims-app --use-case claims-triage",
        None,
    )
    return GatewayKeysView(
        finding=f"{plural(in_use, 'gateway key')} {'opens' if in_use == 1 else 'open'} something"
        if found
        else "No gateway key was made",
        secret="" if new is None else new[0],
        secret_name="" if new is None else new[1].name,
        keys=tuple(_line(key, now) for key in found),
        makes=tuple(Link(f"New key for {name}", f"/use-cases/{quote(name, safe='')}/keys/new") for name in use_cases),
        empty=None if found else empty,
    )


def _line(key: Key, now: dt.datetime) -> GatewayKeyLine:
    ends = key.expires_at if key.revoked_at is None else min(key.revoked_at, key.expires_at)
    if key.usable(now):
        state = _ENDING if ends - now < SOON else _IN_USE
    else:
        state = _REVOKED if key.revoked_at is not None else _EXPIRED
    actions = (Link("Replace", f"/keys/{key.id}/rotate"), Link("Revoke", f"/keys/{key.id}/revoke"))
    return GatewayKeyLine(
        id=key.id,
        name=key.name,
        use_case=key.use_case,
        stage=key.stage,
        opens="all endpoints" if key.endpoints is None else ", ".join(key.endpoints),
        state=state,
        note=key.revoked_reason or "",
        ends=Moment.of(ends, now),
        used=None if key.last_used_at is None else Moment.of(key.last_used_at, now),
        actions=actions if key.usable(now) else (),
    )
