"""From people, roles and programs to what their pages say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from roadworthy.foundation.access.model import Workload
from roadworthy.foundation.access.permissions import Permission
from roadworthy.foundation.access.rules import Holding, Verdict, in_words
from roadworthy.foundation.identity.emergencies import Emergency
from roadworthy.foundation.identity.leaving import Leftover
from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.identity.roster import Profile
from roadworthy.foundation.identity.tokens import Token
from roadworthy.interfaces.web.views.parts import Badge, Empty, Field, Link, Moment, Say, Tone, plural
from roadworthy.interfaces.web.views.people import (
    AccessView,
    PeopleView,
    PermissionLine,
    PersonLine,
    ProgramLine,
    RoleLine,
)

_FIRST = 5
"""So many are named in a sentence."""
_HERE = Badge(Tone.GO, "here")
_LEFT = Badge(Tone.STOP, "left")
_NEVER = Badge(Tone.ASIDE, "never signed in")
_YES = Badge(Tone.GO, "yes")
_NO = Badge(Tone.ASIDE, "no")
_TOKEN_STATES = (Badge(Tone.GO, "in use"), Badge(Tone.STALE, "expired"), Badge(Tone.STOP, "owner left"))


@dataclass(frozen=True, slots=True)
class Found:
    """What the page of people is made of."""

    people: Sequence[tuple[Profile, Sequence[Holding]]]
    """Each with every role, owners' among them."""
    tokens: Sequence[Token]
    workloads: Sequence[tuple[str, Workload, dt.datetime]]
    """Name, spec, and since when."""
    named: Mapping[str, Person]
    """Everybody whom the page names by reference."""
    emergencies: Sequence[Emergency]
    leftovers: Sequence[Leftover]
    mapped: bool
    """Whether a role map is in force."""
    embedded: bool
    """Whether no identity provider is configured."""


def people_view(found: Found, search: str, more: str, now: dt.datetime) -> PeopleView:
    """The page of everybody."""
    nobody = Empty(
        "Nobody is called that" if search else "Nobody is known yet",
        "Look for part of a name or an address, or for the key in the staff directory."
        if search
        else "People come here by signing in, by a staff directory, or by being named as owners and signing in.",
        "" if search else "roadworthy people import staff.csv",
    )
    programs = tuple(_token(each, found.named, now) for each in found.tokens if each.revoked_at is None)
    declared = tuple(_workload(name, spec, since, now) for name, spec, since in found.workloads)
    return PeopleView(
        finding="People and roles",
        sayings=tuple(_sayings(found, now)),
        search=Field("text", "Name, address or key", value=search),
        searched=bool(search),
        people=tuple(_person(profile, held) for profile, held in found.people),
        more=more,
        empty=None if found.people else nobody,
        programs=(*declared, *programs),
        no_programs=None
        if declared or programs
        else Empty(
            "No program may do anything",
            "A program acts by a token, or by an identity of its own that a workload declares; either has an owner.",
            "roadworthy token new ci-claims --may evidence:submit",
            Link("Tokens", "/-/tokens"),
        ),
    )


def _sayings(found: Found, now: dt.datetime) -> list[Say]:
    said = [
        Say(Tone.STOP, f"Break-glass for {each.shown} is {each.state(now)}", each.reason)
        for each in found.emergencies
        if each.state(now) in {"waiting", "open"}
    ]
    if found.leftovers:
        lines = "; ".join(
            f"{_called(each.holding.person, found.named)} {each.holding.message}" for each in found.leftovers[:_FIRST]
        )
        count = plural(len(found.leftovers), "thing is", "things are")
        said.append(Say(Tone.MIND, f"{count} still held by people who left", lines))
    if not found.mapped and found.embedded:
        said.append(
            Say(
                Tone.MIND,
                "Everybody who signs in here may set up everything",
                "No identity provider is configured and no role map is in force. A map can add approvers.",
            )
        )
    elif not found.mapped:
        said.append(
            Say(
                Tone.STOP,
                "No role map is in force, so nobody holds a role",
                "Somebody with access to the home folder proposes it together with the first decision rights.",
                links=(Link("Begin", "/rights/genesis"),),
            )
        )
    return said


def _called(ref: str, named: Mapping[str, Person]) -> str:
    return named[ref].shown if ref in named else "an erased person"


def _person(profile: Profile, held: Sequence[Holding]) -> PersonLine:
    record = profile.record
    state = _LEFT if record.left_at is not None else _HERE if profile.signed_in_at is not None else _NEVER
    return PersonLine(
        link=Link(record.name or record.handle or "an erased person", f"/people/{record.ref}"),
        handle=record.handle or "",
        state=state,
        accounts=tuple(each.issuer for each in profile.accounts if each.ended_at is None),
        groups=", ".join(profile.groups),
        roles=tuple(_role(each) for each in held),
    )


def _role(holding: Holding) -> RoleLine:
    return RoleLine(holding.role.shown, holding.source)


def _token(token: Token, named: Mapping[str, Person], now: dt.datetime) -> ProgramLine:
    in_use, expired, left = _TOKEN_STATES
    return ProgramLine(
        name=token.name,
        what="token",
        may=", ".join(token.may),
        owner=_called(token.answers, named),
        state=in_use if token.usable(now) else left if token.rests else expired,
        age=Moment.of(token.created_at, now),
    )


def _workload(name: str, spec: Workload, since: dt.datetime, now: dt.datetime) -> ProgramLine:
    return ProgramLine(
        name=name,
        what=f"workload of {spec.issuer}",
        may=", ".join(spec.may),
        owner=spec.owner,
        state=_TOKEN_STATES[0],
        age=Moment.of(since, now),
    )


def access_view(
    shown: str,
    holdings: Sequence[Holding],
    verdicts: Sequence[Verdict],
    use_case: str,
    administrators: Sequence[str],
    *,
    action: str,
    mine: bool,
) -> AccessView:
    """The page of what one person may do.

    Args:
        shown: what they are called.
        holdings: their roles.
        verdicts: one for each permission.
        use_case: what was asked about; empty for the whole deployment.
        administrators: what to call the platform administrators.
        action: address of the page.
        mine: whether the person looks at their own.
    """
    whom = "You hold" if mine else f"{shown} holds"
    ask = (
        f"{in_words(list(administrators[:_FIRST]), 'or')} can propose to give a role in the role map."
        if administrators
        else "Nobody is platform administrator yet. Somebody with access to the home folder can propose a role map."
    )
    allowed = sum(each.allowed for each in verdicts)
    return AccessView(
        finding="What you may do" if mine else f"What {shown} may do",
        basis=f"{allowed} of {plural(len(verdicts), 'permission')}"
        + (f" for the use case {use_case}." if use_case else ", and more for the use cases that one owns."),
        crumb=None if mine else Link("People and roles", "/people"),
        roles=tuple(_role(each) for each in holdings),
        no_roles=None if holdings else Empty(f"{whom} no role by the role map", ask),
        asked=(Field("use_case", "For the use case", value=use_case, hint="Its name; owners may more for their own."),),
        action=action,
        permissions=tuple(
            PermissionLine(name, _YES if each.allowed else _NO, each.why)
            for name, each in zip((permission.value for permission in Permission), verdicts, strict=True)
        ),
    )
