"""Signing in and out: with a one-time link, at a provider, from a command line, and proving anew who is there."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Field, Link, Moment


@dataclass(frozen=True, slots=True)
class SignInView:
    """The page behind a one-time link."""

    token: str
    person: str
    """Whom the link names; empty where the person may say."""
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """The choice of providers."""

    providers: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class SignedInView:
    """The page after a provider sent the browser back; it goes on by itself."""

    person: str
    go_to: str


@dataclass(frozen=True, slots=True)
class AgainView:
    """Asks the person to prove anew who they are."""

    person: str
    proved: Moment | None
    """When they last did; None where that is not known."""
    provider: Link | None
    command: str | None
    """What makes a link, where there is no provider to go to."""
    go_to: str


@dataclass(frozen=True, slots=True)
class SignedOutView:
    """The page after signing out."""

    person: str
    provider: Link | None = None
    """Where the person can sign out at their provider too."""
    again: Link | None = None
    """Where to sign in again; None where that takes a link from the command line."""


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A command line that waits to be let in."""

    person: str
    field: Field
    client: str = ""
    """What it calls itself; empty where no code was entered yet."""
    code: str = ""
    since: Moment | None = None
    proved: Moment | None = None


@dataclass(frozen=True, slots=True)
class DeviceAnsweredView:
    """The page after the person answered."""

    client: str
    let_in: bool


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One of a person's sessions."""

    id: str
    what: str
    how: str
    since: Moment
    seen: Moment | None
    ends: Moment
    here: bool


@dataclass(frozen=True, slots=True)
class SessionsView:
    """Where a person is signed in."""

    finding: str
    sessions: tuple[SessionRow, ...]
