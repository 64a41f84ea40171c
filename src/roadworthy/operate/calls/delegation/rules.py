"""What a call may do for its user, who acts, and how long a token is kept. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from roadworthy.foundation import strict_json
from roadworthy.operate.calls.delegation.declared import Bound, UpstreamIdentity
from roadworthy.operate.calls.delegation.model import Claims

MOST_SECONDS: Final = 300.0
"""A token is kept as long as a user's token is believed without being checked again: what a provider took back in
between is asked for in vain then."""
MARGIN_SECONDS: Final = 30.0
"""Before its end a token is asked for anew: clocks differ, and the upstream reads it later than we do."""
MOST_ACTORS: Final = 8
_PARTS: Final = 3
_MOST_CHARACTERS: Final = 65_536


def claims_of(token: str) -> Claims | None:
    """What a signed token says, unchecked: of one that admission checked, or that its issuer handed over itself.

    Returns:
        None where it is no compact JWS with an object in it, as an opaque token is.
    """
    parts = token.split(".") if len(token) <= _MOST_CHARACTERS else ()
    if len(parts) != _PARTS:
        return None
    try:
        content = base64.b64decode(parts[1] + "=" * (-len(parts[1]) % 4), altchars=b"-_", validate=True)
        found = strict_json.read(content)
    except (binascii.Error, ValueError):
        return None
    return found if isinstance(found, dict) else None


def rights_of(claims: Claims) -> frozenset[str]:
    """What a user's token may: `scope` (RFC 8693, section 4.2), `scp`, and `roles` (RFC 9068, section 2.2.3.1)."""
    found: set[str] = set()
    for name in ("scope", "scp", "roles"):
        said = claims.get(name)
        if isinstance(said, str):
            found.update(said.split())
        elif isinstance(said, list):
            found.update(each for each in said if isinstance(each, str))
    return frozenset(found)


def worth_keeping(claims: Claims) -> Claims:
    """What of a user's token outlives it, for what is done for the user later: who it is, and what was allowed."""
    return {name: claims[name] for name in ("iss", "sub", "act", "scope", "scp", "roles") if name in claims}


@dataclass(frozen=True, slots=True)
class Granted:
    """What is left when every side has been asked."""

    rights: frozenset[str] | None
    """None where no side bounds anything."""
    emptied_by: tuple[str, ...] = ()
    """Sides without any one of which something would be left; every side where no single one is the reason."""


def granted(sides: Mapping[str, frozenset[str] | None]) -> Granted:
    """What all sides allow. The order of the sides changes nothing.

    Args:
        sides: by name, what each allows; None for one that does not bound it.
    """
    bounding = {name: allowed for name, allowed in sides.items() if allowed is not None}
    left = _common(bounding.values())
    if left is None or left:
        return Granted(left)
    without = (
        name for name in bounding if _common(some for other, some in bounding.items() if other != name) != frozenset()
    )
    return Granted(left, tuple(sorted(without)) or tuple(sorted(bounding)))


def sides_of(identity: UpstreamIdentity, claims: Claims, by: Mapping[str, str]) -> dict[str, frozenset[str] | None]:
    """What the user, the upstream and each of those by whom a call is made allow.

    Args:
        identity: as the upstream declares it.
        claims: of the user's token.
        by: names by `use-case`, `endpoint`, `key` and `workload`; empty for none.
    """
    if not identity.rights:
        return {}
    sides: dict[str, frozenset[str] | None] = {
        "the user's token": rights_of(claims),
        "the upstream": frozenset(each.name for each in identity.rights),
    }
    for kind, name in by.items():
        sides[f"the {kind.replace('-', ' ')} `{name}`" if name else f"no {kind}"] = bounded(identity.bounds, kind, name)
    return sides


def bounded(bounds: Iterable[Bound], kind: str, name: str) -> frozenset[str] | None:
    """What bounds leave to one of a kind; None where they name none of that kind."""
    of_kind = [each for each in bounds if each.of.startswith(f"{kind}/")]
    if not of_kind:
        return None
    return frozenset(word for each in of_kind if each.of == f"{kind}/{name}" for word in each.may)


def scopes_of(identity: UpstreamIdentity, rights: Iterable[str]) -> tuple[str, ...]:
    """Rights in the upstream's words, sorted, each once."""
    wanted = frozenset(rights)
    return tuple(sorted({each.asked for each in identity.rights if each.name in wanted}))


def narrowed(identity: UpstreamIdentity, rights: tuple[str, ...], scopes: Iterable[str]) -> tuple[str, ...]:
    """Those of some rights whose scopes were given."""
    given = frozenset(scopes)
    words = {each.name: each.asked for each in identity.rights}
    return tuple(each for each in rights if words.get(each, each) in given)


def may_act(claims: Claims, issuer: str, subject: str) -> bool:
    """Whether a user's token lets somebody act (RFC 8693, section 4.4); one that says nothing lets everybody.

    Args:
        claims: of the user's token.
        issuer: of whoever acts, empty where it has none.
        subject: of whoever acts.
    """
    if "may_act" not in claims:
        return True
    said = claims["may_act"]
    if not isinstance(said, Mapping):
        return False
    names = {"sub": subject, "iss": issuer, "client_id": subject}
    told = {name: said[name] for name in names if name in said}
    return bool(told) and all(bool(names[name]) and value == names[name] for name, value in told.items())


def nested(claims: Claims) -> dict[str, object] | None:
    """The chain of actors that an incoming token carries (RFC 8693, section 4.1), and nothing of them but who."""
    found: list[dict[str, object]] = []
    said = claims.get("act")
    while isinstance(said, Mapping) and len(found) < MOST_ACTORS:
        found.append({name: said[name] for name in ("iss", "sub") if isinstance(said.get(name), str)})
        said = said.get("act")
    return linked(found)


def linked(actors: Iterable[Mapping[str, object]]) -> dict[str, object] | None:
    """Actors, the nearest first, each holding the one before it as `act`; None for none."""
    chain: dict[str, object] | None = None
    for each in reversed(list(actors)):
        chain = {**each, **({"act": chain} if chain is not None else {})}
    return chain


def kept_seconds(lifetime: object, ends: object, user_ends: float, now: float) -> float:
    """For how long a token may be shown again; 0 where nobody says when it ends.

    Args:
        lifetime: `expires_in` as the answer has it, in seconds.
        ends: `exp` of the token itself, in seconds since 1970, where it can be read.
        user_ends: the same of the user's token.
        now: the same of this instant.
    """
    known = [number for number in (_number(lifetime), _after(ends, now)) if number is not None]
    if not known:
        return 0.0
    return max(0.0, min(MOST_SECONDS, user_ends - now, *(each - MARGIN_SECONDS for each in known)))


def _after(ends: object, now: float) -> float | None:
    number = _number(ends)
    return None if number is None else number - now


def _number(said: object) -> float | None:
    """A number, which some providers write as text."""
    if isinstance(said, str) and said.isascii() and said.isdecimal() and len(said) <= 15:  # noqa: PLR2004 - far beyond any instant
        return float(said)
    return float(said) if isinstance(said, int | float) and not isinstance(said, bool) else None


def _common(sides: Iterable[frozenset[str]]) -> frozenset[str] | None:
    left: frozenset[str] | None = None
    for each in sides:
        left = each if left is None else left & each
    return left
