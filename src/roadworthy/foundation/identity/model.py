"""Who somebody is, and on what proof."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from roadworthy.foundation.errors import InvalidInput, NotFound, Place
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context

LOCAL = "local"
"""The issuer of people who were named here and not by an identity provider."""
MOST_HANDLE = 320
"""Longest address (RFC 5321: 64 characters, an at sign, 255 characters)."""
SKEW = timedelta(seconds=60)
"""How far two clocks may be apart."""


class Method(StrEnum):
    """How somebody proved who they are."""

    ONE_TIME_TOKEN = "one-time-token"  # noqa: S105 - names a method, opens nothing
    """A link that somebody with access to the home folder made."""
    LOCAL_USER = "local-user"
    """Access to the home folder itself, on the command line."""
    OIDC = "oidc"
    """A sign-in at an identity provider."""
    DEVICE = "device"
    """A command line that a signed-in person confirmed in a browser."""
    BREAK_GLASS = "break-glass"
    """The emergency way in, where a provider is configured and out of reach."""


class SessionKind(StrEnum):
    """What holds a session."""

    BROWSER = "browser"
    CLI = "cli"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be named, ask and decide."""

    ref: str
    handle: str | None
    name: str | None
    signed_in_at: datetime | None = None

    @property
    def shown(self) -> str:
        """What to call them on a page."""
        return self.name or self.handle or "an erased person"


@dataclass(frozen=True, slots=True)
class Proof:
    """How somebody proved who they are, and when; what a decision rests on."""

    method: str
    """One of `Method`."""
    issuer: str | None = None
    """The identity provider; None for what is local."""
    subject: str | None = None
    """The issuer's name of the account."""
    auth_time: datetime | None = None
    """When the person last did something to prove it; None where nobody did, so that it is never fresh."""
    acr: str | None = None
    """The issuer's word for how strong the proof is (OpenID Connect Core, section 2)."""
    amr: tuple[str, ...] = ()
    """The issuer's words for what was used (RFC 8176)."""

    def fresh(self, now: datetime, within: timedelta) -> bool:
        """Whether the person proved it no longer ago than this; a proof from the future is none."""
        return self.auth_time is not None and -SKEW <= now - self.auth_time <= within


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person."""

    person: Person
    proof: Proof
    expires_at: datetime
    kind: SessionKind = SessionKind.BROWSER
    id: str = ""
    """Names the session among the person's own; no secret. Empty where nothing is kept."""
    created_at: datetime | None = None
    seen_at: datetime | None = None

    @property
    def authenticated(self) -> str:
        """The method, as it stands in ledger entries."""
        return self.proof.method

    def context(self, via: str, trace: str | None = None) -> Context:
        """Act as this person through a door."""
        return Context(Actor(ActorKind.PERSON, self.person.ref, via, self.authenticated), trace=trace)


def fold(handle: str) -> str:
    """The form under which a handle is compared: without outer space and case.

    Raises:
        InvalidInput: empty or longer than an address can be.
    """
    folded = handle.strip().casefold()
    if not folded or len(folded) > MOST_HANDLE or not folded.isprintable():
        raise InvalidInput(
            "handle-unusable",
            "a person needs an e-mail address or account name of 1 to 320 printable characters",
            remedy="enter the address under which colleagues name you as an owner",
        )
    return folded


def unknown_person(said: str, place: Place | None = None) -> NotFound:
    """Nobody has this reference, or is called so."""
    return NotFound(
        "person-unknown",
        f"nobody is known here as `{said[:100]}`",
        place=place,
        remedy="`roadworthy people list` shows everybody",
    )
