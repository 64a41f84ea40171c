"""Collectors and the tokens of programs in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from roadworthy.evidence.model import Collector
from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.identity.tokens import USUAL_DAYS, Token
from roadworthy.interfaces.web.forms.drafting import Faults
from roadworthy.interfaces.web.views.evidence import CollectorLine, CollectorsView, TokenLine, TokensView
from roadworthy.interfaces.web.views.form import FaultLink
from roadworthy.interfaces.web.views.parts import Badge, Empty, Field, Link, Moment, Tone, plural

MAY = "may:"
"""What the names of the boxes begin with that choose scopes."""
_IN_USE = Badge(Tone.GO, "in use")
_REVOKED = Badge(Tone.ASIDE, "revoked")
_EXPIRED = Badge(Tone.STALE, "expired")
_ORPHANED = Badge(Tone.STOP, "owner left")
_KEY = 16


def collectors_view(found: Sequence[Collector], now: dt.datetime) -> CollectorsView:
    """The page of collectors."""
    in_use = len({each.name for each in found if each.revoked_at is None})
    empty = Empty(
        "Nothing can be measured yet",
        "A collector is a program with a key of its own. What it signs is measured, which counts for most; everything "
        "else is somebody's document or word. Make a key where it runs, and register the public half here.",
        "roadworthy collector keygen collector.pem",
        Link("Register a collector", "/collectors/new"),
    )
    verb = "is" if in_use == 1 else "are"
    return CollectorsView(
        finding=f"{plural(in_use, 'collector')} {verb} believed" if found else "No collector is registered",
        collectors=tuple(_collector(each, now) for each in found),
        empty=None if found else empty,
    )


def _collector(each: Collector, now: dt.datetime) -> CollectorLine:
    actions = (
        Link("Change its key", f"/collectors/{each.name}/rotate"),
        Link("Revoke", f"/collectors/{each.name}/revoke"),
    )
    return CollectorLine(
        name=each.name,
        key=f"{each.key_id[:_KEY]}…",
        kinds=", ".join(each.kinds),
        owner=each.owner,
        state=_IN_USE if each.revoked_at is None else _REVOKED,
        registered=Moment.of(each.registered_at, now),
        seen=None if each.last_seen_at is None else Moment.of(each.last_seen_at, now),
        note=each.revoked_reason or "",
        actions=actions if each.revoked_at is None else (),
    )


def tokens_view(
    found: Sequence[Token],
    scopes: Mapping[str, str],
    people: Mapping[str, Person],
    values: Mapping[str, str],
    faults: Faults,
    now: dt.datetime,
    new: tuple[str, Token] | None = None,
) -> TokensView:
    """The page of tokens, with what was entered for another and with the one that was just made."""
    in_use = sum(token.usable(now) for token in found)
    fields = _fields(values)
    named = {"name": "Name", "may": "What it may do", "days": "Days", "useCases": "Only for these use cases"}
    wrong = faults.by_field(tuple(named))
    shown = tuple(replace(each, fault=wrong[each.name].message) if each.name in wrong else each for each in fields)
    links = []
    for finding in faults.findings:
        field = finding.place.field or ""
        links.append(FaultLink(field if field in named else "", named.get(field, ""), finding.message, finding.remedy))
    empty = Empty(
        "No program has a token yet",
        "A job of continuous integration hands evidence in by a token of its own, which may only what it is for. "
        "It can never attest, accept or decide.",
        "roadworthy token new ci-claims --may evidence:submit",
    )
    return TokensView(
        finding=f"{plural(in_use, 'token')} {'is' if in_use == 1 else 'are'} in use" if found else "No token was made",
        secret=new[0] if new else "",
        secret_name=new[1].name if new else "",
        tokens=tuple(_token(each, people, now) for each in found),
        fields=shown,
        scopes=tuple(
            Field(f"{MAY}{name}", f"{name}: {allows}", "check", values.get(f"{MAY}{name}", ""))
            for name, allows in scopes.items()
        ),
        faults=tuple(links),
        empty=None if found else empty,
    )


def _fields(values: Mapping[str, str]) -> tuple[Field, ...]:
    return (
        Field("name", "Name", value=values.get("name", ""), hint="Such as `ci-claims`; it stands in the record.",
              required=True),
        Field("days", "Days", "number", values.get("days", str(USUAL_DAYS)), "How long it holds, at most 366.",
              required=True),
        Field("useCases", "Only for these use cases", value=values.get("useCases", ""),
              hint="Their names, with spaces between; empty for all.", wide=True),
    )  # fmt: skip


def _token(token: Token, people: Mapping[str, Person], now: dt.datetime) -> TokenLine:
    state = _REVOKED if token.revoked_at is not None else _IN_USE if token.usable(now) else _EXPIRED
    waits = token.rests and token.revoked_at is None and token.expires_at > now
    return TokenLine(
        name=token.name,
        may=", ".join(token.may),
        use_cases="all" if token.use_cases is None else ", ".join(token.use_cases),
        state=_ORPHANED if waits else state,
        ends=Moment.of(token.expires_at, now),
        used=None if token.last_used_at is None else Moment.of(token.last_used_at, now),
        owner=people[token.answers].shown if token.answers in people else "an erased person",
        note=token.revoked_reason or "",
        revoke=Link("Revoke", f"/-/tokens/{token.id}/revoke") if token.usable(now) or waits else None,
        take_over=f"/-/tokens/{token.id}/take-over" if waits else "",
    )
